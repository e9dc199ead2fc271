"""What users of the official console type: its options in the words of this program, or what there is instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from aos_cli.errors import UsageError

_NO_HYPERBEAM = "`--node URL` names a network of messenger, scheduler and compute unit; HyperBEAM is none"

ADVICE = {
    "--run": "`aos eval NAME CODE` evaluates Lua text in a process",
    "--dry-run": "`aos eval --dry-run NAME CODE` shows what Lua would do and keeps nothing",
    "--dryrun": "`aos eval --dry-run NAME CODE` shows what Lua would do and keeps nothing",
    "--load": "`aos NAME --load FILE` evaluates a file, `aos NAME < FILE` standard input",
    "--list": "`aos ps` lists the processes",
    "--watch": "`aos watch NAME` shows what arrives at a process, yours or not",
    "--address": "`aos ps` lists the processes of all owners, and an id opens any of them",
    "--get-blueprints": "`aos blueprint save` writes the blueprints to files",
    "--tag-name": "`--tag NAME=VALUE` gives a tag",
    "--tag-value": "`--tag NAME=VALUE` gives a tag",
    "--authority": "`aos NAME --authority ID` names whom a new process trusts, in place of the node's messenger",
    "--scheduler": "`aos NAME --scheduler ID` names the scheduler of a new process",
    "--legacy": "`--node legacynet` in front chooses the network",
    "--sqlite": "There is no module with SQLite in it; `--module ID` names one that the store has",
    "--cron": "`aos NAME --cron 10-minutes` makes a process that ticks",
    "--monitor": "`aos NAME --monitor` has what the ticks of a process send delivered",
    "--topup": "The node inside aos takes no payment",
    "--dev": "`--node NAME` in front chooses a node; [nodes.NAME] in config.toml makes one",
    **dict.fromkeys(("--hyper", "--mainnet", "--url"), _NO_HYPERBEAM),
}
"""What to do instead of an option that is not there."""

# Each does here what it does there; `command_line` says how.
_KEPT = ("--run", "--list", "--watch", "--get-blueprints", "--tag-name", "--tag-value", "--authority")

# They choose the node, and may stand behind a name as well.
_OF_THE_NODE = ("--node", "--mu-url", "--su-url", "--cu-url", "--gateway-url")

# Options of ours that may stand beside them, and whose next word is no name.
_TAKING_VALUE = ("--wallet", "--passphrase-file")

_ID_CHARACTERS = 43


def command_line(words: Sequence[str]) -> list[str]:
    """The words that do here what a command line of the official console does; the first one is a command.

    Args:
        words: a command line without a command, behind the options that stand in front. It opens a process, unless
            it has one of the official options that do something else.

    Raises:
        UsageError: such an option lacks what it needs.
    """
    if "--" in words:
        return ["open", *words]
    rest = [part for word in words for part in _parts(word)]
    return [*_node(rest), *_command(rest)]


def _node(words: list[str]) -> list[str]:
    """Takes the options that choose the node out of the words, and gives them.

    Raises:
        UsageError: one lacks its value.
    """
    found = ["--node", "legacynet"] if "--legacy" in words and "--node" not in words else []
    words[:] = [word for word in words if word != "--legacy"]
    return found + [word for option in _OF_THE_NODE for value in _values(words, option) for word in (option, value)]


def _command(rest: list[str]) -> list[str]:
    """The command that the words stand for, and its arguments."""
    rest = [*_tags(rest), *rest]
    if (code := _value(rest, "--run")) is not None:
        if not any(_names(rest)):
            raise UsageError("--run needs the name of a process", ADVICE["--run"])
        return ["eval", *rest, "--", code]
    if (process := _value(rest, "--watch")) is not None:
        return ["watch", *rest, "--", process]
    if "--list" in rest:
        rest.remove("--list")
        return ["ps", *rest]
    if "--get-blueprints" in rest:
        rest.remove("--get-blueprints")
        return ["blueprint", "save", *(["--to", *rest] if rest else [])]
    return ["open", *rest]


def _parts(word: str) -> list[str]:
    """`--run=CODE` as two words."""
    name, equals, value = word.partition("=")
    return [name, value] if equals and name in (*_KEPT, *_OF_THE_NODE) else [word]


def _names(words: Sequence[str]) -> Iterable[str]:
    """The words that are neither options nor their values."""
    for before, word in pairwise(["", *words]):
        if before not in _TAKING_VALUE and (not word.startswith("-") or len(word) == _ID_CHARACTERS):
            yield word


def _tags(words: list[str]) -> list[str]:
    """Takes the pairs of --tag-name and --tag-value out of the words, and gives them as --tag.

    Raises:
        UsageError: they are no pairs, or a name cannot be told from its value.
    """
    names, values = _values(words, "--tag-name"), _values(words, "--tag-value")
    if len(names) != len(values):
        raise UsageError("--tag-name and --tag-value come in pairs", ADVICE["--tag-name"])
    for name in names:
        if "=" in name:
            raise UsageError(f"--tag-name {name}: the name of a tag cannot have = in it here")
    pairs = [*zip(names, values, strict=True), *(("Authority", value) for value in _values(words, "--authority"))]
    return [word for name, value in pairs for word in ("--tag", f"{name}={value}")]


def _value(words: list[str], option: str) -> str | None:
    """Takes an option out of the words, and gives its value; None when it is not there.

    Raises:
        UsageError: it lacks its value, or is there twice.
    """
    found = _values(words, option)
    if len(found) > 1:
        raise UsageError(f"{option} was given {len(found)} times")
    return found[0] if found else None


def _values(words: list[str], option: str) -> list[str]:
    """Takes an option out of the words wherever it stands, and gives its values.

    Raises:
        UsageError: the last one lacks its value.
    """
    found = []
    while option in words:
        at = words.index(option)
        if at + 1 == len(words):
            raise UsageError(f"{option} lacks its value", ADVICE.get(option, ""))
        found.append(words[at + 1])
        del words[at : at + 2]
    return found
