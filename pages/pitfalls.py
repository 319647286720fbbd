"""Pitfalls page: bugs and misconceptions. The reader sees a symptom, finds its cause, and learns why."""

from contextlib import suppress

import streamlit as st

from dropout_core.topics.pitfalls import cached, charts, own_code_view, symptoms
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS, decode, encode
from dropout_core.topics.pitfalls.live_training import FRAMES
from dropout_core.topics.pitfalls.live_training_view import leave_others, train_both
from dropout_core.topics.pitfalls.pitfall import BUG, IMPORTS, MISCONCEPTION, Pitfall
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import draw, draw_reporting, expander, small
from dropout_core.ui.page_state import PageState, choice, current, free_text, number
from dropout_core.ui.query_params import note_step

SLUGS = tuple(BY_SLUG)
ASKED = {BUG: "has the bug", MISCONCEPTION: "is misleading"}  # completes a sentence about one of the two pieces of code
HEADINGS = {BUG: "Bugs", MISCONCEPTION: "Misconceptions"}
CARD_WIDTH = 165  # pixels; two cards fit side by side on a phone


def check_answers(text: str) -> str:
    return encode(decode(text))


STATE = PageState(
    "pitfalls",
    {
        "lab": choice(SLUGS[0], SLUGS),
        "rate": number(0.2, symptoms.RATES[0], symptoms.RATES[-1], symptoms.RATES, chart=("rate", charts.FIELD)),
        "picks": free_text("", check_answers),
    },
)


def answers() -> dict[str, str]:
    """Return the reader's first answers, A or B, by slug."""
    return st.session_state.setdefault("pit_answers", {})


def note_answers(text: str) -> None:
    """Add the answers from a link or the browser, without replacing answers that the reader has already given."""
    st.session_state.pit_answers = decode(text) | answers()


def begin() -> None:
    if STATE.begin():
        note_answers(STATE.values["picks"])
        st.session_state.pit_share = bool(STATE.values["picks"])


def restore() -> None:
    """Store the answers in the browser, and restore them after a reload."""
    kept = components.remember("pitfalls", encode(answers()))
    if kept and not answers():
        with suppress(ValueError):  # written by another version of the page
            note_answers(kept)
        if answers():
            st.rerun()


def go(slug: str) -> None:
    note_step()
    STATE.values["lab"] = slug
    st.session_state.pit_moves = st.session_state.get("pit_moves", 0) + 1


def answer(slug: str, letter: str) -> None:
    answers().setdefault(slug, letter)


@st.fragment
def picture(pitfall: Pitfall, revealed: bool) -> None:
    """Draw the symptom. The slider works in the browser, and reports the rate when the reader pauses.

    The headline is about the slider's current rate; the chart's text alternative is about its initial rate, since
    another text would draw the chart anew.
    """
    (rate,) = STATE.first_values("rate", chart=(pitfall.slug, revealed))
    headline = st.empty()
    spec, key = cached.chart(pitfall.slug, revealed, rate), f"pit_{pitfall.slug}_{revealed}"
    alt = symptoms.finding(pitfall, rate) if revealed else pitfall.symptom
    if pitfall.steps:
        draw(spec, key, f"{alt}.")
    else:
        STATE.apply_chart_report(draw_reporting(spec, key, f"{alt}.", ["rate"], f"{key}_chart"))
    headline.markdown(f"**{symptoms.finding(pitfall, STATE.values['rate']) if revealed else pitfall.symptom}**")


