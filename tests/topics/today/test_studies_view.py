"""Test what the folds on co-adaptation and on dropout as a penalty say, on made-up measurements."""

from collections.abc import Iterator

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dropout_core.experiments.recipe import ARMS, DROPOUT
from dropout_core.topics.today import adaptive_l2_record, coadaptation_record

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def nothing_cached() -> Iterator[None]:
    """Keep nothing made up in Streamlit's caches."""
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def near(value: float) -> float:
    return value * float(RNG.normal(1, 0.01))


def runs(more_alike: str) -> list[dict]:
    """Return runs in which the nets of one arm have the higher correlations and departures."""
    high, low = {"correlation": 0.3, "departure": 20.0}, {"correlation": 0.2, "departure": 9.0}
    layers = {arm: [high if arm == more_alike else low] for arm in ARMS}
    return [
        {"arm": arm, "seed": seed, "layers": [{name: near(v) for name, v in row.items()} for row in 2 * layers[arm]]}
        for arm in ARMS
        for seed in coadaptation_record.RECIPE.seeds
    ]


def rows(ratio: dict[float, float]) -> list[dict]:
    """Return measurements in which the quadratic penalty is this share of the exact one, by rate."""
    rest = {"exact": 0.1, "accuracy_exact": 90.0, "accuracy_quadratic": 89.0, "spread": 120.0}
    return [
        {"rate": rate, "quadratic": near(0.1 * share)} | {name: near(v) for name, v in rest.items()}
        for rate, share in ratio.items()
        for _ in range(adaptive_l2_record.SETS)
    ]


def shown(fold: str) -> str:
    """Run one fold, and return its text."""

    def page(name: str) -> None:
        from dropout_core.topics.today import studies_view

        getattr(studies_view, name)()

    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_function(page, args=(fold,), default_timeout=120).run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1
    return " ".join(element.value for element in app.markdown)


@pytest.mark.parametrize(("more_alike", "verdict"), [("no dropout", "Holds"), (DROPOUT, "Does not hold here")])
def test_co_adaptation_is_judged_by_both_measures_in_both_layers(monkeypatch, more_alike, verdict):
    pairs = {arm: [[0.001, 0.002], [-0.001, 0.0]] for arm in ARMS}
    monkeypatch.setattr(coadaptation_record, "stored", lambda: {"runs": runs(more_alike), "shown": pairs})
    text = shown("coadaptation")
    assert f"“Dropout reduces co-adaptation”: **{verdict}.**" in text
    assert text.count("| mean correlation") == text.count("| pair cost apart from the sum") == 4
    assert f"**{coadaptation_record.headline()}.**" in text


def test_the_penalty_is_judged_at_each_rate(monkeypatch):
    shares = dict(zip(adaptive_l2_record.RATES, (0.7, 1.0, 1.02, 1.3), strict=True))
    stored = {"rows": rows(shares)}
    monkeypatch.setattr(adaptive_l2_record, "stored", lambda: stored)
    text = shown("adaptive_l2")
    assert "**Holds when p = 0.3 or 0.5; does not hold at p = 0.1 and 0.8.**" in text
    assert f"**{adaptive_l2_record.headline()}.**" in text
    assert "passes 100 % between p = 0.1 and 0.3" in text or "passes 100 % between p = 0.3 and 0.5" in text


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ((0.7, 0.909, 1.0, 1.3), "holds when p = 0.5; does not hold at p = 0.1 and 0.8; undecided at p = 0.3"),
        ((0.909, 1.0, 1.0, 1.0), "holds when p = 0.3, 0.5 or 0.8; undecided at p = 0.1"),
    ],
)
def test_rates_at_which_the_penalty_is_undecided_are_named_in_the_verdict(monkeypatch, shares, text):
    stored = {"rows": rows(dict(zip(adaptive_l2_record.RATES, shares, strict=True)))}
    monkeypatch.setattr(adaptive_l2_record, "stored", lambda: stored)
    assert adaptive_l2_record.approximates().text == text


def test_a_ratio_that_falls_with_the_rate_is_not_said_to_pass_one(monkeypatch):
    stored = {"rows": rows(dict(zip(adaptive_l2_record.RATES, (1.3, 1.1, 0.9, 0.7), strict=True)))}
    monkeypatch.setattr(adaptive_l2_record, "stored", lambda: stored)
    assert adaptive_l2_record.crossing() == ""
