"""What happened in a slot, told to people."""

from __future__ import annotations

import time

import pytest
from slots import ALICE, BOB, USER, message, process, sent, shown, slot, story, tick

from aos_cli.clients.base import Slot
from aos_cli.render.records import slot_record
from aos_cli.render.story import ASCII_SIGNS, MAX_OUTPUT_CHARACTERS, Story, joined, short_id
from aos_cli.render.watching import watched_lines

ERROR = (
    "\x1b[31mError\x1b[90m handling message with Action = Go\x1b[0m\n"
    "\x1b[32mapp.lua:3: attempt to index a nil value\x1b[0m\n\n\x1b[90mstack traceback:\n\tapp.lua:3: in function 'f'\n"
    '\thandler "Goer"\x1b[0m\n\n\x1b[31merror:\n\x1b[0mapp.lua:3: attempt to index a nil value'
)


def test_output_is_shown_as_it_was_printed() -> None:
    assert shown(story().result(slot(output="one\ntwo"))) == "one\ntwo"


def test_nothing_is_shown_of_nothing() -> None:
    assert not story().result(slot())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("app.lua:3: broken", "error: app.lua:3: broken"),
        ("my dir/app.lua:12: a: b", "error: my dir/app.lua:12: a: b"),
        ('[string "x = ..."]:2: broken', "error: line 2: broken"),
        ("no place", "error: no place"),
        ("", "error:"),
        ('{"code": 1}', 'error: {"code": 1}'),
    ],
)
def test_an_error_says_where(error: str, expected: str) -> None:
    assert shown(story().result(slot(message("Go"), error=error))) == expected


def test_what_was_printed_before_an_error_stands_above_it() -> None:
    assert shown(story().result(slot(error="printed\n\nerror:\nbroken"))) == "printed\nerror: broken"


def test_an_error_in_a_handler_names_it_once() -> None:
    text = shown(story().result(slot(error=ERROR)))
    assert text.count("attempt to index") == 1
    assert "in handler Goer" in text
    assert "app.lua:3: in function 'f'" in text


def test_a_message_without_a_result_says_that_the_state_is_the_one_before() -> None:
    assert "state is the one before it" in shown(story().failure(slot(error="limit", rolled_back=True)))


def test_a_large_output_is_cut_with_a_note() -> None:
    text = story().result(slot(output="x" * (MAX_OUTPUT_CHARACTERS + 1))).plain
    assert text.startswith("x" * MAX_OUTPUT_CHARACTERS)
    assert not text.endswith("x")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (sent(), " → bob  Note  milk"),
        (sent(message("", "", ALICE, BOB)), " → bob"),
        (sent(message("", "", ALICE, "")), " → nobody"),
        (sent(message("N", "a\nb", ALICE, BOB)), r" → bob  N  a\nb"),
        (sent(message("N", "", ALICE, "C" * 43), state="kept"), " → CCCC..CCCC  N  · kept: nobody of that id here"),
        (sent(message("N", "", ALICE, ""), state="kept"), " → nobody  N  kept as data"),
        (sent(state="duplicate"), " → bob  Note  milk  the same message as before, not delivered again"),
        (sent(state="refused", problem="too large"), " ✗ bob  Note  not delivered: too large"),
        (sent(kind="assignment"), " → bob  assigned iiii..iiii  milk"),
        (sent(kind="spawn"), f" + spawned {'i' * 43}"),
    ],
)
def test_what_was_sent_is_a_line(entry: object, expected: str) -> None:
    [line] = story().sent(slot(outbox=(entry,)))  # type: ignore[arg-type] # the parameters are of one type
    assert shown(line) == expected


def test_a_notice_of_a_birth_is_not_told_twice() -> None:
    assert story().sent(slot(outbox=(sent(kind="notice"),))) == []


def test_a_long_message_is_previewed() -> None:
    [line] = story().sent(slot(outbox=(sent(message("N", "x" * 1000, ALICE, BOB)),)))
    assert len(line.plain) < 80
    assert "…" in line.plain


def test_an_arrival_says_who_what_and_what_came_of_it() -> None:
    arrived = slot(message("Ping", "hello", BOB), output="pinged", outbox=(sent(),))
    assert [shown(line) for line in story().arrival(arrived)] == [" ← bob  Ping  hello", "pinged", " → bob  Note  milk"]


def test_what_a_message_says_is_neither_dim_nor_coloured() -> None:
    for line in (story().arrival(slot())[0], story().sent(slot(outbox=(sent(),)))[0]):
        assert line.spans[-1].style == "default"
        assert line.plain[line.spans[-1].start :].strip() != ""


def test_the_librarys_own_line_of_an_arrival_is_left_out() -> None:
    arrived = slot(message("Ping", "", BOB), output="\x1b[90mNew Message From \x1b[32mBBB...BBB")
    assert [shown(line) for line in story().arrival(arrived)] == [" ← bob  Ping"]


