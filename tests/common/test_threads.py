"""Threads that work in order, hand over what they made, and let the process end."""

import subprocess
import sys
import threading
import time

import pytest

from dropout_core.common.threads import Lanes, in_background


def test_a_future_holds_what_was_returned_or_raised():
    assert in_background(lambda: 7, "test").result(timeout=5) == 7
    with pytest.raises(ZeroDivisionError):
        in_background(lambda: 1 / 0, "test").result(timeout=5)


def test_one_lane_keeps_the_order_and_closes_after_what_was_put():
    lanes, seen = Lanes(1, "test"), []
    for i in range(20):
        lanes.put(lambda i=i: seen.append(i))
    lanes.close(5)
    assert seen == list(range(20))


def test_two_lanes_work_side_by_side():
    lanes, meeting = Lanes(2, "test"), threading.Barrier(3, timeout=5)
    for _ in range(2):
        lanes.put(meeting.wait)
    meeting.wait()
    lanes.close(5)


def test_a_process_ends_while_its_background_still_works():
    program = (
        "import time; from dropout_core.common.threads import Lanes, in_background; "
        "in_background(lambda: time.sleep(60), 'a'); Lanes(1, 'b').put(lambda: time.sleep(60))"
    )
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
    assert time.monotonic() - start < 20


def test_a_lane_goes_on_after_work_that_raised(caplog):
    lanes, seen = Lanes(1, "test"), []
    lanes.put(lambda: 1 / 0)
    lanes.put(lambda: seen.append(1))
    lanes.close(5)
    assert seen == [1]
    assert "ZeroDivisionError" in caplog.text