def show(pitfall: Pitfall) -> None:
    """Show the symptom and both pieces of code, then the answer."""
    picked = answers().get(pitfall.slug)
    st.header(pitfall.name)
    st.markdown(pitfall.situation)
    picture(pitfall, picked is not None)
    wait_for_first_chart()
    if picked:
        right = picked == pitfall.bug
        verdict = f"Yes, {pitfall.bug}" if right else f"No, {pitfall.bug}"
        st.markdown(f":material/{'check' if right else 'close'}: **{verdict} {ASKED[pitfall.kind]}.** {pitfall.why}")
    for column, (letter, code) in zip(st.columns(2), pitfall.shown.items(), strict=True):
        with column:
            components.code(code, wrap=True)
            label, arguments = f"{letter} {ASKED[pitfall.kind]}", (pitfall.slug, letter)
            if picked:
                st.markdown(f"**{label if letter == pitfall.bug else f'{letter} is correct'}**")
            else:
                st.button(label, on_click=answer, args=arguments, key=f"pit_answer_{letter}", width="stretch")


def onwards(pitfall: Pitfall) -> None:
    """Offer the next pitfall that is still unanswered, and show how the picture was made."""
    at = SLUGS.index(pitfall.slug)
    ahead = next((slug for slug in SLUGS[at + 1 :] + SLUGS[:at] if slug not in answers()), None)
    if pitfall.slug not in answers():
        return
    if ahead:
        label = f"Next: {BY_SLUG[ahead].name}"
        st.button(label, icon=":material/arrow_forward:", on_click=go, args=(ahead,), key="pit_next")
    if pitfall.slug == "always":
        navigation.link("training", "Compare presets on the training page", "model_training")
    if pitfall.slug in FRAMES:
        expander("Train both", train_both, pitfall, icon="model_training")
    with st.expander(reference_panel.ABOUT, icon=":material/info:"):
        _, made = symptoms.load()
        small(
            f"The numbers come from running both pieces of code with PyTorch {made['torch']} on {made['ended'][:10]} "
            f"({made['hardware']}), with random seed 0. The following program runs the code that "
            f"{ASKED[pitfall.kind]}:"
        )
        components.code(f"{IMPORTS}p = {pitfall.rate:g}\n{pitfall.script(pitfall.broken)}")


def card(each: Pitfall, chosen: bool) -> None:
    picked = answers().get(each.slug)
    icon = {None: "radio_button_unchecked", each.bug: "check_circle"}.get(picked, "cancel")
    said = {None: "Not answered yet", each.bug: "Your first answer was right"}.get(
        picked, "Your first answer was wrong"
    )
    label = f"**{each.name}**" if chosen else each.name
    st.button(
        label, icon=f":material/{icon}:", help=said, on_click=go, args=(each.slug,), key=f"pit_card_{each.slug}",
        width=CARD_WIDTH,
    )  # fmt: skip


def cards(pitfall: Pitfall) -> None:
    """Show a card for each pitfall, with a mark if the reader has solved it."""
    for kind, heading in HEADINGS.items():
        st.subheader(heading)
        with st.container(horizontal=True, gap="small", key=f"pit_cards_{kind}"):
            for each in PITFALLS:
                if each.kind == kind:
                    card(each, each is pitfall)
    solved = sum(BY_SLUG[slug].bug == letter for slug, letter in answers().items())
    st.markdown(f"Solved on the first attempt: {solved} of {len(PITFALLS)}.")
    st.toggle("Put my answers in the link", current("pit_share"), key="pit_share")


begin()
st.title("Pitfalls")
STATE.show_notes()
st.markdown(
    "Each picture shows a symptom. Which code causes it? In the code, p is the rate, P(drop), and eval() switches to "
    "evaluation mode.",
    help=explain("evaluation mode"),
)
pitfall = BY_SLUG[STATE.values["lab"]]
leave_others(pitfall.slug)
main, rail = st.columns([9, 5], gap="large")
with main:
    show(pitfall)
    onwards(pitfall)
    own_code_view.box(go)
with rail:
    cards(pitfall)
restore()
STATE.values["picks"] = encode(answers()) if st.session_state.pit_share else ""
STATE.write_link()
navigation.next_page("pitfalls")
components.focus_heading(pitfall.name, st.session_state.get("pit_moves", 0))
