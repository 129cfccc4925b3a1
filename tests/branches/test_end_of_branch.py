"""The end of a branch: discard, merge, ttl, restore; and what is left of it."""

import time

import psycopg
import psycopg2
import pytest
from world import bag, contents, failing, rows


@pytest.fixture
def base(world):
    world.run("CREATE TABLE t (k INTEGER)", "INSERT INTO t VALUES (1), (2)")
    return world


def expired(world, name="short", seconds=1, write="INSERT INTO t VALUES (3)"):
    """A branch with a write, after its time is over."""
    world.fork(name, write, ttl_seconds=seconds)
    deadline = time.monotonic() + seconds + 10
    while name in world.branches():
        assert time.monotonic() < deadline, "the branch does not expire"
        time.sleep(0.1)
    return name


def discard(world, branch):
    answer = world.call(f"SELECT * FROM branch_discard('{branch}')")
    assert answer["status"] == "discarded"
    return answer["was"]


def test_discard_says_what_the_branch_was(base):
    active, merged, over = base.fork(), base.fork(None, "INSERT INTO t VALUES (3)"), expired(base)
    base.merge(merged)
    assert discard(base, active) == "active"
    assert discard(base, active) == "discarded"
    assert discard(base, merged) == "merged"
    assert discard(base, over) == "expired"
    assert base.branches() == []
    assert bag(base.main) == [(1,), (2,), (3,)]


def test_discard_of_a_merged_branch_does_not_undo_the_merge(base):
    branch = base.fork(None, "CREATE TABLE n (k INTEGER)", "DELETE FROM t")
    base.merge(branch)
    assert discard(base, branch) == "merged"
    assert rows(base.main) == [] and rows(base.main, "n") == []


@pytest.mark.parametrize("end", ["merge", "discard", "expire"])
def test_a_branch_that_ended_is_refused_everywhere(base, end):
    if end == "expire":
        branch = expired(base)
    else:
        branch = base.fork(None, "INSERT INTO t VALUES (3)")
        base.run(f"SELECT branch_{end}('{branch}')")
    before = contents(base.main)
    for sql in (
        f"SELECT branch_query('{branch}', 'SELECT 1')",
        f"SELECT branch_query('{branch}', 'INSERT INTO t VALUES (9)')",
        f"SELECT branch_merge('{branch}')",
        f"SELECT branch_merge('{branch}', dry_run => true)",
        f"SELECT branch_diff('{branch}')",
        f"SET hatidata_branch = '{branch}'",
    ):
        with failing("55000", says=[branch]):
            base.run(sql)
    with pytest.raises(psycopg2.OperationalError, match=branch):
        base.on(branch)
    assert contents(base.main) == before


@pytest.mark.parametrize("end", ["merge", "discard"])
def test_a_session_on_a_branch_that_ended_is_told_so_and_can_leave(base, end):
    branch = base.fork(None, "INSERT INTO t VALUES (3)")
    session = base.on(branch, "set")
    prepared = psycopg.connect(
        host="127.0.0.1", port=base.server.port, user="agent", dbname=f"hatidata/{branch}",
        autocommit=True, prepare_threshold=0,
    )  # fmt: skip
    assert prepared.execute("SELECT count(*) FROM t").fetchone() == (3,)
    base.run(f"SELECT branch_{end}('{branch}')")
    before = contents(base.main)
    for sql in ("SELECT * FROM t", "INSERT INTO t VALUES (9)", "CREATE TABLE n (k INTEGER)"):
        with failing("55000"):
            session.run(sql)
    with prepared, pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        prepared.execute("SELECT count(*) FROM t")
    session.run("SET hatidata_branch = ''")
    assert contents(session) == contents(base.main) == before


def test_discard_while_another_session_has_a_transaction_open(base):
    branch = base.fork()
    session = base.on(branch)
    session.run("BEGIN")
    session.run("INSERT INTO t VALUES (3)")
    try:
        base.run(f"SELECT branch_discard('{branch}')")
    except psycopg2.Error as error:
        assert error.pgcode == "55P03", error  # or the discard waits until nobody writes
        session.run("ROLLBACK")
        base.run(f"SELECT branch_discard('{branch}')")
    else:
        with pytest.raises(psycopg2.Error):
            session.run("INSERT INTO t VALUES (4)")
            session.run("COMMIT")
    assert base.branches() == []
    assert bag(base.main) == [(1,), (2,)]


