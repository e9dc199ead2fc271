"""The machine alone: what an Eval and a handled message take, without signatures, store and delivery."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from clocks import Timing, medians, timed
from figures import BenchmarkBroken, Figure, microseconds
from workload import COUNTING_CODE, REPLY_PROGRAM, message

from aos_cli.machine.module import bundled_sources
from aos_cli.machine.native import NativeMachine, prepare
from aos_cli.machine.port import Evaluation
from aos_cli.machine.standalone import DEFAULT_ENVIRONMENT, Machine


class _Bench:
    """Both doors of the machine, each with a process that has evaluated the reply program."""

    def __init__(self, messages: int) -> None:
        self._messages = messages
        self._public = Machine()
        self._native = NativeMachine(bundled_sources(), DEFAULT_ENVIRONMENT)
        self._next = 2
        for first in (message(0, ""), message(1, "Eval", REPLY_PROGRAM)):
            self._public.handle(first, DEFAULT_ENVIRONMENT)
            self._native.run(prepare(first))

    def _fresh(self, action: str, data: str) -> list[dict[str, Any]]:
        made = [message(self._next + index, action, data) for index in range(self._messages)]
        self._next += self._messages
        return made

    def public(self, action: str, data: str, expected: str) -> Timing:
        """Through `Machine.handle`: a message as a dict goes in, a result as a dict comes out."""
        made = self._fresh(action, data)
        results: list[dict[str, Any]] = []

        def work() -> None:
            results.extend(self._public.handle(one, DEFAULT_ENVIRONMENT) for one in made)

        timing = timed(work)
        _check(str(results[-1]), expected)
        return timing

    def native(self, action: str, data: str, expected: str) -> Timing:
        """Through `NativeMachine.run`: prepared before, and the result is left as text."""
        prepared = [prepare(one) for one in self._fresh(action, data)]
        results: list[Evaluation] = []

        def work() -> None:
            results.extend(self._native.run(one) for one in prepared)

        timing = timed(work)
        _check(results[-1].text, expected)
        return timing


def _check(result: str, expected: str) -> None:
    if expected not in result:
        raise BenchmarkBroken(result)


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Microseconds per Eval and per message that is replied to, through both doors."""
    messages, repetitions = (20, 1) if quick else (1000, 7)
    bench = _Bench(messages)
    evaluation, reply = ("Eval", COUNTING_CODE, "Output"), ("Ping", "", "pong")
    taken = medians(
        {
            "handle-eval": partial(bench.public, *evaluation),
            "run-eval": partial(bench.native, *evaluation),
            "handle-reply": partial(bench.public, *reply),
            "run-reply": partial(bench.native, *reply),
        },
        repetitions,
    )

    def figure(name: str, meaning: str, at_most: float) -> Figure:
        return microseconds(name, meaning, taken[name], messages, repetitions, at_most=at_most)

    per_second = messages / taken["handle-eval"].cpu
    return [
        figure("handle-eval", "Eval of a counter, Machine.handle", 100),
        Figure("evals-per-second", "the same as a rate", "Evals/s CPU", per_second, f"median of {repetitions}"),
        figure("run-eval", "Eval of a counter, NativeMachine.run", 100),
        figure("handle-reply", "message with a reply, Machine.handle", 150),
        figure("run-reply", "message with a reply, NativeMachine.run", 150),
    ]
