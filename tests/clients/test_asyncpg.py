"""asyncpg: always prepared, always binary, types asked of the server, and a pool that resets its connections."""

import asyncio
import datetime as dt
import decimal
import json
import uuid

import asyncpg
import pytest

UTC = dt.timezone.utc
D = decimal.Decimal

VALUES = [
    ("BOOLEAN", True),
    ("SMALLINT", -32768),
    ("INTEGER", -2147483648),
    ("INTEGER", 2147483647),
    ("BIGINT", 9223372036854775807),
    ("DOUBLE", 0.1),
    ("DOUBLE", float("inf")),
    ("REAL", 1.5),
    ("DECIMAL(38,10)", D("-1234567890123456789012345678.0123456789")),
    ("DECIMAL(10,2)", D("0.00")),
    ("HUGEINT", D("170141183460469231731687303715884105727")),
    ("VARCHAR", ""),
    ("VARCHAR", "it's 100% \\ \"grün\" 🦆\n\t"),
    ("BLOB", bytes(range(256))),
    ("DATE", dt.date(1969, 7, 20)),
    ("DATE", dt.date(1, 1, 1)),
    ("DATE", dt.date.max),  # asyncpg's infinity
    ("TIME", dt.time(23, 59, 59, 999999)),
    ("TIMETZ", dt.time(12, 30, tzinfo=dt.timezone(dt.timedelta(hours=-3)))),
    ("TIMESTAMP", dt.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP", dt.datetime.max),  # asyncpg's infinity
    ("TIMESTAMPTZ", dt.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))),
    ("INTERVAL", dt.timedelta(days=400, seconds=5, microseconds=7)),
    ("INTERVAL", dt.timedelta(days=-3, seconds=5)),
    ("UUID", uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
    ("JSON", '{"a": [1, null]}'),
    ("INTEGER[]", [1, None, 3]),
    ("INTEGER[]", []),
    ("BIGINT[]", [2**62]),
    ("SMALLINT[]", [1]),
    ("DOUBLE[]", [1.5, -0.25]),
    ("REAL[]", [0.5]),
    ("VARCHAR[]", ["a", "", None, "NULL", 'q"u', "b\\s"]),
    ("BOOLEAN[]", [True, False]),
    ("DECIMAL(6,2)[]", [D("1.50"), None]),
    ("DATE[]", [dt.date(2000, 1, 1)]),
    ("TIMESTAMP[]", [dt.datetime(2000, 1, 1)]),
    ("UUID[]", [uuid.UUID(int=0)]),
    ("INTEGER[][]", [[1, 2], [3, 4]]),
]
IDS = [f"{s} {v!r}"[:50] for s, v in VALUES]


def on(server, work, **kw):
    """Runs `work(connection)` on a new connection."""

    async def main():
        where = server.dsn()
        connection = await asyncpg.connect(host=where["host"], port=where["port"], user=where["user"], database=where["dbname"], **kw)
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=10)

    return asyncio.run(asyncio.wait_for(main(), 40))


def pooled(server, work, **kw):
    async def main():
        where = server.dsn()
        async with asyncpg.create_pool(host=where["host"], port=where["port"], user=where["user"], database=where["dbname"], **kw) as pool:
            return await work(pool)

    return asyncio.run(asyncio.wait_for(main(), 40))


@pytest.mark.parametrize("sql, value", VALUES, ids=IDS)
def test_value_comes_back_as_it_was_written(server, db, sql, value):
    t = db.name()

    async def work(conn):
        await conn.execute(f"CREATE TABLE {t}(v {sql})")
        assert await conn.execute(f"INSERT INTO {t} VALUES ($1)", value) == "INSERT 0 1"
        assert await conn.execute(f"INSERT INTO {t} VALUES ($1)", None) == "INSERT 0 1"
        return [r["v"] for r in await conn.fetch(f"SELECT v FROM {t}")]

    got, null = on(server, work)
    assert got == value
    assert isinstance(got, type(value))
    assert null is None


