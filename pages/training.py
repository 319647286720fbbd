"""The article's comparison on real digits: two nets, the same start, the same batches; one of them drops neurons."""

from dataclasses import replace

import streamlit as st

from dropout_core.common.settings import SettingError
from dropout_core.common.text import counted, sentence
from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import NO_TORCH, EngineError, Job, Refused, obstacle
from dropout_core.experiments import final_values
from dropout_core.experiments.recipe import Recipe
from dropout_core.export.run_card import CardError, recipe_of
from dropout_core.numerics.verdicts import COMPARISON_TEXT, improves
from dropout_core.reference import records
from dropout_core.storage.store import CANCELLED, DONE, FAILED, RUNNING, Comparison, StoreError
from dropout_core.topics.training import recipe_text, time_estimate
from dropout_core.topics.training.controls_view import can_show, recipe_controls, set_controls
from dropout_core.topics.training.predictions import disagreement
from dropout_core.topics.training.presets import PRESETS, Preset, judge_guess, preset_of
from dropout_core.topics.training.result_view import (
    disputed_digits,
    draw_curves,
    draw_differences,
    explain_curves,
    explain_table,
    outputs,
    provenance,
)
from dropout_core.topics.training.running_view import running_elsewhere, watch
from dropout_core.ui import components, data_source, navigation, server
from dropout_core.ui.layout import small

LATEST = 8  # finished comparisons whose pace is known


def main() -> None:
    navigation.open_page()
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
    """Which data there are, and the recipe that the reader has set."""
    source = data_source.source("training")
    presets(source.data)
    recipe = recipe_controls(source.data)
    if (preset := preset_of(recipe)) is not None:
        st.markdown(f":material/visibility: **{preset.name}.** {preset.look_for}{named_article(preset)}")
    repeat_a_card()
    data_source.note(source)
    return recipe


def presets(data: str) -> None:
    """Comparisons that each show one thing, at a press; each sets all the controls."""
    with st.container(horizontal=True, gap="small"):
        for preset in PRESETS:
            about = preset.look_for + named_article(preset)
            st.button(preset.name, on_click=set_controls, args=(preset.recipe(data),), help=about)


def named_article(preset: Preset) -> str:
    """Which article, where the preset speaks of it."""
    return f" The article: {ARTICLE}." if "article" in preset.name else ""


def repeat_a_card() -> None:
    """Set the controls by a run card that somebody downloaded here; what is in it is data and nothing else."""
    with st.expander("Repeat a run card", icon=":material/upload_file:"):
        file = st.file_uploader("Run card or recipe (JSON)", type="json", max_upload_size=1)
        if file is None:
            return
        try:
            recipe = recipe_of(file.getvalue())
        except CardError as error:
            what = f"This is no run card of this app ({error})"
            st.error(f"{what}. Choose a file that was saved with **Run card (JSON)**.", icon=":material/error:")
            return
        if recipe.data not in (data_source.FEW, server.best_source()[0].data):
            st.error("It was made with other images than this server has.", icon=":material/error:")
        elif not can_show(recipe):
            command = "python -m dropout_core train --recipe card.json"
            st.error(f"The controls cannot show all of it. `{command}` repeats it exactly.", icon=":material/error:")
        else:
            st.button("Set the controls to it", on_click=data_source.show, args=(recipe,))


def compare(recipe: Recipe) -> None:
    """The buttons, and below them the comparison: running, finished, or not yet begun."""
    engine = server.engine()
    job, found = engine.find(recipe.key), engine.store.get(recipe.key)
    busy = job is not None and not job.finished
    finished = found is not None and found.status == DONE
    buttons(recipe, busy, finished)
    running_elsewhere(recipe)
    reference = None if busy or finished or job is not None else records.by_key(recipe.key)
    if (busy or finished or reference) and not guessed(recipe):
        return
    if busy:
        watch(recipe)
        return
    if job is not None and job.message:
        st.error(job.message, icon=":material/error:")
    if finished:
        result(found)
    elif reference is not None:
        st.info(
            "Made beforehand, and kept with this app: a reference run. Start trains it here as well, with more points "
            "on the lines and the digits on which the two nets disagree.",
            icon=":material/inventory_2:",
        )
        result(reference, weights=False)
    else:
        unfinished(recipe, job, found)


def buttons(recipe: Recipe, busy: bool, known: bool) -> None:
    with st.container(horizontal=True):
        pressed = components.start_button("Start training", busy, known)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy):
            server.engine().cancel(recipe.key)
            st.rerun()
        st.toggle(
            "Let me guess first", key="guess_first", help="Hides the curves until you have guessed.", **components.KEPT
        )
        components.known_note(known)
    if pressed:
        start(recipe)
    if st.session_state.get("guess_first") and len(recipe.seeds) < 2:
        small("No guess with one seed: it could not be judged. Take two or more.")


def start(recipe: Recipe) -> None:
    try:
        st.session_state.setdefault("mine", {})[recipe.key] = server.engine().submit(recipe, server.visitor())
        server.keep_source()
    except (Refused, EngineError) as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    st.rerun()


