"""Altair's charts as Streamlit takes them here: the specification apart from its rows, drawn as SVG."""

import altair as alt

from dropout_core.charts.vega import AXIS


def bare(chart: alt.LayerChart) -> dict:
    """The specification without data, for Streamlit sends one table for all layers; alt= says what it shows."""
    found = chart.to_dict(validate=False)
    for part in (found, *found["layer"]):
        part.pop("data", None)
    found.pop("datasets", None)
    found["config"]["mark"] = {"aria": False}  # empty layers would be announced as images
    found["config"]["axis"] = AXIS
    found["usermeta"] = {"embedOptions": {"renderer": "svg"}}  # marks that tests and screen readers can find
    return found


def by_name(values: dict[str, object]) -> alt.Scale:
    """A scale that gives each name its own colour, dash or shape."""
    return alt.Scale(domain=list(values), range=list(values.values()))
