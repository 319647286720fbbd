"""Recipe: all settings that determine the outcome of one comparison, with validation, canonical JSON and a key."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from dropout_core.common.checks import Bounds, whole
from dropout_core.common.errors import UserError
from dropout_core.experiments.fields import DROPOUT_ARM, GAUSSIAN_NOISE, WIDTHS, About, Control, Several, facts_of

NO_DROPOUT, DROPOUT = "no dropout", "dropout"
ARMS = (NO_DROPOUT, DROPOUT)
DATA = {"mnist": 60_000, "mnist-5k": 4_000}  # number of training images in each data source
DATA_NAMES = {"mnist": "60,000 MNIST images", "mnist-5k": "the 5,000-image subset"}
OPTIMISERS, NETS = ("adam", "sgd"), ("mlp", "conv")
NOISES = ("bernoulli", "gaussian", "dropconnect")
SCHEDULES = ("constant", "early", "late")
NORMS = ("none", "before dropout", "after dropout")
FIRST, DRAWN = SUBSETS = ("first", "drawn")
BEFORE_RELU, AFTER_RELU = NOISE_PLACES = ("before ReLU", "after ReLU")
# The default position of each kind of noise. Gaussian noise follows the ReLU, since it may change a sum's sign.
NEW_PLACES = (("gaussian", "noise_at", AFTER_RELU), ("bernoulli", "noise_at", BEFORE_RELU))
_RATE = Bounds(0, 0.95)


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
class Recipe:
    """The article's comparison or a variation of it: two nets with the same initial weights, one trained with dropout.

    Each field is described only by its metadata (fields.About). A rate is always P(drop).
    """

    rate: float = About(
        _RATE, "Rate p = P(drop)", "The probability that a hidden neuron is dropped.", DROPOUT_ARM, timed=False,
        control=Control("main", low=0, high=0.95, step=0.05),
    ).default(0.5)  # fmt: skip
    epochs: int = About(
        whole(1, 1000), "Epochs", "Passes over the training images.", timed=False,
        control=Control("main", low=1, high=100),
    ).default(5)  # fmt: skip
    images: int = About(
        None, "Training images",
        control=Control("main", choices=(500, 1_000, 2_000, 4_000, 8_000, 12_000, 20_000, 40_000, 60_000)),
    ).default(60_000)  # fmt: skip
    data: str = About(tuple(DATA), "Data").default("mnist")
    seeds: tuple[int, ...] = About(
        Several(whole(0, 2**31 - 1), 100, "1 to 100 seeds"), "Seeds",
        "Number of paired runs. One pair is only an anecdote; an interval needs several pairs.", timed=False,
        control=Control("main", low=1, high=10),
    ).default((0,))  # fmt: skip
    hidden: tuple[int, ...] = About(
        Several(whole(1, 4096), 4, "one to four layer widths"), "Hidden layers", "Neurons of each hidden layer.",
        control=Control("net", choices=WIDTHS, labels=tuple("-".join(map(str, widths)) for widths in WIDTHS)),
    ).default((256, 128))  # fmt: skip
    input_rate: float = About(
        _RATE, "Rate on the inputs", "P(drop) for each pixel in the net with dropout.", DROPOUT_ARM, timed=False,
        words=", and on pixels at rate {input_rate:g}", control=Control("net", low=0, high=0.5, step=0.05),
    ).default(0.0)  # fmt: skip
    noise: str = About(
        NOISES, "Noise", "The hidden units are multiplied by dropout masks or by Gaussian noise of the same variance.",
        DROPOUT_ARM,
        words={
            "bernoulli": "inverted dropout",
            "gaussian": "Gaussian noise of mean 1 and variance p / (1 − p)",
            "dropconnect": "DropConnect: masks on weights, one per batch,",
        },
        code={"bernoulli": "nn.Dropout", "gaussian": GAUSSIAN_NOISE}, later=True,
        control=Control("net", choices=NOISES[:2], labels=NOISES[:2], segmented=True, implies=NEW_PLACES),
    ).default("bernoulli")  # fmt: skip
    noise_at: str = About(
        NOISE_PLACES, "Noise acts", "Gaussian noise belongs after the ReLU; masks can act in either place.",
        DROPOUT_ARM, words={BEFORE_RELU: "*before* the ReLU", AFTER_RELU: "*after* the ReLU"},
        code={
            BEFORE_RELU: "torch.relu({noise[0]}{sums}{noise[1]})",
            AFTER_RELU: "{noise[0]}torch.relu({sums}){noise[1]}",
        },
        later=True, needs=("noise", lambda kind: kind == "gaussian"),
        control=Control("net", choices=NOISE_PLACES, labels=NOISE_PLACES, segmented=True),
    ).default(BEFORE_RELU)  # fmt: skip
    learning_rate: float = About(
        Bounds(1e-6, 10), "Learning rate", timed=False,
        control=Control("training", "lr", choices=(1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
    ).default(1e-3)  # fmt: skip
    optimiser: str = About(
        OPTIMISERS, "Optimiser", words={"adam": "Adam", "sgd": "SGD"},
        control=Control("training", choices=OPTIMISERS, labels=OPTIMISERS, segmented=True),
    ).default("adam")  # fmt: skip
    momentum: float = About(
        Bounds(0, 0.999), "Momentum (SGD only)", "Adam has its own momentum.", timed=False,
        words=" with momentum {momentum:g}", constant="", needs=("optimiser", lambda kind: kind == "sgd"),
        control=Control("training", low=0, high=0.95, step=0.05),
    ).default(0.0)  # fmt: skip
    batch: int = About(whole(1, 4096), "Batch size", "Images per optimiser step.").default(64)
    weight_decay: float = About(
        Bounds(0, 1), "Weight decay (L2)", timed=False, words=", weight decay {weight_decay:g} ({decoupled})",
        constant="", control=Control("regularisers", "decay", choices=(0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)),
    ).default(0.0)  # fmt: skip
    decoupled: bool = About(
        bool, "Decay", "Decoupled decay is subtracted from the weights instead of being added to the gradient.",
        needs=("weight_decay", bool),
        control=Control("regularisers", "decay_kind", choices=(False, True), segmented=True,
                        labels=("in the loss", "decoupled")),
    ).default(False)  # fmt: skip
    max_norm: float = About(
        Bounds(0, 1000), "Max-norm (0: none)", "Largest norm of a neuron's incoming weights.",
        words=", max-norm {max_norm:g}",
        code="w.mul_(({value} / w.norm(dim=1, keepdim=True).clamp(min=1e-12)).clamp(max=1))",
        constant="largest norm of one unit's incoming weights",
        control=Control("regularisers", choices=(0.0, 1.0, 2.0, 3.0, 4.0)),
    ).default(0.0)  # fmt: skip
    patience: int = About(
        whole(0, 1000), "Early stopping: patience (0: never)", "Epochs to wait for a lower validation loss.",
        timed=False, constant="evaluations without a lower validation loss",
        control=Control("regularisers", low=0, high=20),
    ).default(0)  # fmt: skip
    arms: tuple[str, ...] = About(None, "Arms").default(ARMS)
    schedule: str = About(
        SCHEDULES, "Schedule", "Use dropout in all epochs, or only in the first (early) or second (late) half.",
        DROPOUT_ARM, words=", only in the {schedule} half of the epochs", later=True,
    ).default("constant")  # fmt: skip
    batch_norm: str = About(
        NORMS, "Batch normalisation", "Used in both nets.", words=", batch normalisation {batch_norm}", later=True
    ).default("none")
    augment: bool = About(
        bool, "Augmentation", "Rotate and shift each training image a little, differently in each epoch.",
        words=", images randomly rotated and shifted in each epoch", later=True,
    ).default(False)  # fmt: skip
    net: str = About(
        NETS,
        "Net",
        "A fully connected net, or a net with two convolutional layers before the hidden layers.",
        later=True,
    ).default("mlp")
    conv_rate: float = About(
        _RATE, "Rate after convolutions", "P(drop) after each convolutional layer.", DROPOUT_ARM, timed=False,
        words=", and at rate {conv_rate:g} after each convolutional layer", later=True,
        needs=("net", lambda kind: kind == "conv"),
    ).default(0.0)  # fmt: skip
    spatial: bool = About(
        bool, "Whole feature maps", "Drop whole feature maps instead of single values.", DROPOUT_ARM,
        words=", whole feature maps at once", later=True, needs=("net", lambda kind: kind == "conv"),
    ).default(False)  # fmt: skip

    subset: str = About(
        SUBSETS, (
            "Which training images"
        ), "Use the first images for every seed, or draw new random images for each seed.",
        timed=False, later=True, control=Control("training", choices=SUBSETS, labels=SUBSETS, segmented=True),
    ).default(FIRST)  # fmt: skip

    def __post_init__(self) -> None:
        for name, facts in FACTS.items():
            fault = facts.fault(getattr(self, name))
            _require(not fault, name, fault)
        _require(len(set(self.seeds)) == len(self.seeds), "seeds", "all different")
        _require(self.arms in (ARMS, (NO_DROPOUT,), (DROPOUT,)), "arms", "no dropout, dropout, or both")
        _require((available := whole(10, DATA[self.data])).accept(self.images), "images", str(available))
        fits_net = self.net == "conv" or not (self.conv_rate or self.spatial)
        _require(fits_net, "conv_rate and spatial", "left at 0 and false without a convolutional net")
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
