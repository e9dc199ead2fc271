"""`aos node serve`: the local node for clients that speak HTTP."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click
from click.core import ParameterSource

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.errors import NodeError, UsageError
from aos_cli.status import ExitStatus

if TYPE_CHECKING:
    from aos_cli.clients.local import LocalClient
    from aos_cli.http_face.face import Unit
    from aos_cli.http_face.server import Server

_PORT = 4000
_MAX_PORT = 65_535

# It stands in an item that clients read, and in code that people copy.
_URL = re.compile(r"https?://([\w.-]{1,253}|\[[\da-f:.]{2,45}\])(:(?P<port>\d{1,5}))?(/[\w.~%/-]{0,500})?", re.A | re.I)

# All addresses of the computer, none of which others are told by themselves.
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - it is not the default

# As http_face has them, which is not loaded for a look at the help.
_UNITS: tuple[Unit, ...] = ("mu", "su", "cu", "gateway")


@click.group("node", invoke_without_command=True, subcommand_metavar="COMMAND ...")
@click.pass_context
def node_command(context: click.Context) -> None:
    """Serve the node over HTTP to other clients of AO, such as aoconnect, dapps in a browser, and other shells."""
    if context.invoked_subcommand is None:
        raise UsageError("aos node needs a command", "`aos node serve` serves the node over HTTP")


def _unit_ports(context: click.Context, parameter: click.Parameter, value: str | None) -> Mapping[Unit, int]:
    """The ports in a text such as mu=4002,cu=4004."""
    ports: dict[Unit, int] = {}
    for part in value.split(",") if value is not None else ():
        name, _, number = part.strip().partition("=")
        unit = next((unit for unit in _UNITS if unit == name), None)
        if unit is None:
            raise click.BadParameter(f"{name!a} is no unit; they are {', '.join(_UNITS)}, as in mu=4002,cu=4004")
        if unit in ports:
            raise click.BadParameter(f"{unit} has a port already")
        if not (number.isascii() and number.isdigit() and len(number) <= 5 and int(number) <= _MAX_PORT):
            raise click.BadParameter(f"{number!a} is no port for {unit}; ports are 0 to {_MAX_PORT}")
        ports[unit] = int(number)
    return ports


def _public_url(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """The address that others reach the node by, without slashes at the end; "" for none."""
    if value is None:
        return ""
    found = _URL.fullmatch(value)
    if found is None or int(found["port"] or 0) > _MAX_PORT:
        raise click.BadParameter("it is no address such as https://node.example or http://192.0.2.1:4000")
    return value.rstrip("/")


@node_command.command("serve", cls=AosCommand, short_help="Serve the node over HTTP until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(0, _MAX_PORT),
    default=_PORT,
    show_default=True,
    help="The port of all units; 0 takes any that is free.",
)
@click.option(
    "--ports", metavar="UNIT=N,...", callback=_unit_ports, help="Ports of their own for some of mu, su, cu and gateway."
)
@click.option("--host", metavar="ADDRESS", default="localhost", help="Where to listen; the loopback by default.")
@click.option(
    "--url", metavar="URL", callback=_public_url, help="Where others reach all units, if that is another address."
)
@click.option("--memory", is_flag=True, help="Serve a fresh node that keeps nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when it is ready.")
@pass_app
@click.pass_context
def serve_command(
    context: click.Context,
    app: App,
    port: int,
    ports: Mapping[Unit, int],
    host: str,
    url: str,
    memory: bool,
    as_json: bool,
) -> ExitStatus:
    """Serve the node over HTTP: messenger, scheduler, compute unit and gateway, as AO's network has them.

    Programs that use the same store at the same time, such as `aos` in another terminal, see everything as it comes,
    and the other way round.

    Where it is reached goes to standard output; a line for each request goes to standard error, none with `aos -q`.
    Ctrl-C (status 130) and SIGTERM (status 0) end it as soon as what is being answered is answered; a second one ends
    it at once. Nothing that was acknowledged is lost either way.
    """
    if not host.strip():
        raise UsageError("--host needs an address", "Leave it out to listen at the loopback only")
    if len(ports) == len(_UNITS) and context.get_parameter_source("port") != ParameterSource.DEFAULT:
        raise UsageError("--ports names a port for every unit, so that none is left for --port")
    if url and ports:
        raise UsageError("--url is one address of all units, so that --ports cannot stand beside it")
    client = _chosen(app, memory)
    place = _Place({**dict.fromkeys(_UNITS, port), **ports} if ports else port, host, url)
    return _serve(app, client, place, as_json)


def _chosen(app: App, memory: bool) -> LocalClient:
    """The node to serve.

    Raises:
        UsageError: it is no node of this computer.
    """
    from aos_cli.clients.local import LocalClient

    client = app.throw_away_client() if memory else app.client()
    if not isinstance(client, LocalClient):
        hint = "`aos --node local node serve` serves the one of this computer"
        raise UsageError(f"The node {client.name} is served by somebody else already", hint)
    return client


class _Place(NamedTuple):
    """Where a node is served.

    Attributes:
        ports: of all units, or of each.
        host: where it listens.
        url: where others reach it; "" for where it listens.
    """

    ports: int | Mapping[Unit, int]
    host: str
    url: str

    def is_private(self) -> bool:
        """Whether only this computer reaches it."""
        return not self.url and _is_loopback(self.host)


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which is from a program what Ctrl-C is from a person."""


