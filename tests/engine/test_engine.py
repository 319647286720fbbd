"""Tests of the engine with real worker processes, including its behaviour after faults."""

import os
import signal
import threading
import time
from contextlib import closing
from dataclasses import replace

import dask
import pytest
from pandas.testing import assert_frame_equal

from dropout_core.common.settings import Settings
from dropout_core.engine import worker
from dropout_core.engine.cluster import Cluster
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import CANCELLED, DONE, FAILED, RUNNING, EngineError, QueueFull, Refused
from dropout_core.engine.local_cluster import OwnCluster
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage import store
from dropout_core.storage.store import Store, StoreError
from tests.engines import PATIENCE, numbers, running, wait, wait_for

pytestmark = pytest.mark.slow

SMALL = Recipe(data="mnist-5k", images=500, epochs=2, hidden=(32, 16))
LONG = replace(SMALL, images=4000, epochs=400)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store"), DROPOUT_WORKERS="2", DROPOUT_QUEUE="3") as engine:
        yield engine


def stop(engine, job):
    engine.cancel(job.recipe.key)
    wait(job)


def test_a_comparison_is_trained_followed_and_stored(engine):
    job = wait(engine.submit(SMALL))
    assert (job.state, job.message, job.progress()) == (DONE, "", 1.0)
    stored = engine.store.get(SMALL.key)
    assert stored.status == store.DONE
    assert stored.missing == []
    assert numbers(job.points()).equals(numbers(stored.points.sort_values(["arm", "seed", "step"], ignore_index=True)))
    assert set(stored.points["arm"]) == {"no dropout", "dropout"}
    assert stored.provenance["device"] == engine.describe()["device"]
    assert stored.provenance["data"] == "mnist-5k"
    assert engine.store.weights(SMALL.key, "dropout", 0)["layers.0.weight"].shape == (32, 784)


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has niceness alone")
def test_the_workers_let_the_servers_pages_go_first(engine):
    wait(engine.submit(replace(SMALL, seeds=(8, 9))))
    client = engine.cluster.connect()  # tasks run in the training thread; on Linux, each thread has its own priority
    workers = client.scheduler_info()["workers"]
    asked = [client.submit(os.sched_getscheduler, 0, workers=[worker], pure=False) for worker in workers]
    assert {future.result(timeout=PATIENCE) for future in asked} == {os.SCHED_IDLE}


def test_every_worker_is_quiet(engine):
    """Dask's frequent ticks would slow down the pages, and its profiler would slow down training."""
    enabled = engine.cluster.connect().run(dask.config.get, "distributed.worker.profile.enabled")
    workers = engine.at_once if engine.cluster.stacked else engine.settings.workers.total
    assert list(enabled.values()) == [False] * workers


def test_a_start_that_fails_half_way_is_made_anew_the_next_time(monkeypatch):
    with closing(Cluster(Settings.from_env({"DROPOUT_WORKERS": "2"}), print)) as cluster:
        with monkeypatch.context() as patch:
            patch.setattr(Cluster, "describe", lambda cluster: 1 / 0)
            with pytest.raises(EngineError, match=r"could not be started \(division by zero\)"):
                cluster.connect()
        assert cluster.client is cluster.own is None
        workers = len(cluster.connect().scheduler_info()["workers"])
        assert workers == (1 if cluster.stacked else 2)


@pytest.mark.parametrize(
    ("owner", "step"), [(OwnCluster, "__init__"), (Cluster, "describe"), (OwnCluster, "scale")], ids=lambda x: str(x)
)
def test_closing_while_the_workers_are_being_started_waits_for_them_and_leaves_none(tmp_path, monkeypatch, owner, step):
    monkeypatch.setenv("DROPOUT_DEVICE", "cpu")  # a GPU needs only one worker
    reached, original = threading.Event(), getattr(owner, step)

    def announced(*arguments):
        reached.set()
        return original(*arguments)

    monkeypatch.setattr(owner, step, announced)
    with closing(Store(tmp_path)) as opened:
        made = Engine(opened, Settings.from_env({"DROPOUT_WORKERS": "4"}))
        warm = made.warm()
        assert reached.wait(PATIENCE)
        made.close()
        warm.result(timeout=PATIENCE)
        assert made.cluster.client is made.cluster.own is None


