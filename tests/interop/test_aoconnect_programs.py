"""Programs of several processes, driven by the official client library alone."""

from __future__ import annotations

import httpx
import pytest
from aoconnect_client import EVAL, AoConnect, eventually, tag_list

from aos_cli.source.blueprints import find_blueprint

NOTICES = """query ($recipient: String!, $action: String!) {
  transactions(recipients: [$recipient], tags: [{ name: "Action", values: [$action] }]) {
    edges { node { recipient tags { name value } owner { address } } }
  }
}"""


@pytest.fixture
def alice(ao: AoConnect) -> str:
    return ao.spawn(Name="alice")


@pytest.fixture
def bob(ao: AoConnect) -> str:
    """Belongs to somebody else."""
    return ao.spawn(Name="bob", signer="ed25519")


def owner_of(ao: AoConnect, process_id: str) -> str:
    owner: str = httpx.get(f"{ao.url}/processes/{process_id}").json()["owner"]["address"]
    return owner


def load_blueprint(ao: AoConnect, process_id: str, name: str) -> None:
    assert ao.eval(process_id, find_blueprint(name).text.decode()) == ""


def printed(ao: AoConnect, process_id: str, text: str) -> str:
    """What a process printed when it handled a message, once it has."""
    return eventually(lambda: next((output for output in ao.outputs(process_id) if text in output), None))


def test_two_processes_talk(ao: AoConnect, alice: str, bob: str) -> None:
    ao.eval(
        bob,
        "Handlers.add('greet', 'Greet', function(m) m.reply({ Data = 'hello ' .. m.Data, Mood = 'fine' }) end)",
        signer="ed25519",
    )
    result = ao.result(
        alice, ao.message(alice, f"Send({{ Target = '{bob}', Action = 'Greet', Data = 'you' }})", **EVAL)
    )
    assert [message["Target"] for message in result["Messages"]] == [bob]
    assert "hello you" in printed(ao, alice, "hello you")
    assert ao.eval(alice, "local m = Inbox[#Inbox] return m.From .. ' ' .. m.Mood") == f"{bob} fine"


def test_an_evaluation_waits_for_a_reply(ao: AoConnect, alice: str, bob: str) -> None:
    ao.eval(
        bob,
        "Handlers.add('twice', 'Twice', function(m) m.reply({ Data = m.Number .. m.Number }) end)",
        signer="ed25519",
    )
    code = f"local reply = Send({{ Target = '{bob}', Action = 'Twice', Number = '21' }}).receive() return reply.Data"
    first = ao.result(alice, ao.message(alice, code, **EVAL))
    assert len(first["Messages"]) == 1
    assert printed(ao, alice, "2121") == "2121"


def test_receive_waits_for_what_fits(ao: AoConnect, alice: str, bob: str) -> None:
    waiting = ao.message(alice, "return 'got ' .. Receive({ Action = 'Answer' }).Data", **EVAL)
    ao.result(alice, waiting)
    ao.message(alice, "not this one", signer="ed25519", Action="Question")
    ao.message(alice, "this one", signer="ed25519", Action="Answer")
    assert printed(ao, alice, "got ") == "got this one"


def test_a_spawn_is_announced_and_its_child_obeys(ao: AoConnect, alice: str) -> None:
    code = """
    local notice = Spawn(ao.env.Module.Id, { Name = "child", Colour = "blue" }).receive()
    Child = notice.Process
    return notice.Action .. " " .. Child .. " " .. notice.From
    """
    result = ao.result(alice, ao.message(alice, code, **EVAL))
    assert len(result["Spawns"]) == 1
    action, child, sender = printed(ao, alice, "Spawned").split()
    assert (action, sender) == ("Spawned", alice)

    born = httpx.get(f"{ao.url}/processes/{child}").json()
    tags = [(tag["name"], tag["value"]) for tag in born["tags"]]
    assert {("Name", "child"), ("Colour", "blue"), ("From-Process", alice), ("Type", "Process")} <= set(tags)
    assert born["owner"]["address"] == ao.node["authority"]
    order = "Send({ Target = Owner, Data = 'child of ' .. Owner })"
    ao.eval(alice, f"Send({{ Target = Child, Action = 'Eval', Data = [[{order}]] }})")
    assert "child of" in printed(ao, alice, "child of")
    assert ao.eval(alice, "return Inbox[#Inbox].From .. ' ' .. Inbox[#Inbox].Data") == f"{child} child of {alice}"


