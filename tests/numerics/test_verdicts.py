"""Test that verdicts depend only on the intervals."""

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.numerics.evidence import Evidence, undetected
from dropout_core.numerics.statistics import Estimate, Paired, paired
from dropout_core.numerics.verdicts import (
    COMPARISON_TEXT,
    REPRODUCTION_TEXT,
    Finding,
    Verdict,
    all_of,
    by_case,
    described,
    equivalent,
    improves,
    judge,
    same,
)

HOLDS, DOES_NOT_HOLD, INCONCLUSIVE = Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.INCONCLUSIVE
EQUIVALENT = Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("p", "higher", "verdict"),
    [
        (Paired((1, 2), 1.5, 0.1, 2.9), True, HOLDS),
        (Paired((1, 2), 1.5, 0.1, 2.9), False, DOES_NOT_HOLD),
        (Paired((-1, -2), -1.5, -2.9, -0.1), True, DOES_NOT_HOLD),
        (Paired((-1, -2), -1.5, -2.9, -0.1), False, HOLDS),
        (Paired((-1, 2), 0.5, -3.0, 4.0), True, INCONCLUSIVE),
        (Paired((1,), 1.0), True, Verdict.TOO_FEW_SEEDS),
        (Paired((1, 1), 1.0, 1.0, 1.0), True, INCONCLUSIVE),
    ],
)
def test_only_an_interval_that_excludes_zero_decides(p, higher, verdict):
    assert improves(p, higher) is verdict


@given(st.lists(st.floats(-10, 10), min_size=5, max_size=8))
def test_the_other_way_round_is_the_opposite(values):
    p = paired(values, [0.0] * len(values))
    opposite = {HOLDS: DOES_NOT_HOLD, DOES_NOT_HOLD: HOLDS, INCONCLUSIVE: INCONCLUSIVE}
    assert improves(p, True) is opposite[improves(p, False)]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.1, 0.2, EQUIVALENT), (0.1, 0.2, EQUIVALENT), (0.6, 0.9, DOES_NOT_HOLD), (-0.9, -0.6, DOES_NOT_HOLD),
     (0.4, 0.6, INCONCLUSIVE), (-2, 2, INCONCLUSIVE)],
)  # fmt: skip
def test_that_there_is_no_difference_is_judged_by_the_margin(low, high, verdict):
    assert same(Estimate((low + high) / 2, low, high), 0.5) is verdict


@pytest.mark.parametrize(("low", "high", "verdict"), [(0.1, 0.2, EQUIVALENT), (0.3, 0.7, HOLDS), (-1, 1, INCONCLUSIVE)])
def test_a_difference_within_the_margin_counts_as_none(low, high, verdict):
    assert judge(Estimate((low + high) / 2, low, high), 1, margin=0.5) is verdict


@pytest.mark.parametrize(
    ("low", "high", "result", "verdict"),
    [
        (-0.1, 0.2, "equivalent", EQUIVALENT),
        (-0.2, -0.1, "equivalent, slightly lower", EQUIVALENT),
        (-0.7, -0.1, "lower", HOLDS),  # it leaves the margin and excludes zero
        (-0.7, 0.1, "inconclusive", INCONCLUSIVE),
        (0.6, 0.8, "higher", DOES_NOT_HOLD),
    ],
)
def test_the_margin_comes_before_zero_in_words_and_in_the_verdict(low, high, result, verdict):
    difference = Paired((low, high), (low + high) / 2, low, high)
    assert described(Evidence("", "accuracy", "points", difference, 0.5)) == result
    assert judge(difference, -1, 0.5) is verdict
    without = described(Evidence("", "accuracy", "points", difference))
    assert without in ("higher", "lower", "inconclusive"), "without a margin, nothing is equivalent"


@pytest.mark.parametrize(
    ("low", "high", "result"),
    [(0.2, 0.8, "higher, perhaps by less than the margin"), (0.6, 0.8, "higher"), (-0.1, 0.8, "inconclusive")],
)
def test_a_claim_of_no_difference_is_described_by_its_margin(low, high, result):
    difference = Paired((low, high), (low + high) / 2, low, high)
    assert described(Evidence("", "accuracy", "points", difference, 0.5, same=True)) == result


