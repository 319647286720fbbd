"""Test the stored study by repeating the measurement at two angles, and the summary by direct counting."""

import json

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.numerics.inference import PASSES, probabilities
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty.distortions import distort
from dropout_core.topics.uncertainty.entropy import decompose, mc_dropout
from dropout_core.topics.uncertainty.findings import FILE, load, pairs
from dropout_core.topics.uncertainty.study import ANGLES, Answers, ask, summary, write

pytestmark = pytest.mark.slow

PIECE = (0, 60)  # degrees


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("cache"))
    return mnist.load("mnist-5k", Settings.from_env({"DROPOUT_CACHE_DIR": folder}))


@pytest.fixture(scope="module")
def again(digits):
    """Repeat the study's measurement at two of its angles."""
    net = load_net("dropout")
    found = ask(net.net, digits.validation_images, digits.validation_labels, net.rate, PIECE)
    return found, summary(found, PIECE, net.rate)


@pytest.mark.parametrize("what", ["total", "between", "off", "right", "off_right", "gain"])
def test_a_piece_measured_again_gives_the_means_on_record(what, again):
    kept, _ = load()
    for i, angle in enumerate(PIECE):
        old, new = getattr(kept, what)[ANGLES.index(angle)], getattr(again[1], what)[i]
        assert (new.value, new.low, new.high) == pytest.approx((old.value, old.low, old.high), abs=2e-3)


def test_a_piece_measured_again_gives_the_areas_on_record(again):
    kept, _ = load()
    for i, angle in enumerate(PIECE):
        old, new = kept.warnings[ANGLES.index(angle)], again[1].warnings[i]
        for part in ("first", "second", "difference"):
            a, b = getattr(old, part), getattr(new, part)
            assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high), abs=5e-3)


def test_the_record_says_what_it_is_of(digits):
    kept, made = load()
    assert (kept.images, kept.passes, kept.rate) == (len(digits.validation_labels), PASSES, load_net("dropout").rate)
    assert kept.angles == ANGLES
    assert {len(row) for row in (kept.total, kept.gain, kept.warnings)} == {len(ANGLES)}
    assert made["data_checksum"] == digits.checksum
    assert {"numpy", "commit", "hardware", "ended"} <= set(made)


def test_each_image_is_asked_at_each_angle_with_masks_of_its_own(digits, again):
    found, net, i = again[0], load_net("dropout"), 7
    turned = distort(digits.validation_images[i : i + 1], "rotation", PIECE[1])
    np.testing.assert_allclose(
        found.total[i, 1], decompose(mc_dropout(net.net, turned, net.rate, seed=i).on).total[0], atol=1e-5
    )
    right = probabilities(net.net, digits.validation_images).argmax(1) == digits.validation_labels
    np.testing.assert_array_equal(found.off_right[:, 0], right)


def made_up(n=40):
    rng = np.random.default_rng(0)
    right = rng.random((n, 2)) < 0.6
    off_right = rng.random((n, 2)) < 0.5
    bits = rng.random((3, n, 2))
    return Answers(*bits, right, off_right)


def test_the_summary_counts_and_compares_image_by_image():
    answers = made_up()
    found = summary(answers, (0, 90), 0.5)
    assert [e.value for e in found.right] == pytest.approx(answers.right.mean(0).tolist())
    assert [e.value for e in found.gain] == pytest.approx(
        (answers.right.mean(0) - answers.off_right.mean(0)).tolist(), abs=1e-12
    )
    wrong, total = ~answers.off_right[:, 1], answers.total[:, 1]
    pairs = np.mean(total[wrong][:, None] > total[~wrong])
    assert found.warnings[1].first.value == pytest.approx(pairs)
    heap = np.mean(answers.off[~answers.off_right][:, None] > answers.off[answers.off_right])
    assert found.mixed.second.value == pytest.approx(heap)
    for e in (*found.total, *found.gain, found.mixed.first):
        assert e.low < e.value < e.high


def test_the_heap_is_split_into_pairs_of_one_angle_and_of_two():
    answers = made_up()
    found = pairs(summary(answers, (0, 90), 0.5))
    place = np.broadcast_to([0, 1], answers.off.shape)
    wrong = ~answers.off_right
    same = place[wrong][:, None] == place[~wrong]
    won = [(score[wrong][:, None] > score[~wrong]).astype(float) for score in (answers.total, answers.off)]
    assert found.apart == pytest.approx(1 - same.mean())
    assert found.within == pytest.approx((won[0] - won[1])[same].mean())
    assert found.across == pytest.approx((won[0] - won[1])[~same].mean())


def test_where_all_answers_are_right_there_are_no_pairs():
    answers = made_up()
    answers.off_right[:] = True
    assert pairs(summary(answers, (0, 90), 0.5)) is None


def test_what_is_written_is_read_again(tmp_path):
    answers = made_up()
    answers.off_right[:, 0] = True  # no errors to detect
    found, file = summary(answers, (0, 90), 0.5), tmp_path / "study.json"
    write(found, {"numpy": "1"}, file)
    assert load(file) == (found, {"numpy": "1"})
    assert found.warnings[0] is None


def test_the_file_is_plain_json():
    json.dumps(json.loads(FILE.read_text()), allow_nan=False)
