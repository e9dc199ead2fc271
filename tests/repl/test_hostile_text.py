"""Nothing that a process says is obeyed by the terminal: it is shown.

Each text is put between two marks. If its bytes stood between the marks in what the program wrote, the terminal would
obey them; prompt_toolkit's own sequences do not stand there.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Outside, Shown, Terminal

PAYLOADS: dict[str, str] = {
    "clear the screen": "\x1b[2J",
    "where is the cursor": "\x1b[6n",
    "what are you": "\x1b[c",
    "what version are you": "\x1b[>q",
    "what are your settings": "\x1bP$qm\x1b\\",
    "set the title": "\x1b]0;owned\x07",
    "set the title, other end": "\x1b]2;owned\x1b\\",
    "a link that lies": "\x1b]8;;http://evil.example\x1b\\good.example\x1b]8;;\x1b\\",
    "write the clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "read the clipboard": "\x1b]52;c;?\x07",
    "ask for a colour of the palette": "\x1b]4;1;?\x07",
    "ask for the background": "\x1b]11;?\x07",
    "ask for the foreground": "\x1b]10;?\x07",
    "iTerm file": "\x1b]1337;File=inline=1:AAAA\x07",
    "notification": "\x1b]9;hello\x07",
    "urxvt extension": "\x1b]777;notify;a;b\x07",
    "device control string": "\x1bPq#0\x1b\\",
    "application command": "\x1b_Gi=1\x1b\\",
    "privacy message": "\x1b^private\x1b\\",
    "start of string": "\x1bXstring\x1b\\",
    "8-bit CSI": "\x9b2J",
    "8-bit OSC": "\x9d0;owned\x9c",
    "alternate screen": "\x1b[?1049h",
    "mouse reports": "\x1b[?1003h",
    "end of a bracketed paste": "\x1b[201~",
    "full reset": "\x1bc",
    "carriage return": "\rhidden",
    "backspaces": "\x08\x08\x08gone",
    "bells": "\x07" * 20,
    "right to left": "\u202egnp.exe",
    "isolated right to left": "\u2066abc\u2069",
    "zero width": "\u200bzero\u200d",
    "tag characters": "\U000e0041\U000e0042",
    "nul": "\x00",
    "delete": "\x7f",
    "not UTF-8": "\udcff\udcfe",
    "a flood of marks": "e" + "\u0301" * 200,
}


def lua(text: str) -> str:
    """A Lua string, all in ASCII."""
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode("utf-8", "surrogateescape")) + '"'


def marked(name: str) -> str:
    return f"<{PAYLOADS[name]}>"


def obeyed(raw: bytes) -> list[str]:
    """The texts that reached the terminal as they were."""
    return [name for name in PAYLOADS if marked(name).encode("utf-8", "surrogateescape") in raw]


def table_of_payloads() -> str:
    return "{" + ", ".join(lua(marked(name)) for name in PAYLOADS) + "}"


@pytest.fixture
def hostile(open_terminal: Open, tmp_path: Path) -> Terminal:
    """A window with a process that has a table `T` of all texts."""
    (tmp_path / "texts.lua").write_text(f"T = {table_of_payloads()} print(#T .. ' texts')")
    terminal = open_terminal("--load", "texts.lua", rows=100, columns=200)
    terminal.wait_for_prompt()
    assert f"{len(PAYLOADS)} texts" in terminal.text
    return terminal


PLACES = {
    "what it prints": "for i = 1, #T do print(T[i]) end",
    "what it returns": "return T",
    "one text that it returns": "return table.concat(T, '\\n')",
    "an error": "error(table.concat(T, '\\n'))",
    "an error that is a table": "error({T = T})",
    "an error in a handler": (
        "for i = 1, #T do Handlers.once(T[i], 'H' .. i, function() error(T[i]) end) "
        "Send({Target = ao.id, Action = 'H' .. i}) end"
    ),
    "an action": "for i = 1, #T do Send({Target = ao.id, Action = T[i]}) end",
    "a tag": "for i = 1, #T do Send({Target = ao.id, Tags = {[T[i]] = T[i]}, Action = 'a' .. i}) end",
    "data": "for i = 1, #T do Send({Target = ao.id, Data = T[i]}) end",
    "a target": "for i = 1, #T do Send({Target = T[i], Data = 'x'}) end",
    "the name of a child": "for i = 1, #T, 6 do Spawn(ao.env.Module.Id, {Name = T[i] .. (T[i + 1] or '')}) end",
    "the module of a child": "for i = 1, #T do Spawn(T[i], {}) end",
}


@pytest.mark.parametrize("code", PLACES.values(), ids=PLACES)
def test_a_process_does_not_reach_the_terminal(hostile: Terminal, shown: Shown, tmp_path: Path, code: str) -> None:
    (tmp_path / "say.lua").write_text(code)
    hostile.ask(".load say.lua")
    for command in (".inbox 99", ".outbox 99", ".log", ".ps"):
        hostile.ask(command)
    assert obeyed(hostile.raw) == []
    for words in (["log", "default", "-n", "99"], ["inbox", "default", "-n", "99"], ["ps"]):
        assert obeyed(shown(*words).encode("utf-8", "surrogateescape")) == []


def test_what_was_hidden_is_shown(hostile: Terminal) -> None:
    shown = hostile.ask("for i = 1, #T do print(T[i]) end")
    for text in (r"<\x1b[2J>", r"<\x1b[6n>", r"<\x1b]0;owned\x07>", r"<\x9b2J>", r"<\rhidden>", r"<\u{202e}gnp.exe>"):
        assert text in shown


def test_a_prompt_does_not_reach_the_terminal(hostile: Terminal) -> None:
    """In groups, because a prompt is cut after some hundred characters."""
    for first in range(1, len(PAYLOADS) + 1, 4):
        group = f"table.concat(T, '', {first}, math.min(#T, {first + 3}))"
        hostile.enter(f"function Prompt() return {group} .. 'P' .. {first} .. '>' end")
        hostile.wait_until(lambda end=f"P{first}>": hostile.typed.endswith(end), "the new prompt")  # type: ignore[misc]
    assert obeyed(hostile.raw) == []
    assert r"\x1b[2J" in hostile.text


def test_an_endless_prompt_is_cut(terminal: Terminal) -> None:
    terminal.enter("function Prompt() return ('x\\n'):rep(1e6) end")
    terminal.wait_until(lambda: "x\nx\nx" in terminal.text, "the new prompt")
    terminal.type("return 'still ' .. 'here'\r")
    terminal.wait_for("still here")
    assert len(terminal.raw) < 500_000


def test_colours_of_a_process_end_with_its_text(terminal: Terminal) -> None:
    terminal.ask(r"print('\27[31mred and not reset')")
    assert b"\x1b[31mred and not reset\x1b[0m" in terminal.raw


def test_what_arrives_does_not_reach_the_terminal(hostile: Terminal, open_terminal: Open, outside: Outside) -> None:
    bob = open_terminal("bob", columns=200, rows=100)
    bob.wait_for_prompt("bob")
    [identity] = [process["id"] for process in outside("ps") if process["name"] == "bob"]
    bob.type("return 'half")
    hostile.ask(f"for i = 1, #T do Send({{Target = '{identity}', Action = T[i], Data = T[i]}}) end")
    bob.wait_for("←", times=len(PAYLOADS))
    bob.wait_until(lambda: bob.typed.endswith("> return 'half"), "the half-typed line")
    assert obeyed(bob.raw) == []


def test_a_file_name_does_not_reach_the_terminal(terminal: Terminal) -> None:
    terminal.type(".load a\x16\x1b[2Jb\r")  # Ctrl-V: the next key is taken as it is
    terminal.wait_for("No such file")
    assert b"a\x1b[2Jb" not in terminal.raw
