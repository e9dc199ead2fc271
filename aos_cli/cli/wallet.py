"""`aos wallet`: the keys that sign and own, by their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.cli.options import passphrase_option
from aos_cli.config import expanded
from aos_cli.errors import UsageError, WalletError
from aos_cli.settings import WALLET
from aos_cli.wallet import DEFAULT_NAME

if TYPE_CHECKING:
    from aos_cli.wallet import AnyWallet

_KINDS = ("rsa", "ed25519")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
_ask_option = click.option("--passphrase", "ask", is_flag=True, help="Protect it; the passphrase is asked for, twice.")
_name_argument = click.argument("name", required=False, metavar="[NAME]")


@click.group("wallet", invoke_without_command=True, subcommand_metavar="[COMMAND] ...")
@click.pass_context
def wallet_command(context: click.Context) -> None:
    """List, show, make, import and export wallets; without a command, list them.

    A wallet is a private key: it signs your messages and owns your processes. `--wallet NAME` of other commands and
    `.as NAME` in the shell use one by its name; "default" is the one that is used when none is named.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_command, as_json=False)


@wallet_command.command("list", cls=AosCommand)
@_json_option
@pass_app
def list_command(app: App, as_json: bool) -> None:
    """List your wallets. Nothing is unlocked."""
    names = app.wallets.keyring.names()
    records = [_record_or_problem(app, name) for name in names]
    if as_json:
        for record in records:
            app.write_json(record)
        return
    if not records:
        app.note("There is no wallet yet; `aos` makes one, `aos wallet new NAME` makes others.")
        return
    from aos_cli.render.wallets import wallet_table

    app.environment.console(app.environment.stdout).print(wallet_table(records))


@wallet_command.command("show", cls=AosCommand, short_help="Show a wallet and what it owns.")
@_json_option
@passphrase_option
@_name_argument
@pass_app
def show_command(app: App, as_json: bool, name: str | None) -> None:
    """Show a wallet: address, type, file, whether a passphrase protects it, and the processes it owns.

    NAME is a name or a file; without it, the wallet that other commands would use.
    """
    file = _existing(app, name)
    record = _record(app, name or app.settings[WALLET] or DEFAULT_NAME, file)
    record["address"] = app.wallets.known_address(name)
    record["type"] = app.wallets.key(file).kind
    owned = [process for process in app.looking_client().processes() if process.owner == record["address"]]
    if as_json:
        app.write_json(record | {"processes": [process.id for process in owned]})
        return
    from aos_cli.render.wallets import wallet_portrait

    for line in wallet_portrait(record, owned):
        app.environment.write_out(line + "\n")


@wallet_command.command("address", cls=AosCommand)
@passphrase_option
@_name_argument
@pass_app
def address_command(app: App, name: str | None) -> None:
    """Print the address of a wallet.

    NAME is a name or a file; without it, the wallet that other commands would use.
    """
    _existing(app, name)
    app.environment.write_out(app.wallets.known_address(name) + "\n")


@wallet_command.command("new", cls=AosCommand)
@click.option("--type", "kind", type=click.Choice(_KINDS), default="rsa", show_default=True, help="The kind of key.")
@_ask_option
@passphrase_option
@click.argument("name")
@pass_app
def new_command(app: App, kind: str, ask: bool, name: str) -> None:
    """Make a wallet called NAME and print its address.

    An rsa key is what Arweave itself uses; an ed25519 key is made at once, and good for development.
    """
    from aos_cli.wallet import generate_arweave, generate_ed25519

    app.wallets.keyring.check_new(name)
    passphrase = _wanted(app, name, ask)
    if kind == "rsa":
        app.note("Making the wallet, which takes a second or two ...")
    _keep(app, name, generate_arweave() if kind == "rsa" else generate_ed25519(), passphrase)


