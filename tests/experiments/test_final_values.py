"""Check that final values come from the last epoch or from the best epoch."""

import pytest

from dropout_core.experiments.final_values import EVALUATED, MASKS_ON, differences, final_table, finals
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.experiments.result_tables import frame
from tests.made_points import early, point, several


def test_the_final_table_holds_the_last_values_of_each_arm():
    points = [
        point(DROPOUT, 20, 2.0, True, eval_loss=0.25, full_val_loss=0.375, full_val_accuracy=91.0, train_loss=0.75),
        point(DROPOUT, 5, 0.5, False),
        point(DROPOUT, 10, 1.0, True),
        point(NO_DROPOUT, 10, 1.0, True, eval_loss=0.125, full_val_loss=0.5, full_val_accuracy=92.0, train_loss=0.5),
    ]
    found = final_table(frame(points), {DROPOUT: 4.0, NO_DROPOUT: 3.0})
    assert list(found.index) == [NO_DROPOUT, DROPOUT]
    assert found.loc[DROPOUT].tolist() == [0.75, 0.25, 0.375, 0.125, 91.0, 4.0]
    assert found.loc[NO_DROPOUT].tolist() == [0.5, 0.125, 0.5, 0.375, 92.0, 3.0]


def test_the_best_epoch_is_the_first_of_the_lowest_full_validation_loss():
    best = finals(frame(early(DROPOUT, [0.5, 0.25, 0.25, 0.375])), best=True).loc[DROPOUT, 0]
    assert best.to_dict() == {
        MASKS_ON: 0.125,
        EVALUATED: 0.25,
        "validation loss": 0.25,
        "gap": 0.0,
        "validation accuracy, %": 91.0,
    }


def test_a_seed_that_only_one_arm_has_finished_is_left_out_of_the_differences():
    points = several([(90, 92), (80, 82)], [(0.5, 0.4), (0.5, 0.4)])
    points = points[~((points["seed"] == 1) & (points["arm"] == DROPOUT))]
    assert differences(points)["gap"].differences == (pytest.approx(-0.1),)


def test_a_point_within_an_epoch_is_not_the_best():
    within = point(DROPOUT, 2, 0.5, False, full_val_loss=0.125, full_val_accuracy=99.0)
    best = finals(frame([within, *early(DROPOUT, [0.5, 0.25])]), best=True).loc[DROPOUT, 0]
    assert best["validation loss"] == 0.25
