from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.config import Home, find_home
from aos_cli.errors import ConfigError
from aos_cli.settings import (
    CU_URL,
    NODE,
    Given,
    LocalProfile,
    NetworkProfile,
    Option,
    Settings,
    load_settings,
    node_names,
    node_profile,
    user_file,
)

UNITS = ("mu_url", "su_url", "cu_url", "gateway_url")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return find_home(tmp_path, {})


def settings(**given: str) -> Settings:
    return Settings([{name.replace("__", "."): Given(value, "aos.toml:1") for name, value in given.items()}])


def layered(home: Home, text: str = "", variables: dict[str, str] | None = None, **options: str) -> Settings:
    """Settings from a file, variables and options."""
    home.config_file.write_text(text, "utf-8")
    file = user_file(home, None, cwd=home.data, variables={}, user_folder=home.data)
    given = [Option(NODE, "--node", options.get("node")), Option(CU_URL, "--cu-url", options.get("cu_url"))]
    return load_settings(file, cwd=home.data, variables=variables or {}, user_folder=home.data, options=given)


def network(chosen: Settings, home: Home) -> NetworkProfile:
    profile = node_profile(chosen, home)
    assert isinstance(profile, NetworkProfile)
    return profile


def addresses(profile: NetworkProfile) -> list[str]:
    return [getattr(profile, unit) for unit in UNITS]


# Local ones


def test_the_node_inside_the_program_is_over_the_home(home: Home) -> None:
    assert node_profile(settings(), home) == LocalProfile("local", home.store, home.keys)


def test_a_profile_has_a_store_and_keys_of_its_own(home: Home) -> None:
    chosen = settings(node__default="test", nodes__test__store="/other")
    assert node_profile(chosen, home) == LocalProfile("test", Path("/other/store.sqlite"), Path("/other/node"))
    assert node_names(chosen) == ["local", "legacynet", "test"]


def test_a_node_that_nobody_described(home: Home) -> None:
    with pytest.raises(ConfigError) as caught:
        node_profile(settings(node__default="tset", nodes__test__store="/other"), home)
    assert caught.value.message == "aos.toml:1: there is no node tset"
    assert caught.value.hint.startswith("Known: local, legacynet, test; ")


def test_a_profile_that_says_nothing(home: Home) -> None:
    with pytest.raises(ConfigError) as caught:
        node_profile(settings(node__default="test", nodes__test__type="local"), home)
    assert caught.value.message == "The node test has neither a folder for its store nor an address"
    assert "aos config set nodes.test.store FOLDER" in caught.value.hint


# Networks


def test_the_public_network_is_what_nobody_puts_something_else_in_the_place_of(home: Home) -> None:
    assert network(layered(home, node="legacynet"), home) == NetworkProfile("legacynet", "", "", "", "")


def test_units_come_from_options_then_variables_then_the_file(home: Home) -> None:
    text = '[legacynet]\nmu-url = "http://file"\nsu-url = "http://file"\ncu-url = "http://file"\n'
    variables = {"SU_URL": "http://variable", "CU_URL": "http://variable"}
    chosen = layered(home, text, variables, node="legacynet", cu_url="http://option")
    assert addresses(network(chosen, home)) == ["http://file", "http://variable", "http://option", ""]


def test_an_address_is_a_network_whose_units_are_all_there(home: Home) -> None:
    chosen = layered(home, "", {"MU_URL": "http://variable"}, node="http://127.0.0.1:4000/", cu_url="http://option")
    profile = network(chosen, home)
    assert profile.name == "http://127.0.0.1:4000"
    assert addresses(profile) == [profile.name, profile.name, "http://option", profile.name]


@pytest.mark.parametrize("address", ["http://", "ftp://host", "http://me:secret@host", "http://host?x=1"])
def test_an_address_that_is_none(home: Home, address: str) -> None:
    with pytest.raises(ConfigError, match=r"^--node must be the name of a node, or an address such as") as caught:
        node_profile(layered(home, node=address), home)
    assert "secret" not in caught.value.message


def test_a_section_with_an_address_is_a_network(home: Home) -> None:
    text = '[nodes.mine]\nurl = "http://all"\ncu-url = "http://compute"\nauthority = "' + "A" * 43 + '"\n'
    variables = {"MU_URL": "http://variable"}
    profile = network(layered(home, text, variables, node="mine"), home)
    assert addresses(profile) == ["http://all", "http://all", "http://compute", "http://all"]
    assert (profile.name, profile.authority, profile.scheduler) == ("mine", "A" * 43, "")
    assert network(layered(home, text, node="mine", cu_url="http://option"), home).cu_url == "http://option"


def test_what_a_section_leaves_open_comes_from_the_environment(home: Home) -> None:
    text = '[nodes.mine]\ntype = "legacynet"\ncu-url = "http://compute"\n'
    chosen = layered(home, text, {"MU_URL": "http://variable", "CU_URL": "http://variable"}, node="mine")
    assert addresses(network(chosen, home)) == ["http://variable", "", "http://compute", ""]


def test_an_option_that_names_a_unit_means_the_network(home: Home) -> None:
    assert network(layered(home, cu_url="http://option"), home).cu_url == "http://option"
    assert isinstance(node_profile(layered(home, "", {"CU_URL": "http://variable"}), home), LocalProfile)
    with pytest.raises(ConfigError, match=r"^--cu-url has nothing to say about the local node"):
        node_profile(layered(home, node="local", cu_url="http://option"), home)


def test_a_project_cannot_move_the_public_network(home: Home, tmp_path: Path) -> None:
    project = tmp_path / "work"
    project.mkdir()
    (project / "aos.toml").write_text('[legacynet]\nmu-url = "http://elsewhere"\n', "utf-8")
    file = user_file(home, None, cwd=project, variables={}, user_folder=tmp_path)
    with pytest.raises(ConfigError, match=r"legacynet\.mu-url cannot be set by a project"):
        load_settings(file, cwd=project, variables={}, user_folder=tmp_path)
