from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from node_tools import finished, start

from aos_cli.errors import WalletError
from aos_cli.units.keys import kept_unit_keys, new_unit_keys

_ADDRESSES = """
import sys
from pathlib import Path
from aos_cli.units.keys import kept_unit_keys
print("ready", flush=True)
sys.stdin.readline()
keys = kept_unit_keys(Path(sys.argv[1]))
print(keys.scheduler.address, keys.messenger.address)
"""


def test_keys_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    first, second = kept_unit_keys(folder), kept_unit_keys(folder)
    assert (first.scheduler.address, first.messenger.address) == (second.scheduler.address, second.messenger.address)
    assert first.scheduler.address != first.messenger.address


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_only_their_user_can_read_the_keys(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    kept_unit_keys(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {"scheduler.json": 0o600, "messenger.json": 0o600}


def test_programs_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    programs = [start(_ADDRESSES, str(tmp_path / "node"), stdin=-1) for _ in range(3)]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    assert len({finished(program) for program in programs}) == 1


def test_a_damaged_key_is_an_error_and_stays(tmp_path: Path) -> None:
    kept_unit_keys(tmp_path)
    file = tmp_path / "messenger.json"
    file.write_text("{}")
    with pytest.raises(WalletError) as caught:
        kept_unit_keys(tmp_path)
    assert str(file) in caught.value.message
    assert file.read_text() == "{}"


def test_a_key_of_another_kind_is_an_error(tmp_path: Path) -> None:
    users = Path(__file__).parents[1] / "vectors" / "test-wallet.json"
    (tmp_path / "scheduler.json").write_bytes(users.read_bytes())
    with pytest.raises(WalletError, match=r"scheduler\.json is not an Ed25519 key"):
        kept_unit_keys(tmp_path)


def test_new_keys_are_new() -> None:
    assert new_unit_keys().scheduler.address != new_unit_keys().scheduler.address
