"""The gateway: what the node keeps, by id and over GraphQL, and the uploader that takes items to be kept.

Source: what AO's clients and units ask of Arweave's gateways and bundlers.
"""

from __future__ import annotations

import json
import re

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.http_face.face import Face
from aos_cli.http_face.failure import Failure
from aos_cli.http_face.gateway_chain import Block, block_at, height_of
from aos_cli.http_face.gateway_entries import Entry, find_entry, real_id
from aos_cli.http_face.routing import Request, Response, Route, bytes_reply, json_reply, text_reply
from aos_cli.model import DataItem, tag_value
from aos_cli.units.aliases import RUNNING_MODULE_TAG
from aos_cli.units.bundles import unpacked
from aos_cli.units.scheduler import block_height

NETWORK = "aos.LN.1"
"""How the chain is called that a local node shows."""

# Tags of a process that are headers too, as messengers look for them. Not every tag: some names mean something to
# browsers, such as Set-Cookie and Location, and items are other people's.
_HEADER_TAGS = frozenset(
    {
        "App-Name", "Authority", "Compute-Limit", "Cron-Interval", "Data-Protocol", "From-Module", "From-Process",
        "Memory-Limit", "Module", "Name", "On-Boot", "Pushed-For", "Scheduler", "Type", "Variant", "aos-Version",
    }
)  # fmt: skip
_HEADER_TEXT = re.compile(r"[\x20-\x7e]{1,1024}")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+( *;[\x20-\x7e]*)?", re.ASCII)

# What an id names never changes, except where our module stands in for another.
_FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
_NOT_FOUND = "Not Found"

UPLOAD_PATHS = tuple(
    f"{version}/tx{currency}" for version in ("", "/v1") for currency in ("", "/arweave", "/ethereum", "/solana")
)
"""Where uploaders take items: with the currency that they are paid in, or without. Here it costs nothing in any."""

# A real block has no more transactions.
_TRANSACTIONS_SHOWN = 1000


# GraphQL


def _graphql(face: Face, request: Request) -> Response:
    """Answers a document of GraphQL."""
    # Loaded by the first question: it takes longer than all the rest of the gateway.
    from aos_cli.http_face.graphql_queries import answer

    if request.method == "POST":
        try:
            question = json.loads(request.get_data())
        except (ValueError, RecursionError):
            question = None
    else:
        question = request.args.to_dict()
    # Nobody can find the scheduler in another way, so it need not be said before somebody asks.
    face.node.announce(face.urls["su"])
    return json_reply(*answer(face, question))


# Data


def _data(face: Face, request: Request, item_id: str) -> Response:
    """The data of an item; the tags of a process are headers as well."""
    raw = face.node.store.item(real_id(face, item_id))
    if raw is not None:
        item = decode_item(raw)
    elif (entry := find_entry(face, item_id)) is not None:
        item = entry.listed.item  # an assignment: it has no data, so that nothing of it is cut off
    else:
        return text_reply(_NOT_FOUND, 404)
    headers = [("X-Content-Type-Options", "nosniff")]
    if item.id == item_id:
        headers.append(_FOR_EVER)
    else:
        headers.append((RUNNING_MODULE_TAG, item.id))
    process = face.node.store.process(item_id)
    if process is not None:
        headers += _tag_headers(item)
        headers.append((RUNNING_MODULE_TAG, process.module_id))
    return bytes_reply(item.data, _media_type(item), headers)


def _tag_headers(item: DataItem) -> list[tuple[str, str]]:
    return [tag for tag in item.tags if tag.name in _HEADER_TAGS and _HEADER_TEXT.fullmatch(tag.value)]


def _media_type(item: DataItem) -> str:
    named = tag_value(item.tags, "Content-Type")
    return named if len(named) <= 200 and _MEDIA_TYPE.fullmatch(named) else "application/octet-stream"


# Transactions


def _transaction(face: Face, _: Request, item_id: str) -> Response:
    """An item in the form that transactions of the base layer have."""
    entry = find_entry(face, item_id)
    if entry is None:
        return text_reply(_NOT_FOUND, 404)
    item = entry.listed.item
    return json_reply(
        {
            "format": 2,
            "id": entry.id,
            "last_tx": encode_base64url(item.anchor),
            "owner": encode_base64url(item.owner),
            "tags": _encoded_tags(entry),
            "target": encode_base64url(item.target),
            "quantity": "0",
            # As with a real node, large data is fetched by itself.
            "data": "",
            "data_size": str(entry.listed.data_bytes),
            "data_root": "",
            "reward": "0",
            "signature": encode_base64url(item.signature),
        }
    )


