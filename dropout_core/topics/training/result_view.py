"""Shows the results of a comparison: differences by seed, the table, provenance and downloads."""

import streamlit as st

from dropout_core.common.text import NATS, span
from dropout_core.data.mnist import VALIDATION
from dropout_core.experiments import final_values
from dropout_core.experiments.recipe import DATA_NAMES
from dropout_core.export.notebook import to_notebook
from dropout_core.export.run_card import to_card
from dropout_core.export.script import has_script, to_script
from dropout_core.numerics.verdicts import improves
from dropout_core.reference import run_text
from dropout_core.storage.store import Comparison
from dropout_core.topics.training import charts_differences, findings, headline
from dropout_core.topics.training.shown import Shown
from dropout_core.ui.layout import small


def differences(shown: Shown, measure: str) -> None:
    """Draw the difference between dropout and no dropout for each seed, with any stored runs among them."""
    outcome, judged, own = headline.OUTCOMES[measure], shown.differences, shown.own_differences
    assert judged is not None
    p, mine = judged[outcome.final], () if own is None else own[outcome.final].differences
    better = f"dropout better to the {'right' if outcome.higher_is_better else 'left'}"
    over = [run_text.final_values([shown.recipe])] if final_values.averaged(shown.recipe) else []
    lines = [
        headline.interval_text(p, measure),
        *over,
        *(headline.landing(d, p, measure, shown.mine) for d in mine[:1]),
    ]
    interval = "" if p.low is None else "; bar: its 95 % interval"
    small(f"Dots: single seeds; diamond: their mean{interval}." if p.n > 1 else "Diamond: the only seed.")
    own_name = "" if own is None else "your run" if shown.mine else "stored run"
    st.vega_lite_chart(
        charts_differences.rows(p.differences, p.low, p.high, mine),
        charts_differences.spec(
            f"dropout − no dropout, {outcome.unit}", better, improves(p, outcome.higher_is_better), own_name
        ),
        key=f"difference-{measure}",
        alt=" ".join(lines),
    )
    small(" ".join(lines))


def table(comparison: Comparison, whose: str) -> None:
    """Show the final values of both nets, and describe them."""
    recipe, points = comparison.recipe, comparison.points
    st.markdown(f"**{whose}**, seed{'s' * (len(recipe.seeds) > 1)} {span(recipe.seeds)}")
    best = recipe.patience > 0
    if best:
        st.markdown(findings.stopping(points, recipe))
    st.table(findings.shown_table(points, comparison.runs, best=best))
    seconds = {str(arm): float(mean) for arm, mean in comparison.runs.groupby("arm")["seconds"].mean().items()}
    final = final_values.final_table(points, seconds, best=best)
    lines = findings.read(final, recipe, by_seed=final_values.differences(points, best=best))
    st.markdown("\n".join(f"- {line}" for line in lines))
    small(
        "Gap: validation loss minus training loss, both in evaluation mode. With masks on, the training loss is the "
        "loss that the optimiser sees, averaged over the last quarter of the epoch. In evaluation mode, the training "
        f"loss is measured on the first {recipe.sample:,} training images. Validation uses all "
        f"{VALIDATION[recipe.data]:,} images. For several seeds, cells show the mean (lowest run to highest run). "
        f"{run_text.final_values([recipe])} {NATS}"
    )


def provenance(comparison: Comparison, whose: str) -> None:
    """Show when and where a comparison was trained, and offer the files needed to reproduce it."""
    made, recipe = comparison.provenance, comparison.recipe
    st.markdown(
        f"**{whose}**: trained {comparison.ended} on {made.get('hardware', 'unknown hardware')} "
        f"({made.get('device', '?').upper()}), PyTorch {made.get('torch', '?')}, commit {made.get('commit', '?')}, "
        f"using {recipe.images:,} of {DATA_NAMES[recipe.data]} "
        f"({made.get('data_checksum', '?')}), recipe {recipe.key}."
    )
    files = {
        "History (CSV)": (comparison.points.to_csv(index=False), "csv"),
        "Run card (JSON)": (to_card(comparison), "json"),
    }
    if has_script(recipe):
        files |= {"PyTorch script": (to_script(recipe), "py"), "Jupyter notebook": (to_notebook(recipe), "ipynb")}
    with st.container(horizontal=True):
        for label, (text, ending) in files.items():
            name = f"dropout-{recipe.key}.{ending}"
            key = f"{whose}-{ending}"
            st.download_button(label, text, name, icon=":material/download:", on_click="ignore", key=key)
