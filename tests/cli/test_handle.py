"""`aos handle`: messages by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from program import Program

OWNER, PROCESS = "o" * 43, "p" * 43

ENVIRONMENT = {
    "Process": {"Id": PROCESS, "Owner": OWNER, "Tags": [{"name": "Name", "value": "by hand"}]},
    "Module": {"Id": "m" * 43, "Owner": OWNER, "Tags": []},
}


def line(number: int, action: str, data: str) -> str:
    message = {
        "Id": str(number).rjust(43, "i"),
        "From": OWNER,
        "Owner": OWNER,
        "Target": PROCESS,
        "Data": data,
        "Tags": [{"name": "Action", "value": action}],
        "Timestamp": 1_800_000_000_000 + number,
        "Block-Height": 1,
        "Module": "m" * 43,
    }
    return json.dumps({"msg": message, "env": ENVIRONMENT})


def lines(*code: str) -> str:
    """The process message, which says who the owner is, and Lua from the owner."""
    birth = json.loads(line(0, "", ""))
    birth["msg"] |= {"Id": PROCESS, "Tags": [{"name": "Type", "value": "Process"}]}
    evals = [line(number, "Eval", text) for number, text in enumerate(code, 1)]
    return "\n".join([json.dumps(birth), *evals]) + "\n"


def outputs(records: list[Any]) -> list[Any]:
    """What was answered, without the answer to the process message."""
    return [record["Output"]["data"] for record in records][1:]


def test_each_message_is_answered_by_a_line(newcomer: Program) -> None:
    ended = newcomer("handle", stdin=lines("x = 20", "x + 1", "Send({Target = 'a', Data = 'b'})"))
    assert (ended.status, ended.err) == (0, "")
    assert outputs(ended.json)[1] == "21"
    assert len(ended.json) == 4
    for record in ended.json:
        assert {"Output", "Messages", "Spawns", "Assignments"} <= set(record)
    assert ended.json[3]["Messages"][0]["Target"] == "a"
    assert newcomer.files() == set()


def test_messages_may_be_in_a_file(newcomer: Program) -> None:
    newcomer.write("messages.jsonl", lines("1", "2"))
    assert outputs(newcomer("handle", "messages.jsonl").json) == ["1", "2"]


def test_reset_begins_with_a_fresh_process_and_is_not_answered(newcomer: Program) -> None:
    ended = newcomer("handle", stdin=lines("x = 1") + '\n{"reset": true}\n' + lines("x == nil"))
    assert ended.json[3]["Output"]["data"] == "true"
    assert len(ended.json) == 4


def test_an_error_is_an_answer(newcomer: Program) -> None:
    ended = newcomer("handle", stdin=lines("error('no')", "1"))
    assert ended.status == 0
    _, failed, well = ended.json
    assert "no" in failed["Error"]
    assert well["Output"]["data"] == "1"


@pytest.mark.parametrize(
    "text",
    ["no JSON", "[]", '{"msg": {}}', '{"env": {}}', '{"msg": 1, "env": {}}', '{"reset": false}', '{"msg": NaN}'],
)
def test_a_line_that_is_no_message_ends_it(newcomer: Program, text: str) -> None:
    ended = newcomer("handle", stdin=lines("1") + text + "\n")
    assert ended.status == 2
    assert ended.err.startswith("aos: standard input, line 3")
    assert len(ended.json) == 2  # what came before was answered


def test_a_missing_file(newcomer: Program) -> None:
    ended = newcomer("handle", "missing.jsonl")
    assert (ended.status, ended.out) == (2, "")
    assert "missing.jsonl cannot be read" in ended.err


def test_a_reader_that_goes_is_not_blamed_on_the_file(aos: Program) -> None:
    aos.write("messages.jsonl", lines("1", "2"))
    with aos.start("handle", "messages.jsonl") as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("depth", [700, 100_000])
def test_a_message_that_is_nested_too_deeply(newcomer: Program, depth: int) -> None:
    text = '{"msg": {"X": ' + "[" * depth + "]" * depth + '}, "env": {}}'
    ended = newcomer("handle", stdin=text)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "aos: standard input, line 1 is nested too deeply\n"
