"""What stands at the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.repl.context import Context, context_of


@pytest.mark.parametrize(
    ("before", "context"),
    [
        ("", Context("name")),
        ("pri", Context("name", "pri")),
        ("x = pri", Context("name", "pri")),
        ("f(", Context("name")),
        ("a = b + ", Context("name")),
        ("wh", Context("name", "wh")),
        ("while", Context("name", "while")),
        ("Balances.", Context("field", "", ("Balances",), ".")),
        ("a.b.c", Context("field", "c", ("a", "b"), ".")),
        ("x = msg:re", Context("field", "re", ("msg",), ":")),
        ('a["b"].c', Context("field", "c", ("a", "b"), ".")),
        ("Inbox[1].", Context("field", "", ("Inbox", "1"), ".")),
        ("Inbox[#Inbox].", Context("field", "", (), ".")),
        ("f(x).", Context("field", "", (), ".")),
        ('Balances["a', Context("field", "a", ("Balances",), "[")),
        ("Send({ ", Context("key", "", call=("Send",))),
        ("Send({ Ta", Context("key", "Ta", call=("Send",))),
        ("Send{Ta", Context("key", "Ta", call=("Send",))),
        ("ao.send({ Target = x, Ac", Context("key", "Ac", call=("ao", "send"))),
        ("Send({ Target = x, Data = f(1, y), Ac", Context("key", "Ac", call=("Send",))),
        ("Send({ Target = x", Context("name", "x")),
        ("t = { a", Context("name", "a")),
        ('Send({ Target = "', Context("text", "", key="Target")),
        ("Send({ Action = 'Tr", Context("text", "Tr", key="Action")),
        ('msg.Action == "T', Context("text", "T", key="Action")),
        ('require("', Context("text", "", call=("require",))),
        ("require 'li", Context("text", "li", call=("require",))),
        ('Handlers.remove("x', Context("text", "x", call=("Handlers", "remove"))),
        ('print("a b', Context("text", "a b", call=("print",))),
        ('x = "a', Context("text", "a", key="x")),
        ('f(1, "a', Context("nothing")),
        ("-- comm", Context("nothing")),
        ("x --[[ y ]] z", Context("name", "z")),
        ("[[ long", Context("nothing")),
        ("12", Context("nothing")),
        ("1.", Context("nothing")),
        ("-- note\n", Context("name")),
    ],
)
def test_what_stands_at_the_cursor(before: str, context: Context) -> None:
    assert context_of(before) == context


_PIECES = ["a", ".", ":", "[", "]", '"', "'", "{", "}", "(", ")", ",", "=", "1", " ", "--", "\n"]


@given(st.lists(st.sampled_from(_PIECES)))
def test_whatever_is_typed_has_a_context(pieces: list[str]) -> None:
    before = "".join(pieces)
    assert before.endswith(context_of(before).prefix)
