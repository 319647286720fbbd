"""Test that each of the thirteen claims has a verdict, and that the verdict changes with the numbers."""

import pytest

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference import records
from dropout_core.topics.claims import catalogue
from dropout_core.topics.claims.catalogue import CLAIMS, finding


def test_there_are_thirteen_in_order_with_pages_that_exist(pytestconfig):
    assert [claim.id for claim in CLAIMS] == [f"C{i}" for i in range(1, 14)]
    assert all((pytestconfig.rootpath / "pages" / f"{claim.page}.py").exists() for claim in CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_each_has_a_verdict_and_figures(claim):
    found = finding(claim.id)
    assert found.verdict in Verdict
    assert any(c.isdigit() for c in found.sentence)
    assert "nan" not in found.sentence.lower()
    assert not found.sentence.endswith(".")
    if claim.records and claim.id != "C8":
        assert "interval" in found.sentence


def test_an_unknown_claim_is_an_error():
    with pytest.raises(KeyError):
        finding("C14")


def test_of_the_real_runs_the_gap_narrows_and_few_images_are_needed_to_win():
    assert finding("C5").verdict is Verdict.HOLDS
    assert finding("C6").verdict is Verdict.HOLDS_WHEN


def test_records_named_by_claims_exist():
    for claim in CLAIMS:
        for name in claim.records:
            assert name in records.recorded()
    assert DROPOUT in catalogue.CLAIMS[4].text.lower()


def test_no_difference_seen_is_not_called_the_same():
    """An interval that includes zero is inconclusive, whichever direction the claim predicts."""
    assert finding("C12").verdict is Verdict.INCONCLUSIVE


def test_early_stopping_is_judged_by_accuracy_too():
    said = finding("C11").sentence
    assert "by accuracy" in said
    assert "by loss" in said
    assert finding("C11").text == "holds when judged by loss and there is no dropout; does not hold by accuracy"
