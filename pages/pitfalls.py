"""Pitfalls: eleven mistakes with dropout; tell the bug from the right code, then see in numbers what it does."""

import streamlit as st

from dropout_core.numerics.masks import RATES, keep_mask, uniforms
from dropout_core.topics.pitfalls import charts as pictures
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, LABS, SEEN_IN, Lab
from dropout_core.topics.pitfalls.measurements import Row
from dropout_core.topics.pitfalls.symptoms import SYMPTOMS, UNITS, exactly_k_masks
from dropout_core.topics.pitfalls.symptoms_evaluation import PASSES, noisy_scores, steady_scores
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import small
from dropout_core.ui.page_state import PageState, Setting, Values, choice, free_text
from dropout_core.ui.query_params import number_param

SHOWN = RATES[1:]  # at rate 0 there is nothing to get wrong
SLUGS = tuple(BY_SLUG)
FIRST = SLUGS[0]
MASK_ROWS = 10
OPEN = "-"  # in the link's row of picks, a lab without one
PICTURED = ("functional", "no-grad", "one-mask", "exactly-k")


@st.cache_data(max_entries=256, show_spinner=False)
def numbers(slug: str, rate: float) -> tuple[Row, ...]:
    return SYMPTOMS[slug](rate)


@st.cache_data(max_entries=64, show_spinner=False)
def picture(slug: str, rate: float) -> tuple[dict, str]:
    """The chart of a lab that has one, and its alternative text."""
    if slug in ("functional", "no-grad"):
        spec = pictures.passes(noisy_scores(rate, PASSES, 1)[:, 0, 0], float(steady_scores(1)[0, 0]))
        return spec, "With the bug, 100 different scores for one input; right, one and the same score."
    own = keep_mask(uniforms((MASK_ROWS, UNITS), 3), rate)
    if slug == "one-mask":
        shared = own[:1].repeat(MASK_ROWS, axis=0)
        return pictures.masks(shared, own), "With the bug, all rows of the mask are alike; right, each is another."
    said = f"With the bug, every row keeps {round((1 - rate) * UNITS)} of {UNITS} units; right, the number varies."
    return pictures.masks(exactly_k_masks(rate, MASK_ROWS), own), said


def read_rate(name: str, _: float, values: Values) -> float:
    rate = st.session_state.get(rate_key(values["lab"]), BY_SLUG[values["lab"]].rate)
    return number_param(name, rate, SHOWN[0], SHOWN[-1], SHOWN)


def check_picks(text: str) -> str:
    if len(text) > len(LABS) or set(text) - {"A", "B", OPEN}:
        raise ValueError(f"not a row of at most {len(LABS)} letters, each A, B or, for none, “{OPEN}”.")
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
    """Set the controls on arrival. Each lab has a rate and a pick of its own."""
    state, arrives = st.session_state, STATE.begin()
    if arrives:
        state[rate_key(STATE.values["lab"])] = STATE.values["rate"]
        for slug, letter in zip(SLUGS, STATE.values["picks"], strict=False):
            state[pick_key(slug)] = None if letter == OPEN else letter
    for slug, lab in BY_SLUG.items():
        state.setdefault(rate_key(slug), lab.rate)
        state.setdefault(pick_key(slug), None)


def picked() -> str:
    """The letter picked in each lab in turn, as in the link; nothing after the last that was answered."""
    return "".join(st.session_state[pick_key(slug)] or OPEN for slug in SLUGS).rstrip(OPEN)


def pick_key(slug: str) -> str:
    return f"pit_pick_{slug}"


def rate_key(slug: str) -> str:
    return f"pit_rate_{slug}"


def go(slug: str) -> None:
    st.session_state.pit_lab = slug
    st.session_state.pit_moves = st.session_state.get("pit_moves", 0) + 1


def choose() -> Lab:
    names = {slug: f"{i}. {lab.name}" for i, (slug, lab) in enumerate(BY_SLUG.items(), 1)}
    st.selectbox("Pitfall", SLUGS, format_func=lambda slug: names[slug], key="pit_lab")
    slug = STATE.read_controls()["lab"]
    return BY_SLUG[slug].at(st.session_state[rate_key(slug)])


def ask(lab: Lab) -> str | None:
    """The two pieces of code and the question; the letter picked, or None."""
    st.header(lab.name)
    st.markdown(lab.question)
    for column, (letter, code) in zip(st.columns(2, gap="large"), lab.shown.items(), strict=True):
        column.markdown(f"**{letter}**")
        with column:
            components.code(code)
    key = pick_key(lab.slug)
    return st.radio(
        "Which of the two is the bug?", ("A", "B"), index=None, horizontal=True, key=key, persist_state="session"
    )


def answer(lab: Lab, pick: str) -> None:
    verdict = f"Yes, {lab.bug} is the bug." if pick == lab.bug else f"No: the bug is {lab.bug}."
    icon = ":material/check:" if pick == lab.bug else ":material/close:"
    with st.container(border=True):
        st.markdown(f"{icon} **{verdict}** {lab.why}")
    if lab.slug in SYMPTOMS:
        symptom(lab)
        return
    presets = ", ".join(f"*{name}*" for name in SEEN_IN)
    st.markdown(f"Not to be believed, but to be tried: on the training page, compare the presets {presets}.")
    navigation.link("training", "To the presets", "model_training")


def symptom(lab: Lab) -> None:
    """What the bug does, in numbers and, for some, in a picture beside them, at a rate that the reader sets."""
    st.subheader("What it does")
    words, beside = st.columns(2, gap="large") if lab.slug in PICTURED else (st.container(width=600), None)
    key = rate_key(lab.slug)
    rate = words.select_slider(
        "Rate p = P(drop)", SHOWN, key=key, format_func=lambda p: f"{p:.2f}", persist_state="session"
    )
    words.markdown(table(lab, numbers(lab.slug, rate)))
    if beside:
        spec, said = picture(lab.slug, rate)
        beside.vega_lite_chart(spec=spec, key=f"pit_chart_{lab.slug}", alt=said)
    small(
        "Measured with seeded masks, ± one standard error where chance has a part in it and the error is known. "
        "By formula: what the quantity to its left has to be, without chance."
    )


def table(lab: Lab, rows: tuple[Row, ...]) -> str:
    bug, right = lab.heads
    lines = [f"| {lab.measure} | {bug} | by formula | {right} |", "|---|---:|---:|---:|"]
    for row in rows:
        measured = figure(row.bug) + (f" ± {row.error:.1g}" if row.error else "")
        lines.append(f"| {row.what} | {measured} | {figure(row.exact)} | {figure(row.right)} |")
    return "\n".join(lines)


def figure(value: float | None) -> str:
    """Three digits; whole numbers in full."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}".replace("-", "−")


def onwards(lab: Lab) -> None:
    right = [letter == each.bug for each, letter in zip(LABS, picked(), strict=False) if letter != OPEN]
    navigation.neighbours("pitfall", {each.slug: each.name for each in LABS}, lab.slug, go)
    if right:
        small(f"{sum(right)} of {len(right)} answers right, {len(LABS)} pitfalls in all.")


begin()
st.title("Pitfalls")
STATE.show_notes()
st.markdown("Dropout is two lines of code. Eleven ways to get them wrong, and what each looks like from outside.")
lab = choose()
if pick := ask(lab):
    answer(lab, pick)
onwards(lab)
STATE.values.update(rate=st.session_state[rate_key(lab.slug)], picks=picked())
STATE.write_link()
navigation.next_page("pitfalls")
components.keyboard(lab.broken, lab.name, st.session_state.get("pit_moves", 0))
