"""The command line: `python -m dropout_core train` and `python -m dropout_core data`."""

import argparse
import json
import sys
import time

from tqdm import tqdm

from .datasets import DataError, locate
from .jobs import DONE, Engine, EngineError, Job
from .recipe import ARMS, DATA, Recipe, RecipeError
from .settings import SettingError, Settings
from .store import Comparison, Store, StoreError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors that a user can mend are one line on stderr."""
    args = _parser().parse_args(arguments)
    try:
        return args.command(args, Settings.from_env())
    except (DataError, EngineError, RecipeError, SettingError, StoreError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def train(args: argparse.Namespace, settings: Settings) -> int:
    """Make one comparison, or find it in the store, and print its final numbers."""
    recipe = _recipe(args, settings)
    store = Store(settings.store)
    try:
        for notice in store.notices:
            print(notice, file=sys.stderr)
        found = store.get(recipe.key)
        if found is None or found.status != DONE:
            found = _make(recipe, store, settings)
        print(json.dumps(_summary(found)) if args.json else _table(found))
        return 0 if found.status == DONE else 1
    finally:
        store.close()


def data(args: argparse.Namespace, settings: Settings) -> int:
    """Say which images were found where, and what is wrong with better sources."""
    source = locate(settings, download=args.download)
    print(f"{source.described}\n  {source.folder}")
    for problem in source.problems:
        print(f"  passed over: {problem}")
    return 0


def _recipe(args: argparse.Namespace, settings: Settings) -> Recipe:
    name = args.data or locate(settings, download=True).data
    images = args.images or DATA[name]
    return Recipe(
        data=name,
        images=images,
        rate=args.rate,
        epochs=args.epochs,
        learning_rate=args.learning_rate,
        seeds=(args.seed,),
    )


def _make(recipe: Recipe, store: Store, settings: Settings) -> Comparison:
    engine = Engine(store, settings)
    try:
        job = engine.submit(recipe)
        _follow(job)
    except KeyboardInterrupt:
        engine.cancel(recipe.key)
        raise SystemExit(130) from None
    finally:
        engine.close()
    found = store.get(recipe.key)
    if job.state != DONE or found is None:
        raise EngineError(job.message or f"the training was {job.state}")
    return found


def _follow(job: Job) -> None:
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}, {remaining} left", disable=None) as bar:
        while not job.finished:
            bar.update(int(100 * job.progress()) - bar.n)
            time.sleep(0.1)
        bar.update(100 - bar.n if job.state == DONE else 0)


def _summary(found: Comparison) -> dict:
    """The comparison in a few numbers: recipe, status, provenance, and the last point and run time of each run."""
    last = found.points.sort_values("step").groupby(["arm", "seed"], as_index=False).last()
    final = last[["arm", "seed", "epoch_loss", "eval_loss", "full_val_loss", "full_val_accuracy"]]
    runs = final.merge(found.runs[["arm", "seed", "seconds"]], on=["arm", "seed"])
    return {
        "key": found.recipe.key,
        "recipe": json.loads(found.recipe.to_json()),
        "status": found.status,
        "provenance": found.provenance,
        "runs": runs.to_dict("records"),
    }


def _table(found: Comparison) -> str:
    lines = [f"{'':12}{'train loss':>12}{'val. loss':>12}{'val. acc.':>12}{'seconds':>10}"]
    for run in sorted(_summary(found)["runs"], key=lambda run: ARMS.index(run["arm"])):
        numbers = f"{run['epoch_loss']:12.4f}{run['full_val_loss']:12.4f}{run['full_val_accuracy']:11.2f}%"
        lines.append(f"{run['arm']:12}{numbers}{run['seconds']:10.1f}")
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dropout_core", description=__doc__)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("train", help="make one comparison and keep it in the store")
    one.add_argument("--rate", type=float, default=0.5, help="P(drop) in the hidden layers")
    one.add_argument("--epochs", type=int, default=5)
    one.add_argument("--images", type=int, help="training images; default: all")
    one.add_argument("--learning-rate", type=float, default=1e-3)
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--data", choices=("mnist", "mnist-5k"), help="default: the best at hand")
    one.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    one.set_defaults(command=train)
    found = commands.add_parser("data", help="say which images were found where")
    found.add_argument("--download", action="store_true", help="try to download MNIST if it is not there")
    found.set_defaults(command=data)
    return parser


if __name__ == "__main__":
    sys.exit(main())
