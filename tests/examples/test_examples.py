"""The example programs do what their heads say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aos_cli.clients.local import LocalClient
from aos_cli.machine import Machine
from aos_cli.machine.module import known_modules
from aos_cli.machine.standalone import OWNER, PROCESS_ID
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.source.bundle import bundle
from aos_cli.wallet import Ed25519Wallet

EXAMPLES = Path(__file__).parent
ALICE = "alice".ljust(43, "-")
BOB = "bob".ljust(43, "-")

Sent = dict[str, str]


def loaded(name: str) -> Machine:
    """A process that has loaded an example."""
    machine = Machine()
    result = machine.eval((EXAMPLES / name).read_text("utf-8"))
    assert "Error" not in result, result
    return machine


def sent(result: dict[str, Any]) -> list[Sent]:
    """What a process sent: target, data and the tags of its own, by name."""
    usual = ("Data-Protocol", "Variant", "Type", "Reference", "X-Reference")
    return [
        {
            "Target": message["Target"],
            "Data": message.get("Data", ""),
            **{tag["name"]: tag["value"] for tag in message["Tags"] if tag["name"] not in usual},
        }
        for message in result["Messages"]
    ]


# Counter


def test_the_counter_counts_and_tells() -> None:
    machine = loaded("counter.lua")
    assert sent(machine.send(Action="Increment", From=ALICE)) == [{"Target": ALICE, "Action": "Count", "Data": "1"}]
    assert sent(machine.send(Action="Increment", Step="41", From=BOB))[0]["Data"] == "42"
    assert sent(machine.send(Action="Get", From=BOB)) == [{"Target": BOB, "Action": "Count", "Data": "42"}]


@pytest.mark.parametrize("step", ["two", "1.5", "", "0x"])
def test_the_counter_refuses_what_is_no_whole_number(step: str) -> None:
    machine = loaded("counter.lua")
    assert f'"{step}" is not a whole number' in machine.send(Action="Increment", Step=step)["Error"]
    assert sent(machine.send(Action="Get"))[0]["Data"] == "0"


def test_loading_the_counter_again_keeps_the_count() -> None:
    machine = loaded("counter.lua")
    machine.send(Action="Increment")
    machine.eval((EXAMPLES / "counter.lua").read_text("utf-8"))
    assert sent(machine.send(Action="Increment"))[0]["Data"] == "2"


# Ping and pong


def opened(client: LocalClient, wallet: Ed25519Wallet, name: str, example: str) -> Session:
    """A session with a new process of a node that has loaded an example."""
    session = Session(client, wallet, spawn_process(client, wallet, name))
    made = bundle([EXAMPLES / example], cwd=EXAMPLES, known=known_modules())
    slot = session.slot(session.eval(made.data()).slot)
    assert slot.result.error is None
    return session


def evaluated(session: Session, code: str) -> str:
    """What an evaluation printed and returned, then and in the messages that followed from it."""
    session.unshown()
    session.eval(code)
    for _ in session.client.follow(100, lambda: False):
        pass
    return "\n".join(slot.result.output for slot in session.unshown() if slot.result.output)


def test_ping_and_pong_play_in_two_sessions(client: LocalClient, wallet: Ed25519Wallet) -> None:
    alice = opened(client, wallet, "alice", "ping.lua")
    bob = opened(client, wallet, "bob", "pong.lua")
    assert evaluated(alice, f'rally("{bob.process.id}", 2)') == "Pong: ball 1\nPong: ball 2\n2 rounds played"
    assert evaluated(bob, "Pongs") == "2"
    # The Pongs were received, so they are in no inbox; the first message of each is the one that spawned it.
    assert [session.client.inbox_size(session.process.id) for session in (alice, bob)] == [1, 1]


def test_ping_needs_the_id_of_a_process() -> None:
    machine = loaded("ping.lua")
    assert "rally needs the id of a process" in machine.eval("rally('bob')")["Error"]


# Token


@pytest.fixture
def ledger() -> Machine:
    """A ledger on which alice has 100."""
    machine = loaded("token.lua")
    machine.send(Action="Mint", Quantity="100", Recipient=ALICE)
    return machine


def balance(ledger: Machine, address: str) -> str:
    return sent(ledger.send(Action="Balance", Recipient=address))[0]["Balance"]


def supply(ledger: Machine) -> str:
    return sent(ledger.send(Action="Info"))[0]["Supply"]


def test_info_describes_the_token(ledger: Machine) -> None:
    [answer] = sent(ledger.send(Action="Info", From=BOB))
    told = {"Name": "test", "Ticker": "EXAMPLE", "Denomination": "12", "Supply": "100"}
    assert answer == {"Target": BOB, "Data": "", **told}


def test_balance_is_of_the_sender_or_of_a_recipient(ledger: Machine) -> None:
    [own] = sent(ledger.send(Action="Balance", From=ALICE))
    assert (own["Account"], own["Balance"], own["Data"], own["Ticker"]) == (ALICE, "100", "100", "EXAMPLE")
    [other] = sent(ledger.send(Action="Balance", Recipient=ALICE, From=BOB))
    assert (other["Target"], other["Account"], other["Balance"]) == (BOB, ALICE, "100")
    assert balance(ledger, BOB) == "0"


def test_a_transfer_moves_and_both_sides_are_told(ledger: Machine) -> None:
    fields = {"X-Note": "rent", "Y-Note": "not forwarded"}
    debit, credit = sent(ledger.send(Action="Transfer", Recipient=BOB, Quantity="30", From=ALICE, **fields))
    assert (debit["Target"], debit["Action"], debit["Recipient"], debit["Quantity"]) == (
        ALICE, "Debit-Notice", BOB, "30",
    )  # fmt: skip
    assert (credit["Target"], credit["Action"], credit["Sender"], credit["Quantity"]) == (
        BOB, "Credit-Notice", ALICE, "30",
    )  # fmt: skip
    assert debit["X-Note"] == credit["X-Note"] == "rent"
    assert "Y-Note" not in debit
    assert "Y-Note" not in credit
    assert (balance(ledger, ALICE), balance(ledger, BOB), supply(ledger)) == ("70", "30", "100")


def test_a_transfer_to_oneself_changes_nothing(ledger: Machine) -> None:
    ledger.send(Action="Transfer", Recipient=ALICE, Quantity="100", From=ALICE)
    assert (balance(ledger, ALICE), supply(ledger)) == ("100", "100")


def test_amounts_are_exact_beyond_64_bits(ledger: Machine) -> None:
    large = str(10**59 + 7)
    ledger.send(Action="Mint", Quantity=large, Recipient=BOB)
    ledger.send(Action="Transfer", Recipient=ALICE, Quantity="8", From=BOB)
    assert balance(ledger, BOB) == str(10**59 - 1)
    assert supply(ledger) == str(10**59 + 107)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"Quantity": "1"}, "Recipient is missing"),
        ({"Recipient": "bob", "Quantity": "1"}, "Recipient must be an address of 43 characters"),
        ({"Recipient": "?" * 43, "Quantity": "1"}, "Recipient must be an address of 43 characters"),
        ({"Recipient": BOB}, "Quantity is missing"),
        ({"Recipient": BOB, "Quantity": "0"}, "Quantity must be above 0"),
        ({"Recipient": BOB, "Quantity": "000"}, "Quantity must be above 0"),
        ({"Recipient": BOB, "Quantity": "101"}, "The balance is 100, which is less than 101"),
        *(
            ({"Recipient": BOB, "Quantity": text}, "Quantity must be a whole number of at most 60 digits")
            for text in ("-5", "1.5", "1e3", "0x10", "ten", "", " 1", "1\n", "9" * 61)
        ),
    ],
)
def test_a_bad_transfer_is_refused_and_changes_nothing(ledger: Machine, fields: dict[str, str], problem: str) -> None:
    [answer] = sent(ledger.send(Action="Transfer", From=ALICE, **fields))
    assert (answer["Target"], answer["Action"], answer["Error"]) == (ALICE, "Transfer-Error", problem)
    assert answer["Message-Id"].startswith("message-")
    assert (balance(ledger, ALICE), balance(ledger, BOB), supply(ledger)) == ("100", "0", "100")


def test_the_owner_mints_for_himself_by_default(ledger: Machine) -> None:
    [credit] = sent(ledger.send(Action="Mint", Quantity="5"))
    assert (credit["Target"], credit["Action"], credit["Sender"]) == (OWNER, "Credit-Notice", PROCESS_ID)
    assert (balance(ledger, OWNER), supply(ledger)) == ("5", "105")


@pytest.mark.parametrize(
    ("sender", "quantity", "problem"),
    [
        (ALICE, "5", "Only the owner of this process can mint"),
        (OWNER, "-5", "Quantity must be a whole number of at most 60 digits"),
        (OWNER, "0", "Quantity must be above 0"),
    ],
)
def test_a_bad_mint_is_refused_and_changes_nothing(ledger: Machine, sender: str, quantity: str, problem: str) -> None:
    [answer] = sent(ledger.send(Action="Mint", Quantity=quantity, From=sender))
    assert (answer["Target"], answer["Action"], answer["Error"]) == (sender, "Mint-Error", problem)
    assert supply(ledger) == "100"


def test_an_emptied_account_leaves_no_entry(ledger: Machine) -> None:
    ledger.send(Action="Transfer", Recipient=BOB, Quantity="100", From=ALICE)
    assert ledger.eval(f'Balances["{ALICE}"] == nil')["Output"]["data"] == "true"
    assert (balance(ledger, ALICE), balance(ledger, BOB)) == ("0", "100")
