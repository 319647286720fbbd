"""The article's comparison on real digits: two nets, the same start, the same batches; one of them drops neurons."""

from dataclasses import replace

import streamlit as st

from dropout_core import reading, service, stats, ui
from dropout_core.card import CardError, recipe_of
from dropout_core.jobs import QUEUED, Job, Refused
from dropout_core.predictions import disagreement
from dropout_core.presets import PRESETS, judge_guess, preset_of
from dropout_core.recipe import Recipe
from dropout_core.recipe_ui import can_show, put, recipe_controls
from dropout_core.result_ui import (
    disputed_digits,
    draw_curves,
    draw_differences,
    explain_curves,
    outputs,
    provenance,
)
from dropout_core.settings import SettingError
from dropout_core.stats import VERDICTS
from dropout_core.store import DONE, RUNNING, Comparison, StoreError

REFRESH = 0.5  # seconds between two looks at a running comparison


def main() -> None:
    ui.open_page()
    st.title("Train on MNIST")
    st.markdown(
        "Two networks learn to read handwritten digits. They begin from the **same weights** and see the **same "
        "batches**; one of them drops neurons. Which one reads digits better that it has never seen?"
    )
    try:
        for notice in service.engine().store.notices:
            st.warning(notice, icon=":material/healing:")
        recipe = controls()
        compare(recipe)
    except (SettingError, StoreError) as error:
        st.error(f"Training is not possible here: {error}.", icon=":material/error:")
        return
    st.divider()
    how_it_is_done(recipe)
    st.page_link("pages/rates.py", label="Which rate, for which net?", icon=":material/arrow_forward:")


def controls() -> Recipe:
    """Which data there are, and the recipe that the reader has set."""
    source, searching = service.data_source()
    presets(source.data)
    recipe = recipe_controls(source.data)
    if (preset := preset_of(recipe)) is not None:
        st.markdown(f":material/visibility: **{preset.name}.** {preset.look_for}")
    repeat_a_card(source.data)
    note = "; looking for all 60,000 in the background" if searching and source.data != "mnist" else ""
    st.markdown(f":small[:material/dataset: Data: {source.described}{note}.]")
    return recipe


def presets(data: str) -> None:
    """Comparisons that each show one thing, at a press; each sets all the controls."""
    with st.container(horizontal=True, gap="small"):
        for preset in PRESETS:
            st.button(preset.name, on_click=put, args=(preset.recipe(data),), help=preset.look_for)


def repeat_a_card(data: str) -> None:
    """Set the controls by a run card that somebody downloaded here; what is in it is data and nothing else."""
    with st.expander("Repeat a run card", icon=":material/upload_file:"):
        file = st.file_uploader("Run card or recipe (JSON)", type="json", max_upload_size=1)
        if file is None:
            return
        try:
            recipe = recipe_of(file.getvalue())
        except CardError as error:
            st.error(f"This file cannot be used: {error}.", icon=":material/error:")
            return
        if recipe.data != data:
            st.error("It was made with other images than this server has.", icon=":material/error:")
        elif not can_show(recipe):
            command = "python -m dropout_core train --recipe card.json"
            st.error(f"The controls cannot show all of it. `{command}` repeats it exactly.", icon=":material/error:")
        else:
            st.button("Set the controls to it", on_click=put, args=(recipe,))


def compare(recipe: Recipe) -> None:
    """The buttons, and below them the comparison: running, finished, or not yet begun."""
    engine = service.engine()
    job, found = engine.find(recipe.key), engine.store.get(recipe.key)
    busy = job is not None and not job.finished
    finished = found is not None and found.status == DONE
    buttons(recipe, busy, finished)
    running_elsewhere(recipe)
    if (busy or finished) and not guessed(recipe):
        return
    if busy:
        watch(recipe)
        return
    if job is not None and job.message:
        st.error(job.message, icon=":material/error:")
    if finished:
        result(found)
    else:
        unfinished(recipe, job, found)


def buttons(recipe: Recipe, busy: bool, known: bool) -> None:
    with st.container(horizontal=True):
        if ui.start_button("Start training", busy, known):
            start(recipe)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy):
            service.engine().cancel(recipe.key)
            st.rerun()
        st.toggle("Let me guess first", key="guess_first", help="Hides the curves until you have guessed.")


def start(recipe: Recipe) -> None:
    try:
        st.session_state["mine"] = service.engine().submit(recipe, ui.visitor())
    except Refused as error:
        st.warning(f"{error}.", icon=":material/hourglass:")
        return
    st.rerun()


def guessed(recipe: Recipe) -> bool:
    """Whether the curves may be shown: the reader has guessed, or does not want to."""
    guesses = st.session_state.setdefault("guesses", {})
    if not st.session_state.get("guess_first") or recipe.key in guesses:
        return True
    question = "Which network will read more of the validation images right?"
    guess = st.radio(question, VERDICTS, index=None, key=f"guess-{recipe.key}")
    if guess is not None:
        guesses[recipe.key] = guess
    return guess is not None


