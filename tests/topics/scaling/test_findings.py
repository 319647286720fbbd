"""Test the verdicts on the claims about scaling. C1 must fail if the scaling is wrong."""

from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.scaling import findings


def test_exact_claims_fail_where_the_scaling_is_wrong(monkeypatch):
    assert findings.mean_kept().verdict is Verdict.HOLDS
    assert findings.scaling_matches().verdict is Verdict.HOLDS_WHEN
    monkeypatch.setattr(findings, "keep_mask", lambda u, rate: u >= rate + 0.05)
    assert findings.mean_kept().verdict is Verdict.DOES_NOT_HOLD
