from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aos_cli.machine.port import Evaluation
from aos_cli.units.outcome import readable, sent_something


def of(text: str, *, failed: bool = False) -> Evaluation:
    return Evaluation(text, failed, 7000)


def nested(levels: int) -> str:
    return '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.mark.parametrize("text", ["{}", '{"Output":"x","Messages":[]}', nested(200)])
def test_a_result_is_read_and_left_as_it_is(text: str) -> None:
    assert readable(of(text)) == (json.loads(text), of(text))


@pytest.mark.parametrize("text", [nested(201), nested(100_000)])
def test_a_result_that_is_nested_too_deeply_is_none(text: str) -> None:
    result, evaluation = readable(of(text))
    assert result == {"Throws": "the result is nested deeper than 200 levels"}
    assert (json.loads(evaluation.text), evaluation.failed, evaluation.instructions) == (result, True, 7000)


def test_brackets_in_texts_do_not_count() -> None:
    text = json.dumps({"a": ["[" * 300, '"[\\"' * 300, "\\" * 301], "{" * 300: 1})
    assert readable(of(text))[1] == of(text)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    text = json.dumps({"Tags": [{"name": "a", "value": "[b]"}] * 500})
    assert readable(of(text))[1] == of(text)


@pytest.mark.parametrize("text", ["", "garbage", "[]", "5", "null", '{"a":', '{"a":1}x'])
def test_what_is_no_object_is_no_result(text: str) -> None:
    result, evaluation = readable(of(text))
    assert result["Throws"].startswith("the result is not a JSON object")
    assert evaluation.failed


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=9,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=3), _JSON, max_size=3))
def test_any_object_is_read_as_it_was_written(value: dict[str, object]) -> None:
    assert readable(of(json.dumps(value)))[0] == value


@pytest.mark.parametrize("name", ["Messages", "Spawns", "Assignments"])
def test_an_outbox_with_anything_in_it_was_sent(name: str) -> None:
    assert sent_something({name: [{}]})
    assert not sent_something({name: []})