def test_what_others_did_is_told_by_their_name() -> None:
    elsewhere = slot(message("Ping", "", ALICE, BOB), owner=process(BOB), output="one\ntwo", outbox=(sent(),))
    assert [shown(line) for line in story().elsewhere(elsewhere)] == [
        "   bob ← Ping",
        "     one\n     two",
        "    → bob  Note  milk",
    ]
    assert [shown(line) for line in story().elsewhere(slot(number=0, owner=process(BOB)))] == ["   bob is born"]
    failed = story().elsewhere(slot(message("", "", ALICE, BOB), owner=process(BOB), error="no"))
    assert [shown(line) for line in failed] == ["   bob ← message", "     error: no"]


def test_a_terminal_without_unicode_gets_ascii() -> None:
    plain = Story(lambda _: "", ASCII_SIGNS)
    lines = plain.sent(slot(outbox=tuple(sent(state=state) for state in ("delivered", "refused", "kept"))))
    assert all(shown(line).isascii() for line in lines)


def test_who_is_a_name_or_the_ends_of_an_id() -> None:
    assert story().who(BOB) == "bob"
    assert story().who(USER) == "UUUU..UUUU"
    assert story().who("") == "nobody"
    assert short_id("short") == "short"


EVIL = "\x1b[2J\x9b6n\u202e\r"


def test_nothing_of_a_message_acts_on_the_terminal() -> None:
    tale = Story(lambda _: EVIL)
    evil = message(EVIL, EVIL, EVIL, EVIL)
    entries = tuple(sent(evil, kind, "refused", EVIL) for kind in ("message", "spawn", "assignment"))
    for failing in (
        None,
        EVIL,
        f"{EVIL}:1: {EVIL}",
        f'\n\thandler "{EVIL}"\nstack traceback:\n{EVIL}\n\nerror:\n{EVIL}',
    ):
        what = slot(evil, outbox=entries, output=EVIL, error=failing, owner=process(name=EVIL))
        lines = [tale.result(what), *tale.sent(what), *tale.arrival(what), *tale.elsewhere(what)]
        text = joined(lines).plain
        assert not set(text) & set("\x1b\x9b\u202e\r")
        assert r"\x1b[2J" in text


def test_the_user_is_called_you() -> None:
    assert story(USER).who(USER) == "you"
    assert story().who(USER) != "you"


# Ticks


def told_of(one: Slot, teller: Story | None = None) -> list[str]:
    return [shown(line) for line in (teller or story(USER)).arrival(one)]


def test_a_tick_says_which_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    lines = told_of(tick(output="done", outbox=(sent(),)))
    assert lines == [" ◷ tick 0-10-seconds  2023-11-14 22:13:20  Cron", "done", " → bob  Note  milk"]
    assert told_of(tick(action=""))[0] == " ◷ tick 0-10-seconds  2023-11-14 22:13:20"
    assert "".join(told_of(tick(), Story(lambda _: "", ASCII_SIGNS))).isascii()


def test_what_a_tick_sends_in_vain_is_said_to_be_so() -> None:
    outbox = (sent(state="dry"), sent(state="dry"))
    lines = told_of(tick(outbox=outbox))
    assert lines[1:] == [" → bob  Note  milk", " → bob  Note  milk  sent only if the process is monitored"]
    assert told_of(slot(outbox=outbox))[-1] == " → bob  Note  milk"  # a dry run says it elsewhere


def test_ticks_that_are_left_out_are_mentioned() -> None:
    lines = told_of(tick(left_out=True))
    assert lines[0] == " … earlier ticks are not shown"
    assert lines[1].startswith(" ◷ tick")


def test_a_failing_tick_shows_its_error() -> None:
    assert "error: app.lua:3: broken" in told_of(tick(error="app.lua:3: broken"))[1]


def test_a_tick_elsewhere_and_a_watched_one_have_their_process() -> None:
    lines = [shown(line) for line in story().elsewhere(tick(0, owner=process(BOB), output="done"))]
    assert lines == ["   bob ◷ tick 0-10-seconds  Cron", "     done"]
    lines = [shown(line) for line in watched_lines(tick(0, owner=process(BOB), output="done"), story())]
    assert lines[0].startswith(" bob ◷ tick 0-10-seconds  ")
    assert lines[1:] == ["   done"]


def test_the_name_of_a_cron_of_somebody_else_is_harmless() -> None:
    text = "".join(line.plain for line in story().arrival(tick(cron="\x1b[2J\u202eevil\n", action="\x07Cron")))
    assert not any(character in text for character in "\x1b\u202e\x07\n")


def test_a_tick_as_a_record() -> None:
    record = slot_record(tick(4))
    assert (record["slot"], record["cron"], record["message"], record["action"]) == (4, "0-10-seconds", "", "Cron")
    assert slot_record(slot())["cron"] is None
