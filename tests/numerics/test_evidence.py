"""Tests of the text that describes one comparison."""

import numpy as np
import pytest

from dropout_core.numerics.evidence import Evidence, power_range
from dropout_core.numerics.power import Design, detectable, power
from dropout_core.numerics.statistics import Paired, paired

VALUES = [0.4, 0.1, -0.2, 0.3, 0.5, 0.0]


def test_the_text_names_interval_margin_and_seeds():
    each = Evidence("a against b", "accuracy", "points", paired(VALUES, [0.0] * 6), 0.3)
    assert each.text == "+0.18 points (95 % interval −0.09 to +0.46; margin ±0.3; 6 seeds)"
    assert each.detectable == detectable(each.sd, 6)
    assert each.power_text.startswith(f"6 seeds detect a difference of {each.detectable:.2f} points with 80 % power")
    assert each.power_text.endswith(
        f"; at this difference, about {each.needed} seeds would detect it, or show that it is within the margin"
    )
    no_margin = Evidence("a against b", "accuracy", "points", paired(VALUES, [0.0] * 6))
    assert no_margin.power_text.endswith(f"; at this difference, about {no_margin.needed} seeds would settle it")


def test_a_claim_of_no_difference_does_not_say_what_differs_from_zero():
    each = Evidence("a against b", "accuracy", "points", paired(VALUES, [0.0] * 6), 0.3, same=True)
    assert "detect" not in each.power_text
    assert each.power_text.endswith(
        "seeds would settle with 80 % power whether a difference of this size is within the margin"
    )


def test_several_comparisons_state_the_range_of_what_they_detect():
    less = Evidence("", "accuracy", "points", paired([v / 2 for v in VALUES], [0.0] * 6))
    more = Evidence("", "accuracy", "points", paired(VALUES, [0.0] * 6))
    known = f"differences of {less.detectable:.2f} to {more.detectable:.2f} points"
    assert power_range([more, less]) == f"6 seeds detect {known} with 80 % power"
    assert power_range([more]) == f"6 seeds detect a difference of {more.detectable:.2f} points with 80 % power"
    assert power_range([Evidence("", "", "points", paired([1.0], [0.0]))]) == power_range([]) == ""


def test_a_ratio_is_shown_as_a_percentage():
    each = Evidence("", "time", "log ratio", paired(np.log([1.3, 1.0, 1.2, 0.9, 1.1]), [0.0] * 5))
    assert f"a difference of {100 * np.expm1(each.detectable):.1f} % with 80 % power" in each.power_text


def test_an_interval_of_no_width_counts_only_if_it_comes_from_resamples():
    assert Evidence("", "slope", "per doubling", Paired((), 0.1, 0.1, 0.1), seeds=5).sign == 1
    assert Evidence("", "accuracy", "points", paired([1.0] * 5, [0.0] * 5)).sign == 0


@pytest.mark.parametrize(("mean", "same"), [(0.1, False), (0.1, True), (0.28, True), (0.28, False), (0.5, True)])
def test_the_seeds_needed_settle_the_question_in_four_of_five_simulations(mean, same):
    sd, margin = 0.4, 0.3
    pattern = sd * np.array([-1.0, -1.0, 0.0, 1.0, 1.0])
    each = Evidence("", "accuracy", "points", paired(mean + pattern, [0.0] * 5), margin, same=same)
    d = np.random.default_rng(0).normal(mean, each.sd, (4_000, each.needed))
    half = each.design.limit(each.needed) * d.std(axis=1, ddof=1) / np.sqrt(each.needed)
    low, high = d.mean(axis=1) - half, d.mean(axis=1) + half
    within, limit = (-margin < low) & (high < margin), margin if same else 0.0
    settled = within | (low > limit) | (high < -limit)
    assert settled.mean() > 0.77


def test_the_seeds_needed_detect_what_was_measured():
    each = Evidence("", "accuracy", "points", paired(VALUES, [0.0] * 6))
    assert power(each.paired.mean, each.sd, each.needed) >= 0.8 > power(each.paired.mean, each.sd, each.needed - 1)


def test_one_seed_has_no_interval_and_detects_nothing():
    each = Evidence("", "loss", "nats", paired([0.5], [0.25]))
    assert each.text == "0.250 nats (no interval from so few seeds)"
    assert (each.estimate, each.detectable, each.power_text) == (None, None, "")


def test_an_estimate_without_single_differences_names_its_seeds():
    each = Evidence("", "slope", "per doubling", Paired((), 0.1, 0.05, 0.2), seeds=5)
    assert each.n == 5
    assert each.text.endswith("5 seeds)")
    assert each.detectable is None
    known = Evidence("", "slope", "per doubling", Paired((), 0.1, 0.05, 0.2), seeds=5, smallest=0.06)
    assert known.power_text == "5 seeds detect a difference of 0.06 per doubling with 80 % power"


def test_a_pooled_and_corrected_interval_has_its_own_power():
    pooled = Design(freedom=5, tests=4)
    each = Evidence("", "accuracy", "points", paired(VALUES, [0.0] * 6), 0.3, spread=0.5, design=pooled)
    assert each.detectable == detectable(0.5, 6, pooled)
    assert each.detectable > detectable(0.5, 6, Design(freedom=5)), "a correction costs power"
    assert each.detectable < detectable(0.5, 6, Design(tests=4)), "a pooled variance gains power"
