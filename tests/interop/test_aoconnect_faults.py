"""What the official client library tells its user when something is wrong."""

from __future__ import annotations

import json

import pytest
from aoconnect_client import EVAL, NOBODY, AoConnect, CallFailed, tag_list

RED_ERROR = "\n\n\x1b[31merror:\n\x1b[0m"


@pytest.fixture(scope="module")
def process_id(ao: AoConnect) -> str:
    return ao.spawn(Name="faults")


def refusal(ao: AoConnect, name: str, /, **arguments: object) -> str:
    """The text with which a call is rejected."""
    with pytest.raises(CallFailed) as caught:
        ao.call(name, **arguments)
    return str(caught.value)


def of_node(status: int, text: str) -> str:
    """How the library shows an answer that is no success."""
    return f"{status}: " + json.dumps({"error": text}, separators=(",", ":"))


def spawning(ao: AoConnect, **changes: object) -> dict[str, object]:
    """The arguments of a spawn."""
    return {"signer": "arweave", "module": ao.node["module"], "scheduler": ao.node["scheduler"], "tags": [], **changes}


# What the library finds by itself: the node is not asked, or has told it


def test_an_unknown_module(ao: AoConnect) -> None:
    assert refusal(ao, "spawn", **spawning(ao, module=NOBODY)) == "Invalid Return 'undefined': Required."
    assert [asked.path for asked in ao.sent] == ["/graphql"]


def test_something_that_is_no_module(ao: AoConnect, process_id: str) -> None:
    assert (
        refusal(ao, "spawn", **spawning(ao, module=process_id)) == "Tag 'Type': value 'Module' was not found on module"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"anchor": "1"}, "Anchor must be 32 bytes"),
        ({"process": "abc"}, "Target must be 32 bytes but was incorrectly 2"),
        ({"tags": [{"name": "Number", "value": 1}]}, "'value': Expected string, received number."),
        ({"tags": [{"name": "Long", "value": "x" * 4096}]}, None),
    ],
)
def test_what_cannot_be_an_item_is_not_sent(
    ao: AoConnect, process_id: str, fields: dict[str, object], text: str | None
) -> None:
    said = refusal(ao, "message", **{"signer": "arweave", "process": process_id, **fields})
    assert said == text or said.startswith("Too many tag bytes")
    assert ao.sent == []


# What the node refuses


def test_an_unknown_process(ao: AoConnect) -> None:
    unknown = f"There is no process {NOBODY} here"
    assert refusal(ao, "message", signer="arweave", process=NOBODY) == of_node(404, unknown)
    assert refusal(ao, "monitor", signer="arweave", process=NOBODY) == of_node(404, unknown)
    assert ao.call("dryrun", process=NOBODY) == {"error": unknown}
    assert ao.call("result", process=NOBODY, message=NOBODY) == {"error": unknown}
    assert refusal(ao, "results", process=NOBODY) == "Invalid Return 'edges': Required."
    assert refusal(ao, "assign", process=NOBODY, message=NOBODY) == of_node(400, "Message or Process not found")


def test_an_unknown_message(ao: AoConnect, process_id: str) -> None:
    assert ao.call("result", process=process_id, message=NOBODY) == {"error": "Message or Process not found"}
    assert refusal(ao, "assign", process=process_id, message=NOBODY) == of_node(400, "Message or Process not found")


def test_a_message_that_is_in_the_log_already(ao: AoConnect, process_id: str) -> None:
    message_id = ao.message(process_id)
    assert refusal(ao, "assign", process=process_id, message=message_id) == of_node(400, "Message already exists")


def test_the_same_words_of_a_key_without_randomness(ao: AoConnect, process_id: str) -> None:
    fields = {"signer": "ed25519", "process": process_id, "data": "again"}
    ao.call("message", **fields)
    assert refusal(ao, "message", **fields) == of_node(400, "Message already exists")
    ao.call("message", **fields, anchor="1" * 32)


def test_a_message_of_the_base_layer(ao: AoConnect, process_id: str) -> None:
    said = refusal(ao, "assign", process=process_id, message=ao.message(process_id), baseLayer=True)
    text = "Messages of the base layer cannot be assigned: this node has no connection to Arweave"
    assert said == of_node(400, text)


def test_a_signature_that_does_not_hold(ao: AoConnect, process_id: str) -> None:
    said = refusal(ao, "message", signer="forged", process=process_id, data="return 1", tags=tag_list(EVAL))
    assert said.startswith('400: {"error":"\'body\': A valid and signed data item must be provided as the body.')


def test_a_key_of_a_kind_that_is_not_known(ao: AoConnect) -> None:
    said = refusal(ao, "spawn", **spawning(ao, signer="solana"))
    assert said.endswith('Signatures of type 4 (Solana) are not supported"}')


def test_an_item_that_is_too_large(ao: AoConnect, process_id: str) -> None:
    said = refusal(ao, "message", signer="arweave", process=process_id, data="x" * (10 * 1024 * 1024))
    assert said == of_node(413, "The body is larger than 10,485,760 bytes")


def test_a_cursor_that_is_none(ao: AoConnect, process_id: str) -> None:
    assert refusal(ao, "results", process=process_id, from_="yesterday") == "Invalid Return 'edges': Required."


# Errors of Lua


def test_an_error_while_it_runs(ao: AoConnect, process_id: str) -> None:
    message_id = ao.message(process_id, "Kept = 1 print('before') error('boom')", **EVAL)
    result = ao.result(process_id, message_id)
    assert result["Error"].startswith("before" + RED_ERROR)
    assert '[string "aos"]:1: boom' in result["Error"]
    assert [result[name] for name in ("Messages", "Assignments", "Spawns", "Output")] == [[], [], [], ""]


def test_an_error_in_the_text(ao: AoConnect, process_id: str) -> None:
    result = ao.result(process_id, ao.message(process_id, "x = = 1", **EVAL))
    assert result["Error"] == "[string \"aos\"]:1: unexpected symbol near '='"


def test_an_error_in_a_handler_leaves_everything_else_as_it_was(ao: AoConnect) -> None:
    process_id = ao.spawn(Name="fragile")
    ao.eval(process_id, "Handlers.add('break', 'Break', function() Send({ Target = ao.id }) error('broken') end)")
    result = ao.result(process_id, ao.message(process_id, Action="Break"))
    assert "broken" in result["Error"]
    assert [result[name] for name in ("Messages", "Assignments", "Spawns")] == [[], [], []]
    assert ao.eval(process_id, "return 'still here'") == "still here"
    # Evaluations with an error are left out.
    assert not any("broken" in output for output in ao.outputs(process_id))


def test_an_evaluation_that_takes_too_long_for_a_request(impatient: AoConnect) -> None:
    process_id = impatient.spawn(Compute_Limit="200000000")
    message_id = impatient.message(process_id, "for i = 1, 10^9 do local n = i end", **EVAL)
    said = impatient.result(process_id, message_id)
    assert said == {"message": f'Evaluation of process "{process_id}" to "{message_id}" is in progress.'}


def test_a_node_that_is_not_there(ao: AoConnect) -> None:
    # Nobody listens at the discard port.
    alone = AoConnect("http://127.0.0.1:9")
    try:
        said = refusal(alone, "message", signer="ed25519", process=NOBODY)
        assert said == "Error while communicating with MU: {}"
        assert refusal(alone, "result", process=NOBODY, message=NOBODY) == "fetch failed"
    finally:
        alone.close()
