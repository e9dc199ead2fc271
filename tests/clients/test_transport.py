from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from bad_server import (
    BadServer,
    Step,
    closed_port,
    endless,
    hang,
    json_answer,
    refuse,
    reply,
    trickle,
    trickle_headers,
)

from aos_cli.clients import transport
from aos_cli.clients.exchange import open_http
from aos_cli.clients.transport import Pace, Request, Unit, UnitRefused
from aos_cli.errors import ConfigError, NodeError, NodeProtocolError, NodeRefused, NodeTimeout, NodeUnreachable

HTML = "<html><head><title>502 Bad\n Gateway &amp; more</title></head><body>cloud</body></html>"


class Hourglass:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    @property
    def pace(self) -> Pace:
        return Pace(lambda: self.now, self.wait)


@pytest.fixture
def hourglass() -> Hourglass:
    return Hourglass()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with open_http() as client:
        yield client


Ask = Callable[..., tuple[object, BadServer]]


@pytest.fixture
def ask(http: httpx.Client, hourglass: Hourglass) -> Iterator[Ask]:
    """Asks a server with a script for JSON; gives what came of it, an error included."""
    servers: list[BadServer] = []

    def asked(*script: Step, pace: Pace | None = None, **request: object) -> tuple[object, BadServer]:
        server = BadServer(*script)
        servers.append(server)
        unit = Unit("compute unit", server.url, http, pace or hourglass.pace, "--cu-url")
        try:
            return unit.json(Request("result", "/result/m", **request)), server  # type: ignore[arg-type] # by name
        except NodeError as error:
            return error, server

    yield asked
    for server in servers:
        server.__exit__()


def test_json_is_given(ask: Ask) -> None:
    found, server = ask(json_answer({"a": 1}), parameters={"process-id": "p", "none": None})
    assert found == {"a": 1}
    assert [request.line for request in server.requests] == ["GET /result/m?process-id=p HTTP/1.1"]


@pytest.mark.parametrize("status", [202, 425, 503, 504])
def test_what_is_not_ready_is_asked_for_again_and_less_and_less_often(
    ask: Ask, hourglass: Hourglass, status: int
) -> None:
    busy = json_answer({"message": "in progress"}, status)
    found, server = ask(busy, busy, busy, json_answer([1]))
    assert found == [1]
    assert len(server.requests) == 4
    assert hourglass.waits == [0.1, 0.2, 0.4]


def test_what_is_never_ready_ends_with_the_patience(ask: Ask, hourglass: Hourglass) -> None:
    error, _ = ask(json_answer({"message": "in progress"}, 202), patience_seconds=30)
    assert isinstance(error, NodeTimeout)
    assert "compute unit at 127.0.0.1:" in error.message
    assert error.message.endswith("gave no result of result in 30 s; last: 202 in progress")
    assert hourglass.now <= 30
    assert max(hourglass.waits) <= 5


def test_202_is_the_answer_where_it_is_one(ask: Ask) -> None:
    found, _ = ask(json_answer({"id": "x"}, 202), accepted=True)
    assert found == {"id": "x"}


def test_what_a_unit_has_forgotten_is_not_waited_for(ask: Ask, hourglass: Hourglass) -> None:
    text = "message at nonce 3 not found cached, and earlier than latest known nonce 9"
    error, _ = ask(json_answer({"error": text}, 425))
    assert isinstance(error, UnitRefused)
    assert (error.status, error.text, hourglass.waits) == (425, text, [])


def test_retry_after_is_honoured(ask: Ask, hourglass: Hourglass) -> None:
    found, _ = ask(json_answer({"error": "slow down"}, 429, Retry_After="7"), json_answer([1]))
    assert (found, hourglass.waits) == ([1], [7.0])


def test_retry_after_may_be_a_time_by_the_unit_s_own_clock(ask: Ask, hourglass: Hourglass) -> None:
    busy = json_answer({}, 503, Retry_After="Wed, 21 Oct 2015 07:28:30 GMT", Date="Wed, 21 Oct 2015 07:28:00 GMT")
    found, _ = ask(busy, json_answer([1]))
    assert (found, hourglass.waits) == ([1], [30.0])


@pytest.mark.parametrize("wish", ["soon", "-5", "Wed, 21 Oct 2015 07:28:30 GMT", "9" * 400, "nan"])
def test_a_retry_after_that_says_nothing_is_passed_over(ask: Ask, hourglass: Hourglass, wish: str) -> None:
    found, _ = ask(json_answer({}, 429, Retry_After=wish), json_answer([1]))
    assert (found, hourglass.waits) == ([1], [0.1])