def test_once_a_comparison_has_ended_the_database_is_whole_without_its_log(engine):
    """At the end of a comparison, SQLite's write-ahead log must be empty.

    If a server is killed, its log remains; a database copied over the old one would be corrupted by that log.
    """
    wait(engine.submit(replace(SMALL, seeds=(77,))))
    wait_for(lambda: (engine.store.place / "comparisons.sqlite-wal").stat().st_size == 0)


def test_points_arrive_while_it_runs(engine):
    job = engine.submit(LONG)
    wait_for(lambda: len(job.points()) >= 4)
    assert not job.finished
    before = job.progress()
    wait_for(lambda: job.progress() > before)
    assert job.seconds_left() > 0
    stop(engine, job)


def test_cancelling_frees_the_workers(engine):
    job = engine.submit(replace(LONG, seeds=(1,)))
    wait_for(lambda: len(job.points()))
    stop(engine, job)
    assert job.state == CANCELLED
    assert engine.store.get(job.recipe.key).status == store.CANCELLED
    wait_for(lambda: not any(engine.cluster.connect().processing().values()))
    assert job.progress() < 0.5, "the run was cut short"
    assert wait(engine.submit(replace(SMALL, epochs=1, seeds=(2,)))).state == DONE


def test_identical_requests_join_the_running_job(engine):
    recipe = replace(LONG, seeds=(3,))
    jobs = []
    threads = [threading.Thread(target=lambda: jobs.append(engine.submit(recipe))) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job in jobs}) == 1
    stop(engine, jobs[0])


def test_the_queue_is_bounded_and_a_waiting_job_knows_its_place(engine):
    running = engine.submit(replace(LONG, seeds=(4,)))
    wait_for(lambda: running.state == RUNNING)
    waiting = [engine.submit(replace(LONG, seeds=(10 + i,))) for i in range(3)]
    assert [engine.place(job) for job in waiting] == [0, 1, 2]
    with pytest.raises(QueueFull, match="3 comparisons are already queued"):
        engine.submit(replace(LONG, seeds=(99,)))
    for job in reversed(waiting):
        engine.cancel(job.recipe.key)
    stop(engine, running)
    assert all(wait(job).state == CANCELLED for job in waiting)


def test_a_visitor_may_have_so_many_under_way_and_others_still_start(engine):
    mine = [engine.submit(replace(LONG, seeds=(30 + i,)), "me") for i in range(2)]
    with pytest.raises(Refused, match="2 unfinished comparisons"):
        engine.submit(replace(LONG, seeds=(39,)), "me")
    assert engine.submit(mine[0].recipe, "me") is mine[0], "joining what runs is no new request"
    other = engine.submit(replace(LONG, seeds=(38,)), "you")
    for job in (other, mine[1], mine[0]):
        stop(engine, job)


def test_a_recipe_over_the_host_s_limit_is_refused_with_the_limit_named(engine, monkeypatch):
    monkeypatch.setattr(engine, "settings", replace(engine.settings, max_work=1e6))
    with pytest.raises(Refused, match="images × epochs × runs × width"):
        engine.submit(LONG, "me")
    assert wait(engine.submit(replace(SMALL, images=10, epochs=1, hidden=(4,)), "me")).state == DONE


def test_a_job_waiting_can_be_cancelled_and_asked_for_again(engine):
    running = engine.submit(replace(LONG, seeds=(5,)))
    recipe = replace(SMALL, seeds=(6,))
    waiting = engine.submit(recipe)
    engine.cancel(recipe.key)
    again = engine.submit(recipe)
    assert again.id != waiting.id
    stop(engine, running)
    assert wait(again).state == DONE