@wallet_command.command("import", cls=AosCommand, short_help="Copy a wallet from a file to yours.")
@_ask_option
@passphrase_option
@click.argument("file")
@click.argument("name", required=False)
@pass_app
def import_command(app: App, ask: bool, file: str, name: str | None) -> None:
    """Copy the wallet in FILE to yours, called NAME or as the file is, and print its address.

    FILE is an Arweave JWK or a PEM file with a PKCS#8 key. One that a passphrase protects stays protected by it.
    """
    from aos_cli.wallet import LockedWallet

    path = app.environment.cwd / expanded(file)
    name = path.stem if name is None else name
    app.wallets.keyring.check_new(name)
    found = app.wallets.key(path)
    if not isinstance(found, LockedWallet):
        _keep(app, name, found, _wanted(app, name, ask))
        return
    if ask:
        raise UsageError(f"A passphrase protects {path} already, and the copy keeps it", "Leave --passphrase out")
    wallet, passphrase = app.wallets.passphrases.unlock(found)
    _keep(app, name, wallet, passphrase)


@wallet_command.command("export", cls=AosCommand, short_help="Write a private key to a file.")
@passphrase_option
@click.argument("name")
@click.argument("file")
@pass_app
def export_command(app: App, name: str, file: str) -> None:
    """Write the private key of the wallet NAME to FILE, which must be new.

    FILE is an Arweave JWK, which every AO program reads and no passphrase protects. Of a protected wallet a FILE that
    ends in .pem is a protected copy.
    """
    from aos_cli.wallet import LockedWallet, unprotected, write_new

    path = app.environment.cwd / expanded(file)
    if path.exists():
        raise WalletError(f"{path} is there already, and nothing was written", "Name a new file")
    source = _existing(app, name)
    found = app.wallets.key(source)
    as_pem = path.suffix.lower() == ".pem"
    if as_pem and not isinstance(found, LockedWallet):
        raise UsageError(f"No passphrase protects {name}, so it cannot be a .pem file", "Name a .json file")
    content = found.content if as_pem and isinstance(found, LockedWallet) else unprotected(app.wallets.unlocked(source))
    if not write_new(path, content):
        raise WalletError(f"{path} was made by another program just now, and nothing was written", "Name a new file")
    address = app.wallets.known_address(name)
    secret = "with its passphrase" if as_pem else "no passphrase protects it"
    app.note(f"{path} is the private key of {address}, {secret}: who has it owns your processes. Show it to nobody.")


def _existing(app: App, name: str | None) -> Path:
    """The file of a wallet that must be there."""
    file = app.wallets.file(name)
    if file is None:
        raise WalletError("There is no wallet yet", "`aos` makes one, and so does `aos wallet new default`")
    return file


def _wanted(app: App, name: str, ask: bool) -> bytes | None:
    """The passphrase that a new wallet gets; None when the user wants none."""
    return app.wallets.passphrases.choose(name) if ask or app.wallets.passphrases.file is not None else None


def _keep(app: App, name: str, wallet: AnyWallet, passphrase: bytes | None) -> None:
    file = app.wallets.keyring.add(name, wallet, passphrase)
    loss = "" if passphrase is None else ", and remember the passphrase: nobody can restore it"
    app.note(f"The wallet {name} is {file}. Keep a copy{loss}.")
    app.environment.write_out(wallet.address + "\n")


def _record(app: App, name: str, file: Path) -> dict[str, Any]:
    """A wallet as plain data, as far as its file says without being unlocked."""
    from aos_cli.wallet import LockedWallet

    key = app.wallets.key(file)
    return {
        "name": name,
        "address": key.address or None,
        "type": key.kind or None,
        "protected": isinstance(key, LockedWallet),
        "file": str(file),
    }


def _record_or_problem(app: App, name: str) -> dict[str, Any]:
    """A line of the list; one broken file does not hide the others."""
    try:
        # By its name only: a file of that name in the current directory is not meant here.
        file = app.wallets.keyring.find(name)
        if file is None:
            raise WalletError("It was taken away just now")
        return _record(app, name, file)
    except WalletError as error:
        return {"name": name, "address": None, "type": None, "protected": None, "file": None, "problem": error.message}
