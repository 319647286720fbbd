"""The command line: `python -m dropout_core`, and `dropout-explainer` if the package is installed."""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from dropout_core.cli import check, claims, export, reference, sweep
from dropout_core.cli import open as open_command
from dropout_core.cli.output import RUNS_ARE_SAVED, guarded, log_nothing
from dropout_core.common.settings import Settings
from dropout_core.common.text import mean_and_range
from dropout_core.data.mnist import check_data_dir, find_images
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE, EngineError, Job
from dropout_core.experiments.recipe import DATA, DATA_NAMES, DEFAULTS, FACTS, NEW_PLACES, Recipe, RecipeError
from dropout_core.export.notebook import to_notebook
from dropout_core.export.run_card import LIMIT, CardError, final_numbers, recipe_of, to_card
from dropout_core.export.script import to_script
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import TAKE_FIVE
from dropout_core.storage.store import Comparison, Store

# Every recipe field except arms has a flag, and seeds has two. The value of an omitted flag is None.
_RECIPE_FLAGS = ("seed", *(name for name in FACTS if name != "arms"))
_OTHER_DEFAULTS = {"images": "all", "data": "the best available", "hidden": "256,128"}
_COLUMNS = {"epoch_loss": "train loss", "full_val_loss": "val. loss", "full_val_accuracy": "val. acc., %"}


def console() -> int:
    """Run the command `dropout-explainer`. Without arguments, it opens the app."""
    if len(sys.argv) == 1:
        sys.argv.append("open")
    return main()


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status. Errors that the user can fix are printed as one line on stderr."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["open"]:
        return open_command.open_app(words[1:])
    if arguments is None:
        log_nothing()
    return guarded(lambda: _run(words))


def _run(arguments: list[str]) -> int:
    args = parser().parse_args(arguments)
    try:
        return args.command(args)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(getattr(args, "interrupted", "")) from None


def train(args: argparse.Namespace) -> int:
    """Train a comparison or load it from the store, print its final numbers and, if requested, write its run card."""
    recipe, settings = _recipe(args), Settings.from_env()
    check_data_dir(recipe.data, settings)
    store = Store(settings.store, settings.weights)
    try:
        for notice in store.notices:
            print(notice, file=sys.stderr)
        comparison = store.get(recipe.key)
        if comparison is None or comparison.status != DONE:
            comparison = _make(recipe, store, settings)
        print(json.dumps(_summary(comparison)) if args.json else _table(comparison))
        if args.card:
            _write(args.card, to_card(comparison))
        return 0
    finally:
        store.close()


def script(args: argparse.Namespace) -> int:
    """Print a stand-alone PyTorch script for the recipe, or the same script as a notebook."""
    write = to_notebook if args.notebook else to_script
    print(write(_recipe(args)), end="")
    return 0


def data(args: argparse.Namespace) -> int:
    """Print the path of the image files in use, and the reasons for skipping preferred sources."""
    source = find_images(Settings.from_env(), download=args.download)
    print(f"{source.described}\n  {source.folder}")
    for problem in source.problems:
        print(f"  skipped: {problem}")
    return 0


def _recipe(args: argparse.Namespace) -> Recipe:
    """Return the recipe from the file, or the article's recipe with the command-line overrides applied.

    Raises CardError and RecipeError.
    """
    given = {name: value for name in _RECIPE_FLAGS if (value := getattr(args, name)) is not None}
    if args.recipe is not None:
        if given:
            flags = ", ".join("--" + name.replace("_", "-") for name in given)
            raise RecipeError(f"--recipe already sets every field; omit {flags}")
        return recipe_of(_read(args.recipe))
    if "seed" in given:
        given["seeds"] = (given.pop("seed"),)
    implied = {field: value for noise, field, value in NEW_PLACES if given.get("noise") == noise}
    given = implied | given
    name = given.get("data") or find_images(Settings.from_env()).data
    return Recipe.from_dict({"data": name, "images": DATA[name]} | given)


def _read(name: str) -> bytes:
    """Read the file, or standard input if the name is "-", up to one character beyond the size limit."""
    most = 4 * (LIMIT + 1)  # bytes; a character has at most four
    try:
        if name == "-":
            return sys.stdin.buffer.read(most)
        with open(name, "rb") as file:
            return file.read(most)
    except OSError as error:
        raise CardError(f"{name} cannot be read ({error.strerror})") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CardError(f"the card cannot be written to {path} ({error.strerror}); the results are stored") from None


def _make(recipe: Recipe, store: Store, settings: Settings) -> Comparison:
    engine = Engine(store, settings)
    try:
        job = engine.submit(recipe)
        _follow(job)
    finally:
        engine.close()
    comparison = store.get(recipe.key)
    if job.state != DONE or comparison is None or comparison.missing:
        raise EngineError(job.message or f"the training was {job.state}")
    return comparison


