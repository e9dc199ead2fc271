"""`aos node serve`: what it says, how it ends, and who sees what meanwhile."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import httpx
import pytest
from program import Program
from served import LONG_SECONDS, USER, Remote, Served, served

FOR_EVER = "while true do end"
NO_LIMIT = ("Compute-Limit", "1000000000000")


# What it says


def test_a_line_of_json_says_that_it_is_ready(aos: Program) -> None:
    with served(aos.home) as node:
        told = node.told
        assert set(told) == {"urls", "local_urls", "scheduler", "authority", "module", "stand_ins", "node", "store"}
        assert list(told["urls"]) == ["mu", "su", "cu", "gateway"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", *set(told["urls"].values()))
        assert (told["node"], Path(told["store"])) == ("local", aos.home / "store.sqlite")
        front = httpx.get(told["urls"]["su"]).json()
        assert {name: front[name] for name in ("scheduler", "authority", "module")}.items() <= told.items()
        assert node.process.poll() is None
    assert told["local_urls"] == told["urls"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(node.url)


def test_a_person_reads_where_it_is_and_how_to_point_clients_at_it(aos: Program) -> None:
    with aos.start("node", "serve", "--port", "0") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        lines = [program.stdout.readline() for _ in range(14)]
        note = program.stderr.readline()
        program.send_signal(signal.SIGTERM)
        rest, _ = program.communicate(timeout=LONG_SECONDS)
    url = re.findall(r"http://\S+:\d+", lines[0])[0]
    text = "".join(lines) + rest
    assert text.startswith(f"Serving the node local at {url}, all units at this address\n")
    assert f"aos        aos --node {url} NAME\n" in text
    for name in ("MU_URL", "CU_URL", "GATEWAY_URL"):
        assert f'{name}: "{url}",\n' in text
    for name in ("scheduler", "authority", "module"):
        assert re.search(rf"^  {name:<10} [\w-]{{43}}$", text, re.MULTILINE)
    assert max(len(line) for line in text.splitlines() if not line.startswith("  store")) <= 80
    assert note.startswith("Only programs on this computer reach it")
    assert program.returncode == 0


def test_units_can_have_ports_of_their_own(aos: Program) -> None:
    with served(aos.home, "--port", "0", "--ports", "mu=0,cu=0") as node:
        urls = node.told["urls"]
        assert len(set(urls.values())) == 4
        assert httpx.get(urls["mu"]).text.startswith("ao messenger unit")
        assert httpx.get(urls["cu"] + "/timestamp").status_code == 404
        assert httpx.get(urls["gateway"] + "/info").status_code == 200


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_units_may_share_a_port(aos: Program) -> None:
    port = free_port()
    with served(aos.home, "--ports", f"mu={port},su={port},cu={port},gateway=0") as node:
        urls = node.told["urls"]
        assert urls["mu"] == urls["su"] == urls["cu"] == f"http://127.0.0.1:{port}" != urls["gateway"]


def test_both_loopback_addresses_are_listened_at(aos: Program) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6")
    with served(aos.home) as node:
        port = node.url.rsplit(":", 1)[1]
        assert httpx.get(f"http://[::1]:{port}/health").status_code == 200


def scheduler_location(url: str, scheduler: str) -> str:
    """Where a gateway says that a scheduler is."""
    query = """query ($owner: String!) { transactions(owners: [$owner], first: 1, tags: [
        {name: "Type", values: ["Scheduler-Location"]}]) { edges { node { tags { name value } } } } }"""
    question = {"query": query, "variables": {"owner": scheduler}}
    [edge] = httpx.post(url + "/graphql", json=question).json()["data"]["transactions"]["edges"]
    [found] = [tag["value"] for tag in edge["node"]["tags"] if tag["name"] == "Url"]
    return str(found)


def test_the_scheduler_says_where_it_is(aos: Program) -> None:
    with served(aos.home) as node:
        assert scheduler_location(node.url, node.told["scheduler"]) == node.url


def test_others_are_told_the_address_that_they_reach(aos: Program) -> None:
    public = "https://node.example/ao"
    with served(aos.home, "--url", public + "/") as node:
        assert set(node.told["urls"].values()) == {public}
        [here] = set(node.told["local_urls"].values())
        assert here.startswith("http://127.0.0.1:")
        assert scheduler_location(here, node.told["scheduler"]) == public
        assert httpx.get(here).json()["url"] == public
        node.wait_for(f"Everybody who reaches {public} can send messages to it")
    # The address is not kept: without it, the next one is where it listens again.
    with served(aos.home) as node:
        assert scheduler_location(node.url, node.told["scheduler"]) == node.url


def test_a_node_in_memory_leaves_nothing(newcomer: Program) -> None:
    with served(newcomer.home, "--memory") as node:
        assert node.told["store"] is None
        with Remote(node) as remote:
            assert remote.evaluated(remote.spawn(), "return 1 + 1") == "2"
        assert node.end() == 0
    assert newcomer.files() == set()


def test_a_node_with_a_store_of_its_own_can_be_served(aos: Program, tmp_path: Path) -> None:
    (aos.home / "config.toml").write_text(f'[nodes.testing]\nstore = "{tmp_path}/testing"\n')
    with served(aos.home, front=("--node", "testing")) as node:
        assert (node.told["node"], Path(node.told["store"])) == ("testing", tmp_path / "testing" / "store.sqlite")


def test_another_one_s_node_is_not_served(newcomer: Program) -> None:
    ended = newcomer("--node", "http://127.0.0.1:1", "node", "serve", "--port", "0")
    assert (ended.status, ended.out) == (2, "")
    assert "The node http://127.0.0.1:1 is served by somebody else already" in ended.err
    assert "`aos --node local node serve`" in ended.err


# The log


def log_lines(node: Served) -> list[str]:
    return [line for line in node.err if re.match(r"\d\d:\d\d:\d\d ", line)]


def test_each_request_is_a_line(aos: Program) -> None:
    with served(aos.home) as node:
        httpx.get(node.url + "/info")
        httpx.head(node.url + "/health")
        httpx.get(node.url + "/a%0Ab%1b%5b31m/\N{SNOWMAN}?q=1%202 3")
        assert node.end() == 0
    shown = [re.sub(r"^\S+ (.*) [\d.]+ ms \d+ B\n$", r"\1", line) for line in log_lines(node)]
    assert shown == ["GET /info 200", "HEAD /health 200", "GET /a%0Ab%1B%5B31m/%E2%98%83?q=1%202%203 404"]
    assert "\x1b" not in "".join(node.err)


def test_a_quiet_one_says_nothing(aos: Program) -> None:
    with served(aos.home, front=("-q",)) as node:
        httpx.get(node.url + "/info")
        assert node.end() == 0
    assert node.err == []


# How it ends


def test_ctrl_c_ends_it_with_its_status(aos: Program) -> None:
    with served(aos.home) as node:
        assert node.end(signal.SIGINT) == 130
    assert node.err[-1] == "Stopping; another Ctrl-C ends it at once.\n"


def test_what_runs_for_long_does_not_keep_it(aos: Program) -> None:
    with served(aos.home) as node:
        with Remote(node) as remote:
            remote.send(remote.spawn(NO_LIMIT), FOR_EVER, ("Action", "Eval"))
            node.wait_until_busy()
        assert node.end() == 0


def hang_in_a_dry_run(node: Served, remote: Remote) -> None:
    """Begins a dry run that has no end."""
    process_id = remote.spawn(NO_LIMIT)
    remote.evaluated(process_id, "return 1")
    body = {"Data": FOR_EVER, "Owner": USER.address, "Tags": [{"name": "Action", "value": "Eval"}]}
    with pytest.raises(httpx.ReadTimeout):
        remote.http.post("/dry-run", params={"process-id": process_id}, json=body, timeout=1)
    node.wait_until_busy()


def test_a_dry_run_that_runs_for_long_does_not_keep_it(aos: Program) -> None:
    with served(aos.home) as node, Remote(node) as remote:
        hang_in_a_dry_run(node, remote)
        assert node.end() == 0


def test_a_second_ctrl_c_ends_it_at_once(aos: Program) -> None:
    with served(aos.home) as node, Remote(node) as remote:
        hang_in_a_dry_run(node, remote)
        node.process.send_signal(signal.SIGINT)
        node.wait_for("Stopping")
        assert node.end(signal.SIGINT) == 130
    assert node.err[-1] == "aos: interrupted\n"


# Wrong words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ports", "xu=1"], "'xu' is no unit; they are mu, su, cu, gateway, as in mu=4002,cu=4004"),
        (["--ports", "mu=x"], "'x' is no port for mu; ports are 0 to 65535"),
        (["--ports", "mu=65536"], "'65536' is no port for mu"),
        (["--ports", "mu=1,mu=2"], "mu has a port already"),
        (["--ports", ""], "'' is no unit"),
        (["--ports", "mu=1,su=2,cu=3,gateway=4", "--port", "5"], "none is left for --port"),
        (["--port", "65536"], "'--port'"),
        (["--host", ""], "--host needs an address"),
        (["--url", ""], "it is no address such as https://node.example"),
        (["--url", "node.example"], "it is no address"),
        (["--url", "ftp://node.example"], "it is no address"),
        (["--url", "http://me:secret@node.example"], "it is no address"),
        (["--url", "http://node.example/?a"], "it is no address"),
        (["--url", "http://node.example:65536"], "it is no address"),
        (["--url", 'http://node.example/"'], "it is no address"),
        (["--url", "http://node.example/\x1b"], "it is no address"),
        (["--url", "http://node.example", "--ports", "mu=1"], "--ports cannot stand beside it"),
    ],
)
def test_a_wrong_word_is_said_and_nothing_is_made(newcomer: Program, words: list[str], said: str) -> None:
    ended = newcomer("node", "serve", *words)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert newcomer.files() == set()


def test_a_port_that_is_taken_is_said(aos: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = aos("node", "serve", "--port", str(port))
    assert (ended.status, ended.out) == (3, "")
    assert f"Cannot listen at 127.0.0.1 port {port}: Address already in use\n" in ended.err
    assert "`--port` names another port" in ended.err


def test_an_address_of_another_computer_is_refused(aos: Program) -> None:
    ended = aos("node", "serve", "--port", "0", "--host", "192.0.2.1")
    assert (ended.status, ended.out) == (3, "")
    assert "Cannot listen at 192.0.2.1 port 0" in ended.err
    assert "--host" in ended.err


def test_an_address_that_is_none_is_refused(aos: Program) -> None:
    ended = aos("node", "serve", "--port", "0", "--host", "256.1.1.1")
    assert (ended.status, ended.out) == (3, "")
    assert "Cannot listen at 256.1.1.1 port 0: there is no such address\n" in ended.err


def test_who_listens_everywhere_is_told_what_that_means(aos: Program) -> None:
    everywhere = "0.0.0.0"  # noqa: S104 - for a moment
    with served(aos.home, "--host", everywhere) as node:
        node.wait_for(f"Everybody who reaches {everywhere} can send messages to it")
        node.wait_for("`--url` says at which address others reach it")
        assert node.end() == 0


def test_the_group_alone_says_which_command_there_is(newcomer: Program) -> None:
    ended = newcomer("node")
    assert (ended.status, ended.out) == (2, "")
    assert "`aos node serve`" in ended.err
