"""Implements `python -m dropout_core sweep`, which trains a grid of rates and widths, or resumes an earlier one."""

import argparse
import json
import sys
from dataclasses import asdict

import pandas as pd
from tqdm import tqdm

from dropout_core.cli.output import RUNS_ARE_SAVED
from dropout_core.common.settings import Settings
from dropout_core.common.text import duration
from dropout_core.data.mnist import check_data_dir, find_images
from dropout_core.engine.engine import Engine
from dropout_core.engine.grid_runner import Progress, run
from dropout_core.experiments.experiment import Experiment
from dropout_core.experiments.recipe import DATA
from dropout_core.experiments.sweep import Sweep, parse_rates, parse_widths
from dropout_core.numerics.statistics import FEWEST
from dropout_core.numerics.verdicts import TAKE_FIVE
from dropout_core.storage.store import Store
from dropout_core.topics.rates import findings

BEST_NOTE = "; * best rate for its width, = no detectable difference from the best"
HELP = "train nets of several widths at several rates, resuming where the last command stopped"


def set_up(parser: argparse.ArgumentParser) -> None:
    """Add this command's flags to the parser."""
    add = parser.add_argument
    add("--rates", default="0:0.8:0.2", metavar="FROM:TO:STEP", help="or a list such as 0,0.2,0.5; default: 0:0.8:0.2")
    add(
        "--widths",
        default="16,64,256",
        metavar="N,N",
        help="widths of the first hidden layer (the second is half as wide); default: 16,64,256",
    )
    add("--seeds", type=int, default=5, metavar="N", help="seeds 0 to N - 1 for every cell; default: 5")
    add("--images", type=int, default=2_000, help="training images; default: 2000")
    add("--epochs", type=int, default=20, help="default: 20")
    add("--learning-rate", type=float, default=1e-3, help="default: 0.001")
    add("--data", choices=tuple(DATA), help="default: the best available")
    add("--json", action="store_true", help="print one JSON object instead of a table")
    parser.set_defaults(command=sweep, interrupted=RUNS_ARE_SAVED)


def sweep(args: argparse.Namespace) -> int:
    """Train the cells missing from the store and print the whole grid. The exit status is 1 if a cell failed."""
    settings = Settings.from_env()
    grid = Sweep(
        rates=parse_rates(args.rates),
        widths=parse_widths(args.widths),
        data=args.data or find_images(settings).data,
        images=args.images,
        epochs=args.epochs,
        learning_rate=args.learning_rate,
        seeds=tuple(range(min(args.seeds, 101))),  # one seed more than the limit, so that the recipe reports the error
    )
    check_data_dir(grid.data, settings)
    store = Store(settings.store, settings.weights)
    try:
        last = train_grid(grid, store, settings)
        runs = findings.measured(grid, store)
        print(json.dumps(_summary(grid, runs)) if args.json else _table(grid, runs))
    finally:
        store.close()
    for cell, message in last.failed:
        print(f"failed: {cell}: {message}", file=sys.stderr)
    return 1 if last.failed else 0


def train_grid(grid: Sweep | Experiment, store: Store, settings: Settings) -> Progress:
    """Train the cells missing from the store while showing a progress bar."""
    engine = Engine(store, settings)
    try:
        with tqdm(total=len(grid.cells()), initial=0, unit="cell", disable=None) as bar:

            def show(progress: Progress) -> None:
                left = "" if progress.seconds_left is None else f"{duration(progress.seconds_left)} left"
                bar.set_postfix_str(left, refresh=False)
                bar.update(progress.done - bar.n)

            return run(grid, engine, show)
    finally:
        engine.close()


def _summary(grid: Sweep, runs: pd.DataFrame) -> dict:
    cells = findings.summary(runs)
    best = {column: findings.best(runs, column) for column in ("accuracy", "loss")}
    return {
        "key": grid.key,
        "sweep": asdict(grid),
        "cells": cells.astype(object).where(cells.notna(), None).to_dict("records"),
        "best": {column: [asdict(one) for one in bests] for column, bests in best.items()},
        "verdict": {column: findings.verdict(runs, column) for column in best},
    }


def _table(grid: Sweep, runs: pd.DataFrame) -> str:
    """Format a table of the mean accuracy by width and rate, followed by the findings if there are enough seeds.

    An asterisk marks the best rate of each width, and = marks rates with no detectable difference from the best.
    """
    judged = len(grid.seeds) >= FEWEST
    cells, best = findings.summary(runs), findings.best(runs)
    rates = sorted(cells["rate"].unique())
    lines = ["validation accuracy, %" + (BEST_NOTE if judged else "")]
    lines.append(f"{'width':>8}" + "".join(f"{f'p = {rate:g}':>10}" for rate in rates))
    for one in best:
        row = cells[cells["width"] == one.width].set_index("rate")["accuracy"]
        marks = {rate: " " if rate not in one.alike else "*" if rate == one.rate else "=" for rate in rates}
        shown = (f"{row[rate]:9.2f}{marks[rate]}" if rate in row else f"{'–':>10}" for rate in rates)
        lines.append(f"{one.width:>8}" + "".join(shown))
    if not judged:
        return "\n".join([*lines, TAKE_FIVE])
    lines += ["compared with no dropout, by accuracy:", *(f"  {findings.gain_in_words(one)}" for one in best)]
    lines.append(f"Does the best rate grow with the width? By accuracy: {findings.verdict(runs, 'accuracy')}")
    lines.append(f"By loss: {findings.verdict(runs, 'loss')}")
    return "\n".join(lines)
