"""What neurons learn: their features, how often they fire, and the cost of removing one or many of them."""

import numpy as np
import streamlit as st

from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.reference import nets
from dropout_core.topics.neurons import cached, features, findings, tiles
from dropout_core.topics.neurons.controls_view import GUESSES, STATE, TILES, reveal, revealed
from dropout_core.topics.neurons.findings import ablation_verdict
from dropout_core.topics.neurons.seeds_view import figures, many_seeds
from dropout_core.ui import components, navigation
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw, draw_reporting, small, two_columns


def question() -> None:
    """Show the question or, once revealed, the finding and the answer to the reader's guess."""
    costs = {arm: each.accuracy_cost.max() for arm, each in cached.costs().items()}
    if not revealed():
        st.subheader("Remove the most important neuron of each net: which net loses more?")
        return
    without, with_ = (f"{costs[arm]:.1f}" for arm in ARMS)
    st.subheader(f"The most important neuron is worth {without} points without dropout, {with_} with it")
    if guess := STATE.values["guess"]:
        loses_more = "same" if without == with_ else "none" if costs[NO_DROPOUT] > costs[DROPOUT] else "dropout"
        st.markdown(f"Your guess: {GUESSES[guess].lower()} – **{'right' if guess == loses_more else 'wrong'}**.")


@st.fragment
def both_nets() -> None:
    """Show the tiles of both nets. The reader removes neurons in the browser, which reports them after a pause."""
    visit = f"{navigation.visit()} {STATE.values['show']}"
    data = {
        **cached.tiles_data(),
        "revealed": revealed(),
        "settings": dict(zip([TILES], STATE.first_values(TILES, chart=visit), strict=True)),
        "visit": visit,
    }
    if report := components.neuron_tiles("neurons_tiles", data):
        STATE.apply_chart_report({TILES: [report]})


def the_tiles() -> None:
    """Explain the tiles, and say what ten other pairs of nets show."""
    ringed = ", each with its cost as a bar; the most costly is ringed" if revealed() else ""
    small(
        "Each tile: what one neuron looks for – light where ink excites it, dark where ink silences it. Shown are the "
        f"{tiles.LIVE} first-layer neurons that cost most alone, and {tiles.DEAD} dead ones (dashed){ringed}. Point at "
        "a tile for the images that excite it most; **press it to remove the neuron.**"
    )
    if revealed():
        st.markdown(
            "A neuron that may be dropped at any time cannot be relied on, so the work is spread. "
            f"{figures(ablation_verdict())} These are means over {ablation_verdict().difference.n} other pairs of nets."
        )


def the_features() -> None:
    recipe, provenance = features.numbers()["recipe"], features.numbers()["provenance"]
    st.markdown(
        f"An autoencoder must reconstruct its input from {recipe['hidden']} activations. Each square shows what one "
        "neuron looks for: light where ink excites it, dark where ink silences it."
    )
    st.segmented_control("Neurons shown", tuple(cached.SHEET_COLUMNS), key="neurons_features", required=True)
    sheets(STATE.read_controls()["features"])
    pixels = {arm: float(np.mean(values)) for arm, values in features.by_seed("pixels").items()}
    silent = {arm: values[0] for arm, values in features.by_seed("silent").items()}
    fewer = "fewer" if pixels[DROPOUT] < pixels[NO_DROPOUT] else "no fewer"
    st.markdown(
        f"With dropout the neurons draw on {fewer} pixels: {pixels[DROPOUT]:.0f} against {pixels[NO_DROPOUT]:.0f}. "
        "The usual explanation: a neuron that can count on all the others may be a speckle that only makes sense in "
        "their sum; one that cannot must be useful by itself."
    )
    small(
        "Pixels per neuron: how many it effectively draws on, (Σ c²)² / Σ c⁴ over its 784 weights, each times the "
        f"spread of its pixel; the median neuron, mean of {len(recipe['seeds'])} seeds. The features "
        "are those of one seed, each with its own contrast. The noise tiles are dead neurons, still at their initial "
        f"weights ({silent[NO_DROPOUT]} and {silent[DROPOUT]} of {recipe['hidden']}). After Srivastava et al. 2014, "
        f"Fig. 7. {provenance['images']:,} MNIST images, {recipe['epochs']} epochs, rate {recipe['rate']}."
    )


@cached_output
def sheets(shown: str) -> None:
    """Show the features of both nets side by side."""
    pixels = features.by_seed("pixels")
    sights = ("mostly speckle over the whole picture", "spots, strokes and edges, each in a place of its own")
    for column, arm, sight in zip(st.columns(2, gap="large"), ARMS, sights, strict=True):
        column.markdown(f"**{cached.TITLES[arm]}**: {np.mean(pixels[arm]):.0f} pixels per neuron")
        alt = f"Weights of {shown} neurons of the autoencoder {cached.TITLES[arm].lower()}, as grey squares: {sight}."
        column.image(cached.feature_sheet(arm, shown), alt=alt, width="stretch", output_format="PNG")


