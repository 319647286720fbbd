"""The article's comparison on real digits: two nets with the same initial weights and batches, one with dropout."""

from dataclasses import replace

import streamlit as st

from dropout_core.common.settings import SettingError
from dropout_core.common.text import duration, sentence
from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import NO_TORCH, EngineError, Job, Refused, obstacle
from dropout_core.experiments import final_values
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import COMPARISON_TEXT, TAKE_FIVE, improves
from dropout_core.reference import records
from dropout_core.storage.store import CANCELLED, DONE, FAILED, INTERRUPTED, RUNNING, Comparison, StoreError
from dropout_core.topics.training import cached, findings, recipe_text, time_estimate
from dropout_core.topics.training.controls_view import recipe_controls
from dropout_core.topics.training.other_comparisons_view import (
    precomputed_button,
    preset_buttons,
    question,
    run_card_upload,
    running_elsewhere,
)
from dropout_core.topics.training.presets import judge_guess, preset_of
from dropout_core.topics.training.result_view import (
    disputed_digits,
    draw_curves,
    draw_differences,
    explain_curves,
    explain_table,
    outputs,
    provenance,
)
from dropout_core.topics.training.running_view import watch
from dropout_core.ui import components, data_source, navigation, server
from dropout_core.ui.layout import small

ATTEMPTS = {
    CANCELLED: "Cancelled",
    FAILED: "An earlier attempt failed",
    INTERRUPTED: "An earlier attempt was interrupted",
}


def main() -> None:
    st.title("Train on MNIST")
    st.markdown(
        "Two networks learn to read handwritten digits. They begin from the **same weights** and see the **same "
        "batches**; one of them drops neurons. Which one reads digits better that it has never seen?"
    )
    try:
        for notice in server.engine().store.notices:
            st.warning(notice, icon=":material/healing:")
        if obstacle(server.settings()) == NO_TORCH:
            st.info(sentence(NO_TORCH), icon=":material/download:")
        recipe = controls()
        compare(recipe)
    except (SettingError, StoreError) as error:
        st.error(f"Training is not possible here: {error}.", icon=":material/error:")
        return
    st.divider()
    how_it_is_done(recipe)
    navigation.next_page("training")
    components.keyboard(recipe_text.code(recipe))


def controls() -> Recipe:
    """Draw the controls of the recipe and other ways to set it, and return the recipe."""
    source = data_source.source()
    preset_buttons(source.data)
    recipe = recipe_controls(source.data)
    if (preset := preset_of(recipe)) is not None:
        st.markdown(f":material/visibility: **{preset.name}.** {question(preset)}")
    run_card_upload()
    data_source.note(source)
    return recipe


def compare(recipe: Recipe) -> None:
    """Draw the buttons and, below them, the comparison: running, finished, precomputed or unfinished."""
    engine = server.engine()
    job, stored = engine.find(recipe.key), engine.store.get(recipe.key)
    running = job is not None and not job.finished
    finished = stored if stored is not None and stored.status == DONE else None
    buttons(recipe, running, finished is not None)
    running_elsewhere(recipe)
    precomputed = records.by_key(recipe.key) if job is None and finished is None else None
    shown = not (running or finished or precomputed) or guessed(recipe)
    if running:
        watch(recipe, shown)
    if running or not shown:
        return
    if job is not None and job.message:
        st.error(job.message, icon=":material/error:")
    if finished is not None:
        result(finished)
    elif precomputed is not None:
        st.info(
            "Made beforehand, and kept with this app: a reference run. Start trains it here as well, with more points "
            "on the lines and the digits on which the two nets disagree.",
            icon=":material/inventory_2:",
        )
        result(precomputed, weights=False)
    else:
        unfinished(recipe, job, stored)


def buttons(recipe: Recipe, busy: bool, known: bool) -> None:
    with st.container(horizontal=True):
        pressed = components.start_button("Start training", busy, known)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy):
            server.engine().cancel(recipe.key)
            st.rerun()
        st.toggle(
            "Let me guess first",
            key="guess_first",
            help="Hides the curves until you have guessed.",
            persist_state="session",
        )
        components.known_note(known)
    if pressed:
        start(recipe)
    if st.session_state.get("guess_first") and len(recipe.seeds) < FEWEST:
        small(f"So few seeds cannot judge a guess. {TAKE_FIVE}")


def start(recipe: Recipe) -> None:
    try:
        st.session_state.setdefault("mine", {})[recipe.key] = server.engine().submit(recipe, server.visitor())
        server.keep_source()
    except (Refused, EngineError) as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    st.rerun()


