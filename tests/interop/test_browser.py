"""A page of another origin in a real browser speaks to the node: what dapps do, and what CORS is for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from npm_peer import FOLDER
from served_node import served

from aos_cli.codec.ids import is_id
from aos_cli.http_face.routing import Access

_LONG_SECONDS = 150.0


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser's program."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        missing = "Chromium is not installed; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def test_a_page_of_another_origin_spawns_and_evaluates(tmp_path: Path, chromium: str) -> None:
    asked: list[Access] = []
    for name in ("node", "profile", "home"):
        (tmp_path / name).mkdir()
    with served(tmp_path / "node", log=asked.append) as url:
        done = subprocess.run(
            ["node", "browser_peer.mjs", url, chromium, str(tmp_path / "profile")],
            cwd=FOLDER,
            env={**os.environ, "HOME": str(tmp_path / "home")},
            stdout=subprocess.PIPE,
            text=True,
            timeout=_LONG_SECONDS,
            check=True,
        )
    seen = json.loads(done.stdout)
    answers = seen["answers"]
    assert seen["state"] == "done", answers.get("failure")

    # What the page shows is what the process answered, as text: nothing of it became markup.
    assert is_id(answers["address"])
    assert is_id(answers["process"])
    assert answers["eval"] == f"hello, {answers['address']}"
    assert answers["error"].endswith('[string "aos"]:1: <b>boom</b>')
    assert answers["dryrun"] == "42"
    assert answers["results"] == answers["eval"]
    assert answers["assign"] == '400: {"error":"Message already exists"}'
    assert answers["refusal"].startswith('404: {"error":"There is no process ')
    assert answers["header"] == "Process"

    # The node was another origin, which the browser asked for leave before every request that needs it.
    page = urlsplit(seen["page"])
    node = urlsplit(url)
    assert page.netloc != node.netloc
    preflights = [urlsplit(access.path).path for access in asked if access.method == "OPTIONS"]
    monitor = f"/monitor/{answers['process']}"
    assert {"/", "/graphql", "/dry-run", monitor} <= set(preflights)
    assert {access.status for access in asked if access.method == "OPTIONS"} == {200}
    assert [access.status for access in asked if access.path == monitor and access.method == "DELETE"] == [200]

    # Nobody else was asked for anything.
    assert {urlsplit(request).netloc for request in seen["requests"]} == {page.netloc, node.netloc}
    # Refusals are all that the browser complains of.
    assert [line for line in seen["console"] if "status of 40" not in line] == []