def _encoded_tags(entry: Entry) -> list[dict[str, str]]:
    """Tags as transactions write them, which no byte of them is lost in."""

    def encoded(text: str) -> str:
        return encode_base64url(text.encode("utf-8", "surrogateescape"))

    return [{"name": encoded(tag.name), "value": encoded(tag.value)} for tag in entry.tags]


def _transaction_status(face: Face, _: Request, item_id: str) -> Response:
    """The block of an item, and how many there are on top of it."""
    entry = find_entry(face, item_id)
    if entry is None:
        return text_reply(_NOT_FOUND, 404)
    block = block_at(entry.listed.height)
    return json_reply(
        {
            "block_height": block.height,
            "block_indep_hash": block.id,
            "number_of_confirmations": max(1, _newest_height(face) - block.height + 1),
        }
    )


def _transaction_data(face: Face, request: Request, item_id: str) -> Response:
    """The data as text of base64url."""
    found = _data(face, request, item_id)
    return found if found.status_code == 404 else text_reply(encode_base64url(found.get_data()))


# Chain


def _newest_height(face: Face) -> int:
    return block_height(face.clock_ms())


def _info(face: Face, _: Request) -> Response:
    """The chain, and what processes have to name to live here."""
    height = _newest_height(face)
    return json_reply(
        {
            "network": NETWORK,
            "version": 1,
            "height": height,
            "current": block_at(height).id,
            "blocks": height + 1,
            "peers": 0,
            "timestamp": face.clock_ms(),
            **face.introduction("gateway"),
        }
    )


def _block_by_height(face: Face, _: Request, height: int) -> Response:
    """A block by its height."""
    return _block(face, height)


def _block_by_id(face: Face, _: Request, block_id: str) -> Response:
    """A block by its id."""
    return _block(face, height_of(block_id))


def _block(face: Face, height: int | None) -> Response:
    """A block, if the chain has come so far."""
    if height is None or height > _newest_height(face):
        return text_reply("Block not found.", 404)
    block: Block = block_at(height)
    listed = face.node.store.catalogue.search(
        (), heights=(height, height), newest_first=False, limit=_TRANSACTIONS_SHOWN
    )
    return json_reply(
        {
            "indep_hash": block.id,
            "previous_block": block.previous,
            "height": block.height,
            "timestamp": block.timestamp,
            "txs": [found.item.id for found in listed],
            "tags": [],
            "reward_addr": "unclaimed",
        }
    )


def _anchor(face: Face, _: Request) -> Response:
    """A new block's id, which transactions of the base layer are tied to."""
    return text_reply(block_at(_newest_height(face)).id)


def _nothing(_: Face, __: Request, **___: object) -> Response:
    """What keeping something costs here, and what everybody has."""
    return text_reply("0")


# Uploader


def _upload(face: Face, request: Request) -> Response:
    """Keeps a signed item as readable data, and those in it if it is a bundle.

    Raises:
        CodecError: it is no item, or a signature is wrong. Failure: it is a transaction of the base layer.
    """
    raw = request.get_data()
    if raw[:1] == b"{":
        problem = "This node keeps data items; a transaction of the base layer needs a chain, which it does not have"
        raise Failure(400, problem)
    item = decode_item(raw)
    face.node.store.put_unpacked(unpacked(item))
    here = [face.urls["gateway"]]
    return json_reply(
        {
            "id": item.id,
            "timestamp": face.clock_ms(),
            "owner": address_of(item.owner, item.signature_type),
            "winc": "0",
            "dataCaches": here,
            "fastFinalityIndexes": here,
        }
    )


ROUTES = (
    Route("GET", "/", _info),
    Route("GET", "/info", _info),
    Route("GET", "/graphql", _graphql),
    Route("POST", "/graphql", _graphql),
    Route("GET", "/<id:item_id>", _data),
    Route("GET", "/raw/<id:item_id>", _data),
    Route("GET", "/tx/<id:item_id>", _transaction),
    Route("GET", "/tx/<id:item_id>/status", _transaction_status),
    Route("GET", "/tx/<id:item_id>/data", _transaction_data),
    Route("GET", "/block/height/<int:height>", _block_by_height),
    Route("GET", "/block/hash/<block_id>", _block_by_id),
    Route("GET", "/tx_anchor", _anchor),
    Route("GET", "/price/<int:size>", _nothing),
    Route("GET", "/price/<int:size>/<target>", _nothing),
    Route("GET", "/wallet/<address>/balance", _nothing),
    *(Route("POST", path, _upload) for path in UPLOAD_PATHS),
)
