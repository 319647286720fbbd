"""The article's claims about training: each read from a record of reference runs. C4 to C13."""

from dataclasses import replace

import numpy as np

from dropout_core.common.text import difference, listed
from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, by_case, improves, judge
from dropout_core.reference.record_tables import compared, in_words, judged, runs
from dropout_core.reference.records import load
from dropout_core.topics.ensemble import findings
from dropout_core.topics.neurons import findings as neurons
from dropout_core.topics.rates import findings as sweep_reading
from dropout_core.topics.rates.findings import Trend
from dropout_core.topics.rates.stored_grids import conv_grid, epochs, gain_by_images, losses, width_runs
from dropout_core.topics.regularisers import findings as regularisers


def arms(name: str, column: str) -> Paired:
    """Dropout minus no dropout by seed, in a record of one trial."""
    (label,) = load(name).trials
    return compared(runs(load(name)), column, (label, DROPOUT), (label, NO_DROPOUT))


def slower() -> Finding:
    """C4: a higher rate means slower convergence: the loss after the first epochs, by rate."""
    record = load("rates")
    early = losses(record)
    rates = list(early)
    steps = [paired(early[b].to_numpy(), early[a].to_numpy()) for a, b in zip(rates, rates[1:], strict=False)]
    slopes = [float(np.polyfit(rates, row, 1)[0]) / 10 for row in early.to_numpy()]
    slope = paired(slopes, [0.0] * len(slopes))
    rising = sum(step.sign > 0 for step in steps)
    said = (
        f"After {epochs(record)[0]} epochs the validation loss grows with the rate, by {in_words(slope, 'nats', 2)} "
        f"for 0.1 more; of {len(steps)} such steps, {rising} raise it clearly"
    )
    return Finding(judge(slope, 1), said)


def less_overfitting() -> Finding:
    """C5: dropout narrows the gap between training and validation loss, both in evaluation mode."""
    found = {name: arms(record, "gap") for name, record in (("60,000 images", "article"), ("1,000 images", "small"))}
    said = "; ".join(f"{name}: the gap changes by {in_words(p, 'nats', 3)}" for name, p in found.items())
    samples = [f"{_recipe(record).sample:,}" for record in ("article", "small")]
    said += f". The training loss is that of a fixed sample: {listed(samples)} images"
    return Finding(all_of([improves(p, False) for p in found.values()]), said)


def _recipe(record: str) -> Recipe:
    """Of a record's first trial, where all share what is asked for."""
    return next(iter(load(record).trials.values())).recipe


def generalises() -> Finding:
    """C6: the dropout net ends up generalising better."""
    small = _recipe("small")
    images = f"{small.images:,} images"
    few = f"{images}, {small.epochs} epochs"
    found = {"the article's comparison": arms("article", "accuracy"), few: arms("small", "accuracy")}
    said = "; ".join(f"{name}: accuracy changes by {in_words(p, 'points')}" for name, p in found.items())
    said += f". {_by_images()}"
    verdicts = [improves(p, True) for p in found.values()]
    if all(verdict is Verdict.HOLDS for verdict in verdicts):
        return Finding(Verdict.HOLDS, said)
    article, few_images = verdicts
    if few_images is Verdict.HOLDS:
        condition = f"{images} are seen {small.epochs} times"
        where = "in the article's comparison"
        if article is Verdict.DOES_NOT_HOLD:
            return Finding(Verdict.HOLDS_WHEN, said, condition, exception=where)
        return Finding(Verdict.HOLDS_WHEN, said, f"{condition}; inconclusive {where}")
    undecided = Verdict.INCONCLUSIVE in verdicts
    return Finding(Verdict.INCONCLUSIVE if undecided else Verdict.DOES_NOT_HOLD, said)


def _by_images() -> str:
    """Where another net is clearly better or worse with dropout, at more sizes: one must not be taken for all."""
    verdicts = {f"{n:,}": improves(p, True) for n, p in gain_by_images().items()}
    kinds = {Verdict.HOLDS: "better", Verdict.DOES_NOT_HOLD: "worse", Verdict.INCONCLUSIVE: "inconclusive"}
    parts = [(text, [n for n, verdict in verdicts.items() if verdict is kind]) for kind, text in kinds.items()]
    said = "; ".join(f"{text} at {listed(ns)}" for text, ns in parts if ns)
    return f"Another net at p = 0.5, by number of images: {said}"


def free_of_charge() -> Finding:
    """C7: dropout costs almost no run time; almost none is taken to be under a tenth."""
    table = judged(next(iter(load("article").trials.values()))).pivot(index="seed", columns="arm", values="seconds")
    ratio = np.log(table[DROPOUT] / table[NO_DROPOUT])
    p = paired(ratio.to_numpy(), [0.0] * len(ratio))
    mean, low, high = (100 * (np.exp(v) - 1) for v in (p.mean, p.low, p.high))
    added = difference(mean, low, high, "% of time", 0)
    said = (
        f"In this project's trainer, which does little besides, dropout adds {added}, where almost none is taken "
        "to be under 10 %; a loop that does more besides, such as decoding images, hides more of it"
    )
    verdict = Verdict.DOES_NOT_HOLD if low > 10 else Verdict.INCONCLUSIVE
    return Finding(Verdict.HOLDS if high < 10 else verdict, said)


