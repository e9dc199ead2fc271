from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from node_tools import ROOT, evaluate, finished, node_over, rows, spawn, start

from aos_cli.errors import StoreError
from aos_cli.units.database import SCHEMA_VERSION, Database
from aos_cli.units.store import Store

_PAGE_BYTES = 4096


@pytest.fixture
def filled(path: Path) -> Path:
    """A closed store with a process in it."""
    node = node_over(path)
    evaluate(node, spawn(node), "return 1")
    node.store.close()
    return path


def test_commits_survive_a_power_cut(path: Path) -> None:
    database = Database(path)
    with database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    database.close()


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_only_its_user_can_read_the_store(path: Path) -> None:
    before = os.umask(0)
    try:
        database = Database(path)
        with database.transaction() as connection:
            connection.execute("INSERT INTO item (id, raw) VALUES ('a', x'00')")
        files = [path, *path.parent.glob("store.sqlite-*")]
        assert len(files) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        database.close()
    finally:
        os.umask(before)


def flip_header(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[0:16] = bytes(byte ^ 0xFF for byte in content[0:16])
    file.write_bytes(content)


def flip_table_page(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[3 * _PAGE_BYTES] ^= 0xFF
    file.write_bytes(content)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 5 * _PAGE_BYTES])


def truncate_inside_header(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:50])


def write_text(file: Path) -> None:
    file.write_text("Dear diary,\n" * 100)


def zero_first_page(file: Path) -> None:
    file.write_bytes(bytes(_PAGE_BYTES) + file.read_bytes()[_PAGE_BYTES:])


@pytest.mark.parametrize(
    "damage", [flip_header, flip_table_page, truncate, truncate_inside_header, write_text, zero_first_page]
)
def test_a_damaged_file_is_named_and_left_alone(filled: Path, damage: Callable[[Path], None]) -> None:
    damage(filled)
    before = filled.read_bytes()
    with pytest.raises(StoreError) as caught:
        Database(filled)
    assert str(filled) in caught.value.message
    assert "damaged" in caught.value.message
    assert "not changed" in caught.value.hint
    assert filled.read_bytes() == before


def test_damage_that_appears_while_the_store_is_open_is_an_error(filled: Path) -> None:
    store = Store(filled)
    content = bytearray(filled.read_bytes())
    content[_PAGE_BYTES:] = b"\xaa" * (len(content) - _PAGE_BYTES)
    filled.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        store.processes()
    store.close()


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE theirs (a)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
)
def test_a_database_of_another_program_is_left_alone(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="database of another program") as caught:
        Database(path)
    assert str(path) in caught.value.message
    assert path.read_bytes() == before


def test_the_write_ahead_log_of_another_program_is_not_merged(path: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.sqlite"
    connection = sqlite3.connect(theirs, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE theirs (a)")
    connection.execute("INSERT INTO theirs VALUES (1)")
    for end in ("", "-wal"):  # as a killed program leaves them
        shutil.copy(f"{theirs}{end}", f"{path}{end}")
    connection.close()
    log = Path(f"{path}-wal")
    before = (path.read_bytes(), log.read_bytes())
    assert before[1]
    with pytest.raises(StoreError, match="another program"):
        Database(path)
    assert (path.read_bytes(), log.read_bytes()) == before


def test_a_newer_store_is_left_alone(filled: Path) -> None:
    connection = sqlite3.connect(filled, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = filled.read_bytes()
    with pytest.raises(StoreError, match="newer aos") as caught:
        Database(filled)
    assert "Upgrade" in caught.value.hint
    assert filled.read_bytes() == before


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    """A program may be killed between making the file and filling it."""
    path.touch()
    Database(path).close()
    assert rows(path)["item"] == []


@pytest.mark.parametrize("name", ["with space.sqlite", "per%20cent?.sqlite", "ünïcode#.sqlite"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    for _ in range(2):
        Database(tmp_path / name).close()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_store_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    parent = tmp_path / "file"
    parent.touch()
    with pytest.raises(StoreError) as caught:
        Database(parent / "store.sqlite")
    assert str(parent) in caught.value.message


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_store_in_a_read_only_folder_cannot_be_made(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="Permission denied"):
            Database(tmp_path / "store.sqlite")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Database(tmp_path)
    assert str(tmp_path) in caught.value.message


_CREATE = """
import sys
from pathlib import Path
from aos_cli.units.store import Store
print("ready", flush=True)
for line in sys.stdin:
    Store(Path(line.strip())).close()
    print("made", flush=True)
"""


def test_programs_that_create_the_store_at_once_agree(tmp_path: Path) -> None:
    programs = [start(_CREATE, stdin=-1) for _ in range(3)]
    streams = [(program.stdin, program.stdout) for program in programs]
    for _, output in streams:
        assert output is not None
        assert output.readline() == "ready\n"
    for number in range(15):
        path = tmp_path / f"{number}.sqlite"
        for requests, _ in streams:
            assert requests is not None
            requests.write(f"{path}\n")
            requests.flush()
        for _, output in streams:
            assert output is not None
            assert output.readline() == "made\n"
        assert rows(path)["process"] == []
    for program in programs:
        finished(program)


_HOLD = """
import sys
from pathlib import Path
from aos_cli.units.database import Database
with Database(Path(sys.argv[1])).transaction() as connection:
    connection.execute("INSERT INTO item (id, raw) VALUES ('theirs', x'00')")
    print("holding", flush=True)
    sys.stdin.readline()
"""


def test_a_writer_waits_for_another_program(path: Path) -> None:
    database = Database(path)
    other = start(_HOLD, str(path), stdin=-1)
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == "holding\n"
    written = threading.Event()

    def write() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO item (id, raw) VALUES ('ours', x'00')")
        written.set()

    waiting = threading.Thread(target=write)
    waiting.start()
    assert not written.wait(0.2)
    other.stdin.write("\n")
    finished(other)
    assert written.wait(10)
    waiting.join()
    database.close()
    assert [row[1] for row in rows(path)["item"]] == ["theirs", "ours"]


def test_a_program_that_never_lets_go_is_told_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.units.database._BUSY_SECONDS", 0.05)
    holding, waiting = Database(path), Database(path)
    with holding.transaction(), pytest.raises(StoreError, match="busy") as caught, waiting.transaction():
        pass
    assert str(path) in caught.value.message
    holding.close()
    waiting.close()


def test_a_full_disk_is_an_error_that_loses_nothing(path: Path) -> None:
    node = node_over(path)
    process = spawn(node)
    database = node.store._database
    with database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    before = rows(path)
    with pytest.raises(StoreError, match="the disk is full") as caught:
        evaluate(node, process, "--" + "x" * 100_000)
    assert str(path) in caught.value.message
    assert rows(path) == before
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert evaluate(node, process, "return 'again'")["Output"]["data"] == "again"
    node.store.close()


def test_a_block_that_raises_changes_nothing(path: Path) -> None:
    database = Database(path)

    def fail_halfway() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO item (id, raw) VALUES ('a', x'00')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM item").fetchone()[0] == 0
    database.close()


def test_work_that_outlives_the_connection_is_told_so(path: Path) -> None:
    store = Store(path)
    store.close()
    with pytest.raises(StoreError, match="cannot be used"):
        store.processes()


def test_the_schema_is_part_of_the_package() -> None:
    assert (ROOT / "aos_cli" / "units" / "schema.sql").is_file()
