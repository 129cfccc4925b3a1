"""Promise 1 and the resolution table: which version of a table a session sees."""

import pytest
from world import bag, contents, failing, rows, tables

# Every kind of write that main may do to a table after a fork. "First write in main to T after a
# fork (DML, ALTER, DROP, TRUNCATE, CREATE OR REPLACE, COPY FROM, MERGE, ON CONFLICT)".
MAIN_WRITES = {
    "insert": "INSERT INTO t VALUES (4, 'd')",
    "insert_select": "INSERT INTO t SELECT k + 10, v FROM t",
    "insert_returning": "INSERT INTO t VALUES (4, 'd') RETURNING k",
    "update": "UPDATE t SET v = 'x'",
    "update_from": "UPDATE t SET v = o.v FROM o WHERE o.k = t.k",
    "delete": "DELETE FROM t WHERE k = 1",
    "delete_using": "DELETE FROM t USING o WHERE o.k = t.k",
    "with_delete": "WITH gone AS (SELECT 1 AS k) DELETE FROM t WHERE k IN (SELECT k FROM gone)",
    "truncate": "TRUNCATE t",
    "merge": "MERGE INTO t USING o ON t.k = o.k WHEN MATCHED THEN UPDATE SET v = o.v "
    "WHEN NOT MATCHED THEN INSERT VALUES (o.k, o.v)",
    "qualified": "UPDATE main.t SET v = 'x'",
    "fully_qualified": "UPDATE hatidata.main.t SET v = 'x'",
    "quoted": 'UPDATE "T" SET v = \'x\'',
    "add_column": "ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 5",
    "drop_column": "ALTER TABLE t DROP COLUMN v",
    "rename_column": "ALTER TABLE t RENAME COLUMN v TO w",
    "change_type": "ALTER TABLE t ALTER COLUMN k TYPE BIGINT",
    "rename_table": "ALTER TABLE t RENAME TO u",
    "drop": "DROP TABLE t",
    "create_or_replace": "CREATE OR REPLACE TABLE t AS SELECT 9 AS z",
    "in_a_transaction": "BEGIN; UPDATE t SET v = 'x'; DELETE FROM t WHERE k = 2; COMMIT",
    "two_statements": "INSERT INTO t VALUES (4, 'd'); UPDATE t SET v = 'x'",
}


@pytest.fixture
def base(world):
    world.run(
        "CREATE TABLE t (k INTEGER, v VARCHAR)",
        "INSERT INTO t VALUES (3, 'c'), (1, 'a'), (2, 'b'), (1, 'a')",
        "CREATE TABLE o (k INTEGER, v VARCHAR)",
        "INSERT INTO o VALUES (1, 'o'), (7, 'p')",
    )
    return world


@pytest.mark.parametrize("write", MAIN_WRITES.values(), ids=MAIN_WRITES)
def test_branch_keeps_the_state_of_its_fork_when_main_writes(base, write):
    branch = base.fork()
    session = base.on(branch)
    before = contents(session)
    base.run(write)
    assert contents(session) == before
    assert contents(base.on(branch, "set")) == before
    assert base.on(branch, "query").run("SELECT * FROM t") == before["t"][1]


@pytest.mark.parametrize("write", MAIN_WRITES.values(), ids=MAIN_WRITES)
def test_a_table_that_main_wrote_can_still_be_written_in_the_branch(base, write):
    branch = base.fork()
    base.run(write)
    main = contents(base.main)
    session = base.on(branch)
    session.run("UPDATE t SET v = 'mine' WHERE k = 3")
    assert rows(session) == [(3, "mine"), (1, "a"), (2, "b"), (1, "a")]
    assert contents(base.main) == main


def test_main_sees_main(base):
    base.fork(None, "UPDATE t SET v = 'x'", "DROP TABLE o", "CREATE TABLE mine (k INTEGER)")
    assert tables(base.main) == ["o", "t"]
    assert rows(base.main) == [(3, "c"), (1, "a"), (2, "b"), (1, "a")]


def test_a_table_written_in_the_branch_is_its_own_copy(base):
    session = base.on(base.fork())
    session.run("DELETE FROM t WHERE k = 1")
    base.run("UPDATE t SET v = 'main'")
    assert rows(session) == [(3, "c"), (2, "b")]


