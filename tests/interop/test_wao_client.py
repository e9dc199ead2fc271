"""The client of wao against a served node: another library, with an older official one inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aoconnect_client import WALLET_FILE
from npm_peer import NpmPeer

PROGRAM = """
Count = Count or 0
Handlers.add("Count", "Count", function(msg)
  Count = Count + (tonumber(msg.Step) or 1)
  msg.reply({ Data = tostring(math.tointeger(Count)) })
end)
"""

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def wao(node_url: str) -> Iterator[Ask]:
    peer = NpmPeer("wao_client_peer.mjs", node_url, str(WALLET_FILE))

    def ask(name: str, *arguments: object) -> Any:
        answer = peer.ask(call=name, args=arguments)
        assert "error" not in answer, answer
        return answer.get("value")

    yield ask
    peer.close()


@pytest.fixture(scope="module")
def process_id(wao: Ask) -> str:
    deployed = wao("deploy", PROGRAM)
    assert deployed["err"] is None
    found: str = deployed["pid"]
    return found


def test_a_program_is_deployed_and_answers(wao: Ask, process_id: str) -> None:
    assert wao("ask", process_id, "Count") == "1"
    assert wao("ask", process_id, "Count", {"Step": "2"}) == "3"
    assert wao("dry", process_id, "Count") == "4"
    assert wao("dry", process_id, "Count") == "4"


def test_lua_is_evaluated_and_its_errors_are_seen(wao: Ask, process_id: str) -> None:
    done = wao("eval", process_id, "return 6 * 7")
    assert done["err"] is None
    assert wao("result", process_id, done["mid"])["Output"]["data"] == "42"
    assert wao("eval", process_id, "error('boom')")["err"] is True


def test_messages_are_assigned(wao: Ask, process_id: str) -> None:
    other = wao("deploy", "ao.addAssignable('all', function() return true end)")["pid"]
    done = wao("assign", other, wao("eval", process_id, "return 1")["mid"])
    assert done["err"] is None
    refused = wao("assign", process_id, process_id)
    assert refused["err"] == '400: {"error":"Message already exists"}'


def test_items_are_found_at_the_gateway(wao: Ask, process_id: str) -> None:
    found = wao("transaction", process_id)
    assert found["id"] == process_id
    assert {"name": "Type", "value": "Process"} in found["tags"]
    assert process_id in [entry["id"] for entry in wao("find", {"Type": "Process"})]
