"""Test the live training: it trains the code that is shown, the bugs do harm, and the sentences follow the numbers."""

import ast
from functools import cache
from textwrap import indent

import numpy as np
import pytest
import torch

from dropout_core.topics.pitfalls import charts_live_training as charts
from dropout_core.topics.pitfalls import live_training
from dropout_core.topics.pitfalls.catalogue import BY_SLUG
from dropout_core.topics.pitfalls.live_training import BUG, CODES, EPOCHS, FRAMES, POINTS, RIGHT, RUNS, SEEDS
from tests.vega import assert_valid

each_frame = pytest.mark.parametrize("slug", FRAMES)


@cache
def run(slug: str, code: str, seed: int) -> list[tuple]:
    points: list[tuple] = []
    live_training.train(slug, (code, seed), points.append)
    return points


def made(difference: list[float]) -> list[tuple]:
    """Make the points of a complete training whose final losses differ by these amounts, one per seed."""
    points = []
    for code, seed in RUNS:
        for epoch in range(1, EPOCHS + 1):
            loss = 1 / epoch + (difference[seed] if code == BUG else 0)
            points.append((code, seed, epoch, loss, 80.0 + epoch + seed + 2 * (code == RIGHT)))
    return points


# --- the programs ----------------------------------------------------------------------------------------------------


@each_frame
@pytest.mark.parametrize("code", ["broken", "right"])
def test_a_program_contains_the_code_that_the_page_shows(slug, code):
    shown = getattr(BY_SLUG[slug], code)
    text = live_training.program(BY_SLUG[slug], shown, 3)
    assert any(f"\n{indent(shown, ' ' * spaces)}\n" in f"{text}\n" for spaces in (0, 4, 8))
    assert "p, seed = " in text
    ast.parse(text)
    assert not [line for line in text.splitlines() if line.strip() == "..."]


@each_frame
def test_nothing_but_this_code_differs(slug):
    place = next(line for line in FRAMES[slug].text.splitlines() if line.strip() == "...")
    frame = live_training.program(BY_SLUG[slug], "# here", 0)
    for code in (BY_SLUG[slug].broken, BY_SLUG[slug].right):
        text = live_training.program(BY_SLUG[slug], code, 0)
        assert text == frame.replace(place.replace("...", "# here"), indent(code, place.removesuffix("...")))


def test_the_program_is_run(monkeypatch):
    """The program that the page shows is executed, with these images and nothing else."""
    from dropout_core.topics.pitfalls import live_training_worker

    seen = []
    monkeypatch.setattr(live_training_worker, "execute", lambda text, names: seen.append((text, names)))
    pitfall = BY_SLUG["keep"]
    live_training.train("keep", (BUG, 2), print)
    live_training.train("keep", (RIGHT, 4), print)
    assert [text for text, _ in seen] == [
        live_training.program(pitfall, pitfall.broken, 2),
        live_training.program(pitfall, pitfall.right, 4),
    ]
    assert seen[0][1].keys() == {"report", "x_train", "y_train", "x_val", "y_val"}
    x, y = (seen[0][1][name] for name in ("x_train", "x_val"))
    assert (len(x), len(y)) == (live_training.IMAGES, live_training.VALIDATION_IMAGES)
    assert (x.min(), x.max()) == (-1, 1)
    assert not set(map(bytes, x.numpy())) & set(map(bytes, y.numpy()))


# --- the training ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@each_frame
def test_with_these_seeds_the_bug_ends_worse(slug):
    points = [point for code, seed in RUNS for point in run(slug, code, seed)]
    assert len(points) == POINTS
    differences = live_training.differences(points)
    assert min(differences.differences) > 0
    assert differences.sign == 1
    assert "the bug raises it from" in live_training.finding(points)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_curve_and_leaves_the_random_state_alone():
    before = torch.get_rng_state()
    again: list[tuple] = []
    live_training.train("train", (BUG, 0), again.append)
    assert again == run("train", BUG, 0)
    assert torch.equal(torch.get_rng_state(), before)
    assert [point[:3] for point in again] == [(BUG, 0, epoch) for epoch in range(1, EPOCHS + 1)]
    assert again[0][3:] == run("train", RIGHT, 0)[0][3:]  # the bug has no effect before the second epoch
    assert again[1][3:] != run("train", RIGHT, 0)[1][3:]


def test_a_report_that_raises_ends_the_training():
    def report(point: tuple) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        live_training.train("train", (BUG, 0), report)


# --- what is said and drawn ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ([0.2, 0.3, 0.2, 0.3, 0.2], "the bug raises it from 0.10 to 0.34"),
        ([-0.02, -0.03, -0.02, -0.03, -0.02], "the bug lowers it from 0.10 to 0.08"),
        ([0.2, -0.3, 0.2, -0.3, 0.2], "the bug makes no detectable difference (0.10 with it, 0.10 without)"),
    ],
)
def test_the_finding_follows_the_interval(difference, said):
    sentence = live_training.finding(made(difference)[::-1])
    assert sentence.startswith(f"Validation loss after {EPOCHS} epochs: {said}. ")
    assert sentence.endswith("Accuracy: 92.0 % with the bug, 94.0 % with the correct code")


def test_the_evidence_agrees_with_the_t_interval():
    values = np.array([0.2, 0.3, 0.2, 0.3, 0.2])
    half = 2.7764 * values.std(ddof=1) / np.sqrt(5)
    low, high = (f"+{values.mean() + sign * half:.2f}" for sign in (-1, 1))
    said = live_training.evidence(made([*values]))
    assert said == f"Means of 5 seeds. The bug changes the loss by +0.24 nats (95 % interval {low} to {high})."


def test_means_are_drawn_where_all_seeds_have_arrived():
    points = made([0.2, 0.3, 0.2, 0.3, 0.2])
    late = [point for point in points if not (point[1] == SEEDS[-1] and point[2] > 4)]
    rows = charts.rows(late)
    assert len(rows[rows["kind"] == "run"]) == len(late)
    means = rows[rows["kind"] == "mean"].set_index(["code", "epoch"])["loss"]
    expected = {(code, epoch): 1 / epoch + 0.24 * (code == BUG) for code in CODES for epoch in range(1, 5)}
    assert means.to_dict() == pytest.approx(expected)
    assert "with the bug, 0.49 after epoch 4; correct, 0.25 after epoch 4" in charts.text_alternative(late)


def test_the_chart_is_valid_and_names_its_columns():
    assert_valid(charts.spec())
    assert charts.rows([]).empty
    assert set(charts.rows(made([0.1] * 5)).columns) == {"code", "seed", "epoch", "loss", "accuracy", "kind"}
    assert charts.text_alternative([]) == "Validation loss, growing while the nets train."
