from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.config import Home, find_home
from aos_cli.errors import ConfigError
from aos_cli.settings import Given, Settings, node_names, node_profile


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return find_home(tmp_path, {})


def settings(**given: str) -> Settings:
    return Settings([{name.replace("__", "."): Given(value, "aos.toml:1") for name, value in given.items()}])


def test_the_node_inside_the_program_is_over_the_home(home: Home) -> None:
    profile = node_profile(settings(), home)
    assert (profile.name, profile.store, profile.keys) == ("local", home.store, home.keys)


def test_a_profile_has_a_store_and_keys_of_its_own(home: Home) -> None:
    chosen = settings(node__default="test", nodes__test__store="/other")
    profile = node_profile(chosen, home)
    assert (profile.name, profile.store, profile.keys) == ("test", Path("/other/store.sqlite"), Path("/other/node"))
    assert node_names(chosen) == ["local", "test"]


def test_a_node_that_nobody_described(home: Home) -> None:
    with pytest.raises(ConfigError) as caught:
        node_profile(settings(node__default="tset", nodes__test__store="/other"), home)
    assert caught.value.message == "aos.toml:1: there is no node tset"
    assert caught.value.hint.startswith("Known: local, test; ")


def test_a_profile_without_a_folder(home: Home) -> None:
    with pytest.raises(ConfigError) as caught:
        node_profile(settings(node__default="test", nodes__test__type="local"), home)
    assert caught.value.message == "The node test has no folder for its store"
    assert "aos config set nodes.test.store FOLDER" in caught.value.hint
