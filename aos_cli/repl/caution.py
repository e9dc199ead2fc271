"""Entries that take away what cannot be had back, so that the shell can ask first."""

from __future__ import annotations

from aos_cli.source.lexer import Token, tokenize

# A new value for one of these: who may command the process, what it answers to, and whom it trusts.
_DANGERS = {
    ("Owner",): "gives the process to another owner, who alone may command it then",
    ("Handlers",): "takes the process's handlers away",
    ("Handlers", "list"): "takes the process's handlers away",
    ("Balances",): "replaces all balances",
    ("Inbox",): "empties the inbox",
    ("ao", "authorities"): "changes whom the process trusts",
}


def danger_in(code: str) -> str:
    """What an entry would do that deserves a question; "" when there is nothing of the kind."""
    tokens = [token for token in tokenize(code) if token.kind != "comment"]
    for index, token in enumerate(tokens):
        if token.text == "=" and token.kind == "operator":
            reason = _DANGERS.get(_target(tokens, index), "")
            if reason:
                return reason
    return ""


def _target(tokens: list[Token[str]], end: int) -> tuple[str, ...]:
    """The global, or its field, that gets the value behind `tokens[end]`; () when it is a local, or something else."""
    names: list[str] = []
    index = end - 1
    while index >= 0 and tokens[index].kind == "name":
        names.insert(0, tokens[index].text)
        if index == 0 or tokens[index - 1].text != ".":
            break
        index -= 2
    before = tokens[index - 1].text if index > 0 else ""
    # In a constructor it is a field, and a new local hides the global.
    if before in ("local", "{", ","):
        return ()
    return tuple(names[1:] if names[:1] == ["_G"] else names)
