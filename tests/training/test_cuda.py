"""Test the GPU code. Skipped on machines without a GPU."""

import threading
from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.engine import net_cache
from dropout_core.engine.job import CANCELLED, DONE, FAILED
from dropout_core.experiments import paper_scale
from dropout_core.experiments.paper_scale import BOUNDED
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.numerics import answers
from dropout_core.numerics.answers import Sampling
from dropout_core.numerics.inference import from_arrays
from dropout_core.storage import store
from dropout_core.training import trainer
from dropout_core.training.checkpoint import Checkpoint
from dropout_core.training.device_net import DeviceNet
from dropout_core.training.mlp_workspace import MLPWorkspace
from dropout_core.training.models import prepare
from dropout_core.training.noise import LocalNoise, Noise
from dropout_core.training.stack_pool import StackPool
from tests.engines import numbers, running, wait, wait_for
from tests.training.test_device_net import SHAPES, assert_equal_answers, made
from tests.training.test_stack_pool import RECIPE as POOLED
from tests.training.test_stack_pool import SAME_SHAPE, assert_same_numbers
from tests.training.test_stack_pool import train as train_in
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
    "annealed": {
        "optimiser": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.9,
        "annealing": True,
        "positive_pixels": True,
    },
    "annealed Adam": {"annealing": True},
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


def test_the_papers_nets_resume_with_noise_drawn_on_the_gpu(digits, tmp_path):
    """The state after each epoch must determine all further steps, with the graph of either process."""
    recipe = replace(paper_scale.net(BOUNDED), data="mnist-5k", images=2000, epochs=3)
    tensors = trainer.to_tensors(digits, recipe.images, "cuda")
    prepare("cuda")

    def train_all(stopping=lambda: False, checkpoint=None):
        runs = recipe.runs()
        return trainer.train(recipe, runs, tensors, "cuda", stopping=stopping, checkpoint=checkpoint, local_noise=True)

    whole, left = train_all(), iter(range(50))
    checkpoint = Checkpoint(tmp_path / "nets.safetensors", "cuda")
    with pytest.raises(trainer.Cancelled):
        train_all(lambda: next(left, None) is None, checkpoint)
    for a, b in zip(train_all(checkpoint=checkpoint), whole, strict=True):
        assert [replace(p, seconds=0.0) for p in a.points] == [replace(p, seconds=0.0) for p in b.points]
        assert a.points[-1].eval_loss < a.points[0].eval_loss
        assert all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_noise_drawn_on_the_gpu_has_the_right_rate(rate, digits):
    recipe = replace(SMALL, images=400, batch=100, rate=rate, input_rate=rate, hidden=(1024,), arms=(DROPOUT,))
    noise = LocalNoise(recipe, recipe.runs(), "cuda", hidden=True)
    space = MLPWorkspace(recipe, recipe.runs(), 100, "cuda")
    noise.start(0)
    space.images.fill_(1)
    noise.fill(0, space)
    for factors in (space.all_masks, space.images):
        assert (factors == 0).float().mean().item() == pytest.approx(rate, abs=0.01)
        assert factors.mean().item() == pytest.approx(1, abs=0.03)
    assert not torch.equal(space.all_masks[0], space.all_masks[1])


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store"), DROPOUT_WORKERS="4") as engine:
        yield engine


def test_a_comparison_is_one_task_and_says_what_trained_it(engine):
    assert engine.describe()["device"] == "cuda"
    assert len(engine.cluster.client.scheduler_info()["workers"]) == engine.at_once == 2
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
    assert (job.state, "too little free memory" in job.message) == (FAILED, True), job.message
    del taken
    torch.cuda.empty_cache()
    assert wait(engine.submit(replace(SMALL, epochs=1, seeds=(4,)))).state == DONE


def test_workers_keep_no_memory_that_others_could_use(engine):
    free = torch.cuda.mem_get_info()[0]
    assert wait(engine.submit(replace(SMALL, epochs=1, hidden=(4096,) * 4))).state == DONE
    assert free - torch.cuda.mem_get_info()[0] < 2**29


