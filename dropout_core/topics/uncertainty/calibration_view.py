"""The Uncertainty page's expander on calibration: the reliability diagram and a table."""

import streamlit as st

from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty import cached, calibration, nets_record
from dropout_core.topics.uncertainty.nets_record import WAYS, TrainingSet
from dropout_core.ui.layout import cached_output, draw, expander, small, table, two_columns
from dropout_core.ui.reference_panel import ABOUT, study_origin

HEAD = ("answer of", "ECE", "accuracy", "loss, nats")


def show_calibration() -> None:
    """Show whether the nets' accuracy matches their confidence, and how the nets were made."""
    _diagram_and_table()
    expander(ABOUT, about, _about(nets_record.load_packaged()), "uncertainty_calibration", icon="info")


def about(text: str, study: str) -> None:
    """Show how a study's nets were made, and its provenance."""
    small(text)
    st.markdown(study_origin(study))


@cached_output
def _diagram_and_table() -> None:
    packaged = nets_record.load_packaged()
    st.markdown(f"**{calibration.headline(packaged)}.**")
    small("Points: the mean accuracy at each confidence; bars: 95 % intervals; thin line: perfect calibration.")
    left, words = two_columns()
    tendencies = [f"{way}: {calibration.tendency(packaged, way)}" for way in WAYS]
    with left:
        alt = "Reliability diagram: accuracy against confidence, with the diagonal of perfect calibration. "
        draw(cached.reliability_diagram(), "unc_calibration", f"{alt}{'; '.join(tendencies)}.")
    with words:
        st.markdown(
            "This is a **reliability diagram**. When a calibrated net is 90 % sure, it is right nine times in ten, so "
            "its points lie on the diagonal. Points below the diagonal indicate overconfidence, and points above it "
            "underconfidence. The **expected calibration error** (ECE) is the mean distance from the diagonal over "
            f"{nets_record.BINS} bins, weighted by their number of images."
        )
        st.markdown("\n".join(f"- {each.capitalize()}." for each in tendencies))
    st.markdown(table(HEAD, [_row(packaged, way) for way in WAYS], numbers=(1, 2, 3)))


def _row(nets: TrainingSet, way: str) -> tuple[str, ...]:
    error, accuracy, loss = (calibration.measured(nets, way, measure) for measure in ("error", "accuracy", "loss"))
    percent = Estimate(*(100 * each for each in (accuracy.value, accuracy.low, accuracy.high)))
    return way, level(error, 3), f"{level(percent, 2)} %", level(loss, 3)


def level(e: Estimate, places: int) -> str:
    """Format a value that is not a difference, with its interval."""
    return f"{e.value:.{places}f} ({e.low:.{places}f} to {e.high:.{places}f})"


def _about(nets: TrainingSet) -> str:
    recipe = nets.recipe
    return (
        f"The diagram and the table are for {len(nets.nets)} nets of each kind, trained like this page's net "
        f"({recipe.images:,} images, {recipe.epochs} epochs, p = {recipe.rate:g}, seeds {recipe.seeds[0]} to "
        f"{recipe.seeds[-1]}) and evaluated on the 10,000 validation images (MNIST’s test images). Intervals are 95 % "
        "t intervals over the nets; the difference is paired by net. All nets share their training images, so the "
        "intervals say nothing about other training images. To repeat the study, run `python -m "
        "dropout_core.topics.uncertainty.nets_study`."
    )
