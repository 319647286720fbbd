"""The reference experiments, which take too long to run on demand and are shipped precomputed with the package.

An experiment is a list of trials; a trial is a Recipe with a label. `python -m dropout_core reference` trains them.
Published figures are reproduced at a scale that two processor cores can handle.
"""

from collections.abc import Iterable
from typing import Any

from dropout_core.experiments import today
from dropout_core.experiments.experiment import Experiment, fresh_seeds, trials
from dropout_core.experiments.recipe import AFTER_RELU, DATA, DRAWN, DROPOUT, Recipe

RATES = (0.0, 0.2, 0.4, 0.6, 0.8)
WIDTHS = (16, 64, 256, 1024)
SIZES = {100: 200, 500: 100, 2_000: 40, 8_000: 20, 32_000: 8}  # training images: epochs
CONV_RATES, DENSE_RATES = (0.0, 0.1, 0.2, 0.3, 0.5), (0.0, 0.25, 0.5, 0.75)
KEEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95, 1.0)  # keep probabilities of Srivastava et al. 2014, Fig. 9
Settings = dict[str, Any]  # fields of a recipe; Recipe validates them
ONE_ARM: Settings = {"arms": (DROPOUT,)}
TEN, FIVE = tuple(range(10)), tuple(range(5))
# The presets of the training page, as changes to the article's recipe.
PRESETS: dict[str, Settings] = {
    "article": {},
    "longer": {"epochs": 40},
    "small": {"images": 1_000, "epochs": 60},
    "too little training": {"images": 4_000, "epochs": 1},
    "a net too small": {"images": 4_000, "epochs": 20, "hidden": (16, 8)},
    "a high rate": {"images": 4_000, "epochs": 20, "rate": 0.8},
    "a wide net": {"images": 1_000, "epochs": 30, "hidden": (1024, 512)},
}
CONV_PAIRS = ((0.0, 0.0), (0.0, 0.5), (0.2, 0.5), (0.3, 0.5), (0.5, 0.5), (0.25, 0.0))  # rates: convolutional, dense
TIMING_MARGIN = 0.1  # fraction of the run time that counts as "almost no run time", chosen from a pilot run
DECAYS = (1e-4, 1e-3, 1e-2)
CLOSE = {"accuracy": 0.5, "loss": 0.03}  # rates this close to the best will do; a choice, without a pilot run


def _few(**settings: Any) -> Recipe:
    """Build a recipe with few images and many epochs, so that the net can overfit."""
    defaults: Settings = {"images": 1_000, "epochs": 60, "seeds": FIVE}
    return Recipe(**defaults | settings)


def preset(name: str, data: str, seeds: tuple[int, ...] = TEN) -> Recipe:
    """Return a preset's recipe, limited to the number of images that the data source has."""
    settings = {"images": DATA["mnist"], **PRESETS[name]}
    return Recipe(**settings | {"data": data, "seeds": seeds, "images": min(settings["images"], DATA[data])})


def _presets(data: str, names: Iterable[str]) -> Experiment:
    name, title = {
        "mnist": ("presets", "Presets of the training page"),
        "mnist-5k": ("presets-5k", "Presets of the training page, on the 5,000-image subset"),
    }[data]
    return Experiment(name, title, trials((each, preset(each, data)) for each in names))


def _article() -> Experiment:
    recipe = preset("article", "mnist")
    return Experiment("article", "The article's comparison: 60,000 images, 5 epochs", trials([("article", recipe)]))


def _article_fresh() -> Experiment:
    recipe = preset("article", "mnist", fresh_seeds(10))
    title = "The article's comparison, for the claims: 60,000 images, 5 epochs"
    return Experiment("article-fresh", title, trials([("article", recipe)]))