@pytest.mark.parametrize("sql, value", VALUES, ids=IDS)
def test_parameter_takes_the_type_of_its_cast(server, sql, value):
    assert on(server, lambda conn: conn.fetchval(f"SELECT $1::{sql}", value)) == value


def test_one_insert_with_every_common_type(server, db):
    t = db.name("products")
    row = [1, "Widget", 9.5, D("19.99"), dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3, 4, 5), True, uuid.uuid4(), b"\0\xff", '{"k": "v"}', ["a", "b"], [1, 2], [0.1, 0.2]]

    async def work(conn):
        await conn.execute(f"""CREATE TABLE {t}(id INTEGER PRIMARY KEY, name VARCHAR, weight DOUBLE, price DECIMAL(10,2), day DATE, made TIMESTAMP,
            ok BOOLEAN, ref UUID, raw BLOB, meta JSON, tags VARCHAR[], counts INTEGER[], vector DOUBLE[])""")
        marks = ", ".join(f"${n}" for n in range(1, 14))
        assert await conn.execute(f"INSERT INTO {t} VALUES ({marks})", *row) == "INSERT 0 1"
        return await conn.fetchrow(f"SELECT * FROM {t} WHERE id = $1", 1)

    assert list(on(server, work).values()) == row


def test_arrays_are_read_through_introspection(server):
    async def work(conn):
        return await conn.fetchrow("SELECT [1, 2]::INTEGER[] AS i, [1.5, 2.5]::DOUBLE[] AS f, ['a']::VARCHAR[] AS t, [0.5]::FLOAT[1] AS e, [[1],[2]] AS n")

    assert dict(on(server, work)) == {"i": [1, 2], "f": [1.5, 2.5], "t": ["a"], "e": [0.5], "n": [[1], [2]]}


def test_introspection_inside_a_transaction(server):
    async def work(conn):
        async with conn.transaction():
            assert await conn.fetchval("SELECT [1, 2]::BIGINT[]") == [1, 2]
            return await conn.fetchval("SELECT $1::DOUBLE[]", [0.5])

    assert on(server, work) == [0.5]


def test_interval_keeps_months(server):
    assert on(server, lambda conn: conn.fetchval("SELECT INTERVAL '1 month 2 days 3 microseconds'")) == dt.timedelta(days=32, microseconds=3)


def test_records(server):
    async def work(conn):
        return await conn.fetch("SELECT g AS n, 'x' || g AS s FROM generate_series(1, 3) AS t(g) ORDER BY g")

    records = on(server, work)
    assert [tuple(r) for r in records] == [(1, "x1"), (2, "x2"), (3, "x3")]
    assert list(records[0].keys()) == ["n", "s"]


def test_execute_returns_the_tag(server, db):
    t = db.name()

    async def work(conn):
        return [
            await conn.execute(f"CREATE TABLE {t}(a INT)"),
            await conn.execute(f"INSERT INTO {t} VALUES (1)"),
            await conn.execute(f"INSERT INTO {t} VALUES ($1), ($2)", 2, 3),
            await conn.execute(f"UPDATE {t} SET a = a + $1", 1),
            await conn.execute(f"DELETE FROM {t} WHERE a > $1", 100),
            await conn.execute(f"INSERT INTO {t} VALUES (5); DELETE FROM {t}"),
            await conn.execute(f"SELECT * FROM {t}"),
        ]

    assert on(server, work) == ["CREATE TABLE", "INSERT 0 1", "INSERT 0 2", "UPDATE 3", "DELETE 0", "DELETE 4", "SELECT 0"]


def test_returning(server, db):
    t = db.name()

    async def work(conn):
        await conn.execute(f"CREATE TABLE {t}(a INT, s TEXT)")
        return await conn.fetchval(f"INSERT INTO {t} VALUES ($1, $2) RETURNING a + 1", 41, "x")

    assert on(server, work) == 42


