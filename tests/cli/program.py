"""The program, started in this Python with streams, variables and folders of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aos_cli.cli.main import run
from aos_cli.environment import Environment

ROOT = Path(__file__).parents[2]

FIRST_MS = 1_800_000_000_000

# Where nobody listens: no test contacts the public network, not even by mistake.
NOWHERE = dict.fromkeys(("MU_URL", "SU_URL", "CU_URL", "GATEWAY_URL"), "http://127.0.0.1:9")


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """`aos` for one user with a home.

    Args:
        folder: everything is below it: the user's home folder, which is also the current directory, and AOS_HOME.
    """

    def __init__(self, folder: Path) -> None:
        self.cwd = folder / "user"
        self.cwd.mkdir()
        self.home = folder / "aos"
        self.variables = {"HOME": str(self.cwd), "AOS_HOME": str(self.home), **NOWHERE}

    def __call__(
        self,
        *arguments: str,
        stdin: str = "",
        width: int = 100,
        colour: Literal["auto", "always", "never"] = "auto",
        tty: bool = False,
        encoding: str = "utf-8",
        **variables: str,
    ) -> Ended:
        """Runs the program.

        Args:
            arguments: of the program.
            stdin: what is piped in.
            width: columns of the terminal.
            colour: as `Environment` has it.
            tty: whether standard output and standard error are terminals.
            encoding: of standard output and standard error.
            variables: more environment variables.
        """
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="") for _ in range(2))
        environment = Environment(
            stdin=io.StringIO(stdin),
            stdout=out,
            stderr=err,
            stdin_is_tty=False,
            stdout_is_tty=tty,
            stderr_is_tty=tty,
            variables={**self.variables, **variables},
            cwd=self.cwd,
            colour=colour,
            width=width,
            clock_ms=lambda: FIRST_MS,
        )
        status = run(arguments, environment)
        return Ended(status, self._written(out, encoding), self._written(err, encoding))

    @staticmethod
    def _written(stream: io.TextIOWrapper, encoding: str) -> str:
        stream.flush()
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(encoding)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Starts the program as a program of its own, with pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "aos_cli", *arguments],
            cwd=self.cwd,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **self.variables, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def apart(self, *arguments: str, stdin: str = "", **variables: str) -> Ended:
        """Runs the program as a program of its own, with pipes."""
        with self.start(*arguments, **variables) as process:
            out, err = process.communicate(stdin, timeout=30)
        return Ended(process.returncode, out, err)

    def write(self, name: str, content: str) -> Path:
        """Writes a file into the current directory."""
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
        return path

    def files(self) -> set[str]:
        """Every file and folder of the user, relative."""
        folder = self.cwd.parent
        return {str(path.relative_to(folder)) for path in folder.rglob("*")} - {"user"}

    def processes(self) -> list[dict[str, Any]]:
        """What `aos ps` lists."""
        return self("ps", "--json").json
