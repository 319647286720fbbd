"""Chart of dropout's gain by the number of times each image is seen. Until the reader guesses, it hides the answer."""

from collections.abc import Mapping

from dropout_core.charts.theme import DROPOUT, NEUTRAL, PICKED
from dropout_core.charts.vega import INK, ONE_ROW, SIGNED, at_value, layered, nominal, reported, text
from dropout_core.common.text import signed
from dropout_core.topics.today.epochs import Gains

HEIGHT = 300
SHOWN_BEFORE = 32  # the fewest repetitions that are shown before the reader guesses
COLOURS, SHAPES = {"p = 0.5": DROPOUT, "p = 0.2": NEUTRAL}, {"p = 0.5": "circle", "p = 0.2": "diamond"}
PLACES = {"gains": 1.0, "costs": -1.0, "same": 0.0}  # where a guess is pinned, in points
_LEFT, _RIGHT = 32, 72  # pixels beside the points: for the pin of the guess, and for the names of the lines
_UNDER_LABEL = 4  # the most repetitions whose intervals the label of the guess may cross, on a phone
_HERE = "datum.seen == seen_n"


def rows(found: Mapping[tuple[str, str], Gains], revealed: bool) -> list[dict]:
    """Build the chart's rows from the gains, keyed by the number of images seen and by the rate, both as text."""
    return [
        {
            "seen": seen,
            "rate": rate,
            "epochs": epochs,
            "gain": round(p.mean, 3),
            "low": round(p.estimate.low, 3),
            "high": round(p.estimate.high, 3),
            "label": signed(p.mean, 1),
            "end": epochs == max(gains),
        }
        for (seen, rate), gains in found.items()
        for epochs, p in gains.items()
        if revealed or epochs >= SHOWN_BEFORE
    ]


def gains(found: Mapping[tuple[str, str], Gains], seen: str, revealed: bool, guess: str = "") -> dict:
    """Build the chart.

    found     the gains, keyed by the number of images seen and by the rate, both as text
    seen      the number of images seen that is chosen initially
    revealed  whether to show all points, or only those at many repetitions and a question mark
    guess     the reader's guess, a key of PLACES, or ""
    """
    every = [epochs for gains in found.values() for epochs in gains]
    ends = [end for gains in found.values() for p in gains.values() for end in (p.estimate.low, p.estimate.high)]
    x = _x("epochs", sorted(set(every)))
    y = {"type": "quantitative", "scale": {"domain": [min(ends) - 0.3, max(ends) + 0.3], "nice": False}}
    y["axis"] = {"title": ["points of accuracy", "gained with dropout"], "tickCount": 6, "grid": False, **SIGNED}
    options = list(dict.fromkeys(seen for seen, _ in found))
    bind = {"input": "radio", "options": options, "name": "Images seen in all "}
    control = {"params": [reported("seen", "n", seen, bind)]} if len(options) > 1 else {}
    layers: list[dict] = [
        {"data": ONE_ROW, "mark": {"type": "rule", "color": INK, "opacity": 0.6}, "encoding": {"y": {"datum": 0, **y}}},
        _zero_label(y),
        {**_lines(x, y), **control},
        *_points(x, y),
    ]
    if not revealed:
        once = {"x": at_value(x, 1), "y": {**y, "datum": 0}}
        layers.append({"data": ONE_ROW, "mark": text("'?'", fontSize=44, fontWeight=700), "encoding": once})
    elif guess:
        layers += _pin(y, PLACES[guess], _clear_of_intervals(found, PLACES[guess]))
    return layered(layers, HEIGHT, [], rows(found, revealed), [{"filter": _HERE}] if control else [])


def _x(field: str, epochs: list[int]) -> dict:
    axis = {"title": "times each image is seen", "values": epochs, "grid": False, "labelOverlap": True}
    scale = {"type": "log", "base": 2, "domain": _domain(epochs[0], epochs[-1]), "nice": False}
    return {"field": field, "type": "quantitative", "axis": axis, "scale": scale}


def _domain(first: int, last: int) -> list[dict]:
    """Return the ends of the log axis that leave _LEFT and _RIGHT pixels free beside the points, at every width."""
    below, above = (f"pow({last / first}, {pixels} / max(width - {_LEFT + _RIGHT}, 1))" for pixels in (_LEFT, _RIGHT))
    return [{"expr": f"{first} / {below}"}, {"expr": f"{last} * {above}"}]


def _lines(x: dict, y: dict) -> dict:
    mark = {"type": "line", "strokeWidth": 2.5, "tooltip": None}
    return {"mark": mark, "encoding": {"x": x, "y": {"field": "gain", **y}, "color": nominal("rate", COLOURS)}}


def _points(x: dict, y: dict) -> list[dict]:
    """Build the intervals, the points, and the name of each line at its right end."""
    numbers = [
        {"field": name, "type": "quantitative", "format": "+.2f", "title": title}
        for name, title in (("gain", "gain, points"), ("low", "95 % from"), ("high", "to"))
    ]
    times = {"field": "epochs", "type": "quantitative", "title": "times seen"}
    tooltip = [{"field": "rate", "type": "nominal"}, times, *numbers]
    rule = {"type": "rule", "strokeWidth": 2.5, "opacity": 0.6, "tooltip": None}
    point = {"type": "point", "filled": True, "size": 110, "opacity": 1}
    colour, shape = nominal("rate", COLOURS), nominal("rate", SHAPES)
    at, low = {"x": x, "y": {"field": "gain", **y}}, {"field": "low", **y}
    name = text("datum.rate", align="left", dx=10, fontWeight=600)
    return [
        {"mark": rule, "encoding": {"x": x, "y": low, "y2": {"field": "high"}, "color": colour}},
        {"mark": point, "encoding": {**at, "color": colour, "shape": shape, "tooltip": tooltip}},
        {"transform": [{"filter": "datum.end"}], "mark": name, "encoding": at},
    ]


def _zero_label(y: dict) -> dict:
    label = text("'no dropout'", align="right", dy=10)
    return {"data": ONE_ROW, "mark": label, "encoding": {"x": {"value": {"expr": "width"}}, "y": {"datum": 0, **y}}}


def _clear_of_intervals(found: Mapping[tuple[str, str], Gains], at: float) -> float:
    """Return where the label of a guess is drawn, in points. At zero, it is above the first intervals."""
    ends = [p.estimate.high for gains in found.values() for epochs, p in gains.items() if epochs <= _UNDER_LABEL]
    return max(ends, default=at) if at == 0 else at


def _pin(y: dict, at: float, label_at: float) -> list[dict]:
    """Mark the guess at the left edge of the chart, so that it hides no point."""
    mark = {"type": "point", "shape": "triangle-right", "size": 170, "filled": True, "color": PICKED, "opacity": 1}
    label = text("'your guess'", align="left", baseline="bottom", dx=-6, dy=-8)
    return [
        {"data": ONE_ROW, "mark": each, "encoding": {"x": {"value": 10}, "y": {**y, "datum": place}}}
        for each, place in (({"tooltip": None, **mark}, at), (label, label_at))
    ]
