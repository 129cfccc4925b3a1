"""Fetching 1 M rows × 5 columns, from us and from PostgreSQL: same data, same client."""

from common import Postgres, Result, Server, clock, execute, median, ms, ratio
from rawpg import RawConnection

ROWS = 1_000_000
ROUNDS = 7
CREATE = "CREATE TABLE t (id BIGINT, class INTEGER, amount DOUBLE PRECISION, name VARCHAR, seen TIMESTAMP)"
INSERT = f"""INSERT INTO t SELECT i, i % 97, i * 0.37::DOUBLE PRECISION, 'name-' || i, TIMESTAMP '2024-01-01' + i * INTERVAL '1 second'
             FROM generate_series(1, {ROWS}) g(i)"""


def run():
    result = Result(
        "Fetching 1 M rows × 5 columns",
        ["client", "ours", "PostgreSQL", "ours / PostgreSQL", "ours, rows/s"],
    )
    with Server() as server, Postgres() as postgres:
        peers = {"ours": server, "postgres": postgres}
        connections = {name: peer.connect() for name, peer in peers.items()}
        for connection in connections.values():
            execute(connection, CREATE)
            execute(connection, INSERT)
        execute(connections["postgres"], "VACUUM ANALYZE t")
        data = {name: sorted(execute(connection, "SELECT * FROM t")) for name, connection in connections.items()}
        assert data["ours"] == data["postgres"], "the two servers hold different rows"
        del data

        raw = {"ours": RawConnection(server.port, "hatidata"), "postgres": RawConnection(postgres.port, "postgres")}
        clients = {
            "psycopg2, fetchall": lambda name: len(execute(connections[name], "SELECT * FROM t")),
            "bytes only, simple protocol": lambda name: raw[name].drain("SELECT * FROM t")[1],
            "bytes only, extended protocol": lambda name: raw[name].drain("SELECT * FROM t", extended=True)[1],
        }
        for client, fetch in clients.items():
            times = {name: [] for name in peers}
            for _ in range(ROUNDS):
                for name in peers:
                    with clock(times[name]):
                        assert fetch(name) == ROWS
            ours, theirs = median(times["ours"]), median(times["postgres"])
            result.row(client, ms(ours, 0), ms(theirs, 0), ratio(ours, theirs), f"{ROWS / ours:,.0f}")
            result.promise(f"{client}: faster than PostgreSQL", ratio(ours, theirs), ours < theirs)
        for connection in connections.values():
            connection.close()
        result.notes.append(f"Median of {ROUNDS} rounds in turns; rows compared for equality first; peer: {postgres.version()}, default settings.")
        result.notes.append("psycopg2's time is mostly the making of 5 M Python objects; the other clients show the servers.")
    return result
