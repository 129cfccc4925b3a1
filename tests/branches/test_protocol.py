"""Branches over the extended protocol (psycopg 3): prepared statements while tables get copied or
preserved below them, bound parameters in branch calls, pipelines, cursors."""

import contextlib

import psycopg
import pytest


@pytest.fixture
def base(world):
    world.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    )
    world.opened = []
    yield world
    for connection in world.opened:
        with contextlib.suppress(psycopg.Error):
            connection.close()


def connect(world, dbname="hatidata"):
    """A psycopg 3 connection that prepares every statement at its first use."""
    connection = psycopg.connect(
        host="127.0.0.1", port=world.server.port, user="agent", dbname=dbname,
        autocommit=True, prepare_threshold=0,
    )  # fmt: skip
    world.opened.append(connection)
    return connection


READ = "SELECT v FROM t WHERE id = %s"


def test_a_prepared_read_follows_the_first_write_of_another_session(base):
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    read = lambda: session.execute(READ, (1,)).fetchone()[0]  # noqa: E731
    assert [read(), read()] == ["a", "a"]
    base.on(branch).run("UPDATE t SET v = 'x' WHERE id = 1")
    assert [read(), read()] == ["x", "x"]
    assert base.run("SELECT v FROM t WHERE id = 1") == [("a",)]


def test_a_prepared_read_keeps_the_snapshot_when_main_writes(base):
    session = connect(base, f"hatidata/{base.fork()}")
    read = lambda: session.execute(READ, (1,)).fetchone()[0]  # noqa: E731
    assert read() == "a"
    base.run("UPDATE t SET v = 'main'")
    assert read() == "a"
    base.run("DROP TABLE t")
    assert read() == "a"


def test_a_prepared_write_makes_the_copy_once_and_stays_in_the_branch(base):
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    for number in range(5):
        session.execute("UPDATE t SET v = %s WHERE id = %s", (f"n{number}", 1))
        session.execute("INSERT INTO t VALUES (%s, %s)", (10 + number, "new"))
    assert session.execute("SELECT count(*), min(v) FROM t").fetchone() == (7, "b")
    assert session.execute(READ, (1,)).fetchone() == ("n4",)
    assert base.run("SELECT * FROM t") == [(1, "a"), (2, "b")]


def test_a_write_prepared_before_main_wrote_still_stays_in_the_branch(base):
    session = connect(base, f"hatidata/{base.fork()}")
    write = "UPDATE t SET v = %s WHERE id = %s"
    session.execute(write, ("x", 99))
    base.run("UPDATE t SET v = 'main'")
    session.execute(write, ("mine", 1))
    assert session.execute("SELECT * FROM t ORDER BY id").fetchall() == [(1, "mine"), (2, "b")]
    assert base.run("SELECT * FROM t") == [(1, "main"), (2, "main")]


def test_a_write_prepared_in_main_preserves_what_a_later_fork_needs(base):
    session = connect(base)
    write = "UPDATE t SET v = %s WHERE id = %s"
    for value in ("one", "two"):
        session.execute(write, (value, 1))
    branch = base.on(base.fork())
    session.execute(write, ("three", 1))
    assert branch.run("SELECT v FROM t ORDER BY id") == [("two",), ("b",)]


def test_a_prepared_statement_does_not_follow_the_session_into_another_branch_unchanged(base):
    base.fork("one", "UPDATE t SET v = 'one'")
    session = connect(base)
    read = lambda: session.execute(READ, (1,)).fetchone()[0]  # noqa: E731
    write = "UPDATE t SET v = %s WHERE id = %s"
    session.execute(write, ("main", 1))
    assert read() == "main"
    session.execute("SET hatidata_branch = 'one'")
    assert read() == "one"
    session.execute(write, ("written", 1))
    assert read() == "written"
    session.execute("SET hatidata_branch = ''")
    assert read() == "main"


def test_a_prepared_read_of_a_table_dropped_in_the_branch_fails(base):
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    session.execute(READ, (1,))
    base.on(branch).run("DROP TABLE t")
    with pytest.raises(psycopg.errors.UndefinedTable):
        session.execute(READ, (1,))
    session.execute("SELECT 1")


