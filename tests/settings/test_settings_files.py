from __future__ import annotations

import os
from pathlib import Path

import pytest

from aos_cli.errors import ConfigError
from aos_cli.settings.files import find_project_file, line_of, parse_toml, read_layer, shown_path


def written(folder: Path, text: str | bytes, name: str = "config.toml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def values(file: Path, *, of_project: bool = False) -> dict[str, object]:
    found = read_layer(file, file.name, of_project=of_project)
    assert found is not None
    return {name: given.value for name, given in found.items()}


def test_a_file_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    assert read_layer(tmp_path / "config.toml", "config.toml", of_project=False) is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "[limits]\n", "[nodes]\n[nodes.x]\n[alias]\n", b"\xef\xbb\xbf"])
def test_a_file_may_set_nothing(tmp_path: Path, text: str | bytes) -> None:
    assert values(written(tmp_path, text)) == {}


def test_a_file_is_read(tmp_path: Path) -> None:
    text = """\
        limits = { compute = 5_000_000, follow = 7 }
        shell.timing = true
        [shell]
        format = 'json'
        [alias]
        b = '''
        Balance()'''
        [nodes.x]
        store = "s"
        type = "local"
        """.replace("shell.timing = true\n", "")
    assert values(written(tmp_path, text)) == {
        "limits.compute": 5_000_000,
        "limits.follow": 7,
        "shell.format": "json",
        "alias.b": "        Balance()",
        "nodes.x.store": str(tmp_path / "s"),
        "nodes.x.type": "local",
    }


def test_the_ends_of_lines_of_windows_count_as_others(tmp_path: Path) -> None:
    assert values(written(tmp_path, b'[alias]\r\nb = """a\r\nb"""\r\n')) == {"alias.b": "a\nb"}


