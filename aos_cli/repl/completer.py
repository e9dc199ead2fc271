"""The menu of completions: dot-commands and their arguments, and in Lua what the open process has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion

from aos_cli.errors import AosError
from aos_cli.render.sanitiser import visible_name
from aos_cli.repl.commands import COMMANDS, is_command
from aos_cli.repl.context import Context, context_of
from aos_cli.repl.names import MESSAGE_FIELDS, MESSAGE_KEYS, TAG_NAMES, Names
from aos_cli.source.lexer import KEYWORDS, tokenize

if TYPE_CHECKING:
    from prompt_toolkit.document import Document

# A menu is for choosing from; who has more to choose from types another letter.
_MOST = 200

# While typing, the menu comes with the second letter of a word: one letter says too little.
_LETTERS = 2

_SENDERS = frozenset({"Send", "send", "reply", "forward", "Spawn", "spawn", "Receive", "receive"})
_HANDLER_FUNCTIONS = frozenset({"remove", "prepend", "append", "add", "once", "before", "after"})
_HANDLER_KEYS = frozenset({"Action", "action", "name"})
_PROCESS_KEYS = frozenset({"Target", "target", "Recipient"})
_DATA_KEYS = frozenset({"Data", "data"})
_MESSAGE_NAMES = frozenset({"msg", "message", "m"})

Words = Callable[[str, str], Iterable[str]]
"""Gives words for the argument of a dot-command: (its name, what stands behind it so far)."""


class ShellCompleter(Completer):
    """Completes entries.

    Args:
        names: asks the process and the node; called at every key, in a thread.
        words: arguments of dot-commands.
    """

    def __init__(self, names: Callable[[], Names], words: Words) -> None:
        self._names = names
        self._words = words

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor."""
        before = document.text_before_cursor
        if is_command(before):
            yield from self._for_command(before.lstrip())
            return
        context = context_of(before)
        asked = complete_event.completion_requested
        if context.kind == "nothing" or (context.kind == "name" and not asked and len(context.prefix) < _LETTERS):
            return
        if asked:
            self._names().learn()
        if _may_be_process(context, asked):
            yield from islice(_processes(self._names(), context.prefix), _MOST)
        else:
            yield from _menu(self._for_lua(context, before), context.prefix)

    def _for_command(self, text: str) -> Iterator[Completion]:
        name, blank, argument = text.partition(" ")
        if not blank:
            yield from _menu({entry.name: entry.help for entry in COMMANDS.values()}, name)
            return
        if "\0" in argument:
            # No command takes it; see `run_command`.
            return
        word = argument.rpartition(" ")[2]
        try:
            words = dict.fromkeys(self._words(name, argument), "")
        except (AosError, OSError):
            return
        yield from _menu(words, word)

    def _for_lua(self, context: Context, before: str) -> Mapping[str, str]:
        """What fits, with a word about each."""
        names = self._names()
        if context.kind == "field":
            return _fields(context, names)
        if context.kind == "key":
            keys = MESSAGE_KEYS if context.call[-1] in _SENDERS else ()
            return {**dict.fromkeys(keys, "message"), **_globals(names, before, context.prefix)}
        if context.kind == "text":
            return _texts(context, names)
        return _globals(names, before, context.prefix)


def _fields(context: Context, names: Names) -> Mapping[str, str]:
    """Fields of a table; behind a colon only what can be called."""
    if not context.path:
        return MESSAGE_FIELDS if context.separator != "[" else {}
    found = names.fields(context.path)
    if not found and context.path[-1] == "Tags":
        found = dict.fromkeys(TAG_NAMES, "tag")
    elif not found and (context.path[-1] in _MESSAGE_NAMES or context.path[0] == "Inbox"):
        found = MESSAGE_FIELDS
    if context.separator == ":":
        return {name: kind for name, kind in found.items() if kind == "function"}
    if context.separator == ".":
        return {name: kind for name, kind in found.items() if name.isidentifier() and name not in KEYWORDS}
    return found


def _texts(context: Context, names: Names) -> Mapping[str, str]:
    """Texts that mean something where they stand."""
    if _is_handler(context):
        return dict.fromkeys((name for name in names.handlers() if not name.startswith("_")), "handler")
    if context.call == ("require",):
        return dict.fromkeys(names.modules(), "module")
    return {}


def _is_handler(context: Context) -> bool:
    return context.key in _HANDLER_KEYS or (
        context.call[:1] == ("Handlers",) and context.call[-1] in _HANDLER_FUNCTIONS
    )


def _may_be_process(context: Context, asked: bool) -> bool:
    """Whether a text is the id of a process; if it may be one, that is offered only when the user asks."""
    if context.kind != "text" or context.call == ("require",) or _is_handler(context):
        return False
    if context.key in _PROCESS_KEYS or context.call[-1:] in (("Assign",), ("assign",)):
        return True
    return asked and bool(context.prefix) and context.key not in _DATA_KEYS


def _processes(names: Names, prefix: str) -> Iterator[Completion]:
    """The ids of processes that begin with what is typed, or whose names do."""
    for name, process_id in sorted(names.processes()):
        if process_id != prefix and (process_id.startswith(prefix) or name.lower().startswith(prefix.lower())):
            yield Completion(process_id, -len(prefix), display_meta=visible_name(name))


def _globals(names: Names, before: str, prefix: str) -> Mapping[str, str]:
    """Words of the entry itself, Lua's keywords and the process's globals."""
    typed = [token.text for token in tokenize(before) if token.kind == "name"]
    if prefix and typed:
        typed.pop()
    return {**dict.fromkeys(typed, "typed"), **dict.fromkeys(KEYWORDS, "keyword"), **names.fields(())}


def _menu(words: Mapping[str, str], prefix: str) -> Iterator[Completion]:
    """The words that begin with the prefix: those with its own capitals first, private ones last."""
    folded = prefix.lower()
    fitting = [word for word in words if word.lower().startswith(folded) and word != prefix]
    fitting.sort(key=lambda word: (not word.startswith(prefix), word.startswith("_"), word.lower(), word))
    for word in fitting[:_MOST]:
        # A process may have any text as a key; one that would not be typed as it stands is not offered.
        if word.isprintable():
            yield Completion(word, -len(prefix), display=visible_name(word), display_meta=words[word])
