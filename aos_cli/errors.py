"""What can go wrong, as one small tree.

    AosError(message, hint)
      UsageError       a wrong word, option or combination on the command line
      ConfigError      a wrong value in configuration
      NodeError        a node did not do what was asked
        NodeUnreachable, NodeRefused, NodeProtocolError, NodeTimeout
      WalletError      a key, a signature or an ownership
      SourceError      a Lua file or a `require` that cannot be read or bundled
      StoreError       a damaged, full or unreadable store
      CodecError       bytes that are not what they claim to be
        SignatureInvalid

A failing Lua program is not an exception: it is a result with an error in it.
Foreign exceptions are mapped to these at one seam each, with `raise ... from`.
`aos_cli.status` says which exit status each of them has.
"""

from __future__ import annotations


class AosError(Exception):
    """A failure that the user is told of in one sentence.

    Args:
        message: what went wrong and where, in one sentence without a final full stop.
        hint: what the user can do about it; empty when there is nothing to say.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AosError):
    """A wrong word, option or combination on the command line."""


class ConfigError(AosError):
    """A wrong value in a configuration file or an environment variable."""


class NodeError(AosError):
    """A node did not do what was asked of it.

    Args:
        node: the node's name or address, as the user knows it.
        operation: what was being done, such as "send" or "spawn".
    """

    def __init__(self, message: str, hint: str = "", *, node: str = "local", operation: str = "") -> None:
        super().__init__(message, hint)
        self.node = node
        self.operation = operation


class NodeUnreachable(NodeError):
    """No connection to the node could be made."""


class NodeRefused(NodeError):
    """The node understood and said no."""


class NodeProtocolError(NodeError):
    """The node answered something that its protocol does not allow."""


class NodeTimeout(NodeError):
    """The node did not answer in time."""


class WalletError(AosError):
    """A key that cannot be read or made, or that may not do what was asked."""


class SourceError(AosError):
    """A Lua file or a `require` that cannot be read or bundled."""


class StoreError(AosError):
    """A store that is damaged, full or unreadable."""


class CodecError(AosError):
    """Bytes that are not what they claim to be; the caller says whose they were."""


class SignatureInvalid(CodecError):
    """A data item whose signature does not fit its content and owner."""
