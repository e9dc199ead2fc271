"""What goes wrong inside a shell ends the one thing that it concerns, and not the shell."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aos_cli import background
from aos_cli.cli.app import App
from aos_cli.cli.shell import shell_host
from aos_cli.clients.local import LocalClient
from aos_cli.environment import Environment
from aos_cli.errors import StoreError
from aos_cli.machine.native import check_syntax
from aos_cli.repl.commands import run_command
from aos_cli.repl.host import speaker_of
from aos_cli.repl.loop import Repl
from aos_cli.settings import PAGER
from aos_cli.settings.edit import keep_setting
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def repl(
    keys: PipeInput,
    said: io.StringIO,
    client: LocalClient,
    wallet: Ed25519Wallet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Repl:
    """A shell with a new process, at which `keys` are typed."""
    monkeypatch.setattr(background, "abandoned", [])
    environment = Environment(
        stdin=io.StringIO(), stdout=said, stderr=said, variables={"HOME": str(tmp_path)}, cwd=tmp_path
    )
    app = App(environment, str(tmp_path / "aos"))
    host = shell_host(app, client, wallet)
    return Repl(environment, host, host.spawn("test"), check_syntax, app.settings)


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_what_cannot_be_shown_does_not_end_the_shell(repl: Repl, keys: PipeInput, said: io.StringIO) -> None:
    """What arrives is looked up when it is shown, and the store may be busy then."""
    repl.post(failing(StoreError("the store is busy")))
    repl.post(lambda: repl.write("the next one"))
    keys.send_text(".exit\r")
    repl.run()
    assert "the store is busy\nthe next one\n" in said.getvalue()


def test_a_file_that_cannot_be_used_does_not_end_the_shell(repl: Repl, keys: PipeInput, said: io.StringIO) -> None:
    repl.after_entry.append(failing(OSError(errno.EIO, "Input/output error", "some/file")))
    keys.send_text("x = 1\r.exit\r")
    repl.run()
    assert "some/file cannot be used: Input/output error\n" in said.getvalue()


def test_a_terminal_that_is_gone_ends_the_shell(repl: Repl, keys: PipeInput) -> None:
    repl.after_entry.append(failing(OSError(errno.EIO, "Input/output error")))
    keys.send_text("x = 1\r")
    with pytest.raises(OSError, match="Input/output error"):
        repl.run()


@pytest.mark.parametrize(("kept", "again"), [("most -c", "most -c"), ("never", "auto"), ("auto", "auto")])
def test_the_pager_that_comes_back_is_the_users_own(repl: Repl, kept: str, again: str) -> None:
    keep_setting(repl.settings.file.path, "config.toml", PAGER.name, kept)  # type: ignore[union-attr] # it is an app's
    repl.settings = App(repl.environment, str(repl.settings.file.path.parent)).settings  # type: ignore[union-attr]
    run_command(repl, ".pager off")
    assert repl.settings[PAGER] == "never"
    run_command(repl, ".pager on")
    assert repl.settings[PAGER] == again


@pytest.mark.parametrize(
    ("word", "name"),
    [("", ""), ("default", ""), ("bob", "bob"), ("keys/carol.json", "carol"), ("/x/default.pem", "default")],
)
def test_a_wallet_is_called_by_its_name_or_the_name_of_its_file(word: str, name: str) -> None:
    assert speaker_of(word) == name
