"""Check that the stored ensemble measurements are complete, and reproduce some of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load
from dropout_core.numerics.inference import pixels, random_masks
from dropout_core.reference import nets
from dropout_core.topics.ensemble import deep_study, findings, study
from dropout_core.topics.ensemble.members import averaged, subnetwork_outputs, wrong
from dropout_core.topics.ensemble.study import COUNTS, DEEP, DRAWS, RATES, SEEDS, TREES, small_row
from dropout_core.topics.ensemble.tiny_net import SHAPES, small_digits


@pytest.fixture(scope="module")
def digits():
    return load("mnist-5k", Settings.from_env({}))


@pytest.fixture(scope="module")
def stored():
    return findings.stored()


@pytest.mark.parametrize(("depth", "rate", "seed"), [(1, 0.5, 3), (2, 0.3, 0), (3, 0.6, 9)])
def test_a_tiny_net_made_again_has_the_stored_numbers(depth, rate, seed, digits, stored):
    again = small_row(small_digits(digits), depth, rate, seed)
    kept = next(r for r in stored["small"] if all(r[key] == again[key] for key in ("depth", "rate", "seed")))
    assert again == pytest.approx(kept, rel=1e-3, abs=0.7)  # another machine may misclassify different images
    assert again["gap_geometric"] == pytest.approx(kept["gap_geometric"], rel=0.05, abs=1e-13)


def test_a_deep_net_made_again_has_the_stored_numbers(digits):
    stored = json.loads(deep_study.FILE.read_text("utf-8"))
    again = small_row(small_digits(digits, stored["pixels"]), *DEEP, stored["nets"][0]["seed"])
    assert again == pytest.approx(stored["nets"][0], rel=1e-3, abs=0.7)  # another machine may misclassify other images
    assert stored["provenance"]["data_checksum"] == digits.checksum


def test_sampled_subnetworks_drawn_again_err_as_stored(digits, stored):
    trained = nets.load("dropout")
    few = tuple(m[:20] for m in random_masks(trained.net, trained.rate, COUNTS[-1], 0))
    outputs = subnetwork_outputs(trained.net, pixels(digits.validation_images), few, trained.rate)
    counts = np.array([k for k in COUNTS if k <= 20])
    error = 100 * wrong(averaged(outputs, counts), digits.validation_labels).mean(axis=1)
    kept = stored["members"]["subnetworks"]["error"][0][: len(counts)]
    np.testing.assert_allclose(error, kept, atol=0.25)


def test_a_tree_grown_again_errs_about_as_a_stored_one(digits, stored):
    from sklearn.tree import DecisionTreeClassifier

    train_x, x = (a.reshape(len(a), -1) for a in (digits.train_images, digits.validation_images))
    rng = np.random.default_rng(0)
    sample = rng.integers(0, len(train_x), len(train_x))
    tree = DecisionTreeClassifier(max_features="sqrt", random_state=0).fit(train_x[sample], digits.train_labels[sample])
    error = 100 * (tree.predict(x) != digits.validation_labels).mean()
    alone = np.array(stored["members"]["trees"]["alone"])
    assert abs(error - alone.mean()) < 5 * alone.std()


def test_the_scaled_pass_is_the_packaged_nets(digits, stored):
    for measure, kept in study.scaled(digits).items():
        assert stored["scaled"][measure] == pytest.approx(kept, rel=0.02)
    assert findings.scaled().value == pytest.approx(100 - nets.load("dropout").accuracy, abs=0.2)
    assert stored["provenance"]["data_checksum"] == digits.checksum


def test_each_measured_field_of_the_members_has_a_reader(digits):
    outputs = np.full((2, len(digits.validation_labels), 10), 0.1)
    measured = study.members(iter([outputs, outputs]), digits)
    assert set(measured) == {"counts", "error", "loss", "disagreement", "correlation", "alone"}


def test_everything_is_there_once(stored):
    rows = [(r["depth"], r["rate"], r["seed"]) for r in stored["small"]]
    assert sorted(rows) == sorted({(d, r, s) for d in SHAPES for r in RATES for s in range(SEEDS)})
    for kind, draws in DRAWS.items():
        kept = stored["members"][kind]
        assert len(kept["error"]) == len(kept["loss"]) == draws
        assert all(len(row) == len(kept["counts"]) for row in kept["error"])
    assert stored["members"]["trees"]["counts"][-1] == TREES
    assert {"numpy", "scikit-learn", "commit", "hardware", "ended"} <= set(stored["provenance"])


def test_the_file_is_small():
    assert Path(study.FILE).stat().st_size < 100_000
