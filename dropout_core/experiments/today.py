"""The experiments of the page on dropout today: how often each image is seen, and dropout in half of the epochs.

Seeds, rates and margins were fixed before any of these seeds was trained.
"""

from typing import Any

from dropout_core.experiments.experiment import Experiment, fresh_seeds, trials
from dropout_core.experiments.recipe import DRAWN, DROPOUT, Recipe

MOST, HALVINGS = 60_000, 8
MARGIN = {"accuracy": 0.3, "loss": 0.03}  # as in the experiment "decay"
ONE_ARM: dict[str, Any] = {"arms": (DROPOUT,)}


def _epochs(name: str, passes: int, rates: tuple[float, ...], seeds: int) -> Experiment:
    """Halve the number of images seven times and double the epochs, so that the number of updates hardly changes.

    Each seed draws its own images.

    passes  the number of epochs with all images
    """
    base: dict[str, Any] = {"subset": DRAWN, "seeds": fresh_seeds(seeds), **ONE_ARM}
    sizes = {MOST // 2**k: passes * 2**k for k in range(HALVINGS)}
    pairs = [
        (f"{images:,} images, rate {rate:g}", Recipe(images=images, epochs=epochs, rate=rate, **base))
        for images, epochs in sizes.items()
        for rate in rates
    ]
    title = f"Images × epochs at a fixed number of updates: {passes * MOST:,} images seen in all"
    return Experiment(name, title, trials(pairs), MARGIN)


EXPERIMENTS = (_epochs("epochs", 1, (0.0, 0.2, 0.5), 10),)
