"""Tests of the nets that a worker keeps on its device: bounds, release, and a full device (simulated on the CPU)."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dropout_core.engine import net_cache
from dropout_core.engine.net_cache import MOST_NETS, NetCache
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import Result
from dropout_core.numerics.answers import Sampling
from dropout_core.training.device_net import DeviceNet
from dropout_core.training.models import new_mlp
from tests import loops
from tests.weights import to_arrays

RECIPE = Recipe(data="mnist-5k", images=500, epochs=1, hidden=(16, 8), seeds=(4, 5))
IMAGE = np.zeros((1, 28, 28), np.uint8)
KEYS = [(RECIPE.key, "no dropout", 4), (RECIPE.key, "dropout", 4)]
ASKED = [(key, Sampling(0.5)) for key in KEYS]


@pytest.fixture(autouse=True)
def empty():
    net_cache.release()
    yield
    net_cache.release()


def results(recipe=RECIPE):
    return [Result(run, [], to_arrays(new_mlp(run.seed, recipe.hidden)), 0.1) for run in recipe.runs()]


def sized(size):
    return SimpleNamespace(bytes=size)


def key(number):
    return f"{number}", "dropout", 0


def full(*_):
    raise torch.OutOfMemoryError("simulated")


def answer():
    return loops.run(net_cache.answer(ASKED, IMAGE))


def test_nets_not_used_for_longest_are_released_when_there_are_too_many():
    cache = NetCache()
    for i in range(MOST_NETS):
        cache.put(key(i), sized(1), 10**6)
    assert cache.get(key(0)) is not None, "which makes it the one used last"
    cache.put(key(MOST_NETS), sized(1), 10**6)
    assert len(cache.keys()) == MOST_NETS
    assert cache.get(key(1)) is None
    assert cache.keys()[-2:] == [key(0), key(MOST_NETS)]


def test_and_when_they_take_too_many_bytes():
    cache = NetCache()
    for i in range(4):
        cache.put(key(i), sized(40), 100)
    assert cache.keys() == [key(2), key(3)]
    cache.put(key(4), sized(101), 100)
    assert cache.keys() == [], "a net larger than the limit is not kept either"


def test_a_net_trained_again_replaces_the_earlier_one():
    cache = NetCache()
    for size in (10, 20):
        cache.put(key(0), sized(size), 100)
    assert cache.clear() == 20
    assert cache.keys() == []


def test_by_default_a_cpu_keeps_none_and_a_gpu_does():
    assert net_cache.byte_limit("cpu", None) == net_cache.byte_limit("cuda", 0) == 0
    assert net_cache.keep(RECIPE, results(), "cpu", 0) == []
    assert net_cache.byte_limit("cuda", None) > 10**8
    assert net_cache.byte_limit("cpu", 3) == 3_000_000


def test_the_first_seed_s_nets_are_kept_and_answer():
    assert net_cache.keep(RECIPE, results(), "cpu", 10**6) == KEYS
    assert [(one.off.shape, one.passes) for one in answer()] == [((1, 10), 100)] * 2


def test_weights_that_masks_on_units_do_not_fit_are_not_kept():
    conv = Recipe(data="mnist-5k", images=500, epochs=1, net="conv", seeds=(4,))
    assert net_cache.keep(conv, results(RECIPE), "cpu", 10**6) == []


def test_whoever_asks_for_a_net_that_is_not_kept_is_told():
    assert answer() is None
    net_cache.keep(RECIPE, results()[:1], "cpu", 10**6)
    assert answer() is None


def test_questions_do_not_block_the_event_loop(monkeypatch):
    net_cache.keep(RECIPE, results(), "cpu", 10**6)
    threads, compute = [], DeviceNet.answer

    def watched(*args):
        threads.append(threading.current_thread())
        return compute(*args)

    monkeypatch.setattr(DeviceNet, "answer", watched)
    answer()
    assert threading.current_thread() not in threads
    assert len(threads) == 2


def test_nets_that_do_not_fit_on_a_full_device_are_not_kept_and_the_others_are_released(monkeypatch):
    net_cache.keep(RECIPE, results(), "cpu", 10**6)
    monkeypatch.setattr(DeviceNet, "__init__", full)
    other = Recipe(data="mnist-5k", images=500, epochs=2, hidden=(16, 8), seeds=(4,))
    assert net_cache.keep(other, results(other), "cpu", 10**6) == []
    assert net_cache.keys() == []


def test_a_question_that_does_not_fit_on_a_full_device_releases_the_nets(monkeypatch):
    net_cache.keep(RECIPE, results(), "cpu", 10**6)
    monkeypatch.setattr(DeviceNet, "answer", full)
    assert answer() is None
    assert net_cache.keys() == []
