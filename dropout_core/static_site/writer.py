"""Writes the site's files into an empty folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dropout_core.common.errors import UserError
from dropout_core.common.whole_files import write_whole


class ExportError(UserError):
    """The site cannot be written."""


class SiteFolder:
    """The folder of the site, which must be new or empty. Raises ExportError if it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: list[Path] = []
        self._new = not folder.exists()
        if folder.exists() and not folder.is_dir():
            raise ExportError(f"{folder} is not a folder; name a new or an empty folder")
        with self._problems():
            folder.mkdir(parents=True, exist_ok=True)
            occupied = any(folder.iterdir())
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(None, "permission denied")
        if occupied:
            raise ExportError(f"the folder {folder} is not empty; name a new or an empty folder")

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file below the folder."""
        path = self.folder / name
        with self._problems():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        self._written.append(path)

    def clear(self) -> None:
        """Delete what has been written, so that nobody takes an incomplete site for a complete one."""
        folders = {folder for path in self._written for folder in path.parents if folder.is_relative_to(self.folder)}
        for path in self._written:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        for folder in sorted(folders | {self.folder}, key=lambda each: len(each.parts), reverse=True):
            if folder != self.folder or self._new:
                with suppress(OSError):  # somebody else has put a file there
                    folder.rmdir()

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ExportError(f"the site cannot be written to {self.folder} ({reason})") from None
