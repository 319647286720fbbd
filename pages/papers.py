"""Papers page: figures of Srivastava et al. (2014), repeated with our own runs and shown one at a time."""

from collections import Counter

import streamlit as st

from dropout_core.data import published
from dropout_core.data.mnist import DataError
from dropout_core.experiments.catalogue import SUBNETWORKS
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import REPRODUCTION_TEXT, Finding, Verdict
from dropout_core.reference.records import Record
from dropout_core.topics.ensemble.findings import net_count
from dropout_core.topics.neurons import features
from dropout_core.topics.papers import cached, catalogue, findings_scale
from dropout_core.topics.papers.catalogue import FIGURES, Figure
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import cached_output, expander, formula, small, table, text
from dropout_core.ui.page_state import PageState, choice, current
from dropout_core.ui.query_params import note_step

SLUGS = tuple(catalogue.BY_SLUG)
STATE = PageState("papers", {"figure": choice(SLUGS[0], SLUGS, control="papers_figure")})
ICONS = {
    Verdict.HOLDS: "check",
    Verdict.DOES_NOT_HOLD: "close",
    Verdict.INCONCLUSIVE: "question_mark",
    Verdict.TOO_FEW_SEEDS: "hourglass_empty",
    Verdict.EQUIVALENT: "equal",
    Verdict.NOT_COMPARABLE: "remove",
    Verdict.NOT_FINISHED: "pending",
}
# The six groups of verdicts in the tally, each with its symbol, singular and plural.
AGREES, DIFFERS = ("green", "check", "agrees", "agree"), ("red", "close", "differs", "differ")
INCONCLUSIVE = ("gray", "question_mark", "is inconclusive", "are inconclusive")
TOO_FEW = ("gray", "hourglass_empty", "has too few seeds", "have too few seeds")
NOT_COMPARABLE = ("gray", "remove", "is not comparable", "are not comparable")
NOT_FINISHED = ("gray", "pending", "is not finished", "are not finished")
GROUPS = {
    Verdict.HOLDS: AGREES,
    Verdict.EQUIVALENT: AGREES,
    Verdict.DOES_NOT_HOLD: DIFFERS,
    Verdict.INCONCLUSIVE: INCONCLUSIVE,
    Verdict.TOO_FEW_SEEDS: TOO_FEW,
    Verdict.NOT_COMPARABLE: NOT_COMPARABLE,
    Verdict.NOT_FINISHED: NOT_FINISHED,
}


def tally(verdicts: tuple[Verdict, ...]) -> str:
    """Count the verdicts on the statements of all the paper's figures."""
    counts = Counter(GROUPS[verdict] for verdict in verdicts)
    parts = [
        f":{colour}[:material/{icon}: **{counts[group]}** {plural if counts[group] > 1 else singular}]"
        for group in (AGREES, DIFFERS, INCONCLUSIVE, TOO_FEW, NOT_COMPARABLE, NOT_FINISHED)
        for colour, icon, singular, plural in [group]
        if counts[group]
    ]
    within = verdicts.count(Verdict.EQUIVALENT)
    note = f" {within} of those that agree: within a margin." if within else ""
    return f"**{len(verdicts)} statements from the paper:** {', '.join(parts)}.{note}"


# --- the page --------------------------------------------------------------------------------------------------------


def go(slug: str) -> None:
    note_step()
    st.session_state.papers_figure = slug
    st.session_state.papers_moves = st.session_state.get("papers_moves", 0) + 1


def choose() -> Figure:
    names = {f.slug: f"{f.name}: {f.title}" for f in FIGURES}
    st.selectbox(
        "Figure",
        SLUGS,
        SLUGS.index(current("papers_figure")),
        format_func=lambda slug: names[slug],
        key="papers_figure",
        on_change=note_step,
        label_visibility="collapsed",
    )
    figure = catalogue.BY_SLUG[STATE.read_controls()["figure"]]
    STATE.write_link()
    return figure


@cached_output
def draw(slug: str, stamp: tuple[str, ...]) -> None:
    figure = cached.shown(slug, stamp)
    if figure.note:
        small(figure.note, explain("seed", "95 % interval") if "95 % interval" in figure.note else None)
    columns = st.columns(len(figure.charts), gap="medium") if len(figure.charts) > 1 else [st.container(width=720)]
    for i, (column, chart) in enumerate(zip(columns, figure.charts, strict=True)):
        column.vega_lite_chart(chart.rows, chart.spec, key=f"papers-{slug}-{i}", alt=chart.alt)
    if figure.remarks:
        small(figure.remarks)


