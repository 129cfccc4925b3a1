"""The last section of BRANCHES.md, "Cases every test run covers": one test for each case, in its
order. The cases of kill -9, of 100 live branches and of 1,000 cycles are in `tests/crash`."""

import threading

import psycopg2
import pytest
from world import bag, contents, failing, rows, tables

KEYED = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)",
    "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')",
]
KEYLESS = [
    "CREATE TABLE t (k INTEGER, v VARCHAR)",
    "INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'x')",
]


def test_keyless_both_changed_the_same_row(world):
    world.run(*KEYLESS)
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE k = 2")
    world.run("UPDATE t SET v = 'main' WHERE k = 2")
    with failing("40001"):
        world.merge(branch, "abort")
    assert world.merge(branch, "branch_wins")["conflicts"] == 1
    assert bag(world.main) == [(1, "x"), (1, "x"), (2, "branch")]


def test_keyless_both_inserted(world):
    world.run(*KEYLESS)
    branch = world.fork(None, "INSERT INTO t VALUES (1, 'x'), (5, 'branch')")
    world.run("INSERT INTO t VALUES (1, 'x'), (6, 'main')")
    assert world.merge(branch, "abort")["conflicts"] == 0
    assert bag(world.main) == [(1, "x")] * 4 + [(2, "x"), (5, "branch"), (6, "main")]


def test_no_write_at_all_then_merge(world):
    world.run(*KEYED)
    branch = world.fork()
    assert world.merge(branch)["tables_merged"] == 0
    assert rows(world.main) == [(1, "a"), (2, "b"), (3, "c")]
    assert world.branches() == []


def test_write_in_main_only(world):
    world.run(*KEYED)
    branch = world.fork()
    world.run("UPDATE t SET v = 'main'", "CREATE TABLE n (k INTEGER)")
    assert world.merge(branch)["conflicts"] == 0
    assert [v for _, v in rows(world.main)] == ["main"] * 3
    assert tables(world.main) == ["n", "t"]


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_fork_during_an_open_writer_that_commits_or_rolls_back(world, end):
    world.run(*KEYED)
    writer = world.connect()
    writer.run("BEGIN")
    writer.run("UPDATE t SET v = 'open' WHERE id = 1")
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE id = 2")
    writer.run(end)
    assert rows(world.on(branch)) == [(1, "a"), (2, "branch"), (3, "c")]
    assert world.merge(branch, "abort")["conflicts"] == 0
    assert bag(world.main) == [(1, "open" if end == "COMMIT" else "a"), (2, "branch"), (3, "c")]


def test_two_branches_from_one_fork_both_merged(world):
    world.run(*KEYED)
    one, two = world.fork(), world.fork()
    world.on(one).run("UPDATE t SET v = 'one' WHERE id IN (1, 2)")
    world.on(two).run("UPDATE t SET v = 'two' WHERE id IN (2, 3)")
    assert world.merge(one)["conflicts"] == 0
    assert world.merge(two, "main_wins")["conflicts"] == 1
    assert bag(world.main) == [(1, "one"), (2, "one"), (3, "two")]


@pytest.mark.parametrize("strategy", ["branch_wins", "main_wins"])
def test_merge_after_main_dropped_the_table(world, strategy):
    world.run(*KEYED)
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE id = 1")
    world.run("DROP TABLE t")
    assert world.merge(branch, strategy)["conflicts"] == 1
    if strategy == "branch_wins":
        assert bag(world.main) == [(1, "branch"), (2, "b"), (3, "c")]
        with failing("23505"):
            world.run("INSERT INTO t VALUES (1, 'again')")
    else:
        assert tables(world.main) == []


@pytest.mark.parametrize("strategy", ["branch_wins", "main_wins"])
def test_merge_after_main_renamed_the_table(world, strategy):
    world.run(*KEYED)
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE id = 1")
    world.run("ALTER TABLE t RENAME TO renamed")
    assert world.merge(branch, strategy)["conflicts"] == 1
    assert tables(world.main) == (["renamed", "t"] if strategy == "branch_wins" else ["renamed"])
    assert bag(world.main, "renamed") == [(1, "a"), (2, "b"), (3, "c")]


