"""HTTP to the units of a network: patient, bounded, and clear about what went wrong.

A request is asked again when that cannot do harm. A GET changes nothing. A POST that changes something says with
`Request.doubt` what is to be done first where nobody knows whether it has arrived. What is asked again, and for how
long, is told by the answer:

    202, 503, 504, slow   not yet: until the patience ends
    425                   not yet, unless the text says that it is too late
    429                   when Retry-After says so
    unreachable, 502,     three times in a row, then it counts as down
    broken answers
    everything else       an answer, or a refusal at once
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import httpx

from aos_cli.clients.answers import Answer, is_error, json_of, retry_after, shortened, words_of
from aos_cli.clients.exchange import TooLarge, unpacked, within
from aos_cli.errors import (
    AosError,
    ConfigError,
    NodeError,
    NodeProtocolError,
    NodeRefused,
    NodeTimeout,
    NodeUnreachable,
)

DEFAULT_PATIENCE_SECONDS = 60.0
"""How long an answer is waited for when nobody says otherwise."""

MOST_ANSWER_BYTES = 64 * 1024 * 1024
"""Answers are refused beyond this: a page of large messages fits, an endless stream ends."""

_CONNECT_SECONDS = 10.0
# An evaluation may take long; a unit that is silent for so long is asked anew.
_SILENCE_SECONDS = 60.0
_MOST_REDIRECTS = 5
_MOST_FAILURES = 3

_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 5.0

# What to do about a refusal, by its status; {} is what the unit is.
_STEPS = (
    ((401, 403), "It lets only some in."),
    ((404, 405), "Is that really a {}?"),
    ((429,), "Ask less often, or later."),
    (range(500, 600), "Try it again later."),
)

# The messenger means 429 and says 500.
_RATE_LIMIT = "rate limit exceeded"
# A compute unit that is past a message and has forgotten its result says so with 425.
_TOO_LATE = "earlier than"


class Pace(NamedTuple):
    """The clock of the waiting.

    Attributes:
        now: seconds, never going back.
        wait: waits so many seconds.
        notice: work in such a context, with a word about what is waited for, is told of when it takes long.
    """

    now: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] = time.sleep
    notice: Callable[[str], AbstractContextManager[object]] = nullcontext


class UnitRefused(NodeRefused):
    """A unit said no.

    Args:
        status: of HTTP.
        text: its words.
        is_told: whether it was the unit that said so, in the JSON of the protocol, and not any web server.
    """

    def __init__(
        self, message: str, hint: str, *, node: str, operation: str, status: int, text: str, is_told: bool
    ) -> None:
        super().__init__(message, hint, node=node, operation=operation)
        self.status = status
        self.text = text
        self.is_told = is_told


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a unit.

    Attributes:
        operation: what it is for, in a word, such as "send".
        path: behind the unit's address, with a leading slash.
        parameters: of the query; those that are None are left out.
        content: a body of bytes, or
        document: one of JSON.
        accepted: whether 202 is the answer, and not a promise of one.
        doubt: called in front of asking again, or giving up, when the request may have arrived and may have been done;
            what it raises ends the asking. Its argument is what went wrong. None where doing it twice does no harm.
        patience_seconds: how long an answer is waited for.
    """

    operation: str
    path: str
    method: str = "GET"
    parameters: Mapping[str, str | int | None] = field(default_factory=dict)
    content: bytes | None = None
    document: object = None
    accepted: bool = False
    doubt: Callable[[NodeError], None] | None = None
    patience_seconds: float = DEFAULT_PATIENCE_SECONDS


class _Trouble(NamedTuple):
    """Why there is no answer yet.

    Attributes:
        error: what it is when nobody asks again.
        fails: whether it counts as a failure, a few of which mean that the unit is down.
        arrived: whether the unit may have done what it was asked for.
        delay_seconds: before it is asked again, as the unit wishes.
    """

    error: NodeError
    fails: bool = False
    arrived: bool = True
    delay_seconds: float | None = None