def meaning() -> None:
    """Explain the verdicts."""
    text(
        "**Agrees** or **differs**: where the paper reports a difference, our 95 % interval excludes zero, on the "
        "same side as the paper’s result or on the opposite side. **At our scale**: our nets are smaller, or were "
        "trained for fewer updates. Larger nets may behave differently, so no verdict confirms or refutes the paper. "
        "**Inconclusive**: the interval includes zero, or our runs cannot answer the question. **Too few seeds**: "
        f"fewer than {FEWEST}, so there is neither an interval nor a verdict. **Not finished**: a net has no "
        "finished run yet. **Not comparable**: our setup differs in more than scale, so we print our result, but "
        "give no verdict, whether or not it looks like the paper’s.",
        "Where the paper reports *no* difference, our result **differs** if the interval excludes zero, or the margin "
        "if one was fixed before the runs. It **agrees within the margin** if the whole interval lies within the "
        "margin. The count at the top includes these statements in those that agree.",
    )


def show_findings(findings: list[Finding]) -> None:
    st.subheader("Do our runs agree?")
    counts = Counter(REPRODUCTION_TEXT[finding.verdict] for finding in findings)
    st.markdown(", ".join(f"**{text}**: {count} of {len(findings)}" for text, count in counts.items()))
    st.markdown("\n".join(map(line, findings)))
    expander("What the verdicts mean", meaning, icon="help")


def line(finding: Finding) -> str:
    """Format a finding as an item of a list, with its power if it is inconclusive."""
    verdict = f"{REPRODUCTION_TEXT[finding.verdict]} {finding.condition}".rstrip()
    return f"- :material/{ICONS[finding.verdict]}: **{verdict}.** {finding.sentence} {finding.power}".rstrip()


def the_scale(figure: Figure, record: Record) -> None:
    st.subheader("Scale of the runs")
    recipes = tuple(each.recipe for each in record.trials.values())
    both, alone = catalogue.scale(figure, recipes)
    if both:
        st.markdown(table(("", "paper", "ours"), both))
    others = "; ".join(f"{what}: {ours}" for what, ours in alone)
    small(f"{catalogue.smaller(figure, recipes)} {'Our other settings' if both else 'Our settings'}: {others}.".strip())


def small_scale(slug: str) -> None:
    """Show the scale of our runs for a figure without a record."""
    if slug == "figure-8":
        recipe, made = features.numbers()["recipe"], features.numbers()["provenance"]
        small(
            f"The paper: {published.FIGURE_8_UNITS} hidden units. Ours: {recipe['hidden']} hidden units, "
            f"{made['images']:,} images, {recipe['epochs']} epochs, {len(recipe['seeds'])} seeds."
        )
    if slug == "figure-11":
        recipe = SUBNETWORKS.trials[0].recipe
        small(
            f"Ours: {net_count()} nets with {catalogue.shape(recipe.hidden)} hidden units, trained on the first "
            f"{recipe.images:,} images and evaluated on the 10,000 test images."
        )


def onwards(figure: Figure) -> None:
    navigation.neighbours("figure", {each.slug: each.name for each in FIGURES}, figure.slug, go)


def one(figure: Figure) -> None:
    st.header(f"{figure.name}: {figure.title}")
    st.markdown(f"**The paper’s finding:** {figure.finding}")
    record = reference_panel.load(figure.record) if figure.record else None
    if figure.record and record is None:
        return onwards(figure)
    if figure.slug == "section-9.1":
        text(
            formula(
                r"\begin{aligned}&\mathbb{E}_R\,\|y - (R \odot X)w\|^2\\"
                r"&= \|y - p\,Xw\|^2 + p(1-p)\,\|\Gamma w\|^2\end{aligned}"
            ),
            r":small[R: the masks; $\odot$: element-wise product; $\Gamma = \mathrm{diag}(X^\top X)^{1/2}$: the "
            "magnitude of each input.]",
        )
    own = cached.stamp(figure.slug)
    contents = cached.shown(figure.slug, own)
    draw(figure.slug, own)
    show_findings(contents.findings)
    made = record if record and record.trials else None  # none of the runs at the paper's scale may be finished
    if made:
        the_scale(figure, made)
    small_scale(figure.slug)
    if later := findings_scale.pending(figure):
        small(later)
    page, label = contents.link
    if page:
        navigation.link(page, label)
    onwards(figure)
    if made:
        reference_panel.about(made)
        reference_panel.repetition(made.experiment)
    return None


def main() -> None:
    STATE.begin()
    st.title("The paper, repeated")
    STATE.show_notes()
    counts = st.container(key="papers_tally")  # filled last, since the first count on a server takes seconds
    st.markdown(
        "Figures from Srivastava et al. (2014), repeated with **our own runs**, most of them smaller than the paper’s; "
        "each figure states its scale. Published values are grey."
    )
    figure = choose()
    try:
        one(figure)
    except DataError as error:
        st.error(f"This figure needs images: {error}.", icon=":material/error:")
    small(f"The paper: {published.SRIVASTAVA}.")
    navigation.next_page("papers")
    components.focus_heading(f"{figure.name}: {figure.title}", st.session_state.get("papers_moves", 0))
    counts.markdown(tally(cached.verdicts(cached.added())))


main()
