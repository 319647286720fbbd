"""How the explainer pages lay things out: a picture beside words, a chart under its controls, remarks."""

import hashlib
import json
import time
from threading import Lock

import pandas as pd
import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

# What is the same for all readers is worked out once; its messages are kept, and sent again to whoever comes.
# Not for st.html of a style alone: it goes to a place of its own, from where it is not sent again.
cached_output = st.cache_data(show_spinner=False, max_entries=64)

FIRST_CHART_DELAY = 0.6  # seconds
_MOST = 256
_CELLS = 60  # a table of fewer stays in its chart
_digests: dict[int, tuple[dict, str]] = {}
_changing = Lock()


def two_columns(heading: str | None = None) -> list:
    """A screenful: a picture at the left and words at the right, one above the other on a phone."""
    if heading:
        st.header(heading)
    return st.columns([3, 2], gap="large")


def draw(spec: dict, key: str, alt: str, chart: str = "", **report: object) -> object:
    """A chart under its own controls; chart is its key where it is not that of the place, KEY_chart."""
    with st.container(key=key):
        name = chart or f"{key}_chart"
        if report:
            return st.vega_lite_chart(spec=spec, key=name, alt=alt, **report)
        if in_cached_function.get():  # a cache within cached_output would be played back outside its column
            return st.vega_lite_chart(spec=spec, key=name, alt=alt)
        return _still(name, _digest(spec), alt, spec)


@st.cache_data(show_spinner=False, max_entries=256)
def _still(name: str, digest: str, alt: str, _spec: dict) -> None:
    """A chart that reports nothing: Streamlit takes 5 ms to turn a large one into a message, so that is done once."""
    st.vega_lite_chart(spec=_spec, key=name, alt=alt)


def _digest(spec: dict) -> str:
    """What tells this specification from others. Pages keep theirs, so the same object comes again and again."""
    known = _digests.get(id(spec))
    if known is None or known[0] is not spec:
        known = (spec, hashlib.sha256(json.dumps(spec).encode()).hexdigest())
        with _changing:  # or another reader would change it while it is looked through
            _digests[id(spec)] = known  # with the object itself: its id is not given to another while it is kept here
            while len(_digests) > _MOST:
                del _digests[next(iter(_digests))]
    return known[1]


def delay_until_first_chart() -> None:
    """Below a page's first chart: on a visit's first page, let the browser draw that before the others come.

    It fetches the code of charts at the first of them. Whatever else arrives meanwhile is built first, and then all
    charts at once; so what stands below may as well wait. The whole page takes as long either way.
    """
    if not st.session_state.get("shown"):  # set by app.py at the end of a page
        time.sleep(FIRST_CHART_DELAY)


def extract_datasets(spec: dict) -> dict:
    """The chart with its tables beside it, in Arrow's format; for charts that report, which are kept so.

    Streamlit writes and reads back their specification at every run; Arrow's bytes it passes on.
    """
    tables: dict[str, bytes] = {}
    bare = _without_tables(spec, tables)
    return {**bare, "datasets": tables} if tables else spec


def _without_tables(part: object, tables: dict[str, bytes]) -> object:
    """This part of a specification, its tables put among the others and their names in their place."""
    if isinstance(part, list):
        return [_without_tables(each, tables) for each in part]
    if not isinstance(part, dict):
        return part
    if not _is_table(values := part.get("values")):
        return {key: _without_tables(value, tables) for key, value in part.items()}
    table = pd.DataFrame(values)
    small = dict.fromkeys(table.select_dtypes("int64"), "int32")  # nothing shown counts further
    data = convert_anything_to_arrow_bytes(table.astype(small))
    name = part.get("name") or hashlib.sha256(data).hexdigest()[:16]  # other layers may know it by its name
    tables[name] = data
    return {"name": name}


def _is_table(values: object) -> bool:
    """Rows of plain values, enough of them to be worth it."""
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        return False
    cells = [cell for row in values for cell in row.values()]
    return len(cells) >= _CELLS and not any(isinstance(cell, list | dict) for cell in cells)


def small(text: str) -> None:
    """A side remark; unlike st.caption's grey, it keeps the contrast that small text needs."""
    st.markdown(f":small[{text}]")


def text(*paragraphs: str) -> None:
    """Paragraphs and formulas, as one element: a browser builds a page of fewer elements sooner."""
    st.markdown("\n\n".join(paragraphs))


def formula(tex: str) -> str:
    """A formula on a line of its own, in Markdown."""
    return f"$$\n{tex}\n$$"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], numbers: tuple[int, ...] = ()) -> str:
    """A table in Markdown; the columns numbers, counted from 0, are aligned to the right."""
    lines = [head, ["---:" if i in numbers else "---" for i in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
