"""Cached computations of the page on dropout today, shared by all sessions."""

from typing import NamedTuple

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.numerics.evidence import power_range
from dropout_core.numerics.verdicts import Finding
from dropout_core.topics.today import charts_epochs, epochs
from dropout_core.topics.today.epochs import LOW, NAMES, ONCE, RATE
from dropout_core.ui.layout import extract_datasets

SEEN = tuple(f"{epochs.seen(name):,}" for name in NAMES)


class Summary(NamedTuple):
    """What the page says about repeated images: its title, the range of gains, and an alternative for the chart."""

    headline: str
    longer: str
    alternative: str
    power: str


@st.cache_data(show_spinner=False)
def summary() -> Summary:
    once, low = epochs.gains(ONCE), epochs.gains(ONCE, LOW)
    longer = [
        f" With four times as many updates, p = {RATE:g} {epochs.from_which_on(epochs.gains(name))}."
        for name in NAMES[1:]
    ]
    parts = [f"{epochs.times(n)} {epochs.interval(p)}" for n, p in once.items()]
    unclear = [each for case in epochs.cases() for each in epochs.unclear(*case)]
    return Summary(
        epochs.headline(once),
        f"At p = {LOW:g}, it {epochs.from_which_on(low)}.{''.join(longer)}",
        f"Points of accuracy gained with dropout at p = {RATE:g}, by the number of times each image is seen: "
        f"{'; '.join(parts)}.",
        sentence(power_range(unclear)) if unclear else "",
    )


@st.cache_data(show_spinner=False)
def answer(guess: str) -> str:
    return epochs.answer(guess, epochs.gains(ONCE))


def reports(revealed: bool) -> bool:
    """Whether the chart of gains has a control, whose value it reports."""
    return revealed and len(NAMES) > 1


@st.cache_resource(max_entries=32, show_spinner=False)
def gain_chart(seen: str, revealed: bool, guess: str) -> dict:
    cases = [(name, rate) for name, rate in epochs.cases() if revealed or name == ONCE]
    found = {(SEEN[NAMES.index(name)], f"p = {rate:g}"): epochs.gains(name, rate) for name, rate in cases}
    spec = charts_epochs.gains(found, seen, revealed, guess)
    return extract_datasets(spec) if reports(revealed) else spec


@st.cache_data(show_spinner=False)
def verdicts() -> dict[str, Finding]:
    """Judge the claim in both experiments, at every rate and by both measures."""
    return {
        f"{SEEN[NAMES.index(name)]} images seen, p = {rate:g}, by {column}": epochs.pays_where_images_repeat(
            name, rate, column
        )
        for name, rate in epochs.cases()
        for column in epochs.MEASURES
    }
