"""Show a finding: its verdict, the comparisons on which it rests, and the differences that their seeds detect."""

import streamlit as st

from dropout_core.common.text import around, sentence, signed
from dropout_core.numerics.evidence import PLACES, Evidence
from dropout_core.numerics.verdicts import Finding, Verdict, described
from dropout_core.ui.layout import small, table

UNDECIDED = (Verdict.INCONCLUSIVE, Verdict.TOO_FEW_SEEDS)
HEAD = ("compared", "measure", "difference (95 % interval)", "result", "margin", "seeds", "detectable")


def show(claim: str, finding: Finding) -> None:
    """Show the verdict on a claim or question, its sentence, its power if it is undecided, and all comparisons."""
    st.markdown(f"{claim} **{sentence(finding.text)}** {sentence(finding.sentence)}".strip())
    power(finding)
    comparisons(finding)


def power(finding: Finding) -> None:
    """If the finding is undecided, show the difference that its seeds detect, and how many seeds would be needed."""
    if finding.power:
        first = finding.evidence[0]
        small(f"“{first.what}”, by {first.measure}: {finding.power}")


def comparisons(finding: Finding) -> None:
    """Show a table of the comparisons on which the verdict rests, if it rests on any."""
    if finding.evidence:
        st.markdown(table(HEAD, [row(each) for each in finding.evidence]))


def row(evidence: Evidence) -> tuple[str, ...]:
    """Format one comparison as a row with the columns HEAD."""
    e, places = evidence.estimate, PLACES[evidence.unit]
    seen = "–" if evidence.detectable is None else f"{evidence.detectable:.{places}f}"
    mean = f"{signed(evidence.paired.mean, places)} (no interval)"
    difference = around(e.value, e.low, e.high, places) if e else mean
    margin = "–" if evidence.margin is None else f"±{evidence.margin:.3g}"
    measure, result = ", ".join(filter(None, (evidence.measure, evidence.unit))), described(evidence)
    return evidence.what, measure, difference, result, margin, str(evidence.n), seen
