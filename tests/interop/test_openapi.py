"""What the node says of its routes holds: schemathesis asks it everything that the description allows, and more.

Needs the extra `interop`; `.ci/run` installs it. The usual test command leaves this folder out.
"""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from aos_cli.codec.ans104 import build_item
from aos_cli.model import Tag
from aos_cli.wallet import Ed25519Wallet

_USER = Ed25519Wallet(bytes(31) + b"u")
_AO = (("Data-Protocol", "ao"), ("Variant", "ao.TN.1"))

# The same questions in every run.
_SEED = "1"
_EXAMPLES = "25"
_LONGEST_SECONDS = 300

# Two checks that cannot hold here: no schema says which bytes are a signed item, and which cursor is one.
_CHECKS_LEFT_OUT = "positive_data_acceptance"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node in memory, served by a program of its own; gives what it told and the file of its log."""
    log = tmp_path_factory.mktemp("node") / "log"
    with log.open("w") as written:
        program = subprocess.Popen(
            [sys.executable, "-m", "aos_cli", "-q", "node", "serve", "--memory", "--port", "0", "--json"],
            stdout=subprocess.PIPE, stderr=written, text=True,
        )  # fmt: skip
    try:
        yield json.loads(program.stdout.readline()), log
    finally:
        program.terminate()
        assert program.wait(30) == 0
        program.stdout.close()


@pytest.fixture(scope="module")
def known_ids(node):
    """Ids of everything there is to be asked for: a process, its messages, an assignment, and a file."""
    told, _ = node
    with httpx.Client(base_url=told["urls"]["mu"], timeout=60) as http:

        def keep(path, *tags, **fields):
            item = build_item(_USER, tags=tuple(Tag(*tag) for tag in (*tags, *_AO)), **fields)
            answer = http.post(path, content=item.raw)
            assert answer.status_code in (200, 202), answer.text
            return item.id

        process = keep(
            "/", ("Type", "Process"), ("Module", told["module"]), ("Scheduler", told["scheduler"]),
            ("Authority", told["authority"]), ("Compute-Limit", "10000000"), data=b" ",
        )  # fmt: skip
        codes = (b"return 1", b"error('no')", b"Send({Target = ao.id})", b"return '\xff'", b"while true do end")
        evals = [keep("/", ("Type", "Message"), ("Action", "Eval"), target=process, data=code) for code in codes]
        for message in evals:
            assert http.get(f"/result/{message}", params={"process-id": process}).status_code == 200
        data = keep("/tx", ("Content-Type", "text/plain"), data=b"hello")
        [*_, last] = http.get(f"/{process}", params={"process-id": process}).json()["edges"]
        return [process, *evals, data, last["node"]["assignment"]["id"], told["module"], told["stand_ins"][0]]


def test_every_answer_is_as_described_and_no_question_breaks_it(node, known_ids, tmp_path):
    told, log = node
    url = told["urls"]["mu"]
    description = httpx.get(url + "/openapi.json").json()
    # Ids that are made up are known nowhere.
    schemas = description["components"]["schemas"]
    schemas["Id"] = {"anyOf": [{"enum": known_ids}, schemas["Id"]]}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(description))

    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", str(file), "--url", url, "--seed", _SEED,
            "--max-examples", _EXAMPLES, "--phases", "examples,coverage,fuzzing", "--continue-on-failure",
            "--exclude-checks", _CHECKS_LEFT_OUT, "--workers", "1", "--generation-database", "none", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "Internal error" not in log.read_text()
