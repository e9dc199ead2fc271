"""A request that cannot be answered as it was meant."""

from __future__ import annotations

from aos_cli.errors import AosError

BUSY = "The node is busy. Please try again later."
"""What a client is told whose turn does not come."""


class Failure(AosError):
    """A request that is answered by an error of HTTP.

    Args:
        status: 4xx or 5xx.
        message: what the client is told.
        retry_seconds: when it should ask again.
    """

    def __init__(self, status: int, message: str, retry_seconds: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_seconds = retry_seconds
