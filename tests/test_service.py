"""What the server's caches hold: bounded, and given back."""

import pytest

from dropout_core import service
from dropout_core.models import fresh, to_arrays
from tests.harness import own_server  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_server")


def test_trained_nets_are_held_once_and_the_oldest_is_released(monkeypatch):
    monkeypatch.setattr(service.engine().store, "weights", lambda key, arm, seed: to_arrays(fresh(seed, (4,))))
    service.trained.clear()
    nets = [service.trained("key", "dropout", seed, 0.5) for seed in range(12)]
    assert service.trained("key", "dropout", 0, 0.5) is nets[0]
    assert all(p.device.type == "cpu" for p in nets[1].parameters())
    service.trained("key", "dropout", 12, 0.5)
    released = [i for i, net in enumerate(nets) if next(net.parameters()).device.type == "meta"]
    assert len(released) == 1, "the thirteenth net puts one out, and its memory is given back"


def test_a_trained_net_is_in_evaluation_mode_with_its_rate():
    service.trained.clear()
    store = service.engine().store
    store.weights, kept = (lambda key, arm, seed: to_arrays(fresh(seed, (4,)))), store.weights
    try:
        net = service.trained("other", "dropout", 1, 0.25)
    finally:
        store.weights = kept
    assert not net.training
    assert net.rate == 0.25


def test_the_search_for_data_ends_and_says_what_it_found():
    source, _ = service.data_source()
    assert source.data == "mnist-5k"
    assert "no download was possible" in source.described or "not downloaded" in source.described
    assert service.digits("mnist-5k").train_images.shape == (4000, 28, 28)