def test_who_is_asked_too_often_for_long_says_so_at_once(ask: Ask, hourglass: Hourglass) -> None:
    error, server = ask(json_answer({"error": "Rate limit exceeded"}, 429, Retry_After="3600"))
    assert isinstance(error, NodeRefused)
    assert "is asked too often; it may be asked again in 3600 s: 429 Rate limit exceeded" in error.message
    assert (len(server.requests), hourglass.waits) == (1, [])


def test_who_is_not_ready_for_long_is_not_waited_for(ask: Ask, hourglass: Hourglass) -> None:
    error, server = ask(json_answer({"error": "warming up"}, 503, Retry_After="1000"))
    assert isinstance(error, NodeTimeout)
    assert error.message.endswith("wishes to be asked for result again in 1000 s: 503 warming up")
    assert (len(server.requests), hourglass.waits) == (1, [])


def test_a_rate_limit_that_calls_itself_500_is_one(ask: Ask) -> None:
    found, _ = ask(json_answer({"error": "Error: Rate limit exceeded"}, 500), json_answer([1]))
    assert found == [1]


def test_a_refusal_tells_unit_status_and_text(ask: Ask) -> None:
    error, server = ask(json_answer({"error": "Error: Forbidden,\n process not whitelisted"}, 500))
    assert isinstance(error, UnitRefused)
    host = server.url.removeprefix("http://")
    assert error.message == (
        f"The compute unit at {host} refused result: 500 Error: Forbidden, process not whitelisted"
    )
    assert (error.node, error.operation, len(server.requests)) == (host, "result", 1)


def test_a_wrong_address_is_suspected_where_a_path_is_missing(ask: Ask) -> None:
    error, _ = ask(reply(404, "<!DOCTYPE html><pre>Cannot GET</pre>", kind="text/html"))
    assert isinstance(error, UnitRefused)
    assert error.hint == "Is that really a compute unit? --cu-url gives another address"


def test_long_texts_are_cut(ask: Ask) -> None:
    error, _ = ask(json_answer({"error": "x" * 100_000}, 400))
    assert isinstance(error, UnitRefused)
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply(200, HTML, kind="text/html"), "no JSON: a web page, 502 Bad Gateway & more"),
        (reply(200, "ao messenger unit"), "no JSON: ao messenger unit"),
        (reply(200, ""), "nothing"),
        (reply(200, "[" * 100_000), "no JSON: [[["),
        (reply(200, b"\xff\xfe{}"), "no JSON: "),
    ],
)
def test_what_is_no_json_is_told(ask: Ask, answer: bytes, told: str) -> None:
    error, _ = ask(answer)
    assert isinstance(error, NodeProtocolError)
    assert f"answered result with {told}" in error.message


def test_a_port_at_which_nobody_listens_is_tried_three_times(http: httpx.Client, hourglass: Hourglass) -> None:
    unit = Unit("scheduler unit", closed_port(), http, hourglass.pace, "--su-url")
    with pytest.raises(NodeUnreachable, match=r"scheduler unit at 127.0.0.1:\d+ cannot be reached") as caught:
        unit.json(Request("find", "/"))
    assert hourglass.waits == [0.1, 0.2]
    assert caught.value.hint == "Check the address and the connection. --su-url gives another address"


def test_a_gateway_in_front_of_a_dead_unit_counts_as_down(ask: Ask) -> None:
    error, server = ask(reply(502, HTML, kind="text/html"))
    assert isinstance(error, NodeUnreachable)
    assert "is down: 502 a web page, 502 Bad Gateway & more" in error.message
    assert len(server.requests) == 3


def test_a_unit_that_comes_back_is_forgiven(ask: Ask) -> None:
    down = reply(502)
    found, _ = ask(down, down, reply(503), down, down, json_answer([1]))
    assert found == [1]


@pytest.mark.parametrize(
    "broken",
    [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", b"HTTP/1.1 200 OK\r\nConte",
     reply(200, b"no gzip", {"Content-Encoding": "gzip"})],
)  # fmt: skip
def test_a_broken_answer_is_asked_for_again(ask: Ask, broken: bytes) -> None:
    found, _ = ask(broken, broken, json_answer([1]))
    assert found == [1]
    error, server = ask(broken)
    assert isinstance(error, NodeProtocolError)
    assert "broke off its answer to result" in error.message
    assert len(server.requests) == 3


