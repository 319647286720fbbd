"""Measure the calibration and the disagreement of ten nets of each kind, trained by the package's recipe.

`python -m dropout_core.topics.uncertainty.nets_study` trains the nets on the engine, and writes the file that
nets_record.py reads. sizes_study.py does the same for other training sets.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Validation, load_validation
from dropout_core.engine.trained_nets import nets, open_engine, trained
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.calibration import confidence_bins, expected_calibration_error
from dropout_core.numerics.inference import each_pass, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork
from dropout_core.topics.uncertainty.entropy import Uncertainty, decompose, summarise
from dropout_core.topics.uncertainty.nets_record import (
    AVERAGE,
    BINS,
    PACKAGED,
    PACKAGED_FILE,
    PLAIN,
    SCALED,
    Bin,
    Calibration,
    Entropies,
    Net,
)

_PLACES = 6  # of the stored numbers


def calibration(p: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]) -> Calibration:
    """Compare confidence and accuracy, in bins of equal width and over all images."""
    confidence, right = p.max(1).astype(float), p.argmax(1) == labels
    which = confidence_bins(confidence, BINS)
    bins = [
        Bin(int(b), _short(confidence[which == b].mean()), int(right[which == b].sum()), int((which == b).sum()))
        for b in np.unique(which)
    ]
    loss = -np.log(np.maximum(p[np.arange(len(p)), labels], np.finfo(np.float32).tiny)).mean(dtype=float)
    error = expected_calibration_error(p, labels, BINS)
    accuracy, mean = _short(right.mean()), _short(confidence.mean())
    return Calibration(_short(error), accuracy, mean, _short(loss), tuple(bins))


def entropies(uncertainty: Uncertainty) -> Entropies:
    """Average the entropies over the images, and convert bits to nats."""
    total, within = (float(bits.mean() * np.log(2)) for bits in (uncertainty.total, uncertainty.within))
    return Entropies(_short(total), _short(within))


def measure_pair(
    plain: Float[np.ndarray, "n 10"], net: SmallNetwork, rate: float, digits: Validation, seed: int
) -> Net:
    """Measure the two nets of one seed.

    plain  the answers of the net without dropout
    net    the dropout net, whose masks are drawn from the seed
    """
    mean, uncertainty = summarise(each_pass(net, pixels(digits.images), rate, seed=seed))
    answers = {PLAIN: plain, SCALED: probabilities(net, digits.images), AVERAGE: mean}
    ways = {way: calibration(p, digits.labels) for way, p in answers.items()}
    return Net(seed, ways, entropies(uncertainty))


def measure(trained_nets: Mapping[tuple[str, int], SmallNetwork], rate: float, digits: Validation) -> dict:
    """Measure all dropout nets, and the ensemble of all nets without dropout. Nets are keyed by arm and seed.

    There must be a net without dropout for the seed of each dropout net.
    """
    plain = {seed: probabilities(net, digits.images) for (arm, seed), net in trained_nets.items() if arm == NO_DROPOUT}
    pairs = [
        measure_pair(plain[seed], net, rate, digits, seed)
        for (arm, seed), net in trained_nets.items()
        if arm == DROPOUT
    ]
    members = np.stack([*plain.values()])
    without = [entropies(decompose(np.delete(members, i, axis=0))) for i in range(len(members))]
    return {"nets": [asdict(pair) for pair in pairs], "ensemble": entropies(decompose(members)), "without": without}


def _short(value: float) -> float:
    return round(float(value), _PLACES)


def write(recipes: Iterable[tuple[Recipe, Recipe]], file: Path) -> None:
    """Train the nets missing from the store, measure all nets, and write the file.

    recipes  those of the dropout nets and of the nets without dropout, for each training set
    """
    settings = Settings.from_env()
    digits = load_validation(PACKAGED.data, settings)
    stored = []
    with open_engine(settings) as (engine, store):
        for dropout, plain in recipes:
            comparison = [trained(recipe, engine, store) for recipe in (plain, dropout)][-1]
            about = {"recipe": json.loads(dropout.to_json()), "provenance": comparison.provenance}
            about["provenance"] |= {"ended": comparison.ended}
            stored.append(about | measure(nets(plain, store) | nets(dropout, store), dropout.rate, digits))
    write_whole(file, json.dumps({"training_sets": stored}, indent=1) + "\n")


def main() -> None:
    """Measure ten nets of each kind, trained by the package's recipe."""
    write([(PACKAGED, PACKAGED)], PACKAGED_FILE)


if __name__ == "__main__":
    main()
