"""`aos config`: settings, listed with their origins, and kept in the user's file."""

from __future__ import annotations

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.errors import ConfigError, UsageError
from aos_cli.settings import EDITOR, NODE, Settings, find_setting, node_profile, shown_value

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")


@click.group("config", invoke_without_command=True, subcommand_metavar="[COMMAND] ...")
@click.pass_context
def config_command(context: click.Context) -> None:
    """List and change settings; without a command, list them.

    The strongest that says something holds: an option, an environment variable, aos.toml of the project, your own
    config.toml, the default.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_command, as_json=False)


@config_command.command("list", cls=AosCommand)
@_json_option
@pass_app
def list_command(app: App, as_json: bool) -> None:
    """List every setting with its value, and where that comes from."""
    settings = app.settings
    if as_json:
        for setting in settings.all():
            app.write_json({"name": setting.name, "value": settings[setting], "from": settings.origin(setting)})
        return
    from aos_cli.render.settings import settings_lines

    console = app.environment.console(app.environment.stdout)
    for line in settings_lines(settings.rows()):
        console.print(line)


@config_command.command("get", cls=AosCommand)
@click.argument("name")
@pass_app
def get_command(app: App, name: str) -> None:
    """Print the value of a setting."""
    from aos_cli.render.sanitiser import to_plain

    app.environment.write_out(to_plain(shown_value(app.settings[find_setting(name)])) + "\n")


@config_command.command("set", cls=AosCommand)
@click.argument("name")
@click.argument("value")
@pass_app
def set_command(app: App, name: str, value: str) -> None:
    """Keep a value in your config.toml."""
    from aos_cli.settings.edit import keep_setting

    setting = find_setting(name)
    checked = setting.parse(value, "aos config set", app.environment.cwd)
    before = _readable(app)
    if before is not None:
        before.check_keeping(setting)
    file = app.config_file
    keep_setting(file.path, file.shown, setting.name, checked)
    app.note(f"{setting.name} is {shown_value(checked) or 'empty'} in {file.shown}")
    try:
        settings = app.settings
    except ConfigError as error:
        app.note(f"aos: {error.message}")
        return
    if settings[setting] != checked:
        app.note(f"aos: here {settings.origin(setting)} says {shown_value(settings[setting]) or 'empty'}")
    if setting is NODE:
        _check_node(app, settings)


def _readable(app: App) -> Settings | None:
    """The settings before one is kept; None when they are wrong, which may be what is about to be mended."""
    try:
        return app.read_settings()
    except ConfigError:
        return None


def _check_node(app: App, settings: Settings) -> None:
    """A node may be chosen before it is described; that is said."""
    try:
        node_profile(settings, app.home)
    except ConfigError as error:
        app.note(f"aos: {error.message}")


@config_command.command("unset", cls=AosCommand)
@click.argument("name")
@pass_app
def unset_command(app: App, name: str) -> None:
    """Take a setting out of your config.toml, also a misspelt one."""
    from aos_cli.settings.edit import drop_setting

    file = app.config_file
    if drop_setting(file.path, file.shown, name):
        return
    whole_name = find_setting(name).name
    if whole_name == name or not drop_setting(file.path, file.shown, whole_name):
        app.note(f"aos: {whole_name} is not in {file.shown}")


@config_command.command("path", cls=AosCommand)
@pass_app
def path_command(app: App) -> None:
    """Print the path of your config.toml, which need not be there."""
    app.environment.write_out(f"{app.config_file.path}\n")


@config_command.command("edit", cls=AosCommand)
@pass_app
def edit_command(app: App) -> None:
    """Open your config.toml in your editor.

    A new file begins with every setting, commented out. What you wrote is checked afterwards.
    """
    from aos_cli.repl.editor import edit_file, editor_command
    from aos_cli.settings.edit import make_template
    from aos_cli.settings.files import read_layer

    environment, file = app.environment, app.config_file
    if not (environment.stdin_is_tty and environment.stdout_is_tty):
        raise UsageError("An editor needs a terminal", "`aos config set NAME VALUE` changes a setting without one")
    try:
        wanted = app.settings[EDITOR]
    except ConfigError:
        # What is wrong is about to be mended.
        wanted = ""
    editor = editor_command(wanted, environment.variables)
    if not file.path.exists():
        make_template(file.path, file.shown)
    edit_file(editor, file.path)
    read_layer(file.path, file.shown, of_project=False)
