"""Building blocks for interactive Vega-Lite charts, whose sliders work in the browser without the server.

The rate is called rate_p in every chart, so that components.link_sliders can keep all sliders of a page at the same
value. A specification depends only on its data and on the sliders' initial values.
"""

from collections.abc import Iterable, Mapping, Sequence

from dropout_core.charts.theme import TEXT_SIZE
from dropout_core.numerics.masks import RATE_STEP, RATES

RATE_LABEL = "Rate p = P(drop) "
RATE_INDEX = f"round(rate_p / {RATE_STEP})"  # expression for the index of the slider's rate in RATES
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
INK = "currentColor"  # the page's text colour, in light and in dark mode; needs the SVG renderer
SVG = {"embedOptions": {"renderer": "svg"}}  # exposes marks as elements that tests and screen readers can find
ONE_ROW: dict = {"values": [{}]}  # data for a single mark, which would otherwise be drawn once for each row
PADDING = {"left": 4, "right": 4, "top": 4, "bottom": 4}
_LABEL = 15  # height in pixels that labels take at the top of a row
_LABELS = {"labelFontSize": TEXT_SIZE, "titleFontSize": TEXT_SIZE, "labelColor": INK, "titleColor": INK}
# All text has the same size and the page's text colour, because Streamlit's grey lacks contrast. Axis labels are
# centred on their ticks. Screen readers do not read empty layers.
CONFIG = {
    "view": {"stroke": None},
    "mark": {"aria": False},
    "text": {"fontSize": TEXT_SIZE, "fill": INK},
    "title": {"fontSize": TEXT_SIZE, "color": INK},
    "axis": {"labelFlush": False, **_LABELS},
    "legend": _LABELS,
}

# Labels of an axis of differences: a sign before every number but zero.
SIGNED = {"labelExpr": "datum.value == 0 ? '0' : format(datum.value, '+~g')"}


def slider(label: str, low: float, high: float, step: float) -> dict:
    """Build a range input, which Vega shows below the chart."""
    return {"input": "range", "min": low, "max": high, "step": step, "name": label}


def row_labels(name: str, numbers: str, y: dict, dy: int, weight: int = 400) -> list[dict]:
    """Build two text layers above each row: the row's name on the left and its numbers on the right."""
    left = {"mark": text(name, align="left", dy=dy, fontWeight=600), "encoding": {"x": {"value": 0}, "y": y}}
    right = text(numbers, align="right", dy=dy, fontWeight=weight)
    return [left, {"mark": right, "encoding": {"x": {"value": {"expr": "width"}}, "y": y}}]


def zero_by_row(x: dict, y: dict, row: int) -> dict:
    """Build a layer that draws a line at zero in each row, below its labels. One long line would cross them.

    row  height of a row in pixels; see row_labels
    """
    mark = {"type": "tick", "color": INK, "opacity": 0.6, "thickness": 1, "size": row - _LABEL, "tooltip": None}
    return {"mark": mark | {"yOffset": _LABEL / 2}, "encoding": {"x": {"datum": 0, **x}, "y": y}}


def rate_slider() -> dict:
    return slider(RATE_LABEL, RATES[0], RATES[-1], RATE_STEP)


def reported(name: str, field: str, value: float | str, bind: dict) -> dict:
    """Build a control whose value is reported to Streamlit. In expressions, the value is called `name_field`."""
    select = {"type": "point", "fields": [field]}
    return {"name": name, "select": select, "bind": {field: bind}, "value": [{field: value}]}


def rate_param(value: float, of: str) -> dict:
    """Build a rate slider that is not reported. Its label names the chart, since a page may have several sliders."""
    bind = slider(f"Rate p, {of} ", RATES[0], RATES[-1], RATE_STEP)
    return {"name": "rate_p", "value": value, "bind": bind}


def layered(layers: list[dict], height: int, params: list[dict], data: list[dict], transform: list[dict]) -> dict:
    """Build a layered chart as wide as its column, drawn as SVG. Put selections in a layer, not in params.

    Data and layers are nested one level down because Streamlit converts top-level data to Arrow, which loses lists in
    cells.
    """
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": PADDING,
        "usermeta": SVG,
        "config": CONFIG,
        "params": params,
        "layer": [{"data": {"values": data}, "transform": transform, "layer": layers}],
    }


def without_data(spec: dict) -> dict:
    """Prepare an Altair chart's specification (`to_dict`) for Streamlit.

    The data are removed, because Streamlit sends one table for all layers. This module does not import Altair, which
    takes a second to load and which most pages do not need.
    """
    layers = [{key: value for key, value in layer.items() if key != "data"} for layer in spec["layer"]]
    rest = {key: value for key, value in spec.items() if key not in ("data", "datasets")}
    return {"padding": PADDING, **rest, "layer": layers, "config": CONFIG, "usermeta": SVG}


def by_name(values: Mapping[str, object]) -> dict:
    """Build a scale that maps each name to its colour, dash or shape."""
    return {"domain": list(values), "range": list(values.values())}


def nominal(field: str, values: Mapping[str, object], **more: object) -> dict:
    """Build an encoding that maps each name in a field to its colour, dash or shape, by default without a legend."""
    return {"field": field, "type": "nominal", "scale": by_name(values), "legend": None, **more}


def quantitative(field: str, domain: Sequence[object], title: str | None, **axis: object) -> dict:
    """Build an encoding for a quantitative field, with an axis and a fixed domain."""
    axis = {"title": title, "grid": False, "tickCount": 6, **axis}
    return {"field": field, "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": axis}


def at_value(encoding: dict, value: object) -> dict:
    """Return the encoding for marks at one value on its axis, instead of at a field's values."""
    return {key: part for key, part in encoding.items() if key != "field"} | {"datum": value}


def pixels(x: str, y: str, x2: str = "", y2: str = "") -> dict:
    """Build encodings that use fields as positions in pixels."""
    raw = {"type": "quantitative", "scale": None, "axis": None}
    ends = {name: {"field": field} for name, field in (("x2", x2), ("y2", y2)) if field}
    return {"x": {"field": x, **raw}, "y": {"field": y, **raw}, **ends}


def calculate(**columns: str) -> list[dict]:
    """Build one calculate transform for each column, in order."""
    return [{"calculate": expression, "as": name} for name, expression in columns.items()]


def numbered(name: str, values: Iterable) -> dict:
    """Split a list into the columns name0, name1, …, for tables whose cells cannot hold lists; see element."""
    return {f"{name}{k}": value for k, value in enumerate(values)}


def element(name: str, index: str) -> str:
    """Return the expression for one element of a list that `numbered` has split into columns."""
    return f"datum['{name}' + ({index})]"


def text(expression: str, **mark: object) -> dict:
    """Build a text mark that shows an expression. By default, it has the page's text colour."""
    return {"type": "text", "text": {"expr": expression}, "color": INK, "tooltip": None, **mark}
