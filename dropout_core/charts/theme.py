"""Colours of charts and of the interface, and the dashes, shapes and text sizes of charts.

No other file contains a colour or a dash pattern, except .streamlit/config.toml, which repeats INTERFACE, and
network.css, which repeats DROPPED_DASH. Each colour and each dash has one meaning on all pages.

Marks have a contrast of 3:1. Text in charts has the page's text colour, because these colours are too pale for text.
"""

# Buttons, sliders and links have a colour without a hue, so that every hue has one meaning.
INTERFACE = {"light": "#334155", "dark": "#cbd5e1"}
ON_INTERFACE = {"light": "#ffffff", "dark": "#0e1117"}  # text on buttons in the colour of the interface

DROPPED = "#868e9c"  # dropped neurons, connections and values
KEPT = "#0d9488"  # kept neurons, connections and values
NEGATIVE = "#db2777"  # kept connections and values that lower the next neuron's sum
NO_DROPOUT = "#d9730d"  # nets without dropout, and where they are better
DROPOUT = "#3b82f6"  # nets with dropout and their passes with masks, and where dropout is better
AVERAGED = "#8b5cf6"  # averages over masks, exact or sampled
WHOLE_NET = "#65a30d"  # one pass without masks of a net trained with dropout, as at inference
PICKED = "#c026d3"  # what is compared with the rest: a chosen subnetwork or variant, the reader's run, broken code
NEUTRAL = "#7b8494"  # marks with none of these meanings

# Pixels. Legible on a projector; tests/e2e/test_layout.py measures all text in every chart.
TEXT_SIZE, LARGE_TEXT = 14, 16

# Lines that only mark a value, such as zero, are solid and thin.
SOLID = [1, 0]
DROPPED_DASH = [3, 3]
TRAINING_DASH = [2, 3]  # losses on training images
WHOLE_NET_DASH = [9, 3, 2, 3]
PICKED_DASH = [9, 3, 2, 3, 2, 3]
BETWEEN_PASSES_DASH = [2, 6]  # how much passes with different masks disagree

# Arms also differ without colour: solid lines and circles for dropout, dashes and squares for no dropout.
ARM_COLOURS = {"no dropout": NO_DROPOUT, "dropout": DROPOUT}
ARM_DASHES = {"no dropout": [6, 4], "dropout": SOLID}
ARM_SHAPES = {"no dropout": "square", "dropout": "circle"}


def translucent(colour: str, opacity: float) -> str:
    """Format one of the colours above, with this opacity, for CSS."""
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red}, {green}, {blue}, {opacity:g})"


def variables() -> str:
    """Define the colours of the interface as variables of the page's style sheet."""
    colours = {"interface": INTERFACE, "on-interface": ON_INTERFACE}
    names = "".join(f"--{name}: light-dark({each['light']}, {each['dark']});" for name, each in colours.items())
    return f":root {{{names}}}"
