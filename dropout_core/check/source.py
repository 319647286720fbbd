"""Reads Python source from files, folders, notebooks and standard input. Nothing that is read is run."""

import io
import os
import stat
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dropout_core.check.notebook import NotebookError, code_of
from dropout_core.common.errors import UserError

LIMIT = 2_000_000  # bytes of one file
MOST_FILES = 50_000  # of one folder
STDIN = "-"
_ENDINGS = (".py", ".ipynb")


class Unreadable(UserError):
    """A file that cannot be checked. The message names it and gives the reason."""


@dataclass(frozen=True)
class Source:
    """Python source with its file's name.

    cells  for a notebook, the line of `text` on which each of its code cells begins
    """

    name: str
    text: str
    cells: tuple[int, ...] = ()

    def place(self, line: int) -> str:
        """Return where a line of `text` stands: "model.py:12", or "model.ipynb:cell 3:2"."""
        cell, line = self.position(line)
        return f"{self.name}:cell {cell}:{line}" if cell else f"{self.name}:{line}"

    def position(self, line: int) -> tuple[int | None, int]:
        """Return the number of the notebook's code cell, or None for a plain file, and the line within it."""
        before = [start for start in self.cells if start <= line]
        return (len(before), line - before[-1] + 1) if before else (None, line)


def files(names: Iterable[str]) -> Iterator[str | Unreadable]:
    """Yield the name of every file to check, and an error for each name that leads to none.

    A folder stands for the Python files and notebooks below it, in alphabetical order. Links to folders are not
    followed; folders whose name begins with a dot are left out.
    """
    for name in names:
        if name == STDIN or not os.path.isdir(name):
            yield name
        else:
            yield from _below(name)


def _below(folder: str) -> Iterator[str | Unreadable]:
    count, problems = 0, list[OSError]()
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each != "__pycache__")
        for name in sorted(each for each in names if each.endswith(_ENDINGS)):
            count += 1
            if count > MOST_FILES:
                yield Unreadable(f"{folder} has more than {MOST_FILES:,} Python files; name a smaller folder")
                return
            yield os.path.join(parent, name)
    yield from (Unreadable(f"{each.filename} cannot be read ({each.strerror})") for each in problems)
    if not count and not problems:
        yield Unreadable(f"{folder} contains no Python files")


def read(name: str) -> Source:
    """Read a file, or standard input if the name is "-". Raises Unreadable."""
    content = _content(name)
    shown = "standard input" if name == STDIN else name
    if len(content) > LIMIT:
        raise Unreadable(f"{shown} is longer than {LIMIT:,} bytes")
    text = _decoded(shown, content)
    return notebook(shown, text) if name.endswith(".ipynb") else Source(shown, text)


def notebook(name: str, text: str) -> Source:
    """Join the code cells of a notebook. Raises Unreadable."""
    try:
        return Source(name, *code_of(text))
    except NotebookError as error:
        raise Unreadable(f"{name} is not a notebook: {error}") from None


def _content(name: str) -> bytes:
    """Return the file's bytes, up to one beyond the limit. Devices and pipes are refused, because reading may wait."""
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(LIMIT + 1)
        if not stat.S_ISREG(os.stat(name).st_mode):
            raise Unreadable(f"{name} is not a file; to check the output of a command, pass - and pipe it in")
        with Path(name).open("rb") as file:
            return file.read(LIMIT + 1)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read ({error.strerror})") from None
    except ValueError:  # the name contains a null character
        raise Unreadable(f"{name!r} cannot be a file name") from None


def _decoded(name: str, content: bytes) -> str:
    """Decode Python source by its byte order mark or coding comment, or as UTF-8."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except (SyntaxError, LookupError):
        raise Unreadable(f"{name} declares an unknown text encoding, or is not UTF-8") from None
    except ValueError as error:  # among them all errors of decoding
        reason = getattr(error, "encoding", "its declared encoding")
        raise Unreadable(f"{name} is not text in {reason}") from None
