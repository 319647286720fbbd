"""Tests of questions to nets that real workers keep: routing, a busy or killed worker, and a full GPU (simulated)."""

import os
import signal
from dataclasses import replace

import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.engine import net_cache
from dropout_core.engine.job import DONE, FAILED
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.numerics import answers
from dropout_core.numerics.answers import Sampling
from dropout_core.numerics.inference import from_arrays
from tests.engines import PATIENCE, running, wait, wait_for

pytestmark = pytest.mark.slow

SMALL = Recipe(data="mnist-5k", images=500, epochs=1, hidden=(32, 16))
LONG = replace(SMALL, images=4000, epochs=400)
IMAGES = load_validation("mnist-5k", Settings.from_env({})).images


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store"), DROPOUT_WORKERS="2", DROPOUT_CACHED_NETS="50") as engine:
        yield engine


def samplings(**options):
    return [Sampling(0.5 if arm == DROPOUT else 0.0, seconds=PATIENCE, **options) for arm in ARMS]


def ask(engine, recipe, images=IMAGES[:1], **options):
    keys = [(recipe.key, arm, recipe.seeds[0]) for arm in ARMS]
    return engine.ask(list(zip(keys, samplings(**options), strict=True)), images)


def by_numpy(engine, recipe, images=IMAGES[:1], **options):
    nets = [from_arrays(engine.store.weights(recipe.key, arm, recipe.seeds[0])) for arm in ARMS]
    return [answers.answer(net, images, each) for net, each in zip(nets, samplings(**options), strict=True)]


def agree(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.off == pytest.approx(other.off, abs=1e-5)
        assert one.on == pytest.approx(other.on, abs=1e-5)
        assert one.passes == other.passes


def train(engine, recipe):
    job = wait(engine.submit(recipe))
    assert (job.state, job.message) == (DONE, "")
    return recipe


def test_answers_are_numpy_s_from_the_stored_weights(engine):
    recipe = train(engine, SMALL)
    agree(ask(engine, recipe), by_numpy(engine, recipe))


def test_so_are_those_about_all_validation_images_which_the_worker_has(engine):
    recipe = train(engine, replace(SMALL, seeds=(1,)))
    agree(ask(engine, recipe, "mnist-5k", averaged=True), by_numpy(engine, recipe, IMAGES, averaged=True))


def test_a_question_does_not_wait_for_training(engine):
    recipe = train(engine, replace(SMALL, seeds=(2,)))
    job = engine.submit(LONG)
    wait_for(lambda: job.points()["arm"].nunique() == 2)  # both workers are training
    agree(ask(engine, recipe), by_numpy(engine, recipe))
    assert not job.finished
    engine.cancel(LONG.key)
    wait(job)


def test_nets_released_by_a_worker_are_not_asked_again(engine, monkeypatch):
    recipe = train(engine, replace(SMALL, seeds=(3,)))
    assert engine.cluster.release_nets() > 0
    assert engine.cluster.release_nets() == 0
    assert ask(engine, recipe) is None
    monkeypatch.setattr(type(engine.cluster.client), "run", None)
    assert ask(engine, recipe) is None, "without a message"


def test_a_killed_worker_is_no_longer_asked_and_a_new_one_keeps_what_it_trains(engine):
    recipe = train(engine, replace(SMALL, seeds=(5,)))
    workers = engine.cluster.client.scheduler_info()["workers"]
    for pid in engine.cluster.client.run(os.getpid).values():
        os.kill(pid, signal.SIGKILL)
    assert ask(engine, recipe) is None
    wait_for(lambda: not workers.keys() & engine.cluster.client.scheduler_info()["workers"].keys())
    again = train(engine, replace(SMALL, seeds=(6,)))
    agree(ask(engine, again), by_numpy(engine, again))


def test_a_full_gpu_gives_back_the_memory_of_kept_nets_and_trains(engine):
    def fill():
        """Make this worker run out of memory in training while it keeps nets, or always if it has none to release."""
        import torch

        from dropout_core.engine import net_cache
        from dropout_core.training import trainer

        train = trainer.train

        def train_if_free(recipe, *rest):
            if net_cache.keys() or recipe.seeds == (9,):
                raise torch.OutOfMemoryError("simulated")
            return train(recipe, *rest)

        trainer.train = train_if_free

    client = engine.cluster.client
    earlier = train(engine, replace(SMALL, seeds=(7,)))
    client.run(fill)
    train(engine, replace(SMALL, seeds=(8,)))
    assert ask(engine, earlier) is None
    job = wait(engine.submit(replace(SMALL, seeds=(9,))))
    assert (job.state, "too little free memory" in job.message) == (FAILED, True), job.message


def test_by_default_workers_on_a_cpu_keep_nothing(tmp_path):
    with running(tmp_path, DROPOUT_WORKERS="1", DROPOUT_DEVICE="cpu") as engine:
        if engine.cluster.stacked:
            pytest.skip("the workers of this machine use a GPU")
        recipe = train(engine, SMALL)
        assert ask(engine, recipe) is None
        assert list(engine.cluster.client.run(net_cache.keys).values()) == [[]]


def test_a_host_without_workers_is_not_asked(tmp_path):
    with running(tmp_path, DROPOUT_READ_ONLY="1") as engine:
        assert ask(engine, SMALL) is None