def guessed(recipe: Recipe) -> bool:
    """Whether to show the curves: if no guess was asked for, the reader has guessed, or there are too few seeds."""
    guesses = st.session_state.setdefault("guesses", {})
    if not st.session_state.get("guess_first") or recipe.key in guesses or len(recipe.seeds) < FEWEST:
        return True
    question = "Which network will read more of the validation images right?"
    guess = st.radio(question, COMPARISON_TEXT, index=None, format_func=COMPARISON_TEXT.get, key=f"guess-{recipe.key}")
    if guess is not None:
        guesses[recipe.key] = guess
        st.rerun()  # removes the question, which has been answered
    return False


def unfinished(recipe: Recipe, job: Job | None, stored: Comparison | None) -> None:
    """Show a comparison without a result: an invitation to start it, or how far an earlier attempt got."""
    if job is not None:  # compare() has already shown the job's message
        state, points, message = job.state, job.points(), ""
    elif stored is not None:
        state, points, message = stored.status, stored.points, stored.message
    else:
        invitation(recipe)
        return
    if state == RUNNING:  # running on another server that uses the same store
        invitation(recipe)
    elif state != DONE:  # a job that is done but not stored could not be saved; its message says so
        details = f" {sentence(message)}" if message else ""
        text = f"{ATTEMPTS[state]}.{details} {resumption(recipe, stored, not points.empty)}"
        st.info(text, icon=":material/history:")
    if not points.empty:
        draw_curves(points, recipe)


def invitation(recipe: Recipe) -> None:
    st.markdown(f"Press **Start training**: the curves grow while the two networks learn.{time_needed(recipe)}")
    precomputed_button(recipe)


def time_needed(recipe: Recipe) -> str:
    """State the expected training time if this machine recently trained a similar comparison. Otherwise returns ""."""
    engine = server.engine()
    if engine.settings.scheduler or engine.describe().get("device", "cpu") != "cpu":
        return ""  # other machines differ in speed, and a GPU trains all runs in parallel
    seconds = time_estimate.expected(recipe, cached.latest(), engine.settings.workers)
    if seconds is None:
        return ""
    return f" It takes about {duration(seconds)} on this machine, judging by a similar one."


def resumption(recipe: Recipe, stored: Comparison | None, drawn: bool) -> str:
    """Describe what Start does after an unfinished attempt."""
    total = len(recipe.runs())
    done = total - len(stored.missing) if stored is not None else 0
    partial = "The curves are partial. " if drawn else ""
    if not done:
        return f"{partial}No run was finished, so Start begins anew."
    return f"{partial}{done} of {total} runs are finished and kept; Start trains the others from their beginnings."


def result(comparison: Comparison, weights: bool = True) -> None:
    """Show a finished comparison: curves, table, verdicts, provenance and, if weights are stored, disputed digits."""
    recipe, best = comparison.recipe, comparison.recipe.patience > 0
    is_the_articles = replace(recipe, seeds=(0,)) == Recipe()
    article = is_the_articles and st.toggle(
        "Show what the article printed (hollow diamonds)",
        key="article",
        help=f"{ARTICLE}. Its losses are means over an epoch, so they stand at the epoch's middle.",
    )
    draw_curves(comparison.points, recipe, article, ended=True)
    explain_curves(recipe, reference=not weights)
    st.header("What came out")
    if recipe.patience:
        st.markdown(findings.stopping(comparison.points, recipe))
    st.table(findings.shown_table(comparison.points, comparison.runs, best=best))
    explain_table(recipe)
    verdicts_and_digits(comparison, weights)
    provenance(comparison)


@st.fragment
def verdicts_and_digits(comparison: Comparison, weights: bool) -> None:
    """Show the verdicts, the differences by seed, and the digits on which the nets disagree."""
    recipe, best = comparison.recipe, comparison.recipe.patience > 0
    answers = outputs(recipe) if weights else None
    seconds = {str(arm): float(mean) for arm, mean in comparison.runs.groupby("arm")["seconds"].mean().items()}
    by_seed = final_values.differences(comparison.points, best=best)
    table = final_values.final_table(comparison.points, seconds, best=best)
    for line in findings.read(table, recipe, by_seed):
        st.markdown(f"- {line}")
    if guess := st.session_state.get("guesses", {}).get(recipe.key):
        verdict = improves(by_seed["validation accuracy, %"], higher_is_better=True)
        say = st.success if guess == verdict else st.info
        say(judge_guess(guess, verdict), icon=":material/psychology:")
    draw_differences(by_seed)
    if answers is not None:
        st.header("Where the two disagree")
        disputed_digits(*answers, recipe)


def how_it_is_done(recipe: Recipe) -> None:
    with st.expander("Exactly what is trained", icon=":material/description:"):
        st.markdown(recipe_text.described(recipe))
        components.code(recipe_text.code(recipe))


main()
