"""Errors: the SQLSTATE Postgres would give, one clear sentence, and a position in the client's own text."""

import pytest
from harness.pgproto import Wire, bind, error, execute, parse, sync

SETUP = """
DROP TABLE IF EXISTS e_child; DROP TABLE IF EXISTS e_parent; DROP TABLE IF EXISTS e_t; DROP TABLE IF EXISTS e_u; DROP VIEW IF EXISTS e_v;
CREATE TABLE e_parent(id INT PRIMARY KEY);
CREATE TABLE e_child(id INT REFERENCES e_parent(id));
CREATE TABLE e_t(id INT PRIMARY KEY, n INT NOT NULL, c INT CHECK (c > 0), s TEXT UNIQUE);
CREATE TABLE e_u(id INT);
CREATE VIEW e_v AS SELECT 1 AS a;
INSERT INTO e_parent VALUES (1); INSERT INTO e_child VALUES (1); INSERT INTO e_t VALUES (1, 1, 1, 'one')
"""


@pytest.fixture(scope="module")
def session(server):
    with Wire(server) as wire:
        assert str(wire.query(SETUP)[-2]) == "C INSERT 0 1"
        yield wire


STATES = [
    ("SELEC 1", "42601"),
    ("SELECT * FROM", "42601"),
    ("SELECT 'open", "42601"),
    ("SELECT (1", "42601"),
    ("INSERT INTO e_u VALUES (1, 2)", "42601"),
    ("SELECT * FROM nosuch", "42P01"),
    ("INSERT INTO nosuch VALUES (1)", "42P01"),
    ("DROP TABLE nosuch", "42P01"),
    ("ALTER TABLE nosuch ADD COLUMN a INT", "42P01"),
    ("DROP VIEW nosuch", "42P01"),
    ("SELECT x.a FROM e_t", "42P01"),
    ("SELECT * FROM nosuch.t", "42P01"),
    ("CREATE TABLE nosuch.t(a INT)", "3F000"),
    ("DROP SCHEMA nosuch", "3F000"),
    ("SELECT nosuch", "42703"),
    ("SELECT nosuch FROM e_t", "42703"),
    ("SELECT e_t.nosuch FROM e_t", "42703"),
    ("UPDATE e_t SET nosuch = 1", "42703"),
    ("INSERT INTO e_t(nosuch) VALUES (1)", "42703"),
    ("ALTER TABLE e_t DROP COLUMN nosuch", "42703"),
    ("SELECT id FROM e_t JOIN e_u ON true", "42702"),
    ("SELECT nosuch(1)", "42883"),
    ("SELECT 'x'::nosuch", "42704"),
    ("CREATE TABLE e_t(a INT)", "42P07"),
    ("CREATE VIEW e_v AS SELECT 1", "42P07"),
    ("CREATE TABLE e_dup(a INT, a INT)", "42701"),
    ("ALTER TABLE e_t ADD COLUMN n INT", "42701"),
    ("CREATE SCHEMA information_schema", "42P06"),
    ("DROP TABLE e_v", "42809"),
    ("SELECT id, count(*) FROM e_t", "42803"),
    ("SELECT * FROM e_t WHERE count(*) > 1", "42803"),
    ("SELECT 'abc'::INT", "22P02"),
    ("SELECT 'abc'::DATE", "22007"),
    ("SELECT '2024-13-45'::DATE", "22008"),
    ("SELECT 'maybe'::BOOLEAN", "22P02"),
    ("SELECT '{'::JSON", "22P02"),
    ("SELECT 'xyz'::UUID", "22P02"),
    ("SELECT 2147483647::INT + 1::INT", "22003"),
    ("SELECT 99999999999::BIGINT::INT", "22003"),
    ("SELECT 123456::DECIMAL(5,2)", "22003"),
    ("SELECT (SELECT g FROM generate_series(1, 3) AS t(g))", "21000"),
    ("INSERT INTO e_t VALUES (1, 1, 1, 'x')", "23505"),
    ("INSERT INTO e_t VALUES (2, 1, 1, 'one')", "23505"),
    ("INSERT INTO e_t VALUES (3, NULL, 1, 'y')", "23502"),
    ("UPDATE e_t SET n = NULL", "23502"),
    ("INSERT INTO e_t VALUES (4, 1, -1, 'z')", "23514"),
    ("INSERT INTO e_child VALUES (99)", "23503"),
    ("DELETE FROM e_parent WHERE id = 1", "23503"),
    ("DEALLOCATE nosuch", "26000"),
]


