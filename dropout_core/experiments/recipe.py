"""Recipe: all settings that determine the outcome of one comparison, with validation, canonical JSON and a key."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from dropout_core.common.checks import Bounds, whole
from dropout_core.common.errors import UserError
from dropout_core.experiments.fields import facts_of
from dropout_core.experiments.recipe_fields import (
    AFTER_RELU,
    ARMS,
    BEFORE_RELU,
    DATA,
    DATA_NAMES,
    DRAWN,
    DROPOUT,
    FIRST,
    NEW_PLACES,
    NO_DROPOUT,
    NOISE_PLACES,
    NOISES,
    NORMS,
    OPTIMISERS,
    SCHEDULES,
    SUBSETS,
    RecipeFields,
)

# The names of recipe_fields.py that other modules import from here.
__all__ = [
    "AFTER_RELU", "ARMS", "BEFORE_RELU", "DATA", "DATA_NAMES", "DEFAULTS", "DRAWN", "DROPOUT", "FACTS",
    "FIRST", "NEW_PLACES", "NOISES", "NOISE_PLACES", "NORMS", "NO_DROPOUT", "OPTIMISERS",
    "SCHEDULES", "SUBSETS", "Recipe", "RecipeError", "Run",
]  # fmt: skip


class RecipeError(UserError, ValueError):
    """The recipe cannot be run. The message names the field and its valid values."""


def _require(fits: bool, field: str, wanted: str) -> None:
    if not fits:
        raise RecipeError(f"{field} must be {wanted}")


@dataclass(frozen=True)
class Run:
    """One training run of a comparison. A recipe has one run per arm and seed."""

    arm: str
    seed: int
    rate: float
    input_rate: float = 0.0


@dataclass(frozen=True)
class Recipe(RecipeFields):
    """The article's comparison or a variation of it: two nets with the same initial weights, one trained with dropout.

    The fields are in recipe_fields.py. A rate is always P(drop).
    """

    def __post_init__(self) -> None:
        for name, facts in FACTS.items():
            fault = facts.fault(getattr(self, name))
            _require(not fault, name, fault)
        _require(len(set(self.seeds)) == len(self.seeds), "seeds", "all different")
        _require(self.arms in (ARMS, (NO_DROPOUT,), (DROPOUT,)), "arms", "no dropout, dropout, or both")
        _require((available := whole(10, DATA[self.data])).accept(self.images), "images", str(available))
        fits_net = self.net == "conv" or not (self.conv_rate or self.spatial)
        _require(fits_net, "conv_rate and spatial", "left at 0 and false without a convolutional net")
        _require(self.net == "mlp" or not self.positive_pixels, "positive_pixels", "false for a convolutional net")
        placed = self.noise != "dropconnect" or self.noise_at == BEFORE_RELU
        _require(placed, "noise_at", f"{BEFORE_RELU!r} with DropConnect, whose masks act on weights")
        for name, facts in FACTS.items():
            if isinstance(facts.fits, Bounds) and not facts.fits.whole:
                # 0, 0.0 and -0.0 are equal, so recipes that contain them must have the same key.
                object.__setattr__(self, name, float(getattr(self, name)) + 0.0)

    def active(self, name: str) -> bool:
        """Whether a field differs from its default and has an effect in this recipe."""
        needs = FACTS[name].needs
        return getattr(self, name) != DEFAULTS[name] and (needs is None or needs[1](getattr(self, needs[0])))

    def constraints(self) -> dict[str, str]:
        """Return the PyTorch statements to run on each weight matrix after every step, keyed by active field."""
        codes = {name: facts.code for name, facts in FACTS.items() if self.active(name)}
        return {name: code for name, code in codes.items() if isinstance(code, str) and code}

    @property
    def hidden_layer(self) -> tuple[str, str]:
        """The order of noise and ReLU, as PyTorch code (fields {sums}, {noise[0]}, {noise[1]}) and in words."""
        return FACTS["noise_at"].code_for(self.noise_at), FACTS["noise_at"].words_for(self.noise_at)

    def runs(self) -> list[Run]:
        """List all runs of the comparison, pair by pair."""
        rates = {NO_DROPOUT: (0.0, 0.0), DROPOUT: (self.rate, self.input_rate)}
        return [Run(arm, seed, *rates[arm]) for seed in self.seeds for arm in self.arms]

    @property
    def pool(self) -> int:
        """The number of images that training uses or draws from, counted from the start of the data source."""
        return DATA[self.data] if self.subset == DRAWN else self.images

    @property
    def steps_per_epoch(self) -> int:
        """The number of optimiser steps in one epoch. The last batch may be smaller, as in PyTorch's DataLoader."""
        return math.ceil(self.images / self.batch)

    @property
    def sample(self) -> int:
        """The number of training images used to evaluate each point, and of validation images; small for speed."""
        return max(100, min(1000, self.images // 80))

    @property
    def work(self) -> int:
        """The amount of computation, which a host may limit: images × epochs × runs × widest layer."""
        return self.images * self.epochs * len(self.seeds) * len(self.arms) * max(self.hidden)

    def without_seeds(self) -> "Recipe":
        """Return the recipe with seed 0 alone, to compare recipes whatever their seeds."""
        return replace(self, seeds=(0,))

    def to_json(self) -> str:
        """Return the recipe as canonical JSON: equal recipes always give the same text."""
        kept = {k: v for k, v in asdict(self).items() if not FACTS[k].later or v != DEFAULTS[k]}
        return json.dumps(kept, sort_keys=True, separators=(",", ":"))

    @property
    def plain(self) -> bool:
        """Whether training/stacked_mlp.py supports the recipe: a fully connected net with noise only on its units."""
        return self.net == "mlp" and self.noise != "dropconnect" and self.batch_norm == "none"

    def rate_in(self, epoch: int, rate: float) -> float:
        """Return the dropout rate for this epoch, counted from 0: `rate`, or 0 if the schedule turns dropout off."""
        return rate if self.schedule in ("constant", "early" if epoch < self.epochs / 2 else "late") else 0.0

    def learning_rate_in(self, epoch: int) -> float:
        """Return the learning rate for this epoch, counted from 0. With annealing, it falls towards 0."""
        return self.learning_rate * (1 - epoch / self.epochs) if self.annealing else self.learning_rate

    @cached_property
    def key(self) -> str:
        """Sixteen hexadecimal digits that identify this recipe in the store, in logs and in links."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Read a recipe from JSON. Raises RecipeError if the text is not a valid recipe."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"this is not JSON: {error}") from None
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Mapping) -> "Recipe":
        """Build a recipe from these fields, with defaults for the rest. Raises RecipeError if they are invalid."""
        if not isinstance(values, Mapping):
            raise RecipeError("a recipe must be a JSON object")
        if unknown := sorted(set(map(str, values)) - set(FACTS)):
            raise RecipeError(f"a recipe has no field {unknown[0][:40]!r}")
        fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**fields)


FACTS = facts_of(Recipe)
DEFAULTS = asdict(Recipe())
