from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aos_cli.clients.registry import KnownProcess, Registry
from aos_cli.errors import StoreError

ONE = KnownProcess("https://su.test", "A" * 43, "one", "owner", "module", "ao.TN.1", 5)


def test_a_process_is_known_in_other_programs_and_on_its_own_network_only(tmp_path: Path) -> None:
    first, second = Registry(tmp_path / "deep" / "known.json"), Registry(tmp_path / "deep" / "known.json")
    first.remember(ONE)
    assert second.find(ONE.network, ONE.id) == ONE
    assert second.find("https://other.test", ONE.id) is None
    second.remember(ONE._replace(id="B" * 43))
    assert [one.id for one in first.named(ONE.network, "one", "owner")] == ["A" * 43, "B" * 43]
    assert first.named(ONE.network, "one", "somebody") == first.of("https://other.test") == []
    first.forget(ONE.network, ONE.id)
    assert [one.id for one in second.of(ONE.network)] == ["B" * 43]


def test_an_entry_from_before_schedulers_were_kept_is_read(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    Registry(file).remember(ONE._replace(scheduler="S" * 43))
    assert Registry(file).of(ONE.network)[0].scheduler == "S" * 43
    file.write_text(file.read_text().replace(f',\n   "scheduler": "{"S" * 43}"', ""))
    assert "scheduler" not in file.read_text()
    assert Registry(file).of(ONE.network) == [ONE]


def test_odd_names_are_kept(tmp_path: Path) -> None:
    odd = ONE._replace(name="\ud800\n\u00e4")
    Registry(tmp_path / "known.json").remember(odd)
    assert Registry(tmp_path / "known.json").find(ONE.network, ONE.id) == odd


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"processes": 5}', '{"processes": [5, {}, {"id": 5}]}', '{"processes": [{"spawned_ms": true}]}',
     "[" * 100_000],
)  # fmt: skip
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "known.json").write_text(content)
    registry = Registry(tmp_path / "known.json")
    assert registry.of(ONE.network) == []
    registry.remember(ONE)
    assert Registry(tmp_path / "known.json").of(ONE.network) == [ONE]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_the_file_is_for_its_user_alone(tmp_path: Path) -> None:
    Registry(tmp_path / "known.json").remember(ONE)
    assert stat.S_IMODE((tmp_path / "known.json").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["known.json"]


def test_a_file_that_cannot_be_written_is_named_and_the_process_is_known_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    registry = Registry(tmp_path / "file" / "known.json")
    with pytest.raises(StoreError, match="Known processes cannot be kept"):
        registry.remember(ONE)
    assert registry.find(ONE.network, ONE.id) == ONE


def test_nothing_is_written_when_nothing_is_new(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "known.json")
    registry.remember(ONE)
    before = (tmp_path / "known.json").stat().st_ino
    registry.remember(ONE)
    registry.forget(ONE.network, "C" * 43)
    assert (tmp_path / "known.json").stat().st_ino == before
