"""The folded part of the Uncertainty page about calibration: the reliability diagram, and a table."""

import streamlit as st

from dropout_core.topics.uncertainty import cached, calibration
from dropout_core.ui.layout import cached_output, draw, small, table, two_columns


@cached_output
def show_calibration() -> None:
    """Show whether the nets are right as often as they are sure."""
    ways, made = calibration.load()
    st.markdown(f"**{calibration.headline(ways)}.**")
    left, words = two_columns()
    with left:
        tendencies = "; ".join(f"{name}: {calibration.tendency(way)}" for name, way in ways.items())
        alt = f"Reliability diagram: accuracy over confidence, and the diagonal of perfect calibration. {tendencies}."
        draw(cached.calibration_chart(), "unc_calibration", alt)
    with words:
        st.markdown(
            "A calibrated net that is 90 % sure is right nine times in ten: its points lie on the diagonal. Below it, "
            "a net is overconfident; above it, too cautious. The **expected calibration error** (ECE) is the mean "
            f"distance from the diagonal, over {calibration.BINS} bins weighted by their images."
        )
        st.markdown("\n".join(f"- {name.capitalize()}: {calibration.tendency(way)}." for name, way in ways.items()))
    head = ("answer of", "ECE", "right", "loss, nats")
    rows = [(name, f"{way.error:.3f}", f"{way.accuracy:.1%}", f"{way.loss:.3f}") for name, way in ways.items()]
    st.markdown(table(head, rows, numbers=(1, 2, 3)))
    small(
        f"One trained net of each kind, on {made['validation_images']:,} upright validation images. Intervals: 95 %, "
        "over images alone; they say nothing about other seeds. Measured "
        f"{made['ended'][:10]}; measure it again with "
        "`python -m dropout_core.topics.uncertainty.calibration_study`."
    )