def test_a_waiting_job_that_is_cancelled_has_ended_at_once_and_makes_room(engine):
    running = engine.submit(replace(LONG, seeds=(61,)), "me")
    wait_for(lambda: running.state == RUNNING)
    waiting = engine.submit(replace(LONG, seeds=(62,)), "me")
    engine.cancel(waiting.recipe.key)
    assert waiting.state == CANCELLED
    other = engine.submit(replace(LONG, seeds=(63,)), "me")
    for job in (other, running):
        stop(engine, job)
    assert waiting.started is None


def test_cancelling_a_job_that_has_not_begun_leaves_its_stored_result_alone(engine):
    recipe = replace(SMALL, seeds=(64,))
    wait(engine.submit(recipe))
    running = engine.submit(replace(LONG, seeds=(65,)))
    wait_for(lambda: running.state == RUNNING)
    stop(engine, engine.submit(recipe))
    stop(engine, running)
    assert engine.store.get(recipe.key).status == store.DONE


def test_the_time_left_goes_by_what_this_attempt_has_done(engine):
    recipe = replace(LONG, epochs=160, seeds=(66, 67))  # long enough for points to arrive before the run ends
    wait(engine.submit(recipe))
    with engine.store.database.connect() as db:
        for table in ("runs", "points"):
            db.exec_driver_sql(f"DELETE FROM {table} WHERE key = ? AND seed = 67", (recipe.key,))
    engine.store.finish(recipe.key, store.INTERRUPTED)
    job = engine.submit(recipe)
    wait_for(lambda: job.known and job.fresh() > 0)
    assert job.known == 0.5
    wait_for(lambda: job.fresh() == 1 or fits_the_speed_of_this_attempt(job))  # not at once, since it never grows
    assert job.fresh() < 1
    assert wait(job).fresh() == 1


def fits_the_speed_of_this_attempt(job):
    left, passed, fresh = job.seconds_left(), time.monotonic() - job.started, job.fresh()
    return left is not None and left == pytest.approx(passed * (1 - fresh) / fresh, rel=0.5)


def test_when_one_run_fails_the_others_are_stopped_too(engine):
    diverges = replace(LONG, optimiser="sgd", learning_rate=10.0, momentum=0.99, weight_decay=1.0, epochs=1000)
    job = wait(engine.submit(replace(diverges, arms=("no dropout",), seeds=(0, 1, 2, 3))))
    assert job.state == FAILED
    wait_for(lambda: not any(engine.cluster.connect().processing().values()))
    wait_for(lambda: not any(engine.cluster.connect().run(threads_at_work).values()))


def threads_at_work(dask_worker):
    """Return the number of a worker's threads that run a task, including a task that nobody wants."""
    return len(dask_worker.active_threads)


def test_a_job_cancelled_while_the_workers_are_being_started_trains_nothing(engine, monkeypatch):
    recipe, connect = replace(LONG, seeds=(68,)), engine.cluster.connect

    def cancelled_meanwhile():
        engine.cancel(recipe.key)
        return connect()

    monkeypatch.setattr(engine.cluster, "connect", cancelled_meanwhile)
    job = wait(engine.submit(recipe))
    assert (job.state, job.started) == (CANCELLED, None)
    assert engine.store.get(recipe.key) is None


def test_cancelling_without_a_scheduler_is_no_error(engine, monkeypatch):
    def gone(*_, **__):
        raise OSError("the connection is lost")

    monkeypatch.setattr(engine.cluster.connect(), "log_event", gone)
    engine.cluster.send({"cancel": "any", "sender": "me"})