def test_wrong_python_type_is_refused_by_the_client(server, db):
    """It can only be if the server said int4."""
    t = db.name()

    async def work(conn):
        await conn.execute(f"CREATE TABLE {t}(a INT)")
        with pytest.raises(asyncpg.DataError):
            await conn.execute(f"INSERT INTO {t} VALUES ($1)", "one")
        return await conn.fetchval("SELECT 1")

    assert on(server, work) == 1


def test_prepared_statement_describes_itself(server):
    async def work(conn):
        statement = await conn.prepare("SELECT $1::INTEGER AS n, $2::TEXT AS s")
        types = [p.name for p in statement.get_parameters()], [(a.name, a.type.name) for a in statement.get_attributes()]
        return types, [(await statement.fetch(n, "x"))[0]["n"] for n in range(3)], statement.get_statusmsg()

    (parameters, columns), values, tag = on(server, work)
    assert parameters[0] == "int4" and parameters[1] in ("text", "varchar")
    assert columns[0] == ("n", "int4") and columns[1][0] == "s"
    assert values == [0, 1, 2]
    assert tag == "SELECT 1"


def test_statement_cache_evicts(server):
    async def work(conn):
        return [await conn.fetchval(f"SELECT $1::INTEGER + {n}", 1) for n in range(30)]

    assert on(server, work, statement_cache_size=5) == [1 + n for n in range(30)]


def test_cached_statement_after_its_table_changed(server, db):
    t = db.name()

    async def work(conn):
        await conn.execute(f"CREATE TABLE {t}(a INT)")
        await conn.execute(f"INSERT INTO {t} VALUES (1)")
        first = await conn.fetch(f"SELECT * FROM {t}")
        await conn.execute(f"ALTER TABLE {t} ADD COLUMN b INT DEFAULT 5")
        second = await conn.fetch(f"SELECT * FROM {t}")
        return [tuple(r) for r in first + second]

    assert on(server, work) == [(1,), (1, 5)]


def test_executemany_is_one_transaction(server, db):
    t = db.name()

    async def work(conn):
        await conn.execute(f"CREATE TABLE {t}(a INT PRIMARY KEY, s TEXT)")
        await conn.executemany(f"INSERT INTO {t} VALUES ($1, $2)", [(n, str(n)) for n in range(500)])
        with pytest.raises(asyncpg.UniqueViolationError):
            await conn.executemany(f"INSERT INTO {t} VALUES ($1, $2)", [(1000, "new"), (1, "old")])
        return await conn.fetchrow(f"SELECT count(*) AS n, max(a) AS m FROM {t}")

    assert tuple(on(server, work)) == (500, 499)


def test_transactions(server, db):
    t = db.name()

    async def work(conn):
        await conn.execute(f"CREATE TABLE {t}(a INT)")
        async with conn.transaction():
            await conn.execute(f"INSERT INTO {t} VALUES (1)")
        with pytest.raises(ZeroDivisionError):
            async with conn.transaction():
                await conn.execute(f"INSERT INTO {t} VALUES (2)")
                raise ZeroDivisionError
        async with conn.transaction(isolation="repeatable_read", readonly=True):
            return [tuple(r) for r in await conn.fetch(f"SELECT a FROM {t}")]

    assert on(server, work) == [(1,)]


def test_cursor_reads_in_pieces(server):
    async def work(conn):
        async with conn.transaction():
            seen = []
            async for record in conn.cursor("SELECT range FROM range($1::BIGINT)", 1234, prefetch=100):
                seen.append(record["range"])
            cursor = await conn.cursor("SELECT range FROM range(100000000000)")
            head = [r["range"] for r in await cursor.fetch(3)]
            await cursor.forward(10)
            return seen, head, (await cursor.fetchrow())["range"]

    seen, head, later = on(server, work)
    assert seen == list(range(1234))
    assert (head, later) == ([0, 1, 2], 13)


