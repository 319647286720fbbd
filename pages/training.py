"""The article's comparison on real digits: two nets, the same start, the same batches; one of them drops neurons."""

from dataclasses import replace

import streamlit as st

from dropout_core import reading, service, ui
from dropout_core.charts import curves
from dropout_core.datasets import DataError
from dropout_core.jobs import QUEUED, Job, QueueFull
from dropout_core.recipe import ARMS, DATA, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.settings import SettingError
from dropout_core.store import DONE, RUNNING, Comparison, StoreError

SIZES = (500, 1_000, 2_000, 4_000, 8_000, 12_000, 20_000, 40_000, 60_000)
LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
PARAMS = ("rate", "epochs", "images", "lr", "seed", "article")
VALIDATION = {"mnist": 10_000, "mnist-5k": 1_000}
KEPT = {"persist_state": "session"}  # a reader who leaves the page finds the controls, and so the run, as they were
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
    except (SettingError, StoreError) as error:
        st.error(f"Training is not possible here: {error}.", icon=":material/error:")
        return
    recipe = controls()
    buttons(recipe)
    running_elsewhere(recipe)
    job = service.engine().find(recipe.key)
    if job is not None and not job.finished:
        watch(recipe)
    else:
        settled(recipe, job)
    st.divider()
    how_it_is_done(recipe)


def controls() -> Recipe:
    """The recipe that the reader has set; its first values come from the link."""
    source, searching = service.data_source()
    sizes = [n for n in SIZES if n <= DATA[source.data]]
    first_values(sizes)
    note = "; looking for all 60,000 in the background" if searching and source.data != "mnist" else ""
    st.caption(f":material/dataset: Data: {source.described}{note}.")
    left, middle, right = st.columns(3, gap="large")
    rate = left.slider(
        "Rate p = P(drop)", 0.0, 0.95, step=0.05, key="rate", help="The chance that a hidden neuron is dropped.", **KEPT
    )
    epochs = middle.slider("Epochs", 1, 20, key="epochs", help="Passes over the training images.", **KEPT)
    images = right.select_slider("Training images", sizes, key="images", format_func="{:,}".format, **KEPT)
    with st.expander("Learning rate and seed", icon=":material/tune:"):
        left, right = st.columns(2, gap="large")
        lr = left.select_slider(
            "Adam's learning rate", LEARNING_RATES, key="lr", format_func=lambda v: f"{v:g}", **KEPT
        )
        seed = right.number_input("Seed", 0, 9999, key="seed", help="Decides weights, order and masks.", **KEPT)
    shown = {"rate": rate, "epochs": epochs, "images": images, "lr": lr, "seed": seed}
    ui.write_params(shown, {"rate": 0.5, "epochs": 5, "images": sizes[-1], "lr": 1e-3, "seed": 0})
    return Recipe(
        data=source.data, images=images, epochs=epochs, rate=round(rate, 2), learning_rate=lr, seeds=(int(seed),)
    )


def first_values(sizes: list[int]) -> None:
    """Set every control from the link, or to the article's value, the first time the page is seen."""
    if "rate" not in st.session_state:
        values = {
            "rate": round(round(ui.number_param("rate", 0.5, 0, 0.95) / 0.05) * 0.05, 2),
            "epochs": ui.number_param("epochs", 5, 1, 20),
            "images": nearest(ui.number_param("images", sizes[-1], sizes[0], sizes[-1]), sizes),
            "lr": nearest(ui.number_param("lr", 1e-3, LEARNING_RATES[0], LEARNING_RATES[-1]), LEARNING_RATES),
            "seed": ui.number_param("seed", 0, 0, 9999),
        }
        st.session_state.update(values)
        ui.show_param_notes(PARAMS)
    st.session_state["images"] = nearest(st.session_state["images"], sizes)


def nearest(value: float, choices) -> float:
    return min(choices, key=lambda choice: abs(choice - value))


def buttons(recipe: Recipe) -> None:
    engine, job = service.engine(), service.engine().find(recipe.key)
    busy = job is not None and not job.finished
    stored = engine.store.get(recipe.key)
    known = stored is not None and stored.status == DONE
    with st.container(horizontal=True):
        if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=busy or known):
            start(recipe)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy):
            engine.cancel(recipe.key)
            st.rerun()


