"""Tests of the choice between worker and numpy for an answer, and of the page's text about it."""

import numpy as np
import pytest

from dropout_core.engine.engine import Engine
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.numerics.answers import Answer, Sampling, answer
from dropout_core.reference.nets import load
from dropout_core.topics.training.ask_view import answered_by, votes
from dropout_core.topics.training.asking import Asked, Nets, ask

RECIPE = Recipe(data="mnist-5k", images=500, epochs=1, seeds=(7,))
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8)


class StubEngine(Engine):
    """Answers as a worker would, or not at all."""

    def __init__(self, keeps):
        self.keeps, self.questions = keeps, []

    def ask(self, asked, images):
        self.questions.append((asked, images))
        return [Answer(np.zeros((2, 10), np.float32), np.zeros((0, 2, 10), np.float32), 0)] * 2 if self.keeps else None

    def describe(self):
        return {"device": "cuda", "hardware": "a fast GPU"}


def of(arm):
    return load(arm).net


def unreadable(arm):
    pytest.fail("the weights are not needed")


def reader_s(load=of):
    return Nets("your nets, seed 7", "mnist-5k", 0.5, load, RECIPE)


def test_the_worker_that_keeps_them_is_asked_and_no_weights_are_read():
    engine = StubEngine(True)
    found = ask(reader_s(load=unreadable), IMAGES, engine)
    assert found.source == "a worker that keeps the nets on its device (CUDA)"
    ((asked, images),) = engine.questions
    assert asked == [((RECIPE.key, "no dropout", 7), Sampling(0.0)), ((RECIPE.key, "dropout", 7), Sampling(0.5))]
    assert images is IMAGES


def test_all_validation_images_are_named_and_not_sent():
    engine = StubEngine(True)
    ask(reader_s(), IMAGES, engine, averaged=True, all_images=True)
    ((asked, images),) = engine.questions
    assert images == "mnist-5k"
    assert all(sampling.averaged for _, sampling in asked)


@pytest.mark.parametrize("engine", [StubEngine(False), StubEngine(True)], ids=["reader's", "packaged"])
def test_otherwise_numpy_answers(engine):
    nets = reader_s() if not engine.keeps else Nets("the nets that come with this app", "mnist-5k", 0.5, of)
    found = ask(nets, IMAGES, engine)
    assert found.source == "NumPy with the stored weights"
    assert (found.answers[DROPOUT].on == answer(of(DROPOUT), IMAGES, Sampling(0.5)).on).all()
    assert found.milliseconds > 0


@pytest.mark.parametrize(
    ("passes", "note"), [(100, ""), (0, ""), (41, " Only 41 of 100 passes were completed within 2 s.")]
)
def test_the_page_says_what_answered_and_whether_time_was_too_short(passes, note):
    whole = Answer(np.zeros((2, 10), np.float32), np.zeros((1, 2, 10), np.float32), passes)
    said = answered_by(Asked(reader_s(), dict.fromkeys(ARMS, whole), "NumPy with the stored weights", 1234.5))
    assert said == f"Answers from your nets, seed 7, computed by NumPy with the stored weights in 1,234 ms.{note}"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({2: 74, 9: 14, 8: 6, 3: 4, 5: 2}, "74 say 2, 14 say 9, 6 say 8 and 6 say other digits"),
        ({2: 90, 9: 6, 8: 3, 3: 1}, "90 say 2, 6 say 9, 3 say 8 and 1 says another digit"),
        ({2: 99, 9: 1}, "99 say 2 and 1 says 9"),
        ({2: 100}, "100 say 2"),
    ],
)
def test_the_votes_of_the_passes_add_up(counts, text):
    passes = np.eye(10, dtype=np.float32)[[digit for digit, n in counts.items() for _ in range(n)]]
    assert votes(passes) == f" Of 100 passes with masks on, {text}."
