"""The neurons page shows what features neurons learn, how often they fire, and the cost of removing them."""

import numpy as np
import streamlit as st

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import FEWEST
from dropout_core.reference import nets
from dropout_core.topics.neurons import cached, features, findings, reconstruction, tiles
from dropout_core.topics.neurons.controls_view import GUESSES, STATE, TILES, reveal
from dropout_core.topics.neurons.findings import ablation_verdict
from dropout_core.topics.neurons.seeds_view import figures, many_seeds
from dropout_core.ui import components, navigation
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import cached_output, draw, draw_reporting, expander, small, two_columns
from dropout_core.ui.page_state import current


def question() -> None:
    """Show the question or, once revealed, the finding and the answer to the reader's guess."""
    costs = {arm: each.accuracy_cost.max() for arm, each in cached.costs().items()}
    if not STATE.revealed:
        st.header("Remove each net’s most costly neuron: which net loses more accuracy?")
        return
    without, with_ = (f"{costs[arm]:.1f}" for arm in ARMS)
    st.header(f"Losing the most costly neuron costs {without} points without dropout, {with_} with dropout")
    if guess := STATE.values["guess"]:
        loses_more = "same" if without == with_ else "none" if costs[NO_DROPOUT] > costs[DROPOUT] else "dropout"
        answer = "right" if guess == loses_more else "wrong"
        st.markdown(f"Your guess: {GUESSES[guess].lower()} – **{answer}** for these two nets.")


@st.fragment
def both_nets() -> None:
    """Show the tiles of both nets. The reader removes neurons in the browser, which reports them after a pause."""
    visit = f"{navigation.visit()} {STATE.values['show']}"
    settings = {
        "revealed": STATE.revealed,
        "settings": dict(zip([TILES], STATE.first_values(TILES, chart=visit), strict=True)),
        "visit": visit,
    }
    if report := components.neuron_tiles("neurons_tiles", cached.tiles_data(), settings):
        STATE.apply_chart_report({TILES: [report]})


def the_tiles() -> None:
    """Explain the tiles, and report the results of ten other pairs of nets."""
    recipe = nets.load(NO_DROPOUT).recipe
    small(
        f"The tiles show the {tiles.LIVE} first-layer neurons whose removal costs most, and {tiles.DEAD} dead "
        "neurons, whose removal changes nothing. Point at a tile to see the images that excite it most. On a phone, "
        "tapping a tile shows them too, and a second tap brings the neuron back. Both nets were trained on the same "
        f"{recipe.images:,} images and tested on {cached.tested():,} others."
    )
    if STATE.revealed:
        verdict = ablation_verdict()
        st.markdown(
            "With dropout, no neuron can rely on another that may be dropped at any time (such reliance is called "
            f"**co-adaptation**), so the work is spread over many neurons. {figures(verdict)} These are means over "
            f"{verdict.difference.n} other pairs of nets, each trained on {findings.images('article'):,} images.",
            help=explain("95 % interval"),
        )
        expander("How many pixels neurons use, and how often they fire", tiles_in_numbers, icon="functions")


def tiles_in_numbers() -> None:
    small(cached.about_tiles())


