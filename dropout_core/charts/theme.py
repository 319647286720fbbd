"""Colours, dashes and shapes shared by all charts, legible on both white and black backgrounds."""

DROPPED = "#868e9c"
KEPT = "#0d9488"
NEGATIVE = "#db2777"  # contributions that lower the next neuron's sum; those that raise it have the colour of KEPT
NO_DROPOUT = "#d9730d"
DROPOUT = "#3b82f6"
NEUTRAL = "#7b8494"  # for marks that belong to neither network
EXACT = "#8b5cf6"  # exact values, for comparison with measurements
PICKED = "#c026d3"  # a third network, selected by the reader for comparison

# Arms also differ without colour: solid lines and circles for dropout, dashes and squares for no dropout.
ARM_COLOURS = {"no dropout": NO_DROPOUT, "dropout": DROPOUT}
ARM_DASHES = {"no dropout": [6, 4], "dropout": [1, 0]}
ARM_SHAPES = {"no dropout": "square", "dropout": "circle"}
