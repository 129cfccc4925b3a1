"""What the first write costs: in a branch (it copies the table) and in main after a fork (it preserves it).

The peer is building the same table once more through the same server: CREATE TABLE with its constraints, INSERT …
SELECT, and its indexes, in one transaction.
"""

from common import Result, Server, clock, execute, median, ms, ratio

ROWS = 1_000_000
ROUNDS = 7

# name: (columns, indexes)
SHAPES = {
    "no key": ("id BIGINT, name VARCHAR, amount DOUBLE, seen TIMESTAMP", []),
    "primary key": ("id BIGINT PRIMARY KEY, name VARCHAR, amount DOUBLE, seen TIMESTAMP", []),
    "primary key, checks, 2 indexes": (
        "id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, amount DOUBLE CHECK (amount >= 0), seen TIMESTAMP DEFAULT now()",
        ["name", "seen"],
    ),
}
SOURCE = f"SELECT i, 'name-' || i, i * 0.37, TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND FROM range({ROWS}) r(i)"


def build(connection, name, columns, indexes, source):
    execute(connection, "BEGIN")
    execute(connection, f"CREATE TABLE {name} ({columns})")
    execute(connection, f"INSERT INTO {name} {source}")
    for column in indexes:
        execute(connection, f"CREATE INDEX {name}_{column} ON {name} ({column})")
    execute(connection, "COMMIT")


def measure(server, columns, indexes):
    main = server.connect()
    build(main, "t", columns, indexes, SOURCE)
    execute(main, "FORCE CHECKPOINT")  # waits for the audit writer
    built, branch_first, main_first, second = [], [], [], []
    for number in range(ROUNDS):
        with clock(built):
            build(main, "copy", columns, indexes, "SELECT * FROM t")
        execute(main, "DROP TABLE copy")

        execute(main, f"SELECT branch_create('b{number}')")
        branch = server.connect(f"hatidata/b{number}")
        with clock(branch_first):
            execute(branch, "UPDATE t SET amount = amount + 1 WHERE id = 42")
        with clock(second):
            execute(branch, "UPDATE t SET amount = amount + 1 WHERE id = 43")
        branch.close()
        execute(main, f"SELECT branch_discard('b{number}')")

        execute(main, f"SELECT branch_create('m{number}')")
        with clock(main_first):
            execute(main, "UPDATE t SET amount = amount + 1 WHERE id = 42")
        execute(main, f"SELECT branch_discard('m{number}')")
    main.close()
    return built, branch_first, main_first, second


def run():
    result = Result(
        f"First write, table of {ROWS // 1_000_000} M rows × 4 columns",
        ["table", "build it again", "branch's first write", "ratio", "main's first write after a fork", "ratio", "second write"],
    )
    worst = 0
    for name, (columns, indexes) in SHAPES.items():
        with Server() as server:
            built, branch_first, main_first, second = map(median, measure(server, columns, indexes))
        worst = max(worst, branch_first / built, main_first / built)
        result.row(
            name, ms(built, 0), ms(branch_first, 0), ratio(branch_first, built), ms(main_first, 0), ratio(main_first, built), ms(second)
        )
    result.promise("at most 1.2 × building the same table", f"{worst:.2f} ×", worst <= 1.2)
    result.notes.append(f"The write is a one-row UPDATE, median of {ROUNDS} rounds; build, branch and main take turns, each round with new branches.")
    return result