@pytest.mark.parametrize("step", [hang, trickle, trickle_headers])
def test_silence_and_trickles_end_with_the_patience(ask: Ask, step: Step) -> None:
    error, _ = ask(step, pace=Pace(), patience_seconds=0.3)
    assert isinstance(error, NodeTimeout)
    assert error.message.endswith("last: no answer")


def test_an_answer_without_an_end_is_cut_off(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_ANSWER_BYTES", 1_000_000)
    error, _ = ask(endless)
    assert isinstance(error, NodeProtocolError)
    assert "more than 1,000,000 bytes" in error.message


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_packed_answers_are_unpacked(ask: Ask, encoding: str) -> None:
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    found, server = ask(reply(200, pack(b"[1]"), {"Content-Encoding": encoding}))
    assert found == [1]
    assert "accept-encoding: gzip" in server.requests[0].head.lower()


def test_a_bomb_is_not_unpacked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MOST_ANSWER_BYTES", 1_000_000)
    bomb = gzip.compress(bytes(200_000_000), 9)
    tracemalloc.start()
    try:
        error, _ = ask(reply(200, bomb, {"Content-Encoding": "gzip"}))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(error, NodeProtocolError)
    assert "more than 1,000,000 bytes" in error.message
    assert most < 20_000_000


@pytest.mark.parametrize(
    ("headers", "content", "told"),
    [
        ({"Content-Encoding": "br"}, b"\x0b\x02\x80[1]\x03", "packed in a way that nobody asked for"),
        ({"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"[1]")), "in a way that nobody asked for"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"[1]" * 99)[:-9], "it ends too early"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"[1]") + b"more", ""),
    ],
    ids=["another way", "twice", "cut off", "more behind it"],
)
def test_what_is_packed_otherwise_is_no_answer(ask: Ask, headers: dict[str, str], content: bytes, told: str) -> None:
    found, _ = ask(reply(200, content, headers))
    if not told:
        assert found == [1]
        return
    assert isinstance(found, NodeProtocolError)
    assert told in found.message


def test_nothing_may_be_called_packed(ask: Ask) -> None:
    found, _ = ask(reply(204, b"", {"Content-Encoding": "gzip"}))
    assert isinstance(found, NodeProtocolError)
    assert "answered result with nothing" in found.message


@pytest.mark.parametrize("depth", [101, 900, 100_000])
def test_json_of_many_levels_is_none(ask: Ask, depth: int) -> None:
    for begin, end in ((b"[", b"]"), (b'{"a":', b"}")):
        error, _ = ask(reply(200, begin * depth + b"1" + end * depth))
        assert isinstance(error, NodeProtocolError)
        assert "with no JSON" in error.message
    found, _ = ask(reply(200, b"[" * 100 + b"]" * 100))
    assert isinstance(found, list)


def test_a_reset_counts_as_broken_off(ask: Ask) -> None:
    error, server = ask(refuse)
    assert isinstance(error, NodeProtocolError)
    assert len(server.requests) == 3


def test_a_redirect_of_307_takes_the_item_along(ask: Ask) -> None:
    with BadServer(json_answer({"id": "x"}, 202)) as other:
        found, _ = ask(
            reply(307, headers={"Location": f"{other.url}/there"}), method="POST", content=b"item", accepted=True
        )
        assert found == {"id": "x"}
        assert [(one.line, one.body) for one in other.requests] == [("POST /there HTTP/1.1", b"item")]


def test_a_redirect_that_would_lose_the_item_is_not_followed(ask: Ask) -> None:
    error, server = ask(reply(302, headers={"Location": "/other"}), method="POST", content=b"item")
    assert isinstance(error, NodeProtocolError)
    assert "moved to 127.0.0.1" in error.message
    assert error.hint == "Give its new address with --cu-url"
    assert len(server.requests) == 1


def test_redirects_in_a_circle_end(ask: Ask) -> None:
    error, server = ask(reply(307, headers={"Location": "/again"}))
    assert isinstance(error, NodeProtocolError)
    assert "more than 5 times" in error.message
    assert len(server.requests) == 6


def test_a_redirect_to_another_host_names_both(ask: Ask) -> None:
    error, server = ask(reply(307, headers={"Location": closed_port().replace("127.0.0.1", "localhost")}))
    assert isinstance(error, NodeUnreachable)
    host = server.url.removeprefix("http://")
    assert f"The compute unit at {host} sends its clients to localhost, which cannot be reached" in error.message


def test_a_redirect_to_another_host_takes_no_password_along(http: httpx.Client, hourglass: Hourglass) -> None:
    with BadServer(json_answer([1])) as other:
        away = reply(307, headers={"Location": f"{other.url.replace('127.0.0.1', 'localhost')}/there"})
        with BadServer(away) as server:
            unit = Unit("gateway", server.url.replace("http://", "http://me:s3cret@"), http, hourglass.pace)
            assert unit.json(Request("find", "/x")) == [1]
        assert "authorization: basic" in server.requests[0].head.lower()
        assert "authorization" not in other.requests[0].head.lower()


@pytest.mark.parametrize("where", ["file:///etc/passwd", "http://", "http://host:port", "javascript:1", "//[::"])
def test_a_redirect_to_nowhere_is_told(ask: Ask, where: str) -> None:
    error, _ = ask(reply(307, headers={"Location": where}))
    assert isinstance(error, NodeError)
    assert "The compute unit at 127.0.0.1:" in error.message


def test_a_redirect_does_not_drop_encryption(hourglass: Hourglass) -> None:
    moved = httpx.MockTransport(lambda _: httpx.Response(307, headers={"Location": "http://plain.example/"}))
    with open_http(moved) as http:
        unit = Unit("gateway", "https://safe.example", http, hourglass.pace)
        with pytest.raises(NodeProtocolError, match="without encryption"):
            unit.json(Request("find", "/"))


def test_a_post_is_repeated_with_the_same_bytes(ask: Ask) -> None:
    found, server = ask(b"", reply(503), json_answer({"id": "x"}), method="POST", content=b"signed", accepted=True)
    assert found == {"id": "x"}
    assert [request.body for request in server.requests] == [b"signed"] * 3


def test_whoever_asks_when_all_is_closed_is_told(http: httpx.Client, hourglass: Hourglass) -> None:
    unit = Unit("gateway", "http://unit.example", http, hourglass.pace)
    http.close()
    with pytest.raises(NodeUnreachable, match=r"gateway at unit\.example is not asked for find any longer"):
        unit.json(Request("find", "/"))


def test_passwords_of_an_address_are_used_and_never_told(hourglass: Hourglass) -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(400, json={"error": "no"})

    with open_http(httpx.MockTransport(answer)) as http:
        unit = Unit("gateway", "https://me:s3cret@host.example:8443/base/", http, hourglass.pace)
        with pytest.raises(UnitRefused) as caught:
            unit.json(Request("find", "/x"))
    assert seen == [httpx.BasicAuth("me", "s3cret")._auth_header]
    assert unit.address == "https://host.example:8443/base"
    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}{caught.value.node}{unit}"


@pytest.mark.parametrize(
    ("status", "kind", "told", "hint"),
    [
        (400, UnitRefused, "refused result: 400 w", "--cu-url gives another address"),
        (403, UnitRefused, "refused result: 403 w", "It lets only some in. --cu-url gives another address"),
        (404, UnitRefused, "refused result: 404 w", "Is that really a compute unit? --cu-url gives another address"),
        (413, UnitRefused, "refused result: 413 w", "--cu-url gives another address"),
        (429, UnitRefused, "is asked too often: 429 w", "Ask less often, or later. --cu-url gives another address"),
        (500, UnitRefused, "refused result: 500 w", "Try it again later. --cu-url gives another address"),
        (
            502,
            NodeUnreachable,
            "is down: 502 w",
            "Check the address and the connection. --cu-url gives another address",
        ),
        (503, NodeTimeout, "gave no result of result in 60 s; last: 503 w", "Ask again later"),
        (504, NodeTimeout, "gave no result of result in 60 s; last: 504 w", "Ask again later"),
    ],
)
def test_every_refusal_names_unit_host_status_words_and_what_to_do(
    ask: Ask, status: int, kind: type[NodeError], told: str, hint: str
) -> None:
    error, server = ask(json_answer({"error": "w"}, status))
    assert isinstance(error, kind)
    host = server.url.removeprefix("http://")
    assert (error.message, error.hint) == (f"The compute unit at {host} {told}", hint)
    assert error.node == host


@pytest.mark.parametrize(
    "address",
    ["", "host", "ftp://host", "http://", "http://me:s3cret@host:port", "http://host/?key=s3cret", "http://h#x"],
)
def test_what_is_no_address_is_refused_without_repeating_it(http: httpx.Client, address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Unit("gateway", address, http)
    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}"
    assert "gateway" in caught.value.message