def the_features() -> None:
    recipe, provenance = features.numbers()["recipe"], features.numbers()["provenance"]
    silent = {arm: values[0] for arm, values in features.by_seed("silent").items()}
    st.markdown(
        f"An autoencoder must reconstruct its input from {recipe['hidden']} activations. Each square shows what one "
        "neuron looks for: ink on light pixels excites it, and ink on dark pixels inhibits it. The features come from "
        "one seed. The contrast of each square is scaled separately. Tiles of noise are dead neurons, which still "
        f"have their initial weights: {silent[NO_DROPOUT]} of {recipe['hidden']} neurons without dropout and "
        f"{silent[DROPOUT]} with dropout."
    )
    key, offered = "neurons_features", tuple(cached.SHEET_COLUMNS)
    st.segmented_control("Neurons shown", offered, default=current(key), key=key, required=True)
    sheets(STATE.read_controls()["features"])
    pixels = {arm: float(np.mean(values)) for arm, values in features.by_seed("pixels").items()}
    st.markdown(
        f"With dropout, a neuron of these nets uses {pixels[DROPOUT]:.0f} pixels, compared with "
        f"{pixels[NO_DROPOUT]:.0f} without dropout ({autoencoder_seeds()}). The usual "
        "explanation: without dropout, a neuron may learn speckle that is useful only in combination with all the "
        "others; with dropout, it must learn something useful by itself."
    )
    small(
        "The number of pixels per neuron is the effective number (Σ c²)² / Σ c⁴, where c is a weight times the "
        "standard deviation of its pixel. We take the median over the neurons, and average it over "
        f"{len(recipe['seeds'])} seeds. This picture follows Srivastava et al. 2014, Fig. 7. {provenance['images']:,} "
        f"MNIST images, {recipe['epochs']} epochs, rate {recipe['rate']}."
    )


def autoencoder_seeds() -> str:
    """Count the autoencoders' seeds, and say if they are too few for a verdict."""
    n = len(features.numbers()["recipe"]["seeds"])
    return f"{n} seeds, too few for a verdict" if n < FEWEST else f"{n} seeds"


@cached_output
def sheets(shown: str) -> None:
    """Show the features of both nets side by side."""
    pixels = features.by_seed("pixels")
    sights = ("mostly speckle across the whole image", "localised spots, strokes and edges")
    for column, arm, sight in zip(st.columns(2, gap="large"), ARMS, sights, strict=True):
        column.markdown(f"**{cached.TITLES[arm]}**: {np.mean(pixels[arm]):.0f} pixels per neuron")
        alt = f"Weights of {shown} neurons of the autoencoder {cached.TITLES[arm].lower()}, as grey squares: {sight}."
        column.image(cached.feature_sheet(arm, shown), alt=alt, width="stretch", output_format="PNG")


def the_reconstructions() -> None:
    """Show the digits that the autoencoders reconstruct without the neurons that the reader removes."""
    recipe, provenance = features.numbers()["recipe"], features.numbers()["provenance"]
    st.markdown(reconstruction.finding())
    small(
        f"Each tile shows what one of {recipe['hidden']} neurons adds to the image: it brightens the light pixels "
        "and darkens the dark pixels. Press a tile to remove the neuron. Neurons with a dashed border are not "
        "active for any of the ten digits. The error below is the squared error per image over these ten digits "
        "alone, so it differs from the mean above. The mark shows the error with all neurons in place. Without "
        "any neurons, the larger of the two errors fills its bar. The remaining neurons are not scaled up."
    )
    components.reconstructions("neurons_reconstructions", cached.reconstruction_data())
    small(
        f"The figures above are means over {len(recipe['seeds'])} seeds, {recipe['removal_orders']} random orders and "
        f"{recipe['removal_images']:,} unseen images. The tiles show one pair of nets and ten of these images, with "
        f"weights rounded to 8 bits. Both nets were trained on {provenance['images']:,} images."
    )


