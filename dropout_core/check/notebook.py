"""Extracts the Python code of a Jupyter notebook, which is a JSON document."""

import json
import re
from typing import Any

# Lines for IPython, not Python: %magic, !command, ?help and help?.
_IPYTHON = re.compile(r"^\s*([%!?]|[\w.]+\s*=\s*[%!]|[\w.]+\?\??\s*$)")
_OTHER_LANGUAGE = re.compile(r"^\s*%%(?!time|capture|prun)")


class NotebookError(ValueError):
    """The text is not a notebook. The message gives the reason."""


def code_of(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the code of all code cells, and the line on which each of them begins. Raises NotebookError."""
    lines: list[str] = []
    starts = []
    for source in _code_cells(text):
        starts.append(len(lines) + 1)
        lines += _python(source) or [""]
    return "\n".join(lines) + "\n", tuple(starts)


def _code_cells(text: str) -> list[str]:
    try:
        cells: Any = json.loads(text)["cells"]
        return [_text(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except RecursionError:
        raise NotebookError("it is nested too deeply") from None
    except ValueError:
        raise NotebookError("it is not JSON") from None
    except (KeyError, TypeError):
        raise NotebookError("it has no list of cells") from None


def _text(source: object) -> str:
    """Return a cell's source, which is stored as a string or as a list of lines."""
    return source if isinstance(source, str) else "".join(map(str, source))  # type: ignore[call-overload]


def _python(source: str) -> list[str]:
    """Split a cell into lines, with `pass` in place of what only IPython understands."""
    lines = source.split("\n")
    if lines and _OTHER_LANGUAGE.match(lines[0]):
        return ["pass"] * len(lines)
    return [_without_magic(line) for line in lines]


def _without_magic(line: str) -> str:
    indentation = line[: len(line) - len(line.lstrip())]
    return f"{indentation}pass" if _IPYTHON.match(line) else line
