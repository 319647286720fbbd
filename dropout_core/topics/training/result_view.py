"""Shows a comparison on the page: its curves and, once it has finished, differences, disputed digits and downloads."""

import numpy as np
import pandas as pd
import streamlit as st

from dropout_core.common.text import NATS
from dropout_core.data.mnist import DataError, Validation
from dropout_core.experiments.recipe import ARMS, DATA_NAMES, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.export.run_card import to_card
from dropout_core.export.script import has_script, to_script
from dropout_core.numerics.statistics import FEWEST, Paired
from dropout_core.numerics.verdicts import improves
from dropout_core.reference.record_tables import in_words
from dropout_core.storage.store import Comparison, StoreError
from dropout_core.topics.training import cached, charts_differences
from dropout_core.topics.training.predictions import most_disputed
from dropout_core.ui import server
from dropout_core.ui.layout import small

VALIDATION = {"mnist": 10_000, "mnist-5k": 1_000}  # number of validation images in each data source


def draw_curves(points: pd.DataFrame, recipe: Recipe, article: bool = False, ended: bool = False) -> None:
    """Draw the curves in four small charts. On a phone, the charts are stacked.

    ended   whether all runs have ended, so that no more points will arrive
    """
    charts = cached.curves(points, recipe.epochs, article, ended)
    for pair in (("train", "accuracy"), ("eval", "val")):
        for column, measure in zip(st.columns(2, gap="large"), pair, strict=True):
            rows, spec, alt = charts[measure]
            column.vega_lite_chart(rows, spec, key=f"curve-{measure}", alt=alt)


def explain_curves(recipe: Recipe, reference: bool) -> None:
    """Write the legend of the curves.

    reference   whether these are reference runs, which store only the points evaluated on all validation images
    """
    several, enough = len(recipe.seeds) > 1, len(recipe.seeds) >= FEWEST
    spread = ", with 95 % intervals of the mean" if enough else ""
    bands = f"{', bands their 95 % interval' if enough else ''}, thin lines the single runs" if several else ""
    lines = "Lines: means over the seeds" if several else "Lines: the runs"
    if several and recipe.patience:
        lines += ", as far as all of a network's runs went"
    every = "the points kept with this app" if reference else "four points per epoch"
    images = f"all {VALIDATION[recipe.data]:,} validation images"
    sample = f"a fixed sample of {recipe.sample:,} training"
    evaluated = f"{sample} images and {images}" if reference else f"{sample} and as many validation images"
    small(
        f"{lines}, {every}; in evaluation mode, that is with nothing dropped, on {evaluated}{bands}. "
        f"Large marks: {images}{spread}. Accuracies far below the first epoch's end are cut off. {NATS}"
    )


def explain_table(recipe: Recipe) -> None:
    """Explain the table rows that are not self-explanatory."""
    small(
        "Gap: validation loss minus training loss, both in evaluation mode. Training losses: with masks on, as "
        "the optimiser saw them in the last quarter of the epoch; in evaluation mode, on the first "
        f"{recipe.sample:,} training images. Validation: all {VALIDATION[recipe.data]:,} images. With "
        "several seeds: the mean, and in brackets the lowest and the highest run."
    )


def draw_differences(by_seed: dict[str, Paired]) -> None:
    """Draw the difference between dropout and no dropout for each seed. Draws nothing for a single seed."""
    shown = {"validation accuracy, %": ("accuracy, points", True), "validation loss": ("validation loss", False)}
    if len(by_seed["validation loss"].differences) < 2:
        return
    for column, (name, (unit, higher)) in zip(st.columns(2, gap="large"), shown.items(), strict=True):
        p = by_seed[name]
        side = "right" if higher else "left"
        column.vega_lite_chart(
            charts_differences.rows(p.differences, p.low, p.high),
            charts_differences.spec(
                f"dropout − no dropout: {unit}", f"dropout better to the {side}", improves(p, higher)
            ),
            key=f"difference-{name}",
            alt=f"Differences by seed in {name}: mean {in_words(p, unit, 3)}.",
        )


def outputs(recipe: Recipe) -> tuple[dict[str, np.ndarray], Validation] | None:
    """Return the first seed's predicted probabilities for all validation images, and these images.

    If they cannot be computed, shows a warning and returns None.
    """
    try:
        with st.spinner("Asking both nets about every validation image…"):
            probabilities = {arm: server.probabilities(recipe.key, arm, recipe.seeds[0], recipe.data) for arm in ARMS}
            return probabilities, server.validation(recipe.data)
    except (StoreError, DataError) as error:
        st.warning(f"The digits cannot be shown: {error}.", icon=":material/warning:")
        return None


def disputed_digits(probabilities: dict[str, np.ndarray], digits: Validation, recipe: Recipe, count: int = 12) -> None:
    """Show the images on which the two nets disagree most confidently."""
    epoch = " at their best epochs" if recipe.patience else ""
    whose = f"the two nets of seed {recipe.seeds[0]}{epoch}"
    chosen = most_disputed(probabilities[NO_DROPOUT], probabilities[DROPOUT], count)
    if not len(chosen):
        st.markdown(f"On every validation image {whose} agree.")
        return
    st.markdown(f"Validation images on which {whose} disagree, the most confident first.")
    with st.container(horizontal=True, gap="medium"):
        for i in chosen:
            _digit_card(int(i), probabilities, digits)


def _digit_card(i: int, probabilities: dict[str, np.ndarray], digits: Validation) -> None:
    truth = int(digits.labels[i])
    lines = [f"**a {truth}**"]
    for arm in ARMS:
        digit, confidence = int(probabilities[arm][i].argmax()), float(probabilities[arm][i].max())
        mark = ":material/check:" if digit == truth else ":material/close:"
        lines.append(f"{mark} {arm}: **{digit}** ({confidence:.0%})")
    with st.container(width=160):
        st.image(255 - digits.images[i], width=112, alt=f"Validation image {i}, a handwritten {truth}")
        st.markdown("  \n".join(f":small[{line}]" for line in lines))


def provenance(comparison: Comparison) -> None:
    """Show when and where a comparison was trained, and offer the files needed to reproduce it."""
    made, recipe = comparison.provenance, comparison.recipe
    small(
        f"Made {comparison.ended} on {made.get('hardware', 'unknown hardware')} "
        f"({made.get('device', '?').upper()}), torch {made.get('torch', '?')}, "
        f"trained on {recipe.images:,} of {DATA_NAMES[recipe.data]} "
        f"({made.get('data_checksum', '?')}), recipe {recipe.key}. The address of this page opens it again."
    )
    files = {
        "History (CSV)": (comparison.points.to_csv(index=False), "csv"),
        "Run card (JSON)": (to_card(comparison), "json"),
    }
    if has_script(recipe):
        files["PyTorch script"] = to_script(recipe), "py"
    with st.container(horizontal=True):
        for label, (text, ending) in files.items():
            name = f"dropout-{recipe.key}.{ending}"
            st.download_button(label, text, name, icon=":material/download:", on_click="ignore")
