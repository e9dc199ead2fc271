"""Where an editor puts the next line, and the one that ends a block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.source.indent import closing_indent, next_indent


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("x = 1", 0),
        ("function f()", 2),
        ("if x then", 2),
        ("if x then\n  y()\nelse", 2),
        ("if x then\n  y()\nelseif z then", 2),
        ("for i = 1, 2 do", 2),
        ("while x do\n  repeat", 4),
        ("repeat\n  x()\nuntil y", 0),
        ("t = {", 2),
        ("t = {\n  a = {", 4),
        ("t = {\n  a = { 1 },", 2),
        ("f(", 2),
        # Two levels that one line opens are one step.
        ("Handlers.add('a', 'b', function(msg)", 2),
        ("Handlers.add('a', 'b', function(msg)\n  print(msg)\nend)", 0),
        ("Handlers.add('a', function(m) return true end, function(msg)", 2),
        ("function f() return 1 end", 0),
        ("function f()\n  if x then\n    y()\n  end", 2),
        # Words in strings and comments open nothing.
        ("x = 'function ('", 0),
        ("-- if then {", 0),
        ("x = [[ function", 0),
        ("  x = {", 4),
        ("end end ) }", 0),
    ],
)
def test_the_next_line(text: str, columns: int) -> None:
    assert next_indent(text) == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("function f()\n  x()\n  end", 0),
        ("if x then\n  y()\n  else", 0),
        ("if x then\n  y()\n  elseif", 0),
        ("repeat\n  repeat\n    x()\n    until y", 2),
        ("t = {\n  a = {\n    1\n    }", 2),
        ("Handlers.add('a', function()\n  x()\n  end)", 0),
        ("function f()\n  x()", None),
        ("function f()\n  ", None),
        ("end", None),
        ("x = {\n  'end", None),
        ('x = {\n  "}"', None),
    ],
)
def test_a_line_that_ends_a_level(text: str, columns: int | None) -> None:
    assert closing_indent(text) == columns


_PIECES = ["function", "do", "then", "end", "{", "}", "(", ")", "if", "repeat", "until", "else", "[[", "]]", "'", "\n"]


@given(st.lists(st.sampled_from(_PIECES)))
def test_whatever_is_typed_has_an_indent(words: list[str]) -> None:
    text = " ".join(words)
    assert next_indent(text) >= 0
    assert (closing_indent(text) or 0) >= 0
