"""COPY of 1 M rows × 5 columns, in and out, for us and for PostgreSQL: same data, same client, which only moves bytes."""

import io

from common import Postgres, Result, Server, clock, execute, median, ms, ratio

ROWS = 1_000_000
ROUNDS = 5
CREATE = "CREATE TABLE t (id BIGINT, class INTEGER, amount DOUBLE PRECISION, name VARCHAR, seen TIMESTAMP)"
FILL = f"""INSERT INTO t SELECT i, i % 97, i * 0.37::DOUBLE PRECISION, 'name-' || i, TIMESTAMP '2024-01-01' + i * INTERVAL '1 second'
           FROM generate_series(1, {ROWS}) g(i)"""
FORMATS = {"text": "", "csv": "(FORMAT csv)", "binary": "(FORMAT binary)"}


class Sink:
    """Takes what is written and forgets it."""

    def write(self, data):
        return len(data)


def copy(connection, sql, file):
    with connection.cursor() as cursor:
        cursor.copy_expert(sql, file, size=1 << 16)


def run():
    result = Result("COPY of 1 M rows × 5 columns", ["direction and format", "ours", "PostgreSQL", "ours / PostgreSQL", "ours, rows/s"])
    with Server() as server, Postgres() as postgres:
        peers = {"ours": server, "postgres": postgres}
        connections = {name: peer.connect() for name, peer in peers.items()}
        for connection in connections.values():
            execute(connection, CREATE)
        execute(connections["postgres"], FILL)
        data = {}
        for name, options in FORMATS.items():
            file = io.BytesIO()
            copy(connections["postgres"], f"COPY t TO STDOUT {options}", file)
            data[name] = file.getvalue()
        for name, options in FORMATS.items():
            times = {peer: [] for peer in peers}
            for _ in range(ROUNDS):
                for peer, connection in connections.items():
                    execute(connection, "DROP TABLE t")
                    execute(connection, CREATE)
                    with clock(times[peer]):
                        copy(connection, f"COPY t FROM STDIN {options}", io.BytesIO(data[name]))
            sums = {execute(connection, "SELECT count(*), sum(id)::BIGINT, sum(length(name))::BIGINT, min(seen), max(seen) FROM t")[0] for connection in connections.values()}
            assert len(sums) == 1 and sums.pop()[0] == ROWS, "the two servers hold different rows"
            report(result, f"in, {name}", times)
        for name, options in FORMATS.items():
            times = {peer: [] for peer in peers}
            for _ in range(ROUNDS):
                for peer, connection in connections.items():
                    with clock(times[peer]):
                        copy(connection, f"COPY t TO STDOUT {options}", Sink())
            report(result, f"out, {name}", times)
        for connection in connections.values():
            connection.close()
        result.notes.append(f"Median of {ROUNDS} rounds in turns, each into a fresh table, committed; sums compared; peer: {postgres.version()}, default settings.")
        result.notes.append("The client is psycopg2's copy_expert with pieces of 64 KiB; the data are what PostgreSQL wrote.")
    return result


def report(result, what, times):
    ours, theirs = median(times["ours"]), median(times["postgres"])
    result.row(what, ms(ours, 0), ms(theirs, 0), ratio(ours, theirs), f"{ROWS / ours:,.0f}")
    result.promise(f"{what}: faster than PostgreSQL", ratio(ours, theirs), ours < theirs)
