"""PostgreSQL's SQL where a comparison with PostgreSQL does not reach: branches, positions, other sessions, names of users."""

import psycopg2
import pytest


@pytest.fixture
def pg(server):
    connection = server.connect()
    connection.run("SET hatidata_dialect = 'postgres'")
    yield connection
    connection.close()


def refused(db, sql):
    with pytest.raises(psycopg2.Error) as caught:
        db.run(sql)
    return caught.value


def test_a_branch_session_reads_and_changes_its_own_tables(server, pg):
    table, branch = pg.name(), pg.name("b").replace("_", "-")
    pg.run(f"CREATE TABLE {table} (id int PRIMARY KEY, doc jsonb, tags text[])")
    pg.run(f"""INSERT INTO {table} VALUES (1, '{{"a": [10, 20]}}', ARRAY['x', 'y'])""")
    pg.run(f"SELECT branch_create('{branch}')")
    inside = server.connect(dbname=f"hatidata/{branch}")
    inside.run("SET hatidata_dialect = 'postgres'")
    inside.run(f"UPDATE {table} SET id = id + 7 / 2 WHERE 'x' = ANY (tags) AND doc -> 'a' ->> 0 = '10'")
    sql = f"SELECT id, (doc #>> '{{a,1}}')::int, to_char(DATE '2024-02-09', 'DD.MM.YYYY') FROM {table} WHERE tags[1] ~ '^x'"
    assert inside.run(sql) == [(4, 20, "09.02.2024")]
    assert pg.run(sql) == [(1, 20, "09.02.2024")]
    inside.close()


def test_an_errors_position_is_in_the_clients_text(pg):
    sql = "SELECT 10 / 3, '{1,2}'::int[], nosuch FROM (VALUES (1)) v(x)"
    error = refused(pg, sql)
    assert (error.pgcode, error.diag.statement_position) == ("42703", str(sql.index("nosuch") + 1))


def test_a_construct_without_translation_is_named_with_its_place(pg):
    error = refused(pg, "SELECT 2 BETWEEN SYMMETRIC 3 AND 1")
    assert (error.pgcode, error.diag.statement_position) == ("0A000", "18")
    assert "BETWEEN SYMMETRIC" in error.diag.message_primary and error.diag.message_hint


def test_division_by_zero_is_an_error_only_in_postgresqls_dialect(pg, db):
    assert refused(pg, "SELECT 1 / 0").pgcode == "22012"
    assert refused(pg, "SELECT a % b FROM (VALUES (1, 0)) v(a, b)").pgcode == "22012"
    assert pg.run("SELECT 1 / NULL::int") == [(None,)]
    assert db.run("SELECT 1 / 0") == [(float("inf"),)]


def test_aggregates_and_windows_may_be_arguments_of_translated_functions(pg):
    rows = pg.run("SELECT to_char(sum(x), 'FM999.0'), length(max(x)::text), sum(x) / count(*) FROM (VALUES (1), (2), (4)) v(x)")
    assert rows == [("7.0", 1, 2)]
    assert pg.run("SELECT to_char(sum(x) OVER (), 'FM9') FROM (VALUES (4)) v(x)") == [("4",)]


def test_macros_of_users_keep_their_names(pg):
    name = pg.name("nonzero")
    pg.run(f"CREATE MACRO {name}(x) AS x + 100")
    assert pg.run(f"SELECT {name}(1), 6 / {name}(-97)") == [(101, 2)]


def test_statements_that_only_postgresql_understands_run_without_being_told(db):
    assert db.run("SELECT to_char(DATE '2024-02-09', 'FMDay'), make_interval(days => 3)::text") == [("Friday", "3 days")]
    assert db.run("""SELECT '{"a": {"b": 1}}'::jsonb #>> '{a,b}'""") == [("1",)]
    # and the next statement means DuckDB again
    assert db.run("SELECT 5 / 2") == [(2.5,)]


def test_a_deep_document_and_a_wrong_one_are_refused(pg):
    deep = "[" * 5000 + "]" * 5000
    assert refused(pg, f"SELECT '{deep}'::jsonb || '1'::jsonb").pgcode == "22P02"
    assert refused(pg, "SELECT '{\"a\":}'::jsonb").pgcode == "22P02"
    assert pg.run("SELECT 1") == [(1,)]
