"""The command `python -m dropout_core reference`, which trains the package's reference runs or resumes them."""

import argparse
import os
import sys
from importlib import import_module

from dropout_core.cli.sweep import train_grid
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import find_images
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE, EngineError, Refused, obstacle
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.reference import FILES, nets, records
from dropout_core.storage.store import Store

NETS = "nets"
STUDIES = {  # studies that are not comparisons; each has its own program, which writes its own file
    "masks": ("masks.study", "A net of 14 × 14 pixels, small enough to draw"),
    "ensemble": ("ensemble.study", "All subnetworks of tiny nets; samples of them; random forests"),
    "subnetworks": ("ensemble.nets_study", "Averages of sampled subnetworks against the scaled pass: ten nets"),
    "stopping": ("regularisers.stopping_study", "Early stopping, judged on images that chose no epoch"),
    "times": ("training.timing_study", "CPU time of the article's loop and of the trainer, with and without dropout"),
    "ablation": ("neurons.ablation_study", "What removing neurons costs: two comparisons"),
    "autoencoder": ("neurons.autoencoder_study", "Autoencoders: features, activity"),
    "uncertainty": ("uncertainty.study", "Masks on against masks off, by angle"),
    "pitfalls": ("pitfalls.symptom_study", "What broken and correct code returns, by rate"),
}
NAMES = (NETS, *EXPERIMENTS, *STUDIES)


HELP = "make the reference runs of the package; continues where it stopped"


def set_up(parser: argparse.ArgumentParser) -> None:
    """Add this command's flags to the parser."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--all", action="store_true", help="all of them, in this order")
    parser.add_argument("--list", action="store_true", help="say what each trains, and which records are there")
    parser.set_defaults(command=reference)


def reference(args: argparse.Namespace, settings: Settings) -> int:
    """Train these experiments and write their records. The exit status is 1 if a trial failed."""
    if args.list or not (args.names or args.all):
        _list()
        return 0
    names = NAMES if args.all else args.names
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise EngineError(f"there is no experiment {unknown[0][:40]!r}; --list names them")
    if not os.access(FILES, os.W_OK):  # better said now than after hours of training
        raise EngineError(f"the records belong in {FILES}, where this user cannot write; use a checkout of your own")
    if any(name != NETS for name in names) and find_images(settings).data != "mnist":
        raise EngineError("the reference runs need the full MNIST: set DROPOUT_DATA_DIR, or allow the download")
    store = Store(settings.store)
    try:
        return max(_make(name, store, settings) for name in names)
    finally:
        store.close()


def _make(name: str, store: Store, settings: Settings) -> int:
    if name == NETS:
        return _nets(store, settings)
    if name in STUDIES:
        if (reason := obstacle(settings)) is not None:
            raise Refused(reason)
        module, title = STUDIES[name]
        print(f"{name}: {title}", file=sys.stderr)
        import_module(f"dropout_core.topics.{module}").main()
        return 0
    experiment = EXPERIMENTS[name]
    print(f"{experiment.name}: {experiment.title}", file=sys.stderr)
    last = train_grid(experiment, store, settings)
    for cell, message in last.failed:
        print(f"failed: {cell}: {message}", file=sys.stderr)
    if last.failed:
        return 1
    records.write(experiment, store)
    return 0


def _nets(store: Store, settings: Settings) -> int:
    engine = Engine(store, settings)
    try:
        job = engine.submit(nets.RECIPE)
        job.finished_event.wait()
    finally:
        engine.close()
    comparison = store.get(nets.RECIPE.key)
    if job.state != DONE or comparison is None:
        raise EngineError(job.message or f"the training was {job.state}")
    nets.write(comparison, store)
    return 0


def _list() -> None:
    recorded = set(records.recorded())
    for name, experiment in EXPERIMENTS.items():
        runs = sum(len(trial.recipe.runs()) for trial in experiment.trials)
        print(f"{name:14}{'recorded' if name in recorded else 'missing':10}{runs:4} runs  {experiment.title}")
    for name, (_, title) in STUDIES.items():
        print(f"{name:33}{title}")
