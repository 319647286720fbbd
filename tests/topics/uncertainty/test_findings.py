"""Test that the sentences about the study follow from its numbers, and report inconclusive results as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty.findings import (
    Pairs,
    accuracy,
    by_angle,
    figure,
    grows,
    growth,
    in_short,
    parts,
    pooled,
    warning,
)
from dropout_core.topics.uncertainty.roc import Detection


def estimate(value, half=0.01):
    return Estimate(value, value - half, value + half)


def detection(difference, half=0.01):
    return Detection(estimate(0.8 + difference), estimate(0.8), estimate(difference, half))


BETTER, WORSE, UNSURE = detection(0.02), detection(-0.03), detection(0.02, 0.05)


def test_a_difference_is_signed_and_has_its_interval():
    assert figure(Estimate(0.01, -0.02, 0.03)) == "+0.010 (−0.020 to +0.030)"


@pytest.mark.parametrize(
    ("found", "said", "unsaid"),
    [
        (BETTER, ["0.820", "warn **better**", "20 more in"], "inconclusive"),
        (WORSE, ["0.770", "warn **worse**", "30 fewer in"], "inconclusive"),
        (UNSURE, ["+0.020 (−0.030 to +0.070)", "inconclusive"], "pairs"),
        (None, ["nothing to detect"], "area"),
    ],
)
def test_a_warning_is_judged_by_its_interval(found, said, unsaid):
    text = warning(found)
    assert all(part in text for part in said)
    assert unsaid not in text


def test_angles_are_named_for_whom_they_speak():
    said = by_angle((0, 15, 30, 45), (BETTER, None, WORSE, UNSURE))
    assert "better at 0° and worse at 30°; the other 1 of 3 are" in said
    assert "better at none and worse at none" in by_angle((0,), (UNSURE,))


def test_pooling_is_explained_by_its_pairs_and_not_where_there_are_none():
    said = pooled(Pairs(0.9, -0.014, 0.007))
    for part in ("90% of the pairs", "puts 7 of 1,000 more of these", "at one angle, 14 of 1,000 fewer"):
        assert part in said
    assert pooled(None) == ""


def test_accuracy_names_the_angles_and_the_largest_difference():
    said = accuracy((0, 15, 30), (estimate(0.002), estimate(-0.05), estimate(0.02)))
    assert "More often right at 30°, less often at 15°; the other 1 of 3" in said
    assert "−5.0 (−6.0 to −4.0) percentage points, at 15°" in said
    assert accuracy((0, 15), (estimate(0.002), estimate(-0.002))) == "**No detectable difference** at any angle."


@pytest.mark.parametrize(
    ("values", "short", "long"),
    [
        ((0.1, 0.9, 0.5), "At first, not all the way.", "falls again"),
        ((0.1, 0.5, 0.9), "Yes, up to 30°.", "the largest angle"),
        ((0.1, 0.9, 0.895), "Yes, up to 15°.", "no clear fall"),
        ((0.1, 0.105, 0.1), "Inconclusive.", "no clear fall"),
    ],
)
def test_growth_is_told_from_its_intervals(values, short, long):
    estimates = [estimate(v) for v in values]
    assert grows((0, 15, 30), estimates) == short
    assert long in growth((0, 15, 30), estimates, "Entropy")


@given(st.floats(0, 3.3), st.floats(0, 1))
def test_the_parts_add_up_as_printed(total, share):
    t, within, between = map(float, parts(total, share * total))
    assert t == pytest.approx(within + between, abs=1e-9)
    assert t == pytest.approx(total, abs=0.0051)
    assert between == pytest.approx(share * total, abs=0.0051)


def test_rounding_below_zero_is_not_shown():
    assert parts(0.5, -1e-17) == ("0.50", "0.50", "0.00")


def test_in_short_both_answers_stand_side_by_side():
    said = in_short(BETTER, (BETTER, None, WORSE, UNSURE))
    assert "warn better than one pass" in said
    assert "better at 1 of 3 angles, and worse at 1" in said
    assert "too few" in in_short(None, (BETTER,))