def test_merge_after_main_altered_the_table(world):
    world.run(*KEYED)
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE id = 1", "INSERT INTO t VALUES (4, 'd')")
    world.run("ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "UPDATE t SET n = 8 WHERE id = 1")
    assert world.merge(branch, "abort")["conflicts"] == 0
    assert bag(world.main) == [(1, "branch", 8), (2, "b", 7), (3, "c", 7), (4, "d", 7)]


def test_branch_adds_a_column_and_fills_it(world):
    world.run(*KEYED)
    branch = world.fork(None, "ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "UPDATE t SET n = id * 10")
    assert world.run("SELECT column_name FROM (DESCRIBE t)") == [("id",), ("v",)]
    world.run("UPDATE t SET v = 'main' WHERE id = 1", "INSERT INTO t VALUES (4, 'd')")
    assert world.merge(branch, "abort")["conflicts"] == 0
    assert bag(world.main) == [(1, "main", 10), (2, "b", 20), (3, "c", 30), (4, "d", 7)]
    world.run("INSERT INTO t (id) VALUES (5)")
    assert world.run("SELECT n FROM t WHERE id = 5") == [(7,)]


def test_branch_creates_a_table_with_a_foreign_key_to_an_untouched_parent(world):
    world.run(*KEYED)
    branch = world.fork(
        None,
        "CREATE TABLE child (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id))",
        "INSERT INTO child VALUES (10, 1)",
    )
    assert world.merge(branch)["status"] == "merged"
    assert rows(world.main, "child") == [(10, 1)]
    with failing("23503"):
        world.run("INSERT INTO child VALUES (11, 99)")


def test_generated_columns(world):
    world.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, twice INTEGER GENERATED ALWAYS AS (n * 2))",
        "INSERT INTO t VALUES (1, 1), (2, 2)",
    )
    for main in ([], ["UPDATE t SET n = 50 WHERE id = 2"]):
        branch = world.fork(None, "UPDATE t SET n = 10 WHERE id = 1", "INSERT INTO t VALUES (3, 3)")
        assert bag(world.on(branch))[0] == (1, 10, 20)
        world.run(*main)
        assert world.merge(branch, "abort")["conflicts"] == 0
        assert bag(world.main)[::2] == [(1, 10, 20), (3, 3, 6)]
        world.run("DELETE FROM t WHERE id = 3", "UPDATE t SET n = 1 WHERE id = 1")
    assert bag(world.main) == [(1, 1, 2), (2, 50, 100)]


def test_check_violated_only_after_merge(world):
    world.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, CHECK (a + b <= 10))",
        "INSERT INTO t VALUES (42, 1, 1), (43, 1, 1)",
    )
    branch = world.fork(None, "UPDATE t SET a = 9 WHERE id = 42", "UPDATE t SET a = 2 WHERE id = 43")
    world.run("UPDATE t SET b = 9 WHERE id = 42")
    before = contents(world.main)
    with failing("23514", says=["42"]):  # "a violation aborts the merge and names the row"
        world.merge(branch)
    assert contents(world.main) == before
    assert world.branches() == [branch]
    world.run("UPDATE t SET b = 1 WHERE id = 42")
    assert world.merge(branch)["status"] == "merged"
    assert bag(world.main) == [(42, 9, 1), (43, 2, 1)]


def test_sequence_default_on_both_sides(world):
    world.run(
        "CREATE SEQUENCE ids START 1",
        "CREATE TABLE t (id INTEGER PRIMARY KEY DEFAULT nextval('ids'), v VARCHAR)",
        "INSERT INTO t (v) VALUES ('base')",
    )
    branch = world.fork(None, "INSERT INTO t (v) VALUES ('branch'), ('branch')")
    world.run("INSERT INTO t (v) VALUES ('main'), ('main')")
    world.on(branch).run("INSERT INTO t (v) VALUES ('branch')")
    assert world.merge(branch, "abort")["conflicts"] == 0
    assert world.run("SELECT v, count(*) FROM t GROUP BY v ORDER BY v") == [("base", 1), ("branch", 3), ("main", 2)]
    world.run("INSERT INTO t (v) VALUES ('after')")
    assert world.run("SELECT count(DISTINCT id) FROM t") == [(7,)]


def test_view_over_a_written_table(world):
    world.run(*KEYED, "CREATE VIEW v AS SELECT count(*) AS c, max(v) AS m FROM t")
    branch = world.fork(None, "INSERT INTO t VALUES (4, 'z')")
    assert rows(world.on(branch), "v") == [(4, "z")]
    assert rows(world.main, "v") == [(3, "c")]
    world.run("DELETE FROM t WHERE id = 3")
    assert rows(world.on(branch), "v") == [(4, "z")]
    assert rows(world.main, "v") == [(2, "b")]


def test_view_created_in_the_branch(world):
    world.run(*KEYED)
    branch = world.fork(None, "CREATE VIEW v AS SELECT max(v) AS m FROM t")
    session = world.on(branch)
    assert rows(session, "v") == [("c",)]
    session.run("INSERT INTO t VALUES (4, 'z')")
    assert rows(session, "v") == rows(world.on(branch, "set"), "v") == [("z",)]
    with failing("42P01"):
        world.run("SELECT * FROM v")
    world.merge(branch)
    assert rows(world.main, "v") == [("z",)]


