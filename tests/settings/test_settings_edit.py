from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aos_cli.errors import ConfigError
from aos_cli.settings import SETTINGS
from aos_cli.settings.edit import drop_setting, keep_setting, make_template
from aos_cli.settings.files import read_layer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("before", "name", "value", "after"),
    [
        ("", "shell.format", "json", '[shell]\nformat = "json"\n'),
        ("# mine\n", "limits.follow", 7, "# mine\n\n[limits]\nfollow = 7\n"),
        ('[shell] # s\nformat = "lua" # why\n', "shell.format", "json", '[shell] # s\nformat = "json" # why\n'),
        (
            '[shell]\nformat = "lua"\n\n# of limits\n[limits]\nfollow = 7\n', "shell.timing", True,
            '[shell]\nformat = "lua"\ntiming = true\n\n# of limits\n[limits]\nfollow = 7\n',
        ),
        ('[shell]\nformat = "lua"', "shell.timing", True, '[shell]\nformat = "lua"\ntiming = true\n'),
        ('shell.format = "lua"\n', "shell.format", "json", 'shell.format = "json"\n'),
        ('shell = {format = "lua"}\n', "shell.format", "json", 'shell = {format = "json"}\n'),
        ("", "nodes.test.store", "/x", '[nodes.test]\nstore = "/x"\n'),
        ('[alias]\na = "1"\n', "alias.b", "2", '[alias]\na = "1"\nb = "2"\n'),
    ],
)  # fmt: skip
def test_a_value_is_kept_and_the_rest_stays(file: Path, before: str, name: str, value: int | str, after: str) -> None:
    file.write_text(before)
    keep_setting(file, "config.toml", name, value)
    assert file.read_text() == after


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        ('[shell]\nformat = "lua"\ntiming = true # t\n', "shell.format", "[shell]\ntiming = true # t\n"),
        ("[limits]\ncomptue = 1\n", "limits.comptue", "[limits]\n"),
        ("old = 1\n[shell]\n", "old", "[shell]\n"),
    ],
)
def test_a_name_is_dropped(file: Path, before: str, name: str, after: str) -> None:
    file.write_text(before)
    assert drop_setting(file, "config.toml", name)
    assert file.read_text() == after


@pytest.mark.parametrize("name", ["shell.format", "shell.x.y", "none.at.all", "format"])
def test_a_name_that_is_not_there_is_left_alone(file: Path, name: str) -> None:
    assert not drop_setting(file, "config.toml", name)
    assert not file.exists()
    file.write_text("[shell]\nx = 1 # one\n")
    assert not drop_setting(file, "config.toml", name)
    assert file.read_text() == "[shell]\nx = 1 # one\n"


@settings(max_examples=60)
@given(values=st.dictionaries(st.sampled_from(["alias.a", "alias.b", "shell.prompt", "nodes.x.store"]), st.text()))
def test_any_text_comes_back(values: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("any") / "config.toml"
    file.write_text("[shell]\n# a comment\n")
    for name, value in values.items():
        keep_setting(file, "config.toml", name, value)
    content = tomllib.loads(file.read_text("utf-8"))
    for name, value in values.items():
        found: object = content
        for part in name.split("."):
            assert isinstance(found, dict)
            found = found[part]
        assert found == value
    assert "# a comment" in file.read_text("utf-8")


def test_a_new_file_is_the_users_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    keep_setting(file, "config.toml", "shell.timing", True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    file.chmod(0o644)
    keep_setting(file, "config.toml", "shell.timing", False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [entry.name for entry in file.parent.iterdir()] == ["config.toml"]


def test_a_link_stays_one(tmp_path: Path, file: Path) -> None:
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("")
    file.symlink_to(kept)
    keep_setting(file, "config.toml", "shell.timing", True)
    assert file.is_symlink()
    assert kept.read_text() == "[shell]\ntiming = true\n"


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        ("[shell", "config.toml:1 is not TOML"),
        ("shell = 3\n", "config.toml: shell is no section"),
        ("[[shell]]\n", "config.toml: shell is no section"),
    ],
)
def test_a_file_that_cannot_be_edited_stays_as_it_is(file: Path, before: str, problem: str) -> None:
    file.write_text(before)
    with pytest.raises(ConfigError, match=problem):
        keep_setting(file, "config.toml", "shell.format", "json")
    assert file.read_text() == before


def test_what_is_no_unicode_is_not_written(file: Path) -> None:
    file.write_text("# mine\n")
    with pytest.raises(ConfigError, match="left as it is: the value is not UTF-8"):
        keep_setting(file, "config.toml", "shell.prompt", "\udcff> ")
    assert file.read_text() == "# mine\n"
    assert list(file.parent.iterdir()) == [file]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"^shown cannot be "):
        keep_setting(tmp_path / "file" / "config.toml", "shown", "shell.format", "json")


def test_the_template_sets_nothing_and_names_everything(file: Path) -> None:
    make_template(file, "config.toml")
    assert read_layer(file, "config.toml", of_project=False) == {}
    lines = file.read_text().splitlines()
    # Every line that sets a value begins to hold when its # is taken away.
    set_lines = [line[2:] if " = " in line and line.startswith("# ") else line for line in lines]
    file.write_text("\n".join(line for line in set_lines if not line.startswith("#")))
    found = read_layer(file, "config.toml", of_project=False)
    assert found is not None
    assert {name: given.value for name, given in found.items()} == {
        setting.name: setting.default for setting in SETTINGS
    }