def test_a_difference_from_few_seeds_has_no_result():
    assert described(Evidence("", "accuracy", "points", Paired((1.0,), 1.0), 0.5)) == "too few seeds"


def test_an_inconclusive_finding_states_its_power():
    wide, clear = paired([1.0, -2.0, 3.0, 0.5, -1.0], [0] * 5), paired([1.0, 1.2, 0.9, 1.1, 1.0], [0] * 5)
    evidence = (Evidence("", "accuracy", "points", wide),)
    assert Finding(INCONCLUSIVE, "", evidence=evidence).power == f"{evidence[0].power_text}."
    assert Finding(HOLDS, "", evidence=evidence).power == ""
    assert Finding(INCONCLUSIVE, "").power == ""
    assert undetected(wide, "points") == f" {evidence[0].power_text}."
    assert undetected(clear, "points") == undetected(paired([1.0], [0.0]), "points") == ""


@given(st.lists(st.floats(-1, 1), min_size=5, max_size=12), st.floats(0.01, 2))
def test_equivalence_is_that_of_two_one_sided_tests(values, margin):
    p = paired(values, [0.0] * len(values))
    if p.low == p.high:
        return
    below = scipy.stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    above = scipy.stats.ttest_1samp(values, margin, alternative="less").pvalue
    assert equivalent(p, margin) is bool(max(below, above) < 0.025)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.1, 0.2, True), (0.1, 0.2, True), (-0.6, 0.2, False), (0.1, 0.5, False), (0.6, 0.7, False)],
)
def test_two_are_equivalent_where_the_whole_interval_lies_within_the_margin(low, high, expected):
    assert equivalent(Estimate((low + high) / 2, low, high), margin=0.5) is expected


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([HOLDS, INCONCLUSIVE], INCONCLUSIVE),
        ([INCONCLUSIVE, INCONCLUSIVE], INCONCLUSIVE),
        ([HOLDS, DOES_NOT_HOLD], DOES_NOT_HOLD),
        ([INCONCLUSIVE, DOES_NOT_HOLD], DOES_NOT_HOLD),
        ([HOLDS, EQUIVALENT], EQUIVALENT),
        ([INCONCLUSIVE, EQUIVALENT], EQUIVALENT),
    ],
)
def test_a_claim_needs_all_its_comparisons(verdicts, verdict):
    assert all_of(verdicts) is verdict


@pytest.mark.parametrize(
    ("cases", "text"),
    [
        ({"a": HOLDS, "b": HOLDS}, "holds"),
        ({"a": HOLDS, "b": DOES_NOT_HOLD}, "holds when a; does not hold when b"),
        ({"a": HOLDS, "b": INCONCLUSIVE, "c": HOLDS}, "holds when a and c"),
        ({"a": INCONCLUSIVE, "b": DOES_NOT_HOLD}, "inconclusive"),
        ({"a": DOES_NOT_HOLD}, "does not hold here"),
        ({"a": EQUIVALENT, "b": EQUIVALENT}, "equivalent"),
        ({"a": HOLDS, "b": EQUIVALENT}, "holds when a"),
    ],
)
def test_the_cases_in_which_a_claim_holds_become_its_condition(cases, text):
    assert by_case(cases, "").text == text


def test_an_exception_is_said_and_counts_as_a_failure():
    finding = Finding(Verdict.HOLDS_WHEN, "", "it rains", "in summer")
    assert finding.text == "holds when it rains; does not hold in summer"
    assert finding.fails
    assert not Finding(Verdict.HOLDS_WHEN, "", "it rains").fails
    assert Finding(DOES_NOT_HOLD, "").fails


def test_every_verdict_of_an_interval_has_a_text_for_comparisons_and_for_reproduced_figures():
    assert set(COMPARISON_TEXT) == {HOLDS, DOES_NOT_HOLD, INCONCLUSIVE} < set(REPRODUCTION_TEXT)
