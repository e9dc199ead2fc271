from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from aos_cli.config import expanded, find_home
from aos_cli.errors import ConfigError


def test_a_named_home_wins_over_the_variable(tmp_path: Path) -> None:
    variables = {"AOS_HOME": str(tmp_path / "variable")}
    named = find_home(tmp_path / "named", variables)
    assert named.data == named.state == named.configuration == tmp_path / "named"
    assert find_home(None, variables).data == tmp_path / "variable"
    assert find_home(str(tmp_path), {}).data == tmp_path


def test_everything_has_its_place_below_a_home(tmp_path: Path) -> None:
    home = find_home(tmp_path, {})
    places = (home.store, home.keys, home.wallet, home.histories, home.config_file)
    assert [str(place.relative_to(tmp_path)) for place in places] == [
        "store.sqlite", "node", "wallet.json", "history", "config.toml",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variables", [{}, {"AOS_HOME": ""}])
def test_without_a_home_the_systems_folders_are_used(variables: dict[str, str]) -> None:
    folders = platformdirs.PlatformDirs("aos", appauthor=False)
    home = find_home(None, variables)
    assert (home.data, home.state, home.configuration) == (
        folders.user_data_path, folders.user_state_path, folders.user_config_path,
    )  # fmt: skip
    assert home.data.name == "aos"


def test_a_home_may_be_relative_or_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find_home("here", {}).data == tmp_path / "here"
    assert find_home("~/there", {}).data == tmp_path / "there"


def test_a_relative_home_needs_a_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir("gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ConfigError, match="current directory was removed"):
        find_home("here", {})
    assert find_home(tmp_path, {}).data == tmp_path


@pytest.mark.parametrize("problem", [PermissionError(13, "Permission denied"), OSError(36, "File name too long")])
def test_a_home_that_cannot_be_looked_into(monkeypatch: pytest.MonkeyPatch, problem: OSError) -> None:
    def stat(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(ConfigError, match=f"/there cannot be looked into: {problem.strerror}"):
        find_home("/there", {})


def test_a_tilde_is_the_home_folder_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/keys") == tmp_path / "keys"
    assert expanded("~no-such-user/keys") == Path("~no-such-user/keys")
