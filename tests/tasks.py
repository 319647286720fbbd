"""Short tasks that tests run on workers, which import them by name."""

from itertools import count

import pytest

from dropout_core.engine.worker import Report
from dropout_core.topics.pitfalls import live_training

POINTS = 3  # reported by few()


def few(item: str, report: Report) -> None:
    for epoch in range(1, POINTS + 1):
        report((item, 0, epoch, 0.5))


def endless(item: str, report: Report) -> None:
    """Report until the task is cancelled."""
    for epoch in count(1):
        report((item, 0, epoch, 0.5))


def failing(item: str, report: Report) -> None:
    raise FloatingPointError(f"{item} diverged")


def on_few_images(slug: str, run: tuple[str, int], report: Report) -> None:
    """Train a pitfall's code as live_training.train does, but on few images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_training, "IMAGES", 50)
        live_training.train(slug, run, report)
