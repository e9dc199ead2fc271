"""Processes on a network: a node of our own that is served, reached over HTTP only."""

from __future__ import annotations

import json
import signal
import socket
import time

import pytest
from network import Network, clock_ms
from program import Ended, Program

from aos_cli.clients.local import LocalClient
from aos_cli.processes import spawn_process
from aos_cli.wallet import Ed25519Wallet, load_wallet

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def node(network: Network) -> LocalClient:
    """The node behind the network."""
    return network.node


@pytest.fixture
def url(network: Network) -> str:
    """Where the network is."""
    return network.url


@pytest.fixture
def away(aos: Program, url: str) -> Program:
    """A user whose processes are on the network."""
    aos.variables["AOS_NODE"] = url
    return aos


def born(away: Program, name: str = "alice") -> str:
    """A process of the user's on the network; its id."""
    assert away("open", "--yes", name).status == 0
    return next(process["id"] for process in away.processes() if process["name"] == name)


# Births


def test_a_script_does_not_spawn_on_a_network_unless_it_says_so(away: Program, node: LocalClient, url: str) -> None:
    for words in (["alice"], ["eval", "alice", "1"], ["run", "--process", "alice", "-"]):
        ended = away(*words, stdin="return 1")
        assert (ended.status, ended.out) == (2, "")
        said = f"aos: There is no process alice of yours on {url}; nothing was spawned\n     --yes spawns it\n"
        assert ended.err == said
    assert node.processes() == []
    assert away("eval", "-y", "alice", "1 + 1").out == "2\n"
    assert [process.name for process in node.processes()] == ["alice"]


REFUSED = (
    ["eval", "alice", "1"],
    ["alice", "--monitor", "--yes"],
    ["alice", "--tag", "Name=bob", "--yes"],
    ["alice", "--module", "nothing", "--yes"],
    ["eval", "--yes", "a" * 43, "1"],
    ["--node", NOBODY, "eval", "--yes", "alice", "1"],
)


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_is_refused_makes_no_wallet_and_no_process(
    newcomer: Program, node: LocalClient, url: str, words: list[str]
) -> None:
    newcomer.variables["AOS_NODE"] = url
    ended = newcomer(*words)
    assert (ended.status in (2, 3), ended.out) == (True, "")
    assert newcomer.files() == set()
    assert node.processes() == []


def test_who_evaluates_in_a_process_of_somebody_else_is_told(away: Program, node: LocalClient) -> None:
    theirs = spawn_process(node, Ed25519Wallet(bytes(32)), "theirs")
    for words in (["eval"], ["eval", "--dry-run"], ["eval", "--json"]):
        ended = away(*words, theirs.id, "return 1")
        assert ended.status == 0
        assert f"aos: theirs is owned by {theirs.owner}: what you type arrives as a message" in ended.err


def test_a_process_without_a_cron_is_not_monitored(away: Program) -> None:
    born(away)
    ended = away("alice", "--monitor")
    assert ended.status == 2
    assert "This process does not tick" in ended.err


def test_what_was_met_is_looked_at_by_its_name_without_a_wallet(away: Program) -> None:
    born(away)
    (away.home / "wallet.json").unlink()
    assert [process["name"] for process in away.processes()] == ["alice"]
    assert away("log", "alice").status == 0
    assert away("watch", "alice", "--from", "0", "-n", "1").status == 0
    assert not (away.home / "wallet.json").exists()


def test_a_process_is_found_again_and_spawned_once(away: Program, node: LocalClient) -> None:
    assert away("eval", "--yes", "alice", "count = 1").err.count("spawned") == 1
    ended = away("eval", "--yes", "alice", "count = count + 1 return count")
    assert (ended.out, ended.err) == ("2\n", "")
    # Somebody who never met it finds it over the gateway.
    (away.home / "processes.json").unlink()
    assert away("eval", "alice", "count").out == "2\n"
    assert len(node.processes()) == 1


def test_what_is_known_of_a_process_names_its_network_owner_and_variant(away: Program, url: str) -> None:
    process_id = born(away)
    [known] = json.loads((away.home / "processes.json").read_bytes())["processes"]
    owner = load_wallet(away.home / "wallet.json").address
    assert (known["id"], known["network"], known["owner"], known["variant"]) == (process_id, url, owner, "ao.TN.1")


def test_who_never_wants_to_be_asked_is_not(away: Program) -> None:
    assert away("config", "set", "shell.confirm", "never").status == 0
    assert away("eval", "alice", "1 + 1").out == "2\n"


