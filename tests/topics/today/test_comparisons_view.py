"""Test what the folds on a transformer and on early and late dropout say, on made-up runs."""

from collections.abc import Iterator

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dropout_core.reference import studies
from dropout_core.topics.today import early_record, transformer_record
from dropout_core.topics.today.early_record import (
    EARLY,
    LATE,
    NONE,
    OVERFITS,
    REGIMES,
    SCHEDULES,
    THROUGHOUT,
    UNDERFITS,
)

MACHINE = {"hardware": "a computer", "torch": "2"}
Effects = dict[str, float]  # accuracy gained, in points


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the provenance be made up, too, and keep nothing of it in Streamlit's caches."""
    monkeypatch.setattr(
        studies, "provenance", lambda name: {"ended": "2026-01-01", "commit": f"that of {name}"} | MACHINE
    )
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def run(gain: float, rng: np.random.Generator) -> dict[str, float]:
    """Return scores of a net that gains this accuracy, and a tenth of it in loss."""
    noise = 0.02 * rng.normal()
    return {"accuracy": 90 + gain + noise, "loss": 0.3 - (gain + noise) / 10, "train_loss": 0.2 + gain / 10 + noise}


def places(effects: Effects) -> dict:
    rng = np.random.default_rng(0)
    cases = [(place, seed) for place in transformer_record.PLACES for seed in transformer_record.SETUP.seeds]
    return {"runs": [{"place": p, "seed": s} | run(effects.get(p, 0.0), rng) for p, s in cases]}


def schedules(effects: dict[tuple[str, str], float]) -> dict:
    rng = np.random.default_rng(0)
    cases = [(r, name, seed) for r in REGIMES for name in SCHEDULES for seed in early_record.SEEDS]
    return {
        "runs": [
            {"regime": r, "schedule": n, "seed": s, "dead": s % 5} | run(effects.get((r, n), 0.0), rng)
            for r, n, s in cases
        ]
    }


def shown(fold: str, charts: int) -> str:
    """Run one fold, and return its text."""

    def page(name: str) -> None:
        from dropout_core.topics.today import comparisons_view

        getattr(comparisons_view, name)()

    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_function(page, args=(fold,), default_timeout=120).run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == charts
    return " ".join(element.value for element in app.markdown)


def test_a_transformer_is_judged_place_by_place(monkeypatch):
    made = places({"embedding": 1.0, "residual branches": -1.0})
    monkeypatch.setattr(transformer_record, "stored", lambda: made)
    text = shown("transformer", 1)
    verdict = "**Holds when it acts on the embedding; does not hold on the residual branches.**"
    assert f"“Dropout raises the accuracy of this transformer”: {verdict} Without dropout, its mean is 90.0 %." in text
    assert f"“Dropout lowers its loss”: {verdict} Without dropout, its mean is 0.300 nats." in text
    finding = (
        "**In a tiny transformer, dropout at p = 0.1 gains accuracy when acting on the embedding, and costs "
        "accuracy when acting on the residual branches, and changes accuracy by less than 0.3 points when acting on "
        "the attention weights, whole branches and all four, and lowers the loss when acting on the embedding, and "
        "raises the loss when acting on the residual branches.**"
    )
    assert finding in text
    assert text.count("| validation accuracy, points |") == text.count("| validation loss, nats |") == 5
    assert "with 80 % power" in text
    assert "reference transformer" in text
    assert "commit that of today_transformer" in text


def test_if_dropout_helps_nowhere_the_claim_fails(monkeypatch):
    made = places(dict.fromkeys(list(transformer_record.PLACES)[1:], -1.0))
    monkeypatch.setattr(transformer_record, "stored", lambda: made)
    text = shown("transformer", 1)
    assert "this transformer”: **Does not hold here.**" in text
    assert "lowers its loss”: **Does not hold here.**" in text
    assert "p = 0.1 costs accuracy wherever it acts, and raises the loss wherever it acts.**" in text


def test_early_and_late_dropout_are_judged_where_they_are_said_to_help(monkeypatch):
    effects = {
        (UNDERFITS, EARLY): 1.0,
        (UNDERFITS, THROUGHOUT): -1.0,
        (OVERFITS, LATE): 2.0,
        (OVERFITS, THROUGHOUT): 2.0,
    }
    made = schedules(effects)
    monkeypatch.setattr(early_record, "stored", lambda: made)
    text = shown("early_or_late", 2)

    def gain(regime: str, schedule: str) -> float:
        by_schedule = [early_record.values(regime, name, "accuracy") for name in (schedule, NONE)]
        return float(np.mean(by_schedule[0]) - np.mean(by_schedule[1]))

    assert "“Early dropout helps a net that underfits”: **Holds.**" in text
    assert "“Late dropout helps a net that overfits”: **Holds.**" in text
    assert "“Late dropout is better than dropout throughout, in a net that overfits”: **Equivalent.**" in text
    assert f"early dropout gains {gain(UNDERFITS, EARLY):.2f} points" in text
    assert f"late dropout gains {gain(OVERFITS, LATE):.2f} points" in text
    assert f"and dropout throughout costs {-gain(UNDERFITS, THROUGHOUT):.2f} points" in text
    throughout, early = (gain(OVERFITS, name) for name in (THROUGHOUT, EARLY))
    assert f"In the large net, dropout throughout gains {throughout:.2f} points and early dropout changes" in text
    assert abs(early) < early_record.MARGIN["accuracy"]
    assert "In the small net, late dropout changes accuracy by less than 0.3 points; its loss is equivalent" in text
    assert "circle: better" in text.lower()
    assert "reference early-late" in text
    assert "commit that of today_early" in text
    assert "commit that of today_early_pilot" in text


def test_training_losses_and_dead_units_are_shown_and_not_judged(monkeypatch):
    made = schedules({(UNDERFITS, EARLY): 1.0})  # run() makes the training loss worse
    monkeypatch.setattr(early_record, "stored", lambda: made)
    finding = early_record.improves_on(UNDERFITS, EARLY)
    assert finding.text == "holds"
    assert [each.measure for each in finding.evidence[2:]] == ["training loss", "hidden units that never fire"]
    assert finding.evidence[2].sign == 1
    seen = [np.mean(early_record.values(UNDERFITS, name, "train_loss")) for name in (EARLY, NONE)]
    assert f"{seen[0]:.3f} nats with early dropout and {seen[1]:.3f} nats with no dropout" in finding.sentence
    assert "2.0 and 2.0 of 64 hidden units never fire" in finding.sentence
