"""A dropout network as an ensemble: the outputs of all its subnetworks, and three ways to combine them.

Every subnetwork is run and weighted by its probability, so nothing is sampled. numerics.enumeration does the same for
individual units of a network with two hidden layers.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from jaxtyping import Float, Int

from dropout_core.numerics.enumeration import all_masks, mask_probabilities
from dropout_core.numerics.masks import training_scale
from dropout_core.numerics.network import SmallNetwork, relu, softmax

_CHUNK = 50  # images per chunk; the outputs and hidden activations of one chunk take about 20 MB
BINS = 40


@dataclass(frozen=True)
class Averages:
    """Class probabilities from two averages over all subnetworks, and from the scaled pass that approximates them.

    arithmetic  weighted mean of the outputs
    geometric   weighted geometric mean of the outputs, normalised to sum to 1 (Baldi & Sadowski 2013)
    scaled      one pass with every unit kept, which needs no scaling under inverted dropout
    """

    arithmetic: Float[np.ndarray, "images classes"]
    geometric: Float[np.ndarray, "images classes"]
    scaled: Float[np.ndarray, "images classes"]


@dataclass(frozen=True)
class Ensemble:
    """Results of running all subnetworks of one net on a set of images.

    histogram  for each image, the subnetworks' predicted probabilities of the true class, weighted by subnetwork
               probability and binned into BINS equal bins from 0 to 1
    alone      for each image, the probability that a random subnetwork is right
    """

    averages: Averages
    histogram: Float[np.ndarray, "images bins"]
    alone: Float[np.ndarray, "images"]


def log_outputs(
    net: SmallNetwork, x: Float[np.ndarray, "images inputs"], rate: float
) -> Float[np.ndarray, "images subnetworks classes"]:
    """Compute every subnetwork's log-softmax outputs under inverted dropout, in the order of weights()."""
    h, scale = x[:, None, :], training_scale(rate, "inverted")
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        masks = all_masks(w.shape[1:])[0] * scale
        h = relu((h @ w + b)[:, :, None, :] * masks).reshape(len(x), -1, w.shape[1])
    logits = h @ net.weights[-1] + net.biases[-1]
    logits -= logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def weights(hidden: tuple[int, ...], rate: float) -> Float[np.ndarray, "subnetworks"]:
    """Compute the probabilities of all subnetworks, ordered so that the last hidden layer's mask varies fastest."""
    return reduce(np.kron, [mask_probabilities(all_masks((units,)), rate) for units in hidden])


def scaled_pass(net: SmallNetwork, x: Float[np.ndarray, "images inputs"]) -> Float[np.ndarray, "images classes"]:
    """Compute the softmax outputs of a single pass in evaluation mode."""
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        x = relu(x @ w + b)
    return softmax(x @ net.weights[-1] + net.biases[-1])


def averages(
    log_p: Float[np.ndarray, "images subnetworks classes"],
    weight: Float[np.ndarray, "subnetworks"],
    scaled: Float[np.ndarray, "images classes"],
) -> Averages:
    """Compute both weighted means of the subnetworks' outputs, and return them with the scaled pass."""
    return Averages(weight @ np.exp(log_p), softmax(weight @ log_p), scaled)


def enumerate_subnetworks(
    net: SmallNetwork, x: Float[np.ndarray, "images inputs"], labels: Int[np.ndarray, "images"], rate: float
) -> Ensemble:
    """Run every subnetwork on every image. Raises ValueError if a hidden layer has more than 12 units."""
    parts = [slice(i, i + _CHUNK) for i in range(0, len(x), _CHUNK)]
    ensembles = [_some_images(net, x[part], labels[part], rate) for part in parts]
    means = [vars(ensemble.averages) for ensemble in ensembles]
    return Ensemble(
        Averages(**{name: np.concatenate([mean[name] for mean in means]) for name in means[0]}),
        np.concatenate([ensemble.histogram for ensemble in ensembles]),
        np.concatenate([ensemble.alone for ensemble in ensembles]),
    )


def _some_images(net: SmallNetwork, x: np.ndarray, labels: np.ndarray, rate: float) -> Ensemble:
    log_p, weight = log_outputs(net, x, rate), weights(net.sizes[1:-1], rate)
    true = np.exp(log_p[np.arange(len(x)), :, labels])
    bins = np.minimum((true * BINS).astype(int), BINS - 1)
    histogram = np.stack([np.bincount(row, weight, BINS) for row in bins])
    right = log_p.argmax(axis=-1) == labels[:, None]
    return Ensemble(averages(log_p, weight, scaled_pass(net, x)), histogram, right @ weight)


def gap(one: Float[np.ndarray, "images classes"], other: Float[np.ndarray, "images classes"]) -> tuple[float, float]:
    """Return the mean and the largest absolute difference between two arrays of class probabilities."""
    difference = np.abs(one - other)
    return float(difference.mean()), float(difference.max())