def start(recipe: Recipe) -> None:
    try:
        st.session_state["mine"] = service.engine().submit(recipe)
    except QueueFull as error:
        st.warning(f"{error}.", icon=":material/hourglass:")
        return
    st.rerun()


def running_elsewhere(recipe: Recipe) -> None:
    """A way back to the comparison that this reader started and then moved the controls away from."""
    mine = st.session_state.get("mine")
    if mine is None or mine.finished or mine.recipe == recipe:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        r = mine.recipe
        st.info(f"Still running: rate {r.rate:g}, {r.epochs} epochs, {r.images:,} images.", icon=":material/pending:")
        st.button("Show it", on_click=show, args=(r,))


def show(recipe: Recipe) -> None:
    """Put the controls on this recipe."""
    st.session_state.update(rate=recipe.rate, epochs=recipe.epochs, images=recipe.images)
    st.session_state.update(lr=recipe.learning_rate, seed=recipe.seeds[0])


@st.fragment(run_every=REFRESH)
def watch(recipe: Recipe) -> None:
    """The running comparison, looked at twice a second; the page is run anew when it ends."""
    job = service.engine().find(recipe.key)
    if job is None or job.finished:
        st.rerun()
    st.progress(min(job.progress(), 1.0), text=progress_text(job))
    draw_curves(job.points(), recipe, live=True)


def progress_text(job: Job) -> str:
    if job.state == QUEUED:
        ahead = service.engine().place(job)
        return f"Waiting: {ahead} ahead." if ahead else "Waiting for a worker…"
    left = job.seconds_left()
    if left is None:
        return "Starting: the workers load the images…"
    device = service.engine().describe().get("device", "")
    return f"{job.progress():.0%}, about {left:.0f} s left, on the {device.upper() or 'CPU'}"


def draw_curves(points, recipe: Recipe, live: bool = False) -> None:
    """Four small charts; on a phone one below the other."""
    article = st.session_state.get("article", False)
    for pair in (("train", "accuracy"), ("eval", "val")):
        for column, measure in zip(st.columns(2, gap="large"), pair, strict=True):
            column.vega_lite_chart(
                curves.rows(points, measure, VALIDATION[recipe.data], article),
                curves.spec(measure, recipe.epochs),
                key=f"curve-{measure}",
                alt=curves.text_alternative(measure, points),
            )


def settled(recipe: Recipe, job: Job | None) -> None:
    """What is known of a recipe that is not running: its result, why it failed, or that it waits to be started."""
    if job is not None and job.message:
        st.error(job.message, icon=":material/error:")
    elif job is not None and job.state == "cancelled":
        st.info("Cancelled. Start again whenever you like.", icon=":material/stop:")
    found = service.engine().store.get(recipe.key)
    if found is not None and found.status == DONE:
        result(found)
    elif job is not None and len(job.points()):
        draw_curves(job.points(), recipe)
    elif found is not None and found.status not in (DONE, RUNNING) and job is None:
        st.info(f"An earlier attempt was {found.status}. {found.message}", icon=":material/history:")
    elif job is None:
        st.markdown("Press **Start training**: the curves grow while the two networks learn.")
    st.page_link("pages/overview.py", label="Back to the overview", icon=":material/arrow_back:")


def result(found: Comparison) -> None:
    """The finished comparison: curves, table, reading, disputed digits, provenance."""
    recipe = found.recipe
    st.toggle("Show what the article printed (hollow diamonds)", key="article", disabled=not is_articles(recipe))
    draw_curves(found.points, recipe)
    st.caption(
        "Lines: every quarter of an epoch, losses and accuracy on a fixed sample of the images. Large marks: all "
        f"{VALIDATION[recipe.data]:,} validation images, with one standard error of the accuracy. The article's losses "
        "are means over an epoch and stand at its middle."
    )
    st.header("What came out")
    table = reading.final_table(found.points, dict(zip(found.runs["arm"], found.runs["seconds"], strict=True)))
    st.table(readable(table))
    words_and_digits(found, table)
    downloads(found)


