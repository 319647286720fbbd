"""The claims page: a scoreboard of the article's thirteen claims. Each row expands to show the measurements."""

from collections import Counter
from functools import partial
from math import expm1

import streamlit as st

from dropout_core.common.text import NATS, decimals, listed, sentence, signed
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.evidence import PLACES, Evidence
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference import records
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims import cached, interval_picture
from dropout_core.topics.claims.catalogue import CLAIMS, Claim
from dropout_core.topics.claims.long_view import long_comparison
from dropout_core.topics.training.claims import pairing_ratio
from dropout_core.ui import finding_view, navigation, reference_panel
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import expander, small, text
from dropout_core.ui.page_state import PageState, choice

BADGES = {  # the same names as in the heading and the filter; green: for the claim; red: against it; grey: neither
    Verdict.HOLDS: ":green[:material/check_circle: holds]",
    Verdict.HOLDS_WHEN: ":green[:material/rule: holds when…]",
    Verdict.EQUIVALENT: ":gray[:material/equal: equivalent]",
    Verdict.DOES_NOT_HOLD: ":red[:material/cancel: does not hold here]",
    Verdict.INCONCLUSIVE: ":gray[:material/help: inconclusive]",
    Verdict.TOO_FEW_SEEDS: ":gray[:material/hourglass_empty: too few seeds]",
}
FAILS_ELSEWHERE = ":red[:material/close: does not hold…]"
UNREADABLE = ":gray[:material/warning: cannot be read]"
COUNTED = {  # singular and plural wording
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.HOLDS_WHEN: ("holds when a condition is met", "hold when a condition is met"),
    Verdict.EQUIVALENT: ("is equivalent", "are equivalent"),
    Verdict.DOES_NOT_HOLD: ("does not hold here", "do not hold here"),
    Verdict.INCONCLUSIVE: ("is inconclusive", "are inconclusive"),
    Verdict.TOO_FEW_SEEDS: ("has too few seeds", "have too few seeds"),
}
SHOWN: dict[str, Verdict | None] = {  # keyed by the value in the link
    "all": None,
    "hold": Verdict.HOLDS,
    "hold when…": Verdict.HOLDS_WHEN,
    "equivalent": Verdict.EQUIVALENT,
    "do not hold": Verdict.DOES_NOT_HOLD,
    "cannot be told": Verdict.INCONCLUSIVE,
}
RENAMED = {"cannot be told": "inconclusive"}  # links keep the value that they always had
EMPTY = {
    Verdict.HOLDS: "No claim holds unconditionally",
    Verdict.HOLDS_WHEN: "No claim holds only when a condition is met",
    Verdict.EQUIVALENT: "No claim is equivalent",
    Verdict.DOES_NOT_HOLD: "No claim has the verdict “does not hold”",
    Verdict.INCONCLUSIVE: "No claim is inconclusive",
}
BY_NUMBER, BY_VERDICT = SORTED = ("number", "verdict")
STATE = PageState(
    "claims",
    {
        "show": choice("all", tuple(SHOWN), control="claims_show"),
        "sort": choice(BY_NUMBER, SORTED, control="claims_sort"),
    },
)
LINKS = {
    "training": {"seeds": str(len(EXPERIMENTS["article"].trials[0].recipe.seeds)), "show": "1"},
    "rates": {"show": "1"},
}  # query parameters that select the runs on which the claims were judged, or runs that differ only in their seeds


def main() -> None:
    st.title("Claims, measured")
    STATE.begin()
    STATE.show_notes()
    findings = cached.judged()
    st.header(headline(findings))
    chosen = controls(findings)
    verdict = SHOWN[chosen["show"]]
    shown = [claim for claim in CLAIMS if belongs(findings[claim.id], verdict)]
    if chosen["sort"] == BY_VERDICT:
        shown.sort(key=lambda claim: rank(findings[claim.id]))
    scoreboard(shown, findings)
    if not shown and verdict:
        st.info(f"{EMPTY[verdict]}.", icon=":material/filter_alt_off:")
    expander("How we judge", method, icon="science")
    navigation.next_page("claims")


def headline(findings: dict[str, Finding | str]) -> str:
    """Count the verdicts."""
    counts = Counter(each.verdict for each in findings.values() if isinstance(each, Finding))
    parts = [f"{counts[v]} {wording[counts[v] > 1]}" for v, wording in COUNTED.items() if counts[v]]
    if unreadable := len(findings) - counts.total():
        parts.append(f"{unreadable} cannot be judged")
    return f"Of the article’s {len(findings)} claims, {listed(parts)}"


def controls(findings: dict[str, Finding | str]) -> dict[str, str]:
    """Draw the filter and the order, and return their values."""

    def counted(name: str) -> str:
        count = sum(belongs(each, SHOWN[name]) for each in findings.values())
        return f"{RENAMED.get(name, name)} ({count})"

    with st.container(horizontal=True, gap="large"):
        pick = partial(st.segmented_control, required=True, label_visibility="collapsed", wrap=True)
        pick("Show", tuple(SHOWN), format_func=counted, key="claims_show")
        pick("Sort", SORTED, format_func="by {}".format, key="claims_sort")
    chosen = STATE.read_controls()
    STATE.write_link()
    return chosen


