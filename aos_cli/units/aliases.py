"""Modules of the network that our own stands in for.

Programs ask for the network's aos modules by id. A process that names one of these runs the bundled module, which has
the same library; a real module of that id that is in the store goes before. Modules that bring more than aos does,
such as a database or a language model, have no stand-in: their programs would fail in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping

STAND_INS: Mapping[str, str] = {
    "ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s": "aos 2.0.4",
    "JArYBF-D8q2OmZ4Mok00sD2Y_6SYEQ7Hjx-6VZ_jl3g": "aos 2.0.3",
    "Do_Uc2Sju_ffp6Ev0AnLVdPtot15rvMjP-a9VVaA5fM": "aos 2.0.1",
}
"""Ids of modules that the bundled one stands in for, and what is known by that id."""

RUNNING_MODULE_TAG = "Runs-Module"
"""The tag, and the header, that names the module that really runs."""
