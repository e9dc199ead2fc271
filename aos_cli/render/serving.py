"""A node that is served: what clients have to know of it, and a line for each request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from aos_cli.render.sanitiser import to_plain

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.http_face.face import Unit
    from aos_cli.http_face.routing import Access

# How aoconnect calls the addresses; it finds the scheduler through the gateway.
_AOCONNECT: Mapping[Unit, str] = {"mu": "MU_URL", "cu": "CU_URL", "gateway": "GATEWAY_URL"}

# What may stand in an address besides letters and digits. A blank or a control character would forge the rest of
# the line, or act on the terminal.
_OF_PATHS = "/?&=%:;,.+@~!$'()*-_"
_MOST_CHARACTERS = 500

_STYLES = {2: "green", 3: "cyan", 4: "yellow", 5: "bold red"}


class Serving(NamedTuple):
    """A node that is served.

    Attributes:
        name: of the node.
        urls: where others reach each unit.
        local_urls: where this computer does.
        identity: what processes have to name: scheduler, authority and module.
        store: where it keeps everything; "" when it keeps nothing.
    """

    name: str
    urls: Mapping[Unit, str]
    local_urls: Mapping[Unit, str]
    identity: Mapping[str, str]
    store: str


def serving_lines(serving: Serving) -> Iterator[str]:
    """What is served where, and how clients are pointed at it."""
    urls = serving.urls
    apart = len(set(urls.values())) > 1
    if apart:
        yield f"Serving the node {serving.name} at"
        yield ""
        yield from (f"  {unit:<10} {url}" for unit, url in urls.items())
    else:
        yield f"Serving the node {serving.name} at {urls['gateway']}, all units at this address"
    yield ""
    if serving.local_urls != urls:
        yield f"  listens    {serving.local_urls['gateway']}"
    yield f"  store      {to_plain(serving.store) or 'none: it is gone when this ends'}"
    yield from (f"  {name:<10} {value}" for name, value in serving.identity.items())
    yield ""
    if apart:
        flags = [f"--{unit}-url {url}" for unit, url in urls.items()]
        yield f"  aos        aos --node legacynet {flags[0]} \\"
        yield from (f"               {flag} \\" for flag in flags[1:])
        yield "               NAME"
    else:
        yield f"  aos        aos --node {urls['gateway']} NAME"
    yield "  aoconnect  connect({"
    yield '               MODE: "legacy",'
    yield from (f'               {name}: "{urls[unit]}",' for unit, name in _AOCONNECT.items())
    yield "             })"


def access_line(access: Access, now_ms: int, *, with_client: bool = False) -> str:
    """A request and how it was answered: `12:30:01 GET /info 200 1.2 ms 310 B`.

    Args:
        access: the request.
        now_ms: when it was answered.
        with_client: say where it came from.
    """
    return "".join(_parts(access, now_ms, with_client))


def access_text(access: Access, now_ms: int, *, with_client: bool = False) -> Text:
    """The line of a request with colours."""
    from rich.text import Text

    before, status, after = _parts(access, now_ms, with_client)
    return Text.assemble(before, (status, _STYLES.get(access.status // 100, "")), (after, "dim"))


def _parts(access: Access, now_ms: int, with_client: bool) -> tuple[str, str, str]:
    time = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone().strftime("%H:%M:%S")
    client = f"{_quoted(access.client) or '-'} " if with_client else ""
    size = "-" if access.body_bytes is None else f"{access.body_bytes} B"
    before = f"{time} {client}{_quoted(access.method)} {_quoted(access.path)} "
    return before, str(access.status), f" {access.seconds * 1000:.1f} ms {size}"


def _quoted(text: str) -> str:
    """What a client sent, in characters that can be neither seen wrongly nor taken for more than one word."""
    cut = text[:_MOST_CHARACTERS]
    return quote(cut, safe=_OF_PATHS, errors="replace") + ("..." if cut != text else "")
