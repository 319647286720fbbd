"""Tests of what each method changes, on made-up runs."""

import pandas as pd
import pytest

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.topics.regularisers import charts_outcomes, outcomes
from dropout_core.topics.regularisers.findings import NOTHING

NOISE = (-0.2, -0.1, 0.0, 0.1, 0.2)  # by seed


def runs(**accuracy: tuple[float, float]) -> pd.DataFrame:
    """Return runs with these mean accuracies, without and with dropout, for each trial."""
    rows = [
        {"trial": trial, "arm": arm, "seed": seed, "accuracy": mean + noise * (1 + (arm == DROPOUT))}
        for trial, means in accuracy.items()
        for arm, mean in zip((NO_DROPOUT, DROPOUT), means, strict=True)
        for seed, noise in enumerate(NOISE)
    ]
    table = pd.DataFrame(rows)
    return table.assign(loss=(100 - table["accuracy"]) / 10)


def test_changes_are_differences_from_the_plain_net():
    table = outcomes.changes(runs(none=(90, 91), tilt=(94, 92))).set_index(["trial", "arm"])
    assert table["change"].to_dict() == pytest.approx(
        {(NOTHING, NO_DROPOUT): 0, (NOTHING, DROPOUT): 1, ("tilt", NO_DROPOUT): 4, ("tilt", DROPOUT): 2}
    )
    assert table.loc[(NOTHING, NO_DROPOUT), ["low", "high"]].isna().all()
    assert table.loc[("tilt", DROPOUT), "low"] < 2 < table.loc[("tilt", DROPOUT), "high"]


@pytest.mark.parametrize(
    ("with_dropout", "end"),
    [(92, "costs 2.0 of them"), (95.5, "adds another 1.5"), (94.01, "makes no detectable difference")],
)
def test_the_headline_names_the_best_method_and_what_dropout_does_to_it(with_dropout, end):
    text = outcomes.headline(runs(none=(90, 91), tilt=(94, with_dropout), weak=(91, 91)))
    assert text == f"Tilt alone gains 4.0 points of accuracy. Dropout on top {end}"


def test_rows_that_dropout_improves_and_worsens_are_counted():
    text = outcomes.dropout_on_top(runs(none=(90, 91), tilt=(94, 92), weak=(91, 91.01)))
    counts = "in 1 of 3 rows, worsens it in 1"
    assert text == f"Dropout on top improves accuracy {counts}; improves loss {counts}."


def test_an_outcome_is_put_into_words():
    table = runs(none=(90, 91), tilt=(94, 92))
    assert outcomes.outcome(table, NOTHING, NO_DROPOUT).startswith("**The plain net**: 90.00 %")
    assert outcomes.outcome(table, NOTHING, DROPOUT).startswith("**Dropout alone**: +1.00 points (95 % interval")
    assert "Adding dropout" not in outcomes.outcome(table, "tilt", NO_DROPOUT)
    assert "Adding dropout to it: −2.00 points" in outcomes.outcome(table, "tilt", DROPOUT)


def test_the_chart_has_a_row_for_each_combination_and_no_number_that_json_lacks():
    rows = charts_outcomes.rows(outcomes.changes(runs(none=(90, 91), tilt=(94, 92))))
    assert [row["label"] for row in rows] == ["+0.0", "+1.0", "+4.0", "+2.0"]
    assert rows[0]["low"] is None
