"""The article's claims about a comparison with and without dropout: C5, C6 and C7, from the reference runs."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from dropout_core.common.text import listed
from dropout_core.experiments.catalogue import EXPERIMENTS, TIMING_MARGIN
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence, power_range
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, improves, same
from dropout_core.reference import FILES
from dropout_core.reference.record_tables import compared, runs
from dropout_core.reference.records import Record, load

RECIPES = {name: EXPERIMENTS[name].trials[0].recipe for name in ("article-fresh", "long", "drawn")}
ARTICLE, LONG, SMALL = (f"{recipe.images:,} images and {recipe.epochs} epochs" for recipe in RECIPES.values())
MEASURES = {"accuracy": ("validation accuracy", "points", True), "loss": ("validation loss", "nats", False)}
AVERAGED = 5  # evaluations at each end of the longest comparison
TIMES = FILES / "training_times.json"
ARTICLE_LOOP, TRAINER = "the article's loop", "this project's trainer"
BETTER = {Verdict.HOLDS: "better", Verdict.DOES_NOT_HOLD: "worse", Verdict.INCONCLUSIVE: "inconclusive"}


def differences(column: str) -> dict[str, Paired]:
    """Return each comparison's paired difference, dropout minus no dropout, in a column of record_tables.runs()."""
    found = {f"{ARTICLE} at p = 0.5": arms(load("article-fresh"), column)}
    found |= {f"{LONG} at p = {rate:g}": by_rate(load("long"), column, rate) for rate in (0.2, 0.5)}
    return found | {f"{SMALL} at p = 0.5": arms(load("drawn"), column)}


def arms(record: Record, column: str) -> Paired:
    """Compute the paired difference, dropout minus no dropout, in a record with a single trial."""
    (label,) = record.trials
    return compared(runs(record), column, (label, DROPOUT), (label, NO_DROPOUT))


def by_rate(record: Record, column: str, rate: float) -> Paired:
    """Compute the paired difference between this rate and rate 0, in a record with one trial per rate."""
    return compared(runs(record), column, (f"rate {rate:g}", DROPOUT), ("rate 0", DROPOUT))


def pairing_ratio(column: str = "accuracy") -> float:
    """Return Var(d) / (V1 + V2) in the article's comparison: 1 if pairing by seed gains nothing, less if it helps."""
    by_arm = runs(load("article-fresh")).pivot(index="seed", columns="arm", values=column)
    return float((by_arm[DROPOUT] - by_arm[NO_DROPOUT]).var() / (by_arm[DROPOUT].var() + by_arm[NO_DROPOUT].var()))


def less_overfitting() -> Finding:
    """Judge C5: dropout narrows the gap between training and validation loss, both in evaluation mode.

    A narrower gap is not less overfitting if the validation loss gets worse: such a net underfits. Both are required.
    """
    gaps, losses = differences("gap"), differences("loss")
    order = sorted(gaps, key=lambda case: fits_less(gaps[case], losses[case]))  # those that support the claim first
    evidence = tuple(Evidence(case, "gap in loss", "nats", gaps[case]) for case in order)
    evidence += tuple(Evidence(case, "validation loss", "nats", losses[case]) for case in order)
    verdicts = {case: {"gap": _less_overfit(gaps[case], losses[case])} for case in gaps}
    less = [case for case in gaps if fits_less(gaps[case], losses[case])]
    narrower = [case for case, gap in gaps.items() if gap.sign < 0]
    sentence = f"The gap narrows in {len(narrower)} of {len(gaps)} comparisons"
    if less:
        sentence += (
            f". In {len(less)} of these comparisons ({'; '.join(less)}), both training and validation loss get worse, "
            "so the net is underfitting rather than overfitting less"
        )
    return _by_case(verdicts, sentence, evidence)


def fits_less(gap: Paired, loss: Paired) -> bool:
    """Whether the gap narrows although the validation loss gets worse, each by its interval."""
    return gap.sign < 0 < loss.sign


def _less_overfit(gap: Paired, loss: Paired) -> Verdict:
    return Verdict.DOES_NOT_HOLD if fits_less(gap, loss) else improves(gap, higher_is_better=False)


def generalises() -> Finding:
    """Judge C6, that the net with dropout ends up generalising better, by accuracy and by loss in each comparison."""
    verdicts: dict[str, dict[str, Verdict]] = {}
    evidence = []
    for column, (measure, unit, higher) in MEASURES.items():
        for case, p in differences(column).items():
            evidence.append(Evidence(case, measure, unit, p))
            verdicts.setdefault(case, {})[column] = improves(p, higher)
    return _by_case(verdicts, f"{as_training_goes_on()}. {_by_images()}", tuple(evidence))


def as_training_goes_on() -> str:
    """State how the gain from dropout changes in the course of the longest comparison."""
    parts = []
    for column, (measure, unit, _) in MEASURES.items():
        late = Evidence("", measure, unit, change_of_gain(f"full_val_{column}"))
        parts.append(f"by {late.text} in {column}")
    first, last = (f"epochs {min(epochs)} to {max(epochs)}" for epochs in early_and_late())
    return (
        f"From the first {AVERAGED} evaluations ({first}) to the last {AVERAGED} ({last}), the mean gain at p = 0.5 "
        f"changes {' and '.join(parts)}"
    )


