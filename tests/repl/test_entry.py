"""What is a whole entry, and what is left of a copied one."""

from __future__ import annotations

import pytest

from aos_cli.machine.native import check_syntax
from aos_cli.repl.entry import is_incomplete, without_prompts

UNFINISHED = [
    "function f()", "if x then", "while true do", "for i = 1, 2 do", "repeat", "do", "x = {", "f(", "f{", "return (1",
    "x =", "1 +", "a.", "a:", "not", "local function", "[[", "[==[ ]]", "--[[", "x = [[\n", "'a\\", '"a\\z',
    "if x then y()\nelse", "#",
    "Handlers.add('a', 'b', function(msg)\n  print(msg)", "x = function() return {", "local t = {1,\n2,",
]  # fmt: skip

WHOLE = [
    "", " ", "1", "x", "1 + 1", "x = 1", "return", "print('a')", "function f() end", "{1, 2}", "x y", "end", ")",
    "x = }", "return return", "'unfinished", '"unfinished', "-- comment", "a b c", "local x <bad>", "goto nowhere",
    "\\", "...",
]  # fmt: skip


@pytest.mark.parametrize("text", UNFINISHED)
def test_lua_would_read_on(text: str) -> None:
    assert is_incomplete(text, check_syntax)


@pytest.mark.parametrize("text", WHOLE)
def test_lua_would_not_read_on(text: str) -> None:
    """It is well, or so wrong that more text does not mend it."""
    assert not is_incomplete(text, check_syntax)


@pytest.mark.parametrize("bad", ["\udcff", "x = '\udcff", "\x00", "x = {\x00"])
def test_bytes_that_are_no_text_are_no_trouble(bad: str) -> None:
    assert is_incomplete(bad, check_syntax) in (True, False)


@pytest.mark.parametrize(
    ("pasted", "entry"),
    [
        ("aos> 1 + 1", "1 + 1"),
        ("default@aos-2.0.4[Inbox:1]> x = 1", "x = 1"),
        ("alice@local[3]> x = 1\nalice@local[3]> y = 2", "x = 1\ny = 2"),
        ("aos> function f()\n ...   return 1\n ... end", "function f()\n  return 1\nend"),
        ("x = 'aos> '", "x = 'aos> '"),
        ("a > b", "a > b"),
        ("if a> b then\naos> x\nend", "if a> b then\naos> x\nend"),
        ("", ""),
    ],
)
def test_a_copied_prompt_is_no_lua(pasted: str, entry: str) -> None:
    assert without_prompts(pasted) == entry