def the_activity() -> None:
    errors = features.by_seed("error")
    zeros, means = ({arm: np.mean(features.by_seed(name)[arm]) for arm in ARMS} for name in ("zeros", "mean"))
    picture, text = two_columns()
    shares = "; ".join(f"{arm}: {zeros[arm]:.0%} zeros, mean {means[arm]:.2f}" for arm in ARMS)
    alt = f"Histogram of hidden activations of the autoencoders on validation images. {shares}. Published means beside."
    with picture:
        draw(cached.activity_chart(), "neurons_activity", alt)
    with text:
        st.markdown(
            "The same autoencoders, on images they have never seen. "
            f"Without dropout {zeros[NO_DROPOUT]:.0%} of all activations are exactly zero, with dropout "
            f"{zeros[DROPOUT]:.0%}: **fewer neurons fire at a time**, and the mean activation is "
            f"{means[DROPOUT]:.2f} instead of {means[NO_DROPOUT]:.2f}."
        )
        st.markdown("Nobody asked for this sparsity: the loss has no term for it.")
        small(
            "Bars at the left: exact zeros. Grey, hollow: the means that Srivastava et al. 2014 report in Fig. 8 for "
            "their own autoencoder of the same size. Sparsity has its price: the squared error of a reconstructed "
            f"image is {np.mean(errors[NO_DROPOUT]):.2f} without and {np.mean(errors[DROPOUT]):.2f} with dropout."
        )


@st.fragment
def remove_one() -> None:
    costs, chosen = cached.costs(), STATE.values
    st.markdown(
        "The same two classifiers: 784 pixels, 256 and 128 hidden neurons, ten digits, trained alike on the same 4,000 "
        f"images. They read {costs[NO_DROPOUT].accuracy:.1f} % and {costs[DROPOUT].accuracy:.1f} % of 1,000 new "
        "images right. Set any one hidden neuron of either layer to zero: what does it cost? **Pick a neuron** with "
        "the slider, or by a click on a line."
    )
    picture, text = st.columns([3, 2], gap="large")
    with picture:
        worst = "; ".join(f"{arm}: {costs[arm].accuracy_cost.max():.1f} points" for arm in ARMS)
        alt = f"Cost of removing each of the hidden neurons, sorted, one line per net. The most costly: {worst}."
        spec = cached.single_chart(*STATE.first_values("rank", "measure"))
        STATE.apply_chart_report(draw_reporting(spec, "neurons_single", alt, ["rank", "measure"]))
    with text:
        for arm in ARMS:
            first_layer = nets.load(arm).net.sizes[1]
            neuron = findings.describe_neuron(costs[arm], chosen["rank"], chosen["measure"], first_layer)
            st.markdown(f"**{cached.TITLES[arm]}**, {neuron}")
        small(
            "Below zero: the net does better without the neuron. One image is 0.1 points. The worst of so many neurons "
            "looks worse than it is; over ten seeds, it is measured on images on which it was not selected."
        )


@st.fragment
def remove_many() -> None:
    counts, _, curves = findings.removal()
    half = [findings.half_gone(counts, curves["costly"][arm]["mean"]) for arm in ARMS]
    st.header(f"Half the accuracy is lost with {half[0]} neurons gone without dropout, {half[1]} with it")
    picture, text = two_columns()
    with picture:
        spec = cached.removal_charts(*STATE.first_values("removed"))["costly"]
        STATE.apply_chart_report(draw_reporting(spec, "neurons_costly", removal_alt("costly"), ["removed"]))
    text.markdown(
        f"Neurons that cost little one by one may be each other’s spares. So remove more and more of all {counts[-1]}, "
        "the most costly first. That is no magic: with dropout, the net has learned to work with half of its neurons "
        "missing."
    )


def removal_alt(how: str) -> str:
    counts, _, curves = findings.removal()
    after = "; ".join(f"{arm} {curves[how][arm]['mean'][2]:.1f} %" for arm in ARMS)
    order = {"costly": "the most costly first", "random": "in random order"}[how]
    return f"Accuracy by share of hidden neurons removed, {order}. With {counts[2]} of {counts[-1]}: {after}."


def remove_any() -> None:
    """Show what removing neurons in random order costs. The chart follows the slider of the other order."""
    draw(cached.removal_charts(*STATE.first_values("removed"))["random"], "neurons_random", removal_alt("random"))
    small(
        f"Band: from the lowest to the highest of {findings.removal()[1]} random orders; above, most costly means by "
        "the cost of each neuron alone, in accuracy. Guessing gets 10 % right. The sliders move together."
    )


def main() -> None:
    st.title("What neurons learn")
    try:
        STATE.begin()
        essay()
    except OSError as error:
        st.error(f"A file of this package cannot be read ({error}); install it again.", icon=":material/error:")
    components.keyboard("")
    navigation.next_page("neurons")


def essay() -> None:
    STATE.show_notes()
    STATE.read_controls()
    STATE.write_link()
    question()
    if not revealed():
        components.guess_buttons("neurons", GUESSES, reveal)
    both_nets()
    the_tiles()
    if revealed():
        the_costs()
    with st.expander("What neurons of an autoencoder see", icon=":material/grid_view:"):
        the_features()
    with st.expander("How often they fire", icon=":material/bar_chart:"):
        the_activity()


def the_costs() -> None:
    """Show what removing one or many neurons costs, in these two nets and over several seeds."""
    remove_many()
    delay_until_first_chart()
    with st.expander("Remove them in random order", icon=":material/shuffle:"):
        remove_any()
    with st.expander("Remove any one neuron", icon=":material/touch_app:"):
        remove_one()
    components.link_sliders()
    with st.expander("Does it hold across seeds?", icon=":material/query_stats:"):
        many_seeds()


main()
