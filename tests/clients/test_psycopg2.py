"""psycopg2, the driver of HatiDataAgent, dbt and the LangChain and CrewAI packages: simple protocol, values inlined by the client."""

import datetime as dt
import decimal
import uuid

import psycopg2
import psycopg2.errors
import psycopg2.extras
import pytest

UTC = dt.timezone.utc

# DuckDB type, value written as a parameter, value read back
VALUES = [
    ("BOOLEAN", True),
    ("SMALLINT", -32768),
    ("INTEGER", 2147483647),
    ("BIGINT", -9223372036854775808),
    ("DOUBLE", 0.1),
    ("DOUBLE", float("inf")),
    ("REAL", 1.5),
    ("DECIMAL(38,10)", decimal.Decimal("-1234567890123456789012345678.0123456789")),
    ("DECIMAL(10,2)", decimal.Decimal("0.00")),
    ("VARCHAR", ""),
    ("VARCHAR", "it's 100% \\ \"grün\" 🦆\n\t"),
    ("DATE", dt.date(1969, 7, 20)),
    ("DATE", dt.date(9999, 12, 31)),
    ("TIME", dt.time(23, 59, 59, 999999)),
    ("TIMESTAMP", dt.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP", dt.datetime(2024, 2, 29, 12, 0)),
    ("TIMESTAMPTZ", dt.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=-7)))),
    ("INTERVAL", dt.timedelta(days=-3, seconds=5, microseconds=7)),
    ("INTEGER[]", [1, None, 3]),
    ("VARCHAR[]", ["a", "", None, "NULL", 'q"u', "b\\s", "c,d", "{e}", "it's"]),
    ("DOUBLE[]", [1.5, -0.25]),
    ("DECIMAL(6,2)[]", [decimal.Decimal("1.50")]),
    ("DATE[]", [dt.date(2000, 1, 1)]),
    ("BOOLEAN[]", [True, False]),
    ("INTEGER[][]", [[1, 2], [3, 4]]),
]


@pytest.mark.parametrize("sql, value", VALUES, ids=[f"{s} {v!r}"[:50] for s, v in VALUES])
def test_value_comes_back_as_it_was_written(db, sql, value):
    t = db.name()
    db.run(f"CREATE TABLE {t}(v {sql})")
    assert db.tag(f"INSERT INTO {t} VALUES (%s)", (value,)) == "INSERT 0 1"
    got = db.one(f"SELECT v FROM {t}")
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("sql", sorted({s for s, _ in VALUES} | {"BYTEA", "JSON", "UUID"}))
def test_null_of_every_type(db, sql):
    assert db.one(f"SELECT NULL::{sql}") is None