def test_a_value_knows_its_line(tmp_path: Path) -> None:
    text = '# format\n[shell]\n# format = "lua"\n\nformat = "json"\n'
    found = read_layer(written(tmp_path, text), "~/config.toml", of_project=False)
    assert found is not None
    assert str(found["shell.format"].origin) == "~/config.toml:5"


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("[a]\nb = 1\n[c]\nb = 2", ("c", "b"), 4),
        ("[a]\nb = 1\n[c]\nb = 2", ("a", "b"), 2),
        ('[a]\ntext = """\nb = 3\n"""\nb = "b"', ("a", "b"), 5),
        ("x.y.z = 1", ("x", "y", "z"), 1),
        ('a = { c = 1, b = ["b"] }', ("a", "b"), 1),
        ('[a]\n"b" = """\nlong\n"""\n', ("a", "b"), 2),
        ("[nodes.test]\nstore = 's'", ("nodes", "test"), 1),
        ("[e]\ntrue = true\ne = 'e'", ("e", "e"), 3),
        ("[e]\ntrue = 1", ("e", "true"), 2),
        ("a.b = 1\r\na.c = 2\r\n", ("a", "c"), 2),
        ('"\\u0061" = 1', ("a",), 0),
        ("b = 1", ("a",), 0),
    ],
)
def test_the_line_of_a_name_is_found(text: str, path: tuple[str, ...], line: int) -> None:
    assert line_of(text, path) == line


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("[limit]\ncompute = 1", "config.toml:1: there is no section [limit]", "Did you mean limits?"),
        ("\n\n[Colours]", "config.toml:3: there is no section [Colours]", "Known: alias, legacynet, limits, "),
        ("compute = 1", "config.toml:1: there is no setting compute", "Known: alias"),
        ("limits = 1", "config.toml:1: there is no setting limits", "Did you mean limits?"),
        ("[limits]\n\ncomputes = 1", "config.toml:3: there is no setting limits.computes", "Did you mean compute?"),
        ("[limits]\nMemory = '1-mb'", "config.toml:2: there is no setting limits.Memory", "Did you mean memory?"),
        ("[limits]\nzzz = 1", "config.toml:2: there is no setting limits.zzz", "Known: compute, follow, memory"),
        ("[nodes.x]\nport = 1", "config.toml:2: there is no setting nodes.x.port", "Known: authority, cu-url, "),
        ("[nodes.x]\nurl = 'u'", "config.toml:2: nodes.x.url must be an address such as http://127.0.0.1:4000", ""),
        ("[nodes.x]\nurl = 'http://me:secret@h'", "or #, not what is there", ""),
        ("[nodes.local]\nstore = 's'", "config.toml:1: there is no section [nodes.local]", "give yours another name"),
        ("[nodes.x]\ntype = 'pigeon'", "config.toml:2: nodes.x.type must be local or legacynet, not 'pigeon'", ""),
        ("['shell.format']\nx = 1", "there is no section [shell.format]", ""),
        ("[limits]\n'compute.x' = 1", "there is no setting limits.compute.x", ""),
        ("[limits]\ncompute = 0", "config.toml:2: limits.compute must be a whole number", ""),
        ("[limits]\nmemory = {}", "config.toml:2: limits.memory must be a size such as", ""),
        ("[shell]\nformat = 'jsn'", "config.toml:2: shell.format must be", "Did you mean json?"),
        ("[alias]\nb = ' '", "config.toml:2: alias.b must be a text", ""),
        ("[limits", "config.toml:1 is not TOML: ", ""),
        ("\nx\n\n", "config.toml:2 is not TOML: ", ""),
        ("[limits]\nfollow = 1\nfollow = 2", "config.toml:3 is not TOML: Cannot overwrite a value", ""),
        ("[shell]\nformat = json", "config.toml:2 is not TOML: Invalid value", 'name = "value"'),
        (b"\n\xff\xfe", "config.toml:2 is not UTF-8", ""),
        ("#" * 70_000, "config.toml is larger than 65536 bytes", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str | bytes, where: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        values(written(tmp_path, text))
    assert where in caught.value.message
    assert hint in caught.value.hint


def test_a_folder_is_no_file_of_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^here cannot be read: "):
        read_layer(tmp_path, "here", of_project=False)


def test_nesting_without_end_is_told() -> None:
    with pytest.raises(ConfigError, match=r"^deep is nested too deeply"):
        parse_toml("a = " + "[" * 20_000, "deep")


@pytest.mark.parametrize("text", ["[shell]\npager = 'rm'", "[wallet]\ndefault = 'x'", "shell.confirm = 'never'"])
def test_a_project_may_not_set_everything(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    assert len(values(file)) == 1
    with pytest.raises(ConfigError, match=r"^config.toml:\d: (shell|wallet)\.\w+ cannot be set by a project"):
        values(file, of_project=True)


@pytest.mark.parametrize("cwd", ["home/a/b", "home/a", "home"])
def test_a_project_is_looked_for_up_to_the_home_folder(tmp_path: Path, cwd: str) -> None:
    home = tmp_path / "home"
    (home / "a" / "b").mkdir(parents=True)
    written(tmp_path, "", "aos.toml")
    assert find_project_file(tmp_path / cwd, home) is None
    file = written(home, "", "aos.toml")
    assert find_project_file(tmp_path / cwd, home) == file


def test_the_nearest_project_holds(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    written(tmp_path, "", "aos.toml")
    nearest = written(tmp_path / "a", "", "aos.toml")
    assert find_project_file(tmp_path / "a" / "b", Path("/nobody")) == nearest


def test_the_home_folder_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk" / "ada" / "a").mkdir(parents=True)
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    written(tmp_path, "", "aos.toml")
    assert find_project_file(tmp_path / "disk" / "ada" / "a", tmp_path / "home" / "ada") is None


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such folders")
def test_a_folder_that_everybody_writes_to_is_passed_over(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    (shared / "mine").mkdir(parents=True)
    written(shared, "", "aos.toml")
    assert find_project_file(shared / "mine", Path("/nobody")) is not None
    shared.chmod(0o1777)
    assert find_project_file(shared / "mine", Path("/nobody")) is None
    assert find_project_file(shared, Path("/nobody")) is None


def test_a_removed_folder_has_no_project() -> None:
    assert find_project_file(Path(), Path("/nobody")) is None


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/ada/game/aos.toml", "aos.toml"),
        ("/home/ada/game/x/aos.toml", "x/aos.toml"),
        ("/home/ada/aos.toml", "~/aos.toml"),
        ("/etc/aos.toml", "/etc/aos.toml"),
    ],
)
def test_a_path_is_shown_as_it_is_known(path: str, shown: str) -> None:
    assert shown_path(Path(path), Path("/home/ada/game"), Path("/home/ada")) == shown
