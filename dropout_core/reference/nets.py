"""Two trained nets included in the package, one with dropout and one without.

They are trained by `python -m dropout_core reference nets` on the 4,000 images included in every installation, so that
anyone can reproduce them. The weights are stored as float16, which does not measurably affect accuracy.
"""

import json
from dataclasses import dataclass
from functools import cache

from safetensors import safe_open
from safetensors.numpy import save

from dropout_core.common.whole_files import write_whole
from dropout_core.experiments.recipe import ARMS, Recipe
from dropout_core.numerics.inference import from_arrays
from dropout_core.numerics.network import SmallNetwork
from dropout_core.reference import FILES
from dropout_core.storage.store import Comparison, Store

FILE = FILES / "nets.safetensors"
RECIPE = Recipe(data="mnist-5k", images=4_000, epochs=40, rate=0.5)


@dataclass(frozen=True)
class ReferenceNet:
    """A trained net and its provenance.

    accuracy  accuracy on all validation images of its data source, in %
    """

    arm: str
    net: SmallNetwork
    recipe: Recipe
    seed: int
    accuracy: float
    provenance: dict[str, str]

    @property
    def rate(self) -> float:
        """The drop probability of the hidden units during training."""
        return self.recipe.rate if self.arm == ARMS[1] else 0.0


@cache
def load(arm: str) -> ReferenceNet:
    """Load the net trained with this arm, "no dropout" or "dropout"."""
    with safe_open(FILE, "numpy") as file:
        about = json.loads(file.metadata()["about"])
        weights = {name.split("/")[1]: file.get_tensor(name) for name in file.keys() if name.startswith(arm)}  # noqa: SIM118
    recipe = Recipe.from_dict(about["recipe"])
    accuracy = about["accuracy"][arm]
    return ReferenceNet(arm, from_arrays(weights), recipe, recipe.seeds[0], accuracy, about["provenance"])


def write(comparison: Comparison, store: Store) -> None:
    """Save the two nets trained with the comparison's first seed to the package's file."""
    recipe, seed = comparison.recipe, comparison.recipe.seeds[0]
    weights = {arm: store.weights(recipe.key, arm, seed) for arm in ARMS}
    flat = {f"{arm}/{name}": a.astype("float16") for arm in ARMS for name, a in weights[arm].items()}
    points = comparison.points
    last = points[points["seed"] == seed].sort_values("step").groupby("arm")["full_val_accuracy"].last()
    about = {
        "recipe": json.loads(recipe.to_json()),
        "accuracy": last.to_dict(),
        "provenance": comparison.provenance | {"ended": comparison.ended},
    }
    write_whole(FILE, save(flat, {"about": json.dumps(about, sort_keys=True)}))
