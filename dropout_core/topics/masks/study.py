"""Trains the net of the masks page with this project's trainer: `python -m dropout_core.topics.masks.study`.

It takes about a minute on one core.
"""

import json
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

from dropout_core.common import provenance
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.experiments.recipe import DATA_NAMES, DROPOUT, Recipe
from dropout_core.numerics.inference import activations, from_arrays, random_masks
from dropout_core.numerics.network import SmallNetwork, softmax
from dropout_core.topics.masks import digit_net
from dropout_core.training.models import prepare
from dropout_core.training.trainer import to_tensors, train

# With Adam, more of the first layer's neurons died.
RECIPE = Recipe(
    hidden=(16, 12), rate=0.25, epochs=20, optimiser="sgd", learning_rate=0.02, momentum=0.9, arms=(DROPOUT,)
)


def trained(recipe: Recipe, digits: Digits) -> SmallNetwork:
    """Train the recipe's first run on images reduced to 14 × 14 pixels. Returns a net with inputs in [0, 1]."""
    small = replace(
        digits,
        train_images=digit_net.enlarge(digit_net.shrink(digits.train_images)),
        validation_images=digit_net.enlarge(digit_net.shrink(digits.validation_images)),
    )
    run = recipe.runs()[0]
    weights = train(recipe, [run], to_tensors(small, recipe.images, "cpu"))[0].weights
    return digit_net.fold(from_arrays(weights))


def outputs(net: SmallNetwork, images: UInt8[np.ndarray, "n 14 14"], rate: float = 0.0) -> Float[np.ndarray, "n 10"]:
    """Return the net's probabilities, with one random mask per image if there is a rate."""
    masks = random_masks(net, rate, len(images), seed=0)
    return softmax(activations(net, digit_net.inputs(images), masks, rate)[-1])


def typical(probability: Float[np.ndarray, "n"], of_digit: Bool[np.ndarray, "n"]) -> int:
    """Return the index of the first image of a digit whose probability is above the median of that digit's images."""
    return int(np.flatnonzero(of_digit & (probability > np.median(probability[of_digit])))[0])


def measure(recipe: Recipe, digits: Digits) -> dict:
    """Train the net, and return the contents of its file.

    The sample of a digit is the first image whose probability of the right answer is above the digit's median.
    """
    layers = digit_net.to_layers(trained(recipe, digits))
    images, labels = digit_net.shrink(digits.validation_images), digits.validation_labels
    net = digit_net.from_layers(layers)
    p = outputs(net, images)
    right = p.argmax(axis=1) == labels
    masked = outputs(net, images, digit_net.MASKED).argmax(axis=1) == labels
    samples = [typical(p[:, digit], labels == digit) for digit in range(10)]
    return {
        "recipe": json.loads(recipe.to_json()),
        "accuracy": round(100 * float(right.mean()), 2),
        "masked_accuracy": round(100 * float(masked.mean()), 2),
        "layers": layers,
        "samples": images[samples].reshape(10, -1).tolist(),
        "provenance": provenance.software()
        | {"data": f"{DATA_NAMES[recipe.data]} at 14 × 14 pixels", "data_checksum": digits.checksum}
        | {"validation_images": len(labels), "sample_images": samples}
        | {"hardware": provenance.processor(), "device": "cpu, one thread", "ended": provenance.now()},
    }


def main() -> None:
    prepare("cpu")
    contents = measure(RECIPE, load(RECIPE.data, Settings.from_env()))
    write_whole(digit_net.FILE, json.dumps(contents, sort_keys=True) + "\n")
    print(f"{contents['accuracy']} % of the validation images right")


if __name__ == "__main__":
    main()
