"""The Uncertainty page's expander on disagreement and the amount of training data."""

import streamlit as st

from dropout_core.topics.uncertainty import cached, disagreement, nets_record
from dropout_core.topics.uncertainty.calibration_view import about
from dropout_core.topics.uncertainty.disagreement import SOURCES
from dropout_core.topics.uncertainty.nets_record import TrainingSet
from dropout_core.ui.layout import cached_output, draw, expander, small, two_columns
from dropout_core.ui.reference_panel import ABOUT


def show_disagreement() -> None:
    """Show how the disagreement changes as the training data grow, and how the nets were made."""
    _chart()
    expander(ABOUT, about, _about(nets_record.load_sizes()), "uncertainty_sizes", icon="info", key="unc_sizes")


@cached_output
def _chart() -> None:
    sets = nets_record.load_sizes()
    levels = [f"{source.capitalize()}: {disagreement.levels(sets, source)}" for source in SOURCES]
    st.markdown(f"**{disagreement.headline(sets)}.**")
    small("Mutual information: how much the answers disagree. Bars: 95 % intervals.")
    left, words = two_columns()
    with left:
        alt = "Mutual information in bits against the number of training images, with 95 % intervals. "
        draw(cached.disagreement_chart(), "unc_disagreement", f"{alt}{'; '.join(levels)}.")
    with words:
        st.markdown(
            "If disagreement measured only what the data leave open, it should vanish with enough data. Critics "
            "object that the disagreement of masked passes depends on the rate and on the size of the weights, "
            "which more data do not necessarily reduce (Osband 2016). A **deep ensemble** is the usual "
            "alternative: nets trained separately, here without dropout, whose answers are averaged."
        )
        st.markdown("\n".join(f"- {each}." for each in levels))
        st.markdown(
            "Every training set gets the same number of updates. With few images, a net therefore sees each image "
            f"many times and becomes overconfident: the nets without dropout are {disagreement.overconfidence(sets)}. "
            "This lowers the ensemble’s disagreement where it should be highest."
        )


def _about(sets: tuple[TrainingSet, ...]) -> str:
    last, recipe = sets[-1], sets[-1].recipe
    sizes = ", ".join(f"{each.recipe.images:,} ({each.recipe.epochs} epochs)" for each in sets)
    return (
        f"For each number of images, {len(last.nets)} nets with dropout (p = {recipe.rate:g}) and {len(last.without)} "
        f"without were trained for about {nets_record.UPDATES:,} updates. The numbers of images were {sizes}. Means "
        "are over the 10,000 validation images (MNIST’s test images). Bars are 95 % intervals over the nets (by the "
        "jackknife for the ensemble). All nets trained on the same number of images share these images. To repeat "
        "the study, run `python -m dropout_core.topics.uncertainty.sizes_study`."
    )