def test_the_copy_keeps_the_order_of_rows(base):
    session = base.on(base.fork())
    session.run("UPDATE t SET v = 'z' WHERE k = 2")
    assert rows(session) == [(3, "c"), (1, "a"), (2, "z"), (1, "a")]


def test_a_table_dropped_in_the_branch_does_not_exist_there(base):
    session = base.on(base.fork())
    session.run("DROP TABLE t")
    for sql in ("SELECT * FROM t", "SELECT * FROM main.t", "INSERT INTO t VALUES (1, 'a')"):
        with failing("42P01"):
            session.run(sql)
    assert tables(session) == ["o"]
    base.run("INSERT INTO t VALUES (8, 'h')")
    with failing("42P01"):
        session.run("SELECT * FROM t")


def test_a_dropped_name_can_be_used_again_in_the_branch(base):
    session = base.on(base.fork())
    session.run("DROP TABLE t")
    session.run("CREATE TABLE t (z DATE)")
    session.run("INSERT INTO t VALUES (DATE '2024-01-01')")
    assert len(rows(session)) == 1
    assert rows(base.main) == [(3, "c"), (1, "a"), (2, "b"), (1, "a")]


def test_a_table_made_in_main_after_the_fork_is_not_in_the_branch(base):
    session = base.on(base.fork())
    base.run("CREATE TABLE later (k INTEGER)", "INSERT INTO later VALUES (1)")
    assert tables(session) == ["o", "t"]
    for sql in ("SELECT * FROM later", "INSERT INTO later VALUES (2)", "DROP TABLE later"):
        with failing("42P01"):
            session.run(sql)
    session.run("CREATE TABLE later (k VARCHAR)")
    session.run("INSERT INTO later VALUES ('mine')")
    assert rows(session, "later") == [("mine",)]
    assert rows(base.main, "later") == [(1,)]


def test_a_table_dropped_and_made_again_in_main_stays_the_old_one_in_the_branch(base):
    session = base.on(base.fork())
    before = rows(session)
    base.run("DROP TABLE t", "CREATE TABLE t (other DATE)", "INSERT INTO t VALUES ('2024-01-01')")
    assert rows(session) == before


def test_a_view_or_macro_changed_in_main_stays_the_old_one_in_the_branch(base):
    base.run("CREATE VIEW tv AS SELECT v FROM t", "CREATE MACRO twice(x) AS x * 2")
    session = base.on(base.fork())
    base.run(
        "CREATE OR REPLACE VIEW tv AS SELECT k FROM o",
        "CREATE OR REPLACE MACRO twice(x) AS x * 200",
    )
    assert rows(session, "tv") == [("c",), ("a",), ("b",), ("a",)]
    assert session.one("SELECT twice(2)") == 4


def test_a_view_dropped_in_main_is_still_in_the_branch(base):
    base.run("CREATE VIEW tv AS SELECT v FROM t")
    session = base.on(base.fork())
    base.run("DROP VIEW tv")
    assert rows(session, "tv") == [("c",), ("a",), ("b",), ("a",)]


def test_branches_of_different_moments_see_different_states(base):
    sessions, states = [], []
    for number in range(4):
        sessions.append(base.on(base.fork()))
        states.append(rows(base.main))
        base.run(f"UPDATE t SET v = 'epoch {number}' WHERE k = 1", f"DELETE FROM o WHERE k = {number}")
    assert [rows(session) for session in sessions] == states
    # each can be written and ends up different from the others
    for number, session in enumerate(sessions):
        session.run(f"INSERT INTO t VALUES ({number}, 'own')")
    assert [rows(s) for s in sessions] == [[*s, (n, "own")] for n, s in enumerate(states)]


def test_one_moment_serves_several_branches(base):
    sessions = [base.on(base.fork()) for _ in range(3)]
    before = rows(base.main)
    base.run("DELETE FROM t")
    sessions[1].run("UPDATE t SET v = 'x' WHERE k = 3")
    assert [rows(sessions[i]) for i in (0, 2)] == [before, before]
    assert rows(sessions[1])[0] == (3, "x")


def test_the_last_branch_of_a_moment_keeps_its_state_when_the_others_end(base):
    first, second = base.fork(), base.fork()
    before = rows(base.main)
    base.run("DELETE FROM t WHERE k = 1", f"SELECT branch_discard('{first}')", "DELETE FROM t")
    assert rows(base.on(second)) == before