def readable(table):
    """The final table for the eye: a measure a row, a network a column."""
    places = {"validation accuracy, %": 2, "run time, s": 1}
    return table.T.apply(lambda row: row.map(lambda value: f"{value:.{places.get(row.name, 3)}f}"), axis=1)


def is_articles(recipe: Recipe) -> bool:
    return replace(recipe, seeds=(0,)) == Recipe()


@st.fragment
def words_and_digits(found: Comparison, table) -> None:
    """The reading, and the digits on which the nets disagree; this part alone needs the nets, and so torch."""
    recipe = found.recipe
    try:
        with st.spinner("Asking both nets about every validation image…"):
            outputs = {arm: arm_probabilities(recipe, arm) for arm in ARMS}
            digits = service.digits(recipe.data)
    except (StoreError, DataError) as error:
        st.warning(f"The digits cannot be shown: {error}.", icon=":material/warning:")
        outputs = None
    from dropout_core import predictions

    split = outputs and predictions.disagreement(*outputs.values(), digits.validation_labels)
    for sentence in reading.read(table, recipe.epochs, split):
        st.markdown(f"- {sentence}")
    if outputs:
        disputed_digits(outputs, digits)


def arm_probabilities(recipe: Recipe, arm: str):
    rate = recipe.rate if arm == DROPOUT else 0.0
    return service.probabilities(recipe.key, arm, recipe.seeds[0], rate, recipe.data)


def disputed_digits(outputs: dict, digits) -> None:
    from dropout_core import predictions

    st.header("Where the two disagree")
    chosen = predictions.most_disputed(outputs[NO_DROPOUT], outputs[DROPOUT], 12)
    if not len(chosen):
        st.markdown("They name every validation image the same.")
        return
    st.markdown("The validation images on which both are sure, and at least one is wrong.")
    with st.container(horizontal=True, gap="medium"):
        for i in chosen:
            digit_card(int(i), outputs, digits)


def digit_card(i: int, outputs: dict, digits) -> None:
    truth = int(digits.validation_labels[i])
    with st.container(width=150):
        st.image(255 - digits.validation_images[i], width=112, alt=f"Validation image {i}, a handwritten {truth}")
        lines = [f"**a {truth}**"]
        for arm in ARMS:
            said, sure = int(outputs[arm][i].argmax()), float(outputs[arm][i].max())
            mark = ":material/check:" if said == truth else ":material/close:"
            lines.append(f"{mark} {arm}: **{said}** ({sure:.0%})")
        st.caption("  \n".join(lines))


def downloads(found: Comparison) -> None:
    made = found.provenance
    st.caption(
        f"Made {found.ended} on {made.get('hardware', 'unknown hardware')} ({made.get('device', '?').upper()}), "
        f"torch {made.get('torch', '?')}, data {made.get('data', '?')} ({made.get('data_checksum', '?')}), "
        f"recipe {found.recipe.key}, seed {found.recipe.seeds[0]}."
    )
    with st.container(horizontal=True):
        csv = found.points.to_csv(index=False)
        st.download_button("History (CSV)", csv, f"dropout-{found.recipe.key}.csv", icon=":material/download:")
        card = found.recipe.to_json()
        st.download_button("Recipe (JSON)", card, f"dropout-{found.recipe.key}.json", icon=":material/download:")


def how_it_is_done(recipe: Recipe) -> None:
    with st.expander("Exactly what is trained", icon=":material/description:"):
        st.markdown(
            f"""
- Pixels are scaled to [−1, 1]. The nets are 784 → 256 → 128 → 10 with ReLU and PyTorch's default initialisation.
- The dropout net has inverted dropout at rate {recipe.rate:g} after its first and its second linear layer, *before*
  the ReLU.
- Adam at {recipe.learning_rate:g}, cross-entropy, batches of {recipe.batch}, {recipe.images:,} images,
  {recipe.epochs} epoch(s), seed {recipe.seeds[0]}.
- *Masks on* is the loss that the optimiser sees; *evaluation mode* drops nothing. Only the latter may be compared with
  validation: the first includes the harm that the masks do.
"""
        )
        st.code(MODEL, language="python")


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
