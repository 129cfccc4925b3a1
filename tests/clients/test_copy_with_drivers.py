"""COPY as real clients use it: psql, psycopg2, psycopg 3 and asyncpg, into tables and out of them."""

import asyncio
import csv
import datetime as dt
import decimal
import io
import subprocess
import uuid

import asyncpg
import psycopg
import psycopg2
import pytest
from harness.server import clean_env

COLUMNS = "id INT, name TEXT, seen TIMESTAMPTZ, price DECIMAL(10,2), tags TEXT[], key UUID, raw BLOB, day DATE"
UTC = dt.timezone.utc
ROWS = [
    (1, "plain", dt.datetime(2024, 2, 29, 12, 0, 0, 5, tzinfo=UTC), decimal.Decimal("1.50"), ["a", "b,c"], uuid.UUID(int=1), b"\0\xff", dt.date(2024, 2, 29)),
    (2, "tab\tnew\nline \\ \"quote\" ü 🦆", None, None, [], None, b"", None),
    (3, None, dt.datetime(1969, 7, 20, tzinfo=UTC), decimal.Decimal("-99999999.99"), None, uuid.UUID(int=2**128 - 1), None, dt.date(1, 1, 1)),
]


@pytest.fixture
def table(db):
    t = db.name()
    db.run(f"CREATE TABLE {t}({COLUMNS})")
    return t


def stored(db, t):
    rows = db.run(f"SELECT * FROM {t} ORDER BY id")
    return [(*r[:5], r[5] and uuid.UUID(r[5]), None if r[6] is None else bytes(r[6]), r[7]) for r in rows]


# -- psql ----------------------------------------------------------------------------------------------


def psql(server, script, cwd=None):
    arguments = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", str(server.port), "-U", "agent", "-d", "hatidata"]
    return subprocess.run(arguments, input=script, env=clean_env(), cwd=cwd, capture_output=True, text=True, timeout=45)


