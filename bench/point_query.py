"""What wire and pipeline add to DuckDB for a prepared point query.

The peer runs in this process through DuckDB's C API, with the same library, data and prepared statement; PostgreSQL
answers the same client. All take turns in small blocks.
"""

import random
import tempfile

from common import Postgres, Result, Server, clock, execute, median, p99, us
from inprocess import DuckDB
from rawpg import RawConnection

ROWS = 1_000_000
BLOCKS, PER_BLOCK = 40, 100
CREATE = "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR, amount DOUBLE PRECISION, class BIGINT)"
INSERT = f"INSERT INTO t SELECT i, 'name-' || i, i * 0.37, i % 97 FROM generate_series(1, {ROWS}) g(i)"
QUERIES = {
    "point query": ("SELECT name, amount, class FROM t WHERE id = $1", 1),
    "SELECT 1": ("SELECT 1", 0),
}


def turns(runners, parameters, seed):
    """Times per runner, in blocks that take turns over the same random keys."""
    keys = random.Random(seed)
    times = {name: [] for name in runners}
    for block in range(BLOCKS):
        values = [tuple(keys.randint(1, ROWS) for _ in range(parameters)) for _ in range(PER_BLOCK)]
        for name, runner in runners.items():
            for value in values:
                with clock(times[name]):
                    runner(*value)
        if block == 1:  # the first two were for warming up
            for measured in times.values():
                measured.clear()
    return times


def run():
    result = Result(
        "Prepared point query on 1 M keyed rows",
        ["query", "DuckDB in-process p50", "ours p50", "p99", "added p50", "ours / DuckDB", "PostgreSQL p50", "ours / PostgreSQL"],
    )
    with Server() as server, Postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        duckdb = DuckDB(f"{folder}/peer.duckdb")
        for peer, settle in ((server, "FORCE CHECKPOINT"), (postgres, "VACUUM ANALYZE t")):
            connection = peer.connect()
            for sql in (CREATE, INSERT, settle):
                execute(connection, sql)
            connection.close()
        for sql in (CREATE, INSERT, "CHECKPOINT"):
            duckdb.execute(sql)
        for name, (sql, parameters) in QUERIES.items():
            ours, theirs = RawConnection(server.port, "hatidata"), RawConnection(postgres.port, "postgres")
            ours.prepare(sql, parameters)
            theirs.prepare(sql, parameters)
            statement = duckdb.prepare(sql)
            if parameters:  # all three find the row
                assert b"name-42" in ours.run_prepared(42)
                assert b"name-42" in ours.run_prepared(42)
                assert duckdb.run_prepared(statement, 42) == 1
            runners = {
                "duckdb": lambda *values: duckdb.run_prepared(statement, *values),
                "ours": ours.run_prepared,
                "postgres": theirs.run_prepared,
            }
            times = turns(runners, parameters, seed=1)
            inside, wire, postgres_time = (median(times[key]) for key in ("duckdb", "ours", "postgres"))
            result.row(
                name,
                us(inside),
                us(wire),
                us(p99(times["ours"])),
                us(wire - inside),
                f"{wire / inside:.2f} ×",
                us(postgres_time),
                f"{wire / postgres_time:.2f} ×",
            )
            if parameters:
                added = wire - inside
            ours.close()
            theirs.close()
        result.notes.append(f"{(BLOCKS - 2) * PER_BLOCK} runs each in turns; the client sends Bind, Execute, Sync from Python with one socket call and decodes nothing; peer: {postgres.version()}, default settings.")
        duckdb.close()
    result.promise("adds at most 250 µs p50 to DuckDB in-process", us(added), added <= 250e-6)
    return result
