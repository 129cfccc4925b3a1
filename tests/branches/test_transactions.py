"""Transactions and branches: open writers at a fork, BEGIN in a branch session, several sessions
on one branch, and what is refused inside a transaction."""

import threading

import psycopg2
import pytest
from world import bag, failing, rows, tables


@pytest.fixture
def base(world):
    world.run(
        "CREATE TABLE t (k INTEGER, v VARCHAR)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "CREATE TABLE o (k INTEGER, v VARCHAR)",
        "INSERT INTO o VALUES (1, 'o')",
    )
    return world


BASE = [(1, "a"), (2, "b")]


# -- forks while writers are open ---------------------------------------------------------------


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
@pytest.mark.parametrize(
    "write",
    [
        "UPDATE t SET v = 'x'",
        "INSERT INTO t VALUES (3, 'c')",
        "DELETE FROM t",
        "TRUNCATE t",
        "DROP TABLE t",
        "ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 1",
        "CREATE OR REPLACE TABLE t AS SELECT 1 AS z",
        "WITH n AS (SELECT 2 AS k) MERGE INTO t USING n ON t.k = n.k WHEN MATCHED THEN DELETE",
    ],
)
def test_a_fork_does_not_show_what_an_open_transaction_wrote(base, write, end):
    writer = base.connect()
    writer.run("BEGIN")
    writer.run(write)
    session = base.on(base.fork())
    assert rows(session) == BASE
    writer.run(end)
    assert rows(session) == BASE
    session.run("UPDATE t SET v = 'mine' WHERE k = 1")
    assert rows(session) == [(1, "mine"), (2, "b")]


def test_a_fork_sees_nothing_of_a_table_made_in_an_open_transaction(base):
    writer = base.connect()
    writer.run("BEGIN")
    writer.run("CREATE TABLE made (k INTEGER)")
    session = base.on(base.fork())
    writer.run("INSERT INTO made VALUES (1)")
    writer.run("COMMIT")
    assert tables(session) == ["o", "t"]
    assert tables(base.main) == ["made", "o", "t"]


def test_a_writer_from_before_the_fork_may_go_on_writing(base):
    writer = base.connect()
    writer.run("BEGIN")
    writer.run("UPDATE t SET v = 'before' WHERE k = 1")
    session = base.on(base.fork())
    writer.run("UPDATE t SET v = 'after' WHERE k = 2")
    writer.run("UPDATE o SET v = 'after'")
    assert (rows(session), rows(session, "o")) == (BASE, [(1, "o")])
    writer.run("COMMIT")
    assert (rows(session), rows(session, "o")) == (BASE, [(1, "o")])
    assert rows(base.main) == [(1, "before"), (2, "after")]


def test_a_reader_from_before_the_fork_may_start_to_write(base):
    writer = base.connect()
    writer.run("BEGIN")
    assert rows(writer) == BASE
    session = base.on(base.fork())
    writer.run("UPDATE t SET v = 'x'")
    writer.run("COMMIT")
    assert rows(session) == BASE
    assert rows(base.main) == [(1, "x"), (2, "x")]


def test_several_forks_around_one_open_writer(base):
    writer = base.connect()
    one = base.on(base.fork())
    writer.run("BEGIN")
    writer.run("INSERT INTO t VALUES (3, 'open')")
    two = base.on(base.fork())
    base.run("INSERT INTO t VALUES (4, 'other')")
    three = base.on(base.fork())
    writer.run("COMMIT")
    four = base.on(base.fork())
    assert bag(one) == bag(two) == BASE
    assert bag(three) == [*BASE, (4, "other")]
    assert bag(four) == [*BASE, (3, "open"), (4, "other")]


def test_two_open_writers_of_one_table_after_a_fork_do_not_hinder_each_other(base):
    session = base.on(base.fork())
    one, two = base.connect(), base.connect()
    one.run("BEGIN")
    two.run("BEGIN")
    one.run("UPDATE t SET v = 'one' WHERE k = 1")
    two.run("UPDATE t SET v = 'two' WHERE k = 2")
    base.run("INSERT INTO t VALUES (3, 'three')")
    two.run("COMMIT")
    one.run("COMMIT")
    assert bag(base.main) == [(1, "one"), (2, "two"), (3, "three")]
    assert rows(session) == BASE


def test_a_rolled_back_first_write_in_main_leaves_the_branch_alone(base):
    session = base.on(base.fork())
    base.run("BEGIN", "DELETE FROM t", "ROLLBACK")
    assert rows(session) == rows(base.main) == BASE
    base.run("DELETE FROM t WHERE k = 1")
    assert rows(session) == BASE


# -- transactions in a branch session -----------------------------------------------------------


