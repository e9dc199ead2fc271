from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aos_cli.errors import ConfigError
from aos_cli.settings.declared import (
    COMPUTE_LIMIT,
    FORMAT,
    MAX_DEPTH,
    MEMORY_LIMIT,
    MODULE,
    PAGER,
    PROMPT,
    PROMPT_FIELDS,
    STARTUP,
    STYLE,
    TIMING,
    WALLET,
)
from aos_cli.settings.kinds import Setting


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (TIMING, "on", True), (TIMING, "Yes", True), (TIMING, "true", True),
        (TIMING, "off", False), (TIMING, "no", False), (TIMING, "FALSE", False),
        (MAX_DEPTH, "7", 7), (COMPUTE_LIMIT, "1_000", 1000), (COMPUTE_LIMIT, str(2**63 - 1), 2**63 - 1),
        (FORMAT, "json", "json"),
        (MEMORY_LIMIT, "64-MB", "64-MB"),
        (MODULE, "a" * 43, "a" * 43), (MODULE, "", ""),
        (STYLE, "monokai", "monokai"), (STYLE, "", ""),
        (PROMPT, "{name}@{node}[{unread}]> ", "{name}@{node}[{unread}]> "), (PROMPT, "{{{name}}}", "{{{name}}}"),
    ],
)  # fmt: skip
def test_a_text_is_read(setting: Setting[Any], text: str, value: object) -> None:
    assert setting.parse(text, "here", Path("/folder")) == value


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        (TIMING, 1, "true or false, not 1"),
        (TIMING, "on", "true or false, not 'on'"),
        (MAX_DEPTH, 0, "a whole number from 1 to 100, not 0"),
        (MAX_DEPTH, 101, "a whole number from 1 to 100, not 101"),
        (MAX_DEPTH, True, "a whole number from 1 to 100, not True"),
        (MAX_DEPTH, 1.5, "not 1.5"),
        (MAX_DEPTH, "5", "not '5'"),
        (COMPUTE_LIMIT, 2**63, f"a whole number from 1 to {2**63 - 1}, not {2**63}"),
        (FORMAT, "xml", "pretty, lua, json, raw or table, not 'xml'"),
        (FORMAT, ["json"], "not ['json']"),
        (MEMORY_LIMIT, 64, 'a size such as "512-mb", not 64'),
        (MEMORY_LIMIT, "0-mb", "not '0-mb'"),
        (MEMORY_LIMIT, "64mb", "not '64mb'"),
        (MODULE, "short", "an id of 43 characters, not 'short'"),
        (STYLE, "monokia", "the name of a Pygments style, such as monokai, not 'monokia'"),
        (STYLE, False, "not False"),
        (PAGER, " ", "auto, never or a command, not ' '"),
        (PROMPT, "{user}", "{unread} stand in braces, not '{user}'"),
        (PROMPT, "{name.__class__}", "not '{name.__class__}'"),
        (PROMPT, "{name:>1000000000}", "not '{name:>1000000000}'"),
        (PROMPT, "{", "not '{'"),
        (PROMPT, 5, "not 5"),
        (STARTUP, "a\nb", r"a file, not 'a\nb'"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_wanted(setting: Setting[Any], value: object, wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        setting.check(value, "there:3")
    assert caught.value.message.startswith(f"there:3: {setting.name} must be ")
    assert caught.value.message.endswith(wanted)


@pytest.mark.parametrize(("setting", "text", "meant"), [(FORMAT, "jsn", "json"), (TIMING, "ture", "true")])
def test_the_nearest_word_is_suggested(setting: Setting[Any], text: str, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        setting.parse(text, "here", Path("/"))
    assert caught.value.hint == f"Did you mean {meant}?"


def test_a_key_in_the_place_of_its_file_is_not_repeated() -> None:
    key = '{"kty":"RSA","d":"secret-of-somebody-that-must-not-be-shown"}'
    with pytest.raises(ConfigError) as caught:
        WALLET.parse(key, "AOS_WALLET", Path("/"))
    assert "secret" not in caught.value.message + caught.value.hint
    assert caught.value.message == (
        "AOS_WALLET: wallet.default must be the name or the file of a wallet, not what is there"
    )


def test_every_prompt_that_is_accepted_can_be_filled() -> None:
    values = dict.fromkeys(PROMPT_FIELDS, "x")
    template = "".join(f"{{{field}}}" for field in PROMPT_FIELDS) + "{{}}"
    assert PROMPT.check(template, "here").format_map(values) == "x" * len(PROMPT_FIELDS) + "{}"


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (STARTUP, "first.lua", "/folder/first.lua"),
        (STARTUP, "/other/first.lua", "/other/first.lua"),
        (STARTUP, "", ""),
        (WALLET, "dev", "dev"),
        (WALLET, "./dev.json", "/folder/dev.json"),
        (WALLET, "keys/dev.json", "/folder/keys/dev.json"),
    ],
)
def test_a_path_is_relative_to_the_folder_of_whoever_gives_it(setting: Setting[str], text: str, value: str) -> None:
    assert setting.parse(text, "here", Path("/folder")) == value


def test_a_path_may_begin_at_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert STARTUP.parse("~/first.lua", "here", Path("/folder")) == "/home/ada/first.lua"
