"""The leaves of the library against what the real module answered: the cases that need no process around them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lua_loader import LuaLibrary

CORPUS = json.loads((Path(__file__).parents[1] / "corpus" / "cases.json").read_text(encoding="utf-8"))
AREAS = {"json", "base64", "bint", "utils"}
CASES = [case for case in CORPUS["cases"] if case["area"] in AREAS or case["id"] in {"lua-008", "eval-006", "eval-008"}]

# What an evaluation makes of a line, without a process.
EVALUATE = """
Utils, bit32 = require(".utils"), require("bit32")
math = setmetatable({}, { __index = math })
require(".compat")(math)
function Send() end
function print(value) printed = tostring(value) end
function evaluate(text)
  printed = ""
  local chunk, why = load("return " .. text, "aos", "t", _G)
  if not chunk then chunk, why = load(text, "aos", "t", _G) end
  if not chunk then return "error", why end
  local success, output, failure = pcall(chunk)
  if not success then return "error", "\\n\\nerror:\\n" .. output end
  if failure then return "error", failure end
  if type(output) == "table" then output = require(".stringify").format(output) end
  return "output", output and tostring(output) or printed
end
"""


def plain(text: Any) -> Any:
    """The text without colours, addresses and the positions of the library's own files."""
    if not isinstance(text, str):
        return text
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"(table|function): (builtin: )?0x[0-9a-f]+", r"\1: 0xADDR", text)
    return re.sub(r'\[string "(\.[^"]*|json|ao)"\]:\d+: ', "", text)


def expected(expect: dict[str, Any]) -> tuple[str, Any]:
    """What the real module answered, in the form that `evaluate` gives."""
    if "Error" in expect:
        error = expect["Error"]
        return "error", error.get("core", error["raw"])
    data = expect["Output"]["data"]
    return "output", data.get("core", data["text"])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_answers_are_those_of_the_real_module(case: dict[str, Any]) -> None:
    library = LuaLibrary(EVALUATE)
    compared = 0
    for step in case["messages"][1:]:
        library.define("line", step["msg"]["Data"])
        kind, text = library.run("evaluate(line)")
        if step.get("compare") == "skip" or step.get("platform") or step.get("defect"):
            continue
        wanted_kind, wanted = expected(step["expect"])
        found = plain(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
        if step.get("compare") == "unordered":
            found, wanted = lines(found), lines(wanted)
        assert (kind, found) == (wanted_kind, wanted), step["msg"]["Data"]
        compared += 1
    assert compared > 2


def lines(text: str) -> list[str]:
    """The lines in an order of their own: the real module's order of keys is random."""
    return sorted(line.strip().rstrip(",") for line in text.split("\n"))
