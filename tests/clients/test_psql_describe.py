"""psql's backslash commands: what they list, compared with a real PostgreSQL that ran the same DDL."""

import re
import subprocess
import time

import pytest
from harness.postgres import Postgres
from harness.server import Server, clean_env

DDL = """
CREATE TABLE t(i INTEGER PRIMARY KEY, s TEXT UNIQUE, d NUMERIC(10,2) NOT NULL DEFAULT 1.5, CHECK (d > i));
CREATE TABLE c(id BIGINT PRIMARY KEY, i INTEGER REFERENCES t(i), ts TIMESTAMP, tz TIMESTAMPTZ, b BOOLEAN, dd DATE,
    l INTEGER[], u UUID, j JSON, x DOUBLE PRECISION, y REAL, bb BYTEA, iv INTERVAL, n SMALLINT NOT NULL);
CREATE INDEX ci ON c(i, n);
CREATE UNIQUE INDEX cu ON c(x);
COMMENT ON TABLE t IS 'a table';
COMMENT ON COLUMN t.s IS 'a column';
CREATE SEQUENCE sq START 5;
CREATE VIEW v AS SELECT i AS a, s FROM t;
CREATE SCHEMA s2;
CREATE TABLE s2.g(a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE s2.h(a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES s2.g(a, b), UNIQUE (b, a));
"""

# Listings that must be PostgreSQL's, but for the names of the schema and the owner.
SAME = [
    r"\d", r"\d t", r"\d c", r"\d v", r"\d sq", r"\d s2.g", r"\d s2.h", r"\d+ t", r"\d+ c", r"\d ci", r"\dt", r"\dv", r"\di", r"\ds",
    r"\dt s2.*", r"\dT", r"\dD", r"\dE", r"\des", r"\dew", r"\deu", r"\det", r"\dRp", r"\dRs", r"\ddp", r"\drds", r"\dp", r"\z", r"\dc", r"\dy",
    r"\dP", r"\dm", r"\encoding", r"\d nosuch",
]
# Listings of what differs by nature; they must run, and show this.
SHOWS = {
    r"\dt+": "a table", r"\dn": "s2", r"\dn+": "s2", r"\df": "plus", r"\df+ plus": "a + b", r"\du": "hatidata", r"\dg": "Superuser",
    r"\l": "UTF8", r"\l+": "pg_default", r"\db": "pg_default", r"\dx": "(0 rows)", r"\dC": "bigint", r"\dO": "(0 rows)",
    r"\dF": "(0 rows)", r"\dA": "btree", r"\sf plus": "a + b", r"\sv v": "SELECT i AS a, s FROM t",
    r"\d+ v": "View definition", r"\conninfo": "connected to database", r"\timing": "Timing is on", r"\da": "(0 rows)",
    r"\do": "(0 rows)", r"\dX": "(0 rows)", r"\di+": "ci",
}


def psql(where, *commands):
    arguments = [part for command in commands for part in ("-c", command)]
    env = {f"PG{k.upper().replace('DBNAME', 'DATABASE')}": str(v) for k, v in where.items()}
    done = subprocess.run(["psql", "-X", *arguments], capture_output=True, text=True, timeout=60, env=clean_env(env))
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def ours():
    with Server() as server:
        psql(server.dsn(), DDL, "CREATE MACRO plus(a, b) AS a + b")
        yield server


@pytest.fixture(scope="module")
def theirs():
    with Postgres() as server:
        psql(server.dsn(), DDL)
        yield server


def plain(text, owner):
    """A listing without what must differ: schema, owner, spaces."""
    text = re.sub(rf"\b{re.escape(owner)}\b", "OWNER", text)
    text = re.sub(r"\bpublic\b", "main", text).replace("d > i::numeric", "d > i")
    return [" ".join(re.sub(r"[-+]{3,}", "", line).split()) for line in text.splitlines()]


@pytest.mark.parametrize("command", SAME)
def test_listing_is_that_of_postgres(ours, theirs, command):
    assert plain(psql(ours.dsn(), command), "hatidata") == plain(psql(theirs.dsn(), command), theirs.dsn()["user"])


@pytest.mark.parametrize("command", SHOWS)
def test_listing_shows_what_is_there(ours, command):
    shown = psql(ours.dsn(), command)
    assert "ERROR" not in shown, shown
    assert SHOWS[command] in shown, shown


def test_listings_in_a_branch_are_those_of_the_branch(ours):
    psql(ours.dsn(), "CREATE TABLE a(i INTEGER PRIMARY KEY, v TEXT)", "CREATE TABLE b(i INTEGER PRIMARY KEY REFERENCES a(i))")
    psql(ours.dsn(), "SELECT branch_create('listed')")
    branch = ours.dsn("hatidata/listed")
    psql(branch, "INSERT INTO a VALUES (1, 'x')", "INSERT INTO b VALUES (1)", "CREATE TABLE made(i INTEGER CHECK (i > 0))", "DROP TABLE c")
    shown = psql(branch, r"\dt")
    assert "made" in shown and " c " not in shown
    assert "made" not in psql(ours.dsn(), r"\dt")
    assert '"made_i_check" CHECK (i > 0)' in psql(branch, r"\d made")
    assert '"b_i_fkey" FOREIGN KEY (i) REFERENCES a(i)' in psql(branch, r"\d b")
    assert 'TABLE "b" CONSTRAINT "b_i_fkey"' in psql(branch, r"\d a")
    assert psql(branch, "SELECT 'a'::regclass::oid") == psql(ours.dsn(), "SELECT 'a'::regclass::oid")
    assert "_hatidata" not in psql(branch, r"\d", r"\dn", r"\df", r"\dt *.*")


def test_numbers_stay_after_a_restart():
    with Server() as server:
        psql(server.dsn(), "CREATE TABLE first(i INT)", "CREATE TABLE second(i INT)")
        before = psql(server.dsn(), "SELECT 'first'::regclass::oid, 'second'::regclass::oid")
        server.restart()
        assert psql(server.dsn(), "SELECT 'first'::regclass::oid, 'second'::regclass::oid") == before


def test_a_thousand_tables_are_listed_at_once():
    with Server() as server:
        server.connect().run(";".join(f"CREATE TABLE t{n}(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER)" for n in range(1000)))
        psql(server.dsn(), r"\d")
        started = time.monotonic()
        assert "(1000 rows)" in psql(server.dsn(), r"\d")
        assert time.monotonic() - started < 2
