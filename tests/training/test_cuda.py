"""Test the GPU code. Skipped on machines without a GPU."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.engine.job import CANCELLED, DONE, FAILED
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage import store
from dropout_core.training import trainer
from dropout_core.training.models import prepare
from dropout_core.training.noise import Noise
from tests.engines import numbers, running, wait, wait_for
from tests.training.test_stacked_mlp import OPTIONS, agree_after_fifty_steps

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
SMALL = Recipe(data="mnist-5k", images=1000, epochs=3, hidden=(64, 32), seeds=(0, 1))
KINDS = {
    "masks": {},
    "noise": {"noise": "gaussian", "input_rate": 0.1},
    "noise after the ReLU": {"noise": "gaussian", "noise_at": "after ReLU"},
    "masks after the ReLU": {"noise_at": "after ReLU"},
    "pixels too": {"input_rate": 0.2, "schedule": "early", "batch": 48},
    "moved images": {"augment": True},
    "max-norm": {"max_norm": 0.5, "optimiser": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "on weights": {"noise": "dropconnect", "images": 300},
    "convolutions": {"net": "conv", "conv_rate": 0.2, "images": 300, "batch_norm": "before dropout"},
}


@pytest.fixture(scope="module")
def digits():
    return mnist.load("mnist-5k", Settings.from_env({}))


def train(recipe, runs, digits, device="cuda"):
    if device == "cuda":  # skipped on a CPU, where prepare() would change the thread count for all tests
        prepare(device)
    return trainer.train(recipe, runs, trainer.to_tensors(digits, recipe.images, device), device)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_fifty_steps_agree_with_autograd_on_the_cpu(options):
    """All steps except the first replay a CUDA graph."""
    recipe = Recipe(**{"hidden": (64, 32), "batch": 16, "rate": 0.5, **options})
    agree_after_fifty_steps(recipe, recipe.runs(), atol=2e-5, device="cuda")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_same_recipe_gives_the_same_history_bit_for_bit(kind, digits):
    recipe = replace(SMALL, **kind)
    first, again = (train(recipe, recipe.runs(), digits) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert [replace(p, seconds=0.0) for p in a.points] == [replace(p, seconds=0.0) for p in b.points]
        assert all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_it_begins_as_on_the_cpu_and_ends_as_well(kind, digits):
    """Rounding makes runs on the CPU and on the GPU diverge slowly, like runs on two different machines."""
    recipe = replace(SMALL, **kind)
    on_cpu = train(recipe, recipe.runs(), digits, "cpu")
    for a, b in zip(train(recipe, recipe.runs(), digits), on_cpu, strict=True):
        assert a.run == b.run
        assert a.points[0].train_loss == pytest.approx(b.points[0].train_loss, abs=1e-4)
        assert a.points[0].eval_loss == pytest.approx(b.points[0].eval_loss, abs=1e-3)
        assert a.points[-1].eval_loss == pytest.approx(b.points[-1].eval_loss, abs=0.05)
        assert a.points[-1].full_val_accuracy == pytest.approx(b.points[-1].full_val_accuracy, abs=3)


def test_a_run_does_not_depend_on_its_company(digits):
    recipe = replace(SMALL, epochs=2, seeds=(0, 1, 2, 3))
    for result in train(recipe, recipe.runs(), digits):
        (alone,) = train(recipe, [result.run], digits)
        for a, b in zip(result.points, alone.points, strict=True):
            assert a.train_loss == pytest.approx(b.train_loss, abs=1e-4)
            assert a.eval_loss == pytest.approx(b.eval_loss, abs=1e-4)


def test_wide_nets_get_their_masks_step_by_step(digits):
    recipe = replace(SMALL, images=400, batch=200, epochs=1, hidden=(4096,) * 4, seeds=(0, 1, 2))
    assert Noise(recipe, recipe.runs(), "cuda", hidden=True).ahead == 1
    for result in train(recipe, recipe.runs(), digits):
        assert np.isfinite([p.train_loss for p in result.points]).all()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store"), DROPOUT_WORKERS="4") as engine:
        yield engine


def test_a_comparison_is_one_task_and_says_what_trained_it(engine):
    assert engine.describe()["device"] == "cuda"
    assert len(engine.cluster.client.scheduler_info()["workers"]) == engine.settings.at_once == 2
    job = wait(engine.submit(SMALL))
    assert (job.state, job.message) == (DONE, "")
    comparison = engine.store.get(SMALL.key)
    assert (comparison.status, comparison.missing) == (store.DONE, [])
    assert comparison.provenance["device"] == "cuda"
    assert comparison.provenance["hardware"] == torch.cuda.get_device_name()
    engine.store.forget(SMALL.key)
    assert numbers(wait(engine.submit(SMALL)).points()).equals(numbers(job.points()))


def test_cancelling_frees_the_gpu_long_before_the_end(engine):
    long = replace(SMALL, images=4000, epochs=1000, hidden=(256, 128))
    job = engine.submit(long)
    wait_for(lambda: len(job.points()))
    engine.cancel(long.key)
    assert wait(job).state == CANCELLED
    assert job.progress() < 0.5
    assert wait(engine.submit(replace(SMALL, epochs=1, seeds=(2,)))).state == DONE


def test_a_gpu_without_memory_left_is_named_and_the_next_one_works(engine):
    """The GPU may run out of memory because other programs use it."""
    wait(engine.submit(replace(SMALL, epochs=1, seeds=(3,))))
    free = torch.cuda.mem_get_info()[0]
    taken = torch.empty(free - 2**28, dtype=torch.uint8, device="cuda")
    job = wait(engine.submit(replace(SMALL, epochs=1, hidden=(4096,) * 4, seeds=(0, 1, 2))))
    assert (job.state, "no memory left" in job.message) == (FAILED, True), job.message
    del taken
    torch.cuda.empty_cache()
    assert wait(engine.submit(replace(SMALL, epochs=1, seeds=(4,)))).state == DONE


def test_workers_keep_no_memory_that_others_could_use(engine):
    free = torch.cuda.mem_get_info()[0]
    assert wait(engine.submit(replace(SMALL, epochs=1, hidden=(4096,) * 4))).state == DONE
    assert free - torch.cuda.mem_get_info()[0] < 2**29
