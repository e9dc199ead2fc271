"""The shell at a process on a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from network import Network
from terminal import Open, Outside, Terminal

from aos_cli.clients.local import LocalClient
from aos_cli.http_face.dry_runs import DryRuns
from aos_cli.http_face.failure import Failure
from aos_cli.model import Tag
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.units.node import Node
from aos_cli.units.records import ProcessRecord
from aos_cli.wallet import Ed25519Wallet

OTHER = Ed25519Wallet(bytes(31) + b"o")

# Never evaluated to its end here: the limit comes first, some seconds later.
LONG = "for i = 1, 1e12 do x = i end"


@pytest.fixture
def dry_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The processes of the dry runs that networks were asked for, from now on."""
    asked: list[str] = []
    result = DryRuns.result

    def counted(dry_runs: DryRuns, node: Node, record: ProcessRecord, *more: Any) -> Any:
        asked.append(record.name)
        return result(dry_runs, node, record, *more)

    monkeypatch.setattr(DryRuns, "result", counted)
    return asked


@pytest.fixture
def away(network: Network, open_terminal: Open) -> Terminal:
    """A window with the process default on the network."""
    terminal = open_terminal("--node", network.url, "open", "--yes")
    terminal.wait_for_prompt()
    return terminal


def foreign(node: LocalClient, name: str = "") -> Session:
    """A process of somebody else's, spawned where the network is."""
    return Session(node, OTHER, spawn_process(node, OTHER, name))


def of_default(node: LocalClient) -> ProcessRecord:
    [process] = [process for process in node.processes() if process.name == "default"]
    return process


def test_a_spawn_is_asked_for(network: Network, open_terminal: Open) -> None:
    terminal = open_terminal("--node", network.url)
    terminal.wait_for("Spawn it [y/N]?")
    terminal.type("\r")
    assert terminal.wait_for_end() == 2
    assert "Nothing was spawned" in terminal.text
    assert network.node.processes() == []
    terminal = open_terminal("--node", network.url)
    terminal.wait_for("Spawn it [y/N]?")
    terminal.type("y\r")
    terminal.wait_for_prompt()
    assert terminal.ask("1 + 1") == "2"
    # What was met before is not asked for.
    assert open_terminal("--node", network.url).wait_for_prompt() is None


def test_another_process_is_asked_for_in_the_shell_too(away: Terminal, network: Network) -> None:
    away.type(".new bob\r")
    away.wait_for("This spawns bob on the")
    away.type("n\r")
    away.wait_for_prompt()
    assert [process.name for process in network.node.processes()] == ["default"]
    away.type(".new bob\r")
    away.wait_for("This spawns bob on the", times=2)
    away.type("y\r")
    away.wait_for_prompt("bob")
    assert away.ask("Name", "bob") == "bob"


def test_what_cannot_be_had_back_is_asked_for(away: Terminal) -> None:
    away.type("Owner = nil\r")
    away.wait_for("Send it [y/N]?")
    away.type("\r")
    away.wait_for_prompt()
    assert away.ask("Owner == ao.env.Process.Owner") == "true"


def test_what_arrives_is_shown_while_nothing_is_typed(away: Terminal, network: Network) -> None:
    bob = foreign(network.node, "bob")
    bob.eval(f"Send({{ Target = '{of_default(network.node).id}', Action = 'Hi', Data = 'good morning' }})")
    away.wait_for("good morning")


def test_a_process_of_somebody_else_is_watched_by_its_id(away: Terminal, network: Network) -> None:
    bob = foreign(network.node, "bob")
    away.ask(f".watch {bob.process.id}")
    bob.send("from nobody here", [Tag("Action", "Shout")])
    away.wait_for("from nobody here")


def test_ctrl_c_leaves_the_message_and_says_how_to_fetch_its_result(
    away: Terminal, network: Network, outside: Outside
) -> None:
    away.enter(LONG)
    process_id = of_default(network.node).id
    away.wait_until(lambda: of_default(network.node).slots == 2, "message in the log")
    away.key("C-c")
    away.wait_for("Stopped waiting. The message goes on")
    # As it can be typed at another terminal, where nothing says which network it is.
    away.wait_for(f"aos --node {network.url} result --process {process_id} ")
    away.wait_for_prompt()


def test_a_long_wait_says_what_for(away: Terminal) -> None:
    away.enter(LONG)
    away.wait_for("Waiting for the compute unit at 127.0.0.1:")
    away.key("C-c")
    away.wait_for("Stopped waiting. The message goes on")
    away.wait_for_prompt()


def test_a_network_that_goes_away_and_comes_back_ends_no_shell(away: Terminal, network: Network) -> None:
    network.stop()
    assert "cannot be reached" in away.ask("1 + 1")
    away.wait_for("The feed fails")
    assert "cannot be reached" in away.ask(".ps")
    away.type(".exit\r")
    assert away.wait_for_end() == 0


def test_a_load_is_no_failure_where_it_cannot_be_looked_at(
    dry_runs: list[str], away: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A public network answers so few dry runs in a minute that the look behind a load may be one too many."""
    (tmp_path / "greeter.lua").write_text("Greeting = 'hello' Handlers.add('greet', 'Greet', print)")
    away.wait_until(lambda: bool(dry_runs), "count of the inbox")
    result = DryRuns.result

    def few(runs: DryRuns, *arguments: Any) -> Any:
        if len(dry_runs) == 2:
            raise Failure(400, "too many dry runs")
        return result(runs, *arguments)

    monkeypatch.setattr(DryRuns, "result", few)
    away.enter(".load greeter.lua")
    away.wait_for("What became of the handlers cannot be seen: ")
    assert away.ask("Greeting") == "hello"


def test_completion_knows_what_the_process_has_when_it_is_asked_for(dry_runs: list[str], away: Terminal) -> None:
    away.wait_until(lambda: bool(dry_runs), "count of the inbox")
    away.ask("_G['a_' .. 'global_of_mine'] = 1")
    away.type("a_glob")
    away.key("tab")
    away.wait_until(lambda: len(dry_runs) == 2, "look")
    away.wait_until(lambda: away.key("tab") or away.typed.endswith("a_global_of_mine"), "completion")
    away.key("C-c")
    away.wait_for_prompt()
    assert len(dry_runs) == 2


def test_what_is_typed_costs_no_dry_run(dry_runs: list[str], away: Terminal) -> None:
    away.wait_until(lambda: bool(dry_runs), "count of the inbox")
    for number in range(5):
        assert away.ask(f"value = {number} print(value)") == str(number)
    assert away.ask("Send({ Target = 'nobody', Data = value }).output").endswith("nobody  4")
    assert "line 1: no" in away.ask("error('no')")
    assert dry_runs == ["default"]


def test_messages_are_listed_and_counted_with_one_look(dry_runs: list[str], away: Terminal, network: Network) -> None:
    bob = foreign(network.node, "bob")
    bob.eval(f"Send({{ Target = '{of_default(network.node).id}', Action = 'Hi', Data = 'good morning' }})")
    away.wait_for("good morning")
    dry_runs.clear()
    away.ask(".inbox")
    away.ask(".inbox 2")
    assert "inbox" not in away.toolbar
    assert dry_runs == ["default"]


def test_a_value_that_is_asked_for_is_told(away: Terminal) -> None:
    away.ask("greeting = 'hello'")
    assert away.ask("?greeting") == "string greeting = hello"
    assert away.ask("?nothing") == "nothing is nil."
