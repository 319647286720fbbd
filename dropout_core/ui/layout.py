"""The layout of the explainer pages: pictures beside text, charts below their controls, and side remarks."""

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

import pandas as pd
import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

from dropout_core.common.errors import UserError

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Spec = dict[str, Any]  # a Vega-Lite specification

draw_closed_expanders = False  # whether the content of closed expanders is sent too; set by tests
_MOST_KNOWN = 256
_CELLS = 60  # tables with fewer cells stay inside the chart specification
_decorated: dict[int, tuple[Any, Any]] = {}
_digests: dict[int, tuple[Any, str]] = {}
_lock = Lock()


def cached_output(function: F) -> F:
    """Decorate a page's function whose output is the same for all readers: it is computed once, and then replayed.

    Each run of a page defines its functions anew, but from the same code. Streamlit's cache would read the source of
    each function in every run, which takes up to 2 ms; so the decorated function is kept for the page's next runs.
    """
    return _known(_decorated, inspect.unwrap(function).__code__, lambda: _cache(function))


_cache = st.cache_data(show_spinner=False, max_entries=64)


def two_columns(heading: str | None = None) -> list[DeltaGenerator]:
    """Create a wide column for a picture and a narrow column for text. On phones, the columns are stacked."""
    if heading:
        st.header(heading)
    return st.columns([3, 2], gap="large")


def draw(spec: Spec, key: str, alt: str, chart: str = "") -> None:
    """Draw a chart below its controls.

    key    key of the container around the chart
    chart  key of the chart itself; by default, the container's key followed by "_chart"
    """
    name = chart or f"{key}_chart"
    with st.container(key=key):
        if in_cached_function.get():  # a cache nested in cached_output would be replayed outside its column
            st.vega_lite_chart(spec=spec, key=name, alt=alt)
        else:
            _draw_cached(name, _digest(spec), alt, spec)


def draw_reporting(spec: Spec, key: str, alt: str, parameters: Sequence[str], chart: str = "") -> Mapping[str, Any]:
    """Draw a chart that reports selections; see `draw`. Returns the selected rows, keyed by selection parameter."""
    with st.container(key=key):
        name = chart or f"{key}_chart"
        state = st.vega_lite_chart(spec=spec, key=name, alt=alt, on_select="rerun", selection_mode=parameters)
    return state.selection


@st.cache_data(show_spinner=False, max_entries=256)
def _draw_cached(name: str, digest: str, alt: str, _spec: Spec) -> None:
    """Draw a chart and cache its serialization, which takes 5 ms for a large chart."""
    st.vega_lite_chart(spec=_spec, key=name, alt=alt)


def _digest(spec: Spec) -> str:
    """Return a hash of the specification. Hashes are cached by object identity, since pages reuse specifications."""
    return _known(_digests, spec, lambda: hashlib.sha256(json.dumps(spec).encode()).hexdigest())


def _known(values: dict[int, tuple[Any, T]], key: object, compute: Callable[[], T]) -> T:
    """Return the value for this very object, which is computed at the first call."""
    known = values.get(id(key))
    if known is None or known[0] is not key:
        known = key, compute()
        with _lock:  # sessions share the dictionary
            values[id(key)] = known  # keeps a reference to the object, so that its id is not reused
            while len(values) > _MOST_KNOWN:
                del values[next(iter(values))]
    return known[1]


@st.fragment
def expander(label: str, content: Callable[..., None], *arguments: Any, icon: str = "", key: str | None = None) -> None:
    """Show an expander whose content is computed and sent when a reader opens it.

    Streamlit's own expanders send and draw closed content too, which made a page's first chart wait for hidden ones.
    Content with input widgets belongs in Streamlit's own: a widget that is not shown loses its value.
    """
    shown = f":material/{icon}:" if icon else None
    with st.expander(label, icon=shown, on_change="rerun", key=key) as opened:
        if not (opened.open or draw_closed_expanders):
            return
        try:
            content(*arguments)
        except UserError as error:
            st.error(f"This cannot be shown here: {error}.", icon=":material/error:")
        except OSError as error:
            st.error(
                f"A file of this package cannot be read ({error}); reinstall the package.", icon=":material/error:"
            )


def extract_datasets(spec: Spec) -> Spec:
    """Move a specification's tables to "datasets", in Arrow format. Intended for charts that report selections.

    Streamlit serializes and parses the specification of such a chart in every run, but passes Arrow bytes through.
    """
    tables: dict[str, bytes] = {}
    without_tables = {key: _without_tables(value, tables) for key, value in spec.items()}
    return {**without_tables, "datasets": tables} if tables else spec


def _without_tables(part: object, tables: dict[str, bytes]) -> object:
    """Move each table in this part of a specification to `tables`, leaving a reference by name."""
    if isinstance(part, list):
        return [_without_tables(each, tables) for each in part]
    if not isinstance(part, dict):
        return part
    if not _is_table(values := part.get("values")):
        return {key: _without_tables(value, tables) for key, value in part.items()}
    table = pd.DataFrame(values)
    data = convert_anything_to_arrow_bytes(table.apply(_smallest))
    name = part.get("name") or hashlib.sha256(data).hexdigest()[:16]  # other layers may refer to the table by its name
    tables[name] = data
    return {"name": name}


def _smallest(column: pd.Series) -> pd.Series:
    """Return whole numbers in the smallest type that holds them. Browsers would not read 64-bit integers as numbers."""
    return pd.to_numeric(column, downcast="integer") if column.dtype == "int64" else column


def _is_table(values: object) -> bool:
    """Whether the values are rows of scalars, with enough cells to be worth moving."""
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        return False
    cells = [cell for row in values for cell in row.values()]
    return len(cells) >= _CELLS and not any(isinstance(cell, list | dict) for cell in cells)


def small(text: str, explanation: str | None = None) -> None:
    """Show a side remark in small print, with more contrast than the grey text of st.caption.

    explanation  text shown on hover; see glossary.explain()
    """
    st.markdown(f":small[{text}]", help=explanation)


def text(*paragraphs: str, explanation: str | None = None) -> None:
    """Show paragraphs and formulas as a single element; see small(). A page with fewer elements renders faster."""
    st.markdown("\n\n".join(paragraphs), help=explanation)


def formula(tex: str) -> str:
    """Return Markdown for a formula on its own line."""
    return f"$$\n{tex}\n$$"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], numbers: tuple[int, ...] = ()) -> str:
    """Return a Markdown table. `numbers` are the indices of right-aligned columns, counted from 0."""
    lines = [head, ["---:" if i in numbers else "---" for i in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
