"""All layers of settings together, from the weakest to the strongest: files, variables, options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aos_cli.config import Home, expanded
from aos_cli.errors import ConfigError
from aos_cli.settings.declared import SETTINGS, family_of
from aos_cli.settings.files import find_project_file, read_layer, shown_path
from aos_cli.settings.kinds import Setting
from aos_cli.settings.layers import Given, Settings, UserFile

CONFIG_VARIABLE = "AOS_CONFIG"


class Option(NamedTuple):
    """A setting that was given as an option of the program.

    Attributes:
        name: of the option, with its dashes.
        text: what was given; None for nothing.
    """

    setting: Setting[Any]
    name: str
    text: str | None


def user_file(home: Home, named: str | None, *, cwd: Path, variables: Mapping[str, str], user_folder: Path) -> UserFile:
    """Where the user's settings are, whether there are some or not.

    Args:
        home: where they usually are.
        named: what was given with --config, or None.
    """
    text = named or variables.get(CONFIG_VARIABLE)
    path = cwd / expanded(text) if text else home.config_file
    named_by = "--config" if named else CONFIG_VARIABLE if text else ""
    return UserFile(path, shown_path(path, cwd, user_folder), named_by)


def load_settings(
    file: UserFile, *, cwd: Path, variables: Mapping[str, str], user_folder: Path, options: Iterable[Option] = ()
) -> Settings:
    """The settings that hold: the user's file, the project's, the variables, the options.

    A project adds aliases and nodes to the user's; those of the same name stay the user's, so that a folder which
    somebody else made cannot change what a familiar name does.

    Raises:
        ConfigError: one of them says something wrong; it is named.
    """
    own = read_layer(file.path, file.shown, of_project=False)
    if own is None and file.named_by:
        hint = f"`aos --config {file.shown} config set NAME VALUE` makes it"
        raise ConfigError(f"{file.named_by}: there is no file {file.shown}", hint)
    own = own or {}
    project = find_project_file(cwd, user_folder)
    of_project: Mapping[str, Given] = {}
    if project is not None:
        of_project = read_layer(project, shown_path(project, cwd, user_folder), of_project=True) or {}
    familiar = {family_of(name) for name in own} - {""}
    added = {name: given for name, given in of_project.items() if family_of(name) not in familiar}
    layers = (own, added, _from_variables(variables, cwd), _from_options(options, cwd))
    return Settings(layers, file=file, project=project, of_project=of_project)


def _from_variables(variables: Mapping[str, str], cwd: Path) -> dict[str, Given]:
    # An empty variable is how scripts take one away.
    return {
        setting.name: Given(setting.parse(variables[setting.variable], setting.variable, cwd), setting.variable)
        for setting in SETTINGS
        if setting.variable and variables.get(setting.variable)
    }


def _from_options(options: Iterable[Option], cwd: Path) -> dict[str, Given]:
    return {
        option.setting.name: Given(option.setting.parse(option.text, option.name, cwd), option.name)
        for option in options
        if option.text is not None
    }
