"""Implements `python -m dropout_core reference`, which starts or resumes the package's reference runs."""

import argparse
import os
import sys
from contextlib import nullcontext
from importlib import import_module

from dropout_core.cli.output import RUNS_ARE_SAVED
from dropout_core.cli.sweep import train_grid
from dropout_core.common.process import idle_priority
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import find_images
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE, EngineError, Refused, obstacle
from dropout_core.experiments import paper_scale as scale
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.reference import FILES, nets, paper_scale, records
from dropout_core.storage.store import Store

NETS = "nets"
STUDIES = {  # studies that are not comparisons; each has its own program, which writes its own file
    "masks": ("masks.study", "A net for images of 14 × 14 pixels, small enough to draw"),
    "ensemble": ("ensemble.study", "Tiny nets: averages of all subnetworks and of samples; random forests"),
    "deep": (
        "ensemble.deep_study",
        "Averages of all subnetworks of 400 small, deep nets, compared with the scaled pass",
    ),
    "subnetworks": (
        "ensemble.nets_study",
        "Averages of sampled subnetworks compared with the scaled pass, for ten nets",
    ),
    "stopping": ("regularisers.stopping_study", "Early stopping, evaluated on images not used to choose the epoch"),
    "decay-choice": (
        "regularisers.decay_study",
        "Nets that choose C10's strength of L2, evaluated on separate images",
    ),
    "times": ("training.timing_study", "CPU time of the article's loop and of the trainer, with and without dropout"),
    "ablation": ("neurons.ablation_study", "Accuracy lost by removing neurons, in two comparisons"),
    "autoencoder": (
        "neurons.autoencoder_study",
        "Autoencoders: features, activity, and reconstructions without some neurons",
    ),
    "uncertainty": ("uncertainty.study", "Masks on versus masks off, by angle of rotation"),
    "calibration": ("uncertainty.nets_study", "Calibration of ten nets with dropout, and of ten without"),
    "disagreement": ("uncertainty.sizes_study", "Disagreement and calibration, by the size of the training set"),
    "coadaptation": (
        "today.coadaptation_study",
        "Correlations between hidden units, and the cost of removing pairs, for ten nets of each kind",
    ),
    "adaptive-l2": ("today.adaptive_l2_study", "Dropout's exact penalty against its quadratic approximation"),
    "transformer": ("today.transformer_study", "A tiny transformer with dropout in different places"),
    "early-late": ("today.early_study", "Dropout in the first or in the last part of the training, in two regimes"),
    "pitfalls": ("pitfalls.symptom_study", "Outputs of broken code and of correct code, by rate"),
}
# Studies whose nets the engine's workers train. The workers lower their own priority.
ON_THE_ENGINE = ("subnetworks", "stopping", "decay-choice", "ablation", "calibration", "disagreement", "coadaptation")
ALL = (NETS, *EXPERIMENTS, *STUDIES)
NAMES = (*ALL, scale.NAME)


HELP = "train the package's reference runs, resuming where the last command stopped"


def set_up(parser: argparse.ArgumentParser) -> None:
    """Add this command's flags to the parser."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--all", action="store_true", help=f"train all but {scale.NAME}, in this order")
    parser.add_argument("--list", action="store_true", help="list what each of them trains, and which records exist")
    only = f"; only for {scale.NAME}"
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help=f"where to train{only}")
    parser.add_argument("--minutes", type=float, metavar="N", help=f"stop after N minutes, to be resumed{only}")
    parser.set_defaults(command=reference, interrupted=RUNS_ARE_SAVED)


def reference(args: argparse.Namespace) -> int:
    """Train these experiments and write their records. The exit status is 1 if a trial failed."""
    if args.list or not (args.names or args.all):
        _list()
        return 0
    names = ALL if args.all else args.names
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise EngineError(f"there is no experiment {unknown[0][:40]!r}; use --list to see all names")
    if not os.access(FILES, os.W_OK):  # report this now, not after hours of training
        raise EngineError(f"this user may not write to {FILES}, where the records are stored; use your own checkout")
    settings = Settings.from_env()
    if any(name != NETS for name in names) and find_images(settings).data != "mnist":
        raise EngineError("the reference runs need all of MNIST: set DROPOUT_DATA_DIR, or allow the download")
    store = Store(settings.store, settings.weights)
    try:
        return max(_make(name, store, settings, args) for name in names)
    finally:
        store.close()


def _make(name: str, store: Store, settings: Settings, args: argparse.Namespace) -> int:
    if name == NETS:
        return _nets(store, settings)
    if name == scale.NAME:
        return _at_paper_scale(settings, args)
    if name in STUDIES:
        if (reason := obstacle(settings)) is not None:
            raise Refused(reason)
        module, title = STUDIES[name]
        print(f"{name}: {title}", file=sys.stderr)
        with nullcontext() if name in ON_THE_ENGINE else idle_priority():
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


def _at_paper_scale(settings: Settings, args: argparse.Namespace) -> int:
    if (reason := obstacle(settings)) is not None:
        raise Refused(reason)
    print(f"{scale.NAME}: {scale.PAPER_SCALE.title}", file=sys.stderr)
    return import_module("dropout_core.topics.papers.scale_study").main(args.device, args.minutes)


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
    for name, experiment in scale.EXPERIMENTS.items():
        done = f"{len(paper_scale.finished(name))} of"
        print(f"{scale.NAME:14}{done:10}{len(scale.runs(name)):4} runs  {experiment.title}")
