"""What a server does beside its pages: once it has settled, the garbage collector's rounds are short."""

import gc

import pytest

from dropout_core.common import threads


@pytest.fixture
def as_it_was():
    """The collector's rounds go through everything again afterwards."""
    yield
    gc.unfreeze()
    threads.settle.cache_clear()


def test_after_a_while_what_lives_as_long_as_the_server_leaves_the_collectors_rounds(monkeypatch, as_it_was):
    monkeypatch.setattr(threads, "_SETTLED", 0.01)
    threads.settle.cache_clear()
    timer = threads.settle()
    timer.join(60)
    assert timer.daemon, "a server that is told to stop must not wait for it"
    assert len(gc.get_objects()) < 1_000 < gc.get_freeze_count()
    assert threads.settle() is timer, "once is enough: of what sessions leave behind, little is kept for good"


def test_what_comes_later_is_still_collected(as_it_was):
    threads.freeze()
    cycle = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() >= 1
