"""The node as a server on real ports."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import httpx
import pytest
from face_tools import KEYS, LONG_SECONDS, SLOW, Caller, message_item
from standing_clock import Clock

from aos_cli import background
from aos_cli.clients.local import LocalClient
from aos_cli.errors import NodeUnreachable
from aos_cli.http_face.face import UNITS, Face, Patience
from aos_cli.http_face.routing import Access
from aos_cli.http_face.server import serve
from aos_cli.units.node import Node
from aos_cli.units.store import Store


def test_one_port_serves_everything(face: Face) -> None:
    seen: list[Access] = []
    server = serve(face, log=seen.append)
    try:
        [url] = set(server.urls.values())
        assert url.startswith("http://127.0.0.1:")
        assert face.urls == server.urls == dict.fromkeys(UNITS, url)
        with httpx.Client(base_url=url) as http:
            caller = Caller(face, http)
            process_id = caller.spawn()
            assert caller.value(process_id, "return 1 + 1") == "2"
            assert seen[0][:4] == ("127.0.0.1", "POST", "/", 202)
            too_large = http.post("/", content=bytes(10 * 1024 * 1024 + 1))
            assert too_large.status_code == 413
    finally:
        server.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_preflight_leaves_the_connection_open(face: Face) -> None:
    server = serve(face)
    try:
        host, port = server.urls["mu"].removeprefix("http://").split(":")
        connection = HTTPConnection(host, int(port), LONG_SECONDS)
        connection.request("OPTIONS", "/", headers={"Origin": "https://dapp.test"})
        answer = connection.getresponse()
        assert (answer.read(), answer.getheader("Connection")) == (b"", None)
        before = connection.sock
        connection.request("GET", "/timestamp")
        assert connection.getresponse().status == 200
        # A connection that had ended would have been opened again.
        assert before is not None
        assert connection.sock is before
        connection.close()
    finally:
        server.close()


def test_more_connections_may_be_open_than_requests_may_wait(face: Face) -> None:
    server = serve(face)
    try:
        host, port = server.urls["mu"].removeprefix("http://").split(":")
        idle = [socket.create_connection((host, int(port)), LONG_SECONDS) for _ in range(300)]
        try:
            assert httpx.get(server.urls["su"] + "/timestamp", timeout=LONG_SECONDS).status_code == 200
        finally:
            for connection in idle:
                connection.close()
    finally:
        server.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_no_more_connections_are_taken_than_there_are_files(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are too many wait until others end."""
    monkeypatch.setattr("resource.getrlimit", lambda _: (130, 130))
    server = serve(face, {"mu": 0, "su": 0})
    opened: list[socket.socket] = []
    try:
        limits = {one.adj.connection_limit for listener in server._listeners for one in listener._accepting}
        assert limits == {15}
        host, port = server.urls["mu"].removeprefix("http://").split(":")
        opened += [socket.create_connection((host, int(port)), LONG_SECONDS) for _ in range(20)]
        opened[-1].sendall(b"GET /health HTTP/1.1\r\nHost: node\r\n\r\n")
        for one in opened[:-1]:
            one.close()
        assert opened[-1].recv(12) == b"HTTP/1.1 200"
    finally:
        for one in opened:
            one.close()
        server.close()


def test_units_with_the_same_port_share_it(face: Face) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = serve(face, {"mu": port, "su": port, "cu": 0})
    try:
        assert server.urls["mu"] == server.urls["su"] != server.urls["cu"]
        assert httpx.get(server.urls["su"] + "/timestamp").status_code == 200
    finally:
        server.close()


