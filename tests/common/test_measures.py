"""Test that counters and histograms count each event of each thread."""

import math
import threading

import pytest

from dropout_core.common.measures import Histogram, Tally


def in_threads(action, count: int = 8) -> None:
    threads = [threading.Thread(target=action) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_tally_starts_at_zero_and_loses_nothing_between_threads():
    tally = Tally("a", "b")
    assert tally.counts() == {"a": 0, "b": 0}
    in_threads(lambda: [tally.add("a") for _ in range(2000)])
    tally.add("c")
    assert tally.counts() == {"a": 16_000, "b": 0, "c": 1}


def test_a_histogram_counts_each_value_in_all_buckets_whose_bound_it_does_not_exceed():
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 3.0):
        histogram.add(value)
    values = histogram.distribution()
    assert values.buckets == ((0.1, 2), (1.0, 3), (math.inf, 4))
    assert values.total == pytest.approx(3.65)
    assert values.count == 4


def test_a_histogram_times_what_fails_too_and_loses_nothing_between_threads():
    histogram = Histogram((60.0,))

    def fail() -> None:
        for _ in range(500):
            with pytest.raises(KeyError), histogram.timing():
                raise KeyError

    in_threads(fail)
    values = histogram.distribution()
    assert values.buckets == ((60.0, 4000), (math.inf, 4000))
    assert 0 < values.total < 60