def rank(finding: Finding | str) -> int:
    """The position of this finding's verdict in the page's order of verdicts."""
    return list(COUNTED).index(finding.verdict) if isinstance(finding, Finding) else len(COUNTED)


def scoreboard(claims: list[Claim], findings: dict[str, Finding | str]) -> None:
    small(
        f"The article: {ARTICLE}. Dot: mean difference; bar: 95 % interval. Right of the line favours the claim, "
        "whatever the sign of the number; differences within the shaded margin count as none. Each row shows only its "
        "first comparison, on its own scale; the verdict rests on all.",
        explain("95 % interval", "equivalent", "inconclusive"),
    )
    with st.container(gap=None, key="scoreboard"):
        for claim in claims:
            finding = findings[claim.id]
            expander(label(claim, finding), details, claim, finding, key=f"claim-{claim.id}")


def label(claim: Claim, finding: Finding | str) -> str:
    """Format one row: number, claim, verdict, picture and difference."""
    if isinstance(finding, str):
        return f"**{claim.id}** {claim.text} **{UNREADABLE}**"
    badge = f"{BADGES[finding.verdict]} {FAILS_ELSEWHERE if finding.exception else ''}".rstrip()
    row = f"**{claim.id}** {claim.text} **{badge}**"
    if not finding.evidence:
        return f"{row} *{claim.basis}*"
    main_one = finding.evidence[0]
    return f"{row} {interval_picture.markdown(main_one, claim.expected)} {mean(main_one)}"


def mean(evidence: Evidence) -> str:
    """Format the mean difference. A ratio's logarithm becomes a percentage."""
    value = evidence.paired.mean
    if evidence.unit == "log ratio":
        return f"{signed(100 * expm1(value), 1)} %"
    bounds = (evidence.paired.low or 0, evidence.paired.high or 0)
    return f"{signed(value, decimals(PLACES[evidence.unit], *bounds))} {evidence.unit}"


def method() -> None:
    text(
        "The first three claims are checked exactly or with seeded masks. The others are judged from "
        "stored training runs, by 95 % intervals.",
        "If a margin was fixed in advance, we consider it first: if the whole interval lies within the margin, the "
        "two nets are *equivalent*, even if the interval excludes zero. Such a difference is real, but too small to "
        "matter. Otherwise, an interval that excludes zero shows a difference. If it lies in the claimed direction, "
        "the claim *holds*; if not, it *does not hold*. If the interval includes zero, the result is *inconclusive*, "
        "and we report the difference that these seeds would detect with 80 % power. A claim that there is *no* "
        "difference (C7, C12) is judged by the margin alone, not by zero: it fails only if the whole "
        "interval lies outside the margin, and is *inconclusive* if the interval reaches across an end of the margin.",
        "A claim with several parts holds only if all its parts hold. If one part fails, the claim *does not hold*; "
        "otherwise, if one part is equivalent, the claim is *equivalent*. *Holds when* means that the claim holds in "
        "some of the cases tested; if it fails in others, we count it under both verdicts. The same rules apply to "
        "accuracy and to loss.",
        f"{_pairing()}{NATS}",
    )


def _pairing() -> str:
    """State the benefit of pairing by seed, or return "" if the article's runs cannot be read."""
    try:
        ratio = pairing_ratio()
    except RecordError:
        return ""
    return (
        "Runs with the same seed share initial weights and batches, so we pair them. If pairing gained nothing, the "
        "variance of a difference would be about the sum of the two variances; for accuracy in the article’s "
        f"comparison, it is {ratio:.2f} times this sum. "
    )


def belongs(finding: Finding | str, verdict: Verdict | None) -> bool:
    """Whether the filter for this verdict includes the finding. The filter None includes all findings.

    A finding with an exception is also included under DOES_NOT_HOLD.
    """
    if isinstance(finding, str):
        return verdict is None
    undecided = verdict is Verdict.INCONCLUSIVE and finding.verdict in finding_view.UNDECIDED
    fails = verdict is Verdict.DOES_NOT_HOLD and finding.fails
    return verdict in (None, finding.verdict) or undecided or fails


def details(claim: Claim, finding: Finding | str) -> None:
    """Show the finding, the method of measurement, and the runs used."""
    if isinstance(finding, str):
        st.warning(finding, icon=":material/warning:")
        return
    st.markdown(f"**{sentence(finding.text)}** {sentence(finding.sentence)}")
    finding_view.power(finding)
    if claim.id == "C6":
        long_comparison("claims")
    small(claim.how)
    if finding.evidence:
        small(f"The interval in the row is for {finding.evidence[0].what}, {finding.evidence[0].measure}.")
    finding_view.comparisons(finding)
    if claim.sources:
        expander(reference_panel.ABOUT, origins, claim, icon="info", key=f"about-{claim.id}")
    title = f"See it on “{navigation.BY_NAME[claim.page].title}”"
    navigation.link(claim.page, title, "arrow_forward", LINKS.get(claim.page))


def origins(claim: Claim) -> None:
    """Show the provenance of the runs on which the claim was judged."""
    for name in claim.sources:
        study = name in claim.studies
        origin = reference_panel.study_origin(name) if study else reference_panel.origin(name, records.load(name))
        st.markdown(origin)


main()
