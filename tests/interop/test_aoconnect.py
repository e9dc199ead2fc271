"""The official client library against a served node: every call, what it puts on the wire, and what it gets.

Needs `npm ci` in this folder; `.ci/run` does that. The usual test command leaves this folder out.
"""

from __future__ import annotations

import json
from base64 import b64decode

import httpx
import pytest
from aoconnect_client import AOS_MODULE, EVAL, AoConnect, CallFailed, pairs, tag_list

from aos_cli.codec.ids import address_of, encode_base64url, is_id

# Keys of the compute unit's answers.
OUTBOX = ["Messages", "Assignments", "Spawns"]
RESULT = [*OUTBOX, "Output", "GasUsed"]


@pytest.fixture(scope="module")
def process_id(ao: AoConnect) -> str:
    return ao.spawn(Name="calls")


def slot_of(ao: AoConnect, process_id: str, message_id: str) -> dict[str, str]:
    """The tags of the assignment that a message has in a log."""
    entry = httpx.get(f"{ao.url}/{message_id}", params={"process-id": process_id}).json()
    return {tag["name"]: tag["value"] for tag in entry["assignment"]["tags"]}


def test_spawn_asks_for_the_module_and_posts_a_process(ao: AoConnect) -> None:
    process_id = ao.spawn(Name="wire", Colour="blue")

    question, post = ao.sent
    assert (question.method, question.path) == ("POST", "/graphql")
    assert question.headers["content-type"] == "application/json"
    assert json.loads(question.body)["variables"] == {"transactionIds": [AOS_MODULE]}
    assert (post.method, post.path) == ("POST", "/")
    assert post.headers == {"content-type": "application/octet-stream", "accept": "application/json"}
    assert post.item.id == process_id
    assert (post.item.target, post.item.anchor, post.item.data) == (b"", b"", b" ")
    *tags, (last_name, last_value) = pairs(post.item)
    assert tags == [
        ("Authority", ao.node["authority"]),
        ("Name", "wire"),
        ("Colour", "blue"),
        ("Content-Type", "text/plain"),
        ("SDK", "aoconnect"),
        ("Data-Protocol", "ao"),
        ("Variant", "ao.TN.1"),
        ("Type", "Process"),
        ("Module", AOS_MODULE),
        ("Scheduler", ao.node["scheduler"]),
    ]
    assert last_name == "Timestamp"
    assert last_value.isdigit()


def test_the_message_that_spawned_a_process_has_a_result(ao: AoConnect) -> None:
    process_id = ao.spawn(Name="newborn")
    result = ao.result(process_id, process_id)
    assert list(result) == RESULT
    assert [result[name] for name in OUTBOX] == [[], [], []]
    assert result["Output"]["data"] == ""
    assert result["Output"]["print"] is True
    assert "newborn" in result["Output"]["prompt"]
    log = httpx.get(f"{ao.url}/{process_id}", params={"process-id": process_id}).json()
    assert [edge["node"]["message"]["id"] for edge in log["edges"]] == [process_id]


def test_a_process_runs_its_data(ao: AoConnect) -> None:
    tags = tag_list({"Authority": ao.node["authority"], "On-Boot": "Data"})
    process_id = ao.call(
        "spawn", signer="arweave", module=AOS_MODULE, scheduler=ao.node["scheduler"], tags=tags, data="Booted = 'yes'"
    )
    assert ("Content-Type", "text/plain") not in pairs(ao.sent[-1].item)
    assert ao.eval(process_id, "return Booted") == "yes"


def test_message_posts_a_signed_item(ao: AoConnect, process_id: str) -> None:
    message_id = ao.message(process_id, "return 'seen'", X_Colour="blue", **EVAL)

    [post] = ao.sent
    assert (post.method, post.path) == ("POST", "/")
    assert post.item.id == message_id
    assert encode_base64url(post.item.target) == process_id
    assert post.item.data == b"return 'seen'"
    assert pairs(post.item) == [
        ("X-Colour", "blue"),
        ("Action", "Eval"),
        ("SDK", "aoconnect"),
        ("Data-Protocol", "ao"),
        ("Variant", "ao.TN.1"),
        ("Type", "Message"),
    ]
    assert slot_of(ao, process_id, message_id)["Message"] == message_id


def test_message_without_data_carries_a_blank(ao: AoConnect, process_id: str) -> None:
    ao.message(process_id)
    [post] = ao.sent
    assert post.item.data == b" "
    assert pairs(post.item)[0] == ("Content-Type", "text/plain")


