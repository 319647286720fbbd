"""Papers page: figures of Srivastava et al. (2014), reproduced with our own runs and shown one at a time."""

from collections import Counter

import streamlit as st

from dropout_core.data import published
from dropout_core.data.mnist import DataError
from dropout_core.numerics.verdicts import REPRODUCTION_TEXT, Finding, Verdict
from dropout_core.reference import nets, records
from dropout_core.reference.records import Record, RecordError
from dropout_core.topics.neurons import features
from dropout_core.topics.papers import catalogue
from dropout_core.topics.papers.catalogue import FIGURES, Figure
from dropout_core.topics.papers.figures import DRAWING, Shown
from dropout_core.ui import components, navigation, reference_panel, server
from dropout_core.ui.layout import formula, small, table, text
from dropout_core.ui.page_state import PageState, choice
from dropout_core.ui.query_params import note_step

SLUGS = tuple(catalogue.BY_SLUG)
STATE = PageState("papers", {"figure": choice(SLUGS[0], SLUGS, control="papers_figure")})
ICONS = {
    Verdict.HOLDS: "check",
    Verdict.DOES_NOT_HOLD: "close",
    Verdict.INCONCLUSIVE: "question_mark",
    Verdict.TOO_FEW_SEEDS: "remove",
    Verdict.EQUIVALENT: "equal",
    Verdict.NOT_ATTEMPTED: "remove",
}
# The tally counts in four groups, each with its symbol and its singular and plural wording.
AGREES, DIFFERS = ("green", "check", "agrees", "agree"), ("red", "close", "differs", "differ")
INCONCLUSIVE = ("gray", "question_mark", "is inconclusive", "are inconclusive")
NOT_ATTEMPTED = ("gray", "remove", "was not attempted", "were not attempted")
GROUPS = {
    Verdict.HOLDS: AGREES,
    Verdict.EQUIVALENT: AGREES,
    Verdict.DOES_NOT_HOLD: DIFFERS,
    Verdict.INCONCLUSIVE: INCONCLUSIVE,
    Verdict.TOO_FEW_SEEDS: INCONCLUSIVE,
    Verdict.NOT_ATTEMPTED: NOT_ATTEMPTED,
}


@st.cache_resource(max_entries=32, show_spinner="Drawing…")
def shown(slug: str, stamp: tuple[str, ...]) -> Shown:
    """Build a figure, cached until the stamp (the names of the existing records) changes."""
    if slug == "section-9.1":
        return DRAWING[slug](server.digits("mnist-5k"))
    name = catalogue.BY_SLUG[slug].record
    return DRAWING[slug](records.load(name) if name else None)


@st.cache_data(max_entries=4, show_spinner=False)
def tally(stamp: tuple[str, ...]) -> str:
    """Count the verdicts on what the paper says with all its figures, except those whose runs cannot be read."""
    findings = [finding for figure in FIGURES for finding in judged(figure.slug, stamp)]
    counts = Counter(GROUPS[finding.verdict] for finding in findings)
    parts = [
        f":{colour}[:material/{icon}: **{counts[group]}** {plural if counts[group] > 1 else singular}]"
        for group in (AGREES, DIFFERS, INCONCLUSIVE, NOT_ATTEMPTED)
        for colour, icon, singular, plural in [group]
        if counts[group]
    ]
    return f"**{len(findings)} statements of the paper:** {', '.join(parts)}."


def judged(slug: str, stamp: tuple[str, ...]) -> list[Finding]:
    try:
        return shown(slug, stamp).findings
    except (DataError, RecordError):
        return []


# --- the page --------------------------------------------------------------------------------------------------------


def go(slug: str) -> None:
    note_step()
    st.session_state.papers_figure = slug
    st.session_state.papers_moves = st.session_state.get("papers_moves", 0) + 1


def choose() -> Figure:
    names = {f.slug: f"{f.name}: {f.title}" for f in FIGURES}
    st.selectbox("Figure", SLUGS, format_func=lambda slug: names[slug], key="papers_figure", on_change=note_step)
    figure = catalogue.BY_SLUG[STATE.read_controls()["figure"]]
    STATE.write_link()
    return figure


