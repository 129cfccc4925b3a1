"""How a statement's dialect is found, forced and shown, from every door and in every kind of session."""

import asyncio
import datetime
import decimal

import asyncpg
import psycopg
import psycopg2
import pytest
from harness.server import Server


@pytest.fixture
def dialect(db):
    """`dialect('snowflake', sql)` runs a statement in a session of that dialect."""

    def run(name, sql):
        db.run(f"SET hatidata_dialect = '{name}'")
        return db.run(sql)

    yield run
    db.run("RESET hatidata_dialect")


def refused(db, sql):
    with pytest.raises(psycopg2.Error) as caught:
        db.run(sql)
    return caught.value


def test_valid_duckdb_is_not_touched(db):
    # Each of these means something else in Snowflake or PostgreSQL.
    assert db.run("SELECT concat('a', NULL), greatest(1, NULL), 5 / 2") == [("a", 1, 2.5)]
    assert db.run("SELECT x FROM (VALUES (1), (NULL)) t(x) ORDER BY x DESC") == [(1,), (None,)]
    assert db.run("SELECT * FROM query_transpile('SELECT greatest(1, 2)')") == [("duckdb", "SELECT greatest(1, 2)", False, [])]


def test_a_named_dialect_means_its_results(dialect):
    sql = "SELECT concat('a', NULL), 5 / 2, greatest(1, NULL)"
    assert dialect("snowflake", sql) == [(None, decimal.Decimal("2.500000"), None)]
    assert dialect("duckdb", sql) == [("a", 2.5, 1)]
    assert dialect("postgres", "SELECT 5 / 2") == [(2,)]
    descending = "SELECT x FROM (VALUES (1), (NULL)) t(x) ORDER BY x DESC"
    assert dialect("snowflake", descending) == [(None,), (1,)]
    assert dialect("postgres", descending) == [(None,), (1,)]
    assert dialect("auto", descending) == [(1,), (None,)]


def test_other_dialects_are_found_without_being_told(db):
    assert db.run("SELECT IFF(1 > 0, NVL(NULL, 'a'), 'b')") == [("a",)]
    assert db.run("SELECT DATEADD(month, 1, DATE '2024-01-31')") == [(datetime.date(2024, 2, 29),)]
    # DuckDB reads the statement again when it comes again
    for _ in range(3):
        assert db.run("SELECT ZEROIFNULL(NULL)") == [(0,)]


def test_a_remembered_dialect_does_not_stick_to_what_duckdb_reads(db):
    table = db.name()
    assert db.run("SELECT NVL2(1, 2, 3)") == [(2,)]
    db.run("CREATE MACRO nvl2(a, b, c) AS 'mine'")
    try:
        db.run(f"CREATE TABLE {table} (a INTEGER)")
        db.run("SET hatidata_dialect = 'duckdb'")
        assert db.run("SELECT NVL2(1, 2, 3)") == [("mine",)]
    finally:
        db.run("RESET hatidata_dialect")
        db.run("DROP MACRO nvl2")


def test_a_dialect_with_duckdb_named_is_not_translated(dialect):
    with pytest.raises(psycopg2.errors.UndefinedFunction):
        dialect("duckdb", "SELECT IFF(true, 1, 2)")


def test_an_unknown_dialect_is_refused(db):
    error = refused(db, "SET hatidata_dialect = 'oracle'")
    assert error.pgcode == "22023"
    assert "auto, duckdb, snowflake or postgres" in error.diag.message_hint


def test_what_has_no_translation_is_named_with_its_place(db):
    table = db.name()
    db.run(f"CREATE TABLE {table} (a INTEGER, b INTEGER)")
    sql = f"SELECT * FROM {table} CONNECT BY PRIOR a = b"
    error = refused(db, sql)
    assert error.pgcode == "0A000"
    assert "CONNECT BY" in error.diag.message_primary
    assert int(error.diag.statement_position) == sql.index("CONNECT") + 1


def test_errors_point_into_what_the_client_wrote(db):
    sql = "SELECT IFF(true, NVL(1, 2), nosuch)"
    error = refused(db, sql)
    assert error.pgcode == "42703"
    assert int(error.diag.statement_position) == sql.index("nosuch") + 1


def test_the_message_is_that_of_the_reading_that_got_furthest(db):
    assert "nosuch" in refused(db, "SELECT NVL(a, 1) FROM nosuch").diag.message_primary
    assert "foo" in refused(db, "SELECT foo(1)").diag.message_primary
    assert refused(db, "SELEC 1").pgcode == "42601"


def test_several_statements_in_one_text_may_differ_in_dialect(db):
    table = db.name()
    assert db.run(f"CREATE TABLE {table} (v VARIANT); INSERT INTO {table} SELECT PARSE_JSON('{{\"a\":1}}'); SELECT v:a::INT FROM {table}") == [(1,)]