def test_bytes_with_zeros(db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(v BLOB)")
    value = bytes(range(256)) + b"\\x00'"
    db.run(f"INSERT INTO {t} VALUES (%s)", (psycopg2.Binary(value),))
    assert bytes(db.one(f"SELECT v FROM {t}")) == value


def test_json_arrives_decoded(db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(v JSON)")
    value = {"a": [1, None, "it's"], "ü": {"b": 1.5}}
    db.run(f"INSERT INTO {t} VALUES (%s)", (psycopg2.extras.Json(value),))
    assert db.one(f"SELECT v FROM {t}") == value


def test_uuid(db):
    psycopg2.extras.register_uuid(conn_or_curs=db)
    value = uuid.uuid4()
    assert db.one("SELECT %s::UUID", (value,)) == value


def test_special_floats(db):
    nan, plus, minus = db.run("SELECT 'NaN'::DOUBLE, 'Infinity'::DOUBLE, '-Infinity'::REAL")[0]
    assert nan != nan
    assert (plus, minus) == (float("inf"), float("-inf"))


def test_instants_carry_the_zone_of_the_session(db):
    db.run("SET TimeZone = 'Asia/Kolkata'")
    got = db.one("SELECT '2024-01-01 00:00:00+00'::TIMESTAMPTZ")
    assert got == dt.datetime(2024, 1, 1, tzinfo=UTC)
    assert got.utcoffset() == dt.timedelta(hours=5, minutes=30)


def test_backslashes_are_not_doubled(db):
    assert db.one("SELECT %s", ("a\\b\\\\c",)) == "a\\b\\\\c"


def test_parameters_by_name(db):
    assert db.run("SELECT %(a)s + %(a)s, %(b)s", {"a": 2, "b": "x"}) == [(4, "x")]


def test_tuples_and_lists_in_conditions(db):
    assert db.run("SELECT g FROM generate_series(1, 9) AS t(g) WHERE g IN %s ORDER BY g", ((2, 4),)) == [(2,), (4,)]
    assert db.run("SELECT g FROM generate_series(1, 9) AS t(g) WHERE g = ANY(%s) ORDER BY g", ([3, 5],)) == [(3,), (5,)]


def test_rowcount_and_tag(db):
    t = db.name()
    with db.cursor() as cur:
        cur.execute(f"CREATE TABLE {t}(id INT, s TEXT)")
        assert (cur.rowcount, cur.statusmessage) == (-1, "CREATE TABLE")
        cur.execute(f"INSERT INTO {t} VALUES (1, 'a'), (2, 'b'), (3, 'c')")
        assert (cur.rowcount, cur.statusmessage) == (3, "INSERT 0 3")
        cur.execute(f"UPDATE {t} SET s = 'z' WHERE id > 1")
        assert (cur.rowcount, cur.statusmessage) == (2, "UPDATE 2")
        cur.execute(f"SELECT * FROM {t}")
        assert (cur.rowcount, cur.statusmessage) == (3, "SELECT 3")
        cur.execute(f"DELETE FROM {t} WHERE id = 9")
        assert (cur.rowcount, cur.statusmessage) == (0, "DELETE 0")
        cur.execute(f"INSERT INTO {t} VALUES (4, 'd') RETURNING id, s")
        assert (cur.fetchall(), cur.rowcount) == ([(4, "d")], 1)


def test_columns_are_described(db):
    with db.cursor() as cur:
        cur.execute("SELECT 1 AS id, 'x' AS \"Mixed Case\", 1.50::DECIMAL(10,2) AS price")
        assert [c.name for c in cur.description] == ["id", "Mixed Case", "price"]
        assert cur.description[0].type_code in psycopg2.NUMBER.values
        assert cur.description[1].type_code in psycopg2.STRING.values
        assert (cur.description[2].precision, cur.description[2].scale) == (10, 2)


def test_rows_as_dictionaries(db):
    with db.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cur:
        cur.execute("SELECT 1 AS a, 'x' AS b")
        assert cur.fetchall() == [{"a": 1, "b": "x"}]


def test_execute_values_and_batch(db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(id INT, s TEXT)")
    with db.cursor() as cur:
        psycopg2.extras.execute_values(cur, f"INSERT INTO {t} VALUES %s", [(n, f"s{n}") for n in range(500)])
        psycopg2.extras.execute_batch(cur, f"UPDATE {t} SET s = %s WHERE id = %s", [("z", n) for n in range(100)])
    assert db.run(f"SELECT count(*), count(*) FILTER (WHERE s = 'z') FROM {t}") == [(500, 100)]


def test_transactions_without_autocommit(server, db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(a INT PRIMARY KEY)")
    connection = server.connect(autocommit=False)
    connection.run(f"INSERT INTO {t} VALUES (1)")
    assert db.one(f"SELECT count(*) FROM {t}") == 0
    connection.commit()
    assert db.one(f"SELECT count(*) FROM {t}") == 1
    with pytest.raises(psycopg2.errors.UniqueViolation):
        connection.run(f"INSERT INTO {t} VALUES (1)")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        connection.run("SELECT 1")
    connection.rollback()
    with connection:  # commits at the end
        connection.run(f"INSERT INTO {t} VALUES (2)")
    with pytest.raises(ZeroDivisionError), connection:  # rolls back
        connection.run(f"INSERT INTO {t} VALUES (3)")
        raise ZeroDivisionError
    assert db.run(f"SELECT a FROM {t} ORDER BY a") == [(1,), (2,)]
    connection.close()


def test_isolation_levels_can_be_asked_for(server):
    connection = server.connect(autocommit=False)
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    assert connection.run("SELECT 1") == [(1,)]
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        connection.run("CREATE TABLE never(a INT)")
    connection.rollback()
    connection.close()


def test_error_carries_everything(db):
    with pytest.raises(psycopg2.errors.UndefinedColumn) as caught:
        db.run("SELECT nosuch FROM (SELECT 1 AS a) AS t")
    diag = caught.value.diag
    assert (diag.severity, diag.sqlstate, diag.statement_position) == ("ERROR", "42703", "8")
    assert "nosuch" in diag.message_primary
    assert caught.value.pgcode == "42703"


def test_warning_is_a_notice(db):
    db.run("COMMIT")
    assert any("WARNING" in notice for notice in db.notices)


def test_startup_options_of_the_agent_client(server):
    options = "-c hatidata_agent_id=agent-0a1b2c3d -c hatidata_framework=langchain -c hatidata_priority=high"
    connection = server.connect(application_name="hatidata-agent/langchain", options=options, password="")
    assert connection.one("SHOW hatidata_agent_id") == "agent-0a1b2c3d"
    connection.run("SET hatidata_request_id = 'req-0123456789ab'")
    connection.run("SET hatidata_reasoning_step = '0'")
    assert connection.run("SELECT 1") == [(1,)]
    connection.run("SET hatidata_request_id = ''")
    connection.close()


def test_connection_info(db):
    assert db.server_version // 10000 == 15
    assert db.encoding == "UTF8"
    assert db.get_parameter_status("standard_conforming_strings") == "on"
    assert db.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE


def test_cancel_from_another_thread(db):
    import threading

    threading.Timer(0.4, db.cancel).start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        db.run("SELECT pg_sleep(60)")
    assert db.run("SELECT 1") == [(1,)]


def test_asynchronous_connection(server):
    import select

    connection = psycopg2.connect(**server.dsn(), async_=True)

    def wait():
        while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
            select.select([connection] if state == psycopg2.extensions.POLL_READ else [], [connection] if state == psycopg2.extensions.POLL_WRITE else [], [], 10)

    wait()
    cur = connection.cursor()
    cur.execute("SELECT 42")
    wait()
    assert cur.fetchall() == [(42,)]
    connection.close()


def test_connection_pool(server):
    from psycopg2.pool import ThreadedConnectionPool

    pool = ThreadedConnectionPool(1, 4, **server.dsn())
    taken = [pool.getconn() for _ in range(4)]
    for connection in taken:
        with connection.cursor() as cur:
            cur.execute("SELECT 1")
            assert cur.fetchall() == [(1,)]
        pool.putconn(connection)  # rolls back what is open
    pool.closeall()


def test_catalog_queries_of_the_official_tools(db):
    t = db.name("tool")
    db.run(f"CREATE TABLE {t}(id INTEGER NOT NULL, name VARCHAR)")
    assert (t,) in db.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name")
    assert db.run(f"SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = '{t}' ORDER BY ordinal_position") == [
        ("id", "INTEGER", "NO"),
        ("name", "VARCHAR", "YES"),
    ]
