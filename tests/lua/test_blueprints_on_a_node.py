"""Blueprints on a node: two or three processes talk, with the words that people type."""

from __future__ import annotations

import pytest

from aos_cli.clients.local import LocalClient
from aos_cli.lua_error import parse_error
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.source.blueprints import bundle_blueprint, find_blueprint
from aos_cli.wallet import Ed25519Wallet


class Person:
    """Somebody with a process of a node.

    Args:
        session: the process.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.id = session.process.id

    def load(self, blueprint: str) -> None:
        """Does what `.load-blueprint` does."""
        known = self.session.client.known_modules(self.id)
        assert self.types(bundle_blueprint(blueprint, known).data()) == ""

    def types(self, code: str | bytes) -> str:
        """What an evaluation printed and returned, then and in the messages that followed from it."""
        self.session.unshown()
        self.session.eval(code)
        for _ in self.session.client.follow(100, lambda: False):
            pass
        slots = self.session.unshown()
        assert [slot.result.error for slot in slots if slot.result.error] == []
        return "\n".join(slot.result.output for slot in slots if slot.result.output)


@pytest.fixture
def alice(client: LocalClient, wallet: Ed25519Wallet) -> Person:
    return Person(Session(client, wallet, spawn_process(client, wallet, "alice")))


@pytest.fixture
def bob(client: LocalClient) -> Person:
    """Has a wallet of his own, so that alice may not evaluate in his process."""
    other = Ed25519Wallet(bytes(31) + b"b")
    return Person(Session(client, other, spawn_process(client, other, "bob")))


@pytest.fixture
def host(client: LocalClient, wallet: Ed25519Wallet) -> Person:
    return Person(Session(client, wallet, spawn_process(client, wallet, "host")))


def test_a_token_is_minted_sent_on_and_spent(host: Person, alice: Person, bob: Person) -> None:
    host.load("token")
    host.types("Send({Target=ao.id, Action='Mint', Quantity='9'})")
    assert host.types("TotalSupply") == "10000000000000009"
    send = f"Send({{Target=ao.id, Action='Transfer', Recipient='{alice.id}', Quantity='250'}}).receive().Data"
    assert "You transferred" in host.types(f"return {send}")
    assert alice.types("Inbox[#Inbox].Action .. ' ' .. Inbox[#Inbox].Quantity") == "Credit-Notice 250"

    alice.types(f"token, bob = '{host.id}', '{bob.id}'")
    pay = "Send({Target=token, Action='Transfer', Recipient=bob, Quantity='%s'}).receive()"
    assert alice.types(f"local m = {pay % 100} return m.Action .. m.Quantity .. m.From") == f"Debit-Notice100{host.id}"
    assert alice.types(f"local m = {pay % 151} return m.Action .. ': ' .. m.Error") == (
        "Transfer-Error: Insufficient Balance!"
    )
    ask = f"Send({{Target='{host.id}', Action='Balance'}}).receive()"
    assert (alice.types(f"{ask}.Balance"), bob.types(f"{ask}.Data")) == ("150", "100")


def test_a_process_reads_the_info_of_a_token_in_its_inbox(host: Person, alice: Person) -> None:
    host.types("Ticker, Denomination = 'GOLD', 18")
    host.load("token")
    host.types("Send({Target=ao.id, Action='Info'})")
    assert host.types("Inbox[#Inbox].Tags.Ticker") == "GOLD"
    code = f"local t = Send({{Target='{host.id}', Action='Info'}}).receive().Tags return t.Name .. t.Denomination"
    assert alice.types(f"{code} .. t.Supply") == "host18" + "1" + "0" * 22


def test_a_service_takes_a_deposit_by_its_credit_notice(host: Person, alice: Person, bob: Person) -> None:
    """Bob's process is an exchange: it trusts the token's word only."""
    host.load("token")
    host.types(f"Send({{Target=ao.id, Action='Transfer', Recipient='{alice.id}', Quantity='10'}})")
    bob.types(
        f"Handlers.add('deposit', {{ Action = 'Credit-Notice', From = '{host.id}', ['X-Action'] = 'Deposit' }}, "
        "function(msg) Deposits = (Deposits or '') .. msg.Sender .. msg.Quantity .. msg['X-For'] end)"
    )
    deposit = f"Target='{host.id}', Action='Transfer', Recipient='{bob.id}', Quantity='3'"
    alice.types(f"Send({{{deposit}, ['X-Action']='Deposit', ['X-For']='alice'}})")
    alice.types(f"Send({{Target='{bob.id}', Action='Credit-Notice', ['X-Action']='Deposit', Quantity='99'}})")
    assert bob.types("Deposits") == f"{alice.id}3alice"


def test_a_room_carries_what_is_said(host: Person, alice: Person, bob: Person) -> None:
    host.load("chatroom")
    for person in (alice, bob):
        person.types(f"Room = '{host.id}'")
        assert person.types("Send({Target=Room, Action='Register'}).receive().Data") == "Registered."
    *_, answer = alice.types("Send({Target=Room, Action='Broadcast', Data='hi'}).receive().Data").splitlines()
    assert answer == "Broadcasted."
    for person in (alice, bob):
        said = "local m = Inbox[#Inbox] return m.Action .. ' ' .. m.Broadcaster .. ' ' .. m.Data"
        assert person.types(said) == f"Broadcast-Notice {alice.id} hi"
    assert bob.types("Send({Target=Room, Action='Unregister'}).receive().Data") == "Unregistered"
    assert host.types("#Members .. ' ' .. Members[1]") == f"1 {alice.id}"


def test_both_in_one_process_and_loaded_again(host: Person, alice: Person) -> None:
    host.load("token")
    host.load("chatroom")
    alice.types(f"Send({{Target='{host.id}', Action='Register'}})")
    host.types(f"Send({{Target=ao.id, Action='Transfer', Recipient='{alice.id}', Quantity='5'}})")
    host.load("token")
    host.load("chatroom")
    assert host.types(f"Members[1] == '{alice.id}' and Balances['{alice.id}']") == "5"


def test_an_error_names_the_line_of_the_blueprint(host: Person, client: LocalClient) -> None:
    host.load("token")
    host.session.eval("Balances = 5 Send({Target=ao.id, Action='Balances'})")
    [slot] = [slot for slot in client.follow(100, lambda: False) if slot.result.error]
    error = parse_error(slot.result.error or "")
    assert (error.file, error.handler) == ("blueprint/token.lua", "balances")
    assert b"pairs(Balances)" in find_blueprint("token").text.splitlines()[error.line - 1]
