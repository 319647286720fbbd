"""Test the effect of each method on synthetic runs."""

import numpy as np
import pandas as pd
import pytest

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.power import detectable
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
    return table.assign(loss=(100 - table["accuracy"]) / 10, gap=(100 - table["accuracy"]) / 20)


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
    assert text == f"Tilt alone adds 4.0 points of accuracy. Dropout on top {end}"


def test_what_is_not_detected_has_its_power():
    table = runs(none=(90, 91), tilt=(94, 94.01))
    d = np.array(outcomes.added(table, "tilt").differences)
    size = detectable(d.std(ddof=1), len(d))
    text = outcomes.outcome(table, "tilt", DROPOUT)
    assert f"no detectable difference (5 seeds detect a difference of {size:.2f} points with 80 % power" in text
    assert f"by accuracy, 5 seeds detect a difference of {size:.2f} points" in outcomes.power(table)


def test_rows_that_dropout_improves_and_worsens_are_counted():
    text = outcomes.dropout_on_top(runs(none=(90, 91), tilt=(94, 92), weak=(91, 91.01)))
    counts = "in 1 of 3 rows and worsens it in 1"
    assert text.startswith(f"Adding dropout improves accuracy {counts}; it improves loss {counts}. This is after Holm")


def test_rows_are_counted_before_and_after_the_correction_for_many_comparisons():
    table = runs(none=(90, 90), tilt=(94, 94.24), weak=(91, 91))
    text = outcomes.dropout_on_top(table)
    assert "improves accuracy in 0 of 3 rows and worsens it in 0" in text
    assert "the counts would be 1 and 0 and, for loss, " in text


@pytest.mark.parametrize(
    ("with_dropout", "start"),
    [(90.01, "does not detectably change accuracy"), (91, "raises accuracy"), (89, "lowers accuracy")],
)
def test_dropout_alone_is_judged_by_accuracy_and_by_loss(with_dropout, start):
    table = runs(none=(90, with_dropout), tilt=(94, 92))
    assert outcomes.dropout_alone(table).startswith(f"**Dropout alone {start} here**: ")
    lower = table.assign(loss=table["loss"] - (table["arm"] == DROPOUT) * (table["seed"] * 0.001 + 1))
    assert "it lowers the loss: " in outcomes.dropout_alone(lower)


def test_the_overfitting_that_is_left_is_that_of_the_best_method_alone():
    text = outcomes.what_is_left(runs(none=(90, 91), tilt=(94, 92)))
    assert text.endswith("0.50 nats in the plain net and 0.30 nats with tilt alone.")


def test_an_outcome_is_put_into_words():
    table = runs(none=(90, 91), tilt=(94, 92))
    assert outcomes.outcome(table, NOTHING, NO_DROPOUT).startswith("**The plain net**: 90.00 %")
    assert outcomes.outcome(table, NOTHING, DROPOUT).startswith(
        "**Dropout alone**: compared with the plain net, +1.00 points (95 % interval"
    )
    assert "Adding dropout" not in outcomes.outcome(table, "tilt", NO_DROPOUT)
    assert "Adding dropout to this method: −2.00 points" in outcomes.outcome(table, "tilt", DROPOUT)


def test_the_chart_has_a_row_for_each_combination_and_no_number_that_json_lacks():
    rows = charts_outcomes.rows(outcomes.changes(runs(none=(90, 91), tilt=(94, 92))))
    assert [row["label"] for row in rows] == ["+0.0", "+1.0", "+4.0", "+2.0"]
    assert rows[0]["low"] is None