def test_a_process_believes_its_authorities_only(ao: AoConnect, alice: str) -> None:
    somebody = "B" * 43
    stranger = ao.call(
        "spawn",
        signer="arweave",
        module=ao.node["module"],
        scheduler=ao.node["scheduler"],
        tags=tag_list({"Authority": somebody}),
    )
    assert ao.eval(stranger, "return ao.authorities[1]") == somebody
    ao.result(alice, ao.message(alice, f"Send({{ Target = '{stranger}', Data = 'hi' }})", **EVAL))
    refused = printed(ao, stranger, "not trusted")
    assert refused == f"Message is not trusted! From: {alice} - Owner: {ao.node['authority']}"
    inbox = ao.eval(stranger, "return #Inbox")

    # A process may come to trust the node later.
    ao.eval(stranger, f"table.insert(ao.authorities, '{ao.node['authority']}')")
    ao.result(alice, ao.message(alice, f"Send({{ Target = '{stranger}', Data = 'hi again' }})", **EVAL))
    printed(ao, stranger, "hi again")
    assert int(ao.eval(stranger, "return #Inbox")) == int(inbox) + 1


def test_a_user_is_not_taken_for_a_process(ao: AoConnect, alice: str, bob: str) -> None:
    """A tag From-Process is worth what the signature under it is."""
    message_id = ao.message(alice, "return 'mine'", signer="ed25519", From_Process=bob, **EVAL)
    result = ao.result(alice, message_id)
    assert "Message is not trusted!" in result["Output"]["data"]


def test_a_token_is_transferred(ao: AoConnect) -> None:
    token = ao.spawn(Name="token")
    holder = owner_of(ao, token)
    friend = owner_of(ao, ao.spawn(signer="ed25519"))
    ao.eval(token, f"Ticker, Denomination, Balances = 'GOLD', 2, {{ ['{holder}'] = '1000' }}")
    load_blueprint(ao, token, "token")

    def balance(account: str) -> str:
        asked = tag_list({"Action": "Balance", "Recipient": account})
        [answer] = ao.call("dryrun", process=token, tags=asked)["Messages"]
        return str(answer["Data"])

    assert (balance(holder), balance(friend)) == ("1000", "0")
    sent = ao.result(token, ao.message(token, Action="Transfer", Recipient=friend, Quantity="250", X_Why="lunch"))
    assert {message["Target"] for message in sent["Messages"]} == {holder, friend}
    assert (balance(holder), balance(friend)) == ("750", "250")

    # A notice to a wallet is kept as data that the gateway finds.
    variables = {"recipient": friend, "action": "Credit-Notice"}
    answer = httpx.post(f"{ao.url}/graphql", json={"query": NOTICES, "variables": variables}).json()
    [edge] = answer["data"]["transactions"]["edges"]
    assert edge["node"]["owner"]["address"] == ao.node["authority"]
    tags = {tag["name"]: tag["value"] for tag in edge["node"]["tags"]}
    assert (tags["Quantity"], tags["X-Why"], tags["From-Process"]) == ("250", "lunch", token)

    # Too little money changes nothing.
    failed = ao.result(token, ao.message(token, signer="ed25519", Action="Transfer", Recipient=holder, Quantity="251"))
    [message] = failed["Messages"]
    assert {"name": "Action", "value": "Transfer-Error"} in message["Tags"]
    assert (balance(holder), balance(friend)) == ("750", "250")


def test_a_chat_room_of_three(ao: AoConnect, alice: str, bob: str) -> None:
    room = ao.spawn(Name="room", signer="ethereum")
    assert ao.eval(room, find_blueprint("chatroom").text.decode(), signer="ethereum") == ""
    signers = {alice: "arweave", bob: "ed25519"}
    for member, signer in signers.items():
        ao.eval(member, f"Send({{ Target = '{room}', Action = 'Register' }})", signer=signer)
        printed(ao, member, "Registered")
    ao.eval(alice, f"Send({{ Target = '{room}', Action = 'Broadcast', Data = 'hi all' }})")
    for member, signer in signers.items():
        printed(ao, member, "Broadcast-Notice")
        search = "for _, m in ipairs(Inbox) do if m.Action == 'Broadcast-Notice' then return m.Data end end"
        assert ao.eval(member, search, signer=signer) == "hi all"


def test_a_monitored_process_acts_by_the_clock(ao: AoConnect, alice: str) -> None:
    cron = ao.call("serializeCron", interval="1-second", tags=[{"name": "Action", "value": "Tick"}])
    authority = {"name": "Authority", "value": ao.node["authority"]}
    arguments = {"module": ao.node["module"], "scheduler": ao.node["scheduler"], "tags": [authority, *cron]}
    clock = ao.call("spawn", signer="arweave", **arguments)
    beat = (
        f"Handlers.add('tick', 'Tick', function(m) Send({{ Target = '{alice}', Action = 'Beat', Data = 'tock' }}) end)"
    )
    ao.eval(clock, beat)
    ao.call("monitor", signer="arweave", process=clock)
    assert "Beat" in printed(ao, alice, "Beat")
    sender = ao.eval(alice, "for _, m in ipairs(Inbox) do if m.Action == 'Beat' then return m.From end end")
    assert sender == clock
    ao.call("unmonitor", signer="arweave", process=clock)
