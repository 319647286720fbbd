"""Test that the sentences about the study follow from its numbers, and report inconclusive results as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

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
        (BETTER, ["0.820", "detect errors **better**", "ranks 20 more"], "inconclusive"),
        (WORSE, ["0.770", "detect errors **worse**", "ranks 30 fewer"], "inconclusive"),
        (UNSURE, ["+0.020 (−0.030 to +0.070)", "inconclusive"], "pairs"),
        (None, ["nothing to detect"], "area"),
    ],
)
def test_a_warning_is_judged_by_its_interval(found, said, unsaid):
    text = warning(found)
    assert all(part in text for part in said)
    assert unsaid not in text


def test_a_difference_that_rounded_areas_do_not_give_is_explained():
    found = Detection(estimate(0.9096), estimate(0.9034), estimate(0.0062, 0.001))  # 0.910 − 0.903 is 0.007
    assert "difference +0.006 (+0.005 to +0.007), computed before rounding: the passes" in warning(found)
    assert "before rounding" not in warning(BETTER)


def test_angles_are_named_for_whom_they_speak():
    said = by_angle((0, 15, 30, 45), (BETTER, None, WORSE, UNSURE))
    assert "better at 0° and worse at 30°. At the other 1 of 3 angles," in said
    assert "better at none and worse at none" in by_angle((0,), (UNSURE,))


def test_pooling_is_explained_by_its_pairs_and_not_where_there_are_none():
    said = pooled(Pairs(0.9, -0.014, 0.007))
    for part in ("90 % of all pairs", "7 more in 1,000 of these pairs", "the same angle, 14 fewer in 1,000"):
        assert part in said
    assert pooled(None) == ""


def test_accuracy_names_the_angles_and_the_largest_difference():
    said = accuracy((0, 15, 30), (estimate(0.002), estimate(-0.05), estimate(0.02)))
    assert "The mean of the passes is correct more often at 30°, and less often at 15°. At the other 1 of 3" in said
    assert "−5.0 (−6.0 to −4.0) percentage points, at 15°" in said
    none = accuracy((0, 15), (estimate(0.002), estimate(-0.002)))
    assert none.startswith("**No detectable difference** at any angle. ")
    assert none.endswith("These images detect a difference of 1.4 percentage points with 80 % power.")


def test_what_is_inconclusive_has_its_power():
    """A half width of 0.05 is 1.96 standard errors; 80 % power needs 1.96 + 0.84 of them."""
    size = 0.05 * (norm.ppf(0.975) + norm.ppf(0.8)) / norm.ppf(0.975)
    assert warning(UNSURE).endswith(f"These images detect a difference of {size:.3f} with 80 % power.")
    assert f"differences of 0.014 to {size:.3f}" in by_angle((0, 15), (UNSURE, detection(0.001)))


@pytest.mark.parametrize(
    ("values", "short", "long"),
    [
        ((0.1, 0.9, 0.5), "At first, but not throughout.", "falls again"),
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
    assert "detect errors better than one pass" in said
    assert "better at 1 of 3 angles, and worse at 1" in said
    assert "too few" in in_short(None, (BETTER,))
