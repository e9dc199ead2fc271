"""What a machine answered, as far as the node reads it."""

from __future__ import annotations

import json
import re
from typing import Any

from aos_cli.machine.port import Evaluation

# Python's JSON reader gives up at some depth that depends on the caller's; a result's fate must not.
_MAX_DEPTH = 200

# Brackets that open or close, and texts, which are taken whole so that the brackets in them do not count.
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)


def readable(evaluation: Evaluation) -> tuple[dict[str, Any], Evaluation]:
    """The result of an evaluation, decoded, and the evaluation itself.

    A result that is nested too deeply, or is no JSON object, counts as none: the evaluation is then a failed one.
    """
    problem = ""
    if _depth(evaluation.text) > _MAX_DEPTH:
        problem = f"the result is nested deeper than {_MAX_DEPTH} levels"
    else:
        try:
            result = json.loads(evaluation.text)
            if isinstance(result, dict):
                return result, evaluation
        except ValueError as error:
            problem = f": {error}"
        problem = f"the result is not a JSON object{problem}"
    result = {"Throws": problem}
    return result, Evaluation(json.dumps(result, ensure_ascii=False), True, evaluation.instructions)


def _depth(text: str) -> int:
    """How deep a JSON text is nested, or a smaller number that is no more than the limit."""
    if text.count("[") + text.count("{") <= _MAX_DEPTH:
        return 0
    depth = deepest = 0
    for match in _STRUCTURE.finditer(text):
        sign = match[0]
        if sign in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif sign in ("]", "}"):
            depth -= 1
    return deepest


def sent_something(result: dict[str, Any]) -> bool:
    """Whether a result has anything in its outbox."""
    return bool(result.get("Messages") or result.get("Spawns") or result.get("Assignments"))
