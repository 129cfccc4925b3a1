"""Merging 1,000 changed rows into a keyed table of 1 M rows."""

from common import Result, Server, clock, execute, median, ms, ratio

ROWS = 1_000_000
ROUNDS = 5
SOURCE = f"SELECT i, 'name-' || i, i * 0.37, i % 97 FROM range({ROWS}) r(i)"


def change(connection, offset):
    """900 updates, 50 deletes, 50 inserts; every round touches other rows."""
    low = offset * 1_000
    execute(connection, f"UPDATE t SET amount = amount + 1 WHERE id >= {low} AND id < {low + 900}")
    execute(connection, f"DELETE FROM t WHERE id >= {low + 900} AND id < {low + 950}")
    execute(connection, f"INSERT INTO t SELECT {ROWS + low} + i, 'new', i, 0 FROM range(50) r(i)")


def measure(server, main_changes):
    main = server.connect()
    execute(main, "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR, amount DOUBLE, class BIGINT)")
    execute(main, f"INSERT INTO t {SOURCE}")
    execute(main, "FORCE CHECKPOINT")  # waits for the audit writer
    merges, direct = [], []
    for number in range(ROUNDS):
        execute(main, f"SELECT branch_create('b{number}')")
        branch = server.connect(f"hatidata/b{number}")
        change(branch, 3 * number)
        branch.close()
        if main_changes:
            change(main, 3 * number + 1)
        with clock(merges):
            execute(main, f"SELECT * FROM branch_merge('b{number}')")
        counts = execute(main, f"SELECT count(*) FILTER (WHERE id >= {ROWS + 3000 * number} AND id < {ROWS + 3000 * number + 50}), count(*) FROM t")
        assert counts[0] == (50, ROWS), f"the merge left {counts[0]}"
        with clock(direct):
            execute(main, "BEGIN")
            change(main, 3 * number + 2)
            execute(main, "COMMIT")
    main.close()
    return median(merges), median(direct)


def run():
    result = Result(
        "Merging 1,000 changed rows into 1 M keyed rows",
        ["main since the fork", "branch_merge", "the same changes made directly in main", "ratio"],
    )
    worst = 0
    for name, main_changes in (("unchanged", False), ("changed 1,000 other rows", True)):
        with Server() as server:
            merge, direct = measure(server, main_changes)
        worst = max(worst, merge)
        result.row(name, ms(merge, 0), ms(direct, 0), ratio(merge, direct))
    result.promise("at most 2 s", f"{worst:.2f} s", worst <= 2)
    result.notes.append(f"900 updates, 50 deletes, 50 inserts; median of {ROUNDS} rounds, each on other rows; row counts are checked after every merge.")
    return result
