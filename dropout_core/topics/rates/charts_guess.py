"""Chart on which the reader guesses the best rate for each width: an empty map with a slider for each row."""

from collections.abc import Mapping, Sequence

from dropout_core.charts.theme import NEUTRAL, translucent
from dropout_core.charts.vega import INK, layered, reported, slider, text

FIELD = "rate"  # the reported field of each guess
ROW = 44  # height of a row in pixels


def parameter(width: int) -> str:
    """Return the name of the chart parameter for this width's guess, which is also its name in the link."""
    return f"w{width}"


def guess_map(rates: Sequence[float], known: Mapping[int, float], guesses: Mapping[int, float]) -> dict:
    """Build the map, on which only the accuracy at rate 0 is known.

    known    the accuracy at rate 0 in %, keyed by width
    guesses  the sliders' initial values, keyed by width
    """
    rows = [{"width": w, "rate": r, "known": known[w] if r == 0 else None} for w in known for r in rates]
    sliders = [_slider(width, rates, guess) for width, guess in [*guesses.items()][::-1]]  # shown in reverse order
    here = " || ".join(f"datum.width == {w} && abs(datum.rate - {parameter(w)}_{FIELD}) < 0.01" for w in guesses)
    cell = {"type": "rect", "cornerRadius": 3, "color": translucent(NEUTRAL, 0.16)}
    frame = {"type": "rect", "cornerRadius": 3, "filled": False, "stroke": INK, "strokeWidth": 2}
    place = {"x": _axis("rate", "rate p = P(drop)", rates), "y": _axis("width", "width", list(known))}
    number = text("datum.known === null ? '' : format(datum.known, '.1f')", dy=-7)
    layers: list[dict] = [
        {"mark": cell, "encoding": place, "params": sliders},
        {"mark": number, "encoding": place},
        {"transform": [{"filter": here}], "mark": frame, "encoding": place},
        {"transform": [{"filter": here}], "mark": text("'◆ you'", dy=9, fontWeight="bold"), "encoding": place},
    ]
    return layered(layers, ROW * len(known), [], rows, [])


def _slider(width: int, rates: Sequence[float], guess: float) -> dict:
    bind = slider(f"Width {width:,} ", rates[0], rates[-1], round(rates[1] - rates[0], 3))
    return reported(parameter(width), FIELD, guess, bind)


def _axis(field: str, title: str, domain: Sequence[float]) -> dict:
    axis = {"title": title, "grid": False, "domain": False, "ticks": False, "labelAngle": 0, "format": ",~g"}
    return {"field": field, "type": "ordinal", "scale": {"domain": [*domain]}, "axis": axis}