def test_branch_calls_take_bound_parameters(base):
    session = connect(base)
    made = session.execute("SELECT * FROM branch_create(%s, %s, %s)", ("bound", "text", 600)).fetchone()
    assert made[1:3] == ("bound", "active")
    query = "SELECT branch_query(%s, 'UPDATE t SET v = ''x'' WHERE id = 1')"
    assert session.execute(query, ("bound",)).fetchall() == [(1,)]
    assert session.execute("SELECT name FROM branch_list()").fetchall() == [("bound",)]
    merged = session.execute("SELECT * FROM branch_merge(%s, %s)", ("bound", "abort")).fetchone()
    assert merged[1:3] == ("abort", "merged")
    assert base.run("SELECT v FROM t WHERE id = 1") == [("x",)]


def test_the_inner_statement_as_a_literal_has_its_own_columns(base):
    branch = base.fork()
    session = connect(base)
    cursor = session.execute(f"SELECT branch_query('{branch}', 'SELECT id, v FROM t ORDER BY id')")
    assert [column.name for column in cursor.description] == ["id", "v"]
    assert cursor.fetchall() == [(1, "a"), (2, "b")]


def test_the_inner_statement_as_a_parameter_answers_one_json_column(base):
    branch = base.fork()
    cursor = connect(base).execute(
        "SELECT branch_query(%s, %s)", (branch, "SELECT id, v FROM t ORDER BY id")
    )
    assert [column.name for column in cursor.description] == ["row"]
    assert cursor.fetchall() == [({"id": 1, "v": "a"},), ({"id": 2, "v": "b"},)]


def test_binary_results_on_a_branch(base):
    branch = base.fork(None, "UPDATE t SET v = 'x' WHERE id = 1")
    session = connect(base, f"hatidata/{branch}")
    cursor = session.cursor(binary=True)
    assert cursor.execute("SELECT id, v FROM t ORDER BY id").fetchall() == [(1, "x"), (2, "b")]


def test_executemany_and_returning_on_a_branch(base):
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    cursor = session.cursor()
    cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(n, f"v{n}") for n in range(10, 20)])
    assert cursor.rowcount == 10
    found = session.execute("DELETE FROM t WHERE id >= %s RETURNING id", (15,)).fetchall()
    assert sorted(found) == [(n,) for n in range(15, 20)]
    assert base.run("SELECT count(*) FROM t") == [(2,)]


def test_a_pipeline_on_a_branch(base):
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    with session.pipeline():
        before = session.execute(READ, (1,))
        session.execute("UPDATE t SET v = %s WHERE id = %s", ("x", 1))
        later = session.execute(READ, (1,))
    assert (before.fetchone(), later.fetchone()) == (("a",), ("x",))
    assert base.run("SELECT v FROM t WHERE id = 1") == [("a",)]


def test_a_transaction_of_psycopg_3_on_a_branch(base):
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    with pytest.raises(RuntimeError), session.transaction():
        session.execute("UPDATE t SET v = %s", ("rolled back",))
        raise RuntimeError
    with session.transaction():
        session.execute("UPDATE t SET v = %s WHERE id = %s", ("kept", 2))
    assert session.execute("SELECT * FROM t ORDER BY id").fetchall() == [(1, "a"), (2, "kept")]


def test_an_unfinished_portal_reads_the_state_of_its_start(base):
    base.run("INSERT INTO t SELECT range, 'many' FROM range(1000, 20000)")
    branch = base.fork()
    session = connect(base, f"hatidata/{branch}")
    seen = 0
    for number, _ in enumerate(session.cursor().stream("SELECT id FROM t")):
        if number == 10:
            base.on(branch).run("DELETE FROM t")
            base.run("DELETE FROM t WHERE id > 2")
        seen += 1
    assert seen == 19002
    assert session.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_branch_operations_inside_a_transaction_fail_with_25001(base):
    base.fork("x")
    session = connect(base)
    for sql in ("SELECT branch_create('n')", "SELECT branch_merge('x')", "SELECT branch_discard('x')"):
        with pytest.raises(psycopg.errors.ActiveSqlTransaction), session.transaction():
            session.execute(sql)
    assert base.branches() == ["x"]
