"""Every kind of definition survives kill -9 while it is only in the log.

DuckDB replays its log at the next start, and replaying a definition is other code than making it.
Two ways to lose a whole database were found here: an ALTER of a table with a default that calls a
function, and a dropped schema whose table had been altered before a checkpoint.
"""

import pytest
from harness.server import Server
from killing import ask

pytestmark = pytest.mark.timeout(120)

BEFORE = ["CREATE SEQUENCE q", "CREATE MACRO twice(x) AS x * 2", "CREATE TABLE p (id INTEGER PRIMARY KEY)", "INSERT INTO p VALUES (1)"]

DEFINITIONS = {
    "default_nextval": ["CREATE TABLE t (k INTEGER DEFAULT nextval('q'), v VARCHAR)"],
    "default_now": ["CREATE TABLE t (k INTEGER, v VARCHAR, made TIMESTAMPTZ DEFAULT now())"],
    "default_current_date": ["CREATE TABLE t (k INTEGER, v VARCHAR, d DATE DEFAULT current_date)"],
    "default_expression": ["CREATE TABLE t (k INTEGER DEFAULT (abs(-3) + 4), v VARCHAR)"],
    "default_macro": ["CREATE TABLE t (k INTEGER DEFAULT (twice(4)), v VARCHAR)"],
    "generated": ["CREATE TABLE t (k INTEGER, v VARCHAR, g INTEGER GENERATED ALWAYS AS (k * 2))"],
    "check": ["CREATE TABLE t (k INTEGER CHECK (k < abs(-1000)), v VARCHAR UNIQUE)"],
    "primary_key": ["CREATE TABLE t (k INTEGER PRIMARY KEY DEFAULT nextval('q'), v VARCHAR)"],
    "index": ["CREATE TABLE t (k INTEGER, v VARCHAR)", "CREATE INDEX t_v ON t (v)"],
    "expression_index": ["CREATE TABLE t (k INTEGER, v VARCHAR)", "CREATE INDEX t_v ON t (lower(v))"],
    "foreign_key": ["CREATE TABLE t (k INTEGER, v VARCHAR, p INTEGER REFERENCES p (id))"],
    "enum": ["CREATE TABLE t (k INTEGER, v ENUM ('v', 'w'))"],
    "nested": ["CREATE TABLE t (k INTEGER, v VARCHAR, s STRUCT(a INTEGER, b VARCHAR[]), m MAP(VARCHAR, INTEGER))"],
    "comment": ["CREATE TABLE t (k INTEGER, v VARCHAR)", "COMMENT ON TABLE t IS 'x'", "COMMENT ON COLUMN t.k IS 'y'"],
    "created_as": ["CREATE TABLE t AS SELECT 0 AS k, 'v' AS v WHERE false"],
    "replaced": ["CREATE TABLE t (z DATE)", "CREATE OR REPLACE TABLE t (k INTEGER DEFAULT nextval('q'), v VARCHAR)"],
    "view": ["CREATE TABLE t (k INTEGER DEFAULT 7, v VARCHAR)", "CREATE VIEW w AS SELECT twice(k) AS k FROM t"],
}

CHANGES = {
    "nothing": [],
    "add_column": ["ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 7"],
    "add_column_with_function": ["ALTER TABLE t ADD COLUMN c DATE DEFAULT current_date"],
    "drop_column": ["ALTER TABLE t ADD COLUMN c INTEGER", "ALTER TABLE t DROP COLUMN c"],
    "rename": ["ALTER TABLE t RENAME TO u", "ALTER TABLE u RENAME TO t"],
    "set_default": ["ALTER TABLE t ALTER k SET DEFAULT 12"],
    "dropped_and_again": ["CREATE TABLE other (k INTEGER DEFAULT nextval('q'))", "ALTER TABLE other ADD COLUMN c DATE", "DROP TABLE other"],
}

# An index holds the name and the columns of its table; and a primary key needs different keys.
SENSELESS = {
    ("index", "rename"), ("expression_index", "rename"),
    ("index", "drop_column"), ("expression_index", "drop_column"),
    ("primary_key", "set_default"),
}  # fmt: skip


def look(server, branch=None):
    """The definition and the rows of t, as text."""
    definition = "SELECT column_name, data_type, column_default FROM duckdb_columns() WHERE table_name = 't' ORDER BY column_index"
    return ask(server, definition, branch=branch), ask(server, "SELECT t::VARCHAR FROM t ORDER BY 1", branch=branch)


@pytest.mark.parametrize("where", ["main", "branch"])
@pytest.mark.parametrize("change", CHANGES)
def test_definitions_survive_a_kill(change, where):
    """All definitions with one change, one after the other, each killed right after it was made."""
    branch = "work" if where == "branch" else None
    with Server() as server:
        ask(server, *BEFORE)
        for name, statements in DEFINITIONS.items():
            if (name, change) in SENSELESS or (name == "comment" and branch):  # branches do not take COMMENT
                continue
            if branch:
                ask(server, f"SELECT branch_create('{branch}')")
            ask(server, *statements, *CHANGES[change], "INSERT INTO t (v) VALUES ('v')", branch=branch)
            before = look(server, branch)
            server.kill()
            server.start()
            assert look(server, branch) == before, name
            ask(server, "INSERT INTO t (v) VALUES ('w')", branch=branch)
            if branch:  # the end of the branch is only in the log, too
                ask(server, "SELECT branch_merge('work')" if name == "view" else "SELECT branch_discard('work')")
                server.kill()
                server.start()
            if not branch or name == "view":
                ask(server, "DROP VIEW IF EXISTS w", "DROP TABLE t")


def test_a_branch_dropped_after_an_alter_and_a_checkpoint_does_not_spoil_the_log():
    with Server() as server:
        ask(server, "CREATE TABLE t (k INTEGER, v VARCHAR)", "INSERT INTO t VALUES (1, 'a')")
        for number in range(3):
            ask(server, f"SELECT branch_create('b{number}')")
            ask(
                server,
                "ALTER TABLE t ADD COLUMN c INTEGER DEFAULT 7",
                "CREATE TABLE n (k INTEGER)",
                "ALTER TABLE n RENAME TO m",
                "ALTER TABLE m ADD COLUMN z INTEGER",
                branch=f"b{number}",
            )
            # enough for the log to be written into the file while the branch lives
            ask(server, "CREATE OR REPLACE TABLE fill (v VARCHAR)", "INSERT INTO fill SELECT md5(range::VARCHAR) FROM range(50000)")
            ask(server, "CHECKPOINT")
            ask(server, f"SELECT branch_{'merge' if number == 2 else 'discard'}('b{number}')")
            ask(server, "SELECT branch_create('tick')", "SELECT branch_discard('tick')")  # wakes the collector
            server.kill()
            server.start()
            assert ask(server, "SELECT k, v FROM t") == [(1, "a")]
            assert ask(server, "SELECT * FROM branch_list()") == []


def test_a_preserved_version_dropped_after_an_alter_and_a_checkpoint_does_not_spoil_the_log():
    with Server() as server:
        ask(server, "CREATE SEQUENCE q", "CREATE TABLE t (k INTEGER DEFAULT nextval('q'), v VARCHAR)", "INSERT INTO t (v) VALUES ('a')")
        for number in range(3):
            ask(server, f"SELECT branch_create('b{number}')", f"ALTER TABLE t ADD COLUMN c{number} INTEGER DEFAULT {number}")
            ask(server, "CHECKPOINT")
            ask(server, f"SELECT branch_discard('b{number}')")
            server.kill()
            server.start()
            assert len(ask(server, "SELECT * FROM t")[0]) == 3 + number