def test_rollback_undoes_the_writes_of_a_branch_session(base):
    branch = base.fork()
    session, other = base.on(branch), base.on(branch)
    session.run("BEGIN")
    session.run("UPDATE t SET v = 'x'")
    session.run("CREATE TABLE made (k INTEGER)")
    session.run("DROP TABLE o")
    assert tables(session) == ["made", "t"]
    assert rows(other) == BASE and tables(other) == ["o", "t"]
    session.run("ROLLBACK")
    assert rows(session) == BASE and tables(session) == ["o", "t"]
    assert base.call(f"SELECT * FROM branch_merge('{branch}', 'abort')")["conflicts"] == 0
    assert rows(base.main) == BASE and tables(base.main) == ["o", "t"]


def test_commit_shows_the_writes_to_the_other_sessions_of_the_branch(base):
    branch = base.fork()
    session, other = base.on(branch), base.on(branch, "set")
    session.run("BEGIN")
    session.run("UPDATE t SET v = 'x' WHERE k = 1")
    session.run("INSERT INTO o VALUES (2, 'p')")
    assert (rows(other), rows(other, "o")) == (BASE, [(1, "o")])
    session.run("COMMIT")
    assert (rows(other), rows(other, "o")) == ([(1, "x"), (2, "b")], [(1, "o"), (2, "p")])
    assert rows(base.main) == BASE


def test_a_table_read_before_can_be_written_in_the_same_transaction(base):
    session = base.on(base.fork())
    session.run("BEGIN")
    assert rows(session) == BASE
    session.run("UPDATE t SET v = 'x' WHERE k = 1")
    assert rows(session) == [(1, "x"), (2, "b")]
    session.run("INSERT INTO o SELECT * FROM t")
    assert bag(session, "o") == [(1, "o"), (1, "x"), (2, "b")]
    session.run("COMMIT")
    assert rows(session) == [(1, "x"), (2, "b")]
    assert rows(base.main) == BASE


def test_a_table_that_main_changes_during_a_branch_transaction_stays_as_it_was(base):
    session = base.on(base.fork())
    session.run("BEGIN")
    assert rows(session) == BASE
    base.run("UPDATE t SET v = 'main'", "DROP TABLE o")
    assert rows(session) == BASE
    assert rows(session, "o") == [(1, "o")]
    session.run("UPDATE t SET v = 'mine' WHERE k = 2")
    session.run("UPDATE o SET v = 'mine'")
    session.run("COMMIT")
    assert rows(session) == [(1, "a"), (2, "mine")]
    assert rows(session, "o") == [(1, "mine")]


def test_an_error_in_a_branch_transaction_ends_it_as_in_postgres(base):
    session = base.on(base.fork())
    session.run("BEGIN")
    session.run("UPDATE t SET v = 'x'")
    with failing("42P01"):
        session.run("SELECT * FROM nothing")
    with failing("25P02"):
        session.run("SELECT 1")
    session.run("ROLLBACK")
    assert rows(session) == BASE


def test_psycopg2_without_autocommit_works_on_a_branch(base):
    branch = base.fork()
    session = base.connect(f"hatidata/{branch}", autocommit=False)
    session.run("UPDATE t SET v = 'x' WHERE k = 1")
    session.rollback()
    session.run("UPDATE t SET v = 'y' WHERE k = 1")
    session.commit()
    assert rows(base.on(branch)) == [(1, "y"), (2, "b")]


def test_two_sessions_of_a_branch_writing_one_row_conflict(base):
    branch = base.fork(None, "UPDATE t SET v = 'copied'")
    one, two = base.on(branch), base.on(branch)
    one.run("BEGIN")
    two.run("BEGIN")
    one.run("UPDATE t SET v = 'one' WHERE k = 1")
    with failing("40001"):
        two.run("UPDATE t SET v = 'two' WHERE k = 1")
    two.run("ROLLBACK")
    one.run("COMMIT")
    assert rows(base.on(branch)) == [(1, "one"), (2, "copied")]


def test_the_copy_is_shared_by_sessions_with_open_transactions(base):
    branch = base.fork()
    one, two = base.on(branch), base.on(branch)
    one.run("BEGIN")
    two.run("BEGIN")
    assert rows(two) == BASE  # before the copy exists
    one.run("UPDATE t SET v = 'one' WHERE k = 1")
    assert rows(two) == BASE  # it exists, with a change that is not committed
    two.run("INSERT INTO t VALUES (3, 'two')")
    one.run("COMMIT")
    two.run("COMMIT")
    assert bag(base.on(branch)) == [(1, "one"), (2, "b"), (3, "two")]


