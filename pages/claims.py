"""Claims page: a scoreboard of the article's thirteen claims, whose rows unfold to the measurements behind them."""

from collections import Counter
from functools import partial
from math import expm1

import streamlit as st

from dropout_core.common.text import NATS, around, decimals, listed, sentence, signed
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.evidence import PLACES, Evidence
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference import records
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims import catalogue, interval_picture
from dropout_core.topics.claims.catalogue import CLAIMS, Claim
from dropout_core.topics.claims.long_view import long_comparison
from dropout_core.topics.training.claims import has_long, pairing_ratio
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.layout import small, table, text
from dropout_core.ui.page_state import PageState, choice

BADGES = {  # green: for the claim; red: against it; grey: neither
    Verdict.HOLDS: ":green[:material/check_circle: holds]",
    Verdict.HOLDS_WHEN: ":green[:material/rule: holds when…]",
    Verdict.EQUIVALENT: ":gray[:material/equal: equivalent]",
    Verdict.DOES_NOT_HOLD: ":red[:material/cancel: does not hold]",
    Verdict.INCONCLUSIVE: ":gray[:material/help: inconclusive]",
    Verdict.TOO_FEW_SEEDS: ":gray[:material/hourglass_empty: too few seeds]",
}
FAILS_ELSEWHERE = ":red[:material/close: else fails]"
UNREADABLE = ":gray[:material/warning: cannot be read]"
COUNTED = {  # singular and plural wording
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.HOLDS_WHEN: ("holds under a condition", "hold under a condition"),
    Verdict.EQUIVALENT: ("is an equivalence within a margin", "are equivalences within a margin"),
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
RENAMED = {"cannot be told": "inconclusive"}
EMPTY = {
    Verdict.HOLDS: "None of the claims holds without a condition",
    Verdict.HOLDS_WHEN: "None of the claims holds under a condition only",
    Verdict.EQUIVALENT: "None of the claims comes down to an equivalence",
    Verdict.DOES_NOT_HOLD: "None of the claims fails",
    Verdict.INCONCLUSIVE: "None of the claims is without a verdict",
}
BY_NUMBER, BY_VERDICT = SORTED = ("number", "verdict")
STATE = PageState(
    "claims",
    {
        "show": choice("all", tuple(SHOWN), control="claims_show"),
        "sort": choice(BY_NUMBER, SORTED, control="claims_sort"),
    },
)
UNDECIDED = (Verdict.INCONCLUSIVE, Verdict.TOO_FEW_SEEDS)
HEAD = ("compared", "measure", "difference (95 % interval)", "margin", "seeds", "detectable")
LINKS = {
    "training": {"seeds": str(len(EXPERIMENTS["article"].trials[0].recipe.seeds)), "show": "1"},
    "rates": {"show": "1"},
}  # query parameters that select the runs on which the claims were judged


@st.cache_data(show_spinner="Reading the stored runs…")
def judged() -> dict[str, Finding | str]:
    """Judge all claims. Returns each claim's finding, or a sentence that explains why there is none, keyed by id."""
    return {claim.id: _judged(claim) for claim in CLAIMS}


def _judged(claim: Claim) -> Finding | str:
    try:
        return catalogue.finding(claim.id)
    except RecordError as error:
        return f"Its reference runs cannot be read: {error}."


def main() -> None:
    st.title("Claims, measured")
    STATE.begin()
    STATE.show_notes()
    findings = judged()
    st.header(headline(findings))
    chosen = controls(findings)
    verdict = SHOWN[chosen["show"]]
    shown = [claim for claim in CLAIMS if belongs(findings[claim.id], verdict)]
    if chosen["sort"] == BY_VERDICT:
        shown.sort(key=lambda claim: rank(findings[claim.id]))
    scoreboard(shown, findings)
    if not shown and verdict:
        st.info(f"{EMPTY[verdict]}.", icon=":material/filter_alt_off:")
    method()
    components.keyboard("")
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
        pick = partial(st.segmented_control, required=True, label_visibility="collapsed")
        pick("Show", tuple(SHOWN), format_func=counted, key="claims_show")
        pick("Sort", SORTED, format_func="by {}".format, key="claims_sort")
    chosen = STATE.read_controls()
    STATE.write_link()
    return chosen


def rank(finding: Finding | str) -> int:
    """The position of this finding's verdict, in the order in which the page counts them."""
    return list(COUNTED).index(finding.verdict) if isinstance(finding, Finding) else len(COUNTED)


def scoreboard(claims: list[Claim], findings: dict[str, Finding | str]) -> None:
    small(
        "Dot and bar: mean difference, 95 % interval. Right of the line favours the claim; the shaded margin counts as "
        "no difference. Each row has its own scale."
    )
    with st.container(gap=None, key="scoreboard"):
        for claim in claims:
            finding = findings[claim.id]
            with st.expander(label(claim, finding), key=f"claim-{claim.id}"):
                details(claim, finding)


def label(claim: Claim, finding: Finding | str) -> str:
    """One row: number, claim, verdict, picture and difference."""
    if isinstance(finding, str):
        return f"**{claim.id}** {claim.text} **{UNREADABLE}**"
    badge = f"{BADGES[finding.verdict]} {FAILS_ELSEWHERE if finding.exception else ''}".rstrip()
    row = f"**{claim.id}** {claim.text} **{badge}**"
    if not finding.evidence:
        return f"{row} *exact, no interval*"
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
    with st.expander("How we judge", icon=":material/science:"):
        text(
            f"The claims are those of the article {ARTICLE}. The first three are exact, or computed over seeded masks. "
            "The others are judged from stored training runs by 95 % intervals. If an interval excludes zero, there is "
            "a difference; if it lies within a margin that was fixed beforehand, the two are *equivalent*; otherwise "
            "the result is *inconclusive*, and you see which difference the seeds would have detected four times in "
            "five.",
            f"{_pairing()}{NATS}",
        )


def _pairing() -> str:
    """Say what pairing by seed gains, or nothing if the article's runs cannot be read."""
    try:
        ratio = pairing_ratio()
    except RecordError:
        return ""
    return (
        "Runs of a seed share initial weights and batches, but this pairing gains nothing here: "
        f"Var(difference) / (V₁ + V₂) is {ratio:.2f} for the article’s accuracy. "
    )


def belongs(finding: Finding | str, verdict: Verdict | None) -> bool:
    """Whether the filter for this verdict includes the finding. None includes all findings.

    A finding with an exception is also included under DOES_NOT_HOLD.
    """
    if isinstance(finding, str):
        return verdict is None
    undecided = verdict is Verdict.INCONCLUSIVE and finding.verdict in UNDECIDED
    fails = verdict is Verdict.DOES_NOT_HOLD and finding.fails
    return verdict in (None, finding.verdict) or undecided or fails


def details(claim: Claim, finding: Finding | str) -> None:
    """Show what was found, how it was measured, and on which runs."""
    if isinstance(finding, str):
        st.warning(finding, icon=":material/warning:")
        return
    st.markdown(f"**{sentence(finding.text)}** {sentence(finding.sentence)}")
    if finding.verdict in UNDECIDED and finding.evidence:
        small(sentence(finding.evidence[0].power_text))
    if claim.id == "C6" and has_long():
        long_comparison("claims")
    small(claim.how)
    if finding.evidence:
        st.markdown(table(HEAD, [_row(each) for each in finding.evidence]))
    for name in claim.available:
        st.markdown(reference_panel.origin(name, records.load(name)))
    title = f"See it on “{navigation.BY_NAME[claim.page].title}”"
    navigation.link(claim.page, title, "arrow_forward", LINKS.get(claim.page))


def _row(evidence: Evidence) -> tuple[str, ...]:
    """Format one comparison as a row with the columns HEAD."""
    e, places = evidence.estimate, PLACES[evidence.unit]
    seen = "–" if evidence.detectable is None else f"{evidence.detectable:.{places}f}"
    mean = f"{signed(evidence.paired.mean, places)} (no interval)"
    difference = around(e.value, e.low, e.high, places) if e else mean
    margin = "–" if evidence.margin is None else f"±{evidence.margin:.3g}"
    return evidence.what, f"{evidence.measure}, {evidence.unit}", difference, margin, str(evidence.n), seen


main()