class Unit:
    """One unit of a network, at one address.

    Args:
        name: what it is, such as "compute unit".
        address: its URL.
        http: the connections; the caller closes them.
        pace: the clock of the waiting.
        setting: how a user gives another address, such as "--cu-url".

    Raises:
        ConfigError: the address is none.
    """

    def __init__(
        self, name: str, address: str, http: httpx.Client, pace: Pace | None = None, setting: str = ""
    ) -> None:
        self.name = name
        self._base = _checked(name, address)
        self._http = http
        self._pace = pace or Pace()
        self._setting = setting
        port = f":{self._base.port}" if self._base.port else ""
        self.host = f"{self._base.host}{port}"
        # What tells one unit from another, without the passwords of a URL.
        self.address = f"{self._base.scheme}://{self.host}{self._base.path.rstrip('/')}"

    def __str__(self) -> str:
        return f"The {self.name} at {self.host}"

    def json(self, request: Request) -> Any:
        """The JSON that is answered.

        Raises:
            UnitRefused, NodeUnreachable, NodeProtocolError, NodeTimeout: there is none.
        """
        return self.parsed(request, self.ask(request))

    def parsed(self, request: Request, answer: Answer) -> Any:
        """The JSON of an answer.

        Raises:
            NodeProtocolError: it is none.
        """
        try:
            return json_of(answer.content)
        except ValueError as error:
            told = "nothing" if not answer.content.strip() else f"no JSON: {words_of(answer)}"
            hint = f"Is that really a {self.name}?" + self._other_address()
            raise self.broken(request.operation, f"answered {request.operation} with {told}", hint) from error

    def ask(self, request: Request) -> Answer:
        """The answer to a request, waiting and asking again where that makes sense.

        Raises:
            UnitRefused, NodeUnreachable, NodeProtocolError, NodeTimeout: there is none.
        """
        seconds = f"{request.patience_seconds:g} s at the most"
        what = f"for the {self.name} at {self.host} ({request.operation}, {seconds})"
        with self._pace.notice(what):
            return self._asked(request)

    def _asked(self, request: Request) -> Answer:
        until = self._pace.now() + request.patience_seconds
        failures = 0
        for attempt in count():
            cause: Exception | None = None
            try:
                answer = self._exchange(request, until)
                trouble = self._trouble(request, answer)
                if trouble is None:
                    return answer
            except httpx.HTTPError as error:
                trouble, cause = self._failure(request, error), error
            if trouble.arrived and request.doubt is not None:
                request.doubt(trouble.error)
            failures = failures + 1 if trouble.fails else 0
            delay = trouble.delay_seconds
            if delay is None:
                delay = min(_FIRST_DELAY_SECONDS * 2 ** min(attempt, 10), _LONGEST_DELAY_SECONDS)
            if failures >= _MOST_FAILURES or self._pace.now() + delay >= until:
                raise trouble.error from cause
            self._pace.wait(delay)
        raise AssertionError  # pragma: no cover - `count` has no end

    def broken(self, operation: str, what: str, hint: str = "") -> NodeProtocolError:
        """The error of an answer that is not what the protocol says."""
        hint = hint or f"Try it again.{self._other_address()}"
        return NodeProtocolError(f"{self} {what}", hint, node=self.host, operation=operation)

    # One exchange

    def _exchange(self, request: Request, until: float) -> Answer:
        left = max(0.1, until - self._pace.now())
        made = self._http.build_request(
            request.method,
            f"{str(self._base).rstrip('/')}{request.path}",
            params={name: str(value) for name, value in request.parameters.items() if value is not None},
            content=request.content,
            json=request.document,
            headers={"Content-Type": "application/octet-stream"} if request.content is not None else None,
            timeout=httpx.Timeout(min(left, _SILENCE_SECONDS), connect=min(left, _CONNECT_SECONDS)),
        )
        return within(left, lambda late: self._answer(request, made, late))

    def _answer(self, request: Request, made: httpx.Request, late: Callable[[], bool]) -> Answer:
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                response = self._http.send(made, stream=True)
            except httpx.InvalidURL as error:
                operation = request.operation
                raise self.broken(operation, f"redirected {operation} to what is no address") from error
            except RuntimeError as error:
                if not self._http.is_closed:
                    raise
                # By a program that ends, while a thread of it still looks at something.
                problem = f"{self} is not asked for {request.operation} any longer: the connections are closed"
                raise NodeUnreachable(problem, node=self.host, operation=request.operation) from error
            try:
                if response.next_request is None:
                    return Answer(response.status_code, response.headers, self._read(request, response, late))
                made = self._redirected(request, made, response.next_request)
            finally:
                response.close()
        raise self.broken(request.operation, f"redirected {request.operation} more than {_MOST_REDIRECTS} times")

    def _redirected(self, request: Request, made: httpx.Request, following: httpx.Request) -> httpx.Request:
        where = following.url.host
        if following.method != made.method:
            hint = f"Give its new address{self._by_setting()}"
            raise self.broken(request.operation, f"moved to {where}, and does not take {request.operation}", hint)
        if made.url.scheme == "https" and following.url.scheme != "https":
            raise self.broken(request.operation, f"redirected {request.operation} to {where} without encryption")
        return following

    def _read(self, request: Request, response: httpx.Response, late: Callable[[], bool]) -> bytes:
        parts: list[bytes] = []
        try:
            for part in unpacked(response, MOST_ANSWER_BYTES):
                parts.append(part)
                if late():
                    break
        except TooLarge as error:
            raise self.broken(
                request.operation, f"answered {request.operation} with more than {MOST_ANSWER_BYTES:,} bytes"
            ) from error
        return b"".join(parts)

    # What may be wrong

    def _trouble(self, request: Request, answer: Answer) -> _Trouble | None:
        status, words = answer.status, words_of(answer)
        if (200 <= status < 300 and status != 202) or (status == 202 and request.accepted):
            return None
        if status == 429 or _RATE_LIMIT in words.lower():
            delay = retry_after(answer.headers)
            wish = f"; it may be asked again in {delay:.0f} s" if delay is not None else ""
            refused = self._refused(request, answer, f"is asked too often{wish}")
            return _Trouble(refused, arrived=False, delay_seconds=delay)
        if status in (202, 503, 504) or (status == 425 and _TOO_LATE not in words):
            delay = retry_after(answer.headers)
            return _Trouble(self._too_slow(request, f"{status} {words}".strip(), delay), delay_seconds=delay)
        if status == 502:
            error = NodeUnreachable(
                f"{self} is down: 502 {words}".strip(), self._when_down(), node=self.host, operation=request.operation
            )
            return _Trouble(error, fails=True)
        raise self._refused(request, answer, f"refused {request.operation}")

    def _failure(self, request: Request, error: httpx.HTTPError) -> _Trouble:
        operation, words = request.operation, shortened(str(error)) or type(error).__name__
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | httpx.UnsupportedProtocol):
            hint = self._when_down()
            if "certificate" in words.lower():
                hint = "SSL_CERT_FILE names a file with certificates that are trusted"
            whom = self._sent_on(error)
            problem = f"{whom} cannot be reached: {words}"
            down = NodeUnreachable(problem, hint, node=self.host, operation=operation)
            return _Trouble(down, fails=True, arrived=False)
        if isinstance(error, httpx.TimeoutException):
            return _Trouble(self._too_slow(request, "no answer"))
        return _Trouble(self.broken(operation, f"broke off its answer to {operation}: {words}"), fails=True)

    def _refused(self, request: Request, answer: Answer, what: str) -> UnitRefused:
        words = words_of(answer)
        message = f"{self} {what}: {answer.status} {words}".rstrip(": ")
        step = next((step for statuses, step in _STEPS if answer.status in statuses), "").format(self.name)
        hint = f"{step}{self._other_address()}".strip()
        status, is_told = answer.status, is_error(answer)
        return UnitRefused(
            message, hint, node=self.host, operation=request.operation, status=status, text=words, is_told=is_told
        )

    def _too_slow(self, request: Request, last: str, wish_seconds: float | None = None) -> NodeTimeout:
        message = f"{self} gave no result of {request.operation} in {request.patience_seconds:g} s; last: {last}"
        if wish_seconds is not None and wish_seconds >= request.patience_seconds:
            message = f"{self} wishes to be asked for {request.operation} again in {wish_seconds:.0f} s: {last}"
        return NodeTimeout(message, "Ask again later", node=self.host, operation=request.operation)

    def _sent_on(self, error: httpx.TransportError) -> str:
        """Who failed: the unit, or a server that it sends its clients to."""
        host = error.request.url.host
        return str(self) if host == self._base.host else f"{self} sends its clients to {host}, which"

    def _by_setting(self) -> str:
        return f" with {self._setting}" if self._setting else ""

    def _other_address(self) -> str:
        return f" {self._setting} gives another address" if self._setting else ""

    def _when_down(self) -> str:
        return "Check the address and the connection." + self._other_address()


def _checked(name: str, address: str) -> httpx.URL:
    """An address as a URL. It is not repeated in what goes wrong: there may be a password in it."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise ConfigError(f"The address of the {name} is no URL") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(f"The address of the {name} is no URL", "Write it as https://HOST")
    if url.query or url.fragment:
        raise ConfigError(f"The address of the {name} at {url.host} goes on behind its path", "Leave ? and # out")
    return url


def mapped(unit: Unit, operation: str, read: Callable[[], Any]) -> Any:
    """What `read` makes of an answer.

    Raises:
        NodeProtocolError: it found something that the protocol does not allow: ValueError, KeyError and the like.
    """
    try:
        return read()
    except AosError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError, RecursionError) as error:
        problem = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise unit.broken(operation, f"answered {operation} with something else: {problem}") from error
