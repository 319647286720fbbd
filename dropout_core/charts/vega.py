"""What the charts share that answer in the browser: Vega-Lite specifications as plain dicts, sliders bound to them.

The rate is called rate_p in every chart, so that ui.link_sliders can keep the sliders of a page on one value.
A specification is a pure function of its data and of the sliders' first values: equal in, equal out.
"""

from collections.abc import Iterable, Mapping

from dropout_core.numerics.masks import RATE_STEP, RATES

RATE_LABEL = "rate p = P(drop) "
RATE_INDEX = f"round(rate_p / {RATE_STEP})"  # where the arrays by rate hold the value for the slider's rate
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
INK = "currentColor"  # the page's text colour, in light and in dark mode; needs the SVG renderer
SVG = {"embedOptions": {"renderer": "svg"}}  # marks become elements that tests and screen readers can find
# An axis's last numbers stand at their ticks; all in the page's colour, for Streamlit's grey is too pale to read.
AXIS = {"labelFlush": False, "labelColor": INK, "titleColor": INK}


def slider(label: str, low: float, high: float, step: float) -> dict:
    """A range input under the chart."""
    return {"input": "range", "min": low, "max": high, "step": step, "name": label}


def rate_slider() -> dict:
    return slider(RATE_LABEL, RATES[0], RATES[-1], RATE_STEP)


def reported(name: str, field: str, value: float | str, bind: dict) -> dict:
    """A slider whose value Streamlit can report back; `name_field` in expressions."""
    select = {"type": "point", "fields": [field]}
    return {"name": name, "select": select, "bind": {field: bind}, "value": [{field: value}]}


def rate_param(value: float, of: str) -> dict:
    """The rate's slider where nothing is reported back; of tells it from the page's other ones."""
    bind = slider(f"rate p, {of} ", RATES[0], RATES[-1], RATE_STEP)
    return {"name": "rate_p", "value": value, "bind": bind}


def layered(layers: list[dict], height: int, params: list[dict], data: list[dict], transform: list[dict]) -> dict:
    """A layered chart as wide as its column, drawn as SVG; params are those that are not selections.

    Data and layers sit one level down: Streamlit turns data at the top into Arrow, and lists in its cells are lost.
    """
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 4, "right": 4, "top": 4, "bottom": 4},
        "usermeta": SVG,
        "config": {"view": {"stroke": None}, "mark": {"aria": False}, "axis": AXIS},
        "params": params,
        "layer": [{"data": {"values": data}, "transform": transform, "layer": layers}],
    }


def without_data(spec: dict) -> dict:
    """An Altair chart's specification (`to_dict`) as Streamlit is to draw it.

    Its data are taken out, for Streamlit sends one table for all layers. Altair is not imported here: it takes a
    second to load, and most pages do without.
    """
    layers = [{key: value for key, value in layer.items() if key != "data"} for layer in spec["layer"]]
    rest = {key: value for key, value in spec.items() if key not in ("data", "datasets")}
    config = {**spec["config"], "mark": {"aria": False}, "axis": AXIS}  # empty layers would be announced as images
    return {**rest, "layer": layers, "config": config, "usermeta": SVG}


def by_name(values: Mapping[str, object]) -> dict:
    """A scale that gives each name its own colour, dash or shape."""
    return {"domain": list(values), "range": list(values.values())}


def calculate(**columns: str) -> list[dict]:
    """Calculate transforms, one per column, in order."""
    return [{"calculate": expression, "as": name} for name, expression in columns.items()]


def numbered(name: str, values: Iterable) -> dict:
    """A row's list as columns of its own, name0, name1, …: a cell of a table holds one value. See picked."""
    return {f"{name}{k}": value for k, value in enumerate(values)}


def picked(name: str, index: str) -> str:
    """The expression for one of the values that numbered made columns of."""
    return f"datum['{name}' + ({index})]"


def text(expression: str, size: int = 13, **mark: object) -> dict:
    """A text mark that shows an expression, in the page's own ink unless told otherwise."""
    return {
        "type": "text",
        "text": {"expr": expression},
        "fontSize": size,
        "color": INK,
        "tooltip": None,
        **mark,
    }
