"""Test the parsing of the reader's text into numbers."""

import re
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.topics.scaling.vector_input import DECIMALS, PRESETS, format_vector, parse_vector


@pytest.mark.parametrize("text", ["1.0, -0.5, 2.0, 0.25", "1;-.5;2;.25", " 1 −0.5\t2  0.25,", "[1, -0.5, 2, 0.25]"])
def test_usual_ways_of_writing_a_vector(text):
    np.testing.assert_array_equal(parse_vector(text), [1, -0.5, 2, 0.25])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one"),
        (" , ;", "at least one"),
        ("1, two", "“two” is not a number"),
        ("www.evil.example", "“www?evil?example” is not a number"),
        ("<b>*</b>", "“?b????b?” is not a number"),
        ("1, nan", "out of range"),
        ("1, inf", "out of range"),
        ("1e300", "out of range"),
        ("100.1", "between −100 and 100"),
        ("1 2 3 4 5 6 7 8 9", "Write at most 8 numbers, not 9"),
    ],
)
def test_what_cannot_be_read_is_said(text, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_vector(text)


@given(st.text(max_size=60))
def test_any_text_is_numbers_or_a_value_error(text):
    with suppress(ValueError):
        a = parse_vector(text)
        assert np.isfinite(a).all()
        assert 1 <= len(a) <= 8


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_what_is_written_is_read_again(values):
    a = parse_vector(" ".join(map(str, values)))
    np.testing.assert_allclose(a, values, atol=0.51 * 10**-DECIMALS)
    np.testing.assert_array_equal(parse_vector(format_vector(a)), a)


def test_tiny_and_negative_zeros_become_plain_zero():
    assert format_vector(parse_vector("-0, -1e-9")) == "0, 0"


@pytest.mark.parametrize("text", PRESETS.values())
def test_presets_are_written_as_the_page_writes_them(text):
    assert format_vector(parse_vector(text)) == text


@pytest.mark.parametrize("text", ["1,5 2", "1,5; 2", "0,5 1 2", "1 2,5"])
def test_a_comma_that_may_be_a_decimal_point_is_asked_about(text):
    with pytest.raises(ValueError, match="decimal comma"):
        parse_vector(text)


@pytest.mark.parametrize("text", ["1,5,2", "1, 5,2", "1.5 2", "1 , 5", "1; 5 2"])
def test_other_separators_may_be_mixed(text):
    assert len(parse_vector(text)) in (2, 3)
