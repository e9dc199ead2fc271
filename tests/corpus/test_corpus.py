"""The runtime answers as the real aos module does: each case of the corpus, through the door of `aos handle`."""

import io
import json
from pathlib import Path

import compare
import pytest

from aos_cli.cli.main import run
from aos_cli.environment import Environment

# Sections of the specification that a later version brings.
_LATER = {"crypto"}

_DOCUMENT = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
_CASES = [case for case in _DOCUMENT["cases"] if case["area"] not in _LATER]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
def test_case_holds(case, tmp_path):
    messages = [compare.message_of(_DOCUMENT, step) for step in case["messages"]]
    lines = [json.dumps({"msg": message, "env": case["env"]}) for message in messages]
    out = io.StringIO()
    environment = Environment(
        stdin=io.StringIO("\n".join(lines)), stdout=out, stderr=io.StringIO(), variables={}, cwd=tmp_path
    )

    assert run(["--home", str(tmp_path), "handle"], environment) == 0

    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(answers) == len(messages)
    compared = 0
    for step, answer in zip(case["messages"], answers, strict=True):
        if step.get("compare") == "skip" or step.get("platform") or step.get("defect"):
            continue
        assert compare.compare(step["expect"], answer, step.get("compare")) == []
        compared += 1
    assert compared > 0
