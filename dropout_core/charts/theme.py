"""Colours, dashes and shapes with the same meaning on every chart, readable on white and on black."""

DROPPED = "#868e9c"
KEPT = "#0d9488"
NO_DROPOUT = "#d9730d"
DROPOUT = "#3b82f6"
NEUTRAL = "#7b8494"  # belongs to neither network
EXACT = "#8b5cf6"  # exact values with which measurements are compared
PICKED = "#c026d3"  # the third network, which the reader selects for comparison with the other two

# Distinguishable without colour: dropout solid with circles, no dropout dashed with squares.
ARM_COLOURS = {"no dropout": NO_DROPOUT, "dropout": DROPOUT}
ARM_DASHES = {"no dropout": [6, 4], "dropout": [1, 0]}
ARM_SHAPES = {"no dropout": "square", "dropout": "circle"}
