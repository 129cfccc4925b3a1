"""Server-side cursors and listeners of real drivers."""

import asyncio
import select

import asyncpg
import psycopg
import psycopg2
import psycopg2.extensions
import pytest


def test_psycopg2_named_cursors(server):
    conn = psycopg2.connect(**server.dsn())
    with conn, conn.cursor("many") as cur:
        cur.itersize = 1000
        cur.execute("SELECT i FROM range(5000) r(i) WHERE i >= %s", (10,))
        assert [cur.fetchone(), cur.fetchmany(2)] == [(10,), [(11,), (12,)]]
        cur.scroll(7)
        assert cur.fetchone() == (20,)
        assert sum(i for (i,) in cur) == sum(range(21, 5000))
    with conn, conn.cursor("back", scrollable=True) as cur:
        cur.execute("SELECT i FROM range(10) r(i)")
        cur.fetchmany(5)
        cur.scroll(-2)
        assert cur.fetchone() == (3,)
        cur.scroll(0, mode="absolute")
        assert len(cur.fetchall()) == 10
    with conn, conn.cursor("held", withhold=True) as cur:
        cur.execute("SELECT i FROM range(3) r(i)")
        conn.commit()
        assert cur.fetchall() == [(0,), (1,), (2,)]
    conn.close()


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_psycopg3_server_cursors(server, binary):
    with psycopg.connect(**server.dsn()) as conn:
        with conn.cursor("many", binary=binary) as cur:
            cur.itersize = 100
            cur.execute("SELECT i, 'n' || i AS name FROM range(1000) r(i) WHERE i > %s", [4])
            assert [d.name for d in cur.description] == ["i", "name"]
            assert cur.fetchone() == (5, "n5")
            cur.scroll(4)
            assert cur.fetchmany(2) == [(10, "n10"), (11, "n11")]
            assert len(list(cur)) == 988
        with conn.cursor("back", scrollable=True, binary=binary) as cur:
            cur.execute("SELECT i FROM range(10) r(i)")
            assert len(cur.fetchall()) == 10
            cur.scroll(2, mode="absolute")
            assert cur.fetchone() == (2,)
        with conn.cursor("held", withhold=True, binary=binary) as cur:
            cur.execute("SELECT i FROM range(3) r(i)")
            conn.commit()
            assert cur.fetchall() == [(0,), (1,), (2,)]


def test_psycopg2_listens(server, db):
    conn = psycopg2.connect(**server.dsn())
    conn.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)
    conn.cursor().execute("LISTEN news")
    db.run("NOTIFY news, 'first'")
    db.run("SELECT pg_notify(%s, %s)", ("news", "second"))
    while len(conn.notifies) < 2:
        assert select.select([conn], [], [], 10)[0], "no notification came"
        conn.poll()
    assert [(n.pid, n.channel, n.payload) for n in conn.notifies] == [(db.info.backend_pid, "news", "first"), (db.info.backend_pid, "news", "second")]
    conn.close()


def test_psycopg3_listens(server, db):
    with psycopg.connect(**server.dsn(), autocommit=True) as conn:
        conn.execute("LISTEN news")
        db.run("NOTIFY news, 'first'")
        assert [n.payload for n in conn.notifies(timeout=10, stop_after=1)] == ["first"]
        conn.execute("UNLISTEN news")
        db.run("NOTIFY news, 'second'")
        assert list(conn.notifies(timeout=0.2)) == []


def test_asyncpg_listens(server, db):
    async def main():
        conn = await asyncpg.connect(**{("database" if k == "dbname" else k): v for k, v in server.dsn().items()})
        heard = asyncio.Queue()
        await conn.add_listener("news", lambda *arguments: heard.put_nowait(arguments[1:]))
        await asyncio.to_thread(db.run, "NOTIFY news, 'first'")
        first = await asyncio.wait_for(heard.get(), 10)
        async with conn.transaction():
            await conn.execute("SELECT pg_notify($1, $2)", "news", "second")
        second = await asyncio.wait_for(heard.get(), 10)
        await conn.reset()
        await conn.close()
        return [first, second], conn

    (first, second), _ = asyncio.run(main())
    assert first == (db.info.backend_pid, "news", "first")
    assert second[1:] == ("news", "second")


def test_asyncpg_cursors(server):
    async def main():
        conn = await asyncpg.connect(**{("database" if k == "dbname" else k): v for k, v in server.dsn().items()})
        async with conn.transaction():
            cursor = await conn.cursor("SELECT i FROM range(100) r(i)")
            first = await cursor.fetchrow()
            skipped = await cursor.forward(9)
            rest = await cursor.fetch(1000)
        await conn.close()
        return first["i"], skipped, len(rest)

    assert asyncio.run(main()) == (0, 9, 90)
