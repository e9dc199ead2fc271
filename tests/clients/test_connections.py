"""Proxies and certificates, as httpx reads them from the environment, and a user who does not want to wait."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_server import BadServer, closed_port, hang, json_answer
from scripted_network import PROCESS, entry, item_id, message, results
from secure_server import Certificate, Proxy

from aos_cli.background import ctrl_c_raises, run_interruptible
from aos_cli.clients.exchange import open_http
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import Network
from aos_cli.clients.transport import Pace, Request, Unit
from aos_cli.errors import ConfigError, NodeUnreachable

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


@pytest.fixture
def server(certificate: Certificate) -> Iterator[BadServer]:
    with certificate.server(json_answer([1])) as server:
        yield server


def asked(url: str) -> object:
    with open_http() as http:
        pace = Pace(wait=lambda seconds: None)
        return Unit("gateway", url, http, pace, "--gateway-url").json(Request("find", "/x"))


def test_a_certificate_that_nobody_knows_is_refused(server: BadServer) -> None:
    with pytest.raises(
        NodeUnreachable, match=r"gateway at 127\.0\.0\.1:\d+ cannot be reached: .*CERTIFICATE"
    ) as caught:
        asked(server.url)
    assert caught.value.hint == "SSL_CERT_FILE names a file with certificates that are trusted"
    assert server.requests == []


def test_a_certificate_of_the_environment_is_trusted(
    server: BadServer, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    assert asked(server.url) == [1]


def test_a_proxy_of_the_environment_is_used_and_sees_no_content(
    server: BadServer, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert asked(server.url) == [1]
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert asked(server.url) == [1]
    assert proxy.asked == [f"CONNECT {server.url.removeprefix('https://')} HTTP/1.1"]


def test_a_plain_request_goes_to_the_proxy_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with BadServer(json_answer([2])) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert asked("http://unit.example") == [2]
    assert proxy.requests[0].line == "GET http://unit.example/x HTTP/1.1"


def test_a_proxy_that_is_not_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    with pytest.raises(NodeUnreachable, match=r"gateway at unit\.example cannot be reached"):
        asked("http://unit.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "nonsense://me:s3cret@host"),
        ("ALL_PROXY", "http://me:s3cret@host:port"),
        ("SSL_CERT_FILE", "/no/such/file"),
    ],
)
def test_what_is_wrong_in_the_environment_is_told_without_passwords(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="A proxy or the certificates of the environment cannot be used") as caught:
        open_http()
    assert name in caught.value.hint
    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}"


def test_ctrl_c_ends_the_waiting_and_leaves_the_message_alone() -> None:
    """The compute unit never answers; the user has waited long enough."""
    page = {"edges": [{"node": entry(1, message(1)), "cursor": "1"}]}
    scheduler = BadServer(
        json_answer({"address": item_id(2)}),
        json_answer({
            "process_id": PROCESS, "owner": {"address": item_id(3)}, "tags": [], "timestamp": 1000,
        }),
        json_answer(entry(1, message(1))),
        json_answer(page),
    )  # fmt: skip
    compute = BadServer(json_answer(results()[1]), hang)
    network = Network("slow", scheduler.url, scheduler.url, compute.url, scheduler.url, authority=item_id(1))
    client = LegacynetClient(network)

    def interrupt() -> None:
        until = time.monotonic() + 10
        while len(compute.requests) < 2 and time.monotonic() < until:
            pause.wait(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    pause = threading.Event()
    presser = threading.Thread(target=interrupt)
    with scheduler, compute:
        presser.start()
        with ctrl_c_raises(), pytest.raises(KeyboardInterrupt):
            run_interruptible(lambda cancelled: client.slot(PROCESS, 1))
        presser.join(10)
        assert [request.line.split(" ")[0] for request in (*scheduler.requests, *compute.requests)] == ["GET"] * 6
        client.close()
