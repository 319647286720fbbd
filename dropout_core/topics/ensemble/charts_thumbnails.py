"""Small pictures of some subnetworks. The selected one and those in the bar under the pointer are highlighted."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from dropout_core.charts.theme import DROPPED, KEPT, NEUTRAL, PICKED
from dropout_core.charts.vega import calculate, element, numbered, pixels, slider, text
from dropout_core.topics.ensemble.averages import BINS

TALL = 58  # height of a picture in pixels
_CLICK = "click[event.item && event.item.datum && event.item.datum.m]"  # a click on one of the pictures
# Hovering over a bar selects its bin. The bars' layer must declare this parameter.
HOVERED = {
    "name": "bar",
    "select": {"type": "point", "fields": ["bin"], "on": "pointerover", "clear": "pointerout", "toggle": False},
}


def rows(
    outputs: Float[np.ndarray, "rates members images classes"], labels: Sequence[int], classes: Sequence[int]
) -> list[dict]:
    """Build one row per image and subnetwork, with the output for the true digit and the predicted digit at each rate.

    Outputs are sent in thousandths; see output().
    """
    answers = np.array(classes)[outputs.argmax(axis=-1)]
    return [
        {"image": i + 1, "m": m + 1, "digit": label}
        | numbered("o", np.rint(1000 * outputs[:, m, i, classes.index(label)]).astype(int).tolist())
        | numbered("s", answers[:, m, i].tolist())
        for i, label in enumerate(labels)
        for m in range(outputs.shape[1])
    ]


def output(at: str) -> str:
    """Return an expression for a subnetwork's output. `at` is an expression for the index of the rate."""
    return f"({element('o', at)} / 1000)"


def pictures(some: list[dict], hidden: tuple[int, ...], members: int, at: str) -> list[dict]:
    """Draw the pictures in a row. Each shows a frame, the kept units and connections, and the subnetwork's prediction.

    some  from rows()
    at    expression for the index of the rate
    """
    every = [{"calculate": f"sequence(1, {members + 1})", "as": "m"}, {"flatten": ["m"]}]
    chosen = {"name": "member", "bind": {"m": slider("Subnetwork ", 1, members, 1)}, "value": [{"m": 1}]}
    chosen["select"] = {"type": "point", "fields": ["m"], "on": _CLICK, "clear": False, "toggle": False}
    units, links = _units(hidden), _links(hidden)
    slot = f"((width - (wide ? side + 24 : 0)) / {members})"
    left = f"(wide ? side + 24 : 0) + {slot} * (datum.m - 1)"
    inner = f"min({slot} - 8, 60)"
    top = "(wide ? 46 : side + 12)"
    box = calculate(left=f"{left} + ({slot} - 8 - {inner}) / 2", right=f"datum.left + {inner}", top=top)

    def across(share: str) -> str:
        return f"datum.left + {inner} * (0.16 + 0.68 * {share})"

    def down(share: str) -> str:
        return f"datum.top + {TALL} * (0.08 + 0.84 * {share})"

    return [
        {"params": [chosen], **_frames(some, box, at)},
        {
            "data": {"values": links},
            "transform": [
                *every,
                {"filter": f"{_is_kept('a')} && {_is_kept('b')}"},
                *box,
                *calculate(px=across("datum.x"), py=down("datum.y"), qx=across("datum.x2"), qy=down("datum.y2")),
            ],
            "mark": {"type": "rule", "color": KEPT, "opacity": 0.45, "strokeWidth": 0.8, "tooltip": None},
            "encoding": pixels("px", "py", x2="qx", y2="qy"),
        },
        {
            "data": {"values": units},
            "transform": [
                *every,
                *box,
                *calculate(
                    kept=_is_kept("a"),
                    px=across("datum.x"),
                    py=down("datum.y"),
                ),
            ],
            "mark": {
                "type": "circle",
                "size": {"expr": "wide ? 22 : 9"},
                "opacity": 1,
                "tooltip": None,
                "cursor": "pointer",
            },
            "encoding": {
                **pixels("px", "py"),
                "color": {"condition": {"test": "datum.kept", "value": KEPT}, "value": "transparent"},
                "stroke": {"condition": {"test": "datum.kept", "value": KEPT}, "value": DROPPED},
            },
        },
        _says(some, box, inner, at),
    ]


def _frames(some: list[dict], box: list[dict], at: str) -> dict:
    """Draw the clickable frames. The selected frame and the frames in the bar under the pointer are filled."""
    value = output(at)
    place = calculate(
        bottom=f"datum.top + {TALL}",
        bin=f"min(floor({value} * {BINS}), {BINS - 1})",
        lit="datum.m == member_m",
        description=f"'Subnetwork ' + datum.m + ': gives ' + format({value}, '.2f') + ' to the ' + datum.digit",
    )
    hovered = {"param": "bar", "empty": False}
    tooltip = [{"field": "description", "type": "nominal", "title": " "}]
    return {
        "data": {"values": some},
        "transform": [{"filter": "datum.image == image_i"}, *box, *place],
        "mark": {"type": "rect", "cornerRadius": 4, "fill": PICKED, "cursor": "pointer", "aria": True},
        "encoding": {
            **pixels("left", "top", x2="right", y2="bottom"),
            "fillOpacity": {
                "condition": [{"test": "datum.lit", "value": 0.22}, {**hovered, "value": 0.22}],
                "value": 0,
            },
            "stroke": {
                "condition": [{"test": "datum.lit", "value": PICKED}, {**hovered, "value": PICKED}],
                "value": NEUTRAL,
            },
            "strokeWidth": {"condition": [{"test": "datum.lit", "value": 2.5}], "value": 0.6},
            "description": {"field": "description", "type": "nominal"},
            "tooltip": tooltip,
        },
    }


def _says(some: list[dict], box: list[dict], inner: str, at: str) -> dict:
    """Label each picture with the digit that the subnetwork predicts."""
    answer = element("s", at)
    words = f"{answer} + ({answer} == datum.digit ? ' ✓' : ' ✗')"
    place = calculate(middle=f"datum.left + {inner} / 2", below=f"datum.top + {TALL + 14}")
    return {
        "data": {"values": some},
        "transform": [{"filter": "datum.image == image_i"}, *box, *place],
        "mark": text(f"wide ? {words} : {answer}", fontWeight=600),
        "encoding": pixels("middle", "below"),
    }


def _is_kept(unit: str) -> str:
    return f"(datum.{unit} < 0 || draws[datum.m - 1][datum.{unit}] >= rate_p)"


def _units(hidden: tuple[int, ...]) -> list[dict]:
    """Build one row per unit: its position in the unit square, and its index among the hidden units (outputs: −1)."""
    layers, start, found = [*hidden, 3], 0, []
    for column, size in enumerate(layers):
        last = column == len(layers) - 1
        x = column / (len(layers) - 1)
        found += [{"a": -1 if last else start + i, "x": x, "y": (i + 0.5) / size} for i in range(size)]
        start += size
    return found


def _links(hidden: tuple[int, ...]) -> list[dict]:
    """Build one row per connection after the first hidden layer, with the indices of the two units that it connects."""
    units = _units(hidden)
    columns = [[unit for unit in units if unit["x"] == x] for x in sorted({unit["x"] for unit in units})]
    return [
        {"a": one["a"], "b": other["a"], "x": one["x"], "y": one["y"], "x2": other["x"], "y2": other["y"]}
        for left, right in pairwise(columns)
        for one in left
        for other in right
    ]
