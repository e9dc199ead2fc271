"""What the menu offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from aos_cli.repl.completer import ShellCompleter


class Process:
    """A process that never changes."""

    globals: Mapping[tuple[str, ...], Mapping[str, str]] = {
        (): {"Balances": "table", "Handlers": "table", "print": "function", "Send": "function", "count": "number"},
        ("Balances",): {"alice": "string", "end": "string", "two words": "string", "\x1b[31m": "string"},
        ("Handlers",): {"add": "function", "list": "table"},
        ("package", "loaded"): {"json": "table", ".utils": "table"},
    }

    def __init__(self) -> None:
        self.was_asked = False

    def learn(self) -> None:
        self.was_asked = True

    def fields(self, path: Sequence[str]) -> Mapping[str, str]:
        return self.globals.get(tuple(path), {})

    def handlers(self) -> Sequence[str]:
        return ["_eval", "Transfer", "Info"]

    def modules(self) -> Sequence[str]:
        return sorted(self.fields(("package", "loaded")))

    def processes(self) -> Sequence[tuple[str, str]]:
        return [("bob", "B" * 43), ("carol", "C" * 43)]


def words(name: str, argument: str) -> Sequence[str]:
    return {".load": ["counter.lua", "examples/"], ".switch": ["bob", "B" * 43]}.get(name, [])


def offered(text: str, *, asked: bool = True) -> list[str]:
    """The menu behind a text."""
    completer = ShellCompleter(Process, words)
    event = CompleteEvent(completion_requested=asked, text_inserted=not asked)
    return [completion.text for completion in completer.get_completions(Document(text), event)]


@pytest.mark.parametrize("asked", [True, False])
def test_only_who_asks_has_names_looked_for(asked: bool) -> None:
    process = Process()
    completer = ShellCompleter(lambda: process, words)
    list(completer.get_completions(Document("Bal"), CompleteEvent(completion_requested=asked)))
    assert process.was_asked == asked


@pytest.mark.parametrize(
    ("text", "menu"),
    [
        ("Bal", ["Balances"]),
        ("x = pri", ["print"]),
        ("Balances.", ["alice"]),  # only what can be written behind a dot
        ('Balances["', ["alice", "end", "two words"]),
        ("Balances.al", ["alice"]),
        ('Send({ Target = "bo', ["B" * 43]),  # processes have names, messages go to ids
        ('Send({ Recipient = "CC', ["C" * 43]),
        ('Friend = "Car', ["C" * 43]),
        ('join("bo', ["B" * 43]),
        ('Send({ Data = "bo', []),
        ('Handlers.remove("bo', []),
        ('require("bo', []),
        ('join("', []),
        ("Handlers:", ["add"]),
        ("Handlers.li", ["list"]),
        ("nobody.", []),
        ("local other = 1\nreturn oth", ["other"]),
        ("whi", ["while"]),
        ("Send({ Ta", ["Tags", "Target"]),
        ('Send({ Target = "', ["B" * 43, "C" * 43]),
        ('Send({ Action = "', ["Info", "Transfer"]),
        ('msg.Action == "T', ["Transfer"]),
        ('Handlers.remove("', ["Info", "Transfer"]),
        ('require("', [".utils", "json"]),
        ("msg.repl", ["reply"]),
        ("msg.Tags.Re", ["Recipient", "Reference"]),
        ('msg.Tags["X-R', ["X-Reference"]),
        ("Inbox[1].Da", ["Data"]),
        ("-- Bal", []),
        ("'Bal", []),
        (".lo", [".load", ".load-blueprint", ".log"]),
        (".load cou", ["counter.lua"]),
        (".switch b", ["bob", "B" * 43]),
        (".nothing x", []),
    ],
)
def test_what_is_offered(text: str, menu: list[str]) -> None:
    assert offered(text) == menu


def test_one_letter_is_too_little_while_typing() -> None:
    assert offered("B", asked=False) == []
    assert offered("Ba", asked=False) == ["Balances"]
    assert offered("Balances.", asked=False) == ["alice"]


def test_processes_are_offered_while_typing_only_where_nothing_else_fits() -> None:
    assert offered('Send({ Target = "bo', asked=False) == ["B" * 43]
    assert offered('Friend = "bo', asked=False) == []


def test_what_has_the_typed_capitals_comes_first() -> None:
    assert offered("s")[0] == "Send"
    assert offered("h") == ["Handlers"]


def test_a_whole_word_offers_nothing() -> None:
    """The menu would only be in the way of Enter."""
    assert offered("print") == []


def test_hostile_names_are_not_offered() -> None:
    assert all(word.isprintable() for word in offered('Balances["'))
