"""Test the findings on the paper's figures with made-up records that agree, disagree or are inconclusive."""

import re

import numpy as np
import pytest

from dropout_core.data import published
from dropout_core.experiments.layers import weight_count
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Verdict, judge
from dropout_core.reference import records
from dropout_core.topics.papers import catalogue, findings, findings_tables
from dropout_core.topics.papers.catalogue import BY_SLUG
from dropout_core.topics.papers.linear_regression import Equality
from dropout_core.topics.training.claims import gain_by_images
from tests.papers_records import LIKE_THEIRS, made_up

READ = {
    "figure-4": findings.figure_4,
    "figure-9a": findings.figure_9a,
    "figure-9b": findings.figure_9b,
    "sizes": findings.figure_10,
    "regularisers": findings_tables.table_9,
    "variants": findings_tables.table_10,
}


def verdicts(name, error=None) -> list[Verdict]:
    return [claim.verdict for claim in READ[name](made_up(name, error or LIKE_THEIRS[name]))]


def test_a_record_like_theirs_agrees():
    assert verdicts("figure-4") == [Verdict.HOLDS] * 3
    assert verdicts("figure-9a") == [
        Verdict.INCONCLUSIVE,
        Verdict.HOLDS,
        Verdict.HOLDS,
        Verdict.HOLDS,
    ]  # no interval can prove that there is no difference
    assert verdicts("sizes") == [
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.HOLDS,
        Verdict.HOLDS,
        Verdict.HOLDS,
    ]
    assert verdicts("regularisers") == [Verdict.HOLDS] * 4
    assert verdicts("variants") == [Verdict.HOLDS]


def test_a_record_the_other_way_round_differs():
    worse = {name: lambda *args, like=like: 10 - like(*args) for name, like in LIKE_THEIRS.items()}
    for name in ("figure-4", "regularisers"):
        assert set(verdicts(name, worse[name])) == {Verdict.DOES_NOT_HOLD}, name
    assert verdicts("figure-9a", worse["figure-9a"]) == [
        Verdict.INCONCLUSIVE,
        Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD,
    ]
    assert verdicts("sizes", worse["sizes"]) == [
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD,
    ]


@pytest.mark.parametrize("name", READ)
def test_where_the_seeds_differ_more_than_the_trials_nothing_is_told(name):
    told = verdicts(name, lambda recipe, run, epoch: 30 + 7 * ((run.seed + 3 * (run.rate > 0)) % 3))
    assert Verdict.HOLDS not in told


def test_the_best_keep_probability():
    far = made_up("figure-9b", lambda recipe, run, epoch: 2 + 9 * abs(run.rate - 0.8))
    claim = findings.figure_9b(far)[0]
    assert claim.verdict == Verdict.DOES_NOT_HOLD
    assert "lowest mean at 0.2; indistinguishable from it: none" in claim.sentence
    near = findings.figure_9b(made_up("figure-9b", lambda recipe, run, epoch: 2 + 9 * abs(run.rate - 0.4)))[0]
    assert near.verdict == Verdict.HOLDS


def test_errors_are_100_minus_accuracy_and_keep_is_1_minus_rate():
    table = findings.kept(made_up("figure-9a", lambda recipe, run, epoch: 100 * run.rate))
    by_keep = findings.by_keep(table, "error").set_index("x")
    assert by_keep.loc[0.2, "mean"] == pytest.approx(80, abs=0.2)
    assert by_keep.loc[0.2, "low"] < by_keep.loc[0.2, "mean"] < by_keep.loc[0.2, "high"]
    assert findings.by_keep(table, "train_loss").set_index("x").loc[0.2, "mean"] == pytest.approx(8, abs=0.02)


def test_curves_by_updates_end_at_the_last_update():
    record = made_up("figure-4", LIKE_THEIRS["figure-4"])
    for label, line in findings.by_updates(record).items():
        recipe = record.trials[label].recipe
        assert line["x"].max() == catalogue.updates(recipe)
        assert (line["low"] <= line["mean"]).all()
        last = line[line["x"] == line["x"].max()].set_index("group")["mean"]
        assert last[NO_DROPOUT] - last[DROPOUT] == pytest.approx(0.4, abs=0.05)


def test_gains_are_what_dropout_saves():
    found = gain_by_images(made_up("sizes", LIKE_THEIRS["sizes"]))
    assert found[8_000].mean == pytest.approx(1, abs=0.05)
    assert found[100].mean == pytest.approx(0, abs=0.05)


