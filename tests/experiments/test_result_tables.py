"""Check that tables of points are typed, sorted and complete."""

import random

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.experiments.recipe import ARMS
from dropout_core.experiments.result_tables import frame
from dropout_core.experiments.results import COLUMNS, Point

numbers = st.floats(0, 100)
maybe = st.none() | numbers
points = st.builds(
    Point,
    arm=st.sampled_from(ARMS),
    seed=st.integers(0, 3),
    step=st.integers(0, 99),
    epoch=numbers,
    **dict.fromkeys(("train_loss", "eval_loss", "val_loss", "val_accuracy", "seconds"), numbers),
    **dict.fromkeys(("full_val_loss", "full_val_accuracy", "epoch_loss"), maybe),
)
few = settings(max_examples=30)  # generating a list of points takes longer than checking it
lists = st.lists(points, max_size=8, unique_by=lambda p: (p.arm, p.seed, p.step))


@few
@given(lists)
def test_a_table_holds_every_point_once_in_order_of_arm_seed_and_step(given_points):
    results = [Point(**row) for row in frame(given_points).astype(object).replace(np.nan, None).to_dict("records")]
    assert results == sorted(given_points, key=lambda p: (p.arm, p.seed, p.step))


@few
@given(lists)
def test_the_columns_and_their_types_are_the_same_for_any_points(given_points):
    table = frame(given_points)
    assert list(table.columns) == COLUMNS
    kinds = {name: table[name].dtype.kind for name in COLUMNS if name != "arm"}
    assert kinds == dict.fromkeys(kinds, "f") | {"seed": "i", "step": "i"}


@few
@given(lists)
def test_the_order_in_which_points_arrive_does_not_matter(given_points):
    shuffled = random.Random(0).sample(given_points, len(given_points))
    pd.testing.assert_frame_equal(frame(shuffled), frame(given_points))
