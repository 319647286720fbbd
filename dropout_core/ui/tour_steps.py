"""The steps of the five-minute tour: the text of each card, and the settings of its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TOUR = "tour"  # the query parameter that holds the number of the step, counted from 1


@dataclass(frozen=True)
class Step:
    """One card of the tour.

    page      name of the page that shows the card
    sentence  what the reader learns here, in one sentence that is true whatever the records say
    task      one thing to do on this page
    settings  the page's settings as in its links; settings that are not named keep the reader's values
    """

    page: str
    sentence: str
    task: str
    settings: Mapping[str, str] = field(default_factory=dict)


STEPS = (
    Step(
        "overview",
        "A network can learn its training images by heart.",
        "Move **Epochs**: when does the shaded gap open?",
    ),
    Step(
        "masks",
        "Dropout switches off random neurons in every training pass.",
        "Press more neurons: when does the answer change?",
        {"rate": "0.5", "mode": "training", "digit": "3", "drawn": "", "hand": ""},
    ),
    Step(
        "scaling",
        "Dropped neurons are missing from every sum, so the kept ones are scaled up.",
        "Raise the rate: which histogram stays at the target?",
        {"rate": "0.5"},
    ),
    Step(
        "ensemble",
        "One scaled pass stands in for all subnetworks.",
        "Move **Image**: when does it differ from the means?",
        {"depth": "2", "rate": "0.5", "image": "1"},
    ),
    Step(
        "training",
        "To find out whether dropout helps, compare two nets that differ only in dropout.",
        "Press your guess.",
        {"rate": "0.5", "seed": "10", "measure": "accuracy", "show": "0"},
    ),
    Step(
        "rates",
        "Wider nets are said to need a higher rate.",
        "Guess the best rate for each width, then press **That is my guess**.",
        {"show": "0", "guess": "0"},
    ),
    Step(
        "regularisers",
        "Dropout is one of several ways to fight overfitting.",
        "Choose a method, then switch dropout off and on: does it add anything?",
        {"of": "augmentation", "with": "dropout"},
    ),
    Step(
        "uncertainty",
        "With masks left on, a net gives many answers, and their disagreement is a warning.",
        "Draw something that is not a digit: how sure is the net?",
        {"sample": "a lying one", "rate": "0.5"},
    ),
    Step(
        "pitfalls",
        "Most mistakes with dropout raise no error; they only leave a symptom.",
        "Which code causes this one? Press your answer.",
        {"lab": "functional", "rate": "0.2"},
    ),
    Step(
        "claims",
        "Each claim of the article is judged by numbers that this app computes.",
        "Unfold the claim whose verdict surprises you most.",
        {"show": "all", "sort": "number"},
    ),
)


def query(number: int) -> dict[str, str]:
    """Return the query parameters of the link to this step."""
    return {**STEPS[number - 1].settings, TOUR: f"{number}"}
