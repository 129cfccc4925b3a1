"""psycopg 3: server-side parameters in text and binary, pipelines, prepared statements, streaming."""

import datetime as dt
import decimal
import uuid

import psycopg
import pytest
from psycopg import sql as compose
from psycopg.rows import dict_row
from psycopg.types.json import Json, Jsonb

UTC = dt.timezone.utc
D = decimal.Decimal

VALUES = [
    ("BOOLEAN", True),
    ("SMALLINT", -32768),
    ("INTEGER", 2147483647),
    ("INTEGER", 7),  # sent as int2
    ("BIGINT", -9223372036854775808),
    ("DOUBLE", 0.1),
    ("DOUBLE", float("-inf")),
    ("REAL", 1.5),
    ("DECIMAL(38,10)", D("-1234567890123456789012345678.0123456789")),
    ("DECIMAL(10,2)", D("0.00")),
    ("HUGEINT", D("170141183460469231731687303715884105727")),
    ("VARCHAR", ""),
    ("VARCHAR", "it's 100% \\ \"grün\" 🦆\n\t"),
    ("BLOB", bytes(range(256))),
    ("BLOB", b""),
    ("DATE", dt.date(1969, 7, 20)),
    ("DATE", dt.date(1, 1, 1)),
    ("TIME", dt.time(23, 59, 59, 999999)),
    ("TIMESTAMP", dt.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMPTZ", dt.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))),
    ("INTERVAL", dt.timedelta(days=400, seconds=5, microseconds=7)),
    ("INTERVAL", dt.timedelta(days=-3, seconds=5)),
    ("UUID", uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
    ("INTEGER[]", [1, None, 3]),
    ("INTEGER[]", []),
    ("BIGINT[]", [2**62]),
    ("VARCHAR[]", ["a", "", None, "NULL", 'q"u', "b\\s", "c,d", "{e}", "it's"]),
    ("DOUBLE[]", [1.5, -0.25]),
    ("DECIMAL(6,2)[]", [D("1.50"), None]),
    ("DATE[]", [dt.date(2000, 1, 1)]),
    ("UUID[]", [uuid.UUID(int=0)]),
    ("BLOB[]", [b"\0\xff"]),
    ("INTEGER[][]", [[1, 2], [3, 4]]),
]
IDS = [f"{s} {v!r}"[:50] for s, v in VALUES]


@pytest.fixture
def conn(server):
    with psycopg.connect(**server.dsn(), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("sql, value", VALUES, ids=IDS)
def test_value_comes_back_as_it_was_written(conn, db, sql, value, binary):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(v {sql})")
    mark = "%b" if binary else "%t"
    assert conn.execute(f"INSERT INTO {t} VALUES ({mark})", [value]).statusmessage == "INSERT 0 1"
    cur = conn.cursor(binary=binary)
    ((got,),) = cur.execute(f"SELECT v FROM {t}").fetchall()
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_nulls_and_nan(conn, binary):
    cur = conn.cursor(binary=binary)
    assert cur.execute("SELECT %s::INT, %s::TEXT, %s::DATE", [None, None, None]).fetchall() == [(None, None, None)]
    ((nan,),) = cur.execute("SELECT %s::DOUBLE", [float("nan")]).fetchall()
    assert nan != nan


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_json(conn, binary):
    value = {"a": [1, None, "it's"], "ü": {"b": 1.5}}
    assert conn.execute("SELECT %s::JSON", [Json(value)], binary=binary).fetchone() == (value,)


def test_jsonb_parameters_are_json(conn, db):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(v JSON)")
    conn.execute(f"INSERT INTO {t} VALUES (%b)", [Jsonb({"a": 1})])
    conn.execute(f"INSERT INTO {t} VALUES (%t)", [Jsonb({"a": 1})])
    assert conn.execute(f"SELECT v FROM {t}").fetchall() == [({"a": 1},), ({"a": 1},)]


def test_parameters_by_name(conn):
    assert conn.execute("SELECT %(a)s + %(a)s, %(b)s::TEXT", {"a": 2, "b": "x"}).fetchall() == [(4, "x")]


def test_strings_take_the_type_they_are_used_as(conn, db):
    """psycopg sends str without a type; the server finds it."""
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(d DATE, n INTEGER, u UUID)")
    conn.execute(f"INSERT INTO {t} VALUES (%s, %s, %s)", ["2024-01-02", "42", str(uuid.UUID(int=1))])
    assert conn.execute(f"SELECT * FROM {t} WHERE d = %s AND n > %s", ["2024-01-02", "41"]).fetchall() == [(dt.date(2024, 1, 2), 42, uuid.UUID(int=1))]


def test_small_integers_fit_wherever_integers_fit(conn):
    """psycopg sends 1 as int2 and 100000 as int4."""
    assert conn.execute("SELECT %s + %s", [1, 100_000]).fetchone() == (100_001,)
    assert conn.execute("SELECT g FROM generate_series(1, 10) AS t(g) ORDER BY g LIMIT %s OFFSET %s", [2, 3]).fetchall() == [(4,), (5,)]


def test_lists_in_conditions(conn):
    assert conn.execute("SELECT g FROM generate_series(1, 9) AS t(g) WHERE g = ANY(%s) ORDER BY g", [[3, 5]]).fetchall() == [(3,), (5,)]


def test_instants_in_the_zone_of_the_session(server):
    with psycopg.connect(**server.dsn(), options="-c TimeZone=America/New_York") as connection:
        for binary in (False, True):
            (got,) = connection.execute("SELECT '2024-07-01 12:00:00+00'::TIMESTAMPTZ", binary=binary).fetchone()
            assert got == dt.datetime(2024, 7, 1, 12, tzinfo=UTC)
            assert got.utcoffset() == dt.timedelta(hours=-4)


def test_prepared_on_the_server(conn, db):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(a INT)")
    for n in range(10):  # prepared from the sixth on
        conn.execute(f"INSERT INTO {t} VALUES (%s)", [n])
    assert conn.execute(f"SELECT sum(a)::BIGINT FROM {t} WHERE a >= %s", [5], prepare=True).fetchone() == (35,)
    assert conn.execute(f"SELECT sum(a)::BIGINT FROM {t} WHERE a >= %s", [9], prepare=True).fetchone() == (9,)


def test_prepared_statements_are_released(server):
    with psycopg.connect(**server.dsn(), autocommit=True) as connection:
        connection.prepared_max = 5
        for n in range(30):
            assert connection.execute(f"SELECT %s::INT + {n}", [1], prepare=True).fetchone() == (1 + n,)


def test_prepared_statement_after_its_table_changed(conn, db):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(a INT)")
    conn.execute(f"INSERT INTO {t} VALUES (1)")
    query = f"SELECT a FROM {t} WHERE a = %s"
    for _ in range(2):
        assert conn.execute(query, [1], prepare=True).fetchall() == [(1,)]
    conn.execute(f"ALTER TABLE {t} ADD COLUMN b INT")
    assert conn.execute(query, [1], prepare=True).fetchall() == [(1,)]


def test_executemany_with_returning(conn, db):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(a INT, s TEXT)")
    cur = conn.cursor()
    cur.executemany(f"INSERT INTO {t} VALUES (%s, %s) RETURNING a", [(n, str(n)) for n in range(100)], returning=True)
    got = [cur.fetchone()[0]]
    while cur.nextset():
        got.append(cur.fetchone()[0])
    assert got == list(range(100))
    assert conn.execute(f"SELECT count(*) FROM {t}").fetchone() == (100,)


def test_pipeline_answers_in_order(conn):
    with conn.pipeline():
        cursors = [conn.execute("SELECT %s::INT", [n]) for n in range(50)]
        assert [cur.fetchone()[0] for cur in cursors] == list(range(50))


def test_pipeline_error_fails_the_rest_until_sync(conn, db):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(a INT PRIMARY KEY)")
    with pytest.raises(psycopg.errors.UniqueViolation), conn.pipeline():
        for n in (1, 2, 1, 3):
            conn.execute(f"INSERT INTO {t} VALUES (%s)", [n])
    assert conn.execute(f"SELECT count(*) FROM {t}").fetchone() == (0,)


def test_pipeline_with_transactions_and_syncs(conn, db):
    t = db.name()
    with conn.pipeline() as pipeline:
        conn.execute(f"CREATE TABLE {t}(a INT)")
        pipeline.sync()
        with conn.transaction():
            conn.execute(f"INSERT INTO {t} VALUES (%s)", [1])
        cur = conn.execute(f"SELECT a FROM {t}")
        assert cur.fetchall() == [(1,)]


def test_transaction_block(conn, db):
    t = db.name()
    conn.execute(f"CREATE TABLE {t}(a INT)")
    with conn.transaction():
        conn.execute(f"INSERT INTO {t} VALUES (1)")
    with pytest.raises(ZeroDivisionError), conn.transaction():
        conn.execute(f"INSERT INTO {t} VALUES (2)")
        raise ZeroDivisionError
    assert conn.execute(f"SELECT a FROM {t}").fetchall() == [(1,)]
    assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_rows_are_streamed(conn):
    seen = 0
    cur = conn.cursor()
    for (n,) in cur.stream("SELECT range FROM range(%s)", [200_000]):
        assert n == seen
        seen += 1
    assert seen == 200_000


def test_stream_of_endless_rows_can_be_left(conn):
    for (n,) in conn.cursor().stream("SELECT range FROM range(100000000000)"):
        if n == 5000:
            break
    assert conn.execute("SELECT 1").fetchone() == (1,)


def test_several_statements_without_parameters(conn):
    cur = conn.execute("SELECT 1; SELECT 'b'")
    assert cur.fetchall() == [(1,)]
    assert cur.nextset() and cur.fetchall() == [("b",)]
    with pytest.raises(psycopg.errors.SyntaxError):
        conn.execute("SELECT %s; SELECT 2", [1])


def test_composed_names_and_dictionaries(conn, db):
    t = db.name("Mixed Case")
    conn.execute(compose.SQL("CREATE TABLE {}({} INT)").format(compose.Identifier(t), compose.Identifier("Col umn")))
    conn.execute(compose.SQL("INSERT INTO {} VALUES ({})").format(compose.Identifier(t), compose.Literal(7)))
    cur = conn.cursor(row_factory=dict_row)
    assert cur.execute(compose.SQL("SELECT * FROM {}").format(compose.Identifier(t))).fetchall() == [{"Col umn": 7}]


def test_client_side_binding_cursor(server):
    with psycopg.connect(**server.dsn(), autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        row = connection.execute("SELECT %s, %s, %s, %s", [1, "it's", dt.date(2024, 1, 1), D("1.50")]).fetchone()
        assert row == (1, "it's", dt.date(2024, 1, 1), D("1.50"))


def test_error_carries_everything(conn):
    with pytest.raises(psycopg.errors.UndefinedColumn) as caught:
        conn.execute("SELECT nosuch FROM (SELECT 1 AS a) AS t WHERE a = %s", [1])
    assert (caught.value.diag.sqlstate, caught.value.diag.statement_position) == ("42703", "8")
    assert conn.execute("SELECT 1").fetchone() == (1,)


def test_cancel(conn):
    import threading

    threading.Timer(0.4, conn.cancel_safe).start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        conn.execute("SELECT pg_sleep(60)")
    assert conn.execute("SELECT 1").fetchone() == (1,)


def test_notices_reach_their_handler(conn):
    heard = []
    conn.add_notice_handler(lambda diag: heard.append((diag.severity, diag.sqlstate)))
    conn.execute("COMMIT")
    assert heard == [("WARNING", "25P01")]


def test_asynchronous_connection(server):
    import asyncio

    async def main():
        connection = await psycopg.AsyncConnection.connect(**server.dsn(), autocommit=True)
        async with connection:
            cur = await connection.execute("SELECT %s::INT", [42])
            return await cur.fetchall()

    assert asyncio.run(main()) == [(42,)]
