"""Imports go one way, and heavy libraries have one place each."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import aos_cli

ROOT = Path(aos_cli.__file__).parent

# Who may import whom: only downwards. Parts of one row may import each other.
_ROWS = (
    ("errors",),
    (
        "model",
        "lua_error",
        "status",
        "environment",
        "config",
        "background",
        "asking",
        "private_files",
        "settings",
        "__init__",
    ),
    ("codec",),
    ("wallet",),
    ("machine",),
    ("units",),
    ("http_face",),
    ("clients",),
    ("session", "processes", "process_view", "mailbox", "read_marks"),
    ("repl",),
    ("cli", "__main__"),
)
_RANKS = {part: rank for rank, row in enumerate(_ROWS) for part in row}

# These stand aside: they see the nouns only, and the shell sees them.
_ASIDE = ("source", "render")
_NOUNS = ("errors", "model", "lua_error", "__init__")
_SHELL = ("repl", "cli")

# library -> the only files or folders that import it
_PLACES = {
    "lupa": ("machine/",),
    "wasmtime": ("machine/",),
    "httpx": ("clients/",),
    "prompt_toolkit": ("repl/",),
    "sqlite3": ("units/rows.py", "units/database.py", "units/read_only.py"),
    "click": ("cli/",),
    "tomlkit": ("settings/",),
    "watchfiles": ("source/",),
    "werkzeug": ("http_face/",),
    "waitress": ("http_face/",),
    "graphql": ("http_face/",),
}

_FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


def part_of(name: str) -> str:
    """The part of the package that a dotted name below it belongs to."""
    return name.split(".")[1] if "." in name else "__init__"


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs, inside functions as well; types for the checker do not count."""
    waiting: list[ast.AST] = [ast.parse((ROOT / path).read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module
            # `from aos_cli import errors` names a part as well.
            yield from (
                (f"{node.module}.{alias.name}" for alias in node.names) if node.module == "aos_cli" else (node.module,)
            )
        waiting.extend(ast.iter_child_nodes(node))


def own_imports(path: Path) -> set[str]:
    """The parts of the package that a file imports."""
    names = (name for name in imported(path) if name.split(".")[0] == "aos_cli")
    return {part_of(name) if part_of(name) in (*_RANKS, *_ASIDE) else "__init__" for name in names}


def owner_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", _FILES, ids=str)
def test_imports_go_down(path: Path) -> None:
    part = owner_of(path)
    assert part in (*_RANKS, *_ASIDE), f"{path} has no place in the order: give it one here and in the design"
    for other in own_imports(path) - {part}:
        if part in _ASIDE:
            assert other in _NOUNS, f"{path} imports {other}"
        elif other in _ASIDE:
            assert part in _SHELL, f"{path} imports {other}"
        else:
            assert _RANKS[other] <= _RANKS[part], f"{path} imports {other}, which stands above it"


@pytest.mark.parametrize("library", _PLACES)
def test_a_library_is_imported_in_its_place_only(library: str) -> None:
    users = {str(path.as_posix()) for path in _FILES for name in imported(path) if name.split(".")[0] == library}
    assert {user for user in users if not user.startswith(_PLACES[library])} == set()


def test_the_lua_error_is_read_without_the_rest() -> None:
    assert own_imports(Path("lua_error.py")) == set()


def test_imports_that_only_the_checker_sees_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file.py").write_text(
        "import a\nif TYPE_CHECKING:\n    import b\nelse:\n    import c\ndef f():\n    from d.e import g\n"
        "try:\n    from aos_cli import errors, repl\nexcept ImportError: import h\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert sorted(imported(Path("file.py"))) == ["a", "aos_cli.errors", "aos_cli.repl", "c", "d.e", "h"]


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh program has loaded when it has run `code`."""
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"aos {aos_cli.__version__}"
    return set(done.stderr.split())


def test_the_version_is_said_without_loading_anything_heavy() -> None:
    loaded = loaded_by("sys.argv[1:] = ['--version']; from aos_cli.cli.main import main; main()")
    assert "aos_cli.cli.main" in loaded
    heavy = {"prompt_toolkit", "httpx", "rich", "lupa", "cryptography", "sqlite3", "platformdirs", "json", "asyncio"}
    assert heavy & loaded == set()
