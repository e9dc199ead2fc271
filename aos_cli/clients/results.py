"""Results as nodes give them, read into the shell's noun."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aos_cli.model import Result


def result_from_json(raw: Mapping[str, Any]) -> Result:
    """A result as a node gives it, of this generation (`Output.data` is text) or the older ones."""
    if "Throws" in raw:
        return Result(error=str(raw["Throws"]), rolled_back=True)
    error = raw.get("Error")
    if error is not None:
        trace = raw.get("Trace")
        text = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        return Result(error=text, trace=trace if isinstance(trace, str) else "")
    output = raw.get("Output")
    data: object = output
    prompt: object = ""
    shown = False
    if isinstance(output, Mapping):
        data, prompt, shown = output.get("data"), output.get("prompt"), bool(output.get("print"))
        if isinstance(data, Mapping):
            prompt = data.get("prompt") or prompt
            data = data.get("output")
    return Result(
        output=_text(data),
        prompt=_text(prompt),
        print=shown,
        messages=_entries(raw, "Messages"),
        spawns=_entries(raw, "Spawns"),
        assignments=_entries(raw, "Assignments"),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _entries(raw: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    entries = raw.get(name)
    return tuple(entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
