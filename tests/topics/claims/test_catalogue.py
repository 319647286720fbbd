"""Test that each of the thirteen claims has a verdict, and that verdicts agree with another way to compute them."""

import gzip
import io
import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import FILES, records
from dropout_core.topics.claims.catalogue import CLAIMS, finding


def raw(name: str) -> pd.DataFrame:
    """Read a record's final values straight from its files: means over the last quarter of at least 20 epochs."""
    about = json.loads((FILES / f"{name}.json").read_text("utf-8"))
    points = pd.read_csv(io.BytesIO(gzip.decompress((FILES / f"{name}.csv.gz").read_bytes())))
    rows = []
    for (trial, arm, seed), run in points.groupby(["trial", "arm", "seed"]):
        run, end = run.sort_values("step"), run["epoch"].max()
        late = run[run["epoch"] > 0.75 * end] if end > 19.5 else run.tail(1)
        values = {"accuracy": late["full_val_accuracy"].mean(), "loss": late["full_val_loss"].mean()}
        gap = (late["full_val_loss"] - late["eval_loss"]).mean()
        rows.append({"trial": about["trials"][trial]["label"], "arm": arm, "seed": seed, "gap": gap, **values})
    return pd.DataFrame(rows)


def two_arms(name: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    table = raw(name).pivot(index="seed", columns="arm", values=column)
    return table["dropout"].to_numpy(), table["no dropout"].to_numpy()


def test_there_are_thirteen_in_order_with_pages_that_exist(pytestconfig):
    assert [claim.id for claim in CLAIMS] == [f"C{i}" for i in range(1, 14)]
    assert all((pytestconfig.rootpath / "pages" / f"{claim.page}.py").exists() for claim in CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_each_has_a_verdict_and_figures(claim):
    found = finding(claim.id)
    assert any(c.isdigit() for c in found.sentence)
    assert "nan" not in found.sentence.lower()
    assert not found.sentence.endswith(".")
    assert bool(found.evidence) == (claim.id not in ("C1", "C2", "C3")), "verdicts on training rest on comparisons"
    for each in found.evidence:
        assert each.n
        assert each.measure
        assert each.margin is None or each.margin > 0
    if found.verdict in (Verdict.INCONCLUSIVE, Verdict.TOO_FEW_SEEDS) and claim.id != "C12":
        assert "four times in five" in found.evidence[0].power_text


def test_an_unknown_claim_is_an_error():
    with pytest.raises(KeyError):
        finding("C14")


def test_records_named_by_claims_are_experiments():
    for claim in CLAIMS:
        assert set(claim.records) <= set(EXPERIMENTS)
        assert set(claim.available) == set(claim.records) & set(records.recorded())


@pytest.mark.parametrize(("claim", "measures"), [("C5", ("gap",)), ("C6", ("accuracy", "loss"))])
def test_the_comparisons_of_two_arms_are_scipy_s(claim, measures):
    small = "drawn" if "drawn" in records.recorded() else "small"
    evidence = {(each.what, each.unit, each.measure): each for each in finding(claim).evidence}
    for name, images in (("article", "60,000 images and 5 epochs"), (small, "1,000 images and 60 epochs")):
        for measure in measures:
            unit = "points" if measure == "accuracy" else "nats"
            (each,) = [e for (what, u, _), e in evidence.items() if what == f"{images} at p = 0.5" and u == unit]
            expected = ttest_rel(*two_arms(name, measure))
            low, high = expected.confidence_interval(0.95)
            assert (each.estimate.low, each.estimate.high) == (pytest.approx(low), pytest.approx(high))
            assert (each.estimate.sign != 0) == (expected.pvalue < 0.05)


def test_a_narrower_gap_with_a_worse_loss_is_fitting_less():
    found = finding("C5")
    assert ttest_rel(*two_arms("article", "gap")).statistic < 0 < ttest_rel(*two_arms("article", "loss")).statistic
    assert "60,000 images and 5 epochs at p = 0.5" in found.exception
    assert "fitting less, not overfitting less" in found.sentence


def test_the_epochs_to_a_level_decide_on_slower_learning():
    about = json.loads((FILES / "rates.json").read_text("utf-8"))
    points = pd.read_csv(FILES / "rates.csv.gz")
    rates = [trial["recipe"]["rate"] for trial in about["trials"]]
    first = points[points["full_val_accuracy"] >= 85].groupby(["trial", "seed"])["epoch"].min().unstack("trial")
    assert set(range(9)) - set(first) == {8}, "only the highest rate never gets there"
    p = {rates[i]: ttest_rel(first[i], first[0], alternative="greater").pvalue for i in range(4, 8)}
    assert max(p.values()) < 0.025
    assert finding("C4").text == "holds when the rate is 0.4 or more"


def test_the_best_rate_by_loss_rises_with_the_width_in_every_resample():
    slope = finding("C8").evidence[1].estimate
    assert slope.low > 0
    assert finding("C8").verdict is Verdict.HOLDS_WHEN
    assert "hardly trained" in finding("C8").sentence
