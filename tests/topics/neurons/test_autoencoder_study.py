"""Tests of small-scale autoencoder training: it is seeded, learns, and gives both arms the same initial weights."""

import numpy as np
import pytest
import torch

from dropout_core.topics.neurons import autoencoder_study
from dropout_core.topics.neurons.autoencoder_study import Autoencoder, measure, scaled, train
from dropout_core.topics.neurons.reconstruction import reconstruct, squared_errors


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    """Make slightly noisy images, each with one of two strokes."""
    rng = np.random.default_rng(0)
    images = np.zeros((256, 28, 28), np.uint8)
    images[:128, 8:20, 12:16], images[128:, 12:16, 8:20] = 255, 255
    return scaled(np.where(rng.random(images.shape) < 0.02, 255, images).astype(np.uint8))


def test_pixels_run_from_0_to_1():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 0, 1] = 255
    assert scaled(image)[0, :3].tolist() == [0.0, 1.0, 0.0]


def test_the_same_seed_gives_the_same_net_and_another_another(x):
    first, again, other = (train(x, 0.5, seed, 1).encoder.weight for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_both_arms_begin_with_the_same_weights(x):
    first, second = (train(x, rate, 3, 0).state_dict() for rate in (0.0, 0.5))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_it_learns_and_is_measured_without_masks(x):
    before, after = (measure(train(x, 0.5, 0, epochs), x, x) for epochs in (0, 15))
    assert after["error"] < before["error"] / 2
    model = train(x, 0.5, 0, 2)
    assert not model.training
    assert measure(model, x, x) == measure(model, x, x)


def test_the_error_is_that_of_the_reconstructed_pixels_and_silent_neurons_are_left_out(x):
    model = Autoencoder(2, 0.0).eval()
    with torch.no_grad():
        model.encoder.weight.zero_()
        model.encoder.weight[0, 400] = 1.0
        model.encoder.bias.copy_(torch.tensor([0.0, -1.0]))
        model.decoder.weight.zero_()
        model.decoder.bias.fill_(-50)
    result = measure(model, x, x)  # the model reconstructs every image as black
    assert result["error"] == pytest.approx(x.square().sum(1).mean().item())
    assert result["silent"] == 1
    assert result["pixels"] == pytest.approx(1)


def test_where_it_was_made_is_on_record():
    digits = autoencoder_study.Digits(
        *(np.zeros((n, 28, 28), np.uint8) if i % 2 == 0 else np.zeros(n, np.uint8) for i, n in enumerate((3, 3, 2, 2))),
        checksum="sum",
    )
    result = autoencoder_study.about("mnist-5k", digits)
    assert (result["images"], result["validation_images"], result["data_checksum"]) == (3, 2, "sum")
    assert {"torch", "commit", "hardware", "ended"} <= set(result)


def test_removing_more_neurons_raises_the_error_from_that_of_the_whole_net(x):
    model = train(x, 0.0, 0, 15)
    result = measure(model, x, x)
    assert result["removal"][0] == pytest.approx(result["error"])
    assert result["removal"][-1] > 1.2 * result["removal"][0]
    with torch.no_grad():
        blank = (torch.sigmoid(model.decoder.bias) - x).square().sum(1).mean().item()
    h = torch.zeros(len(x), autoencoder_study.HIDDEN)
    assert autoencoder_study.removal(model, h, x) == pytest.approx([blank] * len(autoencoder_study.REMOVED))


def test_the_extracted_decoder_reconstructs_as_the_net_does(x):
    model, digits = train(x, 0.0, 0, 5), x[::26]
    decoder = autoencoder_study.decoder(model, digits)
    made = reconstruct(decoder, np.ones(autoencoder_study.HIDDEN, bool))
    with torch.no_grad():
        expected = torch.sigmoid(model(digits)).numpy()
    assert made == pytest.approx(expected, abs=0.02)
    images = (digits * 255).round().to(torch.uint8).numpy()
    assert squared_errors(expected.astype(float), images) == pytest.approx(decoder.errors, rel=1e-4)
