from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from aos_cli.config import Config, expanded, find_home, read_config
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


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "[limits]\n"])
def test_the_defaults_hold_without_settings(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "config.toml" if text is None else written(tmp_path, text)
    assert read_config(file) == Config(None, None, 1000)


def test_settings_are_read(tmp_path: Path) -> None:
    text = '[limits]\ncompute = 5_000_000\nmemory = "64-mb"\nfollow = 7\n'
    assert read_config(written(tmp_path, text)) == Config(5_000_000, "64-mb", 7)


@pytest.mark.parametrize(
    ("text", "named", "suggested"),
    [
        ("[limit]\ncompute = 1", "[limit]", "Did you mean limits?"),
        ("[Colours]", "[Colours]", "Known: limits"),
        ("compute = 1", "[compute]", "Known: limits"),
        ("limits = 1", "[limits]", "limits"),
        ("[limits]\ncomputes = 1", "computes in [limits]", "Did you mean compute?"),
        ("[limits]\nMemory = '1-mb'", "Memory in [limits]", "Did you mean memory?"),
        ("[limits]\nzzz = 1", "zzz in [limits]", "Known: compute, follow, memory"),
    ],
)
def test_a_wrong_name_is_told_with_the_right_one(tmp_path: Path, text: str, named: str, suggested: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert str(file) in caught.value.message
    assert named in caught.value.message
    assert suggested in caught.value.hint


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("compute = 0", "a whole number above 0, not 0"),
        ("compute = -1", "a whole number above 0, not -1"),
        ("compute = true", "a whole number above 0, not True"),
        ("compute = 1.5", "a whole number above 0, not 1.5"),
        ('compute = "5"', "a whole number above 0, not '5'"),
        ("follow = 0", "a whole number above 0, not 0"),
        ("follow = []", "a whole number above 0, not []"),
        ("memory = 64", "a text, not 64"),
        ("memory = {}", "a text, not {}"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_wanted(tmp_path: Path, setting: str, wanted: str) -> None:
    file = written(tmp_path, f"[limits]\n{setting}\n")
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert f"{file}: limits.{setting.split()[0]} must be {wanted}" in caught.value.message


@pytest.mark.parametrize("text", ["[limits", "x", b"\xff\xfe", "[limits]\nfollow = 1\nfollow = 2"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str | bytes) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert f"{file} cannot be read" in caught.value.message


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path)


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