def test_a_copy_made_during_a_writing_transaction_is_reached_or_the_transaction_is_to_be_retried(base):
    branch = base.fork()
    session, other = base.on(branch), base.on(branch)
    session.run("BEGIN")
    session.run("INSERT INTO o VALUES (2, 'p')")
    other.run("UPDATE t SET v = 'other' WHERE k = 1")  # makes the copy of t
    assert rows(session) in (BASE, [(1, "other"), (2, "b")])
    try:
        session.run("UPDATE t SET v = 'session' WHERE k = 2")
    except psycopg2.Error as error:
        assert error.pgcode == "40001"
        session.run("ROLLBACK")
        expected = [(1, "other"), (2, "b")], [(1, "o")]
    else:
        session.run("COMMIT")
        expected = [(1, "other"), (2, "session")], [(1, "o"), (2, "p")]
    assert (rows(base.on(branch)), rows(base.on(branch), "o")) == expected


def test_many_sessions_first_writing_one_table_all_succeed(base):
    base.run("CREATE TABLE big AS SELECT range AS k, 0 AS v FROM range(100000)")
    branch = base.fork()
    sessions = [base.on(branch) for _ in range(6)]
    errors = []

    def write(number):
        try:
            sessions[number].run(f"UPDATE big SET v = {number + 1} WHERE k = {number}")
        except psycopg2.Error as error:
            errors.append(error)

    in_parallel(write, len(sessions))
    assert errors == []
    changed = "SELECT k, v FROM big WHERE v <> 0 ORDER BY k"
    assert base.on(branch).run(changed) == [(n, n + 1) for n in range(6)]
    assert base.on(branch).one("SELECT count(*) FROM big") == 100000
    assert base.run(changed) == []


def test_many_sessions_of_main_first_writing_one_table_all_succeed(base):
    base.run("CREATE TABLE big AS SELECT range AS k, 0 AS v FROM range(100000)")
    session = base.on(base.fork())
    writers = [base.connect() for _ in range(6)]
    errors = []

    def write(number):
        try:
            writers[number].run(f"UPDATE big SET v = {number + 1} WHERE k = {number}")
        except psycopg2.Error as error:
            errors.append(error)

    in_parallel(write, len(writers))
    assert errors == []
    assert base.run("SELECT count(*) FROM big WHERE v <> 0") == [(6,)]
    assert session.run("SELECT count(*), sum(v) FROM big") == [(100000, 0)]


def in_parallel(work, count):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# -- refused inside a transaction ---------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        "SELECT branch_create('another')",
        "SELECT branch_merge('{branch}')",
        "SELECT branch_discard('{branch}')",
        "SET hatidata_branch = '{branch}'",
    ],
)
def test_branch_operations_inside_a_transaction_are_refused(base, call):
    branch = base.fork(None, "UPDATE t SET v = 'x'")
    session = base.connect()
    session.run("BEGIN")
    session.run("INSERT INTO o VALUES (2, 'p')")
    with failing("25001"):
        session.run(call.format(branch=branch))
    with failing("25P02"):
        session.run("SELECT 1")
    session.run("ROLLBACK")
    assert base.branches() == [branch]
    assert rows(base.main) == BASE and rows(base.main, "o") == [(1, "o")]
    session.run(call.format(branch=branch))  # outside a transaction it works


def test_leaving_a_branch_inside_a_transaction_is_refused(base):
    branch = base.fork()
    session = base.on(branch, "set")
    session.run("BEGIN")
    session.run("UPDATE t SET v = 'x'")
    with failing("25001"):
        session.run("SET hatidata_branch = ''")
    session.run("ROLLBACK")
    assert rows(session) == BASE
    session.run("UPDATE t SET v = 'still in the branch'")
    assert rows(base.main) == BASE


# -- merge and writers of main ------------------------------------------------------------------


def test_merge_waits_shortly_for_a_writer_and_then_says_so(base):
    branch = base.fork(None, "UPDATE t SET v = 'branch' WHERE k = 2")
    writer = base.connect()
    writer.run("BEGIN")
    writer.run("UPDATE t SET v = 'main' WHERE k = 1")
    with failing("55P03"):
        base.merge(branch)
    assert base.branches() == [branch]
    assert rows(base.main) == BASE
    writer.run("COMMIT")
    assert base.merge(branch)["status"] == "merged"
    assert bag(base.main) == [(1, "main"), (2, "branch")]


def test_merge_does_not_wait_for_writers_of_other_tables(base):
    branch = base.fork(None, "UPDATE t SET v = 'branch'")
    writer = base.connect()
    writer.run("BEGIN")
    writer.run("UPDATE o SET v = 'main'")
    assert base.merge(branch)["status"] == "merged"
    writer.run("COMMIT")
    assert rows(base.main) == [(1, "branch"), (2, "branch")]
    assert rows(base.main, "o") == [(1, "main")]


def test_a_reader_of_main_does_not_hinder_a_merge_and_keeps_its_snapshot(base):
    branch = base.fork(None, "UPDATE t SET v = 'branch'")
    reader = base.connect()
    reader.run("BEGIN")
    assert rows(reader) == BASE
    assert base.merge(branch)["status"] == "merged"
    assert rows(reader) == BASE
    reader.run("COMMIT")
    assert rows(reader) == [(1, "branch"), (2, "branch")]
