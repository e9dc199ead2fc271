"""Several Lua files as one Eval message.

A main file and everything it requires are collected (each physical file once, what is needed before what needs it),
checked for circles, and written as one Lua text by `emit`. A `require` whose name is computed is left to the process,
and so is one whose module the process has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from aos_cli.errors import SourceError
from aos_cli.source.collect import Absent, Collector, Module
from aos_cli.source.cycles import check_cycles
from aos_cli.source.emit import Chunk, lua_program
from aos_cli.source.files import LuaFile, absolute_path, clean_source, read_file


class BundledFile(NamedTuple):
    """One file of a bundle.

    Attributes:
        display: its name in error messages: relative to the working folder, with `/`.
        path: absolute; None for a text that is no file.
        names: all names that `require` knows it by.
    """

    display: str
    path: Path | None
    names: tuple[str, ...]


class BundleError(SourceError):
    """Files that make no bundle.

    Args:
        looked: every place where a file was looked for until then; nothing else can mend it.
    """

    def __init__(self, message: str, hint: str, looked: tuple[Path, ...]) -> None:
        super().__init__(message, hint)
        self.looked = looked


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that travel together.

    Attributes:
        files: each once, what is needed before what needs it.
        mains: those of them that run, in this order; the others run when they are required.
        shadowed: names that the process has too and that these files replace.
        chunks: the files' names and sources, in the order of `files`.
        absent: modules that the program can do without and that are nowhere.
        computed: `file:line` of each `require` that names its module at run time, so that it is not among the files.
        looked: every place where a file was looked for: a change elsewhere is none of the bundle.
    """

    files: tuple[BundledFile, ...]
    mains: tuple[BundledFile, ...]
    shadowed: tuple[str, ...]
    chunks: tuple[Chunk, ...]
    absent: tuple[Absent, ...]
    computed: tuple[str, ...]
    looked: tuple[Path, ...]

    def data(self, arguments: Sequence[str] | None = None, kept: Collection[int] = ()) -> bytes:
        """The Lua text to send as the Data of one Eval message; its value is the last main file's first value.

        Args:
            arguments: given, even empty, they become the main files' `...` and the global `arg`, file name at 0.
            kept: positions of files that the process has and that stay at home, no main files; it refuses the text if
                it has others.
        """
        sent = [index for index in range(len(self.files)) if index not in kept]
        mains = [sent.index(self.files.index(main)) for main in self.mains]
        at_home = [self.chunks[index] for index in sorted(kept)]
        return lua_program([self.chunks[index] for index in sent], mains, arguments, at_home)

    def texts(self) -> dict[str, bytes]:
        """The sources by display."""
        return {chunk.display: chunk.text for chunk in self.chunks}

    @property
    def size(self) -> int:
        """Bytes of all sources."""
        return sum(len(chunk.text) for chunk in self.chunks)


def bundle(
    paths: Sequence[str | Path],
    *,
    cwd: str | Path,
    known: Collection[str] = frozenset(),
    loaded: Collection[str] = frozenset(),
    search: Sequence[str | Path] = (),
) -> Bundle:
    """The files at `paths` and all that they require.

    Modules are looked for in the folder of the main file, then in the process, then in `search`.

    Args:
        paths: main files, relative to `cwd` or absolute; they run in this order.
        cwd: the folder that displays are relative to.
        known: names of all modules that the process has by itself. It keeps a local `utils.lua` from taking the place
            of the process's own `.utils`, too: of the two spellings of a name, only one that is required replaces it.
        loaded: names of modules that the process has from files of earlier bundles. Files replace them freely.
        search: more folders, or patterns with `?` as in `LUA_PATH`, relative to `cwd`.

    Raises:
        BundleError: a file cannot be read, a module is nowhere, a name leads outside, two files would have one name, or
            modules need each other to load.
        SourceError: no path is given, or the current directory is needed and was removed.
    """
    if not paths:
        raise SourceError("no Lua file to load")
    folder = _absolute_folder(cwd)
    collector = Collector(folder, known, loaded, search)

    def collect() -> None:
        for path in paths:
            absolute = absolute_path(path, folder)
            collector.looked[absolute] = None
            collector.add_main(read_file(absolute, folder), root=absolute.parent)

    return _bundle(collector, collect)


def bundle_text(
    text: bytes,
    display: str = "stdin",
    *,
    root: str | Path,
    cwd: str | Path | None = None,
    known: Collection[str] = frozenset(),
    loaded: Collection[str] = frozenset(),
    search: Sequence[str | Path] = (),
) -> Bundle:
    """A program that is no file, and all that it requires.

    Args:
        text: the source.
        display: its name in error messages.
        root: the folder in which its modules are looked for.
        cwd: the folder that displays are relative to; `root` when not given.

    Raises:
        BundleError, SourceError: as `bundle`.
    """
    root_folder = _absolute_folder(root)
    collector = Collector(root_folder if cwd is None else _absolute_folder(cwd), known, loaded, search)
    file = LuaFile(display, None, clean_source(text))
    return _bundle(collector, lambda: collector.add_main(file, root=root_folder))


def _absolute_folder(folder: str | Path) -> Path:
    """A folder, absolute; only a relative one asks for the current directory, which may have been removed.

    Raises:
        SourceError: it was.
    """
    if Path(folder).is_absolute():
        return absolute_path(folder, Path(folder))
    try:
        return absolute_path(folder, Path.cwd())
    except FileNotFoundError as error:
        raise SourceError("The current directory was removed", "Change to another one") from error


def _bundle(collector: Collector, collect: Callable[[], None]) -> Bundle:
    try:
        collect()
        check_cycles([*collector.mains, *collector.modules])
    except SourceError as error:
        raise BundleError(error.message, error.hint, tuple(collector.looked)) from error
    return Bundle(
        files=tuple(_bundled(module) for module in collector.modules),
        mains=tuple(_bundled(module) for module in collector.mains),
        shadowed=tuple(collector.shadowed),
        chunks=tuple(_chunk(module) for module in collector.modules),
        absent=tuple(collector.absent),
        computed=tuple(collector.computed),
        looked=tuple(collector.looked),
    )


def _bundled(module: Module) -> BundledFile:
    return BundledFile(module.display, module.file.path, tuple(module.names))


def _chunk(module: Module) -> Chunk:
    uses = dict.fromkeys(edge.target.display for edge in module.edges)
    return Chunk(module.display, tuple(module.names), module.file.text, tuple(uses))
