"""Helpers for the tests of the scaling charts: example data, and access to parts of a specification."""

import numpy as np

from dropout_core.numerics.enumeration import gaps_by_rate
from dropout_core.numerics.masks import RATES, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.sampling import MOST_PASSES, kept_counts, pass_counts

A = np.array([1.0, -0.5, 2.0, 0.25, 0.0, 100.0, -100.0, 0.001])
U = uniforms((MOST_PASSES, len(A)), 0)
KEPT = kept_counts(U[:, :1], RATES, pass_counts())[:, :, 0]
NET = random_network((len(A), 5, 5, 3), 2)
ROWS = gaps_by_rate(NET, A, RATES)


def data(spec: dict) -> list[dict]:
    return spec["layer"][0]["data"]["values"]


def marks(node: object) -> list[dict]:
    """Return all layers that draw a mark, at any level of nesting."""
    if isinstance(node, dict):
        here = [node] if "mark" in node and "encoding" in node else []
        return here + [mark for child in node.values() for mark in marks(child)]
    return [mark for child in node for mark in marks(child)] if isinstance(node, list) else []
