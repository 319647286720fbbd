"""Claims page: the article's thirteen claims, each with a verdict and the measurement behind it."""

from collections import Counter

import streamlit as st

from dropout_core.common.text import NATS, around, listed, sentence, signed, span
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.evidence import PLACES, Evidence
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference import records
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims import catalogue
from dropout_core.topics.claims.catalogue import CLAIMS, Claim
from dropout_core.topics.claims.long_view import long_comparison
from dropout_core.topics.training.claims import has_long, pairing_ratio
from dropout_core.ui import navigation
from dropout_core.ui.layout import small, table
from dropout_core.ui.page_state import PageState, choice

ICONS = {
    Verdict.HOLDS: "check_circle",
    Verdict.HOLDS_WHEN: "rule",
    Verdict.EQUIVALENT: "equal",
    Verdict.DOES_NOT_HOLD: "cancel",
    Verdict.INCONCLUSIVE: "help",
    Verdict.TOO_FEW_SEEDS: "help",
}
COUNTED = {  # singular and plural wording
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.HOLDS_WHEN: ("holds under a condition", "hold under a condition"),
    Verdict.EQUIVALENT: ("is equivalence within a margin", "are equivalences within a margin"),
    Verdict.DOES_NOT_HOLD: ("does not hold here", "do not hold here"),
    Verdict.INCONCLUSIVE: ("is inconclusive", "are inconclusive"),
    Verdict.TOO_FEW_SEEDS: ("has too few seeds for a verdict", "have too few seeds for a verdict"),
}
SHOWN: dict[str, Verdict | None] = {  # keyed by the value in the link
    "all": None,
    "hold": Verdict.HOLDS,
    "hold when…": Verdict.HOLDS_WHEN,
    "equivalent": Verdict.EQUIVALENT,
    "do not hold": Verdict.DOES_NOT_HOLD,
    "cannot be told": Verdict.INCONCLUSIVE,
}
RENAMED = {"cannot be told": "are inconclusive"}
EMPTY = {
    Verdict.HOLDS: "None of the claims holds without a condition",
    Verdict.HOLDS_WHEN: "None of the claims holds under a condition only",
    Verdict.EQUIVALENT: "None of the claims comes down to an equivalence",
    Verdict.DOES_NOT_HOLD: "None of the claims fails",
    Verdict.INCONCLUSIVE: "None of the claims is without a verdict",
}
STATE = PageState("claims", {"show": choice("all", tuple(SHOWN), control="claims_show")})
UNDECIDED = (Verdict.INCONCLUSIVE, Verdict.TOO_FEW_SEEDS)
HEAD = ("compared", "measure", "difference (95 % interval)", "margin", "seeds", "detectable")
LINKS = {
    "training": {"seeds": str(len(EXPERIMENTS["article"].trials[0].recipe.seeds)), "show": "1"}
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


def main() -> None:
    st.title("Claims, measured")
    STATE.begin()
    STATE.show_notes()
    st.markdown(
        f"What the article {ARTICLE} says about dropout, in thirteen sentences, and how each fares here. The first "
        "three are exact, or computed over seeded masks. The others are judged from stored training runs by 95 % "
        "intervals. If an interval excludes zero, there is a difference; if it lies within a margin that was fixed "
        "beforehand, the two are *equivalent*; otherwise the result is *inconclusive*, and you see which difference "
        f"the seeds would have detected four times in five. {_pairing()}{NATS}"
    )
    findings = judged()
    counts = Counter(each.verdict for each in findings.values() if isinstance(each, Finding))
    lines = (f":material/{ICONS[v]}: **{counts[v]}** {text[counts[v] > 1]}" for v, text in COUNTED.items() if counts[v])
    st.markdown("  ".join(lines))
    partly = [name for name, each in findings.items() if isinstance(each, Finding) and each.exception]
    if partly:
        st.markdown(f"Of those under a condition, {listed(partly)} clearly did not hold otherwise.")
    st.segmented_control(
        "Show those that",
        tuple(SHOWN),
        format_func=lambda name: RENAMED.get(name, name),
        key="claims_show",
        required=True,
    )
    shown = STATE.read_controls()["show"]
    STATE.write_link()
    verdict = SHOWN[shown]
    picked = [claim for claim in CLAIMS if belongs(findings[claim.id], verdict)]
    for claim in picked:
        show(claim, findings[claim.id])
    if not picked and verdict:
        st.info(f"{EMPTY[verdict]}.", icon=":material/filter_alt_off:")
    navigation.next_page("claims")


def belongs(finding: Finding | str, verdict: Verdict | None) -> bool:
    """Whether the filter for this verdict includes the finding. None includes all findings.

    A finding with an exception is also included under DOES_NOT_HOLD.
    """
    if isinstance(finding, str):
        return verdict is None
    undecided = verdict is Verdict.INCONCLUSIVE and finding.verdict in UNDECIDED
    fails = verdict is Verdict.DOES_NOT_HOLD and finding.fails
    return verdict in (None, finding.verdict) or undecided or fails


def show(claim: Claim, finding: Finding | str) -> None:
    """Show one claim with its verdict, the measured figures and their source."""
    with st.container(border=True, key=f"claim-{claim.id}"):
        text, verdict = st.columns([3, 1], vertical_alignment="center")
        text.markdown(f"**{claim.id}** {claim.text}")
        if isinstance(finding, str):
            st.warning(finding, icon=":material/warning:")
            return
        verdict.markdown(f":material/{ICONS[finding.verdict]}: **{finding.text.capitalize()}**")
        st.markdown(sentence(finding.sentence))
        if finding.verdict in UNDECIDED and finding.evidence:
            small(sentence(finding.evidence[0].power_text))
        if claim.id == "C6" and has_long():
            long_comparison("claims")
        with st.expander("How it was measured", icon=":material/science:"):
            small(f"{claim.how}{_runs(claim)}")
            if finding.evidence:
                st.markdown(table(HEAD, [_row(each) for each in finding.evidence]))
        label = f"See it on “{navigation.BY_NAME[claim.page].title}”"
        navigation.link(claim.page, label, "arrow_forward", LINKS.get(claim.page))


def _row(evidence: Evidence) -> tuple[str, ...]:
    """Format one comparison as a row with the columns HEAD."""
    e, places = evidence.estimate, PLACES[evidence.unit]
    seen = "–" if evidence.detectable is None else f"{evidence.detectable:.{places}f}"
    mean = f"{signed(evidence.paired.mean, places)} (no interval)"
    difference = around(e.value, e.low, e.high, places) if e else mean
    margin = "–" if evidence.margin is None else f"±{evidence.margin:.3g}"
    return evidence.what, f"{evidence.measure}, {evidence.unit}", difference, margin, str(evidence.n), seen


def _runs(claim: Claim) -> str:
    """Describe the stored runs on which the claim was judged."""
    parts = []
    for name in claim.available:
        record = records.load(name)
        count = sum(len(trial.runs) for trial in record.trials.values())
        seeds = next(iter(record.trials.values())).recipe.seeds
        parts.append(f"{record.experiment.title} ({count} runs, seeds {span(seeds)})")
    return f" Runs: {'; '.join(parts)}." if parts else ""


main()
