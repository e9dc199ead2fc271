"""What the node says of its routes holds: schemathesis asks it everything that the description allows, and more.

Needs the extra `interop`; `.ci/run` installs it. The usual test command leaves this folder out.
"""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from served import Remote, served

# The same questions in every run.
_SEED = "1"
_EXAMPLES = "25"
_LONGEST_SECONDS = 300

# Two checks that cannot hold here: no schema says which bytes are a signed item, and which cursor is one.
_CHECKS_LEFT_OUT = "positive_data_acceptance"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node in memory."""
    with served(tmp_path_factory.mktemp("node") / "aos", "--memory", front=("-q",)) as node:
        yield node


@pytest.fixture(scope="module")
def known_ids(node):
    """Ids of everything there is to be asked for: a process, its messages, an assignment, a file, and modules."""
    codes = ("return 1", "error('no')", "Send({Target = ao.id})", "return '\xff'", "while true do end")
    with Remote(node) as remote:
        process = remote.spawn(("Compute-Limit", "10000000"))
        ticking = remote.spawn(("Cron-Interval", "1-second"), ("Cron-Tag-Action", "Tick"))
        evals = [remote.send(process, code, ("Action", "Eval")) for code in codes]
        for message in evals:
            remote.result(process, message)
        data = remote.item("", b"hello", (("Content-Type", "text/plain"),))
        assert remote.http.post("/tx", content=data.raw).status_code == 200
        last = remote.http.get(f"/{process}", params={"process-id": process}).json()["edges"][-1]
    assignment = last["node"]["assignment"]["id"]
    return [process, ticking, *evals, data.id, assignment, node.told["module"], node.told["stand_ins"][0]]


def test_every_answer_is_as_described_and_no_question_breaks_it(node, known_ids, tmp_path):
    description = httpx.get(node.url + "/openapi.json").json()
    # Ids that are made up are known nowhere.
    schemas = description["components"]["schemas"]
    schemas["Id"] = {"anyOf": [{"enum": known_ids}, schemas["Id"]]}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(description))

    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", str(file), "--url", node.url, "--seed", _SEED,
            "--max-examples", _EXAMPLES, "--phases", "examples,coverage,fuzzing", "--continue-on-failure",
            "--exclude-checks", _CHECKS_LEFT_OUT, "--workers", "1", "--generation-database", "none", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert node.err == []
