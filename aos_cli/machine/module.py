"""The module of a process: the runtime that it was born with, as content.

A module's data is a JSON object of require name -> Lua source, keys sorted, in UTF-8 without spaces. The bundled one
is made of the files of `lua_stdlib`; its data item is signed by a key that is derived from the data, so the same
files give the same id everywhere and a changed file gives another.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

from aos_cli.errors import CodecError
from aos_cli.model import DataItem, Tag

FORMAT = "lua-5.3-sources"
"""Value of the tag Module-Format."""

# Required without a leading dot, as programs know them; all other files are found as ".name".
_PLAIN_NAMES = frozenset({"ao", "bit32", "json"})


def _library_folder() -> Path:
    # In a checkout and in an installed package alike, lua_stdlib stands beside aos_cli.
    return Path(__file__).resolve().parents[2] / "lua_stdlib"


def _require_name(path: Path) -> str:
    return path.stem if path.stem in _PLAIN_NAMES else "." + path.stem


@functools.cache
def bundled_sources() -> dict[str, bytes]:
    """The bundled runtime: require name -> Lua source, names sorted."""
    root = _library_folder()
    # Not what lies in folders below: blueprints are no part of the runtime.
    sources = {_require_name(path): path.read_bytes() for path in root.glob("*.lua")}
    return dict(sorted(sources.items()))


# What Lua itself brings: `require` finds these in every process.
_LUA_MODULES = frozenset({"_G", "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8"})


def known_modules() -> frozenset[str]:
    """The names that `require` finds in a process of the bundled module."""
    return frozenset(bundled_sources()) | _LUA_MODULES | {".ao"}


def encode_module(sources: dict[str, bytes]) -> bytes:
    """The data of a module item that holds these sources."""
    texts = {name: source.decode("utf-8") for name, source in sources.items()}
    return json.dumps(texts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def decode_module(data: bytes) -> dict[str, bytes]:
    """The sources in a module's data.

    Raises:
        CodecError: the data is not an object of texts.
    """
    try:
        sources = json.loads(data)
        return {name: source.encode("utf-8") for name, source in sources.items()}
    except (ValueError, AttributeError) as error:
        raise CodecError("The module's data is not a JSON object of Lua sources") from error


@functools.cache
def bundled_module() -> DataItem:
    """The bundled runtime as a signed module item."""
    from aos_cli.codec.ans104 import build_item
    from aos_cli.wallet import Ed25519Wallet

    data = encode_module(bundled_sources())
    signer = Ed25519Wallet(hashlib.sha256(b"aos module" + data).digest())
    tags = (
        Tag("Data-Protocol", "ao"),
        Tag("Variant", "ao.TN.1"),
        Tag("Type", "Module"),
        Tag("Module-Format", FORMAT),
        Tag("Input-Encoding", "JSON-1"),
        Tag("Output-Encoding", "JSON-1"),
        Tag("Content-Type", "application/json"),
        Tag("Name", "aos"),
    )
    return build_item(signer, tags=tags, data=data)
