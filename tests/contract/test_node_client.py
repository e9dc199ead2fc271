"""What the shell relies on, whichever kind of node it speaks to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from standing_clock import Clock

from aos_cli.clients.base import NodeClient, Slot
from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import is_id
from aos_cli.errors import NodeRefused
from aos_cli.model import Tag, tag_value
from aos_cli.processes import find_anybodys, spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet

T = TypeVar("T")

NOBODY = "A" * 43


@pytest.fixture
def session(node_client: NodeClient, wallet: Ed25519Wallet) -> Session:
    return Session(node_client, wallet, spawn_process(node_client, wallet, "test"))


def evaluated(session: Session, code: str) -> Slot:
    return session.slot(session.eval(code).slot)


def settled(client: NodeClient) -> None:
    """Lets a node that works only when it is told do so."""
    for _ in client.follow(1000, lambda: False):
        pass


def eventually(look: Callable[[], T | None]) -> T:
    """What a look gives once it gives something."""
    until = time.monotonic() + 10
    pause = threading.Event()
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        pause.wait(0.01)
    raise AssertionError("it did not come about")


def test_the_units_say_who_they_are(node_client: NodeClient) -> None:
    assert is_id(node_client.authority)
    assert is_id(node_client.scheduler)
    assert is_id(node_client.default_module())
    assert node_client.default_module() == node_client.default_module()


def test_a_process_is_found_by_id_and_by_name(node_client: NodeClient, wallet: Ed25519Wallet) -> None:
    one, other = (spawn_process(node_client, wallet, name) for name in ("one", "other"))
    assert (one.name, one.owner, one.module_id) == ("one", wallet.address, node_client.default_module())
    assert one.slots == 1
    found = node_client.find_process(one.id)
    assert found is not None
    assert (found.id, found.name, found.spawned_ms) == (one.id, "one", one.spawned_ms)
    assert [record.id for record in node_client.find_named("other", wallet.address)] == [other.id]
    assert node_client.find_named("nobody", wallet.address) == []
    assert node_client.find_named("one", NOBODY) == []
    assert node_client.find_process(NOBODY) is None
    assert {record.id for record in node_client.processes()} == {one.id, other.id}


def test_a_name_is_given_once(node_client: NodeClient, wallet: Ed25519Wallet) -> None:
    first = spawn_process(node_client, wallet, "same")
    assert spawn_process(node_client, wallet, "same").id == first.id
    found = find_anybodys(node_client, wallet.address, "same")
    assert found is not None
    assert found.id == first.id


def test_an_evaluation_gives_output_and_what_was_sent(session: Session) -> None:
    slot = evaluated(session, "print('said') Send({Target = ao.id, Action = 'Hi', Data = 'text'}) return 7")
    assert (slot.number, slot.process.id) == (1, session.process.id)
    assert (slot.message.action, slot.message.sender) == ("Eval", session.address)
    assert slot.result.output == "said\n7"
    assert "test" in slot.result.prompt
    (sent,) = slot.sent
    # A network does not say what became of it.
    state = "delivered" if session.client.embedded else "sent"
    assert (sent.kind, sent.state, sent.message.action, sent.message.data) == ("message", state, "Hi", "text")
    assert (sent.message.sender, sent.message.target) == (session.process.id, session.process.id)


def test_an_error_is_a_result_and_the_process_goes_on(session: Session) -> None:
    slot = evaluated(session, "error('boom')")
    assert "boom" in (slot.result.error or "")
    slot = evaluated(session, "return 1 +")
    assert "unexpected symbol" in (slot.result.error or "")
    assert evaluated(session, "return 1 + 1").result.output == "2"


def test_a_receipt_says_where_a_message_stands_and_it_stands_there_once(
    node_client: NodeClient, session: Session
) -> None:
    raw = session._message("return 1", ()).raw
    receipt = node_client.send(raw)
    assert receipt == (session.process.id, decode_item(raw).id, 1)
    assert node_client.send(raw) == receipt
    assert session.eval("return 2").slot == 2


def test_slots_give_results_in_order_and_failures_too(node_client: NodeClient, session: Session) -> None:
    for code in ("return 'a'", "error('b')", "return 'c'"):
        evaluated(session, code)
    settled(node_client)
    found = node_client.slots(session.process.id, 0)
    assert [slot.number for slot in found] == [0, 1, 2, 3]
    assert [slot.result.output for slot in found[1::2]] == ["a", "c"]
    assert found[2].result.error is not None
    assert node_client.slots(session.process.id, 1, 2) == found[1:3]
    assert node_client.slots(session.process.id, 4) == []
    assert [slot.timestamp_ms for slot in found] == sorted({slot.timestamp_ms for slot in found})


def test_what_a_message_sets_off_arrives(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "Handlers.add('tick', 'Tick', function(msg) Ticked = msg.From end)")
    evaluated(session, "Send({Target = ao.id, Action = 'Tick'})")
    settled(node_client)
    arrived = eventually(lambda: node_client.slots(session.process.id, 3))
    assert [(slot.number, slot.message.action) for slot in arrived] == [(3, "Tick")]
    assert tag_value(arrived[0].message.tags, "From-Process") == session.process.id
    assert evaluated(session, "return Ticked").result.output == session.process.id


def test_an_entry_tells_a_slot_s_place(node_client: NodeClient, session: Session) -> None:
    slot = evaluated(session, "return 1")
    entry = node_client.entry(session.process.id, 1)
    assert (entry.number, entry.message, entry.signer) == (1, slot.message, session.address)
    assert (entry.scheduler, entry.exclude, entry.cause) == (node_client.scheduler, (), None)
    assert is_id(entry.assignment_id)
    assert is_id(entry.hash_chain)
    assert len(entry.anchor) == 32
    assert entry.slot is not None
    assert entry.slot.result.output == "1"


def test_the_newest_command_is_what_no_process_sent(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "Send({Target = ao.id, Action = 'Hi'})")
    settled(node_client)
    eventually(lambda: node_client.slots(session.process.id, 2))
    assert node_client.newest_command(session.process.id) == 1


def test_a_message_is_found_by_its_id(node_client: NodeClient, session: Session) -> None:
    receipt = session.eval("return 1")
    (found,) = node_client.find_messages(receipt.message_id, 5)
    assert (found.message.id, found.message.sender, found.message.data) == (
        receipt.message_id, session.address, "return 1",
    )  # fmt: skip
    assert found.places == ((session.process.id, 1),)
    assert node_client.find_messages(NOBODY, 5) == []


def test_the_message_of_a_process_is_its_first(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "return 1")
    process_id = session.process.id
    placed = node_client.placed(process_id, process_id)
    assert placed is not None
    assert placed.slot == 0
    (found,) = node_client.find_messages(process_id, 5)
    assert found.places == ((process_id, 0),)


def test_the_inbox_gives_the_newest_messages(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "Inbox = {} for n = 1, 5 do Inbox[n] = {Data = 'm' .. n, Deep = {f = print, n = n}} end")
    total, newest = node_client.inbox(session.process.id, 2)
    assert (total, [message["Data"] for message in newest]) == (5, ["m4", "m5"])
    assert newest[1]["Deep"] == {"n": 5}
    assert node_client.inbox(session.process.id, 0) == (5, [])
    evaluated(session, "Inbox[6] = 'a note \\195\\164 \"quoted\" \\1'")
    assert node_client.inbox(session.process.id, 1) == (6, [{"Data": 'a note \u00e4 "quoted" \x01'}])


def test_looks_tell_values_and_handlers(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "Thing = {name = 'x', list = {1, 2}, run = function() end} Handlers.add('mine', 'A', print)")
    found = eventually(lambda: node_client.describe(session.process.id, ["Thing"])).value
    assert (found.type, found.total, found.length) == ("table", 3, 0)
    assert found.fields == {"list": "table", "name": "string", "run": "function"}
    text = eventually(lambda: node_client.describe(session.process.id, ["Thing", "name"], 0)).value
    assert (text.type, text.text) == ("string", "x")
    described = eventually(lambda: node_client.describe(session.process.id, ["Thing", "run"]))
    assert described.value.type == "function"
    assert described.signature is not None
    assert node_client.describe(session.process.id, ["Thing", "missing"]) is None


def test_names_are_known_to_who_has_them_learnt(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "Thing = {name = 'x', inner = { a = { b = 1 } }} Handlers.add('mine', 'A', print)")
    process_id = session.process.id
    node_client.find_process(process_id)
    node_client.learn(process_id)
    assert eventually(lambda: node_client.handlers(process_id)) == ["_eval", "_default", "mine"]
    for path, known in {
        (): {"Thing": "table", "_G": "table", "Send": "function", "Name": "string"},
        ("Thing",): {"name": "string", "inner": "table"},
        ("Thing", "inner"): {"a": "table"},
        ("Thing", "name"): {"upper": "function"},
        ("package", "loaded"): {"json": "table"},
    }.items():
        fields = node_client.fields(process_id, path)
        assert {name: fields.get(name) for name in known} == known
    assert node_client.fields(process_id, ["Thing", "missing"]) == {}


def test_the_inbox_is_known_without_waiting(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "Inbox = {{ Data = 'one' }, { Data = 'two' }}")
    node_client.find_process(session.process.id)
    assert eventually(lambda: node_client.known_inbox(session.process.id, 1)) == (2, [{"Data": "two"}])


def test_modules_and_loaded_code_are_told(node_client: NodeClient, session: Session) -> None:
    code = """
      package.loaded.mine, package.loaded.other = { 1 }, { 2 }
      package.bundled = { loads = 3, handlers = { added = { 'h' } }, modules = {
        mine = { digest = 'd1', value = package.loaded.mine }, other = { digest = 'd2', value = { 2, 3 } } } }
    """
    evaluated(session, code)
    # The last one is loaded when it is first required.
    assert {"mine", "json", "string", ".bint"} <= node_client.known_modules(session.process.id)
    loaded = node_client.loaded_code(session.process.id)
    assert (dict(loaded.digests), loaded.loads) == ({"mine": "d1"}, "3")
    assert (loaded.handlers.added, loaded.handlers.removed) == (("h",), ())


def test_a_dry_run_keeps_nothing(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "X = 1")
    dry = session.dry_run("X = 2 Send({Target = ao.id, Action = 'Hi'}) return X")
    assert (dry.slot.result.output, dry.slot.number) == ("2", 2)
    assert [(sent.state, sent.message.action) for sent in dry.slot.sent] == [("dry", "Hi")]
    assert evaluated(session, "return X").result.output == "1"


def test_news_are_told_once(node_client: NodeClient, session: Session) -> None:
    node_client.find_process(session.process.id)
    node_client.changed()
    evaluated(session, "return 1")
    assert eventually(node_client.changed)


_CRON = (Tag("Cron-Interval", "10-seconds"), Tag("Cron-Tag-Action", "Cron"), Tag("Cron-Tag-Kind", "a"))

_BEAT = """
Handlers.add("beat", "Cron", function(msg)
  print("tick " .. msg.Kind)
  Send({Target = ao.id, Action = "Beat", Data = tostring(msg.Timestamp)})
end)
"""


def ticks_of(client: NodeClient, process_id: str, mark: str, count: int) -> tuple[list[Slot], str]:
    """So many ticks behind a mark, as they come; what is due is evaluated where a node does so when it is told."""
    found: list[Slot] = []

    def look() -> bool:
        nonlocal mark
        for _ in client.keep_time(1000, lambda: False):
            pass
        fresh, mark = client.ticks(process_id, mark)
        found.extend(fresh)
        return len(found) >= count

    eventually(look)
    return found, mark


def test_a_monitored_process_ticks(node_client: NodeClient, wallet: Ed25519Wallet, clock: Clock) -> None:
    session = Session(node_client, wallet, spawn_process(node_client, wallet, "ticking", tags=_CRON))
    process = session.process.id
    assert [(cron.id, cron.interval) for cron in node_client.crons(process)] == [("0-10-seconds", "10-seconds")]
    assert node_client.is_monitored(process) in (False, None)
    evaluated(session, _BEAT)
    mark = node_client.ticks(process).mark
    assert node_client.ticks(process, mark).found == []
    mark = node_client.ticks(process, mark).mark
    session.monitor()
    session.monitor()
    assert node_client.is_monitored(process) in (True, None)
    born = session.process.spawned_ms
    clock.now += 25_000
    found, mark = ticks_of(node_client, process, mark, 2)
    assert [(tick.cron, tick.number, tick.timestamp_ms - born) for tick in found] == [
        ("0-10-seconds", 1, 10_000), ("0-10-seconds", 1, 20_000),
    ]  # fmt: skip
    first = found[0]
    assert (first.process.id, first.message.id, first.message.action) == (process, "", "Cron")
    assert first.message.tags == (Tag("Action", "Cron"), Tag("Kind", "a"))
    assert (first.message.sender, first.message.target, first.message.data) == (wallet.address, process, "")
    assert (first.result.output, first.result.print) == ("tick a", True)
    assert [sent.message.action for sent in first.sent] == ["Beat"]
    settled(node_client)
    beats = eventually(lambda: [s for s in node_client.slots(process, 2) if s.message.action == "Beat"][1:])
    assert beats[0].message.data == str(born + 20_000)
    clock.now += 10_000
    found, mark = ticks_of(node_client, process, mark, 1)
    assert [tick.timestamp_ms - born for tick in found] == [30_000]
    session.monitor(wanted=False)
    assert node_client.is_monitored(process) in (False, None)


def test_the_newest_of_many_ticks_are_given(node_client: NodeClient, wallet: Ed25519Wallet, clock: Clock) -> None:
    session = Session(node_client, wallet, spawn_process(node_client, wallet, "ticking", tags=_CRON))
    process = session.process.id
    evaluated(session, _BEAT)
    mark = node_client.ticks(process, node_client.ticks(process).mark).mark
    clock.now += 10_000 * 300 + 1
    evaluated(session, "return 1")
    ticks = node_client.ticks(process, mark, most=3)
    assert [(tick.timestamp_ms - session.process.spawned_ms, tick.left_out) for tick in ticks.found] == [
        (10_000 * 298, True), (10_000 * 299, False), (10_000 * 300, False),
    ]  # fmt: skip
    assert node_client.ticks(process, ticks.mark, most=3).found == []
    everything: list[Slot] = []
    while (page := node_client.ticks(process, mark)).found:
        everything += page.found
        mark = page.mark
    assert len(everything) == 300
    assert not any(tick.left_out for tick in everything)
    assert [tick.place for tick in everything] == sorted(tick.place for tick in everything)


def test_a_process_without_crons_has_no_ticks(node_client: NodeClient, session: Session, clock: Clock) -> None:
    evaluated(session, "return 1")
    assert node_client.crons(session.process.id) == ()
    clock.now += 100_000
    assert list(node_client.keep_time(10, lambda: False)) == []
    mark = node_client.ticks(session.process.id).mark
    assert node_client.ticks(session.process.id, mark).found == []


def test_an_unknown_process_or_slot_is_refused(node_client: NodeClient, session: Session) -> None:
    for ask in (
        lambda: node_client.slot(NOBODY, 0),
        lambda: node_client.slots(NOBODY, 0),
        lambda: node_client.inbox(NOBODY, 1),
        lambda: node_client.known_modules(NOBODY),
    ):
        with pytest.raises(NodeRefused, match="There is no process"):
            ask()
    with pytest.raises(NodeRefused, match="has no slot 9"):
        node_client.slot(session.process.id, 9)


def test_a_message_to_nobody_is_refused(node_client: NodeClient, session: Session) -> None:
    session.process = session.process.__class__(NOBODY, "", "", "", 0, 0, 0)
    with pytest.raises(NodeRefused):
        session.eval("return 1")