def test_several_processes_of_a_name_are_told_apart_by_their_ids(away: Program, node: LocalClient) -> None:
    first = born(away)
    wallet = load_wallet(away.home / "wallet.json")
    assert isinstance(wallet, Ed25519Wallet)
    # Another program of the owner's made one; this node is asked for a second one by its own interface.
    other = LocalClient(None, None, clock_ms)
    second = spawn_process(other, wallet, "alice")
    raw = other.node.store.item(second.id)
    other.close()
    assert raw is not None
    node.node.submit(raw)
    (away.home / "processes.json").unlink()
    ended = away("eval", "alice", "1")
    assert ended.status == 3
    assert "2 processes are called alice: " in ended.err
    assert {first, second.id} <= set(ended.err.replace(",", " ").split())
    assert away("eval", second.id, "ao.id").out == f"{second.id}\n"


def test_a_module_is_found_by_its_name(away: Program) -> None:
    assert away("open", "--yes", "--module", "aos", "--load", "f.lua", "alice").status == 2
    away.write("f.lua", "print(ao.env.Module.Id)")
    ended = away("open", "--yes", "--module", "aos", "--load", "f.lua", "alice")
    assert (ended.status, len(ended.out.strip())) == (0, 43)
    missing = away("open", "--yes", "--module", "sqlite", "bob")
    assert (missing.status, missing.out) == (3, "")
    assert "There is no module sqlite on " in missing.err


# Work


def test_results_errors_and_output_are_as_on_the_local_node(away: Program) -> None:
    born(away)
    for code in ("print('a') return { 1, 'b' }", "error('boom')", "return 1 +"):
        there, here = away("eval", "alice", code), away("--node", "local", "eval", "alice", code)
        assert (there.status, there.out) == (here.status, here.out)
        told = [line for line in here.err.splitlines() if not line.startswith("aos: spawned")]
        assert there.err.splitlines() == told


def test_a_program_of_several_files_is_loaded_and_only_what_changed_again(away: Program) -> None:
    born(away)
    away.write("main.lua", "local tool = require('lib.tool')\nHandlers.add('Ping', function() end)\nreturn tool.n")
    away.write("lib/tool.lua", "return { n = 1 }")
    ended = away("run", "--process", "alice", "main.lua")
    assert (ended.status, ended.out) == (0, "1\n"), ended.err
    away.write("lib/tool.lua", "return { n = 2 }")
    assert away("run", "--process", "alice", "main.lua").out == "2\n"
    assert away("eval", "alice", "#Handlers.list").status == 0


def test_a_dry_run_keeps_nothing(away: Program) -> None:
    born(away)
    ended = away("eval", "--dry-run", "alice", "x = 1 Send({ Target = ao.id }) return 'would'")
    assert (ended.status, ended.out) == (0, "would\n")
    assert away("eval", "alice", "tostring(x)").out == "nil\n"


def test_looking_shows_logs_messages_and_inboxes(away: Program) -> None:
    alice, bob = born(away), born(away, "bob")
    assert away("eval", "alice", f"Send({{ Target = '{bob}', Action = 'Hi', Data = 'hello' }}) return ''").status == 0
    watched = away("watch", "bob", "--from", "1", "-n", "1", "--timeout", "20")
    assert watched.status == 0, watched.err
    assert "hello" in watched.out
    [message] = away("inbox", "bob", "--from", "alice", "--json").json
    assert (message["From"], message["Data"]) == (alice, "hello")
    assert [row["slot"] for row in away("log", "alice", "--json").json] == [0, 1]
    shown = away("show", "bob", "1").out
    assert "hello" in shown
    assert "Pushed-For" in shown


# Messages that are there


def test_a_result_is_fetched_by_the_id_of_its_message(away: Program) -> None:
    process_id = born(away)
    assert away("eval", "alice", "print('a') return 1").status == 0
    assert away("eval", "alice", "error('boom')").status == 1
    ids = [row["message"] for row in away("log", "alice", "--json").json]
    for words in ([ids[1]], ["--process", "alice", ids[1]], ["--process", process_id, ids[1]]):
        ended = away("result", *words)
        assert (ended.status, ended.out, ended.err) == (0, "a\n1\n", "")
    failed = away("result", ids[2])
    assert (failed.status, failed.out) == (1, "")
    assert "boom" in failed.err
    assert away("result", "--json", ids[1]).json[0]["slot"] == 1


@pytest.mark.parametrize("on", ["network", "local"])
def test_a_result_that_is_not_there(away: Program, on: str) -> None:
    if on == "local":
        away.variables["AOS_NODE"] = "local"
    born(away)
    wrong = away("result", "xyz")
    assert (wrong.status, wrong.out) == (2, "")
    assert "'xyz' is not the id of a message" in wrong.err
    for words in (["A" * 42 + "E"], ["--process", "alice", "A" * 42 + "E"], ["--process", "bob", "A" * 42 + "E"]):
        ended = away("result", *words)
        assert (ended.status, ended.out) == (3, "")
        assert "There is no " in ended.err