def wider_wants_more() -> Finding:
    """C8: more complex networks want a higher rate: the best rate by width, by accuracy and by loss."""
    table = width_runs()
    found = {column: sweep_reading.trend(sweep_reading.best(table, column)) for column in ("accuracy", "loss")}
    said = "; ".join(f"by {column}, {_told(trend)}" for column, trend in found.items())
    return by_case({f"judged by {column}": trend.verdict for column, trend in found.items()}, said)


def _told(trend: Trend) -> str:
    """A trend as a part of a sentence, its figures in brackets."""
    words = {
        Verdict.HOLDS: "the best rate grows with the width",
        Verdict.DOES_NOT_HOLD: "it falls as the width grows",
        Verdict.INCONCLUSIVE: "it is inconclusive",
    }
    overlap = ": these overlap" if trend.verdict is Verdict.INCONCLUSIVE else ""
    return f"{words[trend.verdict]} ({trend.figures}{overlap}. {trend.remark}".rstrip(". ") + ")"


def conv_rates() -> Finding:
    """C9: 0.2 to 0.3 in convolutional layers, 0.5 in fully connected ones: is any other pair clearly better?"""
    by_seed, against = conv_grid("accuracy")
    recommended = [(c, 0.5) for c in (0.2, 0.3)]
    means = by_seed.mean()
    best, own = means.idxmax(), max(recommended, key=lambda cell: means[cell])
    gain = paired(by_seed[own].to_numpy(), by_seed[(0.0, 0.0)].to_numpy())
    behind = [cell for cell in recommended if cell in against and against[cell].sign < 0]
    alike = sum(p.sign == 0 for p in against.values())
    said = (
        f"Best of {len(CONV_RATES)} × {len(DENSE_RATES)} pairs: conv {best[0]:g}, dense {best[1]:g} with "
        f"{means[best]:.1f} %; {alike} others are indistinguishable from it. Conv {own[0]:g}, dense 0.5: {means[own]:.1f} %, "
        f"{in_words(gain, 'points')} against no dropout at all"
    )
    if len(behind) == len(recommended):
        return Finding(Verdict.DOES_NOT_HOLD, said)
    return Finding(Verdict.HOLDS if gain.sign > 0 else Verdict.INCONCLUSIVE, said)


def with_l2() -> Finding:
    """C10: dropout plus L2 beats either alone; by accuracy and by loss."""
    found = {column: regularisers.with_l2(load("regularisers"), column) for column in ("accuracy", "loss")}
    said = "; ".join(f"by {column}: {each.sentence}" for column, each in found.items())
    return by_case({f"judged by {column}": each.verdict for column, each in found.items()}, said)


def early_stopping() -> Finding:
    """C11: early stopping saves time and stops before overfitting."""
    columns = ("accuracy", "loss")
    cases = [(arm, column) for column in columns for arm in ARMS]
    found = {case: regularisers.stopping(load("regularisers"), *case) for case in cases}
    said = "; ".join(f"{arm}, by {column}: {each.sentence}" for (arm, column), each in found.items())
    verdicts = {f"judged by {column} and there is {arm}": each.verdict for (arm, column), each in found.items()}
    whole = by_case(verdicts, said)
    lost = [column for column in columns if all(found[arm, column].verdict is Verdict.DOES_NOT_HOLD for arm in ARMS)]
    if whole.verdict is Verdict.HOLDS_WHEN and lost:
        return replace(whole, exception=f"by {listed(lost)}")
    return whole


def like_an_ensemble(k: int = 1000) -> Finding:
    """C12: the one scaled pass does what the average over many subnetworks does."""
    error, single = findings.against_scaled(k), findings.against_scaled(1)
    one, many = (difference(e.value, e.low, e.high, "points of error", 2) for e in (single, error))
    said = (
        f"Against the one scaled pass, a single sampled subnetwork has {one}, the average of {k:,} has {many}; "
        f"{findings.apart()}"
    )
    # That no difference is seen is not that there is none: no margin for "the same" was set beforehand.
    return Finding(judge(error, 0), said)


def work_is_spread() -> Finding:
    """C13: less reliance on any single neuron: what the worst one costs when it is removed."""
    found = {name: neurons.ablation_verdict(comparison=name) for name in neurons.NAMES}
    parts = [
        f"{neurons.NAMES[name]}, {neurons.seeds(name)}: the worst neuron costs "
        f"{r.means[DROPOUT]:.2f} points with dropout, {r.means[NO_DROPOUT]:.2f} without, "
        f"{in_words(r.difference, 'points')}"
        for name, r in found.items()
    ]
    verdicts = {f"there are {neurons.NAMES[name]}": r.verdict for name, r in found.items()}
    return by_case(verdicts, "; ".join(parts))
