"""Modules that need each other while they load, found before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aos_cli.errors import SourceError
from aos_cli.source.collect import Edge, Module


def check_cycles(modules: Sequence[Module]) -> None:
    """Refuse modules that can never finish loading.

    Args:
        modules: all of them, main files first, so that a circle is told from where the program enters it.

    Raises:
        SourceError: with the whole circle and the lines of its `require`s.
    """
    finished: set[Module] = set()
    for start in modules:
        if start not in finished:
            _walk(start, finished)


def _walk(start: Module, finished: set[Module]) -> None:
    """Follow the edges depth first; `path` is the chain of modules from `start`, `taken` the edges between them."""
    path = [start]
    taken: list[Edge] = []
    pending = [_binding_edges(start)]
    while path:
        edge = next(pending[-1], None)
        if edge is None:
            finished.add(path.pop())
            pending.pop()
            del taken[-1:]
        elif edge.target in path:
            first = path.index(edge.target)
            raise _cycle_error(path[first:], [*taken[first:], edge])
        elif edge.target not in finished:
            path.append(edge.target)
            taken.append(edge)
            pending.append(_binding_edges(edge.target))


def _binding_edges(module: Module) -> Iterator[Edge]:
    """What must be loaded before `module` is.

    A target that writes `package.loaded` may publish itself before it is finished, which is how Lua programs allow a
    circle; should it not, the process says so.
    """
    for edge in module.edges:
        if not (edge.require.lazy or edge.require.optional or b"package.loaded" in edge.target.file.text):
            yield edge


def _cycle_error(modules: Sequence[Module], edges: Sequence[Edge]) -> SourceError:
    circle = " -> ".join(module.display for module in [*modules, modules[0]])
    places = ", ".join(f"{module.display}:{edge.require.line}" for module, edge in zip(modules, edges, strict=True))
    return SourceError(
        f"modules require each other while they load: {circle} (at {places})",
        "Move one of these requires into the function that uses it",
    )