def test_an_anchor_is_what_the_process_sees(ao: AoConnect, process_id: str) -> None:
    anchor = "0" * 30 + "42"
    ao.call("message", signer="arweave", process=process_id, anchor=anchor)
    assert ao.sent[0].item.anchor == anchor.encode()
    assert ao.eval(process_id, "return Inbox[#Inbox].Anchor") == anchor


def test_result_of_an_eval(ao: AoConnect, process_id: str) -> None:
    message_id = ao.message(process_id, 'print("hello") return 6 * 7', **EVAL)
    result = ao.result(process_id, message_id)

    [get] = ao.sent
    assert (get.method, get.path) == ("GET", f"/result/{message_id}?process-id={process_id}")
    assert get.headers == {"accept": "application/json"}
    assert list(result) == RESULT
    assert result["Output"]["data"] == "hello\n42"
    assert "Inbox" in result["Output"]["prompt"]
    assert "print" not in result["Output"]
    assert result["GasUsed"] > 0


def test_result_carries_the_outbox(ao: AoConnect, process_id: str) -> None:
    code = """
    ao.send({ Target = ao.id, Data = "one", Action = "First" })
    ao.spawn(ao.env.Module.Id, { Name = "child" })
    ao.assign({ Processes = { ao.id }, Message = ao.id })
    """
    result = ao.result(process_id, ao.message(process_id, code, **EVAL))

    [message], [assignment], [spawned] = (result[name] for name in OUTBOX)
    assert (message["Target"], message["Data"]) == (process_id, "one")
    assert len(message["Anchor"]) == 32
    assert message["Anchor"].isdigit()
    tags = {tag["name"]: tag["value"] for tag in message["Tags"]}
    assert tags["Action"] == "First"
    assert {"Data-Protocol", "Variant", "Type", "Reference"} <= set(tags)
    assert assignment == {"Processes": [process_id], "Message": process_id}
    assert {"Name", "Module"} <= {tag["name"] for tag in spawned["Tags"]}


def test_results_are_paged_in_both_orders(ao: AoConnect) -> None:
    process_id = ao.spawn(Name="pages")
    message_ids = [ao.message(process_id, f"return 'result {number}'", **EVAL) for number in range(1, 5)]
    ao.result(process_id, ao.message(process_id, "error('left out')", **EVAL))
    ao.result(process_id, message_ids[-1])
    ascending = ["", "result 1", "result 2", "result 3", "result 4"]

    def walk(sort: str) -> list[str]:
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = ao.call("results", process=process_id, limit=2, sort=sort, **cursor)
            if not page["edges"]:
                return seen
            seen += [edge["node"]["Output"]["data"] for edge in page["edges"]]
            # The window is meant in ascending order, whatever the page's: what comes next ends where this one began.
            end = page["edges"][-1]["cursor"]
            cursor = {"from_": end} if sort == "ASC" else {"to": _before(end)}

    assert walk("ASC") == ascending
    assert walk("DESC") == ascending[::-1]
    assert ao.sent[0].path.startswith(f"/results/{process_id}?to=")


def _before(cursor: str) -> str:
    """The time in front of a cursor; a plain time is a cursor, too."""
    return str(json.loads(b64decode(cursor))["timestamp"] - 1)


def test_results_between_two_cursors(ao: AoConnect) -> None:
    process_id = ao.spawn(Name="window")
    for number in range(4):
        ao.eval(process_id, f"return {number}")
    page = ao.call("results", process=process_id)
    assert ao.sent[0].path == f"/results/{process_id}?sort=ASC"
    cursors = [edge["cursor"] for edge in page["edges"]]
    # The lower end is left out, the upper one is in.
    found = ao.call("results", process=process_id, from_=cursors[1], to=cursors[3])
    assert [edge["cursor"] for edge in found["edges"]] == cursors[2:4]
    assert [edge["node"]["Output"]["data"] for edge in found["edges"]] == ["1", "2"]
    decoded = json.loads(b64decode(cursors[2]))
    assert list(decoded) == ["timestamp", "ordinate", "cron", "sort"]
    assert (decoded["ordinate"], decoded["cron"], decoded["sort"]) == ("2", None, "ASC")
    assert str(decoded["timestamp"]) == slot_of(ao, process_id, _message_at(ao, process_id, 2))["Timestamp"]


def _message_at(ao: AoConnect, process_id: str, nonce: int) -> str:
    params: dict[str, str | int] = {"process-id": process_id, "from-nonce": nonce - 1, "to-nonce": nonce}
    page = httpx.get(f"{ao.url}/{process_id}", params=params).json()
    found: str = page["edges"][0]["node"]["message"]["id"]
    return found


