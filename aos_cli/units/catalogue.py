"""The catalogue of a store: its items and assignments in the order of the chain, found by what stands in their heads.

Everything by which an entry is found (its id, owner, recipient, bundle and each tag) becomes a word, a number of 64
bits, and an inverted index holds (word, place). Two texts may have the same word, so what the index gives is held
against the entry itself. A place is the height of the block and the number in it, which is the order of all answers.

The catalogue is derived, and it is brought up to date when somebody searches: a message costs nothing more to write
where nobody does, and a store from before there was a catalogue needs no other care. An item that no log has, a
module say, stands in the block of the items that came before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, NamedTuple

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.model import DataItem
from aos_cli.units.database import Database
from aos_cli.units.rows import BUNDLED_TABLE

if TYPE_CHECKING:
    import sqlite3

_SCHEMA = (
    # An entry is an item or the assignment of a slot: one of the last two columns has its number or key.
    "CREATE TABLE IF NOT EXISTS catalogue (place INTEGER PRIMARY KEY, item INTEGER, slot INTEGER)",
    """CREATE TABLE IF NOT EXISTS catalogue_word (word INTEGER, place INTEGER, PRIMARY KEY (word, place))
       WITHOUT ROWID""",
    # How far the catalogue has got: the number and height of the last item, and the slots of each log.
    "CREATE TABLE IF NOT EXISTS catalogue_items (one INTEGER PRIMARY KEY, number INTEGER, height INTEGER)",
    "CREATE TABLE IF NOT EXISTS catalogue_log (process INTEGER PRIMARY KEY, slots INTEGER)",
    BUNDLED_TABLE,
)

# The most that an item can have before its data: type, signature, owner, target, anchor, sizes and tags.
_HEAD_BYTES = 2 + 2052 + 1025 + 33 + 33 + 16 + 4096

# Entries that are listed in one transaction: it takes some 50 ms, in which nobody else can write.
_CHUNK = 500
_GAP_SECONDS = 0.01

# Of two filters the rarer one leads. Beyond this they count as equally common.
_COMMON = 1000

_ENTRIES_PER_BLOCK = 2**32
MAX_HEIGHT = 2**31 - 1

Field = Literal["id", "owner", "recipient", "bundle", "tag"]


class Filter(NamedTuple):
    """What an entry must have: one of some values, or none of them if `negated`.

    Attributes:
        field: where the value stands.
        values: any of them will do; with none, nothing does.
        name: of the tag.
    """

    field: Field
    values: tuple[str, ...]
    name: str = ""
    negated: bool = False

    def admits(self, item: DataItem, bundle_id: str = "") -> bool:
        """Whether an entry passes."""
        held = any(
            field == self.field and name == self.name and value in self.values
            for field, name, value in _facts(item, bundle_id)
        )
        return held != self.negated


class Listed(NamedTuple):
    """An entry of the catalogue.

    Attributes:
        place: its place in the order of the chain.
        item: the data item; its data and raw bytes are cut off where they are long.
        data_bytes: size of its data.
        bundle_id: id of the bundle that it came in, or "".
    """

    place: int
    item: DataItem
    data_bytes: int
    bundle_id: str

    @property
    def height(self) -> int:
        """Of its block."""
        return self.place // _ENTRIES_PER_BLOCK


class Catalogue:
    """What a gateway lists.

    Args:
        database: the store's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: tuple[int, int] | None = None

    def find(self, entry_id: str) -> Listed | None:
        """An entry by its id."""
        found = self.search([Filter("id", (entry_id,))], limit=1)
        return found[0] if found else None

    def search(
        self,
        filters: Sequence[Filter],
        *,
        heights: tuple[int, int] = (0, MAX_HEIGHT),
        after: int | None = None,
        newest_first: bool = True,
        limit: int,
    ) -> list[Listed]:
        """Entries that pass all filters.

        Args:
            filters: at most some hundred values in all.
            heights: of the first and the last block.
            after: the place behind which the list begins.
            newest_first: in which direction the list goes.
            limit: entries at most.

        Raises:
            NodeRefused: it takes too long; many entries have one thing that is asked for, and few have all.
        """
        self._update()
        low, high = heights[0] * _ENTRIES_PER_BLOCK, heights[1] * _ENTRIES_PER_BLOCK + _ENTRIES_PER_BLOCK - 1
        found: list[Listed] = []
        while True:
            if after is not None:
                low, high = (low, min(high, after - 1)) if newest_first else (max(low, after + 1), high)
            with self._database.searching() as connection:
                rows = _select(connection, filters, low, high, newest_first, limit)
            for place, head, size, bundle_id in rows:
                item = decode_item(head)
                if all(wanted.admits(item, bundle_id) for wanted in filters):
                    found.append(Listed(place, item, size - (len(head) - len(item.data)), bundle_id))
            if len(found) >= limit or len(rows) < limit:
                return found[:limit]
            after = rows[-1][0]

    def _update(self) -> None:
        """Lists what came into the store since the last time."""
        seen = self._database.version()
        if seen == self._seen:
            return
        while self._database.write(_list_new):
            # Another program that wants to write looks again now and then only, and would find no gap.
            time.sleep(_GAP_SECONDS)
        # As it was before: what came in meanwhile makes the next search look again.
        self._seen = seen