def draw(slug: str, figure: Shown) -> None:
    columns = st.columns(len(figure.charts), gap="medium") if len(figure.charts) > 1 else [st.container(width=720)]
    for i, (column, chart) in enumerate(zip(columns, figure.charts, strict=True)):
        column.vega_lite_chart(chart.rows, chart.spec, key=f"papers-{slug}-{i}", alt=chart.alt)
    if figure.note:
        small(figure.note)


def show_findings(findings: list[Finding]) -> None:
    st.subheader("Does ours say the same?")
    counts = Counter(REPRODUCTION_TEXT[finding.verdict] for finding in findings)
    st.markdown(", ".join(f"**{text}**: {count} of {len(findings)}" for text, count in counts.items()))
    lines = (f"- :material/{ICONS[f.verdict]}: **{REPRODUCTION_TEXT[f.verdict]}.** {f.sentence}" for f in findings)
    st.markdown("\n".join(lines))


def the_scale(figure: Figure, record: Record) -> None:
    st.subheader("At what scale")
    recipes = tuple(each.recipe for each in record.trials.values())
    both, alone = catalogue.scale(figure, recipes)
    if both:
        st.markdown(table(("", "theirs", "ours"), both))
    others = "; ".join(f"{what}: {ours}" for what, ours in alone)
    ours = "Ours besides" if both else "Ours"
    small(
        f"{catalogue.smaller(figure, recipes)} {ours}, where the paper gives no number: {others}. It is what two cores "
        "can do."
    )


def small_scale(slug: str) -> None:
    """Show the scale of our runs for a figure without a record."""
    if slug == "figure-8":
        recipe, made = features.numbers()["recipe"], features.numbers()["provenance"]
        small(
            f"Theirs: {published.FIGURE_8_UNITS} hidden units. Ours: {recipe['hidden']}, {made['images']:,} images, "
            f"{recipe['epochs']} epochs, {len(recipe['seeds'])} seeds."
        )
    if slug == "figure-11":
        net, images = nets.load("dropout"), len(server.validation("mnist-5k").labels)
        small(
            f"Ours: the net that comes with this app, {'-'.join(map(str, net.net.sizes))}, trained on "
            f"{net.recipe.images:,} images and judged on {images:,}."
        )


def onwards(figure: Figure) -> None:
    navigation.neighbours("figure", {each.slug: each.name for each in FIGURES}, figure.slug, go)


def one(figure: Figure) -> None:
    st.header(f"{figure.name}: {figure.title}")
    st.markdown(f"**They found:** {figure.finding}")
    record = reference_panel.load(figure.record) if figure.record else None
    if figure.record and record is None:
        return onwards(figure)
    if figure.slug == "section-9.1":
        text(
            formula(
                r"\begin{aligned}&\mathbb{E}_R\,\|y - (R \odot X)w\|^2\\"
                r"&= \|y - p\,Xw\|^2 + p(1-p)\,\|\Gamma w\|^2\end{aligned}"
            ),
            r":small[R: the masks; $\odot$: multiplied entry by entry; $\Gamma = \mathrm{diag}(X^\top X)^{1/2}$: the "
            "size of each input.]",
        )
    contents = shown(figure.slug, tuple(records.recorded()))
    draw(figure.slug, contents)
    show_findings(contents.findings)
    if record:
        the_scale(figure, record)
    small_scale(figure.slug)
    page, label = contents.link
    if page:
        navigation.link(page, label)
    onwards(figure)
    if record:
        reference_panel.provenance(record)
        reference_panel.repetition(record.experiment)
    return None


def main() -> None:
    STATE.begin()
    st.title("The paper, drawn again")
    STATE.show_notes()
    counts = st.container(key="papers_tally")  # filled at the end: the first count on a server takes seconds
    st.markdown(
        "The figures of dropout’s paper of 2014, from **our own runs**: smaller nets, fewer images, several seeds. "
        "Grey: what was published. The numbers cannot match; does the shape?"
    )
    figure = choose()
    try:
        one(figure)
    except DataError as error:
        st.error(f"This figure needs images: {error}.", icon=":material/error:")
    small(f"The paper: {published.SRIVASTAVA}.")
    navigation.next_page("papers")
    components.keyboard("", f"{figure.name}: {figure.title}", st.session_state.get("papers_moves", 0))
    counts.markdown(tally(tuple(records.recorded())))


main()
