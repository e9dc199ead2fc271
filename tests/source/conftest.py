"""A folder of Lua files to bundle, and a process to run the bundle in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lua_process import Process

from aos_cli.source.bundle import Bundle, bundle


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes files, given as path=content pairs, below the working folder."""

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.fixture
def bundled(write: Callable[..., Path], tmp_path: Path) -> Callable[..., Bundle]:
    """Writes files and bundles the named main files, `main.lua` when none is named."""

    def make(files: dict[str, str | bytes], *mains: str, **options: Any) -> Bundle:
        write(files)
        return bundle(mains or ["main.lua"], cwd=tmp_path, **options)

    return make