def test_transpile_shows_what_runs(db):
    ((dialect, sql, rewritten, changes),) = db.run("SELECT * FROM query_transpile('SELECT IFF(true, 1, 2) AS x', 'snowflake')")
    assert (dialect, rewritten) == ("snowflake", True)
    assert sql == "SELECT _hatidata_snowflake.iff(true, 1, 2) AS x"
    assert changes == [{"position": 7, "from": "IFF", "to": "_hatidata_snowflake.iff"}]
    assert db.run("SELECT query_transpile('SELECT NVL(1, 2) AS x')")[0][:3] == ("snowflake", "SELECT _hatidata_snowflake.nvl(1, 2) AS x", True)
    assert refused(db, "SELECT query_transpile('SELECT 1', 'oracle')").pgcode == "22023"
    assert refused(db, "SELECT query_transpile('SELECT 1; SELECT 2')").pgcode == "42601"


def test_prepared_statements_are_translated(server):
    with psycopg.connect(**server.dsn(), autocommit=True) as connection:
        for _ in range(7):  # psycopg prepares on the server after five
            row = connection.execute("SELECT IFF(%s > 1, 'many', 'few'), NVL(%s::text, 'none')", (3, None)).fetchone()
            assert row == ("many", "none")

    async def fetch():
        connection = await asyncpg.connect(host=server.host, port=server.port, user="agent", database="hatidata")
        try:
            return await connection.fetchrow("SELECT NVL2($1::int, 'some', 'none') AS what, ZEROIFNULL($1::int) AS n", 5)
        finally:
            await connection.close()

    assert dict(asyncio.run(fetch())) == {"what": "some", "n": 5}


def test_an_error_in_every_reading_leaves_a_transaction_to_be_rolled_back(server):
    connection = server.connect(autocommit=False)
    table = connection.name()
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE {table} (a NUMBER(10, 2))")
    cursor.execute(f"INSERT INTO {table} SELECT NVL(NULL, 1.5)")
    cursor.execute(f"SELECT IFF(a > 1, 'x', 'y') FROM {table}")
    assert cursor.fetchall() == [("x",)]
    with pytest.raises(psycopg2.Error):
        cursor.execute("SELECT nosuch(1)")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        cursor.execute("SELECT 1")
    connection.rollback()
    cursor.execute(f"SELECT count(*) FROM information_schema.tables WHERE table_name = '{table}'")
    assert cursor.fetchall() == [(0,)]
    connection.close()


def test_the_audit_has_one_record_with_what_the_client_wrote(db):
    mark = db.name("mark")
    db.run(f"SELECT NVL(NULL, '{mark}')")
    rows = None
    for _ in range(100):
        rows = db.run(f"SELECT statement, outcome FROM _hatidata_audit WHERE statement LIKE 'SELECT NVL(%{mark}%'")
        if rows:
            break
    assert rows == [(f"SELECT NVL(NULL, '{mark}')", "ok")]


def test_translation_in_a_branch_reads_and_writes_the_branch(server):
    main = server.connect()
    table, branch = main.name(), main.name("branch")
    main.run(f"CREATE TABLE {table} (id INTEGER, v VARIANT)")
    main.run(f"INSERT INTO {table} SELECT 1, PARSE_JSON('{{\"tags\": [\"a\", \"b\"]}}')")
    main.run(f"SELECT branch_create('{branch}')")
    session = server.connect(f"hatidata/{branch}")
    session.run(f"UPDATE {table} SET id = NVL(NULL, 7)")
    assert session.run(f"SELECT IFF(id = 7, 'branch', 'main'), f.value::STRING FROM {table}, LATERAL FLATTEN(input => v:tags) f ORDER BY 2") == [
        ("branch", "a"),
        ("branch", "b"),
    ]
    session.run(f"CREATE TABLE {table}_new (n NUMBER(5, 1))")
    assert main.run(f"SELECT IFF(id = 7, 'branch', 'main') FROM {table}") == [("main",)]
    main.run(f"SELECT branch_merge('{branch}')")
    assert main.run(f"SELECT id FROM {table}") == [(7,)]
    assert main.run(f"SELECT count(*) FROM {table}_new") == [(0,)]


def test_the_macros_are_seen_by_nobody(db):
    assert db.run("SELECT count(*) FROM duckdb_functions() WHERE schema_name LIKE '\\_hatidata%' ESCAPE '\\'") == [(0,)]
    assert db.run("SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE '\\_hatidata%' ESCAPE '\\'") == [(0,)]


def test_translated_definitions_survive_kill_and_compaction():
    with Server() as server:
        main = server.connect()
        main.run("CREATE TABLE t (a INTEGER, b STRING DEFAULT IFF(1 = 1, 'x', 'y'), c NUMBER(5, 1) CHECK (NVL(c, 0) >= 0))")
        main.run("CREATE VIEW v AS SELECT IFF(a = 1, 'one', 'other') AS word, b FROM t")
        main.run("INSERT INTO t (a, c) VALUES (1, 2.25)")
        main.run("ALTER TABLE t ADD COLUMN e STRING DEFAULT NVL(NULL, 'q')")
        server.kill()
        server.restart()
        main = server.connect()
        assert main.run("SELECT * FROM v") == [("one", "x")]
        main.run("INSERT INTO t (a) VALUES (2)")
        assert main.run("SELECT a, b, c, e FROM t ORDER BY a") == [(1, "x", decimal.Decimal("2.3"), "q"), (2, "x", None, "q")]
        with pytest.raises(psycopg2.errors.CheckViolation):
            main.run("INSERT INTO t (a, c) VALUES (3, -1)")
