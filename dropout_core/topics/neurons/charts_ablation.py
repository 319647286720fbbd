"""Ablation charts: the cost of each neuron, the accuracy after removing many, and the costs for several seeds."""

from collections.abc import Mapping, Sequence

import numpy as np

from dropout_core.charts.theme import NEUTRAL
from dropout_core.charts.vega import INK, calculate, layered, quantitative, reported, slider, text
from dropout_core.topics.neurons.charts_activity import COLOUR, DASH, SHAPE


def single(costs: Mapping[str, Mapping[str, Sequence[float]]], rank: int, measure: str) -> dict:
    """Build the chart of each neuron's cost by rank, with one line per net. A slider or a click selects a rank.

    costs          costs by measure ("accuracy", in points, or "loss") and arm, in decreasing order
    rank, measure  the initial selection; ranks start at 1
    """
    values: list[dict] = [
        {"measure": m, "arm": arm, "rank": i + 1, "cost": float(f"{cost:.4g}")}
        for m, by_arm in costs.items()
        for arm, ordered in by_arm.items()
        for i, cost in enumerate(ordered)
    ]
    neurons = max(len(ordered) for by_arm in costs.values() for ordered in by_arm.values())
    ranks = [1, 2, 5, 10, 20, 50, 100, 200]
    x = quantitative("rank", [0.9, neurons], "hidden neurons, most costly first (log scale)", values=ranks)
    x["scale"] |= {"type": "log"}
    # Equal extents for both measures; otherwise, the title would be clipped.
    ticks = {"title": None, "grid": False, "tickCount": 5, "minExtent": 44}
    y = {"field": "cost", "type": "quantitative", "scale": {"zero": True, "nice": True}, "axis": ticks}
    here = [{"filter": "datum.rank == rank_rank"}]
    number = "measure_m == 'accuracy' ? format(datum.cost, '+.1f') + ' points' : format(datum.cost, '+.4f')"
    radio = {"input": "radio", "options": ["accuracy", "loss"], "name": "Cost in "}
    pick = reported("rank", "rank", rank, slider("Neuron, by rank ", 1, neurons, 1))
    pick["select"] |= {"on": "click", "nearest": True, "clear": False}  # bound selections ignore clicks by default
    at = {"x": x, "y": y, "color": COLOUR}
    layers: list[dict] = [
        {
            "params": [
                {"name": "measure", "select": {"type": "point", "fields": ["m"]}, "bind": {"m": radio}}
                | {"value": [{"m": measure}]}
            ],
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {**at, "strokeDash": DASH},
        },
        {
            "params": [pick],
            "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.75},
            "encoding": {**at, "shape": SHAPE},
        },
        {
            "transform": [*here, {"filter": "datum.arm == 'dropout'"}],
            "mark": {"type": "rule", "color": NEUTRAL, "strokeWidth": 1},
            "encoding": {"x": x},
        },
        {
            "transform": here,
            "mark": {"type": "point", "filled": True, "size": 190, "opacity": 1, "stroke": INK, "strokeWidth": 1.5},
            "encoding": {**at, "shape": SHAPE},
        },
        *_corner(here, number),
    ]
    unit = {"text": {"expr": "measure_m == 'accuracy' ? 'points of accuracy lost' : 'cross-entropy added'"}}
    title = {**unit, "anchor": "start", "frame": "group", "fontWeight": "normal", "color": INK}
    return layered(layers, 330, [], values, [{"filter": "datum.measure == measure_m"}]) | {"title": title}


def _corner(here: list[dict], number: str) -> list[dict]:
    """Print the costs at the selected rank in the empty top right corner, each next to its net's marker."""
    costs = text(f"datum.arm + '  ' + ({number})", align="right", baseline="middle", fontWeight=600)
    row = {"field": "line", "type": "quantitative", "scale": None, "axis": None}
    lines = [*here, *calculate(line="datum.arm == 'dropout' ? 38 : 14")]
    return [
        {"transform": lines, "mark": costs, "encoding": {"x": {"value": {"expr": "width - 20"}}, "y": row}},
        {
            "transform": lines,
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": {"value": {"expr": "width - 8"}}, "y": row, "color": COLOUR, "shape": SHAPE},
        },
    ]


