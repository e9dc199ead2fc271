"""Small files of the user's own that are written whole: readers see the one before or the one after, never a half."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def stamp_of(file: Path | None) -> tuple[int, int] | None:
    """What differs when a file was replaced, by this program or another; None when there is no file."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ino) if found else None


def replace_private_file(file: Path, text: str) -> None:
    """Puts a text in a file's place, for the owner's eyes only; its folder is made if need be.

    Args:
        file: may be there or not.
        text: the whole content; written as UTF-8.

    Raises:
        OSError: it cannot be written; the file is as it was, and nothing is left beside it.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
