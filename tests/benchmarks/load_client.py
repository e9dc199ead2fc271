"""A program that sends requests to a server from many clients at once, and takes their times.

    python load_client.py HOST PORT

Each line on standard input is {"clients", "requests"}: how many send at the same time, each the next request as soon as
it has its answer, over one connection; and a file with the requests, each behind its size in 4 bytes. It prints
{"seconds", "latencies"}: from the first request to the last answer, and of each request. An answer that is no success
ends it.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

SIZE = struct.Struct("<I")


def write_requests(file: Path, requests: Iterable[bytes]) -> None:
    """Writes requests as this program reads them."""
    file.write_bytes(b"".join(SIZE.pack(len(request)) + request for request in requests))


def _read_requests(file: Path) -> Iterator[bytes]:
    content = file.read_bytes()
    place = 0
    while place < len(content):
        [size] = SIZE.unpack_from(content, place)
        place += SIZE.size + size
        yield content[place - size : place]


async def _client(host: str, port: int, requests: Iterator[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        [size] = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(size))
        latencies.append(time.perf_counter() - began)
        if head[9:10] != b"2":
            raise SystemExit((head + body).decode("utf-8", "replace"))
    writer.close()


async def _measure(host: str, port: int, clients: int, file: Path) -> dict[str, object]:
    requests = _read_requests(file)
    latencies: list[float] = []
    began = time.perf_counter()
    # They share one iterator: whoever is ready takes the next request.
    await asyncio.gather(*(_client(host, port, requests, latencies) for _ in range(clients)))
    return {"seconds": time.perf_counter() - began, "latencies": latencies}


def main() -> None:
    """Does what standard input asks for."""
    host, port = sys.argv[1], int(sys.argv[2])
    for line in sys.stdin:
        task = json.loads(line)
        done = asyncio.run(_measure(host, port, task["clients"], Path(task["requests"])))
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
