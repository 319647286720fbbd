"""Reads the tables that Streamlit sends in Arrow's format, as columns for charts and as HTML."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pyarrow as pa
from streamlit.proto.ArrowData_pb2 import ArrowData
from streamlit.proto.Table_pb2 import Table

Columns = dict[str, list[Any]]


def columns(data: bytes) -> Columns:
    """Return the columns of a table, without the index that pandas adds."""
    table = _read(data)
    index = _index_names(table)
    return {name: table.column(name).to_pylist() for name in table.column_names if name not in index}


def html(table: Table) -> str:
    """Return a table as HTML. The index is the first column, unless the page hides it."""
    read = _read(table.arrow_data.data)
    shown = _display_values(table.arrow_data) or read
    index = _index_names(read)
    first = [] if table.hide_index else index
    names = [*first, *(name for name in read.column_names if name not in index)]
    cells = [shown.column(read.column_names.index(name)).to_pylist() for name in names]
    head = "" if table.hide_header else _head(["" if name in index else name for name in names])
    body = "".join(_row(row, len(first)) for row in zip(*cells, strict=True))
    return f'<div class="table" tabindex="0"><table>{head}<tbody>{body}</tbody></table></div>'


def _read(data: bytes) -> pa.Table:
    with pa.ipc.open_stream(data) as stream:
        return stream.read_all()


def _display_values(data: ArrowData) -> pa.Table | None:
    """Return the formatted cells of a pandas Styler, if there is one."""
    values = data.styler.display_values
    return _read(values) if values else None


def _index_names(table: pa.Table) -> list[str]:
    """Return the columns that pandas uses as the table's index. A plain range is not stored as a column."""
    metadata: Mapping[bytes, bytes] = table.schema.metadata or {}
    described = json.loads(metadata.get(b"pandas", b"{}"))
    return [name for name in described.get("index_columns", []) if isinstance(name, str)]


def _head(names: Sequence[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _row(cells: Sequence[object], headings: int) -> str:
    texts = [escape("" if cell is None else str(cell)) for cell in cells]
    head = "".join(f'<th scope="row">{text}</th>' for text in texts[:headings])
    return f"<tr>{head}{''.join(f'<td>{text}</td>' for text in texts[headings:])}</tr>"
