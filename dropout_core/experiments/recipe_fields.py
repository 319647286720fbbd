"""The fields of a recipe. Each field is described only by its metadata (fields.About)."""

from dataclasses import dataclass

from dropout_core.common.checks import Bounds, whole
from dropout_core.experiments.fields import DROPOUT_ARM, GAUSSIAN_NOISE, WIDTHS, About, Control, Several

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


@dataclass(frozen=True)
class RecipeFields:
    """The settings of one comparison, without validation. A rate is always P(drop)."""

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
    annealing: bool = About(
        bool, "Annealing", "Lower the learning rate after each epoch, in equal steps towards 0.", timed=False,
        later=True, words=", learning rate annealed linearly to 0",
    ).default(False)  # fmt: skip
    positive_pixels: bool = About(
        bool, "Pixels from 0 to 1", "Scale pixels to [0, 1] instead of [−1, 1], so that a dropped pixel is black.",
        later=True,
    ).default(False)  # fmt: skip
