"""Wallets for people: the list, and one of them as a portrait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aos_cli.render.sanitiser import to_plain, visible_id, visible_name

if TYPE_CHECKING:
    from rich.table import Table

    from aos_cli.units.records import ProcessRecord


def wallet_table(records: Sequence[Mapping[str, Any]]) -> Table:
    """The list of wallets.

    Args:
        records: `name`, `address`, `type`, `protected`, and `problem` of one that cannot be read.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in ("name", "address", "type", "protected"):
        table.add_column(column, overflow="fold")
    for record in records:
        address = record["address"] or (f"({to_plain(record['problem'])})" if "problem" in record else "(locked)")
        table.add_row(*map(Text, (record["name"], address, record["type"] or "", _yes(record["protected"]))))
    return table


def wallet_portrait(record: Mapping[str, Any], processes: Sequence[ProcessRecord]) -> Iterator[str]:
    """A wallet, a line for each thing that there is to say.

    Args:
        record: as of the list, and `file`.
        processes: those that it owns.
    """
    yield f"name       {visible_name(record['name'])}"
    yield f"address    {record['address']}"
    yield f"type       {record['type']}"
    yield f"file       {to_plain(record['file'])}"
    yield f"protected  {_yes(record['protected'])}"
    yield f"processes  {len(processes)}"
    for process in processes:
        yield f"           {visible_id(process.id)}  {visible_name(process.name)}"


def _yes(protected: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[protected]
