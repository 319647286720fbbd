"""Two more comparisons of the variants page: Gaussian noise as published, and spatial dropout."""

import streamlit as st

from dropout_core.experiments.recipe import DATA, DROPOUT
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.topics.variants import cached, comparison_view, findings, findings_published
from dropout_core.ui import reference_panel
from dropout_core.ui.layout import cached_output, small, table


@cached_output
def noise() -> None:
    """Compare Gaussian noise with dropout, beside the errors that Srivastava et al. published."""
    st.subheader("Gaussian or Bernoulli, at two scales")
    runs, recipe = cached.runs(), records.load("variants").trials[DROPOUT].recipe
    if note := findings_published.place_of_noise(records.load("variants")):
        st.markdown(note)
    head = ("noise", "Srivastava et al., Table 10: test error, %", "our runs: validation error, %")
    st.markdown(table(head, findings_published.published_rows(runs)))
    compared = Evidence("", "accuracy", "points", findings.difference(runs, "accuracy", "Gaussian", DROPOUT))
    verdict = improves(compared.paired, higher_is_better=True)
    standing = {
        Verdict.HOLDS: "In our runs too, Gaussian noise gives higher accuracy.",
        Verdict.DOES_NOT_HOLD: "In our runs, Gaussian noise gives lower accuracy.",
        Verdict.INCONCLUSIVE: f"In our runs, there is no detectable difference in accuracy: {compared.power_text}.",
    }[verdict]
    st.markdown(
        f"{standing} The scales differ: the paper’s nets are wider and learn from all {DATA['mnist']:,} images, "
        f"whereas our nets learn from {recipe.images:,}. As a result, our errors are about "
        f"{findings_published.times_published(runs):.0f} times as large as the paper’s. In our column, ± is one "
        f"standard error over {len(recipe.seeds)} seeds."
    )


def convolutional() -> None:
    """Compare spatial dropout with dropout of single values in the convolutional net."""
    st.subheader("Spatial dropout in a convolutional net")
    record = reference_panel.load("conv")
    if record is not None:
        _spatial()
        reference_panel.about(record)


@cached_output
def _spatial() -> None:
    record = records.load("conv")
    runs = findings.spatial_runs(record)
    r = record.trials[runs["trial"].iloc[0]].recipe
    st.markdown(
        "The net has two convolutional layers and one fully connected hidden layer, and was trained on "
        f"{r.images:,} images for {r.epochs} epochs with {len(r.seeds)} seeds. The rate is 0.5 on the hidden "
        "layer and 0.1 or 0.2 after each convolution, where dropout acts on single values or on whole maps."
    )
    st.markdown(f"**{findings.spatial_in_words(runs)}**")
    small("Large marks: means with 95 % intervals; ticks: single runs.")
    comparison_view.dots(runs)
    small(
        f"Mean paired differences over {len(r.seeds)} seeds, with 95 % intervals in brackets. ▲ better, ▼ worse, ○ "
        "inconclusive, with the number of seeds needed to detect the measured difference with 80 % power. The "
        "verdicts are not corrected for the four comparisons."
    )
    head = ("whole maps against single values", "accuracy, points", "loss, nats")
    st.markdown(table(head, findings.spatial_rows(runs)))
