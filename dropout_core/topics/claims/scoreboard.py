"""The scoreboard: one row per claim, with the verdict and the most important comparison behind it."""

from typing import Any

from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.verdicts import Finding, described
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims.catalogue import CLAIMS, Claim, finding

EXACT = "exact, or over seeded masks"


def rows() -> list[dict[str, Any]]:
    """Judge all claims. Returns one dictionary per claim that can be converted to JSON.

    figure, interval, margin, detectable and seeds belong to the claim's first comparison; they are None if its verdict
    rests on none. detectable is the smallest difference that the seeds detect with a probability of 80 %. evidence
    lists all comparisons, each with its result by the rule of verdicts.described(); records names the experiments and
    studies. If a record cannot be read, the verdict is None.
    """
    return [_row(claim) for claim in CLAIMS]


def _row(claim: Claim) -> dict[str, Any]:
    try:
        found: Finding | None = finding(claim.id)
    except RecordError:
        found = None
    evidence = found.evidence if found else ()
    return {
        "id": claim.id,
        "claim": claim.text,
        "verdict": found.text if found else None,
        **(_numbers(evidence[0]) if evidence else dict.fromkeys(_KEYS) | {"measure": EXACT if found else None}),
        "records": list(claim.sources),
        "evidence": [{"what": each.what, "result": described(each), **_numbers(each)} for each in evidence],
    }


_KEYS = ("figure", "interval", "margin", "detectable", "seeds", "measure")


def _numbers(evidence: Evidence) -> dict[str, Any]:
    estimate = evidence.estimate
    numbers: tuple[Any, ...] = (
        evidence.paired.mean,
        [estimate.low, estimate.high] if estimate else None,
        evidence.margin,
        evidence.detectable,
        evidence.n,
        f"{evidence.measure}, {evidence.unit}",
    )
    return dict(zip(_KEYS, numbers, strict=True))