def guessed(recipe: Recipe) -> bool:
    """Whether the curves may be shown: the reader has guessed, or does not want to, or one seed could not judge it."""
    guesses = st.session_state.setdefault("guesses", {})
    if not st.session_state.get("guess_first") or recipe.key in guesses or len(recipe.seeds) < 2:
        return True
    question = "Which network will read more of the validation images right?"
    guess = st.radio(question, COMPARISON_TEXT, index=None, format_func=COMPARISON_TEXT.get, key=f"guess-{recipe.key}")
    if guess is not None:
        guesses[recipe.key] = guess
        st.rerun()  # the question has been answered
    return False


def unfinished(recipe: Recipe, job: Job | None, found: Comparison | None) -> None:
    """What is known of a recipe that has no result: how far an earlier attempt came, or that it waits to be started."""
    points = job.points() if job is not None else found.points if found is not None else ()
    state = job.state if job is not None else found.status if found is not None else None
    if state is None or state == RUNNING:  # running, but not here: another server shares the store
        st.markdown(f"Press **Start training**: the curves grow while the two networks learn.{time_needed(recipe)}")
        made_beforehand(recipe)
    elif state != DONE:  # done and not found: the store failed, which the job's message has said
        said = "Cancelled" if state == CANCELLED else f"An earlier attempt {'' if state == FAILED else 'was '}{state}"
        message = f" {sentence(found.message)}" if job is None and found is not None and found.message else ""
        st.info(f"{said}.{message} {resumption(recipe, found, len(points) > 0)}", icon=":material/history:")
    if len(points):
        draw_curves(points, recipe)


def made_beforehand(recipe: Recipe) -> None:
    """A way to the reference runs of the same comparison with other seeds."""
    if (made := records.like(recipe)) is not None:
        label = f"Show {counted(len(made.seeds), 'seed')} made beforehand"
        st.button(label, icon=":material/inventory_2:", on_click=set_controls, args=(made,))


def time_needed(recipe: Recipe) -> str:
    """How long it may take on this machine, where one like it was trained here lately; else nothing."""
    engine = server.engine()
    if engine.settings.scheduler or engine.describe().get("device", "cpu") != "cpu":
        return ""  # other machines have another pace, and a GPU trains all runs at once
    latest = filter(None, map(comparison, engine.store.keys()[:LATEST]))
    seconds = time_estimate.expected(recipe, latest, engine.settings.workers)
    return (
        "" if seconds is None else f" It takes {time_estimate.in_words(seconds)} on this machine, going by one like it."
    )


@st.cache_resource(max_entries=LATEST, show_spinner=False)
def comparison(key: str) -> Comparison | None:
    try:
        return server.engine().store.get(key)
    except StoreError:  # one that another version has written: an estimate can do without it
        return None


def resumption(recipe: Recipe, found: Comparison | None, drawn: bool) -> str:
    """What Start will do after an attempt that did not come to its end."""
    total = len(recipe.runs())
    done = total - len(found.missing) if found is not None else 0
    partial = "The curves are partial. " if drawn else ""
    if not done:
        return f"{partial}No run was finished, so Start begins anew."
    return f"{partial}{done} of {total} runs are finished and kept; Start trains the others from their beginnings."


def result(found: Comparison, weights: bool = True) -> None:
    """The finished comparison: curves, table, reading, disputed digits (where there are weights), provenance."""
    recipe = found.recipe
    articles = replace(recipe, seeds=(0,)) == Recipe()
    article = articles and st.toggle(
        "Show what the article printed (hollow diamonds)",
        key="article",
        help=f"{ARTICLE}. Its losses are means over an epoch, so they stand at the epoch's middle.",
    )
    draw_curves(found.points, recipe, article, ended=True)
    explain_curves(recipe, reference=not weights)
    st.header("What came out")
    if recipe.patience:
        st.markdown(final_values.stopping(found.points, recipe))
    st.table(final_values.shown_table(found.points, found.runs, best=recipe.patience > 0))
    explain_table(recipe)
    words_and_digits(found, weights)
    provenance(found)


@st.fragment
def words_and_digits(found: Comparison, weights: bool) -> None:
    """The reading, and the digits on which the nets disagree."""
    recipe, asked = found.recipe, outputs(found.recipe) if weights else None
    split = None
    if asked is not None:
        split = disagreement(*asked[0].values(), asked[1].labels)
    seconds = found.runs.groupby("arm")["seconds"].mean().to_dict()
    by_seed = final_values.differences(found.points, best=recipe.patience > 0)
    table = final_values.final_table(found.points, seconds, best=recipe.patience > 0)
    for line in final_values.read(table, recipe, split, by_seed):
        st.markdown(f"- {line}")
    if guess := st.session_state.get("guesses", {}).get(recipe.key):
        verdict = improves(by_seed["validation accuracy, %"], higher_is_better=True)
        say = st.success if guess == verdict else st.info
        say(judge_guess(guess, verdict, len(recipe.seeds)), icon=":material/psychology:")
    draw_differences(by_seed)
    if asked is not None:
        st.header("Where the two disagree")
        disputed_digits(*asked, recipe)


def how_it_is_done(recipe: Recipe) -> None:
    with st.expander("Exactly what is trained", icon=":material/description:"):
        st.markdown(recipe_text.described(recipe))
        components.code(recipe_text.code(recipe))


main()