@pytest.mark.parametrize("sql, state", STATES)
def test_sqlstate_by_simple_protocol(session, sql, state):
    answer = session.query(sql)
    assert [str(m) for m in answer if m.kind in "EZ"] == [f"E {state}", "Z I"], answer
    told = error(answer)
    assert told["S"] == told["V"] == "ERROR"
    assert told["M"] and "\n" not in told["M"], "one sentence; the rest belongs in the hint or detail"


@pytest.mark.parametrize("sql, state", STATES)
def test_sqlstate_by_extended_protocol(session, sql, state):
    answer = session.ask(parse(sql), bind(), execute(), sync())
    assert [str(m) for m in answer if m.kind in "EZ"] == [f"E {state}", "Z I"]


@pytest.mark.parametrize(
    "sql, state",
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "42501"),
        ("SELECT * FROM '/etc/hosts.csv'", "42501"),
        ("COPY e_t TO '/tmp/hati-test-out.csv'", "42501"),
        ("ATTACH '/tmp/hati-test-other.duckdb' AS other", "0A000"),
        ("INSTALL httpfs", "0A000"),
        ("LOAD '/tmp/x.duckdb_extension'", "0A000"),
        ("EXPORT DATABASE '/tmp/hati-test-export'", "0A000"),
        ("SELECT regexp_matches('a', '(')", "2201B"),
    ],
)
def test_sqlstate_of_what_only_duckdb_has(session, sql, state):
    assert [str(m) for m in session.query(sql) if m.kind in "EZ"] == [f"E {state}", "Z I"]


def test_misspelt_names_come_with_a_suggestion(session):
    session.query("DROP TABLE IF EXISTS customers_of_ours; CREATE TABLE customers_of_ours(id INT, lastname TEXT)")
    told = error(session.query("SELECT * FROM customers_of_our"))
    assert "customers_of_ours" in told["H"]
    told = error(session.query("SELECT lastnam FROM customers_of_ours"))
    assert "lastname" in told["H"]
    session.query("DROP TABLE customers_of_ours")


# -- the position counts characters, from 1, in the text that was sent ------------------------


@pytest.mark.parametrize(
    "sql, word",
    [
        ("SELECT * FROM WHERE", "WHERE"),
        ("SELECT nosuch FROM e_t", "nosuch"),
        ("SELECT * FROM nosuch", "nosuch"),
        ("SELECT 1;\nSELECT * FROM WHERE", "WHERE"),
        ("SELECT 1; SELECT nosuch FROM e_t", "nosuch"),
        ("SELECT 'äöü €', nosuch FROM e_t", "nosuch"),
        ("SELECT '🦆', nosuch FROM e_t", "nosuch"),
        ("/* comment */ SELECT\n\n  nosuch\nFROM e_t", "nosuch"),
        ("SELECT nosuch(1)", "nosuch"),
    ],
)
def test_position_points_at_the_word(session, sql, word):
    at = int(error(session.query(sql))["P"])
    assert sql[at - 1 :].startswith(word), f"position {at}: {sql[at - 1:]!r}"


def test_position_by_extended_protocol(session):
    sql = "SELECT $1::INT, nosuch FROM e_t"
    at = int(error(session.ask(parse(sql), sync()))["P"])
    assert sql[at - 1 :].startswith("nosuch")


def test_error_leaves_the_session_usable(session):
    for sql, _ in STATES:
        session.query(sql)
        assert session.value("SELECT 'still here'") == "still here"