def early_and_late() -> tuple[list[int], list[int]]:
    """Return the epochs of the first and of the last evaluations in the longest comparison.

    Values swing from evaluation to evaluation, so each end is a mean over AVERAGED evaluations, like final values.
    """
    epochs = sorted(epoch_ends(load("long").trials["rate 0"].points)["epoch"].round().astype(int).unique().tolist())
    return epochs[:AVERAGED], epochs[-AVERAGED:]


def change_of_gain(column: str, rate: float = 0.5) -> Paired:
    """Return how much the difference between this rate and rate 0 grows between the ends of early_and_late()."""
    trials = load("long").trials
    early, late = (
        _mean_over(trials[f"rate {rate:g}"].points, epochs, column)
        - _mean_over(trials["rate 0"].points, epochs, column)
        for epochs in early_and_late()
    )
    return paired(late.to_numpy(), early.to_numpy())


def _mean_over(points: pd.DataFrame, epochs: list[int], column: str) -> pd.Series:
    """Return each seed's mean of a column over these epochs."""
    return points[points["epoch"].round(6).isin(epochs)].groupby("seed")[column].mean()


def _by_case(cases: Mapping[str, dict[str, Verdict]], sentence: str, evidence: tuple[Evidence, ...]) -> Finding:
    """Combine the verdicts by case and measure, and name the cases in which the claim holds or fails."""
    every = [verdict for by_measure in cases.values() for verdict in by_measure.values()]
    if Verdict.HOLDS in every and set(every) != {Verdict.HOLDS}:
        failing = _named(cases, Verdict.DOES_NOT_HOLD)
        exception = f"with {failing}" if failing else ""
        return Finding(
            Verdict.HOLDS_WHEN, sentence, f"training uses {_named(cases, Verdict.HOLDS)}", exception, evidence
        )
    undecided = next((v for v in (Verdict.HOLDS, Verdict.INCONCLUSIVE) if v in every), Verdict.DOES_NOT_HOLD)
    return Finding(undecided, sentence, evidence=evidence)


def _named(cases: Mapping[str, dict[str, Verdict]], verdict: Verdict) -> str:
    """List the cases with this verdict. If not all measures agree, the measures follow in brackets."""
    names = []
    for case, by_measure in cases.items():
        measures = [measure for measure, each in by_measure.items() if each is verdict]
        if measures:
            names.append(case if len(measures) == len(by_measure) else f"{case} (by {listed(measures)})")
    return "; ".join(names)


def _by_images() -> str:
    """State the verdict for each number of training images, since it may depend on that number, by both measures."""
    parts = []
    for column, (measure, unit, higher) in MEASURES.items():
        gains, sizes = gain_by_images(load("sizes"), column=column), {verdict: list[str]() for verdict in BETTER}
        for images, gain in gains.items():
            sizes[improves(gain, higher)].append(f"{images:,}")
        found = [f"{BETTER[verdict]} at {listed(numbers)}" for verdict, numbers in sizes.items() if numbers]
        seen = power_range([Evidence("", measure, unit, gain) for gain in gains.values() if not gain.sign])
        parts.append(f"by {column}, {', '.join(found)}{f' ({seen})' if seen else ''}")
    return f"Results for a different net at p = 0.5, by number of training images: {'; '.join(parts)}"


def gain_by_images(record: Record, rate: float = 0.5, column: str = "accuracy") -> dict[int, Paired]:
    """For each number of training images, compute the column's paired difference between this rate and rate 0.

    record   a record whose trials have one arm each; the rate is in each trial's recipe
    """
    by_seed = runs(record).pivot(index="seed", columns="trial", values=column)
    labels = {(trial.recipe.images, trial.recipe.rate): label for label, trial in record.trials.items()}
    sizes = sorted({images for images, _ in labels})
    return {n: paired(by_seed[labels[n, rate]].to_numpy(), by_seed[labels[n, 0.0]].to_numpy()) for n in sizes}


def times() -> dict[str, list[dict[str, float]]]:
    """Return the training times in seconds, indexed by loop, pair of runs, and arm.

    timing_study.py measured them as CPU times.
    """
    return json.loads(TIMES.read_text("utf-8"))["loops"]


def added_time(pairs: list[dict[str, float]]) -> Paired:
    """Return the logarithm of the ratio of times, dropout to no dropout, for each pair of runs."""
    return paired(*np.log([[pair[DROPOUT], pair[NO_DROPOUT]] for pair in pairs]).T)


def free_of_charge() -> Finding:
    """Judge C7, that dropout costs almost no run time: the ratio of times is 1 within TIMING_MARGIN.

    The article's loop determines the verdict.
    """
    margin, loops = float(np.log1p(TIMING_MARGIN)), times()
    evidence = tuple(
        Evidence(loop, "time", "log ratio", added_time(loops[loop]), margin, same=True)
        for loop in (ARTICLE_LOOP, TRAINER)
    )
    sentence = "; ".join(f"in {each.what}, dropout adds {percent(each.paired)}" for each in evidence)
    return Finding(same(evidence[0].paired, margin), sentence, evidence=evidence)


def percent(p: Paired) -> str:
    """Format a log ratio with its interval as a percentage of time added."""
    low, high = (np.nan if v is None else v for v in (p.low, p.high))
    mean, low, high = (100 * (np.exp(v) - 1) for v in (p.mean, low, high))
    return f"{mean:+.1f} % (95 % interval {low:+.1f} to {high:+.1f}; {p.n} pairs)".replace("-", "−")
