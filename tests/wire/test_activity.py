"""What sessions see of each other: pg_stat_activity, and stopping another's statement."""

import threading
import time

import psycopg
import psycopg2
import pytest
from harness.pgproto import eventually

SLOW = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = -1"


def of(db, pid):
    rows = db.run(f"SELECT state, application_name, query, query_start <= now(), backend_type FROM pg_stat_activity WHERE pid = {pid}")
    return rows[0] if rows else None


@pytest.fixture
def other(server):
    connection = server.connect(application_name="reports")
    yield connection
    connection.close()


def pid_of(connection):
    return connection.run("SELECT pg_backend_pid()")[0][0]


def test_a_session_sees_what_others_do(db, other):
    pid = pid_of(other)
    assert pid == other.info.backend_pid
    other.run("SELECT 'the last one'")
    assert of(db, pid) == ("idle", "reports", "SELECT 'the last one'", True, "client backend")
    other.autocommit = False
    other.run("SELECT 1")
    assert of(db, pid)[0] == "idle in transaction"
    with pytest.raises(psycopg2.Error):
        other.run("SELECT nosuch")
    assert of(db, pid)[0] == "idle in transaction (aborted)"
    other.rollback()
    assert of(db, pid)[0] == "idle"
    own = pid_of(db)
    assert db.run(f"SELECT state, usename, datname FROM pg_stat_activity WHERE pid = {own}") == [("active", "agent", "hatidata")]
    other.close()
    assert eventually(lambda: of(db, pid) is None)


def test_a_running_statement_is_stopped_by_its_pid(db, other):
    pid = pid_of(other)
    caught = []

    def run():
        with pytest.raises(psycopg2.errors.QueryCanceled) as error:
            other.run(SLOW)
        caught.append(error.value)

    thread = threading.Thread(target=run)
    thread.start()
    assert eventually(lambda: of(db, pid)[0] == "active" and of(db, pid)[2] == SLOW)
    started = time.monotonic()
    assert db.run(f"SELECT pg_cancel_backend({pid})") == [(True,)]
    thread.join(20)
    assert caught and time.monotonic() - started < 10
    assert other.run("SELECT 1") == [(1,)]


def test_a_pid_may_be_a_parameter_and_may_be_unknown(server, other):
    with psycopg.connect(**server.dsn(), autocommit=True) as connection:
        assert connection.execute("SELECT pg_cancel_backend(%s)", (pid_of(other),)).fetchone() == (True,)
        assert connection.execute("SELECT pg_cancel_backend(2147483647)").fetchone() == (False,)
    assert other.run("SELECT 1") == [(1,)]


def test_what_is_not_offered_says_what_to_do(db):
    for sql in ("SELECT pg_terminate_backend(1)", "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE false"):
        with pytest.raises(psycopg2.errors.FeatureNotSupported) as caught:
            db.run(sql)
        assert "pid" in caught.value.diag.message_hint