def test_a_new_branch_sees_what_main_is_now(base):
    base.fork()
    base.run("UPDATE t SET v = 'new'")
    assert [v for _, v in rows(base.on(base.fork()))] == ["new"] * 4


def test_a_branch_sees_nothing_of_another_branch(base):
    one, two = base.fork(), base.fork()
    base.on(one).run("CREATE TABLE extra (k INTEGER)")
    base.on(one).run("DROP TABLE o")
    base.on(one).run("INSERT INTO t VALUES (9, 'one')")
    assert tables(base.on(two)) == ["o", "t"]
    assert len(rows(base.on(two))) == 4


def test_the_copy_keeps_keys_checks_defaults_and_generated_columns(world):
    world.run(
        "CREATE SEQUENCE ids START 10",
        "CREATE TABLE t (id INTEGER PRIMARY KEY DEFAULT nextval('ids'), u VARCHAR UNIQUE, "
        "n INTEGER NOT NULL DEFAULT 5 CHECK (n > 0), twice INTEGER GENERATED ALWAYS AS (n * 2))",
        "INSERT INTO t (id, u) VALUES (1, 'a')",
    )
    session = world.on(world.fork())
    session.run("INSERT INTO t (u) VALUES ('b')")
    assert session.run("SELECT id, u, n, twice FROM t") == [(1, "a", 5, 10), (10, "b", 5, 10)]
    for code, sql in (
        ("23505", "INSERT INTO t (id) VALUES (1)"),
        ("23505", "INSERT INTO t (u) VALUES ('a')"),
        ("23502", "INSERT INTO t (n) VALUES (NULL)"),
        ("23514", "INSERT INTO t (n) VALUES (-1)"),
    ):
        with failing(code):
            session.run(sql)
    assert session.one("SELECT count(*) FROM t") == 2


def test_the_preserved_version_keeps_keys_and_checks_for_the_copy_made_of_it(world):
    world.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0))",
        "INSERT INTO t VALUES (1, 1)",
    )
    session = world.on(world.fork())
    world.run("UPDATE t SET n = 2")
    for code, values in (("23505", "(1, 5)"), ("23514", "(2, 0)")):
        with failing(code):
            session.run(f"INSERT INTO t VALUES {values}")
    assert rows(session) == [(1, 1)]


def test_an_index_is_there_in_the_branch(world):
    world.run(
        "CREATE TABLE t (k INTEGER, v VARCHAR)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "CREATE UNIQUE INDEX t_v ON t (v)",
    )
    session = world.on(world.fork())
    with failing("23505"):
        session.run("INSERT INTO t VALUES (3, 'a')")
    session.run("INSERT INTO t VALUES (3, 'c')")
    with failing("23505"):
        session.run("INSERT INTO t VALUES (4, 'c')")
    world.run("INSERT INTO t VALUES (3, 'c')")
    assert bag(world.main) == bag(session)


def test_all_types_survive_copy_and_preservation(world):
    values = (
        "SELECT 1::TINYINT a, 2::HUGEINT b, 1.5::DECIMAL(9,2) c, 'x' d, '\\xAB'::BLOB e, true f, "
        "DATE '2024-02-29' g, TIMESTAMP '2024-02-29 12:00:00.000001' h, INTERVAL 3 DAY i, "
        "uuid '00000000-0000-0000-0000-000000000001' j, [1, NULL, 3] k, {'p': 1, 'q': 'z'} l, "
        "MAP {'m': 2} m, '{\"n\": 1}'::JSON n, NULL::INTEGER o, 'NaN'::DOUBLE p, [1.5, 2]::FLOAT[2] q, "
        "'b'::ENUM ('a', 'b') r, TIME '01:02:03' s, '1011'::BIT t"
    )
    world.run(f"CREATE TABLE t AS {values}")
    text = "SELECT t::VARCHAR FROM t"
    before = world.main.one(text)
    preserved, copied = world.on(world.fork()), world.on(world.fork())
    copied.run("INSERT INTO t SELECT * FROM t")
    world.run("DELETE FROM t")
    assert preserved.one(text) == before
    assert copied.run(text) == [(before,), (before,)]
