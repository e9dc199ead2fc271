from __future__ import annotations

from typing import Any

import pytest

from aos_cli.errors import UsageError
from aos_cli.machine.port import Limits
from aos_cli.settings import COMPUTE_LIMIT, MEMORY_LIMIT, NODE, SETTINGS, Setting, find_setting, setting_named
from aos_cli.settings.declared import family_of, is_section, suggestion
from aos_cli.units.compute import memory_bytes


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_default_is_a_value_of_its_setting(setting: Setting[Any]) -> None:
    assert setting.check(setting.default, "default") == setting.default
    assert setting.help.endswith(".")
    assert setting.help[0].isupper()
    assert len(setting.help) <= 80


def test_the_limits_are_those_of_the_machine() -> None:
    assert COMPUTE_LIMIT.default == Limits().compute
    assert memory_bytes(MEMORY_LIMIT.default) == Limits().memory_bytes


@pytest.mark.parametrize("text", ["512-mb", "1-KB", "999999-gb", "000001-mb", "0001-mb", "7-kb"])
def test_a_memory_limit_is_one_that_the_node_takes(text: str) -> None:
    assert MEMORY_LIMIT.check(text, "here") == text
    assert memory_bytes(text) > 0


@pytest.mark.parametrize("text", ["0000001-mb", "1000000-mb", "0-mb", "1-tb", "-1-mb", "\uff11-mb"])
def test_a_memory_limit_that_the_node_refuses_is_refused_before(text: str) -> None:
    assert not MEMORY_LIMIT.kind.accepts(text)


def test_a_project_may_not_run_programs_name_keys_or_drop_questions() -> None:
    assert {setting.name for setting in SETTINGS if not setting.from_project} == {
        "shell.pager", "shell.editor", "shell.startup", "shell.confirm", "wallet.default",
        "legacynet.mu-url", "legacynet.su-url", "legacynet.cu-url", "legacynet.gateway-url",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("shell.format", "shell.format"),
        ("format", "shell.format"),
        ("max-items", "shell.max-items"),
        ("compute", "limits.compute"),
        ("alias.b", "alias.b"),
        ("nodes.test.store", "nodes.test.store"),
        ("nodes.test.type", "nodes.test.type"),
    ],
)
def test_a_setting_is_found_by_a_name_that_only_it_has(word: str, name: str) -> None:
    assert find_setting(word).name == name


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("default", "default may be node.default or wallet.default or module.default", "Write the whole name"),
        ("formt", "There is no setting formt", "Did you mean format?"),
        ("shell.formt", "There is no setting shell.formt", "Did you mean format?"),
        ("shel.format", "There is no setting shel.format", "Known: alias, legacynet, limits, module, node, nodes, "),
        ("node", "There is no setting node", "There is node.default"),
        ("zzzz", "There is no setting zzzz", "`aos config` lists them"),
        ("alias.", "There is no setting alias.", "Known: "),
        ("nodes.x.port", "There is no setting nodes.x.port", "Known: authority, cu-url, gateway-url, module, mu-url, "),
        ("nodes.locals.stor", "There is no setting nodes.locals.stor", "Did you mean store?"),
        ("nodes.legacynet.url", "There is no setting nodes.legacynet.url", "legacynet is the public network"),
        ("nodes.local.store", "There is no setting nodes.local.store", "local is the node inside the program"),
    ],
)
def test_a_name_that_is_none_is_told_with_the_nearest(word: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_setting(word)
    assert caught.value.message == message
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["", "alias", "alias.b.c", "alias.1", "nodes.x", "nodes.x.", "alias." + "a" * 200])
def test_what_is_no_setting(name: str) -> None:
    assert setting_named(name) is None


def test_users_name_aliases_and_nodes() -> None:
    assert family_of("alias.b") == "alias.b"
    assert family_of("nodes.x.store") == "nodes.x"
    assert family_of(NODE.name) == ""


@pytest.mark.parametrize("path", [(), ("shell",), ("alias",), ("nodes",), ("nodes", "x")])
def test_a_section(path: tuple[str, ...]) -> None:
    assert is_section(path)


@pytest.mark.parametrize(
    "path", [("shel",), ("shell", "x"), ("alias", "b"), ("nodes", "local"), ("nodes", "x", "y"), ("nodes", "1")]
)
def test_no_section(path: tuple[str, ...]) -> None:
    assert not is_section(path)


def test_a_very_long_name_is_answered_at_once() -> None:
    assert suggestion("shell." + "x" * 1_000_000).startswith("Known: ")