@pytest.mark.parametrize(("seed", "victim"), [(7, os.getpid), (6, os.getppid)], ids=["itself", "its parent too"])
def test_a_killed_worker_is_replaced_and_the_numbers_are_the_same(engine, seed, victim):
    """On Linux, all workers are forked from one process, the workers' parent, and end when that process is killed."""
    recipe = replace(SMALL, images=4000, epochs=40, seeds=(seed,))
    undisturbed = wait(engine.submit(recipe))
    expected = numbers(undisturbed.points())
    engine.store.forget(recipe.key)
    job = engine.submit(recipe)
    wait_for(lambda: len(job.points()) >= 8)
    pid = next(iter(engine.cluster.client.run(victim).values()))
    if pid == os.getpid():
        pytest.skip("where workers are not forked, their parent is the server")
    os.kill(pid, signal.SIGKILL)
    assert wait(job).state == DONE
    assert numbers(job.points()).equals(expected)


def test_an_interrupted_comparison_continues_with_the_runs_that_are_missing(engine):
    recipe = replace(SMALL, seeds=(8, 9))
    whole = wait(engine.submit(recipe))
    before = engine.store.get(recipe.key)
    with engine.store.database.connect() as db:
        db.exec_driver_sql("DELETE FROM runs WHERE key = ? AND seed = 9", (recipe.key,))
    engine.store.finish(recipe.key, store.INTERRUPTED)
    resumed = wait(engine.submit(recipe))
    after = engine.store.get(recipe.key)
    assert after.missing == []
    exact = not engine.cluster.stacked  # on a GPU, rounding depends on the number of runs trained together
    assert_frame_equal(numbers(resumed.points()), numbers(whole.points()), check_exact=exact, atol=1e-3)
    kept = [runs.set_index(["arm", "seed"])["seconds"].loc[("dropout", 8)] for runs in (before.runs, after.runs)]
    assert kept[0] == kept[1], "the finished run was not made again"


def test_a_run_that_fails_says_why_and_the_next_one_works(engine):
    bad = replace(SMALL, optimiser="sgd", learning_rate=10.0, momentum=0.99, epochs=20, weight_decay=1.0)
    job = wait(engine.submit(bad))
    assert job.state == FAILED
    assert "learning rate" in job.message
    assert engine.store.get(bad.key).status == store.FAILED
    assert wait(engine.submit(replace(SMALL, seeds=(11,)))).state == DONE


def test_a_store_may_be_bounded(engine, monkeypatch):
    monkeypatch.setattr(engine, "settings", replace(engine.settings, keep=2))
    recipes = [replace(SMALL, images=10, epochs=1, seeds=(80 + i,)) for i in range(3)]
    for recipe in recipes:
        wait(engine.submit(recipe))
    wait_for(lambda: engine.store.get(recipes[0].key) is None)
    assert [engine.store.get(recipe.key) is not None for recipe in recipes] == [False, True, True]


def test_a_store_that_cannot_be_trimmed_has_kept_the_result_and_says_so(engine, monkeypatch):
    def locked(*_):
        raise StoreError("the database is locked")

    monkeypatch.setattr(engine, "settings", replace(engine.settings, keep=1))
    monkeypatch.setattr(engine.store, "trim", locked)
    recipe = replace(SMALL, images=10, epochs=1, seeds=(90,))
    job = wait(engine.submit(recipe))
    assert job.message == "Older results were not removed: the database is locked."
    assert engine.store.get(recipe.key).status == store.DONE


def test_data_that_are_not_at_hand_are_named(engine):
    job = wait(engine.submit(Recipe(data="mnist", images=100, epochs=1)))
    if os.environ.get("DROPOUT_DATA_DIR"):
        assert job.state == DONE
    else:
        assert "60,000 MNIST images are not available" in job.message


def test_a_full_disk_costs_the_run_nothing_but_its_place_in_the_store(engine, monkeypatch):
    def full(*_):
        raise StoreError("no space left")

    monkeypatch.setattr(engine.store, "add", full)
    job = wait(engine.submit(replace(SMALL, seeds=(12,))))
    assert job.state == DONE
    assert "not saved" in job.message
    assert "no space left" in job.message
    assert len(job.points()) == 16


