"""Tests of reconstructions without some neurons, using small decoders with known results."""

import numpy as np
import pytest

from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.topics.neurons import features, reconstruction
from dropout_core.topics.neurons.reconstruction import Decoder, reconstruct, rounded, squared_errors


def make_decoder(neurons: int = 6) -> Decoder:
    rng = np.random.default_rng(0)
    weights, scales = rounded(rng.normal(size=(784, neurons)))
    biases = rng.normal(size=784).astype(np.float32)
    h = np.maximum(rng.normal(size=(10, neurons)), 0).astype(np.float32)
    return Decoder(weights, scales, biases, h, np.ones(10, np.float32))


def test_rounded_weights_lie_within_half_a_unit():
    weights = np.random.default_rng(1).normal(size=(784, 3))
    integers, scales = rounded(weights)
    assert np.abs(integers.T * scales - weights).max() <= scales.max() * 0.5001
    assert np.abs(integers.astype(int)).max(axis=1).tolist() == [127] * 3


def test_only_kept_neurons_contribute():
    decoder = make_decoder()
    none, all_but_one = np.zeros(6, bool), np.arange(6) != 2
    bias = 1 / (1 + np.exp(-decoder.biases.astype(float)))
    assert reconstruct(decoder, none) == pytest.approx(np.tile(bias, (10, 1)))
    silenced = Decoder(**vars(decoder) | {"activations": decoder.activations * all_but_one.astype(np.float32)})
    assert (reconstruct(decoder, all_but_one) == reconstruct(silenced, np.ones(6, bool))).all()


def test_errors_are_sums_over_pixels():
    images = np.zeros((2, 784), np.uint8)
    images[1, :3] = 255
    assert squared_errors(np.full((2, 784), 0.5), images).tolist() == [196, 196]
    assert squared_errors(np.zeros((2, 784)), images).tolist() == [0, 3]


def test_the_first_image_of_each_digit_is_used():
    labels = np.array([5, 5, 0, 1, 2, 3, 4, 6, 9, 8, 7, 7], np.uint8)
    assert reconstruction.first_of_each(labels) == [2, 3, 4, 5, 6, 0, 7, 10, 9, 8]


def test_a_written_decoder_is_read_again(monkeypatch, tmp_path):
    monkeypatch.setattr(reconstruction, "DECODERS_FILE", tmp_path / "decoders")
    decoder, images = make_decoder(), np.arange(7840, dtype=np.int64).reshape(10, 784).astype(np.uint8)
    reconstruction.write({"dropout": decoder}, images, {"recipe": {}})
    loaded = reconstruction.load.__wrapped__("dropout")
    assert all((vars(loaded)[name] == part).all() for name, part in vars(decoder).items())
    assert (reconstruction.images.__wrapped__() == images).all()


@pytest.mark.parametrize("arm", ARMS)
def test_the_stored_decoders_reconstruct_as_well_as_the_unrounded_ones(arm):
    decoder, images = reconstruction.load(arm), reconstruction.images()
    made = reconstruct(decoder, np.ones(features.numbers()["recipe"]["hidden"], bool))
    assert squared_errors(made, images) == pytest.approx(decoder.errors, rel=0.1)
    assert squared_errors(made, images).mean() == pytest.approx(decoder.errors.mean(), rel=0.03)
    assert reconstruction.DECODERS_FILE.stat().st_size < 500_000


@pytest.mark.parametrize("arm", ARMS)
def test_the_stored_features_and_decoders_are_of_the_same_nets(arm):
    features_, images = features.features(arm).astype(float), reconstruction.images() / 255
    excitement, h = images @ features_.T, reconstruction.load(arm).activations
    active = {i: on for i, on in enumerate((h > 0).T) if on.sum() >= 5}
    assert len(active) > 10
    for i, on in active.items():  # without the ReLU's zeros, activations are linear
        assert np.corrcoef(excitement[on, i], h[on, i])[0, 1] > 0.98


def test_the_stored_errors_begin_with_those_of_the_whole_nets():
    recipe, removal = features.numbers()["recipe"], features.by_seed("removal")
    for arm in ARMS:
        for errors, whole in zip(removal[arm], features.by_seed("error")[arm], strict=True):
            assert len(errors) == len(recipe["removed"])
            assert errors[0] == pytest.approx(whole, rel=0.05)
            assert errors == sorted(errors)


@pytest.mark.parametrize(("with_dropout", "turn"), [([[5, 6], [5, 7]], "If 64 or more"), ([[5, 6], [5, 9]], "")])
def test_the_finding_names_a_turn_only_if_all_seeds_agree(monkeypatch, with_dropout, turn):
    monkeypatch.setattr(reconstruction, "numbers", lambda: {"recipe": {"removed": [0, 64], "removal_images": 1000}})
    errors = {NO_DROPOUT: ([1, 8], [1, 10]), DROPOUT: tuple(with_dropout)}
    monkeypatch.setattr(reconstruction, "by_seed", lambda name: errors)
    said = reconstruction.finding()
    assert "averaged over 1,000 unseen images, from 1.0 to 9.0 without dropout" in said
    assert ("or more" in said) == bool(turn)
    assert turn in said
