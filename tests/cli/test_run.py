"""`aos run` and `aos eval`: Lua from files, standard input and the command line."""

from __future__ import annotations

import json

import pytest
from program import Program


def test_a_file_runs_in_a_process_that_leaves_nothing(newcomer: Program) -> None:
    newcomer.write("app.lua", "print('hello') return 1 + 1")
    ended = newcomer("run", "app.lua")
    assert (ended.status, ended.out, ended.err) == (0, "hello\n2\n", "")
    assert newcomer.files() == {"user/app.lua"}


def test_each_run_is_a_fresh_process(newcomer: Program) -> None:
    newcomer.write("app.lua", "count = (count or 0) + 1 return count")
    assert [newcomer("run", "app.lua").out for _ in range(2)] == ["1\n", "1\n"]


def test_what_the_file_requires_is_found_on_disk(newcomer: Program) -> None:
    newcomer.write("src/app.lua", "local shapes = require('lib.shapes') return shapes.area(3)")
    newcomer.write("src/lib/shapes.lua", "local M = {} function M.area(a) return a * a end return M")
    assert newcomer("run", "src/app.lua").out == "9\n"


def test_messages_are_followed_until_they_settle(newcomer: Program) -> None:
    newcomer.write(
        "app.lua",
        """
        Handlers.add("Count", "Count", function(msg)
          local n = tonumber(msg.Data)
          print("count " .. msg.Data)
          if n > 1 then Send({Target = ao.id, Action = "Count", Data = tostring(n - 1)}) end
        end)
        Send({Target = ao.id, Action = "Count", Data = "3"})
        return "begun"
        """,
    )
    ended = newcomer("run", "app.lua")
    assert ended.out.splitlines() == ["begun", "count 3", "count 2", "count 1"]
    assert ended.err.count("Count") == 3  # what was sent is told on the side


def test_following_is_bounded(newcomer: Program) -> None:
    newcomer.write(
        "app.lua",
        "local function ping() Send({Target = ao.id, Action = 'P'}) end Handlers.add('P', 'P', ping) ping()",
    )
    newcomer.home.mkdir()
    (newcomer.home / "config.toml").write_text("[limits]\nfollow = 7\n")
    ended = newcomer("run", "app.lua")
    assert ended.status == 0
    assert "stopped following after 7 messages" in ended.err


def test_a_child_answers_and_the_waiting_file_goes_on(newcomer: Program) -> None:
    newcomer.write(
        "app.lua",
        """
        local child = Spawn(ao.env.Module.Id, {Name = "child"}).receive().Process
        local code = "Handlers.add('Ping', 'Ping', function(msg) msg.reply({Data = 'pong'}) end)"
        Send({Target = child, Action = "Eval", Data = code})
        local answer = Send({Target = child, Action = "Ping"}).receive()
        print("the child says " .. answer.Data)
        """,
    )
    ended = newcomer("run", "app.lua")
    assert (ended.status, ended.out) == (0, "the child says pong\n"), ended.err
    assert "spawned child" in ended.err


def test_arguments_are_in_arg(newcomer: Program) -> None:
    newcomer.write("app.lua", "print(table.concat({arg[0], #arg, ...}, '|'))\nreturn arg[1] == ...")
    ended = newcomer("run", "app.lua", "one", "--two", "-3", "four five", "")
    assert ended.out == "app.lua|5|one|--two|-3|four five|\ntrue\n"


@pytest.mark.parametrize("words", [["run", "-"], ["eval", "alice", "-"], ["alice"], []])
def test_standard_input_is_evaluated_as_one_chunk(aos: Program, words: list[str]) -> None:
    ended = aos(*words, stdin="local a = 1\nlocal b = 2\nreturn a + b\n")
    assert (ended.status, ended.out) == (0, "3\n")


def test_standard_input_may_require_files(newcomer: Program) -> None:
    newcomer.write("shapes.lua", "return {corners = 4}")
    assert newcomer("run", "-", stdin="return require('shapes').corners").out == "4\n"


def test_a_lasting_process_keeps_what_a_file_did(aos: Program) -> None:
    aos.write("app.lua", "count = (count or 0) + #arg return count")
    ended = aos("run", "--process", "alice", "app.lua", "x", "y")
    assert (ended.status, ended.out) == (0, "2\n")
    assert "spawned the process alice" in ended.err
    assert aos("run", "--process=alice", "app.lua", "z").out == "3\n"
    assert aos("eval", "alice", "count").out == "3\n"


