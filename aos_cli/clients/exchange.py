"""One exchange with a server that ends when its time is over, whatever the server does, and in bounded memory.

The timeouts of httpx count from one piece to the next, and none counts the look-up of a host's name; a server that
gives a header of one byte a second could hold on to its client for a day. So an exchange runs in a thread of its own,
which is left alone when its time is over, and answers are unpacked here, where what comes out of them is counted.
"""

from __future__ import annotations

import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

import httpx

from aos_cli import __version__
from aos_cli.errors import ConfigError

S = TypeVar("S")
T = TypeVar("T")

# What `unpacked` understands. Others pack so tightly that a few bytes fill the memory before they can be counted.
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
# zlib's word for a header of either kind.
_EITHER_HEADER = 32 + zlib.MAX_WBITS


class TooLarge(Exception):
    """An answer is longer than it may be."""


def open_http(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """The connections of a client; proxies and certificates are those of the environment, as httpx reads them.

    Args:
        transport: in place of connections.

    Raises:
        ConfigError: the environment names a proxy or a file of certificates that cannot be used.
    """
    headers = {"User-Agent": f"aos/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
    try:
        # Redirects are followed by hand: httpx would make a GET of a redirected POST.
        return httpx.Client(transport=transport, headers=headers, follow_redirects=False)
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        # The value is not repeated: there may be a password in it.
        raise ConfigError(
            "A proxy or the certificates of the environment cannot be used",
            "Look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
        ) from error


def within(seconds: float, work: Callable[[Callable[[], bool]], T]) -> T:
    """What `work` gives; its exceptions come out here.

    Args:
        seconds: how long it may take.
        work: called in another thread with a function that says whether nobody waits any longer.

    Raises:
        httpx.ReadTimeout: it took longer; it goes on unseen until it looks.
    """
    outcome: Future[T] = Future()
    late = threading.Event()

    def run() -> None:
        try:
            outcome.set_result(work(late.is_set))
        except BaseException as error:  # whatever it is, it belongs to the thread that waits
            outcome.set_exception(error)

    threading.Thread(target=run, name="aos-exchange", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        if outcome.done():
            raise
        raise httpx.ReadTimeout("the answer takes too long") from error
    finally:
        late.set()


def together(work: Callable[[S], T], items: Sequence[S], at_once: int) -> list[T]:
    """What `work` makes of each item, in their order; what it raises for the first that fails comes out here.

    Ctrl-C ends the waiting at once, and Python's farewell does not wait either, as it would for a pool of threads: a
    unit may be silent for a minute.

    Args:
        work: may be called in other threads.
        items: what it is called with.
        at_once: how many are worked on at a time.
    """
    if len(items) < 2:
        return [work(item) for item in items]
    outcomes: list[Future[T]] = [Future() for _ in items]
    left = deque(zip(items, outcomes, strict=True))

    def run() -> None:
        while left:
            try:
                item, outcome = left.popleft()
            except IndexError:  # another thread took the last one
                return
            try:
                outcome.set_result(work(item))
            except BaseException as error:  # whatever it is, it belongs to the thread that waits
                outcome.set_exception(error)

    for _ in range(min(at_once, len(items))):
        threading.Thread(target=run, name="aos-together", daemon=True).start()
    try:
        return [outcome.result() for outcome in outcomes]
    finally:
        left.clear()


def unpacked(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    """The content of an answer piece by piece, never more than a piece ahead of the limit.

    Raises:
        TooLarge: it has more bytes than that.
        httpx.HTTPError: it breaks off, or is packed in another way than asked for.
    """
    size = 0
    for part in _pieces(response, most_bytes):
        size += len(part)
        if size > most_bytes:
            raise TooLarge
        yield part


def _pieces(response: httpx.Response, most_bytes: int) -> Iterable[bytes]:
    if response.is_stream_consumed:
        # A transport without connections gives whole answers.
        return [response.content]
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return response.iter_raw()
    if encoding not in _PACKED:
        raise httpx.DecodingError("it is packed in a way that nobody asked for", request=response.request)
    return _inflated(response, most_bytes)


def _inflated(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(_EITHER_HEADER)
    packed = b""
    for packed in response.iter_raw():
        if unpacking.eof:
            raise httpx.DecodingError("it goes on behind its end", request=response.request)
        try:
            # One byte more than is allowed tells an answer that is too large; the rest of it is never unpacked.
            yield unpacking.decompress(packed, most_bytes + 1)
        except zlib.error as error:
            raise httpx.DecodingError("it is packed wrongly", request=response.request) from error
    # Some servers call nothing at all packed as well.
    if packed and not unpacking.eof:
        raise httpx.RemoteProtocolError("it ends too early", request=response.request)