def running_elsewhere(recipe: Recipe) -> None:
    """A way back to the comparison that this reader started and then moved the controls away from."""
    mine = st.session_state.get("mine")
    if mine is None or mine.finished or mine.recipe == recipe:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        r = mine.recipe
        st.info(f"Still running: rate {r.rate:g}, {r.epochs} epochs, {r.images:,} images.", icon=":material/pending:")
        st.button("Show it", on_click=put, args=(r,))


@st.fragment(run_every=REFRESH)
def watch(recipe: Recipe) -> None:
    """The running comparison, looked at twice a second; the page is run anew when it ends."""
    job = service.engine().find(recipe.key)
    if job is None or job.finished:
        st.rerun()
    st.progress(min(job.progress(), 1.0), text=progress_text(job))
    draw_curves(job.points(), recipe)


def progress_text(job: Job) -> str:
    if job.state == QUEUED:
        ahead = service.engine().place(job)
        return f"Waiting: {ahead} ahead." if ahead else "Waiting for a worker…"
    left = job.seconds_left()
    if left is None:
        return "Starting: the workers load the images…"
    device = service.engine().describe().get("device", "")
    return f"{job.progress():.0%}, about {left:.0f} s left, on the {device.upper() or 'CPU'}"


def unfinished(recipe: Recipe, job: Job | None, found: Comparison | None) -> None:
    """What is known of a recipe that has no result: how far an earlier attempt came, or that it waits to be started."""
    if job is not None and job.state == "cancelled":
        st.info("Cancelled. Start again whenever you like.", icon=":material/stop:")
    elif job is None and found is not None and found.status != RUNNING:
        done = len(recipe.runs()) - len(found.missing)
        kept = f" {done} of {len(recipe.runs())} runs are finished; Start goes on with the rest." if done else ""
        st.info(f"An earlier attempt was {found.status}. {found.message}{kept}", icon=":material/history:")
    elif job is None:
        st.markdown("Press **Start training**: the curves grow while the two networks learn.")
    points = job.points() if job is not None else found.points if found is not None else ()
    if len(points):
        draw_curves(points, recipe)


def result(found: Comparison) -> None:
    """The finished comparison: curves, table, reading, disputed digits, provenance."""
    recipe = found.recipe
    articles = replace(recipe, seeds=(0,)) == Recipe()
    article = articles and st.toggle(
        "Show what the article printed (hollow diamonds)",
        key="article",
        help="Its losses are means over an epoch, so they stand at the epoch's middle.",
    )
    draw_curves(found.points, recipe, article)
    explain_curves(recipe)
    st.header("What came out")
    st.table(reading.shown_table(found.points, found.runs))
    words_and_digits(found)
    provenance(found)


@st.fragment
def words_and_digits(found: Comparison) -> None:
    """The reading, and the digits on which the nets disagree."""
    asked = outputs(found.recipe)
    split = None
    if asked is not None:
        split = disagreement(*asked[0].values(), asked[1].validation_labels)
    seconds = found.runs.groupby("arm")["seconds"].mean().to_dict()
    by_seed = reading.differences(found.points)
    table = reading.final_table(found.points, seconds)
    for sentence in reading.read(table, found.recipe.epochs, split, by_seed):
        st.markdown(f"- {sentence}")
    if guess := st.session_state.get("guesses", {}).get(found.recipe.key):
        verdict = stats.verdict(by_seed["validation accuracy, %"], higher_is_better=True)
        st.success(judge_guess(guess, verdict, len(found.recipe.seeds)), icon=":material/psychology:")
    draw_differences(by_seed)
    if asked is not None:
        st.header("Where the two disagree")
        disputed_digits(*asked)


def how_it_is_done(recipe: Recipe) -> None:
    with st.expander("Exactly what is trained", icon=":material/description:"):
        layers = " → ".join(map(str, (784, *recipe.hidden, 10)))
        st.markdown(
            f"""
- Pixels are scaled to [−1, 1]. The nets are {layers} with ReLU and PyTorch's default initialisation.
- The dropout net has inverted dropout at rate {recipe.rate:g} after every linear layer but the last, *before* the ReLU.
- {recipe.optimiser.capitalize()} at {recipe.learning_rate:g}, cross-entropy, batches of {recipe.batch},
  {recipe.images:,} images, {recipe.epochs} epoch(s).
- *Masks on* is the loss that the optimiser sees; *evaluation mode* drops nothing. Only the latter may be compared with
  validation: the first includes the harm that the masks do.
"""
        )
        st.code(MODEL, language=None, wrap_lines=True)  # the colours of syntax fail contrast checks


MODEL = """class MLP(nn.Module):
    def __init__(self, rate):                # rate = P(drop); 0 is the net without dropout
        super().__init__()
        self.first = nn.Linear(784, 256)
        self.second = nn.Linear(256, 128)
        self.last = nn.Linear(128, 10)
        self.dropout = nn.Dropout(rate)

    def forward(self, images):
        h = torch.relu(self.dropout(self.first(images.flatten(1))))
        h = torch.relu(self.dropout(self.second(h)))
        return self.last(h)"""

main()
