"""The studies: measurements of trained nets, each stored as a JSON file beside the records, with its provenance."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from dropout_core.reference import FILES


def path(name: str) -> Path:
    """Return the path of the file of the study with this name."""
    return FILES / f"{name}.json"


@cache
def load(name: str) -> Any:
    """Read the study's file."""
    return json.loads(path(name).read_text("utf-8"))


@cache
def provenance(name: str) -> dict[str, str]:
    """Return the first provenance stored in the study's file, with the time at which the study ended."""
    file = load(name)
    made = next(_provenances(file), {})
    return {"ended": file["ended"], **made} if "ended" in file else made


def _provenances(part: Any) -> Iterator[dict[str, str]]:
    """Yield the values of all keys "provenance" in a parsed JSON file."""
    if isinstance(part, dict) and "provenance" in part:
        yield part["provenance"]
    nested = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in nested:
        yield from _provenances(value)