def test_errors_are_typed_and_leave_the_connection_usable(server):
    async def work(conn):
        with pytest.raises(asyncpg.UndefinedTableError):
            await conn.fetch("SELECT * FROM nosuch")
        with pytest.raises(asyncpg.UndefinedColumnError) as caught:
            await conn.fetch("SELECT nosuch FROM (SELECT 1) AS t WHERE 1 = $1", 1)
        assert caught.value.position == "8"
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await conn.fetch("SELEC 1")
        with pytest.raises(asyncpg.NumericValueOutOfRangeError):
            await conn.fetch("SELECT $1::INTEGER + 1::INTEGER", 2147483647)
        return await conn.fetchval("SELECT 1")

    assert on(server, work) == 1


def test_timeout_cancels_and_the_connection_goes_on(server):
    async def work(conn):
        with pytest.raises(asyncio.TimeoutError):
            await conn.fetch("SELECT pg_sleep(60)", timeout=0.4)
        return await asyncio.wait_for(conn.fetchval("SELECT 1"), 5)

    assert on(server, work) == 1


def test_cancelled_task_cancels_the_statement(server):
    async def work(conn):
        task = asyncio.ensure_future(conn.fetch("SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3"))
        await asyncio.sleep(0.4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await asyncio.wait_for(conn.fetchval("SELECT 1"), 5)

    assert on(server, work) == 1


def test_pool_resets_its_connections(server):
    async def work(pool):
        async with pool.acquire() as conn:
            await conn.execute("SET hatidata_agent_id = 'someone-else'")
            await conn.execute("SET TimeZone = 'Asia/Tokyo'")
        async with pool.acquire() as conn:
            return await conn.fetchval("SELECT current_setting('hatidata_agent_id')"), await conn.fetchval("SELECT current_setting('TimeZone')")

    agent, zone = pooled(server, work, min_size=1, max_size=1, server_settings={"hatidata_agent_id": "agent-7", "hatidata_framework": "custom"})
    assert agent == "agent-7"
    assert zone != "Asia/Tokyo"


def test_pool_serves_many_tasks(server):
    async def work(pool):
        return await asyncio.gather(*(pool.fetchval("SELECT $1::INTEGER * 2", n) for n in range(100)))

    assert pooled(server, work, min_size=1, max_size=10) == [n * 2 for n in range(100)]


def test_explicit_reset(server):
    async def work(conn):
        await conn.execute("BEGIN")
        await conn.execute("SET hatidata_request_id = 'x'")
        await conn.reset()
        return conn.is_in_transaction(), await conn.fetchval("SELECT coalesce(current_setting('hatidata_request_id', true), '')")

    assert on(server, work) == (False, "")


def test_json_codec(server):
    async def work(conn):
        await conn.set_type_codec("json", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        return await conn.fetchval("SELECT $1::JSON", {"a": [1, None]})

    assert on(server, work) == {"a": [1, None]}


def test_server_version_and_settings(server):
    async def work(conn):
        return conn.get_server_version(), conn.get_settings().application_name, conn.get_server_pid()

    version, name, pid = on(server, work, server_settings={"application_name": "ours"})
    assert version.major == 15
    assert name == "ours"
    assert pid > 0


def test_notices_reach_their_listener(server):
    async def work(conn):
        heard = []
        conn.add_log_listener(lambda _, message: heard.append(message.sqlstate))
        await conn.execute("COMMIT")
        await asyncio.sleep(0.05)
        return heard

    assert on(server, work) == ["25P01"]


def test_long_results(server):
    async def work(conn):
        records = await conn.fetch("SELECT range AS n, 'row ' || range AS s FROM range(200000)")
        return len(records), tuple(records[-1])

    assert on(server, work) == (200_000, (199_999, "row 199999"))