def _long() -> Experiment:
    pairs = [
        (f"rate {rate:g}", Recipe(epochs=40, rate=rate, seeds=fresh_seeds(10), **ONE_ARM)) for rate in (0.0, 0.2, 0.5)
    ]
    return Experiment("long", "The article's comparison, continued: 60,000 images, 40 epochs", trials(pairs))


def _small() -> Experiment:
    recipe = preset("small", "mnist")
    return Experiment("small", "A small training set: 1,000 images, 60 epochs", trials([("small", recipe)]))


def _drawn() -> Experiment:
    recipe = _few(subset=DRAWN, seeds=fresh_seeds(20))
    title = "Small training sets, drawn for each seed: 1,000 images, 60 epochs"
    return Experiment("drawn", title, trials([("drawn", recipe)]))


def _rates() -> Experiment:
    grid = [round(0.1 * i, 1) for i in range(9)]
    pairs = [(f"rate {rate:g}", _few(rate=rate, seeds=fresh_seeds(5), **ONE_ARM)) for rate in grid]
    return Experiment("rates", "Rates on the article's net: 1,000 images, 60 epochs", trials(pairs))


def _widths() -> Experiment:
    pairs = [
        (f"width {w:,}, rate {r:g}", _few(epochs=30, hidden=(w, w // 2), rate=r, seeds=fresh_seeds(5), **ONE_ARM))
        for w in WIDTHS
        for r in RATES
    ]
    return Experiment("widths", "Rate × width: 1,000 images, 30 epochs", trials(pairs), CLOSE)


def _sizes() -> Experiment:
    base: Settings = {"hidden": (256, 256, 512), "seeds": fresh_seeds(5), **ONE_ARM}
    pairs = [
        (f"{n:,} images, rate {r:g}", Recipe(images=n, epochs=e, rate=r, **base))
        for n, e in SIZES.items()
        for r in DENSE_RATES
    ]
    return Experiment("sizes", "Rate × training images: 784-256-256-512-10, 8 to 200 epochs", trials(pairs), CLOSE)


def _conv() -> Experiment:
    base: Settings = {"images": 1_000, "epochs": 20, "net": "conv", "hidden": (128,), "seeds": FIVE}
    pairs = [
        (f"conv {c:g}, dense {d:g}", Recipe(**base, conv_rate=c, rate=d, **ONE_ARM))
        for c in CONV_RATES
        for d in DENSE_RATES
    ]
    spatial = [(f"spatial {c:g}", Recipe(**base, conv_rate=c, rate=0.5, spatial=True, **ONE_ARM)) for c in (0.1, 0.2)]
    return Experiment("conv", "A small convolutional net: 1,000 images, 20 epochs", trials(pairs + spatial))


def _conv_pairs() -> Experiment:
    base: Settings = {"images": 1_000, "epochs": 20, "net": "conv", "hidden": (128,), "seeds": fresh_seeds(20)}
    pairs = [(f"conv {c:g}, dense {d:g}", Recipe(**base, conv_rate=c, rate=d, **ONE_ARM)) for c, d in CONV_PAIRS]
    title = "Six pairs of rates of the convolutional net: 1,000 images, 20 epochs"
    return Experiment("conv-pairs", title, trials(pairs), {"accuracy": 0.3, "loss": 0.01})


def _decay() -> Experiment:
    """Dropout, L2 and both. The L2 strength is selected on the first 22 seeds; the other seeds decide the verdict."""
    base: Settings = {"images": 2_000, "epochs": 40, "seeds": fresh_seeds(45)}
    pairs = [("no decay", Recipe(**base))]
    for name, decoupled in (("Adam", False), ("AdamW", True)):
        pairs += [(f"{name}, {w:g}", Recipe(**base, weight_decay=w, decoupled=decoupled)) for w in DECAYS]
    title = "Dropout, L2 and both: 2,000 images, 40 epochs"
    return Experiment("decay", title, trials(pairs), {"accuracy": 0.3, "loss": 0.03})


def _regularisers() -> Experiment:
    each: dict[str, Settings] = {
        "none": {},
        "L2, 1e-4": {"weight_decay": 1e-4},
        "L2, 1e-3": {"weight_decay": 1e-3},
        "L2, 1e-2": {"weight_decay": 1e-2},
        "max-norm 1": {"max_norm": 1.0},
        "max-norm 0.5": {"max_norm": 0.5},
        "augmentation": {"augment": True},
        "batch norm, then dropout": {"batch_norm": "before dropout"},
        "dropout, then batch norm": {"batch_norm": "after dropout"},
        "early stopping": {"patience": 3},
    }
    pairs = [(label, _few(images=2_000, epochs=40, **settings)) for label, settings in each.items()]
    return Experiment("regularisers", "Regularisers: 2,000 images, 40 epochs", trials(pairs))


def _variants() -> Experiment:
    each: dict[str, Settings] = {
        "no dropout": {"rate": 0.0},
        "dropout": {},
        "Gaussian": {"noise": "gaussian", "noise_at": AFTER_RELU},
        "Gaussian before the ReLU": {"noise": "gaussian"},
        "DropConnect": {"noise": "dropconnect"},
        "inputs only": {"rate": 0.0, "input_rate": 0.2},
        "hidden and inputs": {"input_rate": 0.2},
        "early": {"schedule": "early"},
        "late": {"schedule": "late"},
    }
    pairs = [(label, _few(seeds=fresh_seeds(10), **settings, **ONE_ARM)) for label, settings in each.items()]
    return Experiment("variants", "Variants of dropout: 1,000 images, 60 epochs", trials(pairs))


def _figure_4() -> Experiment:
    nets = ((256, 256), (256, 256, 256), (512, 512))
    pairs = [
        ("-".join(map(str, net)), Recipe(images=10_000, epochs=30, hidden=net, seeds=fresh_seeds(5))) for net in nets
    ]
    return Experiment("figure-4", "Error by updates: 10,000 images, 30 epochs", trials(pairs))


def _figure_9(fixed: bool) -> Experiment:
    """Vary the keep probability. If `fixed` is true, choose the width to keep 128 units per layer on average."""
    base: Settings = {"images": 5_000, "epochs": 15, "seeds": fresh_seeds(5), **ONE_ARM}
    pairs = []
    for keep in KEEPS:
        width = round(128 / keep) if fixed else 512
        recipe = Recipe(**base, hidden=(width,) * 3, rate=min(round(1 - keep, 2), 0.95))
        pairs.append((f"keep {keep:g}", recipe))
    what = "128 kept units a layer on average" if fixed else "784-512-512-512-10"
    return Experiment("figure-9b" if fixed else "figure-9a", f"Keep probability, {what}: 5,000 images", trials(pairs))


def _subnetworks() -> Experiment:
    recipe = Recipe(images=4_000, epochs=40, seeds=fresh_seeds(10), **ONE_ARM)
    title = "Averages of up to 200 subnetworks: ten nets, 4,000 images, 40 epochs"
    return Experiment("subnetworks", title, trials([("subnetworks", recipe)]), {"accuracy": 0.3})


SUBNETWORKS = _subnetworks()  # the nets of topics/ensemble/nets_study.py
STOPPING_SEEDS = fresh_seeds(20)  # the seeds of topics/regularisers/stopping_study.py
_ALL = (
    _article(),
    _article_fresh(),
    _long(),
    _small(),
    _drawn(),
    _rates(),
    _variants(),
    _regularisers(),
    _widths(),
    _sizes(),
    _figure_4(),
    _figure_9(False),
    _figure_9(True),
    _conv(),
    _presets("mnist", ("too little training", "a net too small", "a high rate", "a wide net")),
    _presets("mnist-5k", PRESETS),
    _conv_pairs(),
    _decay(),
    *today.EXPERIMENTS,
)
EXPERIMENTS = {experiment.name: experiment for experiment in _ALL}
