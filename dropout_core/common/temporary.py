"""Temporary folders that other users of the machine can neither enter nor replace."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dropout_core.common.errors import UserError

_LONGEST_BASE = 70  # in bytes; a Unix socket path may have at most 103, and multiprocessing appends 32
_OTHER_BASES = ("/tmp", "/var/tmp", "/dev/shm")


class TemporaryFolderError(UserError):
    """There is no suitable location for a private temporary folder."""


def private_folder() -> Path:
    """Create a new folder with mode 0700. Raises TemporaryFolderError."""
    return Path(tempfile.mkdtemp(prefix="dropout-", dir=base_folder()))


def base_folder() -> str:
    """Return the folder for temporary files: TMPDIR, or a fallback if TMPDIR is unsafe or too long for Unix sockets.

    Raises TemporaryFolderError.
    """
    for base in _candidates():
        with suppress(OSError):
            if _is_safe(base) and os.access(base, os.W_OK | os.X_OK):
                return base
    raise TemporaryFolderError("no safe temporary folder was found; set TMPDIR to a folder that only you can write to")


def _candidates() -> Iterator[str]:
    with suppress(OSError):  # no temporary folder is writable
        yield tempfile.gettempdir()
    if sys.platform != "win32":
        yield from _OTHER_BASES


def _is_safe(base: str) -> bool:
    """Whether the path is short enough and other users cannot replace a folder inside it."""
    if sys.platform == "win32":
        return True
    status = os.stat(base)
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX
    is_trusted = status.st_uid in (0, os.getuid())
    return len(os.fsencode(base)) <= _LONGEST_BASE and is_trusted and not others_write
