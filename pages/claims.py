"""Claims: the article's thirteen, each with how it was measured, its figures and a verdict."""

import streamlit as st

from dropout_core.common.text import NATS, listed, sentence, span
from dropout_core.data.published import ARTICLE
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.verdicts import FAILS, HOLDS, PARTLY, UNDECIDED, Finding
from dropout_core.reference import records
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims.catalogue import CLAIMS, Claim, finding
from dropout_core.ui import navigation, query_params
from dropout_core.ui.layout import small
from dropout_core.ui.navigation import BY_NAME

ICONS = {HOLDS: "check_circle", PARTLY: "rule", FAILS: "cancel", UNDECIDED: "help"}
KINDS = {"all": None, "hold": HOLDS, "hold when…": PARTLY, "do not hold": FAILS, "cannot be told": UNDECIDED}
EMPTY = {
    HOLDS: "None of the claims holds without a condition",
    PARTLY: "None of the claims holds under a condition only",
    FAILS: "None of the claims fails",
    UNDECIDED: "None of the claims is without a verdict",
}
DEFAULTS = {"show": "all"}
LINKS = {"training": {"seeds": str(len(EXPERIMENTS["article"].trials[0].recipe.seeds))}}  # the runs that were judged


@st.cache_data(show_spinner="Reading the stored runs…")
def found() -> dict[str, Finding | str]:
    """Every claim's finding by id, or the sentence that says why there is none."""
    return {claim.id: _found(claim) for claim in CLAIMS}


def _found(claim: Claim) -> Finding | str:
    try:
        return finding(claim.id)
    except RecordError as error:
        return f"Its reference runs cannot be read: {error}."


def main() -> None:
    navigation.open_page()
    st.title("Claims, measured")
    if "claims_show" not in st.session_state:
        last = st.session_state.get("claims_seen", DEFAULTS["show"])
        st.session_state.claims_show = query_params.choice_param("show", last, tuple(KINDS))
    query_params.show_param_notes(tuple(DEFAULTS))
    st.markdown(
        f"What the article {ARTICLE} says of dropout, in thirteen sentences, and what became of each here. The first "
        "three are about masks, and are computed when this page opens: exactly, or over seeded masks. The others are "
        "about training, and are read from the stored runs: other runs, other verdicts. There a verdict follows from "
        "an interval, never from a mean: where a 95 % interval includes zero, or the limit that a claim sets, it is "
        f"*cannot tell*. {NATS}"
    )
    findings = found()
    counts = {kind: sum(isinstance(f, Finding) and f.kind == kind for f in findings.values()) for kind in ICONS}
    st.markdown("  ".join(f":material/{ICONS[kind]}: **{n}** {_plural(kind, n)}" for kind, n in counts.items() if n))
    partly = [name for name, each in findings.items() if belongs(each, PARTLY) and belongs(each, FAILS)]
    if partly:
        st.markdown(f"Of those under a condition, {listed(partly)} clearly did not hold otherwise.")
    shown = st.segmented_control("Show those that", tuple(KINDS), key="claims_show", required=True)
    st.session_state.claims_seen = shown
    query_params.write_params({"show": shown}, DEFAULTS)
    picked = [claim for claim in CLAIMS if belongs(findings[claim.id], KINDS[shown])]
    for claim in picked:
        show(claim, findings[claim.id])
    if not picked:
        st.info(f"{EMPTY[KINDS[shown]]}.", icon=":material/filter_alt_off:")
    navigation.next_page("claims")


def belongs(found: Finding | str, kind: str | None) -> bool:
    """Whether it is shown among those of this kind (None: of all); what holds here and fails there, in both places."""
    if isinstance(found, str):
        return kind is None
    return kind in (None, found.kind) or (kind == FAILS and found.fails)


def _plural(kind: str, n: int) -> str:
    words = {HOLDS: "hold", PARTLY: "hold under a condition", FAILS: "do not hold here", UNDECIDED: "cannot be told"}
    return words[kind] if n != 1 else words[kind].replace("hold", "holds", 1).replace("do not holds", "does not hold")


def show(claim: Claim, found: Finding | str) -> None:
    """One claim: what is said, the verdict, the figures, and where they come from."""
    with st.container(border=True, key=f"claim-{claim.id}"):
        said, verdict = st.columns([3, 1], vertical_alignment="center")
        said.markdown(f"**{claim.id}** {claim.text}")
        if isinstance(found, str):
            st.warning(found, icon=":material/warning:")
            return
        verdict.markdown(f":material/{ICONS[found.kind]}: **{found.verdict.capitalize()}**")
        st.markdown(f"{sentence(found.said)}")
        small(f"Measured: {claim.how}{_runs(claim)}")
        page = BY_NAME[claim.page]
        said = f"See it on “{page.title}”"
        st.page_link(page.path, label=said, icon=":material/arrow_forward:", query_params=LINKS.get(claim.page))


def _runs(claim: Claim) -> str:
    """Which stored runs the figures are from."""
    parts = []
    for name in claim.records:
        record = records.load(name)
        count = sum(len(found.runs) for found in record.trials.values())
        seeds = next(iter(record.trials.values())).recipe.seeds
        parts.append(f"{record.experiment.title} ({count} runs, seeds {span(seeds)})")
    return f" Runs: {'; '.join(parts)}." if parts else ""


main()
