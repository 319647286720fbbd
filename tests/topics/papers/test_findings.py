"""Test the findings on the paper's figures with synthetic records that agree, disagree or are inconclusive."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from dropout_core.experiments.layers import weight_count
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import FEWEST, paired
from dropout_core.numerics.verdicts import Verdict, judge
from dropout_core.reference import records
from dropout_core.topics.papers import (
    catalogue,
    findings,
    findings_averages,
    findings_keep,
    findings_tables,
    linear_regression,
)
from dropout_core.topics.papers.catalogue import BY_SLUG
from dropout_core.topics.papers.linear_regression import Equality
from dropout_core.topics.training.claims import gain_by_images
from tests.papers_records import LIKE_THEIRS, made_up

READ = {
    "figure-4": findings.figure_4,
    "figure-9a": findings_keep.figure_9a,
    "figure-9b": findings_keep.figure_9b,
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
        *[Verdict.NOT_COMPARABLE] * 3,  # we trained on 8,000 images for 20 epochs only
    ]
    assert verdicts("regularisers") == [Verdict.HOLDS, *[Verdict.NOT_COMPARABLE] * 3], "our max-norm is not theirs"
    assert verdicts("variants") == [Verdict.HOLDS]


def test_a_record_the_other_way_round_differs():
    worse = {name: lambda *args, like=like: 10 - like(*args) for name, like in LIKE_THEIRS.items()}
    assert set(verdicts("figure-4", worse["figure-4"])) == {Verdict.DOES_NOT_HOLD}
    assert verdicts("regularisers", worse["regularisers"]) == [
        Verdict.DOES_NOT_HOLD,
        *[Verdict.NOT_COMPARABLE] * 3,
    ], "our max-norm is not theirs"
    assert verdicts("figure-9a", worse["figure-9a"]) == [
        Verdict.INCONCLUSIVE,
        Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD,
        Verdict.DOES_NOT_HOLD,
    ]
    assert verdicts("sizes", worse["sizes"]) == [
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.NOT_COMPARABLE,
        Verdict.NOT_COMPARABLE,
        Verdict.NOT_COMPARABLE,
    ]


@pytest.mark.parametrize("expected", [1, -1])
def test_another_setup_allows_no_verdict_in_either_direction(expected):
    p = paired([1.0, 1.1, 1.2, 1.0, 1.1], [0.0] * 5)
    verdict = Verdict.HOLDS if expected == 1 else Verdict.DOES_NOT_HOLD
    found = findings.judged(p, expected, "The error is higher.")
    assert (found.verdict, found.condition) == (verdict, "at our scale")
    found = findings.judged(p, expected, "The error is higher.", "Our limit is another.")
    assert (found.verdict, found.condition) == (Verdict.NOT_COMPARABLE, "")
    assert found.sentence == "The error is higher. Our limit is another."


def test_few_seeds_and_wide_intervals_have_no_scale():
    few, wide = paired([1.0] * 3, [0.0] * 3), paired([1.0, -1.0, 2.0, -2.0, 0.5], [0.0] * 5)
    assert findings.judged(few, 1, "", "Our limit is another.").verdict is Verdict.TOO_FEW_SEEDS
    found = findings.judged(wide, 1, "")
    assert (found.verdict, found.condition) == (Verdict.INCONCLUSIVE, "")
    assert "5 seeds detect a difference of" in found.power


def test_both_figures_leave_out_the_keep_probabilities_at_which_nets_stay_at_chance():
    """The losses are a tenth of the errors: 23 % error is a loss of 2.3 nats, that of guessing."""

    def stuck_below(keep):
        return lambda recipe, run, epoch: 23 if run.rate > 1 - keep else 2 + (run.rate > 0.65) + (run.rate < 0.1)

    for name in ("figure-9a", "figure-9b"):
        found = READ[name](made_up(name, stuck_below(0.25)))[1]
        assert found.verdict is Verdict.HOLDS, name
        assert "at a keep probability of 0.3 than at" in found.sentence
        assert found.sentence.endswith(
            "At 0.1, 0.2, our nets are hardly better than chance, so these values are not compared."
        )
        assert READ[name](made_up(name, lambda recipe, run, epoch: 23))[1] == findings_keep.NONE_LEARNED


def test_the_middle_of_figure_9a_is_not_chosen_by_its_error():
    table = findings_keep.kept(records.load("figure-9a"))
    by_seed = table.pivot(index="seed", columns="keep", values="error")
    low, high = ttest_rel(by_seed[1.0], by_seed[[0.4, 0.5, 0.6, 0.8]].mean(axis=1)).confidence_interval(0.95)
    e = findings_keep.figure_9a(records.load("figure-9a"))[2].evidence[0].estimate
    assert (e.low, e.high) == (pytest.approx(low), pytest.approx(high))


def test_the_stored_max_norms_are_not_the_papers():
    table = findings_tables.table_9(records.load("regularisers"))
    assert [each.verdict for each in table[1:]] == [Verdict.NOT_COMPARABLE] * 3
    assert all("The paper’s limit was 2; ours was " in each.sentence for each in table[1:])
    assert table[0].verdict is not Verdict.DOES_NOT_HOLD


def test_figure_4_judges_the_mean_of_the_last_quarter_of_the_epochs():
    def late_jump(recipe, run, epoch):
        return 5 - 1.0 * bool(run.rate) + 9.0 * bool(run.rate) * (epoch == recipe.epochs)

    last = made_up("figure-4", late_jump)
    epochs = [e for e in range(1, 31) if e > 0.75 * 30]
    expected = -1 + 9 / len(epochs)
    assert f"{expected:+.2f} points of error" in findings.figure_4(last)[0].sentence


def stored_activity() -> dict[str, dict[str, tuple]]:
    return {name: findings.features.by_seed(name) for name in ("mean", "zeros", "histogram")}


def first(by_arm: dict[str, tuple], n: int) -> dict[str, tuple]:
    return {arm: values[:n] for arm, values in by_arm.items()}


def test_figure_8_has_no_verdict_from_fewer_than_five_nets(monkeypatch):
    monkeypatch.setattr(findings.features, "by_seed", {k: first(v, 3) for k, v in stored_activity().items()}.get)
    few = findings.figure_8()
    assert [each.verdict for each in few] == [Verdict.TOO_FEW_SEEDS] * 3
    assert not any(re.search(r"interval [^)]|\d to \d.*\)", each.sentence.split(";")[0]) for each in few)
    assert "(3 seeds, no interval)" in few[0].sentence
    five = {
        "mean": dict.fromkeys(ARMS, (1.0, 1.1, 1.2, 1.3, 1.5)),
        "zeros": {NO_DROPOUT: (0.1,) * 5, DROPOUT: (0.1,) * 4 + (0.9,)},
        "histogram": dict.fromkeys(ARMS, ((0.2, 0.5, 0.2),) * 5),
    }
    monkeypatch.setattr(findings.features, "by_seed", five.get)
    assert [each.verdict for each in findings.figure_8()[1:]] == [Verdict.DOES_NOT_HOLD, Verdict.INCONCLUSIVE]


@pytest.mark.parametrize("name", READ)
def test_where_the_seeds_differ_more_than_the_trials_nothing_is_told(name):
    told = verdicts(name, lambda recipe, run, epoch: 30 + 7 * ((run.seed + 3 * (run.rate > 0)) % 3))
    assert Verdict.HOLDS not in told


def test_the_best_keep_probability():
    far = made_up("figure-9b", lambda recipe, run, epoch: 2 + 9 * abs(run.rate - 0.8))
    claim = findings_keep.figure_9b(far)[0]
    assert (claim.verdict, claim.condition) == (Verdict.DOES_NOT_HOLD, "at our scale")
    assert "lowest at 0.2. With 95 % confidence, the best is among these: 0.2." in claim.sentence
    near = findings_keep.figure_9b(made_up("figure-9b", lambda recipe, run, epoch: 2 + 9 * abs(run.rate - 0.4)))[0]
    assert near.verdict == Verdict.HOLDS


def test_errors_are_100_minus_accuracy_and_keep_is_1_minus_rate():
    table = findings_keep.kept(made_up("figure-9a", lambda recipe, run, epoch: 100 * run.rate))
    by_keep = findings_keep.by_keep(table, "error").set_index("x")
    assert by_keep.loc[0.2, "mean"] == pytest.approx(80, abs=0.2)
    assert by_keep.loc[0.2, "low"] < by_keep.loc[0.2, "mean"] < by_keep.loc[0.2, "high"]
    assert findings_keep.by_keep(table, "train_loss").set_index("x").loc[0.2, "mean"] == pytest.approx(8, abs=0.02)


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


def test_every_figure_keeps_the_papers_statement_apart_from_our_result():
    for name, like in LIKE_THEIRS.items():
        for finding in READ[name](made_up(name, like)):
            assert re.search("(^|[.] )Paper: .*[.] Ours: ", finding.sentence), finding.sentence
    assert all(
        finding.sentence.count("Ours: ") == 1 for finding in (*findings.figure_8(), *findings_averages.figure_11())
    )


def test_figure_10_has_one_measure():
    assert not [f.sentence for f in findings.figure_10(records.load("sizes")) if re.search("points of", f.sentence)]


def first_three_seeds(name: str) -> records.Record:
    record, cut = records.load(name), {}
    for label, trial in record.trials.items():
        points, runs = (table[table["seed"].isin(trial.recipe.seeds[:3])] for table in (trial.points, trial.runs))
        cut[label] = replace(
            trial, recipe=replace(trial.recipe, seeds=trial.recipe.seeds[:3]), points=points, runs=runs
        )
    return replace(record, trials=cut)


def test_three_seeds_give_means_and_nothing_else():
    for name in ("figure-4", "figure-9b"):
        for finding in READ[name](first_three_seeds(name)):
            assert finding.verdict is Verdict.TOO_FEW_SEEDS
            assert not re.search("interval [^)]|detectabl", finding.sentence)


def test_the_stored_figures():
    eight, eleven = findings.figure_8(), findings_averages.figure_11()
    seeds = len(findings.features.by_seed("mean")[DROPOUT])
    assert (eight[0].verdict is Verdict.TOO_FEW_SEEDS) == (seeds < FEWEST)
    assert eleven[0].verdict == Verdict.HOLDS
    assert findings_averages.by_sampled()["x"].is_monotonic_increasing


def test_a_difference_beyond_rounding_is_not_called_exact():
    weights = np.zeros((1, 2))
    for apart, verdict in ((1e-15, Verdict.HOLDS), (1e-3, Verdict.DOES_NOT_HOLD)):
        claim = linear_regression.judge(Equality((0.5,), weights, weights, apart, 1e-15, 1))[0]
        assert claim.verdict == verdict


def test_figure_4_says_whose_error_was_the_higher_one_first():
    late = made_up(
        "figure-4", lambda recipe, run, epoch: 5 + (1 if epoch < 2 else -1) * (run.rate > 0) + 0.01 * run.seed
    )
    said = findings.figure_4(late)[0].sentence
    assert "Paper: dropout lowers the final error. Ours: with dropout, it changes by −1.00 points of error" in said
    assert said.endswith("after the first epoch, it was higher.")


def test_scale_is_read_off_the_recipes():
    recipes = (Recipe(images=100, epochs=3, seeds=(0, 1)), Recipe(images=1_000, epochs=1, seeds=(0, 1)))
    both, alone = catalogue.scale(BY_SLUG["figure-10"], recipes)
    assert both == [
        ("hidden layers", "1024-1024-2048", "256-128"),
        ("training images", "100 to 50,000", "100 to 1,000"),
    ]
    assert alone == [("updates", "6 to 16"), ("batch size", "64"), ("seeds per setting", "2")]
    assert catalogue.scale(BY_SLUG["table-2"], recipes)[0] == [("updates", "up to 1,000,000", "6 to 16")]


def test_the_papers_scale_comes_first_as_soon_as_a_run_is_finished():
    none, some = ([figure.slug for figure in catalogue.figures(finished)] for finished in (False, True))
    assert none[0] == "figure-4-small"
    assert none[-1] == "table-2"
    assert some[:3] == ["table-2", "figure-4", "figure-4-small"]
    assert {*some} == {*none, "figure-4"}


def test_how_much_smaller():
    assert weight_count((256, 128)) == 784 * 256 + 256 * 128 + 128 * 10
    assert "43 times as many weights" in catalogue.smaller(BY_SLUG["figure-9a"], (Recipe(),))
    recipe = Recipe(images=640, epochs=100)  # 1,000 updates
    assert "1000 times as many" in catalogue.smaller(BY_SLUG["figure-4-small"], (recipe,))
    assert catalogue.smaller(BY_SLUG["figure-10"], (recipe,)) != ""
    assert catalogue.smaller(BY_SLUG["section-9.1"], (recipe,)) == ""


def test_a_gain_that_falls_from_the_start_does_not_grow():
    falling = made_up("sizes", lambda recipe, run, epoch: 5 - 100 * (run.rate == 0.5) / recipe.images)
    claims = findings.figure_10(falling)
    assert [claim.verdict for claim in claims[:2]] == [Verdict.DOES_NOT_HOLD] * 2, (
        "there is a gain where theirs has none"
    )
    assert claims[3].verdict == Verdict.NOT_COMPARABLE
    assert claims[3].sentence.endswith("With 8,000 images, we trained for only 20 epochs.")
    assert "Ours: the largest mean gain is at 100 images" in claims[2].sentence