@st.fragment
def remove_one() -> None:
    costs, chosen = cached.costs(), STATE.values
    pixels, *hidden, _ = nets.load(NO_DROPOUT).net.sizes
    st.markdown(
        f"These are the two classifiers shown above, with {pixels} input pixels, {listed(hidden)} hidden neurons, and "
        f"ten outputs. Both were trained on the same {nets.load(NO_DROPOUT).recipe.images:,} images. Their accuracy "
        f"on {cached.tested():,} new images is {costs[NO_DROPOUT].accuracy:.1f} % without dropout and "
        f"{costs[DROPOUT].accuracy:.1f} % with dropout. What does it cost to set a single hidden neuron to zero? "
        "**Choose a neuron** with the slider, or click on a line. Below zero, the net does better without the neuron; "
        f"one image corresponds to {100 / cached.tested():.1f} points."
    )
    picture, text = st.columns([3, 2], gap="large")
    with picture:
        worst = "; ".join(f"{arm}: {costs[arm].accuracy_cost.max():.1f} points" for arm in ARMS)
        alt = f"Cost of removing each hidden neuron, highest first, with one line per net. Highest cost: {worst}."
        spec = cached.single_chart(*STATE.first_values("rank", "measure"))
        STATE.apply_chart_report(draw_reporting(spec, "neurons_single", alt, ["rank", "measure"]))
    with text:
        for arm in ARMS:
            first_layer = nets.load(arm).net.sizes[1]
            neuron = findings.describe_neuron(costs[arm], chosen["rank"], chosen["measure"], first_layer)
            st.markdown(f"**{cached.TITLES[arm]}**, {neuron}")
        small(
            "The most costly of so many neurons appears to cost more than it does, because it was selected on the "
            f"same images. The study over {ablation_verdict().difference.n} seeds measures it on other images."
        )


@st.fragment
def remove_many() -> None:
    counts, _, curves = findings.removal()
    half = [findings.half_gone(counts, curves["costly"][arm]["mean"]) for arm in ARMS]
    st.header(
        f"Without dropout, accuracy halves after removing {half[0]} neurons; with dropout, after removing {half[1]}"
    )
    picture, text = two_columns()
    with picture:
        spec = cached.removal_charts(*STATE.first_values("removed"))["costly"]
        STATE.apply_chart_report(
            draw_reporting(spec, "neurons_costly", findings.removal_in_words("costly"), ["removed"])
        )
    text.markdown(
        "Neurons that cost little when removed one at a time may be able to replace one another. So we remove more "
        f"and more of all {counts[-1]} neurons, starting with the most costly. The result is not surprising: with "
        "dropout, the net has learned to work with half of its neurons missing."
    )


def remove_any() -> None:
    """Show the cost of removing neurons in random order. The slider of the costly order controls this chart too."""
    small(
        f"Band: lowest to highest of {findings.removal()[1]} random orders. In the chart above, neurons are ordered "
        "by the accuracy lost when each is removed alone. The slider of that chart also moves the marks in this one. "
        "Random guessing gives 10 % accuracy."
    )
    with st.container(key="led_neurons_random"):
        draw(
            cached.removal_charts(*STATE.first_values("removed"))["random"],
            "neurons_random",
            findings.removal_in_words("random"),
        )


def main() -> None:
    st.title("What neurons learn")
    try:
        STATE.begin()
        essay()
    except OSError as error:
        st.error(f"A file of this package cannot be read ({error}); reinstall the package.", icon=":material/error:")
    navigation.next_page("neurons")


def essay() -> None:
    STATE.show_notes()
    STATE.read_controls()
    STATE.write_link()
    question()
    if not STATE.revealed:
        components.guess_buttons("neurons", GUESSES, reveal)
    costs = " Bar: the accuracy that its removal costs; ring: the most costly one." if STATE.revealed else ""
    small(
        "Each tile shows what one neuron looks for: ink on light pixels excites it, and ink on dark pixels inhibits "
        f"it. Dashed: dead neurons, which have weights but never fire.{costs} **Press a tile to remove its neuron.**"
    )
    both_nets()
    the_tiles()
    if STATE.revealed:
        the_costs()
    expander("What an autoencoder's neurons see", the_features, icon="grid_view")
    expander("Remove an autoencoder's neurons", the_reconstructions, icon="image")
    link = "How often an autoencoder’s neurons are active: Fig. 8 of the paper"
    navigation.link("papers", link, "bar_chart", {"figure": "figure-8"})


def the_costs() -> None:
    """Show the cost of removing one or many neurons, in these two nets and over several seeds."""
    remove_many()
    expander("Remove them in random order", remove_any, icon="shuffle")
    expander("Remove any one neuron", remove_one, icon="touch_app")
    expander("Does it hold across seeds?", many_seeds, icon="query_stats")


main()
