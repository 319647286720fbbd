"""Test that background tasks run in order, return their results, and never keep the process alive."""

import subprocess
import sys
import threading

import pytest

from dropout_core.common.threads import WorkerThreads, in_background


def test_a_future_holds_what_was_returned_or_raised():
    assert in_background(lambda: 7, "test").result(timeout=5) == 7
    with pytest.raises(ZeroDivisionError):
        in_background(lambda: 1 / 0, "test").result(timeout=5)


def test_one_thread_keeps_the_order_and_closes_after_the_last_task():
    threads, seen = WorkerThreads(1, "test"), []
    for i in range(20):
        threads.put(lambda i=i: seen.append(i))
    threads.close(5)
    assert seen == list(range(20))


def test_two_threads_work_side_by_side():
    threads, meeting = WorkerThreads(2, "test"), threading.Barrier(3, timeout=5)
    for _ in range(2):
        threads.put(meeting.wait)
    meeting.wait()
    threads.close(5)


def test_a_process_ends_while_a_task_is_still_running():
    program = (
        "import threading; from dropout_core.common.threads import WorkerThreads, in_background; "
        "in_background(threading.Event().wait, 'a'); WorkerThreads(1, 'b').put(threading.Event().wait)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)  # the tasks never end


def test_a_thread_goes_on_after_a_task_that_raised(caplog):
    threads, seen = WorkerThreads(1, "test"), []
    threads.put(lambda: 1 / 0)
    threads.put(lambda: seen.append(1))
    threads.close(5)
    assert seen == [1]
    assert "ZeroDivisionError" in caplog.text
