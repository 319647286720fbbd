"""The stored numbers of ensembles: a piece of them made again, what is read from them, and what the page says of it."""

from pathlib import Path

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.numerics.inference import pixels, random_masks
from dropout_core.numerics.statistics import interval
from dropout_core.reference import nets
from dropout_core.topics.ensemble import findings as reading
from dropout_core.topics.ensemble import study
from dropout_core.topics.ensemble.members import averaged, subnetwork_outputs, wrong
from dropout_core.topics.ensemble.study import COUNTS, DRAWS, RATES, SEEDS, TREES, small_row
from dropout_core.topics.ensemble.tiny_net import SHAPES, small_digits
from dropout_core.topics.papers.findings import figure_11


@pytest.fixture(scope="module")
def digits():
    return load("mnist-5k", Settings.from_env({}))


@pytest.fixture(scope="module")
def stored():
    return study.read()


@pytest.mark.parametrize(("depth", "rate", "seed"), [(1, 0.5, 3), (2, 0.3, 0), (3, 0.6, 9)])
def test_a_tiny_net_made_again_has_the_stored_numbers(depth, rate, seed, digits, stored):
    again = small_row(small_digits(digits), depth, rate, seed)
    found = next(r for r in stored["small"] if all(r[key] == again[key] for key in ("depth", "rate", "seed")))
    assert again == pytest.approx(found, rel=1e-3, abs=0.7)  # on another machine an image or two may fall otherwise
    assert again["gap_geometric"] == pytest.approx(found["gap_geometric"], rel=0.05, abs=1e-13)


def test_sampled_subnetworks_drawn_again_err_as_stored(digits, stored):
    trained = nets.load("dropout")
    few = tuple(m[:20] for m in random_masks(trained.net, trained.rate, COUNTS[-1], 0))
    outputs = subnetwork_outputs(trained.net, pixels(digits.validation_images), few, trained.rate)
    counts = np.array([k for k in COUNTS if k <= 20])
    error = 100 * wrong(averaged(outputs, counts), digits.validation_labels).mean(axis=1)
    found = stored["members"]["subnetworks"]["error"][0][: len(counts)]
    np.testing.assert_allclose(error, found, atol=0.25)


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
    for measure, found in study.scaled(digits).items():
        assert stored["scaled"][measure] == pytest.approx(found, rel=0.02)
    assert reading.scaled().value == pytest.approx(100 - nets.load("dropout").accuracy, abs=0.2)
    assert stored["provenance"]["data_checksum"] == digits.checksum


def test_everything_is_there_once(stored):
    rows = [(r["depth"], r["rate"], r["seed"]) for r in stored["small"]]
    assert sorted(rows) == sorted({(d, r, s) for d in SHAPES for r in RATES for s in range(SEEDS)})
    for kind, draws in DRAWS.items():
        found = stored["members"][kind]
        assert len(found["error"]) == len(found["loss"]) == draws
        assert all(len(row) == len(found["counts"]) for row in found["error"])
    assert stored["members"]["trees"]["counts"][-1] == TREES
    assert {"numpy", "scikit-learn", "commit", "hardware", "ended"} <= set(stored["provenance"])


def test_an_estimate_is_the_mean_over_seeds_with_its_t_interval(stored):
    rows = [r for r in stored["small"] if r["depth"] == 2 and r["rate"] == 0.5]
    assert len(rows) == SEEDS
    found = reading.small(2, 0.5, "alone")
    assert found.value == pytest.approx(np.mean([r["alone"] for r in rows]))
    assert (found.low, found.high) == interval([r["alone"] for r in rows])
    gains = [r["geometric"] - r["scaled"] for r in rows]
    assert reading.small_gain(2, 0.5, "geometric").value == pytest.approx(np.mean(gains))


@pytest.mark.parametrize("kind", DRAWS)
def test_a_curve_lies_in_its_band_and_falls(kind):
    found = reading.curve(kind)
    assert all(lo <= m <= hi for m, lo, hi in zip(found.mean, found.low, found.high, strict=True))
    assert found.at(1)[0] == found.mean[0] > found.mean[-1] == found.at(found.counts[-1])[0]
    assert found.gained(1) == 0
    assert found.gained(found.counts[-1]) == 1
    with pytest.raises(ValueError, match="tuple"):
        found.at(7)


@pytest.mark.parametrize(
    ("differences", "even"),
    [
        ([(3, 2, 4), (1, -1, 2), (-0.5, -1, 0)], 5),
        ([(3, 2, 4), (2, 1, 3), (1, 0.1, 2)], None),
        ([(3, 2, 4), (1, -1, 2), (-1, -2, -0.5)], None),
        ([(0, 0, 0), (1, 0.5, 2), (0, -1, 1)], 9),
    ],
)
def test_crossings_of_known_differences(differences, even):
    assert reading.cross((1, 5, 9), differences) == even


@pytest.mark.parametrize(("even", "said"), [(16, "from k = 16 on, the two cannot be told"), (None, "are told apart")])
def test_where_they_are_told_apart_is_said_alike_on_every_page(monkeypatch, even, said):
    monkeypatch.setattr(reading, "crossing", lambda _: even)
    assert said in reading.apart()
    assert reading.apart() in reading.like_an_ensemble().sentence
    assert f"{reading.apart()}." in figure_11()[-1].sentence


def test_an_average_that_is_clear_nowhere_is_called_better_nowhere():
    assert not reading.against_scaled(COUNTS[-1], "loss").sign
    assert reading.crossing("loss") in COUNTS


def test_the_difference_at_k_is_that_of_the_two_curves():
    for k in (1, 50, 1000):
        expected = reading.curve("subnetworks").at(k)[0] - reading.scaled().value
        assert reading.against_scaled(k).value == pytest.approx(expected, abs=1e-3)


def test_what_the_page_says_in_words_is_in_the_numbers():
    assert max(reading.small(1, rate, "gap_geometric").value for rate in RATES) < 1e-13
    for depth in (2, 3):
        geometric, arithmetic = (reading.small(depth, 0.4, f"gap_{m}").value for m in ("geometric", "arithmetic"))
        assert 1e-3 < geometric < arithmetic
    sub, trees = reading.curve("subnetworks"), reading.curve("trees")
    assert sub.mean[0] < trees.mean[0]
    assert sub.mean[0] / sub.at(TREES)[0] < trees.mean[0] / trees.mean[-1]
    assert reading.alike("subnetworks", "correlation").low > reading.alike("trees", "correlation").high
    assert reading.alike("subnetworks", "disagreement").high < reading.alike("trees", "disagreement").low
    assert reading.crossing() <= FIGURE_11_EVEN
    assert not any(reading.against_scaled(k).sign for k in COUNTS if k >= reading.crossing())


def test_the_file_is_small():
    assert Path(study.FILE).stat().st_size < 100_000