def _follow(job: Job) -> None:
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}, {remaining} left", disable=None) as bar:
        while not job.finished_event.wait(0.1):
            bar.update(int(100 * job.progress()) - bar.n)
        bar.update(100 - bar.n if job.state == DONE else 0)


def _summary(comparison: Comparison) -> dict[str, object]:
    """Summarise the comparison: its recipe, status and provenance, and each run's final numbers and training time."""
    return {
        "key": comparison.recipe.key,
        "recipe": json.loads(comparison.recipe.to_json()),
        "status": comparison.status,
        "provenance": comparison.provenance,
        "runs": final_numbers(comparison),
    }


def _table(comparison: Comparison) -> str:
    """Format one line per arm, with the numbers of its only run, or the mean and the range over its runs."""
    recipe, runs = comparison.recipe, final_numbers(comparison)
    title = f"{len(recipe.seeds)} seeds" if len(recipe.seeds) > 1 else ""
    columns = _COLUMNS | {"seconds": "seconds"}
    rows = [[title, *columns.values()]]
    for arm in recipe.arms:
        rows.append([arm, *(_cell([run[name] for run in runs if run["arm"] == arm], name) for name in columns)])
    width = max(len(cell) for row in rows for cell in row[1:]) + 2
    lines = [f"{row[0]:12}" + "".join(f"{cell:>{width}}" for cell in row[1:]) for row in rows]
    lines.append(f"trained on {recipe.images:,} of {DATA_NAMES[recipe.data]}")
    if len(recipe.arms) > 1 and len(recipe.seeds) < FEWEST:
        lines.append(TAKE_FIVE)
    return "\n".join(lines)


def _cell(values: list[float], name: str) -> str:
    digits = {"seconds": 1, "full_val_accuracy": 2}.get(name, 4)
    return mean_and_range(values, digits)


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(width) for width in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"layer widths must be written like 256,128, not {text[:40]!r}") from None


def _first_seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(range(min(int(text), 101)))  # one seed more than the limit, so that the recipe reports the error
    except ValueError:
        raise argparse.ArgumentTypeError(f"the number of seeds must be a whole number, not {text[:40]!r}") from None


def parser() -> argparse.ArgumentParser:
    """Return the argument parser for all commands."""
    program = Path(sys.argv[0]).stem
    called = program if program == "dropout-explainer" else "python -m dropout_core"
    made = argparse.ArgumentParser(prog=called, description=__doc__)
    commands = made.add_subparsers(required=True)
    commands.add_parser("open", help=open_command.HELP)  # only for the help; main leaves its options to Streamlit
    training = commands.add_parser("train", help="train one comparison and save it in the store")
    _add_recipe_flags(training)
    training.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    training.add_argument("--card", type=Path, metavar="FILE", help="write the run card to this file")
    training.set_defaults(command=train, interrupted=RUNS_ARE_SAVED)
    exporting = commands.add_parser("script", help="print a comparison as a stand-alone PyTorch script")
    _add_recipe_flags(exporting)
    exporting.add_argument("--notebook", action="store_true", help="print a Jupyter notebook instead")
    exporting.set_defaults(command=script)
    sweep.set_up(commands.add_parser("sweep", help=sweep.HELP))
    reference.set_up(commands.add_parser("reference", help=reference.HELP))
    claims.set_up(commands.add_parser("claims", help=claims.HELP))
    check.set_up(commands.add_parser("check", help=check.HELP))
    export.set_up(commands.add_parser("export", help=export.HELP))
    locating = commands.add_parser("data", help="show which images were found, and where")
    locating.add_argument("--download", action="store_true", help="download MNIST if it is missing")
    locating.set_defaults(command=data)
    return made


def _add_recipe_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--recipe", metavar="FILE", help="read the recipe from this run card or JSON file; - is standard input")
    for name in FACTS:
        if name not in ("arms", "seeds"):
            _add_field_flag(parser, name)
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", type=int, help="one seed; default: 0")
    seeds.add_argument("--seeds", type=_first_seeds, metavar="N", help="N seeds: 0 to N - 1")


def _add_field_flag(parser: argparse.ArgumentParser, name: str) -> None:
    facts, default = FACTS[name], DEFAULTS[name]
    text = f"{facts.help or facts.label + '.'} Default: {_OTHER_DEFAULTS.get(name, default)}."
    add = partial(parser.add_argument, "--" + name.replace("_", "-"), help=text)
    if isinstance(default, bool):
        add(action="store_const", const=True)
    elif isinstance(facts.fits, tuple):
        add(choices=facts.fits)
    elif name == "hidden":
        add(type=_widths, metavar="N,N")
    else:
        add(type=type(default), metavar="N")
