"""Pitfalls page: eleven mistakes with dropout. The reader first finds the bug, then sees its effects."""

import streamlit as st

from dropout_core.numerics.masks import RATES, keep_mask, uniforms
from dropout_core.topics.pitfalls import charts
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS, SEEN_IN, Pitfall
from dropout_core.topics.pitfalls.measurements import Row
from dropout_core.topics.pitfalls.symptoms import SYMPTOMS, UNITS, exactly_k_masks
from dropout_core.topics.pitfalls.symptoms_evaluation import PASSES, noisy_scores, steady_scores
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import small, table
from dropout_core.ui.page_state import PageState, Setting, Values, choice, free_text
from dropout_core.ui.query_params import note_step, number_param

SHOWN = RATES[1:]  # excludes rate 0, at which the bugs have no effect
SLUGS = tuple(BY_SLUG)
FIRST = SLUGS[0]
MASK_ROWS = 10
UNANSWERED = "-"  # stands for an unanswered pitfall in the link
PICTURED = ("functional", "no-grad", "one-mask", "exactly-k")


@st.cache_data(max_entries=256, show_spinner=False)
def numbers(slug: str, rate: float) -> tuple[Row, ...]:
    return SYMPTOMS[slug](rate)


@st.cache_data(max_entries=64, show_spinner=False)
def picture(slug: str, rate: float) -> tuple[dict, str]:
    """Draw the chart for a pitfall in PICTURED. Returns its specification and its text alternative."""
    if slug in ("functional", "no-grad"):
        spec = charts.passes(noisy_scores(rate, PASSES, 1)[:, 0, 0], float(steady_scores(1)[0, 0]))
        return spec, "With the bug, 100 different scores for one input; right, always the same score."
    mask = keep_mask(uniforms((MASK_ROWS, UNITS), 3), rate)
    if slug == "one-mask":
        shared = mask[:1].repeat(MASK_ROWS, axis=0)
        return charts.masks(shared, mask), "With the bug, all rows of the mask are alike; right, each is different."
    alt = f"With the bug, every row keeps {round((1 - rate) * UNITS)} of {UNITS} units; right, the number varies."
    return charts.masks(exactly_k_masks(rate, MASK_ROWS), mask), alt


def read_rate(name: str, _: float, values: Values) -> float:
    default = BY_SLUG[values["lab"]].rate
    kept = default if navigation.goes_back() else st.session_state.get(rate_key(values["lab"]), default)
    return number_param(name, kept, SHOWN[0], SHOWN[-1], SHOWN)


def check_picks(text: str) -> str:
    if len(text) > len(PITFALLS) or set(text) - {"A", "B", UNANSWERED}:
        raise ValueError(f"not a row of at most {len(PITFALLS)} letters, each A, B or, for none, “{UNANSWERED}”.")
    return text


STATE = PageState(
    "pitfalls",
    {
        "lab": choice(FIRST, SLUGS, control="pit_lab"),
        "rate": Setting(lambda values: BY_SLUG[values["lab"]].rate, read_rate),
        "picks": free_text("", check_picks),
    },
)


def begin() -> None:
    """Set the controls when the reader arrives on the page. Each pitfall has its own rate and answer."""
    state, arrives = st.session_state, STATE.begin()
    if arrives:
        state[rate_key(STATE.values["lab"])] = STATE.values["rate"]
        for slug, letter in zip(SLUGS, STATE.values["picks"], strict=False):
            state[pick_key(slug)] = None if letter == UNANSWERED else letter
    for slug, pitfall in BY_SLUG.items():
        state.setdefault(rate_key(slug), pitfall.rate)
        state.setdefault(pick_key(slug), None)


def picked() -> str:
    """Encode the answers as a string for the link, with one letter per pitfall."""
    return "".join(st.session_state[pick_key(slug)] or UNANSWERED for slug in SLUGS).rstrip(UNANSWERED)


def pick_key(slug: str) -> str:
    return f"pit_pick_{slug}"


def rate_key(slug: str) -> str:
    return f"pit_rate_{slug}"


def go(slug: str) -> None:
    note_step()
    st.session_state.pit_lab = slug
    st.session_state.pit_moves = st.session_state.get("pit_moves", 0) + 1