def test_macro(world):
    world.run(*KEYED, "CREATE MACRO biggest() AS (SELECT max(v) FROM t)")
    branch = world.fork(None, "INSERT INTO t VALUES (4, 'z')", "CREATE MACRO smallest() AS (SELECT min(v) FROM t)")
    session = world.on(branch)
    assert session.run("SELECT biggest(), smallest()") == [("z", "a")]
    assert world.run("SELECT biggest()") == [("c",)]
    with failing("42883"):
        world.run("SELECT smallest()")
    session.run("CREATE OR REPLACE MACRO biggest() AS 'mine'")
    assert session.one("SELECT biggest()") == "mine"
    assert world.main.one("SELECT biggest()") == "c"
    world.merge(branch)
    assert world.run("SELECT biggest(), smallest()") == [("mine", "a")]


def test_macro_in_a_column_default(world):
    world.run("CREATE TABLE t (a INT)", "CREATE MACRO one() AS 1")
    branch = world.fork(None, "CREATE MACRO two() AS 2")
    session = world.on(branch)
    session.run("ALTER TABLE t ALTER a SET DEFAULT one()")
    with failing("0A000"):
        session.run("ALTER TABLE t ALTER a SET DEFAULT two()")
    world.on(branch).run("INSERT INTO t DEFAULT VALUES")
    world.merge(branch)
    world.run("INSERT INTO t DEFAULT VALUES")
    assert rows(world.main) == [(1,), (1,)]


def test_temp_table_in_a_branch(world):
    world.run(*KEYED)
    branch = world.fork()
    session = world.on(branch)
    session.run("CREATE TEMP TABLE work AS SELECT * FROM t WHERE id > 1")
    session.run("UPDATE work SET v = 'w'")
    session.run("INSERT INTO t SELECT id + 10, v FROM work")
    assert rows(session, "work") == [(2, "w"), (3, "w")]
    for other in (world.main, world.on(branch)):
        with failing("42P01"):
            other.run("SELECT * FROM work")
    world.merge(branch)
    assert bag(world.main) == [(1, "a"), (12, "w"), (13, "w"), (2, "b"), (3, "c")]
    assert tables(world.main) == ["t"]


def test_cte_named_like_a_table(world):
    world.run(*KEYED)
    branch = world.fork(None, "UPDATE t SET v = 'branch'")
    session = world.on(branch)
    assert session.run("WITH t AS (SELECT 9 AS id) SELECT * FROM t") == [(9,)]
    assert session.run("WITH t AS (SELECT 9 AS id) SELECT v FROM main.t LIMIT 1") == [("branch",)]
    assert session.run("WITH t AS (SELECT * FROM t WHERE id = 1) SELECT v FROM t") == [("branch",)]
    assert session.run("SELECT (WITH t AS (SELECT 9 AS id) SELECT id FROM t), v FROM t LIMIT 1") == [(9, "branch")]
    session.run("WITH t AS (SELECT 9 AS id, 'cte' AS v) INSERT INTO t SELECT * FROM t")
    assert session.run("SELECT v FROM t WHERE id = 9") == [("cte",)]
    assert bag(world.main) == [(1, "a"), (2, "b"), (3, "c")]


def test_quoted_mixed_case(world):
    world.run('CREATE TABLE "My Table" ("Id" INTEGER PRIMARY KEY, "V" VARCHAR)', """INSERT INTO "My Table" VALUES (1, 'a')""")
    branch = world.fork(None, """UPDATE "MY TABLE" SET "v" = 'x' WHERE "my table"."ID" = 1""")
    assert rows(world.on(branch), '"my table"') == [(1, "x")]
    assert rows(world.main, '"My Table"') == [(1, "a")]
    world.run("""INSERT INTO "My Table" VALUES (2, 'main')""")
    world.merge(branch)
    assert bag(world.main, '"My Table"') == [(1, "x"), (2, "main")]
    assert tables(world.main) == ["My Table"]


def test_main_qualified_write(world):
    world.run(*KEYED)
    branch = world.fork(
        None,
        "UPDATE main.t SET v = 'x' WHERE id = 1",
        "DELETE FROM hatidata.main.t WHERE id = 2",
        """INSERT INTO "hatidata"."main"."t" VALUES (4, 'd')""",
        "CREATE TABLE main.n AS SELECT * FROM main.t",
    )
    assert bag(world.on(branch)) == [(1, "x"), (3, "c"), (4, "d")]
    assert bag(world.main) == [(1, "a"), (2, "b"), (3, "c")]
    assert tables(world.main) == ["t"]