def test_dryrun_changes_nothing(ao: AoConnect) -> None:
    process_id = ao.spawn(Name="dry")
    answer = "function(m) Count = Count + 1 m.reply({ Data = Count .. m.Data }) end"
    ao.eval(process_id, f"Count = 1 Handlers.add('count', 'Count', {answer})")

    result = ao.call("dryrun", process=process_id, data="!", tags=tag_list({"Action": "Count"}), Owner="somebody")

    [post] = ao.sent
    assert (post.method, post.path) == ("POST", f"/dry-run?process-id={process_id}")
    assert post.headers == {"content-type": "application/json"}
    body = json.loads(post.body)
    assert list(body) == ["Id", "Target", "Owner", "Anchor", "Data", "Tags"]
    assert (body["Id"], body["Anchor"], body["Owner"]) == ("1234", "0", "somebody")
    assert list(result) == RESULT
    [reply] = result["Messages"]
    assert (reply["Target"], reply["Data"]) == ("somebody", "2!")
    assert ao.eval(process_id, "return Count") == "1"


def test_dryrun_evaluates_as_the_owner_that_is_named(ao: AoConnect, process_id: str) -> None:
    owner = httpx.get(f"{ao.url}/processes/{process_id}").json()["owner"]["address"]
    tags = tag_list(EVAL)
    result = ao.call("dryrun", process=process_id, data="return ao.id", tags=tags, Owner=owner)
    assert result["Output"]["data"] == process_id
    # Nobody in particular may not evaluate: for him it is a message like any other.
    result = ao.call("dryrun", process=process_id, data="return ao.id", tags=tags)
    assert "New Message From" in result["Output"]["data"]


def test_assign_gives_a_message_to_another_process(ao: AoConnect) -> None:
    source, target = ao.spawn(Name="source"), ao.spawn(Name="target")
    ao.eval(target, "ao.addAssignable('all', function() return true end)")
    message_id = ao.message(source, "for both", Action="Shared")

    assignment_id = ao.call("assign", process=target, message=message_id)

    [post] = ao.sent
    assert (post.method, post.path, post.body) == ("POST", f"/?process-id={target}&assign={message_id}", b"")
    assert is_id(assignment_id)
    entry = httpx.get(f"{ao.url}/{assignment_id}", params={"process-id": target}).json()
    assert entry["assignment"]["id"] == assignment_id
    assert {"name": "Message", "value": message_id} in entry["assignment"]["tags"]
    # Both ids name the slot.
    assert ao.result(target, assignment_id) == ao.result(target, message_id)
    assert ao.eval(target, "return Inbox[#Inbox].Data .. ' ' .. Inbox[#Inbox].Target") == f"for both {source}"


def test_assign_leaves_fields_out(ao: AoConnect) -> None:
    source, target = ao.spawn(Name="whole"), ao.spawn(Name="parts")
    ao.eval(target, "ao.addAssignable('all', function() return true end)")
    message_id = ao.message(source, "secret", Action="Shared")
    assignment_id = ao.call("assign", process=target, message=message_id, exclude=["Data", "Anchor"])
    assert ao.sent[0].path.endswith("&exclude=Data,Anchor")
    tags = httpx.get(f"{ao.url}/{assignment_id}", params={"process-id": target}).json()["assignment"]["tags"]
    assert [tag["value"] for tag in tags if tag["name"] == "Exclude"] == ["Data", "Anchor"]
    ao.result(target, assignment_id)
    assert "secret" not in ao.eval(target, "return tostring(Inbox[#Inbox].Data)")


def test_monitor_and_unmonitor(ao: AoConnect, process_id: str) -> None:
    monitor_id = ao.call("monitor", signer="arweave", process=process_id)
    [post] = ao.sent
    assert (post.method, post.path) == ("POST", f"/monitor/{process_id}")
    assert post.item.id == monitor_id
    assert encode_base64url(post.item.target) == process_id
    assert (pairs(post.item), post.item.data) == ([], b" ")
    with pytest.raises(CallFailed, match="Process already being monitored"):
        ao.call("monitor", signer="arweave", process=process_id)

    unmonitor_id = ao.call("unmonitor", signer="arweave", process=process_id)
    [delete] = ao.sent
    assert (delete.method, delete.path, delete.item.id) == ("DELETE", f"/monitor/{process_id}", unmonitor_id)
    with pytest.raises(CallFailed, match="Process monitor not found"):
        ao.call("unmonitor", signer="arweave", process=process_id)


