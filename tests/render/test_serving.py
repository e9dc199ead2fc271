"""What a person reads of a served node, and of each request."""

from __future__ import annotations

import re

import pytest

from aos_cli.http_face.face import UNITS, Unit
from aos_cli.http_face.routing import Access
from aos_cli.render.serving import Serving, access_line, access_text, serving_lines

IDENTITY = {"scheduler": "S" * 43, "authority": "A" * 43, "module": "M" * 43}
URL = "http://127.0.0.1:4000"
ACCESS = Access("192.0.2.7", "GET", "/info", 200, 310, 0.00124)


def shown(urls: dict[Unit, str], store: str = "~/store.sqlite", local: dict[Unit, str] | None = None) -> str:
    return "\n".join(serving_lines(Serving("local", urls, local or urls, IDENTITY, store)))


def test_one_address() -> None:
    text = shown(dict.fromkeys(UNITS, URL))
    assert text.startswith(f"Serving the node local at {URL}, all units at this address\n")
    assert f"aos --node {URL} NAME" in text
    assert "  store      ~/store.sqlite\n" in text
    assert all(f"  {name:<10} {value}\n" in text for name, value in IDENTITY.items())


def test_where_it_listens_is_said_when_others_reach_it_elsewhere() -> None:
    public = "https://node.example"
    text = shown(dict.fromkeys(UNITS, public), local=dict.fromkeys(UNITS, URL))
    assert text.startswith(f"Serving the node local at {public}, all units at this address\n\n  listens    {URL}\n")
    assert f"aos --node {public} NAME" in text
    assert "listens" not in shown(dict.fromkeys(UNITS, URL))


def test_an_address_for_each_unit() -> None:
    urls: dict[Unit, str] = {unit: f"http://127.0.0.1:{number}" for number, unit in enumerate(UNITS, 4000)}
    text = shown(urls)
    assert text.startswith("Serving the node local at\n\n  mu         http://127.0.0.1:4000\n")
    # It can be copied as it stands.
    command = re.sub(r" \\\n +", " ", text).split("aos        ")[1].split("\n")[0]
    assert command == "aos --node legacynet " + " ".join(f"--{unit}-url {url}" for unit, url in urls.items()) + " NAME"
    assert 'CU_URL: "http://127.0.0.1:4002"' in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_node_that_keeps_nothing_says_so() -> None:
    assert "  store      none: it is gone when this ends\n" in shown(dict.fromkeys(UNITS, URL), store="")


def test_nothing_of_a_path_acts_on_the_terminal() -> None:
    assert "\\x1b[2J" in shown(dict.fromkeys(UNITS, URL), store="/home/\x1b[2J/store")


def line_of(access: Access, **how: bool) -> str:
    return access_line(access, 1_800_000_000_000, **how)[9:]


def test_a_request_is_a_line() -> None:
    assert re.fullmatch(r"\d\d:\d\d:\d\d GET /info 200 1\.2 ms 310 B", access_line(ACCESS, 1_800_000_000_000))
    assert line_of(ACCESS, with_client=True) == "192.0.2.7 GET /info 200 1.2 ms 310 B"
    assert line_of(ACCESS._replace(client=""), with_client=True).startswith("- GET")
    assert line_of(ACCESS._replace(body_bytes=None)).endswith(" ms -")


@pytest.mark.parametrize(
    "path", ["/a b", "/a\nb", "/\x1b[31m", "/\u202e", "/\ud800", "/\N{SNOWMAN}", '/"\\<>', "/a\t200 1.0 ms 3 B"]
)
def test_nobody_forges_a_line(path: str) -> None:
    line = line_of(ACCESS._replace(path=path, method="GET\r\nX"))
    assert line.isascii()
    assert line.isprintable()
    assert len(line.split(" ")) == 7


def test_a_long_path_is_cut() -> None:
    assert len(line_of(ACCESS._replace(path="/" + "a" * 10_000))) < 600


@pytest.mark.parametrize(("status", "style"), [(200, "green"), (302, "cyan"), (404, "yellow"), (500, "bold red")])
def test_the_status_has_a_colour(status: int, style: str) -> None:
    access = ACCESS._replace(status=status)
    text = access_text(access, 1_800_000_000_000)
    assert text.plain == access_line(access, 1_800_000_000_000)
    assert str(status) in {text.plain[span.start : span.end] for span in text.spans if span.style == style}
