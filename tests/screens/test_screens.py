"""The pictures of README can be made, and show what README says of them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import make
import pytest

FOLDER = Path(make.__file__).parent

EXPECTED = {
    "typing.svg": ["grace   2500", "append", "function", "local · default ·", "F1 help"],
    "trace.svg": ["2 processes", "→ bob", "instructions"],
    "alice.svg": ["→ bob  Ask  6 * 7", "← bob  Answer  42", "\n42\n"],
    "bob.svg": ["... end)", "← alice  Ask  6 * 7", "→ alice  Answer  42"],
    "error.svg": ["error: tests/examples/counter.lua:", '"two" is not a whole number', "in handler Increment"],
}


def text_of(picture: Path) -> str:
    """What a person reads in a picture, line by line."""
    lines: dict[str, str] = {}
    tree = ElementTree.parse(picture)  # noqa: S314 - a picture of our own making
    for element in tree.iter("{http://www.w3.org/2000/svg}text"):
        height = element.get("y", "")
        lines[height] = lines.get(height, "") + "".join(element.itertext())
    return "\n".join(lines.values()).replace("\xa0", " ")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("screens")
    assert sorted(path.name for path in make.make(folder)) == sorted(EXPECTED)
    return folder


@pytest.mark.parametrize("name", EXPECTED)
def test_a_new_picture_shows_the_session(made: Path, name: str) -> None:
    text = text_of(made / name)
    assert [words for words in EXPECTED[name] if words not in text] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_the_kept_picture_shows_the_session(name: str) -> None:
    text = text_of(FOLDER / name)
    assert [words for words in EXPECTED[name] if words not in text] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_a_picture_fetches_nothing(made: Path, name: str) -> None:
    assert "url(http" not in (made / name).read_text("utf-8").replace('"', "")
    assert "@font-face" not in (made / name).read_text("utf-8")


@pytest.mark.parametrize("name", EXPECTED)
def test_readme_shows_the_picture(name: str) -> None:
    assert f"tests/screens/{name}" in (FOLDER.parents[1] / "README.md").read_text("utf-8")
