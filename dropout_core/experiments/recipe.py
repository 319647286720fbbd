"""Recipe: everything that decides the outcome of one comparison, validated; its canonical JSON and its key."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property

from dropout_core.common.errors import UserError

NO_DROPOUT, DROPOUT = "no dropout", "dropout"
ARMS = (NO_DROPOUT, DROPOUT)
DATA = {"mnist": 60_000, "mnist-5k": 4_000}  # training images in each data source
DATA_NAMES = {"mnist": "60,000 MNIST images", "mnist-5k": "the 5,000-image subset"}
OPTIMISERS = ("adam", "sgd")
NETS = ("mlp", "conv")
NOISES = ("bernoulli", "gaussian", "dropconnect")
SCHEDULES = ("constant", "early", "late")
NORMS = ("none", "before dropout", "after dropout")
_REALS = {
    "rate": (0, 0.95),
    "input_rate": (0, 0.95),
    "conv_rate": (0, 0.95),
    "learning_rate": (1e-6, 10),
    "momentum": (0, 0.999),
    "weight_decay": (0, 1),
    "max_norm": (0, 1000),
}
_CHOICES = {
    "data": tuple(DATA),
    "optimiser": OPTIMISERS,
    "noise": NOISES,
    "schedule": SCHEDULES,
    "batch_norm": NORMS,
    "net": NETS,
}
# Fields that came after the first stores were written: at their defaults they stay out of the JSON, so that a recipe
# keeps its key.
_LATER = ("noise", "schedule", "batch_norm", "augment", "net", "conv_rate", "spatial")


class RecipeError(UserError, ValueError):
    """A recipe that cannot be run; the message names the field and what would do."""


@dataclass(frozen=True)
class Run:
    """One training run of a comparison: a recipe has one per arm and seed."""

    arm: str
    seed: int
    rate: float
    input_rate: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """The article's comparison and its variations: two nets, alike but for dropout, from the same initial weights.

    data            "mnist" (60,000 + 10,000 images) or "mnist-5k" (4,000 + 1,000)
    images, epochs  training images (the first so many) and passes over them
    rate            P(drop) of the hidden units in the dropout arm, before their ReLU
    input_rate      P(drop) of the pixels in the dropout arm
    hidden          neurons of each hidden layer
    weight_decay    L2 strength λ: added to the gradient (λw), or taken off the weights (lr λw) if decoupled
    max_norm        largest norm of one neuron's incoming weights; 0 means no bound
    patience        stop after so many evaluations without a lower validation loss; 0 means never
    momentum        of "sgd"; "adam" has its usual 0.9 and 0.999
    seeds           each gives one pair of runs: same initial weights, same batches
    arms            usually both; a sweep over rates needs only one of them
    noise           what multiplies the units in the dropout arm: "bernoulli" masks, "gaussian" factors of mean 1 and
                    variance rate / (1 − rate), or "dropconnect": masks on the weights, one for the whole batch
    schedule        "constant", or dropout in the first ("early") or second ("late") half of the epochs alone
    batch_norm      in both arms, "before dropout" or "after dropout"; "none"
    augment         in both arms, every training image is turned and shifted a little, anew each time
    net             "mlp", or "conv": two convolutional layers below the hidden ones
    conv_rate       P(drop) after each convolutional layer in the dropout arm
    spatial         whole feature maps are dropped there, not single values
    """

    data: str = "mnist"
    images: int = 60_000
    epochs: int = 5
    rate: float = 0.5
    input_rate: float = 0.0
    hidden: tuple[int, ...] = (256, 128)
    learning_rate: float = 1e-3
    batch: int = 64
    optimiser: str = "adam"
    momentum: float = 0.0
    weight_decay: float = 0.0
    decoupled: bool = False
    max_norm: float = 0.0
    patience: int = 0
    seeds: tuple[int, ...] = (0,)
    arms: tuple[str, ...] = ARMS
    noise: str = "bernoulli"
    schedule: str = "constant"
    batch_norm: str = "none"
    augment: bool = False
    net: str = "mlp"
    conv_rate: float = 0.0
    spatial: bool = False

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            _require(getattr(self, name) in known, name, f"one of {', '.join(known)}")
        _whole(self.images, "images", 10, DATA[self.data])
        _whole(self.epochs, "epochs", 1, 1000)
        _whole(self.batch, "batch", 1, 4096)
        _whole(self.patience, "patience", 0, 1000)
        for name, (low, high) in _REALS.items():
            _number(getattr(self, name), name, low, high)
        for name in ("decoupled", "augment", "spatial"):
            _require(isinstance(getattr(self, name), bool), name, "true or false")
        _require(
            self.net == "conv" or not (self.conv_rate or self.spatial),
            "conv_rate and spatial",
            "left at 0 and false without a convolutional net",
        )
        _require(_tuple(self.hidden) and 1 <= len(self.hidden) <= 4, "hidden", "one to four layer widths")
        _require(_tuple(self.seeds) and 1 <= len(self.seeds) <= 100, "seeds", "1 to 100 seeds")
        known = ((NO_DROPOUT, DROPOUT), (NO_DROPOUT,), (DROPOUT,))
        _require(self.arms in known, "arms", "no dropout, dropout, or both")
        for width in self.hidden:
            _whole(width, "hidden", 1, 4096)
        for seed in self.seeds:
            _whole(seed, "seeds", 0, 2**31 - 1)
        _require(len(set(self.seeds)) == len(self.seeds), "seeds", "all different")
        for name in _REALS:  # 0, 0.0 and -0.0 are one number: they must not make three keys
            object.__setattr__(self, name, float(getattr(self, name)) + 0.0)

    def runs(self) -> list[Run]:
        """All runs of the comparison, pair by pair."""
        rates = {NO_DROPOUT: (0.0, 0.0), DROPOUT: (self.rate, self.input_rate)}
        return [Run(arm, seed, *rates[arm]) for seed in self.seeds for arm in self.arms]

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps in one epoch; the last batch may be smaller, as in PyTorch's DataLoader."""
        return math.ceil(self.images / self.batch)

    @property
    def sample(self) -> int:
        """Training images, and as many validation images, that every point is evaluated on: few, for speed."""
        return max(100, min(1000, self.images // 80))

    @property
    def work(self) -> int:
        """Images × epochs × runs × widest layer: what a host may limit."""
        return self.images * self.epochs * len(self.seeds) * len(self.arms) * max(self.hidden)

    def to_json(self) -> str:
        """Canonical JSON: the same recipe always gives the same text."""
        defaults = {field.name: field.default for field in fields(self)}
        said = {k: v for k, v in asdict(self).items() if k not in _LATER or v != defaults[k]}
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    @property
    def plain(self) -> bool:
        """Whether it is a fully connected net with masks on its units: what stack.py writes out by hand."""
        return self.net == "mlp" and self.noise != "dropconnect" and self.batch_norm == "none"

    def rate_in(self, epoch: int, rate: float) -> float:
        """The rate that acts in this epoch (0 is the first) where the full one is rate; see schedule."""
        first_half = epoch < self.epochs / 2
        off = self.schedule != "constant" and first_half != (self.schedule == "early")
        return 0.0 if off else rate

    @cached_property
    def key(self) -> str:
        """Sixteen hexadecimal digits that name this recipe in the store, in logs and in links."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """Read a recipe; raises RecipeError for anything that is not exactly one."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"this is not JSON: {error}") from None
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Mapping) -> "Recipe":
        """The recipe with these fields, defaults for the rest; raises RecipeError for unknown or unfit ones."""
        if not isinstance(values, Mapping):
            raise RecipeError("a recipe is a JSON object")
        unknown = sorted(set(map(str, values)) - {field.name for field in fields(cls)})
        if unknown:
            raise RecipeError(f"a recipe has no field {unknown[0][:40]!r}")
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def _tuple(value) -> bool:
    return isinstance(value, tuple)


def _require(fits: bool, field: str, wanted: str) -> None:
    if not fits:
        raise RecipeError(f"{field} must be {wanted}")


def _whole(value, field: str, low: int, high: int) -> None:
    fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    _require(fits, field, f"a whole number from {low:,} to {high:,}")


def _number(value, field: str, low: float, high: float) -> None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
    _require(fits, field, f"a number from {low:g} to {high:g}")
