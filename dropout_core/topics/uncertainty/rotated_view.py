"""The Uncertainty page's expander on rotated images: how entropies, answers and warnings change with the angle."""

import streamlit as st

from dropout_core.topics.uncertainty import cached, charts_passes, findings
from dropout_core.topics.uncertainty.findings import Study
from dropout_core.ui.layout import cached_output, draw, expander, small, two_columns
from dropout_core.ui.reference_panel import ABOUT


def show_rotated() -> None:
    """Show what the study found, and how it was made."""
    _found()
    expander(ABOUT, small, _about(), icon="info", key="unc_rotated")


@cached_output
def _found() -> None:
    study, _ = findings.load()
    charts = cached.study_charts()
    st.markdown(
        f"One image proves nothing, so we rotate all {study.images:,} validation images to {len(study.angles)} "
        f"angles. The net classifies each rotated image {study.passes} times with masks on (p = {study.rate:g}) and "
        "once with masks off."
    )
    small(
        "Bands and bars: 95 % intervals, which account only for the choice of images, because all results are for one "
        "trained net. Upside down, a 6 looks like a 9, but the answer 9 counts as wrong here."
    )
    mean_entropies(study, charts["entropy"])
    right_answers(study, charts["right"])
    error_detection(study, charts)


def _about() -> str:
    study, made = findings.load()
    return (
        f"The intervals of areas come from 1,000 bootstrap samples. We draw {study.passes} new masks for each image. "
        f"Measured on {made['ended'][:10]} with NumPy {made['numpy']} "
        f"({made['hardware']}); to repeat the study, run `python -m dropout_core.topics.uncertainty.study`."
    )


def mean_entropies(study: Study, spec: dict) -> None:
    left, words = two_columns()
    with left:
        ends = f"{study.total[0].value:.2f} bits upright, {max(e.value for e in study.total):.2f} bits at the maximum"
        draw(spec, "unc_mean", f"Mean entropies against the angle. Predictive entropy: {ends}.")
    with words:
        st.markdown(f"**Does uncertainty grow with the angle?** {findings.grows(study.angles, study.total)}")
        rows = zip(charts_passes.CURVES, (study.total, study.between, study.off), strict=True)
        lines = [findings.growth(study.angles, row, name.capitalize()) for name, row in rows]
        st.markdown("\n".join(f"- {line}" for line in lines))


def right_answers(study: Study, spec: dict) -> None:
    left, words = two_columns()
    with left:
        ends = (
            f"{100 * study.right[0].value:.1f} % with masks on, {100 * study.off_right[0].value:.1f} % with masks off"
        )
        draw(spec, "unc_right", f"Share of correct answers against the rotation angle. For upright images: {ends}.")
    with words:
        st.markdown(f"**Is the mean of {study.passes} passes correct more often than one pass without masks?**")
        st.markdown(findings.accuracy(study.angles, study.gain))


def error_detection(study: Study, charts: dict[str, dict]) -> None:
    left, words = two_columns()
    with left:
        upright = study.warnings[0]
        ends = (
            f"{upright.first.value:.3f} with masks on, {upright.second.value:.3f} with masks off"
            if upright
            else "not defined"
        )
        draw(charts["area"], "unc_area", f"Area under the ROC curve against the angle. Upright: {ends}.")
        draw(
            charts["difference"],
            "unc_diff",
            "Differences between these areas with their intervals, and a line at zero.",
        )
    with words:
        st.markdown(
            "**Does high entropy distinguish wrong answers from right ones?** The ROC curve plots the share of "
            "errors detected against the share of false alarms at every threshold. The area under it is the "
            "probability that a misclassified image has a higher entropy than a correctly classified one: ½ means "
            "chance, and 1 is perfect. Both entropies are tested on the same errors: those of the pass without "
            "masks."
        )
        st.markdown(findings.in_short(study.mixed, study.warnings))
        st.markdown(f"- Upright images: {findings.warning(upright)}")
        st.markdown(f"- All angles pooled: {findings.warning(study.mixed)}")
        st.markdown(findings.by_angle(study.angles, study.warnings))
        st.markdown(findings.pooled(findings.pairs(study)))