def test_a_scheduler_that_does_not_answer_is_named(tmp_path):
    settings = Settings.from_env({"DROPOUT_SCHEDULER": "tcp://127.0.0.1:1"})
    opened = Store(tmp_path)
    lonely = Engine(opened, settings)
    with pytest.raises(EngineError, match=r"no Dask scheduler responds at tcp://127\.0\.0\.1:1"):
        lonely.submit(SMALL)
    lonely.close()
    opened.close()


def test_a_given_cluster_runs_the_same_comparison_with_the_same_numbers(engine, tmp_path):
    from distributed import LocalCluster

    expected = wait(engine.submit(replace(SMALL, seeds=(21,)))).points()
    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        opened = Store(tmp_path)
        remote = Engine(opened, Settings.from_env({"DROPOUT_SCHEDULER": cluster.scheduler_address}))
        job = wait(remote.submit(replace(SMALL, seeds=(21,))))
        policies = [remote.cluster.client.submit(os.sched_getscheduler, 0, pure=False).result(timeout=PATIENCE)]
        remote.close()
        opened.close()
    assert job.state == DONE
    assert numbers(job.points()).equals(numbers(expected))
    assert policies == [os.SCHED_OTHER], "workers that are not ours are not slowed down"


def test_a_cluster_that_dies_fails_the_job_and_the_next_gets_a_new_one(engine):
    job = engine.submit(replace(LONG, seeds=(13,)))
    wait_for(lambda: len(job.points()))
    engine.cluster.own.close()
    assert wait(job).state == FAILED
    assert "Start again" in job.message
    assert wait(engine.submit(replace(SMALL, seeds=(14,)))).state == DONE


def events(caplog, key):
    """Return the event and the seconds of every log message about this recipe, in order."""
    return [(record.event, record.seconds) for record in caplog.records if getattr(record, "key", "") == key]


def test_on_a_gpu_a_comparison_is_one_task_and_there_are_as_many_workers_as_may_run_at_once(tmp_path, monkeypatch):
    """The worker only claims to have a GPU, so the test runs without one."""
    told = {"device": "mps", "hardware": "none", "data": "none"}
    monkeypatch.setattr(Cluster, "describe", lambda cluster: cluster.description.update(told))
    with running(tmp_path, DROPOUT_WORKERS="4") as made:
        client, submitted = made.cluster.connect(), []
        assert len(client.scheduler_info()["workers"]) == made.at_once == 2
        hand_out = client.map
        monkeypatch.setattr(client, "map", lambda *tasks, **more: submitted.append(tasks) or hand_out(*tasks, **more))
        assert wait(made.submit(SMALL)).state == DONE
        assert [stacks for _, stacks in submitted] == [[SMALL.runs()]]
        assert made.store.get(SMALL.key).missing == []


def test_what_warms_a_gpu_up_trains_on_a_cpu_too():
    worker.train_blank("cpu")


def test_every_turn_of_a_job_is_logged_and_nothing_of_its_reader(engine, caplog):
    caplog.set_level("INFO", "dropout_core")
    recipe, long = replace(SMALL, seeds=(51,)), replace(LONG, seeds=(52,))
    wait(engine.submit(recipe, "visitor-17"))
    stop(engine, engine.submit(long, "visitor-17"))
    bad = wait(engine.submit(replace(SMALL, optimiser="sgd", learning_rate=10.0, momentum=0.99, weight_decay=1.0)))
    wait_for(lambda: events(caplog, bad.recipe.key)[-1][0] == FAILED)
    assert [event for event, _ in events(caplog, recipe.key)] == ["queued", "started", "done"]
    assert [event for event, _ in events(caplog, long.key)][-1] == "cancelled"
    assert all(seconds >= 0 for _, seconds in events(caplog, recipe.key))
    failed = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "learning rate" in failed[-1].getMessage()
    assert not [record for record in caplog.records if "visitor-17" in str(vars(record))]
