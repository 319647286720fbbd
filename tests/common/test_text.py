"""Test the formatting of numbers as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.common.text import (
    around,
    between,
    counted,
    decimals,
    difference,
    duration,
    fixed,
    fixed_alike,
    listed,
    sentence,
    signed,
    span,
    with_error,
)


@pytest.mark.parametrize(("n", "said"), [(1, "1 epoch"), (2, "2 epochs"), (0, "0 epochs"), (1000, "1,000 epochs")])
def test_one_is_no_plural(n, said):
    assert counted(n, "epoch") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (7.4, "7 s"), (59.4, "59 s"), (59.6, "1 min"), (99, "2 min"), (3570, "1.0 h"), (9000, "2.5 h")],
)
def test_times_are_in_minutes_from_one_minute_on(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(("value", "said"), [(0.019, "+0.019"), (-0.003, "−0.003"), (-0.0001, "+0.000")])
def test_signs_are_true_and_nothing_is_minus_zero(value, said):
    assert signed(value, 3) == said


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((0.02, 1.6), "+0.80 (+0.02 to +1.60)"),
        ((-0.5, 1.6), "+0.8 (−0.5 to +1.6)"),
        ((0, 1.6), "+0.8 (+0.0 to +1.6)"),
        ((-0.004, 1.6), "+0.800 (−0.004 to +1.600)"),
        ((0.8, 0.8), "+0.8 (+0.8 only)"),
    ],
)
def test_a_bound_that_is_not_zero_is_not_printed_as_zero(ends, said):
    assert around(0.8, *ends, 1) == said
    assert f"95 % interval {between(*ends, 1)})" in difference(0.8, *ends, "points", 1)


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(0, 3))
def test_decimals_are_enough_for_any_bounds_and_no_more_than_three_added(low, high, least):
    n = decimals(least, low, high)
    assert least <= n <= least + 3
    assert n == least + 3 or all(float(f"{b:.{n}f}") or b == 0 for b in (low, high))


def test_a_plain_number_has_a_true_minus_too():
    assert (fixed(-0.25, 2), fixed(-0.001, 2), fixed(3, 1)) == ("−0.25", "0.00", "3.0")


def test_a_span_of_equal_numbers_is_one():
    assert (span([5, 5]), span([8, 3, 5])) == ("5", "3 to 8")


def test_a_message_becomes_a_sentence():
    assert (sentence("you have 2"), sentence("")) == ("You have 2.", ".")


def test_a_list_in_words():
    assert listed([3]) == "3"
    assert listed(["a", "b"]) == "a and b"
    assert listed([0.1, 0.2, 0.5], "or") == "0.1, 0.2 or 0.5"


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (1.00912, 0.00996, "1.0091 ± 0.0100"),
        (-0.00042, 0.000744, "−0.00042 ± 0.00074"),
        (19.376, 0.7846, "19.38 ± 0.78"),
        (250.4, 31.2, "250 ± 31"),
        (1.0, 0.0, "1.000, always"),
    ],
)
def test_an_error_has_two_digits_and_its_value_as_many_decimals(value, error, said):
    assert with_error(value, error) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((4.788, 9.57), ["4.79", "9.57"]),
        ((0.00005, 0.001), ["0.00005", "0.00100"]),
        ((0.0, 0.0), ["0.00", "0.00"]),
        ((-0.05, 1), ["−0.05", "1.00"]),
    ],
)
def test_compared_values_have_as_many_decimals_as_the_smallest_needs(values, said):
    assert fixed_alike(*values) == said
