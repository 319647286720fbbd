"""Test that bounds accept only numbers in range, and that they read well in error messages."""

import math

import pytest

from dropout_core.common.checks import Bounds

WHOLE, REAL = Bounds(1, 1000, whole=True), Bounds(0, 0.95)


@pytest.mark.parametrize("value", [1, 7, 1000])
def test_whole_numbers_in_range_are_accepted(value):
    assert WHOLE.accept(value)


@pytest.mark.parametrize("value", [0, 1001, 1.0, True, "1", None, [1], 10**400])
def test_anything_else_is_not_a_whole_number_in_range(value):
    assert not WHOLE.accept(value)


@pytest.mark.parametrize("value", [0, 0.0, -0.0, 0.5, 0.95])
def test_numbers_in_range_are_accepted(value):
    assert REAL.accept(value)


@pytest.mark.parametrize("value", [-1e-9, 0.96, 1, math.nan, math.inf, False, "0.5", None, 10**400])
def test_anything_else_is_not_a_number_in_range(value):
    assert not REAL.accept(value)


def test_bounds_complete_a_sentence():
    assert str(Bounds(10, 60_000, whole=True)) == "a whole number from 10 to 60,000"
    assert str(Bounds(1e-6, 10)) == "a number from 1e-06 to 10"


@pytest.mark.parametrize(("text", "value"), [("7", 7), (" 1e3 ", 1000), ("3.0", 3)])
def test_text_is_read_as_a_whole_number(text, value):
    assert WHOLE.parse(text) == value
    assert isinstance(WHOLE.parse(text), int)


def test_text_is_read_as_a_number():
    assert REAL.parse("0.25") == 0.25


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "0", "2.5", "1001"])
def test_text_that_is_no_number_in_range_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 (float's own message, or ours)
        WHOLE.parse(text)
