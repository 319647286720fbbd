"""What the server says of its trainings on stderr: one line an event, as text or as JSON. Nothing about readers."""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime

_FIELDS = ("event", "key", "seconds")  # what a record may carry besides its text


def set_up(kind: str) -> None:
    """Have everything of this package written to stderr, as "text" or as "json"; once more changes the kind."""
    handler, logger = _Stderr(), logging.getLogger("dropout_core")
    handler.setFormatter(_Json() if kind == "json" else _Text())
    for old in [old for old in logger.handlers if isinstance(old, _Stderr)]:
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _Stderr(logging.Handler):
    """Finds sys.stderr anew for every line, whatever it has become since; StreamHandler keeps the first one.

    A line that cannot be written is lost: what it tells of must go on.
    """

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # the pipe's reader has gone; the stream is closed
            print(self.format(record), file=sys.stderr, flush=True)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = {"time": _time(record), "level": record.levelname, "event": "note", **_fields(record)}
        said["message"] = record.getMessage()
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
