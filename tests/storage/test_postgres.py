"""Test what only a store on PostgreSQL has: a server that stops and starts, addresses, passwords and permissions."""

import sys
import threading
import time

import pytest

from dropout_core.common.settings import DatabaseUrl
from dropout_core.storage import database, postgres
from dropout_core.storage.store import DONE, Store, StoreError
from tests.postgres import PostgresServer
from tests.storage.filled import RECIPE, fill, result
from tests.waiting import wait_until

PASSWORD = "hunter2-and-more"


@pytest.fixture
def place(new_place):
    return new_place("postgresql")


@pytest.fixture
def own_server(postgres_server):
    """Start a server that the test may stop."""
    server = PostgresServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def own_store(own_server, tmp_path):
    opened = Store(DatabaseUrl(own_server.new_database()), tmp_path)
    yield opened
    opened.close()


def test_a_server_that_was_started_again_costs_nothing(own_server, own_store):
    fill(own_store)
    own_server.stop()
    own_server.start()
    assert own_store.get(RECIPE.key).status == DONE


def test_a_run_that_ends_while_the_server_is_down_is_written_once_it_is_back(own_server, own_store, caplog):
    own_store.start(RECIPE)
    own_server.stop()
    writing = threading.Thread(target=own_store.add, args=(RECIPE, result(RECIPE.runs()[0]), {}))
    writing.start()
    wait_until(lambda: "trying again" in caplog.text, "the store has noticed")
    own_server.start()
    writing.join(60)
    assert own_store.get(RECIPE.key).missing == RECIPE.runs()[1:]


def test_a_server_that_stays_away_is_an_error_in_the_end(own_server, own_store, monkeypatch):
    monkeypatch.setattr(postgres, "_READ_SECONDS", 0.6)
    monkeypatch.setattr(postgres, "_WRITE_SECONDS", 0.6)
    own_server.stop()
    with pytest.raises(StoreError, match=r"^the store postgresql://tester@/test_\w+ cannot be used \(.*No such file"):
        own_store.keys()
    with pytest.raises(StoreError, match="cannot be used"):
        own_store.start(RECIPE)
    assert own_store.database.failed.counts() == {"read": 1, "write": 1}
    own_server.start()


def test_a_check_fails_immediately_and_succeeds_as_soon_as_the_server_is_back(own_server, own_store):
    own_store.check(writing=True)
    own_server.stop()
    start = time.monotonic()
    with pytest.raises(StoreError, match="cannot be used"):
        own_store.check(writing=True)
    assert time.monotonic() - start < postgres._WRITE_SECONDS / 2
    own_server.start()
    own_store.check(writing=True)


def test_a_connection_that_is_cut_in_a_transaction_is_made_anew(place, postgres_server):
    store, cuts = place.open(), []

    def cut_once(db):
        if not cuts:
            cuts.append(db.exec_driver_sql("SELECT pg_backend_pid()").scalar())
            postgres_server.execute(f"SELECT pg_terminate_backend({cuts[0]})")
        return db.exec_driver_sql("SELECT count(*) FROM runs").scalar()

    assert store.database.read(cut_once) == 0
    assert len(cuts) == 1


def test_an_unreachable_server_is_said_at_once_and_without_the_password(tmp_path, caplog):
    with pytest.raises(StoreError, match="cannot be used") as error:
        Store(DatabaseUrl(f"postgresql://me:{PASSWORD}@127.0.0.1:1/results"), tmp_path)
    assert str(error.value).startswith("the store postgresql://me@127.0.0.1:1/results cannot be used (")
    assert "\n" not in str(error.value)
    assert PASSWORD not in f"{error.value!r} {error.value.__cause__!r} {caplog.text}"


def test_a_wrong_password_is_refused_and_not_repeated(postgres_server, tmp_path, caplog):
    postgres_server.execute("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right'")
    address = postgres_server.url(user=f"locked:{PASSWORD}")
    with pytest.raises(StoreError, match="password authentication failed") as error:
        Store(DatabaseUrl(address), tmp_path)
    assert PASSWORD not in f"{error.value!r} {error.value.__cause__!r} {caplog.text}"


def test_a_database_that_does_not_exist_is_named(postgres_server, tmp_path):
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        Store(DatabaseUrl(postgres_server.url("nowhere")), tmp_path)


def test_a_database_that_is_read_only_says_so(place, postgres_server):
    store = place.open()
    fill(store)
    name = place.env["DROPOUT_STORE"].split("/")[3].split("?")[0]
    postgres_server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store.close()  # the setting holds for new connections
    assert store.get(RECIPE.key).status == DONE
    with pytest.raises(StoreError, match="read-only transaction"):
        store.start(RECIPE)
    with pytest.raises(StoreError, match="read-only transaction"):
        store.check(writing=True)
    store.check(writing=False)


def test_a_database_of_a_newer_version_is_left_alone(place):
    store = place.open()
    with store.database.connect() as db:
        db.exec_driver_sql(f"UPDATE store_version SET version = {database.VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        place.open()


def test_servers_that_start_together_make_one_store(place):
    failures = []

    def start():
        try:
            place.open()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len({store.database.owner for store in place.stores}) == 5


def test_without_its_driver_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"needs psycopg: run `pip install"):
        Store(DatabaseUrl(f"postgresql://me:{PASSWORD}@127.0.0.1:1/results"), tmp_path)


def test_an_address_that_cannot_be_read_is_an_error_without_the_address(tmp_path):
    with pytest.raises(StoreError, match="cannot be read; correct DROPOUT_STORE") as error:
        Store(DatabaseUrl(f"postgresql://me:{PASSWORD}@host:port/results"), tmp_path)
    assert PASSWORD not in str(error.value)


@pytest.mark.parametrize("option", ["prepare_threshold=0", "row_factory=x", "autocommit=true"])
def test_an_option_that_is_not_text_is_refused(tmp_path, option):
    with pytest.raises(StoreError, match=f"cannot be used with the option {option.partition('=')[0]}; correct"):
        Store(DatabaseUrl(f"postgresql://me@host/results?{option}"), tmp_path)


def test_a_process_does_not_wait_for_ever_for_one_that_is_opening_the_store(place, monkeypatch):
    monkeypatch.setattr(postgres, "_LOCK_SECONDS", 1)
    with place.open().database.connect() as db:
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({postgres._LOCK})")
        with pytest.raises(StoreError, match="lock timeout"):
            place.open()