def _facts(item: DataItem, bundle_id: str) -> Iterator[tuple[Field, str, str]]:
    """Everything by which an entry is found: (field, name of the tag, value)."""
    yield "id", "", item.id
    yield "owner", "", address_of(item.owner, item.signature_type)
    if item.target:
        yield "recipient", "", encode_base64url(item.target)
    if bundle_id:
        yield "bundle", "", bundle_id
    for tag in item.tags:
        yield "tag", tag.name, tag.value


def _word(field: Field, name: str, value: str) -> int:
    """The number under which a text is found."""
    # Tags carry bytes that are not UTF-8 as surrogates, and a query may have surrogates of its own.
    text = f"{field}\0{name}\0{value}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


# Search


def _select(
    connection: sqlite3.Connection, filters: Sequence[Filter], low: int, high: int, newest_first: bool, limit: int
) -> list[tuple[int, bytes, int, str]]:
    """Entries between two places whose words fit: (place, beginning of the item, its size, id of its bundle)."""
    words = {wanted: [_word(wanted.field, wanted.name, value) for value in wanted.values] for wanted in filters}
    positive = [wanted for wanted in words if not wanted.negated]
    leading = min(positive, key=lambda wanted: _rarity(connection, words[wanted]), default=None)
    if leading is None:
        query = "SELECT place FROM catalogue led WHERE"
        values: list[int] = []
    else:
        query = f"SELECT DISTINCT place FROM catalogue_word led WHERE word IN ({_marks(words[leading])}) AND"  # noqa: S608 - marks
        values = list(words[leading])
    query += " place BETWEEN ? AND ?"
    values += (low, high)
    for wanted, wanted_words in words.items():
        if wanted is not leading:
            query += f""" AND {"NOT" if wanted.negated else ""} EXISTS (
                SELECT 1 FROM catalogue_word other WHERE other.word IN ({_marks(wanted_words)})
                AND other.place = led.place)"""  # noqa: S608 - marks
            values += wanted_words
    order = "DESC" if newest_first else "ASC"
    query = f"""SELECT c.place, substr(coalesce(i.raw, s.assignment), 1, {_HEAD_BYTES}),
                       length(coalesce(i.raw, s.assignment)), coalesce(o.id, '')
                FROM ({query} ORDER BY place {order} LIMIT ?) found
                JOIN catalogue c ON c.place = found.place
                LEFT JOIN item i ON i.number = c.item
                LEFT JOIN slot s ON s.key = c.slot
                LEFT JOIN bundled b ON b.item = c.item
                LEFT JOIN item o ON o.number = b.bundle
                ORDER BY c.place {order}"""  # noqa: S608 - nothing from outside is in it
    return connection.execute(query, (*values, limit)).fetchall()


