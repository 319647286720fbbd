"""The folds of the page on dropout today that compare several nets: batch norm, and early and late dropout."""

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.numerics.evidence import power_range
from dropout_core.reference.records import load
from dropout_core.topics.today import charts_changes, norm
from dropout_core.topics.today.charts_changes import Change
from dropout_core.ui import finding_view, reference_panel
from dropout_core.ui.layout import cached_output, draw, small, table, text, two_columns

IOFFE = "https://arxiv.org/abs/1502.03167"


def batch_norm() -> None:
    record = reference_panel.load(norm.RECORD)
    if record is None:
        return
    _norm()
    for column in norm.UNITS:
        st.markdown(table(finding_view.HEAD, [finding_view.row(each) for each in norm.evidence(column)]))
    reference_panel.about(record)


@cached_output
def _norm() -> None:
    recipe = load(norm.RECORD).trials[norm.PLAIN].recipe
    st.markdown(f"**{norm.headline()}.**")
    rows = [Change(name, norm.change(name, "accuracy")) for name in list(norm.NETS)[1:]]
    title = "points of accuracy against the plain net"
    left, words = two_columns()
    with left:
        draw(charts_changes.changes(rows, title), "today_norm", charts_changes.text_alternative(rows, "points"))
    with words:
        loss = norm.means("loss")
        text(
            "Many vision nets gave up dropout for batch normalisation, which speeds up training and adds noise of its "
            f"own, since each batch has another mean. [Ioffe & Szegedy 2015]({IOFFE}) removed dropout.",
            f"Here, on {recipe.images:,} images, validation losses are {loss['neither']:.3f} nats with neither, "
            f"{loss['dropout']:.3f} with dropout, {loss['batch norm']:.3f} with batch norm and {loss['both']:.3f} with "
            "both (dropout after batch norm).",
        )
    power = sentence(power_range(norm.evidence("accuracy")))
    small(f"Accuracy against the plain net, over {len(recipe.seeds)} seeds; 95 % intervals. {power}")
