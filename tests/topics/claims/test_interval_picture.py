"""Test the scoreboard's pictures: the positions of mean, interval, zero and margin, and the side of the claim."""

import re
from base64 import b64decode

import pytest

from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Paired
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.claims import interval_picture
from dropout_core.topics.claims.catalogue import CLAIMS, finding

FEW = Paired((1.0, 3.0), 2.0, None, None, None)
SEVERAL = Paired((1.0, 2.0, 3.0), 2.0, 1.0, 3.0, None)


def drawn(paired: Paired, expected: int, margin: float | None = None) -> tuple[float, list[tuple[float, float]]]:
    """Return the position of the dot and the ends of each bar, relative to zero."""
    text = interval_picture.markdown(Evidence("one against two", "accuracy", "points", paired, margin), expected)
    svg = b64decode(re.search(r"base64,(\S+)", text)[1]).decode()
    bars = re.findall(r'<rect x="([-.\d]+)" y="[.\d]+" width="([.\d]+)"', svg)
    dot = float(re.search(r'cx="([-.\d]+)"', svg)[1])
    return dot, [(float(left), float(left) + float(width)) for left, width in bars]


def test_a_difference_that_favours_the_claim_is_right_of_zero():
    dot, (zero, (low, high)) = drawn(SEVERAL, 1)
    assert zero == (-0.5, 0.5)
    assert 0 < low < dot < high < 75
    assert (low, high) == (pytest.approx(dot / 2, abs=0.2), pytest.approx(1.5 * dot, abs=0.2))
    mirrored, (_, interval) = drawn(SEVERAL, -1)
    assert (mirrored, interval) == (-dot, (pytest.approx(-high), pytest.approx(-low)))


def test_a_margin_lies_around_zero_on_the_same_scale():
    dot, ((left, right), *_) = drawn(SEVERAL, 0, margin=4.0)
    assert (left, right) == (pytest.approx(-2 * dot, abs=0.1), pytest.approx(2 * dot, abs=0.1))


def test_too_few_seeds_have_a_dot_and_no_interval():
    dot, bars = drawn(FEW, 1)
    assert dot > 0
    assert bars == [(-0.5, 0.5)]


def test_the_text_alternative_has_the_numbers():
    text = interval_picture.markdown(Evidence("one against two", "accuracy", "points", SEVERAL), 1)
    assert text.startswith("![one against two, accuracy: +2.00 points (95 % interval +1.00 to +3.00; 3 seeds)](data:")


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_side_that_favours_a_claim_agrees_with_its_verdict(claim):
    found = finding(claim.id)
    for main in found.evidence[:1]:
        sign = main.estimate.sign if main.estimate else 0
        assert main.margin or claim.expected
        if found.verdict is Verdict.HOLDS:
            assert sign == claim.expected
        if found.verdict is Verdict.DOES_NOT_HOLD:
            assert sign == -claim.expected or not claim.expected