@pytest.mark.parametrize("hidden", SHAPES, ids=str)
@pytest.mark.parametrize("averaged", [False, True])
def test_nets_that_stay_on_the_gpu_answer_as_numpy_does(hidden, averaged):
    assert_equal_answers(hidden, Sampling(0.5, averaged, seconds=600), "cuda")


def test_questions_spoil_no_graph_that_is_being_recorded(digits):
    """Each training run records a graph while another thread classifies images in a loop."""
    net, images, end, failures = DeviceNet(made((64, 32)), "cuda"), digits.validation_images[:50], threading.Event(), []
    expected = net.answer(images, Sampling(0.5)).on

    def ask():
        while not end.is_set():
            if not np.array_equal(net.answer(images, Sampling(0.5)).on, expected):
                failures.append("another answer")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        for seed in range(10):
            recipe = replace(SMALL, epochs=1, seeds=(seed,))
            assert len(train(recipe, recipe.runs(), digits)) == 2
    finally:
        end.set()
        thread.join()
    assert not failures


def test_released_nets_give_their_memory_back():
    net_cache.release()
    before = torch.cuda.memory_reserved()
    net_cache._cache.put(("0", DROPOUT, 0), DeviceNet(made((4096, 4096)), "cuda"), 10**9)
    assert torch.cuda.memory_reserved() > before
    assert net_cache.release() > 4 * 4096**2
    assert torch.cuda.memory_reserved() <= before


@pytest.mark.parametrize("change", SAME_SHAPE.values(), ids=SAME_SHAPE)
def test_a_second_comparison_of_one_shape_has_the_same_numbers_in_the_graphs_of_the_first(change, digits):
    prepare("cuda")
    assert assert_same_numbers(replace(POOLED, **change), digits, "cuda")


def test_and_records_none(digits, monkeypatch):
    even, pool = replace(POOLED, images=256), StackPool(10**8)  # all batches are full
    train_in(even, digits, pool, "cuda")
    monkeypatch.setattr(torch.cuda, "graph", None)
    train_in(replace(even, seeds=(3, 4)), digits, pool, "cuda")
    with pytest.raises(TypeError):
        train_in(replace(even, hidden=(16,)), digits, pool, "cuda")


def ask(engine, recipe, images, **options):
    asked = [((recipe.key, arm, 0), Sampling(0.5 if arm == DROPOUT else 0.0, seconds=600, **options)) for arm in ARMS]
    return engine.ask(asked, images)


def test_workers_keep_what_they_trained_and_answer_ten_times_as_fast_as_numpy(engine, digits):
    recipe = replace(SMALL, hidden=(256, 128), seeds=(0,))
    assert wait(engine.submit(recipe)).state == DONE
    for _ in range(2):  # the first call initialises the libraries
        start = perf_counter()
        found = ask(engine, recipe, "mnist-5k", averaged=True)
        seconds = perf_counter() - start
    net = from_arrays(engine.store.weights(recipe.key, DROPOUT, 0))
    start = perf_counter()
    expected = answers.answer(net, digits.validation_images, Sampling(0.5, averaged=True, seconds=600))
    assert found[1].on == pytest.approx(expected.on, abs=1e-5)
    assert perf_counter() - start > 10 * seconds


def test_a_full_gpu_makes_the_workers_release_their_nets(engine):
    kept = replace(SMALL, epochs=1, hidden=(1024, 1024), seeds=(0,))
    assert wait(engine.submit(kept)).state == DONE
    assert ask(engine, kept, np.zeros((1, 28, 28), np.uint8)) is not None
    free = torch.cuda.mem_get_info()[0]
    taken = torch.empty(free - 2**28, dtype=torch.uint8, device="cuda")
    assert wait(engine.submit(replace(SMALL, epochs=1, hidden=(4096,) * 4, seeds=(0, 1, 2)))).state == FAILED
    assert ask(engine, kept, np.zeros((1, 28, 28), np.uint8)) is None, "its memory was given back"
    del taken
    torch.cuda.empty_cache()