def choose() -> Pitfall:
    names = {slug: f"{i}. {pitfall.name}" for i, (slug, pitfall) in enumerate(BY_SLUG.items(), 1)}
    st.selectbox("Pitfall", SLUGS, format_func=lambda slug: names[slug], key="pit_lab", on_change=note_step)
    slug = STATE.read_controls()["lab"]
    return BY_SLUG[slug].at(st.session_state[rate_key(slug)])


def ask(pitfall: Pitfall) -> str | None:
    """Show both pieces of code and ask which one has the bug. Returns None until the reader answers."""
    st.header(pitfall.name)
    st.markdown(pitfall.question)
    for column, (letter, code) in zip(st.columns(2, gap="large"), pitfall.shown.items(), strict=True):
        column.markdown(f"**{letter}**")
        with column:
            components.code(code)
    key = pick_key(pitfall.slug)
    return st.radio(
        "Which of the two is the bug?", ("A", "B"), index=None, horizontal=True, key=key, persist_state="session"
    )


def answer(pitfall: Pitfall, pick: str) -> None:
    verdict = f"Yes, {pitfall.bug} is the bug." if pick == pitfall.bug else f"No: the bug is {pitfall.bug}."
    icon = ":material/check:" if pick == pitfall.bug else ":material/close:"
    with st.container(border=True):
        st.markdown(f"{icon} **{verdict}** {pitfall.why}")
    if pitfall.slug in SYMPTOMS:
        symptom(pitfall)
        return
    presets = ", ".join(f"*{name}*" for name in SEEN_IN)
    st.markdown(f"Don’t take our word for it: on the training page, compare the presets {presets}.")
    navigation.link("training", "To the presets", "model_training")


def symptom(pitfall: Pitfall) -> None:
    """Show the bug's effects at a rate set by the reader, in a table and, for pitfalls in PICTURED, a chart."""
    st.subheader("What it does")
    words, beside = st.columns(2, gap="large") if pitfall.slug in PICTURED else (st.container(width=600), None)
    key = rate_key(pitfall.slug)
    rate = words.select_slider(
        "Rate p = P(drop)", SHOWN, key=key, format_func=lambda p: f"{p:.2f}", persist_state="session"
    )
    words.markdown(numbers_table(pitfall, numbers(pitfall.slug, rate)))
    if beside:
        spec, alt = picture(pitfall.slug, rate)
        beside.vega_lite_chart(spec=spec, key=f"pit_chart_{pitfall.slug}", alt=alt)
    small(
        "Measured with seeded masks, ± one standard error if the quantity is random and its error is known. "
        "By formula: the exact value of the measured quantity."
    )


def numbers_table(pitfall: Pitfall, rows: tuple[Row, ...]) -> str:
    bug, right = pitfall.heads
    cells = [(row.what, measured(row), figure(row.exact), figure(row.right)) for row in rows]
    return table((pitfall.measure, bug, "by formula", right), cells, numbers=(1, 2, 3))


def measured(row: Row) -> str:
    return figure(row.bug) + (f" ± {row.error:.1g}" if row.error else "")


def figure(value: float | None) -> str:
    """Format a value with three significant digits, or as an integer if it is at least 1,000."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("-", "−")


def onwards(pitfall: Pitfall) -> None:
    right = [letter == each.bug for each, letter in zip(PITFALLS, picked(), strict=False) if letter != UNANSWERED]
    navigation.neighbours("pitfall", {each.slug: each.name for each in PITFALLS}, pitfall.slug, go)
    if right:
        small(f"{sum(right)} of {len(right)} answers right, {len(PITFALLS)} pitfalls in all.")


begin()
st.title("Pitfalls")
STATE.show_notes()
st.markdown("Dropout is two lines of code. Eleven ways to get them wrong, and what each looks like from the outside.")
pitfall = choose()
if pick := ask(pitfall):
    answer(pitfall, pick)
onwards(pitfall)
STATE.values.update(rate=st.session_state[rate_key(pitfall.slug)], picks=picked())
STATE.write_link()
navigation.next_page("pitfalls")
components.keyboard(pitfall.broken, pitfall.name, st.session_state.get("pit_moves", 0))
