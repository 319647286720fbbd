"""The layout of the explainer pages: a picture beside text, a chart below its controls, side remarks."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

Spec = dict[str, Any]  # a Vega-Lite specification

# Output that is the same for all readers: computed once, then replayed to every session.
# It does not replay st.html with nothing but a style, which Streamlit sends elsewhere.
cached_output = st.cache_data(show_spinner=False, max_entries=64)

FIRST_CHART_DELAY = 0.6  # seconds
_MOST_DIGESTS = 256
_CELLS = 60  # smaller tables stay inside their chart
_digests: dict[int, tuple[Spec, str]] = {}
_lock = Lock()


def two_columns(heading: str | None = None) -> list[DeltaGenerator]:
    """A wide column for a picture and a narrow one for text; on a phone, one above the other."""
    if heading:
        st.header(heading)
    return st.columns([3, 2], gap="large")


def draw(spec: Spec, key: str, alt: str, chart: str = "") -> None:
    """A chart below its controls. chart is its key, by default KEY_chart; key is that of the container around it."""
    name = chart or f"{key}_chart"
    with st.container(key=key):
        if in_cached_function.get():  # inside cached_output, another cache would be replayed outside its column
            st.vega_lite_chart(spec=spec, key=name, alt=alt)
        else:
            _draw_cached(name, _digest(spec), alt, spec)


def draw_reporting(spec: Spec, key: str, alt: str, parameters: Sequence[str], chart: str = "") -> Mapping[str, Any]:
    """Like draw, for a chart that reports these selection parameters. Returns the selected rows by parameter."""
    with st.container(key=key):
        name = chart or f"{key}_chart"
        state = st.vega_lite_chart(spec=spec, key=name, alt=alt, on_select="rerun", selection_mode=parameters)
    return state.selection


@st.cache_data(show_spinner=False, max_entries=256)
def _draw_cached(name: str, digest: str, alt: str, _spec: Spec) -> None:
    """Serialize a chart once: Streamlit takes 5 ms for a large one."""
    st.vega_lite_chart(spec=_spec, key=name, alt=alt)


def _digest(spec: Spec) -> str:
    """A hash of the specification. Pages cache theirs, so the same object is passed again and again."""
    known = _digests.get(id(spec))
    if known is None or known[0] is not spec:
        known = (spec, hashlib.sha256(json.dumps(spec).encode()).hexdigest())
        with _lock:  # other sessions change the dictionary too
            _digests[id(spec)] = known  # keeps the object alive, so that its id is not reused
            while len(_digests) > _MOST_DIGESTS:
                del _digests[next(iter(_digests))]
    return known[1]


def delay_until_first_chart() -> None:
    """Wait below the first chart of a session, so that the browser draws it before the rest of the page arrives.

    The browser fetches its chart library for the first chart. It would build everything that arrives meanwhile first,
    and then draw all charts together. The whole page takes equally long either way.
    """
    if not st.session_state.get("shown"):  # set by shell.py at the end of a page
        time.sleep(FIRST_CHART_DELAY)


def extract_datasets(spec: Spec) -> Spec:
    """The specification with its tables moved to "datasets", in Arrow's format; for charts that report selections.

    Streamlit serializes and parses such a specification in every run, but passes Arrow's bytes through.
    """
    tables: dict[str, bytes] = {}
    without_tables = {key: _without_tables(value, tables) for key, value in spec.items()}
    return {**without_tables, "datasets": tables} if tables else spec


def _without_tables(part: object, tables: dict[str, bytes]) -> object:
    """This part of a specification, with each table moved to `tables` and replaced by its name."""
    if isinstance(part, list):
        return [_without_tables(each, tables) for each in part]
    if not isinstance(part, dict):
        return part
    if not _is_table(values := part.get("values")):
        return {key: _without_tables(value, tables) for key, value in part.items()}
    table = pd.DataFrame(values)
    small = dict.fromkeys(table.select_dtypes("int64"), "int32")  # large enough for every count that is shown
    data = convert_anything_to_arrow_bytes(table.astype(small))
    name = part.get("name") or hashlib.sha256(data).hexdigest()[:16]  # other layers may refer to the table by its name
    tables[name] = data
    return {"name": name}


def _is_table(values: object) -> bool:
    """Whether these are rows of plain values, and enough of them to be worth moving."""
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        return False
    cells = [cell for row in values for cell in row.values()]
    return len(cells) >= _CELLS and not any(isinstance(cell, list | dict) for cell in cells)


def small(text: str) -> None:
    """A side remark, with more contrast than the grey of st.caption."""
    st.markdown(f":small[{text}]")


def text(*paragraphs: str) -> None:
    """Paragraphs and formulas as a single element: browsers build a page of fewer elements faster."""
    st.markdown("\n\n".join(paragraphs))


def formula(tex: str) -> str:
    """A displayed formula in Markdown."""
    return f"$$\n{tex}\n$$"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: tuple[int, ...] = ()) -> str:
    """A table in Markdown; the columns numbers, counted from 0, are aligned to the right."""
    lines = [head, ["---:" if i in numbers else "---" for i in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
