"""Numbers in words."""

import pytest

from dropout_core.words import counted, fixed, sentence, share, signed, span


@pytest.mark.parametrize(("n", "said"), [(1, "1 epoch"), (2, "2 epochs"), (0, "0 epochs"), (1000, "1,000 epochs")])
def test_one_is_no_plural(n, said):
    assert counted(n, "epoch") == said


@pytest.mark.parametrize(("value", "said"), [(0.019, "+0.019"), (-0.003, "−0.003"), (-0.0001, "+0.000")])
def test_signs_are_true_and_nothing_is_minus_zero(value, said):
    assert signed(value, 3) == said


def test_a_plain_number_has_a_true_minus_too():
    assert (fixed(-0.25, 2), fixed(-0.001, 2), fixed(3, 1)) == ("−0.25", "0.00", "3.0")


@pytest.mark.parametrize(
    ("p", "said"), [(0.0003, "under 1 %"), (0.01, "1.0 %"), (0.049, "4.9 %"), (0.055, "5.5 %"), (1.0, "100 %")]
)
def test_shares_keep_the_digits_that_decide(p, said):
    assert share(p) == said


def test_a_span_of_equal_numbers_is_one():
    assert (span([5, 5]), span([8, 3, 5])) == ("5", "3 to 8")


def test_a_message_becomes_a_sentence():
    assert (sentence("you have 2"), sentence("")) == ("You have 2.", ".")
