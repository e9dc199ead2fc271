"""The exit statuses of every command."""

from __future__ import annotations

from enum import IntEnum

from aos_cli import errors


class ExitStatus(IntEnum):
    """What the program tells the shell that started it."""

    OK = 0
    LUA_ERROR = 1
    USAGE = 2
    NODE = 3
    WALLET = 4
    SOURCE = 5
    STORE = 6
    TIMEOUT = 124
    INTERRUPTED = 130


# The first class that fits decides, so subclasses stand before their bases.
_STATUS_OF: tuple[tuple[type[errors.AosError], ExitStatus], ...] = (
    (errors.UsageError, ExitStatus.USAGE),
    (errors.ConfigError, ExitStatus.USAGE),
    (errors.NodeTimeout, ExitStatus.TIMEOUT),
    (errors.NodeError, ExitStatus.NODE),
    (errors.WalletError, ExitStatus.WALLET),
    (errors.SourceError, ExitStatus.SOURCE),
    (errors.StoreError, ExitStatus.STORE),
    # Bytes that reach a command unexplained were handed over by the user.
    (errors.CodecError, ExitStatus.USAGE),
)


def exit_status_of(error: errors.AosError) -> ExitStatus:
    """The exit status that stands for `error`."""
    for kind, status in _STATUS_OF:
        if isinstance(error, kind):
            return status
    return ExitStatus.NODE
