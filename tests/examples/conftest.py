"""Lets the tests of examples use the terminal window of the screens."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "screens"))
