"""All units as one application."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator

import httpx
import pytest
from face_tools import NOBODY, Caller, error_of
from httpx import Client, WSGITransport
from standing_clock import Clock

from aos_cli.errors import StoreError
from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import UNITS, Face, Unit
from aos_cli.http_face.failure import Failure
from aos_cli.http_face.routing import Access, Request, Response, Route, json_reply, make_router


def unit_client(face: Face, unit: Unit) -> Client:
    return Client(transport=WSGITransport(make_app(face, (unit,))), base_url="http://unit.test")


# Paths that several units have


def test_the_front_tells_what_every_unit_tells(caller: Caller, face: Face, clock: Clock) -> None:
    told = caller.get("/")
    expected = {"timestamp": str(clock.now), "address": face.node.scheduler, **face.introduction("su")}
    assert {name: told[name] for name in expected} == expected
    # The gateway's part.
    assert told["network"]


@pytest.mark.parametrize("unit", ["su", "cu"])
def test_each_unit_tells_what_processes_have_to_name(face: Face, unit: Unit) -> None:
    with unit_client(face, unit) as http:
        told = http.get("/").json()
    assert {name: told[name] for name in ("scheduler", "authority", "module")} == face.identity()
    assert told["address"] == (face.node.scheduler if unit == "su" else face.node.authority)
    assert type(told["timestamp"]) is (str if unit == "su" else int)


def test_the_messenger_tells_its_name_first(face: Face) -> None:
    with unit_client(face, "mu") as http:
        lines = http.get("/").text.splitlines()
    assert lines == ["ao messenger unit", *(f"{name}: {value}" for name, value in face.introduction("mu").items())]


def test_an_id_is_the_scheduler_s_when_a_process_is_named_and_the_gateway_s_otherwise(caller: Caller) -> None:
    process_id = caller.spawn()
    message_id = caller.send(process_id, "the data", ("Content-Type", "text/plain"))
    assert caller.get(f"/{message_id}", process_id=process_id)["message"]["data"] == "the data"
    assert caller.http.get(f"/{message_id}").content == b"the data"


@pytest.mark.parametrize("part", [{"from": 0}, {"from_nonce": -1}, {"limit": 10}, {"to": 2**53}])
def test_a_part_of_a_log_is_the_scheduler_s_without_a_process(caller: Caller, part: dict[str, int]) -> None:
    process_id = caller.spawn()
    [edge] = caller.get(f"/{process_id}", **part)["edges"]
    assert edge["node"]["message"]["id"] == process_id


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_is_healthy(face: Face, unit: Unit) -> None:
    with unit_client(face, unit) as http:
        answer = http.get("/health")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_unit_has_its_own_paths_only(face: Face) -> None:
    with unit_client(face, "cu") as http:
        assert error_of(http.get("/timestamp")) == (404, "There is nothing at /timestamp")


# What every answer has


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/timestamp", f"/result/{NOBODY}", f"/{NOBODY}", "/graphql", "/nothing/at/all"])
def test_pages_of_any_origin_may_read_every_answer(http: httpx.Client, method: str, path: str) -> None:
    headers = http.request(method, path).headers
    assert (headers["access-control-allow-origin"], headers["access-control-expose-headers"]) == ("*", "*")


def test_a_browser_may_send_octets(http: httpx.Client) -> None:
    asked = {"Origin": "https://dapp.test", "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    answer = http.options("/", headers=asked)
    assert (answer.status_code, answer.content) == (200, b"")
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "*"


def test_a_page_of_the_internet_may_reach_the_loopback_if_the_browser_asks(http: httpx.Client) -> None:
    granted = "access-control-allow-private-network"
    asked = {"Origin": "https://dapp.test", "Access-Control-Request-Private-Network": "true"}
    assert http.options("/", headers=asked).headers[granted] == "true"
    assert granted not in http.options("/").headers
    assert granted not in http.get("/").headers


def test_slashes_too_many_do_no_harm(caller: Caller) -> None:
    process_id = caller.spawn()
    answer = caller.http.get(f"http://node.test//result//{process_id}/", params={"process-id": process_id})
    assert answer.status_code == 200
    assert "Output" in answer.json()


def test_a_method_that_a_path_does_not_take(http: httpx.Client) -> None:
    answer = http.delete("/timestamp")
    assert error_of(answer) == (405, "/timestamp does not take DELETE")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/dry-run", "/graphql", "/tx"])
def test_a_packed_body_is_not_taken_for_a_wrong_one(http: httpx.Client, path: str) -> None:
    answer = http.post(path, content=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})
    assert error_of(answer) == (415, "Send the body as it is, without Content-Encoding: 'gzip'")
    plain = http.post("/graphql", json={"query": "{ __typename }"}, headers={"Content-Encoding": "identity"})
    assert plain.status_code == 200


def test_a_head_has_no_body(http: httpx.Client) -> None:
    answer = http.head("/timestamp")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_requests_are_told_to_the_access_log(face: Face) -> None:
    seen: list[Access] = []
    with Client(transport=WSGITransport(make_app(face, log=seen.append)), base_url="http://node.test") as http:
        http.get("/timestamp", params={"a": "b"})
        size = len(http.get("/nowhere").content)
    assert [access[1:5] for access in seen] == [
        ("GET", "/timestamp?a=b", 200, seen[0].body_bytes), ("GET", "/nowhere", 404, size),
    ]  # fmt: skip
    assert all(access.seconds >= 0 and access.client == "127.0.0.1" for access in seen)


# Faults


@pytest.fixture
def faulty(face: Face) -> Iterator[httpx.Client]:
    """Handlers that go wrong."""

    def broken(_: Face, __: Request) -> Response:
        raise KeyError("secret")

    def full(_: Face, __: Request) -> Response:
        raise StoreError("The disk is full")

    def odd(_: Face, __: Request) -> Response:
        return json_reply({"half": "\ud800", "whole": "é"})

    routes = [Route("GET", "/broken", broken), Route("GET", "/full", full), Route("GET", "/odd", odd)]
    with Client(transport=WSGITransport(make_router(face, routes)), base_url="http://node.test") as client:
        yield client


def test_a_mistake_of_ours_is_answered_and_logged(faulty: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    status, text = error_of(faulty.get("/broken"))
    assert status == 500
    assert "secret" not in text
    assert "KeyError: 'secret'" in caplog.text


def test_a_store_that_fails_is_our_fault(faulty: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    assert error_of(faulty.get("/full")) == (500, "The disk is full")
    assert "GET /full: The disk is full" in caplog.text


def test_half_a_surrogate_pair_is_written_as_an_escape(faulty: httpx.Client) -> None:
    assert faulty.get("/odd").json() == {"half": "\ud800", "whole": "é"}


def test_so_many_may_wait_and_no_more(face: Face) -> None:
    entered, leave = threading.Barrier(face.patience.waiting + 1), threading.Event()

    def wait() -> None:
        with face.waiting():
            entered.wait()
            leave.wait()

    threads = [threading.Thread(target=wait) for _ in range(face.patience.waiting)]
    for thread in threads:
        thread.start()
    entered.wait()
    with pytest.raises(Failure) as caught, face.waiting():
        pass
    leave.set()
    for thread in threads:
        thread.join()
    assert (caught.value.status, caught.value.retry_seconds) == (503, 1)
    with face.waiting():
        pass