def _rarity(connection: sqlite3.Connection, words: Sequence[int]) -> int:
    """How many entries have one of some words, counted up to where they are common."""
    query = f"SELECT count(*) FROM (SELECT 1 FROM catalogue_word WHERE word IN ({_marks(words)}) LIMIT {_COMMON})"  # noqa: S608 - marks
    return int(connection.execute(query, words).fetchone()[0])


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


# Listing


def _list_new(connection: sqlite3.Connection) -> bool:
    """Lists some of what is new; True when there may be more of it."""
    for statement in _SCHEMA:
        connection.execute(statement)
    # Both in one transaction: an assignment is not listed without its message.
    return _list_items(connection) | _list_assignments(connection)


def _list_items(connection: sqlite3.Connection) -> bool:
    """Lists items that are new; True when there may be more of them."""
    state = connection.execute("SELECT number, height FROM catalogue_items").fetchone()
    number, highest = state or (0, 0)
    query = f"""SELECT i.number, substr(i.raw, 1, {_HEAD_BYTES}), coalesce(o.id, ''),
                       (SELECT min(s.block_height) FROM slot s WHERE s.message = i.number)
                FROM item i
                LEFT JOIN bundled b ON b.item = i.number
                LEFT JOIN item o ON o.number = b.bundle
                WHERE i.number > ? ORDER BY i.number LIMIT {_CHUNK}"""  # noqa: S608 - numbers of ours
    rows = connection.execute(query, (number,)).fetchall()
    entries = []
    for number, head, bundle_id, height in rows:
        highest = max(highest, height or 0)
        entries.append((highest if height is None else height, number, None, head, bundle_id))
    _list(connection, entries)
    if rows:
        connection.execute("INSERT OR REPLACE INTO catalogue_items VALUES (1, ?, ?)", (number, highest))
    return len(rows) == _CHUNK


def _list_assignments(connection: sqlite3.Connection) -> bool:
    """Lists the assignments of new slots; True when there may be more of them."""
    behind = connection.execute(
        """SELECT p.number, coalesce(l.slots, 0) AS listed FROM process p
           LEFT JOIN catalogue_log l ON l.process = p.number WHERE p.slots > listed LIMIT ?""",
        (_CHUNK,),
    ).fetchall()
    entries: list[tuple[int, None, int, bytes, str]] = []
    for process, listed in behind:
        rows = connection.execute(
            "SELECT block_height, NULL, key, assignment, '' FROM slot WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?",
            (process << 32 | listed, (process + 1 << 32) - 1, _CHUNK - len(entries)),
        ).fetchall()
        entries += rows
        connection.execute("INSERT OR REPLACE INTO catalogue_log VALUES (?, ?)", (process, listed + len(rows)))
        if len(entries) == _CHUNK:
            break
    _list(connection, entries)
    return len(entries) == _CHUNK


def _list(connection: sqlite3.Connection, entries: Iterable[tuple[int, int | None, int | None, bytes, str]]) -> None:
    """Puts entries at the end of their blocks.

    Args:
        connection: inside a transaction.
        entries: height, number of the item, key of the slot, beginning of the item, id of its bundle.
    """
    places: list[tuple[int, int | None, int | None]] = []
    words: set[tuple[int, int]] = set()
    free: dict[int, int] = {}
    for height, item_number, slot_key, head, bundle_id in entries:
        place = free[height] if height in free else _free_place(connection, height)
        free[height] = place + 1
        places.append((place, item_number, slot_key))
        words.update((_word(*fact), place) for fact in _facts(decode_item(head), bundle_id))
    connection.executemany("INSERT INTO catalogue VALUES (?, ?, ?)", places)
    # In the order of the index, neighbours are written together.
    connection.executemany("INSERT INTO catalogue_word VALUES (?, ?)", sorted(words))


def _free_place(connection: sqlite3.Connection, height: int) -> int:
    """The place behind the last entry of a block."""
    first = height * _ENTRIES_PER_BLOCK
    query = "SELECT max(place) FROM catalogue WHERE place BETWEEN ? AND ?"
    last = connection.execute(query, (first, first + _ENTRIES_PER_BLOCK - 1)).fetchone()[0]
    return first if last is None else int(last) + 1
