"""Test the article's nets: the forward pass with masks, initial weights, input normalisation and choice of device."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torchvision.transforms import functional as tv

from dropout_core.experiments.layers import layer_shapes, weight_count
from dropout_core.training.models import MLP, flat, new_mlp, normalise, pick_device
from tests.weights import to_arrays

HIDDEN = (12, 8)
IMAGES = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
RATES = (0.0, 0.2, 0.5, 0.9)
every_rate = pytest.mark.parametrize("rate", RATES)


class Article(nn.Module):
    """The article's MLP_Dropout."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 256), nn.Linear(256, 128), nn.Linear(128, 10)
        self.dropout = nn.Dropout(rate)

    def forward(self, x):
        x = torch.relu(self.dropout(self.fc1(x.flatten(1))))
        x = torch.relu(self.dropout(self.fc2(x)))
        return self.fc3(x)


@every_rate
def test_it_is_the_articles_net_weight_for_weight_and_mask_for_mask(rate):
    torch.manual_seed(3)
    article = Article(rate)
    ours = new_mlp(3, (256, 128), rate)
    for a, b in zip(article.parameters(), ours.parameters(), strict=True):
        assert torch.equal(a, b)
    torch.manual_seed(4)
    expected = article(IMAGES)
    torch.manual_seed(4)
    assert torch.equal(ours(IMAGES), expected)
    assert torch.equal(ours.eval()(IMAGES), article.eval()(IMAGES))


@every_rate
def test_given_masks_do_what_torchs_dropout_does_with_the_same_masks(rate):
    model = new_mlp(1, HIDDEN, rate)
    torch.manual_seed(5)
    drawn = model(IMAGES)
    torch.manual_seed(5)
    masks = [F.dropout(torch.ones(5, width), rate, True) > 0 for width in HIDDEN]
    assert torch.allclose(model(IMAGES, masks), drawn, atol=1e-6)


@pytest.mark.parametrize("where", range(2))
def test_a_dropped_neuron_is_nought_to_the_next_layer_even_with_a_bias(where):
    model = new_mlp(1, HIDDEN, 0.5)
    masks = [torch.ones(5, width, dtype=torch.bool) for width in HIDDEN]
    masks[where][:, 3] = False
    before = model(IMAGES, masks)
    with torch.no_grad():
        model.layers[where].weight[3] += 10
        model.layers[where].bias[3] += 10
    assert torch.equal(model(IMAGES, masks), before)
    assert not torch.equal(model.eval()(IMAGES), before)


def test_with_dropout_before_relu_and_positive_scaling_the_order_makes_no_difference():
    """Applying dropout before ReLU, as in the article, is harmless because relu(z m / keep) = relu(z) m / keep."""
    model, keep = new_mlp(2, (12,), 0.25), 0.75
    mask = torch.rand(5, 12) < keep
    z = model.layers[0](IMAGES.flatten(1))
    after = model.layers[1](torch.relu(z) * mask / keep)
    assert torch.allclose(model(IMAGES, [mask]), after, atol=1e-6)


def test_evaluation_mode_draws_nothing():
    model = new_mlp(1, HIDDEN, 0.5, 0.2).eval()
    assert torch.equal(model(IMAGES), model(IMAGES))
    assert torch.equal(model(IMAGES), new_mlp(1, HIDDEN).eval()(IMAGES))


def test_input_dropout_drops_pixels_and_scales_the_others():
    model = new_mlp(1, HIDDEN, 0.0, 0.4)
    torch.manual_seed(6)
    got = model(IMAGES)
    torch.manual_seed(6)
    assert torch.equal(got, new_mlp(1, HIDDEN)(F.dropout(IMAGES.flatten(1), 0.4, True)))


def test_initial_weights_depend_on_the_seed_alone_and_leave_torchs_state_as_it_was():
    torch.manual_seed(9)
    before = torch.get_rng_state()
    first = to_arrays(new_mlp(1, HIDDEN, 0.5))
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(7)
    again, other = to_arrays(new_mlp(1, HIDDEN)), to_arrays(new_mlp(2, HIDDEN))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=4).map(tuple))
def test_shapes_and_counts_are_those_of_the_net(hidden):
    model = MLP(hidden)
    assert layer_shapes(hidden) == [(layer.in_features, layer.out_features) for layer in model.layers]
    assert weight_count(hidden) == sum(layer.weight.numel() for layer in model.layers)


def test_the_articles_net_has_its_235_146_parameters():
    assert sum(p.numel() for p in MLP((256, 128)).parameters()) == 235_146


def test_bytes_become_what_torchvisions_transforms_make_of_them_to_the_last_bit():
    image = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    expected = tv.normalize(tv.to_tensor(image[0]), [0.5], [0.5])
    assert torch.equal(normalise(flat(image)), expected.reshape(1, 784))
    assert (float(expected.min()), float(expected.max())) == (-1, 1)


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")]
)
def test_the_best_device_there_is_is_picked_and_one_that_is_not_there_refused(cuda, mps, best, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device() == best
    assert pick_device("cpu") == "cpu"
    for name, there in (("cuda", cuda), ("mps", mps), ("tpu", False)):
        if there:
            assert pick_device(name) == name
        else:
            with pytest.raises(ValueError, match=f"no device '{name}'"):
                pick_device(name)
