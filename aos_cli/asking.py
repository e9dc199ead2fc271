"""Questions to the person at the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from aos_cli.environment import Environment


def choose(environment: Environment, question: str, choices: Sequence[str]) -> int | None:
    """Which of several the user means.

    Args:
        environment: the terminal; there must be a person at it.
        question: without a question mark.
        choices: a line for each, harmless text.

    Returns:
        The index of the choice; None when the user did not choose.
    """
    for number, choice in enumerate(choices, 1):
        environment.write_err(f"  {number}  {choice}\n")
    while True:
        answer = _answer(environment, f"{question} (1-{len(choices)}, Enter for none): ")
        if not answer:
            return None
        if answer.isascii() and answer.isdecimal() and 1 <= int(answer[:9]) <= len(choices):
            return int(answer) - 1


def confirm(environment: Environment, question: str) -> bool:
    """Whether the user says yes; Enter is no.

    Args:
        environment: the terminal; there must be a person at it.
        question: without a question mark.
    """
    return _answer(environment, f"{question} [y/N]? ").lower() in ("y", "yes")


def _answer(environment: Environment, question: str) -> str:
    environment.write_err(question)
    line = environment.stdin.readline()
    if not line.endswith("\n"):
        # The end of the input stands in the line of the question.
        environment.write_err("\n")
    return line.strip()
