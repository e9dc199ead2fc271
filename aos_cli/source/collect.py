"""The files that a program consists of: from its main files along every `require` that can be read in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from aos_cli.errors import SourceError
from aos_cli.source.files import (
    FileIdentity,
    LuaFile,
    display_name,
    file_identity,
    first_file,
    module_candidates,
    name_fault,
    read_file,
    search_candidates,
)
from aos_cli.source.requires import Require, find_requires


class Absent(NamedTuple):
    """A module that is nowhere and that the program can do without.

    Attributes:
        name: as it is required.
        place: `file:line` of the `require`.
    """

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Edge:
    """One `require` and the module it leads to."""

    require: Require
    target: Module


@dataclass(eq=False, slots=True)
class Module:
    """A file of the program.

    Attributes:
        names: all names that `require` shall know it by, the first one as it was first asked for.
        edges: what it requires among the files, in the order of its text.
    """

    file: LuaFile
    names: list[str] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    @property
    def display(self) -> str:
        """What errors call the file."""
        return self.file.display


class Collector:
    """Gathers modules, each physical file once, what is needed before what needs it.

    Args:
        cwd: absolute; displays are relative to it.
        known: names of modules that the process has by itself.
        loaded: names of modules that it has from files.
        search: additional folders or patterns, see `search_candidates`.

    Attributes:
        modules: all files, in that order.
        mains: the files given to `add_main`, in the order given.
        shadowed: names of `known` that a file replaces.
        absent: modules that `pcall` asks for and that are nowhere.
        computed: `file:line` of each `require` whose module only the running program knows.
        looked: every place where a file was looked for, in that order.
    """

    def __init__(
        self, cwd: Path, known: Collection[str], loaded: Collection[str], search: Sequence[str | Path]
    ) -> None:
        self._cwd = cwd
        self._known = known
        self._present = frozenset(known) | frozenset(loaded)
        self._search = search
        self._by_identity: dict[FileIdentity, Module] = {}
        self._by_name: dict[str, tuple[Module, str]] = {}
        self.modules: list[Module] = []
        self.mains: list[Module] = []
        self.shadowed: list[str] = []
        self.absent: list[Absent] = []
        self.computed: list[str] = []
        self.looked: dict[Path, None] = {}

    def add_main(self, file: LuaFile, root: Path) -> None:
        """Take a main file and, from the folder `root`, everything it requires.

        Raises:
            SourceError: a module cannot be found or read, or its name is taken by another file.
        """
        identity = file_identity(file.path) if file.path else None
        main = self._by_identity.get(identity) if identity else None
        if main is None:
            main = Module(file)
            if identity:
                self._by_identity[identity] = main
            self._follow(main, root)
        if main not in self.mains:
            self.mains.append(main)

    def _follow(self, start: Module, root: Path) -> None:
        # Not recursive: a chain of modules may be longer than Python's stack is deep.
        open_modules = [(start, iter(find_requires(start.file.text)))]
        while open_modules:
            module, requires = open_modules[-1]
            require = next(requires, None)
            if require is None:
                self.modules.append(module)
                open_modules.pop()
            elif require.dynamic:
                self.computed.append(f"{module.display}:{require.line}")
            elif path := self._find(module, require, root):
                target, is_new = self._module_at(path, f"{module.display}:{require.line}")
                self._register(target, require.name, f"{module.display}:{require.line}")
                module.edges.append(Edge(require, target))
                if is_new:
                    open_modules.append((target, iter(find_requires(target.file.text))))

    def _find(self, module: Module, require: Require, root: Path) -> Path | None:
        """The file that a `require` means, or None when it is left to the process.

        The process's own modules stand before `search`: a library somewhere on the computer shall not replace them.
        """
        name, place = require.name, f"{module.display}:{require.line}"
        if fault := name_fault(name):
            if name in self._present:
                return None
            raise SourceError(
                f"{place}: the module '{name}' {fault}",
                "Write the name as seen from the folder of the main file, as in require('lib.util')",
            )
        in_root = module_candidates(name, root)
        self.looked.update(dict.fromkeys(in_root))
        if path := first_file(in_root):
            return path
        if name in self._present:
            return None
        in_search = search_candidates(name, self._search, self._cwd)
        self.looked.update(dict.fromkeys(in_search))
        if path := first_file(in_search):
            return path
        if require.optional:
            self.absent.append(Absent(name, place))
            return None
        tried = ", ".join(display_name(path, self._cwd) for path in in_root + in_search)
        raise SourceError(f"{place}: module '{name}' not found (tried {tried})", self._missing_hint(name))

    def _missing_hint(self, name: str) -> str:
        for spelling in _spellings(name):
            if spelling in self._present:
                return f"The process has a module '{spelling}'"
        return (
            "Names are looked for from the folder of the main file. "
            f"If the process gets the module in another way, write pcall(require, '{name}')"
        )

    def _module_at(self, path: Path, place: str) -> tuple[Module, bool]:
        identity = file_identity(path)
        module = self._by_identity.get(identity) if identity else None
        if module is not None:
            return module, False
        module = Module(read_file(path, self._cwd, place))
        if identity:
            self._by_identity[identity] = module
        return module, True

    def _register(self, module: Module, name: str, place: str) -> None:
        """Give the module this name, and the same name with and without a leading dot where that is free."""
        owner, owner_place = self._by_name.setdefault(name, (module, place))
        if owner is not module:
            raise SourceError(
                f"two files would be module '{name}': {owner.display} (required at {owner_place}) "
                f"and {module.display} (required at {place})",
                "Load their main files in two messages",
            )
        _add_once(module.names, name)
        if name in self._known:
            _add_once(self.shadowed, name)
        for spelling in _spellings(name):
            # A spelling that nobody wrote must not replace a module of the process.
            if spelling not in self._known and self._by_name.setdefault(spelling, (module, place))[0] is module:
                _add_once(module.names, spelling)


def _spellings(name: str) -> tuple[str, str]:
    bare = name.lstrip("./")
    return bare, "." + bare


def _add_once(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
