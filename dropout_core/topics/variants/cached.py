"""What the Variants page shows, worked out once for all readers: charts, moments, the comparison's screens."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dropout_core.charts import trial_dots
from dropout_core.common.text import NATS
from dropout_core.data.published import NOISE_ERRORS
from dropout_core.experiments.recipe import DATA, DROPOUT, NO_DROPOUT
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.reference.record_tables import means
from dropout_core.topics.variants import findings
from dropout_core.topics.variants.charts_curves import curves
from dropout_core.topics.variants.charts_feature_maps import map_chart, schedule_chart
from dropout_core.topics.variants.charts_network import network_chart
from dropout_core.topics.variants.numerics import VARIANTS, measured, sums
from dropout_core.ui.layout import cached_output, extract_datasets, small, table

PICKS = ("Gaussian", "DropConnect", "inputs only", "hidden and inputs", "early", "late")
CONV_PLACES = {"accuracy": 2, "loss": 3}


@st.cache_resource(max_entries=64, show_spinner=False)
def explainers(variant: str, rate: float, shown: int) -> dict[str, dict]:
    start = {"variant": variant, "rate": rate, "pass": shown}
    return {
        "network": extract_datasets(network_chart(start)),
        "maps": map_chart(rate, shown),
        "schedule": schedule_chart(rate),
    }


@st.cache_data(max_entries=32, show_spinner=False)
def moments_table(rate: float) -> str:
    """All variants' factors: what one draw decides, mean and variance, exact and measured."""
    rows = []
    for slug, variant in VARIANTS.items():
        m = measured(slug, rate)
        rows.append(
            (
                f"**{variant.name}:** {variant.shared}", f"{m.mean:.3f} ± {m.mean_error:.3f}",
                _measured(m.variance, m.variance_error), f"{m.exact_variance:.3f}",
            )
        )  # fmt: skip
    return table(("one draw decides", "mean", "variance", "exact"), rows)


def _measured(value: float, error: float) -> str:
    """With its error, where it has one: at rate 0.5 every factor is 0 or 2, and so as far from 1 as all others."""
    return f"{value:.3f} ± {error:.3f}" if error >= 0.0005 else f"{value:.3f}, always"


@st.cache_data(max_entries=32, show_spinner=False)
def two_sums(rate: float) -> dict:
    return {slug: sums(slug, rate) for slug in ("dropout", "dropconnect")}


@st.cache_data(show_spinner=False)
def runs() -> pd.DataFrame:
    return findings.runs(records.load("variants"))


@st.cache_resource(max_entries=8, show_spinner=False)
def curve_chart(pick: str) -> dict:
    return extract_datasets(curves(findings.histories(records.load("variants")), PICKS, pick))


@cached_output
def compared() -> None:
    side_by_side(runs())
    verdicts(runs())


def side_by_side(found: pd.DataFrame) -> None:
    """Dots for both measures; the trial without noise is the rule to hold the others against."""
    left, right = st.columns(2, gap="large")
    for column, measure, title, places in (
        (left, "accuracy", "Validation accuracy, % (right is better)", 1),
        (right, "loss", "Validation loss, nats (left is better)", 3),
    ):
        dot(column, found, measure, title, places, base=NO_DROPOUT)
    small(
        "Dot or square: mean over the seeds, with its 95 % interval. Ticks: single runs. Dashed: the mean "
        "without dropout. Intervals of single means include what differs between seeds; the differences below do not. "
        f"{NATS}"
    )


def dot(column: DeltaGenerator, found: pd.DataFrame, measure: str, title: str, places: int, base: str = "") -> None:
    middle = means(found, measure)
    trials = tuple(found["trial"].unique())
    spec = trial_dots.spec(trials, title, f".{places}f", base, one_arm=True)
    alt = trial_dots.text_alternative(middle, title, places)
    key = f"variants_{measure}_{len(trials)}"
    column.vega_lite_chart(trial_dots.rows(found, middle, measure), spec, key=key, alt=alt)


