"""Programs for Node that use packages of the network, as tests see them: JSON Lines in, JSON Lines out."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

# Longer than any answer takes; without it a mistake would wait for ever.
_LONG_SECONDS = 60.0


class NpmPeer:
    """A running program that answers each line with a line.

    Args:
        script: its file, in this folder.
        arguments: what it gets on its command line.
    """

    def __init__(self, script: str, *arguments: str) -> None:
        self._program = subprocess.Popen(
            ["node", script, *arguments],
            cwd=FOLDER,
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            self._answers.put(line)
        # Whoever waits then is told that there is no more.
        self._answers.put("")

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer to a request."""
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(request) + "\n")
        self._program.stdin.flush()
        line = self._answers.get(timeout=_LONG_SECONDS)
        assert line, "the program ended without an answer; what it said stands in standard error"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Lets it end and waits for that."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.close()
        try:
            self._program.wait(_LONG_SECONDS)
        finally:
            self._program.kill()
            self._reader.join(_LONG_SECONDS)
            self._program.stdout.close()