def test_a_message_can_be_signed_now_and_sent_later(ao: AoConnect, process_id: str) -> None:
    arguments = {"process": process_id, "data": "return 'later'", "tags": tag_list(EVAL)}
    signed = ao.call("signMessage", signer="arweave", **arguments)
    assert ao.sent == []
    assert ao.call("result", process=process_id, message=signed["id"]) == {"error": "Message or Process not found"}

    assert ao.call("sendSignedMessage", **signed) == signed["id"]
    assert ao.result(process_id, signed["id"])["Output"]["data"] == "later"
    with pytest.raises(CallFailed, match="Message already exists"):
        ao.call("sendSignedMessage", **signed)


# The second one is the public network's, which dapps name.
@pytest.mark.parametrize("scheduler", [None, "_GQ33BkPtZrqxA84vM8Zk-N2aO0toNNu_C-l-rawrBA"])
def test_the_log_is_found_by_the_schedulers_location(ao: AoConnect, scheduler: str | None) -> None:
    """Whom the network's router does not know is found by GraphQL: by the process's tag and its scheduler's item."""
    process_id = ao.spawn(Name="log", scheduler=scheduler)
    arguments = {"process": process_id, "data": "return 1", "tags": tag_list(EVAL)}
    sent = ao.call("message", signer="arweave", returnAssignmentSlot=True, returnMessageId=True, **arguments)
    assert [asked.path.split("?")[0] for asked in ao.sent] == [
        "/",
        "https://su-router.ao-testnet.xyz/",
        "/graphql",
        "/graphql",
        f"/{sent['id']}",
    ]
    assert sent["slot"] == "1"
    assert ao.call("getLastSlot", processId=process_id) == "1"
    entry = ao.call("getMessageById", processId=process_id, messageId=sent["id"])
    assert entry["message"]["id"] == sent["id"]
    assert entry["message"]["data"] == "return 1"
    page = ao.call("getMessages", processId=process_id, from_="0", to="9999999999999", limit="10")
    assert page["page_info"] == {"has_next_page": False}
    assert [edge["node"]["message"]["id"] for edge in page["edges"]][-1] == sent["id"]


@pytest.mark.parametrize("signer", ["arweave", "ed25519", "ethereum", "whole"])
def test_every_kind_of_key_owns_its_process(ao: AoConnect, signer: str) -> None:
    process_id = ao.spawn(signer=signer, Name=signer)
    item = ao.sent[-1].item
    kind = {"arweave": 1, "whole": 1, "ed25519": 2, "ethereum": 3}[signer]
    assert item.signature_type == kind
    owner = address_of(item.owner, item.signature_type)
    assert ao.eval(process_id, "return Owner", signer=signer) == owner
    # An Ethereum address is known by its own form.
    assert owner.startswith("0x") == (signer == "ethereum")
    other = "arweave" if signer == "ed25519" else "ed25519"
    assert "New Message From" in ao.eval(process_id, "return Owner", signer=other)
    signed = ao.call("signMessage", signer=signer, process=process_id, data="return 2", tags=tag_list(EVAL))
    assert ao.call("sendSignedMessage", **signed) == signed["id"]
    assert ao.result(process_id, signed["id"])["Output"]["data"] == "2"
    monitor_id = ao.call("monitor", signer=signer, process=process_id)
    assert ao.sent[0].item.id == monitor_id


@pytest.mark.parametrize(
    "module",
    [
        "ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s",
        "JArYBF-D8q2OmZ4Mok00sD2Y_6SYEQ7Hjx-6VZ_jl3g",
        "Do_Uc2Sju_ffp6Ev0AnLVdPtot15rvMjP-a9VVaA5fM",
    ],
)
def test_modules_that_dapps_ask_for_are_answered(ao: AoConnect, module: str) -> None:
    process_id = ao.spawn(module=module)
    # What runs is another one, and says so.
    assert ao.eval(process_id, "return ao.env.Module.Id") == ao.node["module"]
    assert httpx.head(f"{ao.url}/{process_id}").headers["Runs-Module"] == ao.node["module"]


def test_the_nodes_own_module_is_answered(ao: AoConnect) -> None:
    process_id = ao.spawn(module=ao.node["module"])
    assert ao.eval(process_id, "return 'runs'") == "runs"


def test_cron_tags_are_written_as_the_node_reads_them(ao: AoConnect) -> None:
    tags = ao.call("serializeCron", interval="10-minutes", tags=[{"name": "Action", "value": "Tick"}])
    assert tags == [
        {"name": "Cron-Interval", "value": "10-minutes"},
        {"name": "Cron-Tag-Action", "value": "Tick"},
    ]
