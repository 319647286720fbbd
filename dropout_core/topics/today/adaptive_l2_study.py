"""Compares dropout's exact penalty on the inputs of logistic regression with its quadratic approximation.

`python -m dropout_core.topics.today.adaptive_l2_study` writes the file that adaptive_l2_record.py reads. Ten disjoint
sets of images are fitted at every rate. Nothing is random: each value is a sum over all masks.
"""

import json
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.topics.today.adaptive_l2 import exact, features, log_partition, quadratic, sigmoid, weights
from dropout_core.topics.today.adaptive_l2_record import DIGITS, FILE, IMAGES, RATES, SETS

Penalty = Callable[[np.ndarray, np.ndarray, float, float], tuple[float, np.ndarray, float]]


def fit(
    x: Float[np.ndarray, "n features"],
    y: Float[np.ndarray, "n"],
    penalty: Penalty,
    rate: float,
    start: Float[np.ndarray, "parameters"],
) -> Float[np.ndarray, "parameters"]:
    """Minimise the mean loss plus the penalty. The last parameter is the bias, which is not dropped."""

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ parameters[:-1] + parameters[-1]
        error = sigmoid(z) - y
        value, slope, bias_slope = penalty(x, parameters[:-1], float(parameters[-1]), rate)
        loss = float((log_partition(z) - y * z).mean())
        return loss + value, np.append(error @ x / len(y) + slope, error.mean() + bias_slope)

    return minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 1_000}).x


def right(parameters: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Return the accuracy in %."""
    return float(100 * ((x @ parameters[:-1] + parameters[-1] > 0) == y).mean())


def two_digits(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of the images of DIGITS, and whether each shows the second of them."""
    chosen = np.isin(labels, DIGITS)
    return features(images[chosen] / 255), (labels[chosen] == DIGITS[1]).astype(float)


def measure(x: np.ndarray, y: np.ndarray, unseen: tuple[np.ndarray, np.ndarray], rate: float) -> dict[str, float]:
    """Fit one set of images with both penalties, and compare the penalties and the fits."""
    by_quadratic = fit(x, y, quadratic, rate, np.zeros(x.shape[1] + 1))
    by_exact = fit(x, y, exact, rate, by_quadratic)
    at = x, by_exact[:-1], float(by_exact[-1]), rate
    share = weights(*at[:3])
    values = {
        "exact": exact(*at)[0],
        "quadratic": quadratic(*at)[0],
        "moved": float(np.linalg.norm(by_quadratic - by_exact) / np.linalg.norm(by_exact)),
        "accuracy_exact": right(by_exact, *unseen),
        "accuracy_quadratic": right(by_quadratic, *unseen),
        "spread": float(share.max() / share.min()),
    }
    return {name: round(value, 6) for name, value in values.items()}


def main() -> None:
    digits: Digits = load("mnist", Settings.from_env())
    x, y = two_digits(digits.train_images, digits.train_labels)
    unseen = two_digits(digits.validation_images, digits.validation_labels)
    rows = []
    for i in range(SETS):
        part = slice(i * IMAGES, (i + 1) * IMAGES)
        for rate in RATES:
            rows.append({"set": i, "rate": rate} | measure(x[part], y[part], unseen, rate))
            print(rows[-1], flush=True)
    made = software() | {"hardware": processor(), "data": "mnist", "data_checksum": digits.checksum}
    write_whole(FILE, json.dumps({"rows": rows, "provenance": made, "ended": now()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