@contextmanager
def _sigterm_raises() -> Iterator[None]:
    """While it lasts, SIGTERM raises `_Terminated`; before and after it ends the program as it does others."""

    def terminate(*_: object) -> NoReturn:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _serve(app: App, client: LocalClient, place: _Place, as_json: bool) -> ExitStatus:
    """Serves a node until a signal ends it, and gives the exit status.

    Raises:
        NodeUnreachable: it cannot be listened there.
        NodeError: the server has ended by itself.
    """
    with _server(app, client, place) as (server, identity):
        try:
            with _sigterm_raises():
                client.node.announce(server.urls["su"])
                _tell(app, client, server, identity, as_json)
                _warn(app, place)
                server.wait()
        except KeyboardInterrupt as interrupt:
            # On a terminal ^C stands there already.
            app.note(("\n" if app.environment.stderr_is_tty else "") + "Stopping; another Ctrl-C ends it at once.")
            return ExitStatus.OK if isinstance(interrupt, _Terminated) else ExitStatus.INTERRUPTED
    problem = "The server has ended by itself"
    raise NodeError(problem, "What stands above may say why; start it again", operation="serve")


@contextmanager
def _server(app: App, client: LocalClient, place: _Place) -> Iterator[tuple[Server, Mapping[str, str]]]:
    """A node that is served, and what processes have to name to live there.

    Raises:
        NodeUnreachable: it cannot be listened there.
        KeyboardInterrupt: Ctrl-C while it ended; what was left to do is abandoned.
    """
    from aos_cli.background import run_interruptible
    from aos_cli.cli.journal import Journal
    from aos_cli.http_face.face import Face
    from aos_cli.http_face.server import serve

    journal = Journal(app.environment, with_client=not _is_loopback(place.host))
    with journal.kept():
        face = Face(client.node, app.environment.clock_ms)
        try:
            server = serve(face, place.ports, place.host, journal.request, place.url)
        except BaseException:
            face.close()
            raise
        try:
            yield server, face.identity()
        finally:
            run_interruptible(lambda _: server.close())


def _tell(app: App, client: LocalClient, server: Server, identity: Mapping[str, str], as_json: bool) -> None:
    """Says what is served where, to standard output."""
    from aos_cli.render.serving import Serving, serving_lines
    from aos_cli.units.aliases import STAND_INS

    store = client.store_path
    if as_json:
        urls = {"urls": server.urls, "local_urls": server.local_urls}
        kept = {"node": client.name, "store": str(store) if store else None}
        app.write_json({**urls, **identity, "stand_ins": list(STAND_INS), **kept})
        return
    shown = app.shown_path(store) if store else ""
    serving = Serving(client.name, server.urls, server.local_urls, identity, shown)
    app.environment.write_out("\n".join(serving_lines(serving)) + "\n")


def _warn(app: App, place: _Place) -> None:
    """Says on the side who can reach the node, and how it ends."""
    if place.is_private():
        app.note("Only programs on this computer reach it, pages in its browsers included. Ctrl-C ends it.")
        return
    reach = f"Everybody who reaches {place.url or place.host} can send messages to it and read what it keeps"
    app.note(f"{reach}; there is no password. Ctrl-C ends it.")
    if place.host in _EVERYWHERE and not place.url:
        app.note("`--url` says at which address others reach it; now they are told the loopback.")


def _is_loopback(host: str) -> bool:
    import ipaddress

    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
