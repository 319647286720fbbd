"""The benchmarks, which report times relative to reference code timed in the same run on the same machine.

python -m dropout_core.benchmarks pair --images 12000 --epochs 1 --json
python -m dropout_core.benchmarks floor --images 12000 --epochs 1 --json
python -m dropout_core.benchmarks jax --json
python -m dropout_core.benchmarks wide
python -m dropout_core.benchmarks scaling --chart docs/scaling.svg
python -m dropout_core.benchmarks ask
python -m dropout_core.benchmarks readers --readers 50
python -m dropout_core.benchmarks pages
python -m dropout_core.benchmarks pages --static
python -m dropout_core.benchmarks replicas --chart docs/replicas.svg --report docs/replicas.md
python -m dropout_core.benchmarks stores
python -m dropout_core.benchmarks soak --minutes 60 --chart docs/soak.svg
"""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from dropout_core.benchmarks import asking, replicas, serving, soak, static_pages, stores, training_speed, wide_nets
from dropout_core.cli.output import log_nothing


def main() -> int:
    """Run one benchmark and return the exit status."""
    log_nothing()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the benchmarks stop the processes that they started
    args = parser().parse_args()
    return args.command(args)


def parser() -> argparse.ArgumentParser:
    """Return the argument parser for all benchmarks."""
    made = argparse.ArgumentParser(prog="python -m dropout_core.benchmarks", description=__doc__)
    commands = made.add_subparsers(required=True)
    for name, measure in (("pair", training_speed.pair), ("floor", training_speed.floor), ("jax", _jax)):
        one = commands.add_parser(name, help=_first_line(measure.__doc__))
        one.add_argument("--images", type=int, default=12_000)
        one.add_argument("--epochs", type=int, default=1)
        one.add_argument("--repeats", type=int, default=5)
        one.add_argument("--json", action="store_true", help="print one JSON object")
        one.set_defaults(command=_speed, measure=measure)
    paper = commands.add_parser("wide", help=_first_line(wide_nets.wide.__doc__))
    paper.add_argument("--updates", type=int, default=60, help="updates per round")
    paper.add_argument("--rounds", type=int, default=7)
    paper.set_defaults(command=lambda args: _print_rows(wide_nets.wide(args.updates, args.rounds)))
    growth = commands.add_parser("scaling", help=_first_line(training_speed.scaling.__doc__))
    _add_chart_flag(growth)
    growth.set_defaults(command=_scaling)
    questions = commands.add_parser("ask", help=_first_line(asking.ask.__doc__))
    questions.add_argument("--repeats", type=int, default=100, help="questions about one digit")
    questions.set_defaults(command=lambda args: _print_rows(asking.ask(args.repeats)))
    crowd = commands.add_parser("readers", help=_first_line(serving.readers.__doc__))
    _add_pages_flag(crowd, serving.PAGES)
    crowd.add_argument("--readers", type=int, default=50)
    crowd.add_argument("--training", action="store_true", help="compare times with and without a training run")
    crowd.set_defaults(command=_readers)
    charts = commands.add_parser("pages", help=_first_line(serving.first_charts.__doc__))
    _add_pages_flag(charts, serving.CHARTED)
    charts.add_argument("--static", action="store_true", help="compare the static edition with the app")
    charts.set_defaults(command=_pages)
    several = commands.add_parser("replicas", help=_first_line(replicas.measure.__doc__))
    _add_pages_flag(several, serving.PAGES)
    several.add_argument("--turns", type=int, default=3)
    several.add_argument("--reruns", type=int, default=12, help="timed reruns of each reader")
    several.add_argument("--limit", type=float, default=1.0, help="95th percentile in seconds that is too long")
    several.add_argument("--first", type=int, default=20, help="readers to begin with")
    several.add_argument("--most", type=int, default=1000, help="readers to end with")
    several.add_argument("--report", type=Path, help="write a description to this .md file; needs --chart")
    _add_chart_flag(several)
    several.set_defaults(command=_replicas)
    databases = commands.add_parser("stores", help=_first_line(stores.compare.__doc__))
    databases.add_argument("--turns", type=int, default=20)
    databases.add_argument("--images", type=int, default=12_000)
    databases.add_argument("--epochs", type=int, default=1)
    databases.add_argument("--repeats", type=int, default=10, help="comparisons on each store in a turn")
    databases.set_defaults(command=_stores)
    long = commands.add_parser("soak", help=_first_line(soak.soak.__doc__))
    long.add_argument("--minutes", type=float, default=60)
    long.add_argument("--readers", type=int, default=10)
    _add_chart_flag(long)
    long.set_defaults(command=_soak)
    return made


def _first_line(docstring: str | None) -> str:
    return (docstring or "").splitlines()[0]


def _add_chart_flag(one: argparse.ArgumentParser) -> None:
    one.add_argument("--chart", type=Path, help="write the chart to this .json, .svg or .png file")


def _add_pages_flag(one: argparse.ArgumentParser, pages: tuple[str, ...]) -> None:
    one.add_argument(
        "--only", type=lambda text: tuple(text.split(",")), default=pages, metavar="PAGE,PAGE", help="default: all"
    )


def _speed(args: argparse.Namespace) -> int:
    result = args.measure(args.images, args.epochs, args.repeats)
    print(json.dumps(result) if args.json else ", ".join(f"{name} {value}" for name, value in result.items()))
    return 0


def _jax(images: int, epochs: int, repeats: int) -> dict[str, float]:
    """Time the pair as the page trains it, and in JAX, evaluated as often. Needs JAX and Optax."""
    from dropout_core.benchmarks import jax_peer

    return jax_peer.compare(images, epochs, repeats)


def _scaling(args: argparse.Namespace) -> int:
    rows = training_speed.scaling()
    for row in rows:
        print(f"{row['grows']:8}{row['value']:8}{row['seconds']:9.3f} s{row['per_run']:9.3f} s per run")
    if args.chart:
        training_speed.scaling_chart(rows).save(args.chart)
    return 0


def _readers(args: argparse.Namespace) -> int:
    measure = serving.beside_training if args.training else serving.readers
    return _print_rows(measure(args.readers, args.only))


def _pages(args: argparse.Namespace) -> int:
    measure = static_pages.first_charts if args.static else serving.first_charts
    return _print_rows(measure(args.only))


def _replicas(args: argparse.Namespace) -> int:
    load = replicas.Load(args.only, args.reruns, args.limit, args.first, args.most)
    rows = replicas.run(load, args.turns, lambda row: print(json.dumps(row), flush=True))
    print(replicas.capacities(rows, args.limit).round(1).to_string(index=False))
    if args.chart:
        replicas.chart(rows, args.limit).save(args.chart)
        if args.report:
            args.report.write_text(replicas.report(rows, args.limit, args.chart.name), "utf-8")
    return 0


def _stores(args: argparse.Namespace) -> int:
    rows = []
    for row in stores.compare(args.turns, args.images, args.epochs, args.repeats):
        print(json.dumps(row), flush=True)
        rows.append(row)
    print(json.dumps(stores.summary(rows)))
    return 0


def _soak(args: argparse.Namespace) -> int:
    rows = soak.soak(args.minutes, args.readers, lambda row: print(json.dumps(row), flush=True))
    if args.chart:
        soak.chart(rows).save(args.chart)
    return 0


def _print_rows(rows: Iterator[dict]) -> int:
    for row in rows:
        print(json.dumps(row), flush=True)
    return 0