@pytest.mark.parametrize("on", ["network", "local"])
def test_a_message_is_put_into_another_log(away: Program, on: str) -> None:
    if on == "local":
        away.variables["AOS_NODE"] = "local"
    alice, bob = born(away), born(away, "bob")
    away("eval", "bob", "ao.addAssignable('all', function() return true end)")
    away("eval", "alice", f"Send({{ Target = '{alice}', Data = 'shared' }})")
    message = away("log", "alice", "--json").json[-1]["message"]
    ended = away("assign", "bob", message, "--exclude", "Anchor")
    assert (ended.status, ended.out) == (0, f"{message} is slot 2 of bob\n"), ended.err
    assert away("eval", "bob", "Inbox[#Inbox].Data").out == "shared\n"
    assert away("assign", "--json", "bob", message).json == [{"process": bob, "message": message, "slot": 2}]
    missing = away("assign", "bob", "A" * 42 + "E")
    assert (missing.status, missing.out) == (3, "")


# Addresses


def test_units_are_named_by_options_variables_and_profiles(aos: Program, url: str) -> None:
    units = {"MU_URL": url, "SU_URL": url, "CU_URL": url, "GATEWAY_URL": url}
    # Other networks do not tell who they are, so what processes name comes from the units here as well.
    assert aos("--node", "legacynet", "eval", "--yes", "alice", "1 + 1", **units).out == "2\n"
    options = [word for name in units for word in (f"--{name.lower().replace('_', '-')}", url)]
    assert aos(*options, "eval", "alice", "1 + 2").out == "3\n"
    assert aos("alice", "--legacy", *options, "--run", "1 + 3").out == "4\n"
    assert aos("config", "set", "nodes.ours.url", url).status == 0
    assert aos("--node", "ours", "eval", "alice", "1 + 4").out == "5\n"


def unreachable(ended: Ended) -> bool:
    return ended.status == 3 and "cannot be reached" in ended.err and "127.0.0.1:9" in ended.err


def test_a_network_that_is_not_there_is_no_missing_process(away: Program) -> None:
    born(away)
    before = (away.home / "processes.json").read_bytes()
    for words in (["eval", "--yes", "bob", "1"], ["ps"], ["log", "alice"], ["inbox", "alice"], ["result", "A" * 43]):
        ended = away("--node", NOBODY, *words)
        assert unreachable(ended), (words, ended)
        assert ended.out == ""
    assert (away.home / "processes.json").read_bytes() == before


def test_the_doctor_tries_the_units_of_the_network_that_is_used(away: Program, url: str) -> None:
    found = [row for row in away("doctor", "--json").json if row["area"] == "node"]
    texts = [row["text"] for row in found]
    assert sum(f"{url} answers in" in text for text in texts) == 4
    ended = away("--node", NOBODY, "doctor", "--json")
    assert ended.status == 3
    assert any(row["state"] == "problem" and "127.0.0.1:9" in row["text"] for row in ended.json)


def test_a_network_is_not_served_again(away: Program) -> None:
    ended = away("node", "serve", "--port", "0")
    assert (ended.status, ended.out) == (2, "")


# Ctrl-C


def test_ctrl_c_ends_the_look_up_of_a_network_that_is_silent(away: Program, url: str) -> None:
    born(away)
    known = away.home / "processes.json"
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = f"http://127.0.0.1:{server.getsockname()[1]}"
        known.write_text(known.read_text().replace(url, silent))
        server.settimeout(60)
        with away.start("--node", silent, "eval", "alice", "1") as process:
            connection, _ = server.accept()
            process.send_signal(signal.SIGINT)
            # The unit would be asked for a minute.
            out, err = process.communicate(timeout=30)
            connection.close()
    assert (process.returncode, out, err.strip()) == (130, "", "aos: interrupted")


def test_ctrl_c_leaves_the_message_and_says_how_to_fetch_its_result(away: Program, url: str) -> None:
    process_id = born(away)
    with away.start("-v", "eval", "alice", "while true do end") as process:
        assert process.stderr is not None
        deadline = time.monotonic() + 60
        while len(away("log", "alice", "--json").json) + 1 < 2 and time.monotonic() < deadline:
            pass
        while not slots_waiting(away, process_id) and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    told = next(line for line in err.splitlines() if "the message goes on" in line)
    command = told.split("`")[1].split()
    assert command[:6] == ["aos", "--node", url, "result", "--process", process_id]


def slots_waiting(away: Program, process_id: str) -> bool:
    """Whether the log has a slot without a result."""
    [process] = [row for row in away.processes() if row["id"] == process_id]
    return bool(process["slots"] > process["evaluated"])