def test_psql_copies_files_in_and_out(server, db, table, tmp_path):
    lines = [["id", "name", "price"], ["1", "a,b", "2.50"], ["2", "", ""]]
    with open(tmp_path / "in.csv", "w", newline="") as file:
        csv.writer(file).writerows(lines)
    done = psql(
        server,
        f"""\\copy {table} (id, name, price) from 'in.csv' with (format csv, header match)
            \\copy (select id, name, price from {table} order by id) to 'out.csv' with csv header
            \\copy {table} to 'out.bin' binary
            \\copy {table} from 'out.bin' binary
            copy {table} (id) to stdout;""",
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["1", "2", "1", "2"]
    assert (tmp_path / "out.csv").read_text() == 'id,name,price\n1,"a,b",2.50\n2,,\n'
    assert db.run(f"SELECT name, count(*) FROM {table} GROUP BY ALL ORDER BY 1") == [("a,b", 2), (None, 2)]


def test_psql_shows_the_line_of_a_wrong_row(server, db, table):
    done = psql(server, f"copy {table} (id, name) from stdin;\n1\tone\ntwo\ttwo\n\\.\n")
    assert done.returncode != 0
    assert 'invalid input syntax for type integer: "two"' in done.stderr
    assert f'COPY {table}, line 2, column id: "two"' in done.stderr
    assert stored(db, table) == []


# -- psycopg2 ------------------------------------------------------------------------------------------


def test_psycopg2_copy_from_and_to(db, table):
    with db.cursor() as cur:
        cur.copy_from(io.StringIO("1|one\n2|NIL\n"), table, sep="|", null="NIL", columns=("id", "name"))
        assert cur.rowcount == 2
        out = io.StringIO()
        cur.copy_to(out, table, columns=("name", "id"))
    assert out.getvalue() == "one\t1\n\\N\t2\n"


def test_psycopg2_copy_expert(db, table):
    with db.cursor() as cur:
        cur.copy_expert(f"COPY {table} (id, name) FROM STDIN WITH CSV HEADER", io.StringIO("id,name\n1,one\n"))
        out = io.BytesIO()
        cur.copy_expert(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)", out)
        cur.copy_expert(f"COPY {table} FROM STDIN BINARY", io.BytesIO(out.getvalue()))
        with pytest.raises(psycopg2.errors.InvalidTextRepresentation) as failed:
            cur.copy_expert(f"COPY {table} (id) FROM STDIN", io.StringIO("x\n"))
        assert failed.value.diag.context == f'COPY {table}, line 1, column id: "x"'
        assert db.one(f"SELECT count(*) FROM {table}") == 2


class Broken:
    def read(self, _):
        raise RuntimeError("the file cannot be read")


def test_psycopg2_gives_up_cleanly(db, table):
    with db.cursor() as cur, pytest.raises(psycopg2.errors.QueryCanceled, match="the file cannot be read"):
        cur.copy_expert(f"COPY {table} (id) FROM STDIN", Broken())
    assert db.one("SELECT 1") == 1


# -- psycopg 3 -----------------------------------------------------------------------------------------


@pytest.fixture
def conn(server):
    with psycopg.connect(**server.dsn(), autocommit=True) as connection:
        yield connection


def test_psycopg3_writes_and_reads_rows_as_text(conn, db, table):
    with conn.cursor() as cur:
        with cur.copy(f"COPY {table} FROM STDIN") as copy:
            for row in ROWS:
                copy.write_row(row)
        assert cur.rowcount == 3
        assert stored(db, table) == ROWS
        with cur.copy(f"COPY {table} TO STDOUT") as copy:
            copy.set_types(["int4", "text", "timestamptz", "numeric", "text[]", "uuid", "bytea", "date"])
            assert sorted(copy.rows()) == ROWS


def test_psycopg3_writes_and_reads_rows_in_binary(conn, db, table):
    types = ["int4", "text", "timestamptz", "numeric", "text[]", "uuid", "bytea", "date"]
    with conn.cursor() as cur:
        with cur.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in ROWS:
                copy.write_row(row)
        assert stored(db, table) == ROWS
        with cur.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
            copy.set_types(types)
            assert sorted(copy.rows()) == ROWS


def test_psycopg3_copies_with_parameters_and_blocks(conn, db, table):
    with conn.cursor() as cur:
        with cur.copy(f"COPY {table} (id, name) FROM STDIN") as copy:
            copy.write("1\tone\n2\tt")
            copy.write(b"wo\n")
        with cur.copy(f"COPY (SELECT name FROM {table} WHERE id > %s) TO STDOUT", [1]) as copy:
            assert b"".join(bytes(block) for block in copy) == b"two\n"


def test_psycopg3_takes_its_rows_back(conn, db, table):
    with pytest.raises(RuntimeError), conn.cursor() as cur, cur.copy(f"COPY {table} (id) FROM STDIN") as copy:
        copy.write_row([1])
        raise RuntimeError
    with pytest.raises(psycopg.errors.InvalidTextRepresentation), conn.cursor() as cur:
        with cur.copy(f"COPY {table} (id) FROM STDIN") as copy:
            copy.write_row(["x"])
    assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_psycopg3_leaves_rows_unread(conn, table):
    with pytest.raises(RuntimeError), conn.cursor() as cur:
        with cur.copy("COPY (SELECT * FROM range(10000000)) TO STDOUT") as copy:
            assert copy.read() == b"0\n"
            raise RuntimeError("enough")
    assert conn.execute("SELECT 1").fetchone() == (1,)


def test_psycopg3_copies_in_a_pipeline_of_transactions(conn, db, table):
    with conn.transaction():
        conn.execute(f"INSERT INTO {table}(id) VALUES (1)")
        with conn.cursor() as cur, cur.copy(f"COPY {table} (id) FROM STDIN") as copy:
            copy.write_row([2])
    assert db.one(f"SELECT count(*) FROM {table}") == 2


# -- asyncpg -------------------------------------------------------------------------------------------


def run(server, work):
    async def main():
        conn = await asyncpg.connect(**{("database" if k == "dbname" else k): v for k, v in server.dsn().items()})
        try:
            return await work(conn)
        finally:
            await conn.close()

    return asyncio.run(main())


def test_asyncpg_records(server, db, table):
    async def work(conn):
        tag = await conn.copy_records_to_table(table, records=ROWS)
        some = await conn.copy_records_to_table(table, records=[(9, "x")], columns=["id", "name"])
        return tag, some

    assert run(server, work) == ("COPY 3", "COPY 1")
    assert stored(db, table)[:3] == ROWS


def test_asyncpg_files_and_queries(server, db, table):
    async def work(conn):
        await conn.copy_to_table(table, source=io.BytesIO(b"id,name\n1,one\n2,\n"), columns=["id", "name"], format="csv", header=True)
        whole, some = io.BytesIO(), io.BytesIO()
        tags = [
            await conn.copy_from_table(table, output=whole, columns=["id", "name"], delimiter=";"),
            await conn.copy_from_query(f"SELECT id FROM {table} WHERE id > 1", output=some),
        ]
        return tags, whole.getvalue(), some.getvalue()

    assert run(server, work) == (["COPY 2", "COPY 1"], b"1;one\n2;\\N\n", b"2\n")


def test_asyncpg_is_told_the_wrong_row_and_goes_on(server, db, table):
    async def work(conn):
        with pytest.raises(asyncpg.BadCopyFileFormatError) as failed:
            await conn.copy_to_table(table, source=io.BytesIO(b"1\n2\t3\n" * 100_000), columns=["id"])
        return failed.value.context, await conn.fetchval(f"SELECT count(*) FROM {table}")

    assert run(server, work) == (f'COPY {table}, line 2: "2\t3"', 0)


def test_asyncpg_in_a_branch(server, db, table):
    branch = db.name("b")
    db.run(f"SELECT branch_create('{branch}')")

    async def work(conn):
        await conn.execute(f"SET hatidata_branch = '{branch}'")
        await conn.copy_records_to_table(table, records=ROWS)
        return await conn.fetchval(f"SELECT count(*) FROM {table}")

    assert run(server, work) == 3
    assert stored(db, table) == []
