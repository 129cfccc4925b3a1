"""How long branch_create takes, and that it does not depend on what the database holds."""

from common import Result, Server, clock, execute, median, ms, p99, ratio

ROUNDS = 100
LIVE = 1000


def tables(connection, count):
    execute(connection, "BEGIN")
    for number in range(count):
        execute(connection, f"CREATE TABLE t{number} (id BIGINT PRIMARY KEY, v VARCHAR)")
        execute(connection, f"INSERT INTO t{number} VALUES (1, 'one')")
    execute(connection, "COMMIT")


def rows(connection, count):
    execute(connection, f"CREATE TABLE t0 AS SELECT i AS id, i % 97 AS v FROM range({count}) r(i)")


# what the database holds, and how it gets there
CASES = {
    "1 table": (tables, 1),
    "1,000 tables": (tables, 1000),
    "1 M rows": (rows, 1_000_000),
    "10 M rows": (rows, 10_000_000),
}


def measure(connection):
    """Times of branch creation and, in turns, of the smallest durable write on the same connection."""
    creations, inserts = [], []
    execute(connection, "CREATE TABLE IF NOT EXISTS ticks (n BIGINT)")
    for number in range(ROUNDS + 10):
        with clock(creations):
            execute(connection, f"SELECT branch_create('b{number}')")
        execute(connection, f"SELECT branch_discard('b{number}')")
        with clock(inserts):
            execute(connection, f"INSERT INTO ticks VALUES ({number})")
    return creations[10:], inserts[10:]


def run():
    result = Result(
        "Creating a branch",
        ["database holds", "branch_create p50", "p99", "one-row INSERT p50", "create / insert", "create / first case"],
    )
    first, slowest = None, 0
    for name, (fill, size) in CASES.items():
        with Server() as server:
            connection = server.connect()
            fill(connection, size)
            creations, inserts = measure(connection)
            connection.close()
        middle, insert = median(creations), median(inserts)
        first, slowest = first or middle, max(slowest, middle)
        result.row(name, ms(middle), ms(p99(creations)), ms(insert), ratio(middle, insert), ratio(middle, first))

    with Server() as server:
        connection = server.connect()
        tables(connection, 10)
        creations, inserts = [], []
        for number in range(LIVE):
            with clock(creations):
                execute(connection, f"SELECT branch_create('live{number}')")
            if number < ROUNDS or number >= LIVE - ROUNDS:
                with clock(inserts):
                    execute(connection, "INSERT INTO t0 VALUES (2, 'two')")
                execute(connection, "DELETE FROM t0 WHERE id = 2")
        connection.close()
    for name, part, writes in (
        (f"live branches 1 to {ROUNDS}", creations[:ROUNDS], inserts[:ROUNDS]),
        (f"live branches {LIVE - ROUNDS} to {LIVE}", creations[-ROUNDS:], inserts[-ROUNDS:]),
    ):
        middle, insert = median(part), median(writes)
        slowest = max(slowest, middle)
        result.row(name, ms(middle), ms(p99(part)), ms(insert), ratio(middle, insert), ratio(middle, first))

    early, late = median(creations[:ROUNDS]), median(creations[-ROUNDS:])
    result.promise("p50 below 5 ms in every case", ms(slowest), slowest < 0.005)
    result.promise("flat: slowest case within 1.5 × of one table", ratio(slowest, first), slowest / first < 1.5)
    result.promise("flat up to 1,000 live branches", ratio(late, early), late / early < 1.5)
    result.notes.append(f"psycopg2, one connection, {ROUNDS} creations per case; the peer is an autocommitted one-row INSERT in turns with them.")
    result.notes.append("In the last two rows every INSERT is also main's first write after a fork (a ten-table database).")
    return result