def test_merge_while_another_session_of_the_branch_writes(base):
    branch = base.fork(None, "INSERT INTO t VALUES (3)")
    session = base.on(branch)
    session.run("BEGIN")
    session.run("INSERT INTO t VALUES (4)")
    try:
        base.merge(branch)
    except psycopg2.Error as error:
        assert error.pgcode == "55P03", error
        session.run("COMMIT")
        base.merge(branch)
        assert bag(base.main) == [(1,), (2,), (3,), (4,)]
    else:  # the open transaction was not part of it and cannot be acknowledged any more
        with pytest.raises(psycopg2.Error):
            session.run("COMMIT")
        assert bag(base.main) == [(1,), (2,), (3,)]


def test_ttl_takes_a_branch_off_the_active_list_at_its_time(base):
    created = base.call("SELECT * FROM branch_create('short', ttl_seconds => 2)")
    assert (created["expires_at"] - created["created_at"]).total_seconds() == pytest.approx(2, abs=0.1)
    assert base.branches() == ["short"]
    time.sleep(0.7)
    assert base.branches() == ["short"]
    expired_at = time.monotonic() + 15
    while base.branches():
        assert time.monotonic() < expired_at
        time.sleep(0.1)


def test_a_branch_without_ttl_does_not_expire(base):
    assert base.call("SELECT * FROM branch_create('long')")["expires_at"] is None


def test_a_session_on_a_branch_that_expires_is_told_so(base):
    base.fork("short", ttl_seconds=1)
    session = base.on("short")
    session.run("INSERT INTO t VALUES (3)")
    deadline = time.monotonic() + 10
    while base.branches():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with failing("55000"):
        session.run("SELECT * FROM t")


def test_an_expired_branch_is_restored_with_its_data_and_its_snapshot(base):
    base.run("CREATE TABLE o (k INTEGER)", "INSERT INTO o VALUES (1)")
    branch = expired(base)
    base.run("DELETE FROM t", "DROP TABLE o")  # preserved for the branch although it is expired
    base.run(f"SELECT branch_restore('{branch}')")
    assert base.branches() == [branch]
    session = base.on(branch)
    assert rows(session) == [(1,), (2,), (3,)]
    assert rows(session, "o") == [(1,)]
    time.sleep(1.2)
    assert base.branches() == [branch]  # restored is not on the old clock
    assert base.merge(branch, "main_wins")["status"] == "merged"


def test_an_expired_branch_is_restored_after_a_restart(base):
    branch = expired(base)
    base.server.restart()
    base.main = base.connect()
    assert base.branches() == []
    base.run(f"SELECT branch_restore('{branch}')")
    assert rows(base.on(branch)) == [(1,), (2,), (3,)]


def test_a_branch_expires_while_the_server_is_down(base):
    base.fork("short", "INSERT INTO t VALUES (3)", ttl_seconds=1)
    base.server.stop()
    time.sleep(1.2)
    base.server.start()
    base.main = base.connect()
    assert base.branches() == []
    with failing("55000"):
        base.run("SELECT branch_query('short', 'SELECT 1')")


def test_only_an_expired_branch_can_be_restored(base):
    merged, gone = base.fork(), base.fork()
    base.merge(merged)
    discard(base, gone)
    for branch in (merged, gone):
        with failing("55000"):
            base.run(f"SELECT branch_restore('{branch}')")
    with failing("42704"):
        base.run("SELECT branch_restore('never-was')")


def test_an_expired_branch_can_be_discarded_for_good(base):
    branch = expired(base)
    assert discard(base, branch) == "expired"
    with failing("55000"):
        base.run(f"SELECT branch_restore('{branch}')")


def test_the_name_of_an_ended_branch_can_be_used_again(base):
    for end in ("merge", "discard"):
        base.fork("again", "INSERT INTO t VALUES (3)")
        base.run(f"SELECT branch_{end}('again')")
        state = rows(base.main)
        base.fork("again")
        assert rows(base.on("again")) == state
        discard(base, "again")


def test_everything_survives_a_polite_restart(base):
    base.run("CREATE TABLE o (k INTEGER)", "CREATE VIEW v AS SELECT sum(k) AS s FROM t")
    one = base.fork(None, "INSERT INTO t VALUES (3)", "DROP TABLE o", "CREATE TABLE n AS SELECT 1 AS z")
    base.run("DELETE FROM t WHERE k = 1", "INSERT INTO o VALUES (5)")
    two = base.fork()
    base.run("UPDATE t SET k = 100")
    before = contents(base.on(one)), contents(base.on(two)), contents(base.main)
    base.server.restart()
    base.main = base.connect()
    assert base.branches() == sorted([one, two])
    assert (contents(base.on(one)), contents(base.on(two)), contents(base.main)) == before
    base.run("UPDATE t SET k = 200", "DROP TABLE o")
    assert contents(base.on(two)) == before[1]
    assert base.merge(one, "main_wins")["status"] == "merged"
