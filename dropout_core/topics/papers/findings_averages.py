"""Results for Fig. 11: averages of sampled nets compared with the scaled pass, over independently trained nets."""

import pandas as pd

from dropout_core.data import published as theirs
from dropout_core.experiments.catalogue import SUBNETWORKS
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.verdicts import Finding, judge, same
from dropout_core.topics.ensemble.findings import averages_minus_scaled, difference_text
from dropout_core.topics.papers.findings import LINE, paper_and_ours, points, scale_of


def by_sampled() -> pd.DataFrame:
    """Build a LINE table of the excess error: the error of averaging k sampled nets minus that of the scaled pass."""
    estimates = {k: p.estimate for k, p in averages_minus_scaled("error").items()}
    rows = [("average of k", k, e.value, e.low, e.high) for k, e in estimates.items()]
    return pd.DataFrame(rows, columns=LINE)


def figure_11() -> list[Finding]:
    margin, by_count = SUBNETWORKS.margin["accuracy"], averages_minus_scaled("error")
    near = min(by_count, key=lambda k: abs(k - theirs.FIGURE_11_EVEN))
    one, even = by_count[1], by_count[near]
    claim = f"no difference for k of about {theirs.FIGURE_11_EVEN} or more"
    sentence = paper_and_ours(claim, f"at k = {near:.0f}, the difference is {points(even)}")
    worse = paper_and_ours("one sampled net is worse than the scaled pass", f"a difference of {points(one)}")
    judged = (
        (one, judge(one, 1, margin), f"{worse}."),
        (even, same(even, margin), f"{sentence}, with a margin of ±{margin:g}; {difference_text()}."),
    )
    return [
        Finding(verdict, sentence, scale_of(verdict), evidence=(Evidence("", "", "points", p, margin, same=p is even),))
        for p, verdict, sentence in judged
    ]
