"""Test that each of the thirteen claims has a verdict, and that an independent computation gives the same verdicts."""

import json
import re
from itertools import takewhile
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import ttest_rel

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import FILES, records, studies
from dropout_core.topics.claims.catalogue import CLAIMS, finding
from dropout_core.topics.ensemble import findings as ensemble
from dropout_core.topics.neurons import findings as neurons
from tests.raw_records import two_arms


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
        assert "with 80 % power" in found.evidence[0].power_text


def test_how_each_claim_was_tested_agrees_with_the_records():
    how = {claim.id: claim.how for claim in CLAIMS}
    exact = finding("C1").sentence
    units, passes = re.search(r"over all masks of (\d+) units, and over ([\d,]+) seeded passes", how["C1"]).groups()
    assert f"all {2 ** int(units):,} masks of {units} units" in exact
    assert f"sampled {passes} passes" in exact
    rates = [trial["recipe"]["rate"] for trial in json.loads((FILES / "rates.json").read_text("utf-8"))["trials"]]
    assert f"at {sum(rate > 0 for rate in rates)} rates and without dropout" in how["C4"]
    whole = json.loads((FILES / "regularisers_stopping.json").read_text("utf-8"))["recipe"]
    assert f"all {whole['epochs']} epochs" in how["C11"]
    nets = json.loads((FILES / "ensemble_nets.json").read_text("utf-8"))["nets"]
    assert f"for {len(nets)} trained nets" in how["C12"]


def test_an_unknown_claim_is_an_error():
    with pytest.raises(KeyError):
        finding("C14")


def test_each_verdict_from_training_names_the_files_that_it_uses(monkeypatch):
    """Judge each claim anew, and watch which records and study files are opened."""
    for claim in CLAIMS:
        assert set(claim.records) <= set(EXPERIMENTS)
        assert {*claim.sources} == opened(claim.find, monkeypatch), claim.id
        for name in {*claim.sources} & {*claim.studies}:
            assert {"commit", "hardware", "ended"} <= set(studies.provenance(name))


def opened(find, monkeypatch):
    """Return the stems of the JSON files in FILES that a function reads, with empty caches."""
    names, read_text = set(), Path.read_text

    def watch(self, *args, **options):
        if self.parent == FILES and self.suffix == ".json":
            names.add(self.stem)
        return read_text(self, *args, **options)

    for cached in (records.load, ensemble.stored, ensemble.nets_in, ensemble.differences_in, neurons.stored):
        cached.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", watch)
        find()
    return names


@pytest.mark.parametrize(("claim", "measures"), [("C5", ("gap", "loss")), ("C6", ("accuracy", "loss"))])
def test_the_comparisons_of_two_arms_are_scipy_s(claim, measures):
    names = {"gap": "gap in loss", "loss": "validation loss", "accuracy": "validation accuracy"}
    evidence = {(each.what, each.measure): each for each in finding(claim).evidence}
    for name, images in (("article-fresh", "60,000 images and 5 epochs"), ("drawn", "1,000 images and 60 epochs")):
        for measure in measures:
            each = evidence[f"{images} at p = 0.5", names[measure]]
            expected = ttest_rel(*two_arms(name, measure))
            low, high = expected.confidence_interval(0.95)
            assert (each.estimate.low, each.estimate.high) == (pytest.approx(low), pytest.approx(high))
            assert (each.estimate.sign != 0) == (expected.pvalue < 0.05)


def test_a_narrower_gap_with_a_worse_loss_is_fitting_less():
    found = finding("C5")
    assert (
        ttest_rel(*two_arms("article-fresh", "gap")).statistic
        < 0
        < ttest_rel(*two_arms("article-fresh", "loss")).statistic
    )
    assert "60,000 images and 5 epochs at p = 0.5" in found.exception
    assert "5 epochs" not in found.evidence[0].what, "the row shows a case that supports the claim"
    assert "underfitting rather than overfitting less" in found.sentence
    assert EXPERIMENTS["article-fresh"].trials[0].recipe.seeds == tuple(range(100, 110))


def test_the_epochs_to_a_level_decide_on_slower_learning():
    about = json.loads((FILES / "rates.json").read_text("utf-8"))
    points = pd.read_csv(FILES / "rates.csv.gz")
    rates = [trial["recipe"]["rate"] for trial in about["trials"]]
    first = points[points["full_val_accuracy"] >= 85].groupby(["trial", "seed"])["epoch"].min().unstack("trial")
    assert set(range(9)) - set(first) == {8}, "only the highest rate never gets there"
    p = {rates[i]: ttest_rel(first[i], first[0], alternative="greater").pvalue for i in range(7, 0, -1)}
    slower = [*takewhile(lambda rate: p[rate] < 0.025, p)]  # from the highest rate down
    assert slower == [0.7]
    assert finding("C4").text == "holds when the rate is 0.7 or more"
    assert {seed for trial in about["trials"] for seed in trial["recipe"]["seeds"]} == set(range(100, 105))


def test_by_fresh_seeds_the_best_rate_rises_with_the_width_by_loss_and_falls_by_accuracy():
    by_accuracy, by_loss = (each.estimate for each in finding("C8").evidence)
    assert by_accuracy.high < 0 < by_loss.low
    assert finding("C8").text == "holds when judged by loss; does not hold when judged by accuracy"
    assert "learned almost nothing" in finding("C8").sentence
    about = json.loads((FILES / "widths.json").read_text("utf-8"))
    assert {seed for trial in about["trials"] for seed in trial["recipe"]["seeds"]} == set(range(100, 105))
