"""The folds of two studies on the page on dropout today: co-adaptation, and dropout as a penalty."""

import streamlit as st

from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.today import adaptive_l2_record, charts_studies, coadaptation_record
from dropout_core.ui import finding_view, reference_panel
from dropout_core.ui.layout import cached_output, draw, expander, formula, small, table, text, two_columns

HINTON, WAGER = "https://arxiv.org/abs/1207.0580", "https://arxiv.org/abs/1307.1493"
FITS = ("exact", "quadratic")


def coadaptation() -> None:
    _pairs()
    finding_view.show("“Dropout reduces co-adaptation”:", coadaptation_record.less_coadapted())
    expander(reference_panel.ABOUT, _about_pairs, icon="info", key="today_about_pairs")


@st.cache_resource(max_entries=1, show_spinner=False)
def _pair_chart() -> dict:
    return charts_studies.pairs(coadaptation_record.stored()["shown"])


@cached_output
def _pairs() -> None:
    record = coadaptation_record
    st.markdown(f"**{record.headline()}.**")
    left, words = two_columns()
    with left:
        alt = "Cost of removing two units against the sum of their single costs, with one dot per pair, and a diagonal."
        draw(_pair_chart(), "today_pairs", f"{alt} {record.headline()}.")
    with words:
        text(
            "Units are **co-adapted** if what one of them is good for depends on another "
            f"([Hinton et al. 2012]({HINTON})). Then the cost of removing both differs from the sum of the two single "
            "costs: it is lower if they are useful only together, and higher if each can replace the other. On the "
            "diagonal, the two do separate work.",
            "Each mark is a pair of units of the second hidden layer. Costs are changes of the loss on unseen images; "
            "removing a unit may improve it.",
        )


def _about_pairs() -> None:
    record, recipe = coadaptation_record, coadaptation_record.RECIPE
    small(
        f"Ten nets of each kind ({recipe.images:,} images, {recipe.epochs} epochs, p = {recipe.rate:g}, seeds "
        f"{recipe.seeds[0]} to {recipe.seeds[-1]}). Of each hidden layer, {record.PAIRS:,} random pairs of units that "
        f"are not dead were removed, on the first {record.IMAGES:,} validation images (MNIST’s test images). The "
        "percentage is the mean distance between pair cost and sum, relative to the mean size of the sum. The chart "
        f"shows {record.SHOWN} pairs of one net of each kind. Intervals are over the nets. To repeat, run "
        "`python -m dropout_core reference coadaptation`."
    )
    st.markdown(reference_panel.study_origin(record.STUDY))


def adaptive_l2() -> None:
    _penalty()
    finding_view.show("“Dropout is, to a good approximation, an L2 penalty”:", adaptive_l2_record.approximates())
    expander(reference_panel.ABOUT, _about_penalty, icon="info", key="today_about_penalty")


@cached_output
def _penalty() -> None:
    record = adaptive_l2_record
    st.markdown(f"**{record.headline()}.**")
    left, words = two_columns()
    with left:
        alt = (
            "Quadratic penalty as a share of dropout’s penalty, by rate, with a band in which the larger of the two "
            f"exceeds the smaller by at most {100 * record.MARGIN:.0f} %."
        )
        draw(_penalty_chart(), "today_penalty", f"{alt} {record.headline()}.")
    with words:
        text(
            "In logistic regression, dropout on the inputs adds a penalty to the loss. To second order in the noise, "
            f"it is an L2 penalty with a weight of its own for each input ([Wager et al. 2013]({WAGER})):",
            formula(r"\tfrac12\,\tfrac{p}{1-p}\sum_j \beta_j^2\,\overline{s(1-s)\,x_j^2}"),
            "Here $s$ is the predicted probability, and the bar a mean over the images. Inputs that are rarely active, "
            "or active only where the answer is sure, cost little: dropout leaves large weights to rare but telling "
            f"inputs. The largest of our twelve weights is {record.spread():.0f} times the smallest.",
            "The approximation needs small changes of the score, not a low rate: at a low rate few inputs are dropped, "
            f"but each of them entirely. {record.crossing()}".rstrip(),
        )
    st.markdown(
        table(("p", "quadratic / exact", "accuracy, exact", "accuracy, quadratic"), _penalty_rows(), (0, 1, 2, 3))
    )


def _about_penalty() -> None:
    record = adaptive_l2_record
    small(
        f"Is it a {record.DIGITS[0]} or an {record.DIGITS[1]}? The inputs are the means of 7 × 7 pixels without the "
        "four corners, so that all 4,096 masks can be summed: nothing is sampled. For each rate, the weights minimise "
        "the loss with the exact penalty, and both penalties are computed there. In the band, the larger one exceeds "
        f"the smaller by at most {100 * record.MARGIN:.0f} %. The last column is the accuracy of "
        f"weights fitted with the quadratic penalty instead. Intervals are over {record.SETS} disjoint sets of "
        f"{record.IMAGES:,} training images, which take the place of seeds; accuracy is on the validation images "
        "(MNIST’s test images) of the two digits. To repeat, run "
        "`python -m dropout_core reference adaptive-l2`."
    )
    st.markdown(reference_panel.study_origin(record.STUDY))


@st.cache_resource(max_entries=1, show_spinner=False)
def _penalty_chart() -> dict:
    record = adaptive_l2_record
    return charts_studies.ratios({rate: record.ratio(rate) for rate in record.RATES}, record.MARGIN)


def _penalty_rows() -> list[tuple[str, ...]]:
    record = adaptive_l2_record
    return [
        (f"{rate:g}", _percent(record.ratio(rate), 100, 0), *(_percent(record.accuracy(c, rate), 1, 1) for c in FITS))
        for rate in record.RATES
    ]


def _percent(e: Estimate, factor: float, places: int) -> str:
    value, low, high = (f"{factor * v:.{places}f}" for v in (e.value, e.low, e.high))
    return f"{value} % ({low} to {high})"
