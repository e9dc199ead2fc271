"""Settings: what can be set, where values come from, and how they are kept.

`settings[FORMAT]` is the value that holds, typed; `settings.origin(FORMAT)` says who gave it. Code asks each time it
needs a value, so that `.set` applies at once.
"""

from __future__ import annotations

from aos_cli.settings.declared import (
    COLOUR,
    COMPLETION,
    COMPUTE_LIMIT,
    CONFIRM,
    EDITING,
    EDITOR,
    FOLLOW_LIMIT,
    FORMAT,
    HIGHLIGHT,
    LIVE,
    MAX_DEPTH,
    MAX_ITEMS,
    MEMORY_LIMIT,
    MODULE,
    MULTILINE,
    NODE,
    PAGER,
    PROMPT,
    PROMPT_FIELDS,
    SETTINGS,
    STARTUP,
    STYLE,
    SUGGEST,
    TIMING,
    TOOLBAR,
    WALLET,
    find_setting,
    setting_named,
)
from aos_cli.settings.files import PROJECT_FILE, shown_path
from aos_cli.settings.kinds import Setting
from aos_cli.settings.layers import Given, Settings, UserFile, shown_value
from aos_cli.settings.load import CONFIG_VARIABLE, Option, load_settings, user_file
from aos_cli.settings.nodes import LOCAL_NODE, NodeProfile, node_names, node_profile

__all__ = [
    "COLOUR",
    "COMPLETION",
    "COMPUTE_LIMIT",
    "CONFIG_VARIABLE",
    "CONFIRM",
    "EDITING",
    "EDITOR",
    "FOLLOW_LIMIT",
    "FORMAT",
    "HIGHLIGHT",
    "LIVE",
    "LOCAL_NODE",
    "MAX_DEPTH",
    "MAX_ITEMS",
    "MEMORY_LIMIT",
    "MODULE",
    "MULTILINE",
    "NODE",
    "PAGER",
    "PROJECT_FILE",
    "PROMPT",
    "PROMPT_FIELDS",
    "SETTINGS",
    "STARTUP",
    "STYLE",
    "SUGGEST",
    "TIMING",
    "TOOLBAR",
    "WALLET",
    "Given",
    "NodeProfile",
    "Option",
    "Setting",
    "Settings",
    "UserFile",
    "find_setting",
    "load_settings",
    "node_names",
    "node_profile",
    "setting_named",
    "shown_path",
    "shown_value",
    "user_file",
]