def removal(
    curves: Mapping[str, Mapping[str, Sequence[float]]],
    counts: Sequence[int],
    total: int,
    k: int,
    reports: bool = False,
) -> dict:
    """Build the chart of accuracy against the number of neurons removed, with one line per net.

    curves   for each arm, the "mean" in % for each count; for random orders also "low" and "high", drawn as a band
    counts   evenly spaced from 0 to total
    k        the slider's initial value, one of counts
    reports  whether the slider is a selection named "removed", whose value Streamlit reports
    """
    values = [
        {"arm": arm, "k": count, "share": count / total, **{name: float(v[i]) for name, v in curve.items()}}
        for arm, curve in curves.items()
        for i, count in enumerate(counts)
    ]
    quarters = [0, 0.25, 0.5, 0.75, 1]
    x = quantitative("share", [0, 1], "share of hidden neurons removed", format=".0%", values=quarters)
    y = quantitative("mean", [0, 100], "accuracy, %", values=[0, 25, 50, 75, 100])
    at = {"x": x, "y": y, "color": COLOUR}
    here = [{"filter": "datum.k == removed_k"}]
    bind = slider("Neurons removed ", 0, total, counts[1])
    selection, plain = [reported("removed", "k", k, bind)], [{"name": "removed_k", "value": k, "bind": bind}]
    band = {"type": "area", "opacity": 0.22}
    spread = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": COLOUR}
    label = text("datum.arm + '  ' + format(datum.mean, '.1f') + ' %'", align="left", fontWeight=600)
    line = {"field": "line", "type": "quantitative", "scale": None, "axis": None}
    placed = [*here, *calculate(line="height - (datum.arm == 'dropout' ? 30 : 10)")]
    amount = text(f"datum.k + ' of {total} removed'", align="left")
    layers: list[dict] = [
        *([{"mark": band, "encoding": spread}] if "low" in values[0] else []),
        {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {**at, "strokeDash": DASH}}
        | ({"params": selection} if reports else {}),
        {
            "transform": here,
            "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1, "stroke": INK, "strokeWidth": 1.5},
            "encoding": {**at, "shape": SHAPE},
        },
        {"transform": placed, "mark": label, "encoding": {"x": {"value": 20}, "y": line}},
        {
            "transform": placed,
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"x": {"value": 10}, "y": line, "color": COLOUR, "shape": SHAPE},
        },
        {
            "transform": [*here, {"filter": "datum.arm == 'dropout'"}, *calculate(line="height - 50")],
            "mark": amount,
            "encoding": {"x": {"value": 6}, "y": line},
        },
    ]
    return layered(layers, 300, [] if reports else plain, values, [])


def seeds(costs: Mapping[str, Mapping[str, tuple[Sequence[float], float, float]]]) -> dict:
    """Build the chart of the costs for each seed with their mean and 95 % interval: one row per comparison and arm.

    costs  by comparison and arm: one value per seed, and the lower and upper ends of the interval
    """
    rows, points = [], []
    for name, by_arm in costs.items():
        for arm, (values, low, high) in by_arm.items():
            row = {"row": f"{name}|{arm}", "arm": arm, "name": name}
            rows.append({**row, "mean": float(np.mean(values)), "low": low, "high": high})
            points += [{**row, "value": float(value)} for value in values]
    order = [row["row"] for row in rows]
    axis = {"title": "points of accuracy lost with the most costly neuron", "grid": False, "tickCount": 5}
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True}, "axis": axis}
    y = {"field": "row", "type": "nominal", "axis": None, "scale": {"domain": order, "padding": 0.2}}
    label = "datum.name + ' · ' + datum.arm + ': ' + format(datum.mean, '.2f')"
    layers: list[dict] = [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.6},
            "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y, "color": COLOUR},
        },
        {
            "data": {"values": points},
            "mark": {"type": "point", "size": 40, "opacity": 0.8, "strokeWidth": 1.5},
            "encoding": {"x": {"field": "value", **x}, "y": y, "color": COLOUR, "shape": SHAPE},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1},
            "encoding": {"x": {"field": "mean", **x}, "y": y, "color": COLOUR, "shape": SHAPE},
        },
        {
            "data": {"values": rows},
            "mark": text(label, align="left", baseline="bottom", dy=-10),
            "encoding": {"x": {"value": 0}, "y": y},
        },
    ]
    return layered(layers, 62 * len(rows), [], [], [])
