"""`aos trace` and `aos show`."""

from __future__ import annotations

import json

import pytest
from program import Program

PING = "Handlers.add('ping', 'Ping', function(msg) msg.reply({Action = 'Pong', Data = msg.Data}) end)"


@pytest.fixture
def talk(aos: Program) -> Program:
    """Alice, who sent bob a ping and got the answer."""
    aos("eval", "bob", PING)
    [bob] = aos.processes()
    aos("eval", "alice", f"Send({{Target = '{bob['id']}', Action = 'Ping', Data = 'ball'}})")
    return aos


def test_a_trace_is_a_tree(talk: Program) -> None:
    ended = talk("trace", "alice")
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[1].startswith("alice 1 ← you  Eval  Send(")
    assert [line.split()[:6] for line in lines[2:4]] == [
        ["└─", "→", "bob", "2", "Ping", "ball"], ["└─", "→", "alice", "2", "Pong", "ball"],
    ]  # fmt: skip
    assert lines[4].startswith("3 messages, 2 processes, ")


def test_a_message_has_many_names(talk: Program) -> None:
    [record] = talk("trace", "bob", "2", "--json").json
    ping = record["message"]
    for words in (("bob:2",), ("bob 2",), (ping,), (ping[:6],), (record["process"], "2"), ("--", ping)):
        assert talk("trace", "--json", *words).json == [record]


def test_a_trace_says_why(talk: Program) -> None:
    out = talk("trace", "alice:2").out.splitlines()
    assert out[0].startswith("because of bob 2 ← alice  Ping")
    assert out[1].startswith("because of alice 1 ← you  Eval")


def test_a_trace_as_json(talk: Program) -> None:
    [record] = talk("trace", "alice", "--json").json
    [ping] = record["children"]
    [pong] = ping["children"]
    assert [(one["name"], one["slot"], one["action"], one["ok"]) for one in (record, ping, pong)] == [
        ("alice", 1, "Eval", True), ("bob", 2, "Ping", True), ("alice", 2, "Pong", True),
    ]  # fmt: skip
    assert pong["children"] == record["because"] == []


def test_a_long_trace_is_cut_and_all_of_it_is_to_be_had(aos: Program) -> None:
    aos("eval", "self", "for i = 1, 220 do Send({Target = ao.id, Action = 'Note'}) end")
    out = aos("trace", "self").out.splitlines()
    assert out[-2].split() == ["└─", "…", "21", "more"]
    assert "--all" in out[-1]
    assert len(aos("trace", "self", "--all").out.splitlines()) == 223
    assert [aos("trace", "self", "--json", *words).json[0]["more"] for words in ((), ("--all",))] == [21, 0]


def test_show_tells_everything(talk: Program) -> None:
    out = talk("show", "bob", "2").out
    [record] = talk("show", "bob:2", "--json").json
    for part in (record["message"], record["assignment"], record["hash_chain"], "alice slot 1", "Reference", "ball"):
        assert part in out
    assert record["because"]["slot"] == 1
    assert {"name": "Action", "value": "Ping"} in record["tags"]
    assert (record["ok"], record["waiting"], record["messages"][0]["action"]) == (True, False, "Pong")
    assert talk("show", record["message"], "--json").json == [record]


def test_a_look_at_messages_changes_nothing(talk: Program) -> None:
    before = talk.processes()
    content = (talk.home / "store.sqlite").read_bytes()
    for words in (["trace", "alice"], ["trace", "bob:2", "--json"], ["show", "alice"], ["show", "bob", "0", "--json"]):
        assert talk(*words).status == 0
    assert talk.processes() == before
    assert (talk.home / "store.sqlite").read_bytes() == content


@pytest.mark.parametrize("command", ["trace", "show"])
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["alice", "nine"], 2, "'nine' is not the number of a slot"),
        (["alice", "9"], 3, "has no slot 9; its last one is 2"),
        (["carol"], 3, "There is no message or process carol"),
        (["carol:0"], 3, "There is no process carol"),
        (["A" * 43], 3, "There is no message or process AAA"),
        ([], 2, "Missing argument"),
        (["alice", "1", "2"], 2, "unexpected extra argument"),
    ],
)
def test_wrong_words_are_explained(talk: Program, command: str, words: list[str], status: int, said: str) -> None:
    ended = talk(command, *words)
    assert (ended.status, ended.out) == (status, "")
    assert said in ended.err


def test_nothing_is_made_by_looking(newcomer: Program) -> None:
    assert newcomer("trace", "alice").status == 3
    assert newcomer("show", "A" * 43).status == 3
    assert newcomer.files() == set()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_traces_fit_the_window(talk: Program, width: int) -> None:
    *lines, _summary = talk("trace", "alice", width=width, tty=True, colour="never").out.splitlines()
    assert max(map(len, lines)) <= width


def test_a_trace_without_colours_and_unicode(talk: Program) -> None:
    assert "\x1b" not in talk("trace", "alice", tty=True, NO_COLOR="1").out
    assert "\x1b[" in talk("trace", "alice", tty=True, TERM="xterm").out
    assert talk("trace", "alice", encoding="ascii").out.splitlines()[2].startswith("`- -> bob 2  Ping")
    assert json.loads(talk("trace", "alice", "--json", encoding="ascii").out)["name"] == "alice"
