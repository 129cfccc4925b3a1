"""Command tags and row counts, as drivers read them."""

import pytest
from harness.pgproto import bind, execute, parse, shape, sync

# Each line runs in order in one session: statement, tag.
STORY = [
    ("CREATE SCHEMA tag_s", "CREATE SCHEMA"),
    ("CREATE TABLE tag_s.t(id INT PRIMARY KEY, s TEXT)", "CREATE TABLE"),
    ("CREATE TABLE IF NOT EXISTS tag_s.t(id INT)", "CREATE TABLE"),
    ("INSERT INTO tag_s.t VALUES (1, 'a'), (2, 'b'), (3, 'c')", "INSERT 0 3"),
    ("INSERT INTO tag_s.t SELECT 4, 'd' WHERE false", "INSERT 0 0"),
    ("INSERT INTO tag_s.t VALUES (3, 'x'), (4, 'd') ON CONFLICT (id) DO NOTHING", "INSERT 0 1"),
    ("INSERT INTO tag_s.t VALUES (4, 'e') ON CONFLICT (id) DO UPDATE SET s = EXCLUDED.s", "INSERT 0 1"),
    ("UPDATE tag_s.t SET s = 'z' WHERE id > 1", "UPDATE 3"),
    ("UPDATE tag_s.t SET s = 'z' WHERE id > 100", "UPDATE 0"),
    ("SELECT * FROM tag_s.t", "SELECT 4"),
    ("WITH x AS (SELECT 1) SELECT * FROM x", "SELECT 1"),
    ("VALUES (1), (2)", "SELECT 2"),
    ("TABLE tag_s.t", "SELECT 4"),
    ("(SELECT 1) UNION ALL (SELECT 2)", "SELECT 2"),
    ("WITH gone AS (SELECT 1 AS id) DELETE FROM tag_s.t WHERE id IN (SELECT id FROM gone)", "DELETE 1"),
    ("DELETE FROM tag_s.t WHERE id = 2", "DELETE 1"),
    ("TRUNCATE tag_s.t", "TRUNCATE TABLE"),
    ("CREATE INDEX tag_i ON tag_s.t(s)", "CREATE INDEX"),
    ("DROP INDEX tag_s.tag_i", "DROP INDEX"),
    ("ALTER TABLE tag_s.t ADD COLUMN n INT", "ALTER TABLE"),
    ("CREATE VIEW tag_s.v AS SELECT 1 AS a", "CREATE VIEW"),
    ("CREATE OR REPLACE VIEW tag_s.v AS SELECT 2 AS a", "CREATE VIEW"),
    ("DROP VIEW tag_s.v", "DROP VIEW"),
    ("CREATE SEQUENCE tag_s.q", "CREATE SEQUENCE"),
    ("DROP SEQUENCE tag_s.q", "DROP SEQUENCE"),
    ("CREATE TABLE tag_s.copied AS SELECT 1 AS a UNION ALL SELECT 2", "SELECT 2"),
    ("CREATE TEMP TABLE tag_temp(a INT)", "CREATE TABLE"),
    ("DROP TABLE tag_temp", "DROP TABLE"),
    ("DROP TABLE IF EXISTS tag_s.nobody", "DROP TABLE"),
    ("COMMENT ON TABLE tag_s.t IS 'hello'", "COMMENT"),
    ("ANALYZE", "ANALYZE"),
    ("SET application_name = 'tags'", "SET"),
    ("SHOW application_name", "SHOW"),
    ("RESET application_name", "RESET"),
    ("BEGIN", "BEGIN"),
    ("COMMIT", "COMMIT"),
    ("START TRANSACTION", "START TRANSACTION"),
    ("ROLLBACK", "ROLLBACK"),
    ("EXPLAIN SELECT 1", "EXPLAIN"),
    ("DEALLOCATE ALL", "DEALLOCATE ALL"),
    ("DISCARD ALL", "DISCARD ALL"),
    ("DROP SCHEMA tag_s CASCADE", "DROP SCHEMA"),
]


def clean(wire):
    wire.query("DROP SCHEMA IF EXISTS tag_s CASCADE")


def last_tag(answer):
    return [m.tag for m in answer if m.kind == "C"]


def test_tags_by_simple_protocol(wire):
    clean(wire)
    assert [(sql, last_tag(wire.query(sql))) for sql, _ in STORY] == [(sql, [tag]) for sql, tag in STORY]


def test_tags_by_extended_protocol(wire):
    clean(wire)
    seen = [(sql, last_tag(wire.ask(parse(sql), bind(), execute(), sync()))) for sql, _ in STORY]
    assert seen == [(sql, [tag]) for sql, tag in STORY]


@pytest.mark.parametrize(
    "sql, tag",
    [
        ("insert into w_case values (1)", "INSERT 0 1"),
        ("/* app */ -- note\n  InSeRt Into w_case VALUES (2)", "INSERT 0 1"),
        ("FROM w_case", "SELECT 1"),
        ("PIVOT w_case ON a USING count(*)", "SELECT 1"),
        ("DESCRIBE w_case", "SELECT 1"),
        ("SUMMARIZE w_case", "SELECT 1"),
        ("INSERT OR REPLACE INTO w_case VALUES (0)", "INSERT 0 1"),
        ("MERGE INTO w_case USING (SELECT 7 AS a) AS s ON w_case.a = s.a WHEN NOT MATCHED THEN INSERT VALUES (s.a)", "MERGE 1"),
        ("CREATE TYPE w_mood AS ENUM ('sad', 'glad')", "CREATE TYPE"),
        ("DROP TYPE IF EXISTS w_mood", "DROP TYPE"),
    ],
)
def test_tags_of_what_only_duckdb_has(wire, sql, tag):
    wire.query("DROP TABLE IF EXISTS w_case; CREATE TABLE w_case(a INT PRIMARY KEY); INSERT INTO w_case VALUES (0); DROP TYPE IF EXISTS w_mood")
    assert last_tag(wire.query(sql)) == [tag]


def test_count_of_a_large_insert(wire):
    wire.query("DROP TABLE IF EXISTS w_large; CREATE TABLE w_large(a BIGINT)")
    assert shape(wire.query("INSERT INTO w_large SELECT * FROM generate_series(1, 300000)")) == ["C INSERT 0 300000", "Z I"]
    assert shape(wire.query("DELETE FROM w_large WHERE a <= 100000")) == ["C DELETE 100000", "Z I"]