def test_without_an_interval_or_a_spread_there_is_no_verdict():
    zeros, rising = [0.0] * 5, [1.0, 1.1, 1.2, 1.0, 1.1]
    assert judge(paired(rising[:4], zeros[:4]), 1) == Verdict.TOO_FEW_SEEDS
    assert judge(paired([1.0] * 5, zeros), 1) == Verdict.INCONCLUSIVE
    assert judge(paired(rising, zeros), 1) == Verdict.HOLDS
    assert judge(paired(rising, zeros), 0) == Verdict.DOES_NOT_HOLD


def test_a_bound_beside_zero_is_not_printed_as_zero():
    p = paired([0.001 + 1e-4, 0.001 - 1e-4, 0.001, 0.001, 0.001], [0] * 5)
    assert p.sign == 1
    assert "+0.00 " not in findings.points(p)


def test_three_seeds_give_means_and_nothing_else():
    for name in ("figure-4", "figure-9b"):
        for finding in READ[name](records.load(name)):
            assert finding.verdict is Verdict.TOO_FEW_SEEDS
            assert not re.search("interval [^)]|detectable|indistinguishable", finding.sentence)


def test_the_stored_figures():
    eight, eleven = findings.figure_8(), findings.figure_11()
    assert eight[0].verdict == Verdict.TOO_FEW_SEEDS, "the three stored seeds give no verdict"
    assert eleven[0].verdict == Verdict.HOLDS
    assert findings.by_sampled()["x"].is_monotonic_increasing


def test_a_difference_beyond_rounding_is_not_called_exact():
    weights = np.zeros((1, 2))
    for apart, verdict in ((1e-15, Verdict.HOLDS), (1e-3, Verdict.DOES_NOT_HOLD)):
        claim = findings.section_9_1(Equality((0.5,), weights, weights, apart, 1e-15, 1))[0]
        assert claim.verdict == verdict


def test_table_2_holds_all_of_theirs_and_our_best():
    best = findings_tables.best_of_ours()
    rows = findings_tables.table_2_rows(best)
    assert len(rows) == len(published.TABLE_2) + 1
    assert rows["mean"].iloc[-1] == best[2]["mean"]
    assert rows["low"].iloc[-1] < rows["mean"].iloc[-1] < rows["high"].iloc[-1]
    sentence = findings_tables.table_2(best)[0].sentence
    assert f"{best[2]['mean']:.2f} %" in sentence
    assert f"({best[2]['arm']}, " in sentence
    assert "What Neurons and Ensemble trained is left out" in sentence


def test_figure_4_says_whose_error_was_the_higher_one_first():
    late = made_up(
        "figure-4", lambda recipe, run, epoch: 5 + (1 if epoch < 2 else -1) * (run.rate > 0) + 0.01 * run.seed
    )
    said = findings.figure_4(late)[0].sentence
    assert "the error with dropout differs from that without by −1.00 points of error" in said
    assert said.endswith("after the first epoch it was the higher one.")


def test_without_records_table_2_is_theirs_alone(monkeypatch):
    monkeypatch.setattr(findings_tables.records, "recorded", list)
    best = findings_tables.best_of_ours()
    assert len(findings_tables.table_2_rows(best)) == len(published.TABLE_2)
    assert findings_tables.table_2(best) == []


def test_scale_is_read_off_the_recipes():
    recipes = (Recipe(images=100, epochs=3, seeds=(0, 1)), Recipe(images=1_000, epochs=1, seeds=(0, 1)))
    both, alone = catalogue.scale(BY_SLUG["figure-10"], recipes)
    assert both == [
        ("hidden layers", "1024-1024-2048", "256-128"),
        ("training images", "100 to 50,000", "100 to 1,000"),
    ]
    assert alone == [("updates", "6 to 16"), ("images an update", "64"), ("runs of each", "2")]
    assert catalogue.scale(BY_SLUG["table-2"], recipes)[0] == []


def test_how_much_smaller():
    assert weight_count((256, 128)) == 784 * 256 + 256 * 128 + 128 * 10
    assert "43 times the weights" in catalogue.smaller(BY_SLUG["figure-9a"], (Recipe(),))
    recipe = Recipe(images=640, epochs=100)  # 1,000 updates
    assert "1000 times as many" in catalogue.smaller(BY_SLUG["figure-4"], (recipe,))
    assert catalogue.smaller(BY_SLUG["table-2"], (recipe,)) == ""


def test_a_gain_that_falls_from_the_start_does_not_grow():
    falling = made_up("sizes", lambda recipe, run, epoch: 5 - 100 * (run.rate == 0.5) / recipe.images)
    claims = findings.figure_10(falling)
    assert [claim.verdict for claim in claims[:2]] == [Verdict.DOES_NOT_HOLD] * 2, (
        "there is a gain where theirs has none"
    )
    assert claims[3].verdict == Verdict.DOES_NOT_HOLD
    assert "our largest mean is at 100" in claims[2].sentence