def verdicts(found: pd.DataFrame) -> None:
    st.subheader("What the differences say")
    for measure in findings.MEASURES:
        said = " ".join(findings.in_words(found, measure, base) for base in findings.BASES)
        st.markdown(f"- **By {measure}:** {said}")
    for column, measure in zip(st.columns(2, gap="large"), findings.MEASURES, strict=True):
        rows = findings.differences(found, measure)
        column.markdown(f"**{findings.MEASURES[measure][0].capitalize()}**")
        column.markdown(table(tuple(rows.columns), [tuple(row) for row in rows.itertuples(index=False)]))
    count, wrong = findings.by_chance(found)
    small(
        f"Mean difference within a seed, 95 % interval in brackets. ▲ better, ▼ worse, ○ inconclusive: the "
        f"interval includes zero. Of {count} such intervals {wrong:.1f} miss the truth on average, by chance alone; "
        f"{found['seed'].nunique()} seeds leave small differences unseen. Each variant has one rate; none was tuned."
    )


@cached_output
def theirs() -> None:
    found, r = runs(), records.load("variants").trials[DROPOUT].recipe
    st.subheader("Gaussian or Bernoulli, at two scales")
    ours = findings.errors(found).set_index("trial")
    rows = []
    for trial, (published, spread) in NOISE_ERRORS.items():
        name = "Bernoulli" if trial == DROPOUT else trial
        own = ours.loc[trial]
        rows.append((name, f"{published:.2f} ± {spread:.2f}", f"{own['mean']:.2f} ± {own['error']:.2f}"))
    st.markdown(table(("noise", "Srivastava et al., Table 10: test error, %", "here: validation error, %"), rows))
    times = ours["mean"].mean() / (sum(error for error, _ in NOISE_ERRORS.values()) / len(NOISE_ERRORS))
    p = findings.difference(found, "accuracy", "Gaussian", DROPOUT)
    said = {
        Verdict.HOLDS: "Here too, the Gaussian noise is ahead in accuracy.",
        Verdict.DOES_NOT_HOLD: "Here the Gaussian noise is behind in accuracy.",
        Verdict.INCONCLUSIVE: "Here there is no detectable difference in accuracy.",
    }[improves(p, higher_is_better=True)]
    st.markdown(
        f"{said} The scales differ: their nets are wider and learn from all {DATA['mnist']:,} images, ours from "
        f"{r.images:,}, so that our errors are about {times:.0f} times theirs; ± here is one standard error over "
        f"{len(r.seeds)} seeds."
    )


@cached_output
def spatial() -> None:
    """Whole maps against single values, at the same rates."""
    record = records.load("conv")
    pairs = findings.SPATIAL
    found = findings.runs(record)
    kept = [trial for pair in pairs.items() for trial in pair[::-1]]
    found = found[found["trial"].isin(kept)].assign(arm=DROPOUT)
    found = found.sort_values("trial", key=lambda names: names.map(kept.index), kind="stable")
    r = record.trials[kept[0]].recipe
    st.markdown(
        f"Two convolutional layers below a hidden one, {r.images:,} images, {r.epochs} epochs, {len(r.seeds)} seeds: "
        "rate 0.1 or 0.2 after each convolution, on single values or on whole maps, and 0.5 on the hidden layer."
    )
    left, right = st.columns(2, gap="large")
    dot(left, found, "accuracy", "Validation accuracy, % (right is better)", 1)
    dot(right, found, "loss", "Validation loss, nats (left is better)", 3)
    rows, said = [], []
    for trial, base in pairs.items():
        pair = {m: findings.difference(found, m, trial, base) for m in findings.MEASURES}
        higher = {m: better for m, (_, _, better) in findings.MEASURES.items()}
        cells = [findings.cell(p, CONV_PLACES[m], higher[m]) for m, p in pair.items()]
        rows.append((f"{trial} against {base}", *cells))
        stands = [f"{findings.STANDINGS[improves(p, higher[m])]} by {m}" for m, p in pair.items()]
        said.append(f"**{trial}**: {', '.join(stands)}")
    st.markdown(f"Whole maps, held against single values at the same rate. {'; '.join(said)}.")
    st.markdown(table(("whole maps against single values", "accuracy, points", "loss, nats"), rows))
    small("▲ better, ▼ worse, ○ inconclusive; 95 % intervals of the difference within a seed.")
