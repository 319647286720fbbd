"""The large chart of the training page, with the question or finding above, and guesses or progress below."""

import streamlit as st

from dropout_core.common.text import counted, duration, listed
from dropout_core.engine.job import QUEUED, Job
from dropout_core.experiments import final_values
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import POINTS_PER_EPOCH
from dropout_core.storage.store import StoreError
from dropout_core.topics.training import cached, headline
from dropout_core.topics.training.charts_comparison_data import MEASURES, View
from dropout_core.topics.training.controls_view import STATE, started
from dropout_core.topics.training.shown import Shown, look_up
from dropout_core.ui import components, server
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import small
from dropout_core.ui.page_state import current

_MIN_INTERVAL, _MAX_INTERVAL = 0.5, 2.0  # seconds between refreshes
_POINTS_PER_SECOND = 2000  # maximum number of points redrawn per second, assuming complete curves
TERMS = {"seed": "seed", "95 % interval": "95 % bands", "evaluation mode": "evaluation mode"}  # and their words
_ENOUGH_TO_ESTIMATE = 0.05  # fraction of a comparison that must be done before the time left is shown


def picture(shown: Shown) -> None:
    """Draw the question or finding, the choice of measure, the chart, and buttons to guess with."""
    asks = not STATE.revealed and (shown.same is not None or not shown.points.empty)
    st.header(headline.question(shown.recipe) if asks else title(shown, STATE.values["measure"]))
    names = {measure: m.name for measure, m in MEASURES.items()}
    st.segmented_control(
        "Measure",
        tuple(names),
        default=current("measure"),
        key="measure",
        format_func=lambda measure: names[measure],
        required=True,
        label_visibility="collapsed",
    )
    if not asks:
        text = legend(shown, st.session_state.measure)
        terms = [term for term, words in TERMS.items() if words in text]
        small(text, explain(*terms) if terms else None)
    with st.container(key="train_still" if asks or shown.running else "train_grow"):
        chart(shown, st.session_state.measure, asks)
    if asks:
        components.guess_buttons("train", headline.ANSWERS, STATE.reveal)


def chart(shown: Shown, measure: str, asks: bool) -> None:
    answers = measure == "accuracy" and not asks and shown.differences is not None  # the guess is about accuracy
    guess = STATE.values["guess"] if answers else ""
    pinned = headline.answer(guess, shown.differences[final_values.ACCURACY]) if guess and shown.differences else ""
    article = is_the_articles(shown.recipe) and not asks
    view = View(shown.recipe.epochs, shown.near is not None, not shown.running, article)
    cached.draw_curves(shown.recorded, shown.points, measure, view, asks, pinned, shown.mine)


def title(shown: Shown, measure: str) -> str:
    """State the finding or, if there is none, describe the chart."""
    if shown.differences is not None and shown.differences[final_values.ACCURACY].n:
        return headline.finding(shown.differences[headline.OUTCOMES[measure].final], measure, shown.recipe)
    if shown.near is not None and shown.points.empty:
        return f"Not trained yet; the faint curves show the nearest preset, “{shown.near.name}”"
    return "Training in progress" if shown.running else "These runs are incomplete"


def is_the_articles(recipe: Recipe) -> bool:
    """Whether the recipe is the article's, whatever its seeds."""
    return recipe.without_seeds() == Recipe()


def legend(shown: Shown, measure: str) -> str:
    """Explain the curves in one line."""
    parts = []
    if shown.recorded is not None:
        whose, recipe = f"“{shown.near.name}”, " if shown.near else "", shown.recorded.recipe
        images, seeds = counted(recipe.images, "image"), counted(len(recipe.seeds), "recorded seed")
        parts.append(f"{whose}{images}, {seeds}: means, 95 % bands, single runs (thin)")
    if not shown.points.empty:
        own = [f"{seed}" for seed in shown.points["seed"].unique()]
        many = "s" * (len(own) > 1)
        whose = "your" if shown.mine else f"{'stored runs' if many else 'a stored run'} of this recipe,"
        parts.append(f"bold: {whose} seed{many} {listed(own)}")
    if is_the_articles(shown.recipe) and MEASURES[measure].article:
        where = " (means over an epoch, drawn at its middle)" if MEASURES[measure].shift else ""
        parts.append(f"diamonds: the article’s values{where}")
    if measure == "loss":
        parts.append("shaded: the gap from training loss (dotted) to validation loss; a wide gap means overfitting")
    if measure == "training":
        parts.append(
            "masks raise this loss, because they thin the net; to compare both nets in evaluation mode, choose Loss"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def watch(recipe: Recipe) -> None:
    """Refresh the running comparison until it ends, then rerun the page."""
    points = POINTS_PER_EPOCH * recipe.epochs * len(recipe.runs())
    seconds = min(max(_MIN_INTERVAL, points / _POINTS_PER_SECOND), _MAX_INTERVAL)
    st.fragment(_refresh, run_every=seconds)(recipe)


def _refresh(recipe: Recipe) -> None:
    try:
        shown = look_up(recipe, server.engine(), started(recipe))
    except StoreError as error:  # the run goes on meanwhile, and the next refresh tries again
        st.error(f"The curves cannot be shown at the moment: {error}.", icon=":material/error:")
        return
    if shown.job is None or shown.job.finished:
        st.rerun()
    STATE.read_controls()
    picture(shown)
    st.progress(min(shown.job.progress(), 1.0), text=progress_text(shown.job))


def progress_text(job: Job) -> str:
    """Write the progress bar's text: the position in the queue, or the fraction done and the time left."""
    if job.state == QUEUED:
        ahead = server.engine().place(job)
        return f"Waiting: {counted(ahead, 'comparison')} ahead." if ahead else "Waiting for a worker…"
    left, done = job.seconds_left(), job.progress()
    if left is None:
        return "Starting: the workers are loading the images…"
    device = server.engine().describe().get("device", "")
    when = "estimating the time left" if job.fresh() < _ENOUGH_TO_ESTIMATE else f"about {duration(left)} left"
    return f"{100 * done:.0f} %, {when}, on the {device.upper() or 'CPU'}"
