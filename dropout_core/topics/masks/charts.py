"""Chart for the masks page: the network, beside the number of kept neurons and the subnetworks seen so far."""

from typing import Any

import altair as alt
import pandas as pd

from dropout_core.charts.network_diagram import INFERENCE, at, controls, data, frame, network, specification
from dropout_core.charts.network_tables import PASSES
from dropout_core.charts.theme import KEPT, NEUTRAL
from dropout_core.charts.vega import RATE_INDEX
from dropout_core.common.text import superscript

HEIGHT = 530  # pixels; on a phone, this includes the facts below the network
_NETWORK_SHARE = (0.6, 0.52)
_ROWS = 2  # rows of ticks, with one tick per pass
_OFF = f"mode_m === '{INFERENCE}'"
_FACTS_BOX = {
    "rate_i": RATE_INDEX,
    "facts_x": "wide ? 0.66 * width : 0",
    "facts_w": "wide ? 0.34 * width : width",
    "facts_y": "wide ? 0 : 0.55 * height",
    "facts_h": "wide ? height : 0.45 * height",
}


def masks_chart(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Build the chart's specification from the tables that network_tables.tables returns."""
    n = int(tables["facts"]["n"].iloc[0])
    layers = [
        *network(tables["neurons"], tables["edges"]),
        *_distribution(tables, n),
        *_ticks(tables["passes"]),
        *_sentences(tables, n),
    ]
    box = [alt.param(name=name, expr=expr) for name, expr in _FACTS_BOX.items()]
    return specification(layers, [*controls(), *frame(tables["neurons"], _NETWORK_SHARE), *box], HEIGHT)


def _left(share: float | str) -> str:
    return f"facts_x + facts_w * ({share})"


def _down(share: float | str) -> str:
    return f"facts_y + facts_h * ({share})"


def _distribution(tables: dict[str, pd.DataFrame], n: int) -> list[alt.Chart]:
    """Draw the Binomial(n, 1 - p) distribution of the number of kept neurons.

    The bar for this pass's number is filled, and its probability is written below the chart.
    """
    bars = _bars(alt.Chart(_distribution_data(tables)), n)
    this = _bars(_this_pass_with_chance(tables, n), n)
    chance = f"'chance of ' + datum.k + ' kept: ' + format(datum.chance[rate_i], '.1%') + ', Binomial({n}, 1 − p)'"
    return [
        bars.mark_rect(fill=NEUTRAL, fillOpacity=0.35).encode(**at("left", "top"), x2="right", y2="floor"),
        this.mark_rect(fill=KEPT).encode(**at("left", "top"), x2="right", y2="floor"),
        bars.mark_text(baseline="top", dy=5).encode(**at("middle", "floor"), text="k:N"),
        _line(this, f"{_OFF} ? 'at inference, nothing is random' : {chance}", 0.58),
    ]


def _distribution_data(tables: dict[str, pd.DataFrame]) -> alt.Data:
    return data(tables["distribution"], "distribution")


def _this_pass_with_chance(tables: dict[str, pd.DataFrame], n: int) -> alt.Chart:
    """Build a one-row chart with this pass's number of kept neurons, k, and the probability of k."""
    looked_up = alt.LookupData(data=_distribution_data(tables), key="k", fields=["chance", "height"])
    this = _this_pass(tables["passes"]).transform_calculate(k=f"{_OFF} ? {n} : datum.kept[rate_i]")
    return this.transform_lookup(lookup="k", from_=looked_up)


def _bars(chart: alt.Chart, n: int) -> alt.Chart:
    """Compute the pixel coordinates of the bar for each k. At inference, k = n has probability 1."""
    slot, low, high = 1 / (n + 1), 0.46, 0.12
    return chart.transform_calculate(
        part=f"{_OFF} ? (datum.k === {n} ? 1 : 0) : datum.height[rate_i]",
        left=_left(f"{slot} * (datum.k + 0.08)"),
        middle=_left(f"{slot} * (datum.k + 0.5)"),
        right=_left(f"{slot} * (datum.k + 0.92)"),
        floor=_down(low),
    ).transform_calculate(top=_down(f"{low} - {low - high} * datum.part"))


def _ticks(passes: pd.DataFrame) -> list[alt.Chart]:
    """Draw a square for each pass so far, filled if its subnetwork is new and hollow if an earlier pass used it.

    Later passes are small dots.
    """
    per_row = PASSES // _ROWS
    squares = (
        alt.Chart(data(passes, "passes"))
        .transform_calculate(
            px=_left(f"((datum.number - 1) % {per_row} + 0.5) / {per_row}"),
            py=_down(f"0.785 + 0.065 * floor((datum.number - 1) / {per_row})"),
            state=f"datum.number > pass_k ? 'ahead' : ({_OFF} ? datum.number === 1 : datum.new[rate_i])"
            " ? 'new' : 'seen'",
        )
        .encode(**at())
    )
    size = alt.ExprRef(f"pow(min(9, 0.6 * facts_w / {per_row}), 2)")
    return [
        squares.transform_filter("datum.state === 'ahead'").mark_point(
            shape="circle", size=3, filled=True, color=NEUTRAL, opacity=0.7
        ),
        squares.transform_filter("datum.state === 'seen'").mark_point(
            shape="square", size=size, stroke=NEUTRAL, strokeWidth=1.2, opacity=1
        ),
        squares.transform_filter("datum.state === 'new'").mark_point(
            shape="square", size=size, filled=True, color=NEUTRAL, opacity=1
        ),
    ]


def _sentences(tables: dict[str, pd.DataFrame], n: int) -> list[alt.Chart]:
    """Write how many neurons are kept, how many subnetworks have been seen, and the chance that two passes agree."""
    this = _this_pass(tables["passes"]).transform_calculate(
        # Give results new names: Vega re-evaluates a changed row, and would otherwise take a result as its own input.
        words=f"({_OFF} ? {n} : datum.kept[rate_i]) + ' of {n} hidden neurons kept'",
        shown=f"({_OFF} ? 1 : datum.distinct[rate_i])",
        passes="datum.number + (datum.number === 1 ? ' pass' : ' passes')",
    )
    shown = "datum.shown + (datum.shown === 1 ? ' subnetwork in ' : ' different subnetworks in ') + datum.passes"
    count = f"of {2**n:,} possible (2{superscript(n)}); "
    repeat = f"{_OFF} ? 'inference uses the full network' : 'two passes agree: ' + format(datum.repeat[rate_i], '.2p')"
    facts = alt.Chart(data(tables["facts"], "facts"))
    return [
        _line(this, "datum.words", 0.05, large=True),
        _line(this, shown, 0.71, large=True),
        _line(facts, "'■ new   □ seen in an earlier pass'", 0.91),
        _line(facts, f"'{count}' + ({repeat})", 0.98),
    ]


def _line(chart: alt.Chart, sentence: str, down: float, large: bool = False) -> alt.Chart:
    style = {"fontWeight": 600} if large else {"opacity": 0.75}
    placed = chart.transform_calculate(px=_left(0), py=_down(down), sentence=sentence)
    return placed.mark_text(align="left", aria=True, **style).encode(
        **at(), text="sentence:N", description="sentence:N"
    )


def _this_pass(passes: pd.DataFrame) -> alt.Chart:
    """Build a chart whose only row is the current pass."""
    return alt.Chart(data(passes, "passes")).transform_filter("datum.number === pass_k")
