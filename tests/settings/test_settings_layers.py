from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.config import find_home
from aos_cli.errors import ConfigError
from aos_cli.settings import (
    COLOUR,
    FORMAT,
    MAX_ITEMS,
    MODULE,
    NODE,
    TIMING,
    WALLET,
    Given,
    Option,
    Settings,
    load_settings,
    setting_named,
    shown_value,
    user_file,
)


class User:
    """Somebody with a home and a project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ada"
        self.cwd = self.folder / "project"
        self.cwd.mkdir(parents=True)
        self.variables: dict[str, str] = {}

    def own(self, text: str) -> None:
        (self.folder / "config.toml").write_text(text)

    def project(self, text: str) -> None:
        (self.cwd / "aos.toml").write_text(text)

    def load(self, *options: Option, config: str | None = None) -> Settings:
        home = find_home(self.folder, {})
        around = {"cwd": self.cwd, "user_folder": self.folder}
        file = user_file(home, config, variables=self.variables, **around)  # type: ignore[arg-type]
        return load_settings(file, variables=self.variables, options=options, **around)  # type: ignore[arg-type]


@pytest.fixture
def ada(tmp_path: Path) -> User:
    return User(tmp_path)


def test_defaults_hold_without_anything(ada: User) -> None:
    settings = ada.load()
    assert settings[FORMAT] == "pretty"
    assert settings.origin(FORMAT) == "default"
    assert settings.is_default(FORMAT)
    assert settings.project is None


def test_the_strongest_layer_holds(ada: User) -> None:
    """Default, own file, project, variable, option, session: each goes before those on its left."""
    assert (ada.load()[NODE], ada.load().origin(NODE)) == ("local", "default")
    ada.own("[node]\ndefault = 'own'\n")
    assert (ada.load()[NODE], ada.load().origin(NODE)) == ("own", "~/config.toml:2")
    ada.project("node.default = 'project'\n")
    assert (ada.load()[NODE], ada.load().origin(NODE)) == ("project", "aos.toml:1")
    ada.variables["AOS_NODE"] = "variable"
    assert (ada.load()[NODE], ada.load().origin(NODE)) == ("variable", "AOS_NODE")
    settings = ada.load(Option(NODE, "--node", "option"))
    assert (settings[NODE], settings.origin(NODE)) == ("option", "--node")
    settings.set(NODE, "session")
    assert (settings[NODE], settings.origin(NODE)) == ("session", ".set")
    settings.reset(NODE)
    assert settings[NODE] == "option"


def test_layers_add_up(ada: User) -> None:
    ada.own("[shell]\nformat = 'json'\ntiming = true\n")
    ada.project("[shell]\nformat = 'lua'\n")
    settings = ada.load(Option(COLOUR, "--color", None))
    assert (settings[FORMAT], settings[TIMING], settings[COLOUR]) == ("lua", True, "auto")
    assert settings.project == ada.cwd / "aos.toml"


def test_an_empty_variable_says_nothing(ada: User) -> None:
    ada.variables.update(AOS_NODE="", AOS_CONFIG="", AOS_MODULE="", AOS_WALLET="")
    settings = ada.load()
    assert settings.is_default(NODE)
    assert settings.is_default(MODULE)
    assert settings.is_default(WALLET)


def test_what_is_wrong_in_a_variable_names_it(ada: User) -> None:
    ada.variables["AOS_MODULE"] = "nothing"
    with pytest.raises(ConfigError, match=r"^AOS_MODULE: module\.default must be an id of 43 characters"):
        ada.load()


def test_another_file_can_be_named(ada: User) -> None:
    ada.own("[shell]\nformat = 'json'\n")
    (ada.cwd / "mine.toml").write_text("[shell]\ntiming = true\n")
    assert ada.load(config="mine.toml").origin(TIMING) == "mine.toml:2"
    assert ada.load(config="mine.toml")[FORMAT] == "pretty"
    ada.variables["AOS_CONFIG"] = "mine.toml"
    assert ada.load()[TIMING] is True
    with pytest.raises(ConfigError, match=r"^--config: there is no file other\.toml$"):
        ada.load(config="other.toml")
    ada.variables["AOS_CONFIG"] = "other.toml"
    with pytest.raises(ConfigError, match=r"^AOS_CONFIG: there is no file other\.toml$"):
        ada.load()


def test_a_wallet_of_a_file_is_beside_it(ada: User) -> None:
    ada.own("[wallet]\ndefault = './dev.json'\n")
    assert ada.load()[WALLET] == str(ada.folder / "dev.json")
    ada.variables["AOS_WALLET"] = "./dev.json"
    assert ada.load()[WALLET] == str(ada.cwd / "dev.json")


def test_a_project_adds_names_and_changes_none(ada: User) -> None:
    ada.own("[alias]\nbalance = 'mine'\n[nodes.test]\nstore = 'mine'\n")
    ada.project(
        "[alias]\nbalance = 'theirs'\nmint = 'theirs'\n[nodes.test]\ntype = 'local'\n[nodes.more]\nstore = 'x'\n"
    )
    settings = ada.load()
    assert settings.aliases() == {"balance": "mine", "mint": "theirs"}
    assert settings.node_names() == ["more", "test"]
    kind, store = setting_named("nodes.test.type"), setting_named("nodes.test.store")
    assert kind is not None
    assert store is not None
    assert settings.is_default(kind)
    assert settings[store] == str(ada.folder / "mine")


def test_the_session_may_make_names() -> None:
    settings = Settings()
    alias = setting_named("alias.b")
    assert alias is not None
    settings.set(alias, "Balance()")
    assert settings.aliases() == {"b": "Balance()"}
    assert [setting.name for setting in settings.all()][-1] == "alias.b"


def test_the_session_refuses_what_is_wrong() -> None:
    settings = Settings()
    with pytest.raises(ConfigError, match=r"^\.set: shell\.max-items must be"):
        settings.set(MAX_ITEMS, 0)
    assert settings.is_default(MAX_ITEMS)


def test_the_list_says_what_somebody_set() -> None:
    settings = Settings([{TIMING.name: Given(False, "aos.toml:3")}])
    rows = {name: rest for name, *rest in settings.rows()}
    assert rows["shell.timing"] == ["false", "aos.toml:3", True]
    assert rows["shell.max-items"] == ["50", "default", False]


@pytest.mark.parametrize(("value", "shown"), [(True, "true"), (False, "false"), (7, "7"), ("a b", "a b"), ("", "")])
def test_a_value_is_shown_as_it_is_written(value: object, shown: str) -> None:
    assert shown_value(value) == shown