def test_the_same_line_twice_is_two_messages(aos: Program) -> None:
    """Ed25519 signatures are alike for like content: the items must differ all the same."""
    line = "count = (count or 0) + 1 return count"
    assert [aos("eval", "alice", line).out for _ in range(2)] == ["1\n", "2\n"]


def test_an_error_names_the_file_the_line_and_the_handler(newcomer: Program) -> None:
    newcomer.write("my dir/app.lua", "require('deep')\nSend({Target = ao.id, Action = 'Go'})")
    newcomer.write("my dir/deep.lua", "Handlers.add('Goer', 'Go', function(msg)\n  local t = nil\n  t.x = 1\nend)")
    ended = newcomer("run", "my dir/app.lua")
    assert ended.status == 1
    assert "my dir/deep.lua:3: attempt to index a nil value (local 't')" in ended.err
    assert "in handler Goer" in ended.err


def test_what_was_printed_before_an_error_is_output(newcomer: Program) -> None:
    newcomer.write("app.lua", "print('before')\nerror('after')")
    ended = newcomer("run", "app.lua")
    assert (ended.status, ended.out) == (1, "before\n")
    assert ended.err.startswith("error: app.lua:2: after")


def test_a_syntax_error_names_its_line(newcomer: Program) -> None:
    newcomer.write("app.lua", "print(1)\nprint(2)\nprint(3))\n")
    ended = newcomer("run", "app.lua")
    assert (ended.status, ended.out) == (1, "")
    assert "app.lua:3: " in ended.err


# JSON


def test_json_has_a_line_for_each_result(newcomer: Program) -> None:
    newcomer.write("app.lua", "print('hi') Send({Target = ao.id, Action = 'Note', Data = 'x'}) return {1, a = 'b'}")
    ended = newcomer("run", "--json", "app.lua")
    first, second = ended.json
    assert (first["ok"], first["error"], first["rolled_back"]) == (True, None, False)
    assert first["output"].startswith("hi\n")
    [sent] = first["messages"]
    assert (sent["action"], sent["data"], sent["state"], sent["slot"]) == ("Note", "x", "delivered", second["slot"])
    assert (second["action"], second["from"]) == ("Note", first["process"])
    assert second["inbox"] == first["inbox"] + 1 or second["inbox"] == first["inbox"]
    assert all(isinstance(entry["time_ms"], float) for entry in (first, second))
    assert ended.err == ""


@pytest.mark.parametrize(
    ("code", "value"),
    [("1 + 1", 2), ("'text'", "text"), ("{1, 2}", [1, 2]), ("{a = {b = true}}", {"a": {"b": True}}), ("nil", None)],
)
def test_json_has_the_value(aos: Program, code: str, value: object) -> None:
    [record] = aos("eval", "alice", "--json", code).json
    assert record["value"] == value


def test_json_has_the_error_and_the_status_too(newcomer: Program) -> None:
    newcomer.write("app.lua", "local function f()\n  error('no')\nend\nf()")
    ended = newcomer("run", "--json", "app.lua")
    [record] = ended.json
    assert (ended.status, record["ok"], record["value"]) == (1, False, None)
    error = record["error"]
    assert (error["message"], error["file"], error["line"], error["handler"]) == ("no", "app.lua", 2, None)
    assert "traceback" in error


def test_json_is_pure(newcomer: Program) -> None:
    """Whatever a process prints, each line is one object and none acts on a terminal."""
    newcomer.write("app.lua", r"print('\27[31mred\27[0m \27[2J\n\0 \u{202e}' .. string.char(255)) return '\27]0;t\7'")
    ended = newcomer("run", "--json", "app.lua", colour="always")
    [record] = ended.json
    assert "\x1b" not in ended.out
    assert record["output"].startswith("red \\x1b[2J\n\\x00 \\u{202e}")
    assert json.dumps(record)


def test_json_has_nothing_but_json_on_standard_output(aos: Program) -> None:
    ended = aos("eval", "alice", "--json", "Spawn(ao.env.Module.Id, {Name = 'kid'}) return 1")
    assert [record["name"] for record in ended.json] == ["alice", "kid", "alice"] or len(ended.json) >= 2
    assert ended.json[0]["spawns"][0]["tags"]["Name"] == "kid"