def test_merge_and_on_conflict_in_a_branch(world):
    world.run(*KEYED)
    branch = world.fork(
        None,
        "MERGE INTO t USING (SELECT 1 AS id UNION ALL SELECT 4) s ON t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET v = 'merged' WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'new')",
        "INSERT INTO t VALUES (2, 'upserted'), (5, 'new') ON CONFLICT (id) DO UPDATE SET v = excluded.v",
        "INSERT INTO t VALUES (3, 'ignored') ON CONFLICT DO NOTHING",
    )
    expected = [(1, "merged"), (2, "upserted"), (3, "c"), (4, "new"), (5, "new")]
    assert bag(world.on(branch)) == expected
    assert bag(world.main) == [(1, "a"), (2, "b"), (3, "c")]
    world.merge(branch)
    assert bag(world.main) == expected


def test_copy_from_in_a_branch(file_world, tmp_path):
    world = file_world
    world.run(*KEYED)
    file = tmp_path / "rows.csv"
    file.write_text("4,d\n5,e\n")
    turned = tmp_path / "turned.csv"
    turned.write_text("f,6\n")
    one, two = world.fork(), world.fork()
    session = world.on(one)
    session.run(f"COPY t FROM '{file}'")
    session.run(f"COPY main.t (v, id) FROM '{turned}'")
    assert bag(session) == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")]
    assert bag(world.main) == bag(world.on(two)) == [(1, "a"), (2, "b"), (3, "c")]
    # and COPY FROM in main is a first write like any other
    world.run(f"COPY t FROM '{file}'")
    assert bag(world.on(two)) == [(1, "a"), (2, "b"), (3, "c")]
    out = tmp_path / "out.csv"
    session.run(f"COPY t TO '{out}' (HEADER false)")
    assert len(out.read_text().splitlines()) == 6
    assert world.merge(one, "abort")["conflicts"] == 0
    assert bag(world.main) == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")]


def test_truncate(world):
    world.run(*KEYED)
    branch = world.fork(None, "TRUNCATE t")
    assert rows(world.on(branch)) == []
    assert len(rows(world.main)) == 3
    other = world.fork()
    world.run("TRUNCATE t")
    assert len(rows(world.on(other))) == 3
    assert world.merge(branch, "abort")["conflicts"] == 0
    assert rows(world.main) == []


def test_two_sessions_first_writing_one_table(world):
    world.run("CREATE TABLE t AS SELECT range AS id, 'a' AS v FROM range(200000)")
    branch = world.fork()
    sessions, errors = [world.on(branch), world.on(branch)], []

    def write_row(number):
        try:
            sessions[number].run(f"UPDATE t SET v = 'session {number}' WHERE id = {number}")
        except psycopg2.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=write_row, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert world.on(branch).run("SELECT * FROM t WHERE v <> 'a' ORDER BY id") == [(0, "session 0"), (1, "session 1")]
    assert world.on(branch).one("SELECT count(*) FROM t") == 200000
    assert world.run("SELECT count(*) FROM t WHERE v <> 'a'") == [(0,)]


def test_discard_while_another_session_reads(world):
    world.run("CREATE TABLE t AS SELECT range AS id FROM range(300000)")
    branch = world.fork(None, "UPDATE t SET id = id + 1")
    reader = world.on(branch)
    results = []

    def read():
        try:
            results.append(reader.run("SELECT id FROM t"))
        except psycopg2.Error as error:
            results.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    world.run(f"SELECT branch_discard('{branch}')")
    thread.join()
    # the read ends with all its rows, or with an error that says why; never with something else
    (result,) = results
    if isinstance(result, psycopg2.Error):
        assert result.pgcode == "55000", result
    else:
        assert len(result) == 300000 and result[0] == (1,)
    with failing("55000"):
        reader.run("SELECT count(*) FROM t")
    assert world.run("SELECT count(*), min(id) FROM t") == [(300000, 0)]


def test_row_order_after_merge(world):
    world.run(
        "CREATE TABLE portfolio (ticker VARCHAR, shares INTEGER)",
        "INSERT INTO portfolio VALUES ('AAPL', 100), ('GOOGL', 50), ('MSFT', 75)",
    )
    branch = world.fork(
        None,
        "INSERT INTO portfolio VALUES ('NVDA', 200)",
        "UPDATE portfolio SET shares = 200 WHERE ticker = 'AAPL'",
        "DELETE FROM portfolio WHERE ticker = 'GOOGL'",
        "INSERT INTO portfolio VALUES ('AMD', 1)",
    )
    expected = [("AAPL", 200), ("MSFT", 75), ("NVDA", 200), ("AMD", 1)]
    assert rows(world.on(branch), "portfolio") == expected
    world.merge(branch, "branch_wins")
    assert rows(world.main, "portfolio") == expected
