"""Tests of the chart of two nets' predictions for one image."""

import numpy as np

from dropout_core.experiments.recipe import ARMS
from dropout_core.topics.training.charts_answers import rows, spec
from tests.vega import assert_valid

ANSWERS = {arm: np.full(10, 0.1) for arm in ARMS}


def test_each_net_has_a_mark_for_each_digit_and_each_pass_a_dot():
    table = rows(ANSWERS, np.full((7, 10), 0.1))
    assert table.groupby(["masked", "net"]).size().to_dict() == {(0, 0): 10, (0, 1): 10, (1, 1): 70}
    assert rows(ANSWERS, np.zeros((0, 10)))["masked"].unique().tolist() == [0]


def test_the_specification_is_valid_with_its_rows():
    values = rows(ANSWERS, np.full((2, 10), 0.1)).fillna(0).to_dict("records")
    assert_valid(spec() | {"data": {"values": values}})
