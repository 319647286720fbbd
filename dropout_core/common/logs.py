"""The training log on stderr, with one line per event, as text or JSON. It contains nothing about visitors."""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime

_FIELDS = ("event", "key", "seconds")  # optional attributes of log records


def set_up(kind: str) -> None:
    """Log this package's messages to stderr, as "text" or "json". Calling this again changes the format."""
    handler, logger = _Stderr(), logging.getLogger("dropout_core")
    handler.setFormatter(_Json() if kind == "json" else _Text())
    for old in [old for old in logger.handlers if isinstance(old, _Stderr)]:
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


class _Stderr(logging.Handler):
    """Write to the current sys.stderr, even if it has been replaced. StreamHandler would keep using the original.

    Lines that cannot be written are dropped.
    """

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # a broken pipe or a closed stream
            print(self.format(record), file=sys.stderr, flush=True)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {"time": _time(record), "level": record.levelname, "event": "note", **_fields(record)}
        entry["message"] = record.getMessage()
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
