"""Several Lua files as one Eval message.

A main file and everything it requires are collected (each physical file once, what is needed before what needs it),
checked for circles, and written as one Lua text by `emit`. A `require` that only the running program can decide is left
to the process, and so is one whose module the process has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from aos_cli.errors import SourceError
from aos_cli.source.collect import Collector, Module
from aos_cli.source.cycles import check_cycles
from aos_cli.source.emit import Chunk, lua_program
from aos_cli.source.files import LuaFile, absolute_path, clean_source, read_file

FileTree: TypeAlias = "dict[str, FileTree | None]"


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


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that travel together.

    Attributes:
        files: each once, what is needed before what needs it.
        mains: those of them that run, in this order; the others run when they are required.
        shadowed: names that the process has too and that these files replace.
        chunks: the files' names and sources, in the order of `files`.
    """

    files: tuple[BundledFile, ...]
    mains: tuple[BundledFile, ...]
    shadowed: tuple[str, ...]
    chunks: tuple[Chunk, ...]

    def data(self, arguments: Sequence[str] | None = None) -> bytes:
        """The Lua text to send as the Data of one Eval message; its value is the last main file's first value.

        Args:
            arguments: given, even empty, they become the main files' `...` and the global `arg`, file name at 0.
        """
        return lua_program(self.chunks, [self.files.index(main) for main in self.mains], arguments)

    @property
    def size(self) -> int:
        """Bytes of the data without arguments."""
        return len(self.data())

    def tree(self) -> FileTree:
        """The files by folder: a folder is a name that ends in `/` and a dictionary, a file is a name and None."""
        top: FileTree = {}
        for file in self.files:
            *folders, name = file.display.split("/")
            place = top
            for folder in folders:
                inner = place.get(folder + "/")
                if inner is None:
                    inner = place[folder + "/"] = {}
                place = inner
            place[name] = None
        return top


def bundle(
    paths: Sequence[str | Path],
    *,
    cwd: str | Path,
    known: Collection[str] = frozenset(),
    search: Sequence[str | Path] = (),
) -> Bundle:
    """The files at `paths` and all that they require.

    Modules are looked for in the folder of the main file, then in the process, then in `search`.

    Args:
        paths: main files, relative to `cwd` or absolute; they run in this order.
        cwd: the folder that displays are relative to.
        known: names of all modules that the process has. It keeps a local `utils.lua` from taking the place of the
            process's own `.utils`, too: of the two spellings of a name, only one that is required may replace one.
        search: more folders, or patterns with `?` as in `LUA_PATH`, relative to `cwd`.

    Raises:
        SourceError: a file cannot be read, a module is nowhere, a name leads outside, two files would have one name, or
            modules need each other to load.
    """
    if not paths:
        raise SourceError("no Lua file to load")
    folder = absolute_path("", Path.cwd() / cwd)
    collector = Collector(folder, known, search)
    for path in paths:
        file = read_file(absolute_path(path, folder), folder)
        collector.add_main(file, root=file.path.parent if file.path else folder)
    return _finish(collector)


def bundle_text(
    text: bytes,
    display: str = "stdin",
    *,
    root: str | Path,
    cwd: str | Path | None = None,
    known: Collection[str] = frozenset(),
    search: Sequence[str | Path] = (),
) -> Bundle:
    """A program that is no file, and all that it requires.

    Args:
        text: the source.
        display: its name in error messages.
        root: the folder in which its modules are looked for.
        cwd: the folder that displays are relative to; `root` when not given.

    Raises:
        SourceError: as `bundle`.
    """
    root_folder = absolute_path(root, Path.cwd())
    folder = root_folder if cwd is None else absolute_path(cwd, Path.cwd())
    collector = Collector(folder, known, search)
    collector.add_main(LuaFile(display, None, clean_source(text)), root=root_folder)
    return _finish(collector)


def _finish(collector: Collector) -> Bundle:
    check_cycles([*collector.mains, *collector.modules])
    return Bundle(
        files=tuple(_bundled(module) for module in collector.modules),
        mains=tuple(_bundled(module) for module in collector.mains),
        shadowed=tuple(collector.shadowed),
        chunks=tuple(Chunk(module.display, tuple(module.names), module.file.text) for module in collector.modules),
    )


def _bundled(module: Module) -> BundledFile:
    return BundledFile(module.display, module.file.path, tuple(module.names))
