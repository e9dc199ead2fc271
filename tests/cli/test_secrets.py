"""The private key stays in its file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from program import Program

from aos_cli.codec.ids import decode_base64url
from aos_cli.wallet import generate_ed25519

VECTOR = Path(__file__).parents[1] / "vectors" / "test-wallet.json"

ALL_GLOBALS = """
local seen = {}
local function show(value)
  if type(value) ~= "table" then print(tostring(value)) return end
  if seen[value] then return end
  seen[value] = true
  for key, inner in next, value do show(key) show(inner) end
end
show(_G) show(_ENV) show(arg) show(package.loaded) show(ao.env)
"""


def traces(wallet: Path) -> list[bytes]:
    """How a private number would look in a file: base64url, decimal, hexadecimal and as it is."""
    text = json.loads(wallet.read_text())["d"]
    number = decode_base64url(text)
    decimal = str(int.from_bytes(number, "big"))
    return [text[:32].encode(), decimal[:32].encode(), number.hex()[:32].encode(), number[:16]]


def leaks(aos: Program, needles: list[bytes]) -> list[str]:
    """The user's files, besides wallets, that have one of the needles."""
    found = []
    for path in aos.cwd.parent.rglob("*"):
        if path.is_file() and path.name != "wallet.json" and path.parent.name != "node":
            content = path.read_bytes()
            found += [str(path) for needle in needles if needle in content]
    return found


def test_the_key_is_in_no_other_file_and_no_output(newcomer: Program) -> None:
    newcomer.home.mkdir(mode=0o700)
    wallet = newcomer.home / "wallet.json"
    wallet.write_bytes(VECTOR.read_bytes())
    wallet.chmod(0o600)
    needles = traces(wallet)
    newcomer.write("app.lua", ALL_GLOBALS)
    written = []
    for words in (
        ["run", "app.lua"], ["run", "--wallet", str(wallet), "app.lua", "x"], ["run", "--process", "alice", "app.lua"],
        ["eval", "alice", "error(ao)"], ["log", "alice", "--json"], ["inbox", "alice", "--json"], ["ps", "--json"],
        ["eval", "alice", "--json", "Spawn(ao.env.Module.Id, {}) return Owner"], ["alice", "--tag", "A=b"],
    ):  # fmt: skip
        ended = newcomer(*words)
        written.append((ended.out + ended.err).encode())
    assert any(b"function" in text for text in written)
    assert not [needle for needle in needles for text in written if needle in text]
    assert (newcomer.home / "store.sqlite").stat().st_size > 0
    assert leaks(newcomer, needles) == []


def test_what_is_wrong_with_a_wallet_is_said_without_the_key(newcomer: Program) -> None:
    key = json.loads(VECTOR.read_text())
    needles = traces(VECTOR)
    for broken in ({**key, "n": "AQAB"}, {**key, "p": ""}, {**key, "d": key["d"][:-8] + "!"}, {**key, "kty": "oct"}):
        newcomer.write("broken.json", json.dumps(broken))
        ended = newcomer("eval", "alice", "1", "--wallet", "broken.json")
        assert ended.status == 4
        assert not [needle for needle in needles if needle in (ended.out + ended.err).encode()]
    newcomer.write("broken.json", json.dumps(key)[:-40])
    ended = newcomer("eval", "alice", "1", "--wallet", "broken.json")
    assert ended.status == 4
    assert key["d"][:16] not in ended.err


def test_a_wallet_is_written_for_its_owner_alone_whatever_the_umask(newcomer: Program) -> None:
    from aos_cli.wallet import create_wallet

    before = os.umask(0)
    try:
        create_wallet(newcomer.home / "wallet.json", generate_ed25519)
        newcomer("eval", "alice", "1")
    finally:
        os.umask(before)
    assert stat.S_IMODE(newcomer.home.stat().st_mode) == 0o700
    for path in (newcomer.home / "wallet.json", *(newcomer.home / "node").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    # What is in the log is nobody else's business either: the folder keeps others out.
    assert stat.S_IMODE((newcomer.home / "node").stat().st_mode) == 0o700


def test_the_key_is_not_in_the_environment_of_the_program(newcomer: Program) -> None:
    wallet = newcomer.write("wallet.json", VECTOR.read_text())
    wallet.chmod(0o600)
    with newcomer.start("run", "--wallet", "wallet.json", "-") as process:
        assert process.stdin is not None
        process.stdin.write("print('ready')")
        process.stdin.flush()
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        words = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.communicate(timeout=20)
    assert not [needle for needle in traces(wallet) if needle in environment + words]
