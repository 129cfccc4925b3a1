"""TPC-H, scale factor 1: its 22 queries over the wire, in this process, and in PostgreSQL.

The data and the queries come from DuckDB's extension `tpch`, a package of the registry (`scripts/setup tpch`); nothing is
fetched while it runs. We and DuckDB in this process open copies of one file; PostgreSQL gets the same rows, keys, indexes
on foreign keys, and statistics.
"""

import importlib.util
import pathlib
import shutil
import tempfile

from common import Postgres, Result, Server, clock, execute, median, ms, ratio
from inprocess import DuckDB
from rawpg import RawConnection

SCALE = 1
ROUNDS = 5
KEYS = {
    "region": ["r_regionkey"],
    "nation": ["n_nationkey"],
    "supplier": ["s_suppkey"],
    "customer": ["c_custkey"],
    "part": ["p_partkey"],
    "partsupp": ["ps_partkey", "ps_suppkey"],
    "orders": ["o_orderkey"],
    "lineitem": ["l_orderkey", "l_linenumber"],
}
INDEXES = ["partsupp(ps_suppkey)", "orders(o_custkey)", "lineitem(l_partkey, l_suppkey)", "customer(c_nationkey)", "supplier(s_nationkey)"]


def extension():
    package = importlib.util.find_spec("duckdb_extension_tpch")
    if package is None:
        raise SystemExit("error: the package duckdb-extension-tpch is missing\nhint: scripts/setup tpch")
    return next(pathlib.Path(package.origin).parent.rglob("tpch.duckdb_extension"))


def fill(postgres, generated, folder):
    """The same rows into PostgreSQL, through CSV files."""
    connection = postgres.connect()
    for table, keys in KEYS.items():
        columns = ", ".join(f"{name} {kind}" for name, kind in generated.texts(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}' ORDER BY column_index"))
        execute(connection, f"CREATE TABLE {table} ({columns})")
        path = folder / f"{table}.csv"
        generated.execute(f"COPY {table} TO '{path}' (HEADER false)")
        with path.open() as rows, connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} FROM STDIN WITH (FORMAT csv)", rows)
        path.unlink()
        execute(connection, f"ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(keys)})")
    for index in INDEXES:
        execute(connection, f"CREATE INDEX ON {index}")
    execute(connection, "VACUUM ANALYZE")
    return connection


def run():
    result = Result(f"TPC-H, scale factor {SCALE}", ["query", "ours", "DuckDB in process", "ours / DuckDB", "PostgreSQL", "PostgreSQL / ours"])
    with tempfile.TemporaryDirectory(prefix="hati-tpch-") as name:
        folder = pathlib.Path(name)
        (folder / "server").mkdir()
        files = [folder / "generated.duckdb", folder / "server" / "hatidata.duckdb"]
        generated = DuckDB(files[0])
        generated.execute(f"LOAD '{extension()}'")
        generated.execute(f"CALL dbgen(sf = {SCALE})")
        queries = {int(number): sql.rstrip().rstrip(";") for number, sql in generated.texts("SELECT query_nr, query FROM tpch_queries()")}
        with Postgres() as postgres:
            peer = fill(postgres, generated, folder)
            generated.close()
            shutil.copy(*files)
            inside = DuckDB(files[0])
            peer.close()
            with Server(data_dir=folder / "server") as server:
                compare(result, RawConnection(server.port, "hatidata"), inside, RawConnection(postgres.port, "postgres"), queries)
            inside.close()
            result.notes.append(f"Medians of {ROUNDS} rounds in turns, and their sums; the clients of both servers only count rows. PostgreSQL once, after a first run: {postgres.version()}, default settings.")
    return result


def compare(result, ours, inside, postgres, queries):
    runs = {"ours": lambda sql: ours.drain(sql)[1], "inside": inside.execute, "postgres": lambda sql: postgres.drain(sql)[1]}
    totals = dict.fromkeys(runs, 0.0)
    for number, sql in sorted(queries.items()):
        assert runs["ours"](sql) == runs["postgres"](sql), f"query {number}: the two servers give different numbers of rows"
        inside.execute(sql)
        times = {name: [] for name in runs}
        for turn in range(ROUNDS):
            for name in runs:
                if name != "postgres" or turn == 0:
                    with clock(times[name]):
                        runs[name](sql)
        each = {name: median(taken) for name, taken in times.items()}
        totals = {name: total + each[name] for name, total in totals.items()}
        show(result, f"Q{number}", each)
    show(result, "all", totals)
    result.promise("over the wire at most 1.10 × DuckDB in process", ratio(totals["ours"], totals["inside"]), totals["ours"] <= 1.10 * totals["inside"])
    result.promise("at least 10 × as fast as PostgreSQL", ratio(totals["postgres"], totals["ours"]), totals["postgres"] >= 10 * totals["ours"])


def show(result, name, each):
    ours, inside, postgres = each["ours"], each["inside"], each["postgres"]
    result.row(name, ms(ours, 1), ms(inside, 1), ratio(ours, inside), ms(postgres, 0), ratio(postgres, ours))