def test_what_runs_for_long_in_a_request_is_left_behind(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.http_face.server._GRACE_SECONDS", 0.1)
    inside, leave = threading.Event(), threading.Event()
    worker: list[threading.Thread] = []

    def hang(*_: object) -> tuple[dict[str, object], int]:
        worker.append(threading.current_thread())
        inside.set()
        leave.wait()
        return {}, 0

    face.dry_runs.result = hang  # type: ignore[method-assign]
    server = serve(face)
    with httpx.Client(base_url=server.urls["cu"], timeout=LONG_SECONDS) as http:
        process_id = Caller(face, http).spawn()
        asking = threading.Thread(target=ask, args=(server.urls["cu"], process_id))
        asking.start()
        assert inside.wait(LONG_SECONDS)
        server.close()
        assert worker[0] in background.abandoned
        assert background.work_is_left()
        leave.set()
        asking.join(LONG_SECONDS)
        worker[0].join(LONG_SECONDS)
    assert not background.work_is_left()


def ask(url: str, process_id: str) -> None:
    with contextlib.suppress(httpx.HTTPError):
        httpx.post(f"{url}/dry-run", params={"process-id": process_id}, json={}, timeout=LONG_SECONDS)


def test_each_unit_has_its_own_port(face: Face) -> None:
    server = serve(face, dict.fromkeys(UNITS, 0))
    try:
        assert len(set(server.urls.values())) == len(UNITS)
        assert httpx.get(server.urls["mu"]).text.startswith("ao messenger unit")
        assert httpx.get(server.urls["su"] + "/timestamp").status_code == 200
        assert httpx.get(server.urls["cu"] + "/timestamp").status_code == 404
    finally:
        server.close()


def test_a_port_that_is_taken_is_said(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(face)
    try:
        port = int(server.urls["mu"].rsplit(":", 1)[1])
        known = dict(face.urls)
        with pytest.raises(NodeUnreachable, match=f"Cannot listen at 127.0.0.1 port {port}"):
            serve(face, {"mu": 0, "su": port})
        assert face.urls == known
    finally:
        server.close()
    assert caplog.records == []


EVERYWHERE = "0.0.0.0"  # noqa: S104 - for a moment


@pytest.mark.parametrize(("host", "reached"), [(EVERYWHERE, "127.0.0.1"), ("::1", "[::1]"), ("localhost", "127.0.0.1")])
def test_other_addresses_are_listened_at_when_asked_for(face: Face, host: str, reached: str) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this computer has no IPv6")
    server = serve(face, host=host)
    try:
        assert server.urls["su"].startswith(f"http://{reached}:")
        assert httpx.get(server.urls["su"] + "/timestamp").status_code == 200
    finally:
        server.close()


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_there_cannot_be_is_said(face: Face, port: int) -> None:
    with pytest.raises(NodeUnreachable, match=f"port {port}"):
        serve(face, port)


def test_a_node_that_is_closed_answers_what_it_was_asked(caller: Caller, face: Face) -> None:
    process_id = caller.spawn(("Compute-Limit", "200000000"))
    message_id = caller.eval(process_id, SLOW)
    face.patience = Patience(result_seconds=LONG_SECONDS)
    server = serve(face)
    answers: list[httpx.Response] = []

    def ask() -> None:
        params = {"process-id": process_id}
        answers.append(httpx.get(f"{server.urls['cu']}/result/{message_id}", params=params, timeout=LONG_SECONDS))

    waiting = threading.Event()
    wait_until = face.worker.wait_until

    def noticed(*args: object) -> bool:
        waiting.set()
        return wait_until(*args)  # type: ignore[arg-type]

    face.worker.wait_until = noticed  # type: ignore[method-assign]
    thread = threading.Thread(target=ask)
    thread.start()
    assert waiting.wait(LONG_SECONDS)
    server.close()
    thread.join(LONG_SECONDS)
    [answer] = answers
    assert answer.status_code == 202
    assert "is in progress" in answer.json()["message"]


def test_a_shell_on_the_same_store_sees_what_comes_by_http(tmp_path: Path, clock: Clock) -> None:
    client = LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock)
    store = Store(tmp_path / "store.sqlite")
    face = Face(Node(store, KEYS, clock), clock)
    server = serve(face)
    try:
        with httpx.Client(base_url=server.urls["mu"]) as http:
            caller = Caller(face, http)
            process_id = caller.spawn(("Name", "shared"))
            caller.result(process_id, caller.eval(process_id, "Greeting = 'hello'"))
            [slot] = client.slots(process_id, 1)
            assert slot.message.data == "Greeting = 'hello'"
            sent = client.send(message_item(process_id, "return Greeting", ("Action", "Eval")).raw)
            assert caller.result(process_id, sent.message_id)["Output"]["data"] == "hello"
    finally:
        server.close()
        store.close()
        client.close()


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"what is this\r\n\r\n", 400, "Bad Request"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", 431, "Request Header Fields Too Large"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413, "The body is larger than 10,485,760 bytes"),
    ],
    ids=["400", "431", "413"],
)
def test_what_is_no_request_is_answered_like_every_other_mistake(
    face: Face, sent: bytes, status: int, said: str
) -> None:
    seen: list[Access] = []
    server = serve(face, log=seen.append)
    try:
        host, port = server.urls["mu"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), LONG_SECONDS) as connection:
            connection.sendall(sent)
            answer = HTTPResponse(connection)
            answer.begin()
            told = json.loads(answer.read())
    finally:
        server.close()
    assert answer.status == status
    assert list(told) == ["error"]
    assert told["error"].startswith(said)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert [access.status for access in seen] == [status]


def test_many_clients_at_once(face: Face) -> None:
    server = serve(face)
    problems: list[BaseException] = []

    def work(process_id: str, name: str) -> None:
        try:
            with httpx.Client(base_url=server.urls["mu"], timeout=LONG_SECONDS) as http:
                for number in range(5):
                    item = message_item(process_id, f"{name} {number}")
                    assert http.post("/", content=item.raw).status_code == 202
                    answer = http.get(f"/result/{item.id}", params={"process-id": process_id})
                    assert answer.json()["Messages"] == []
        except BaseException as problem:  # the thread that waits says it
            problems.append(problem)

    try:
        with httpx.Client(base_url=server.urls["mu"]) as http:
            processes = [Caller(face, http).spawn(("Name", str(number))) for number in range(3)]
        threads = [threading.Thread(target=work, args=(processes[n % 3], f"client {n}")) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.close()
    assert problems == []
    assert [face.node.record(process_id).slots for process_id in processes] == [21, 21, 21]
    assert [face.node.verify(process_id) for process_id in processes] == [21, 21, 21]
