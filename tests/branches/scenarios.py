"""The merge table of BRANCHES.md as data: for each row of it, what both sides do and what comes out.

`expected` is what main shows afterwards: {table: rows, None if it must not exist}. Where the two
sides conflict there are two outcomes, one for each winner, and `conflicts` counts the conflicts.
"""

from dataclasses import dataclass, field

KEYED = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR, b VARCHAR)",
    "INSERT INTO t VALUES (1, 'a1', 'b1'), (2, 'a2', 'b2'), (3, 'a3', 'b3')",
]
ROWS = [(1, "a1", "b1"), (2, "a2", "b2"), (3, "a3", "b3")]

# No column of it is unique: rows can only be told apart by their content.
KEYLESS = [
    "CREATE TABLE t (k INTEGER, v VARCHAR)",
    "INSERT INTO t VALUES (1, 'x'), (1, 'y'), (2, 'y'), (2, 'y')",
]
BAG = [(1, "x"), (1, "y"), (2, "y"), (2, "y")]


@dataclass
class Scenario:
    name: str
    start: list
    main: list
    branch: list
    expected: dict = None  # if nothing conflicts
    branch_wins: dict = None
    main_wins: dict = None
    conflicts: int = 0
    ordered: bool = False  # the order of rows is promised too
    columns: dict = field(default_factory=dict)  # columns of tables of main afterwards

    def outcome(self, side):
        return self.expected or (self.branch_wins if side == "branch" else self.main_wins)


def keyed(name, main, branch, rows=None, **rest):
    if rows is not None:
        rest["expected"] = {"t": rows}
    return Scenario(name, KEYED, main, branch, **rest)


def keyless(name, main, branch, rows=None, **rest):
    if rows is not None:
        rest["expected"] = {"t": rows}
    return Scenario(name, KEYLESS, main, branch, **rest)


def t(*rows):
    return {"t": list(rows)}


SCENARIOS = [
    # -- main unchanged: main takes the branch's rows in the branch's order
    keyed(
        "main unchanged",
        [],
        ["UPDATE t SET a = 'x' WHERE id = 1", "DELETE FROM t WHERE id = 2", "INSERT INTO t VALUES (0, 'n', 'n')"],
        [(1, "x", "b1"), (3, "a3", "b3"), (0, "n", "n")],
        ordered=True,
    ),
    keyless(
        "main unchanged, no identity",
        [],
        ["UPDATE t SET v = 'z' WHERE v = 'x'", "DELETE FROM t WHERE k = 1 AND v = 'y'", "INSERT INTO t VALUES (0, 'n')"],
        [(1, "z"), (2, "y"), (2, "y"), (0, "n")],
        ordered=True,
    ),
    keyless("main unchanged, branch emptied it", [], ["TRUNCATE t"], []),
    keyless(
        "main unchanged, branch made it anew",
        [],
        ["DROP TABLE t", "CREATE TABLE t (z DATE, y INTEGER)", "INSERT INTO t (y) VALUES (5)"],
        [(None, 5)],
        columns={"t": ["z", "y"]},
    ),
    keyless(
        "main unchanged, branch changed the schema",
        [],
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "ALTER TABLE t RENAME COLUMN v TO w", "UPDATE t SET n = 8 WHERE w = 'x'"],
        [(1, "x", 8), (1, "y", 7), (2, "y", 7), (2, "y", 7)],
        columns={"t": ["k", "w", "n"]},
    ),
    # -- the branch unchanged after all: main stays
    keyed(
        "branch wrote nothing different",
        ["UPDATE t SET a = 'main' WHERE id = 1", "DELETE FROM t WHERE id = 3"],
        ["UPDATE t SET a = a", "INSERT INTO t VALUES (9, 'n', 'n')", "DELETE FROM t WHERE id = 9"],
        [(1, "main", "b1"), (2, "a2", "b2")],
    ),
    keyless(
        "branch wrote nothing different, main added a column",
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7"],
        ["UPDATE t SET v = v", "DELETE FROM t WHERE k > 100"],
        [(*row, 7) for row in BAG],
        columns={"t": ["k", "v", "n"]},
    ),
    Scenario("branch wrote nothing at all", KEYED, ["DELETE FROM t WHERE id = 1"], [], t(*ROWS[1:])),
    # -- per row, identity known
    keyed(
        "different rows changed",
        ["UPDATE t SET a = 'main' WHERE id = 1", "INSERT INTO t VALUES (4, 'm', 'm')"],
        ["UPDATE t SET a = 'branch' WHERE id = 2", "INSERT INTO t VALUES (5, 'r', 'r')", "DELETE FROM t WHERE id = 3"],
        [(1, "main", "b1"), (2, "branch", "b2"), (4, "m", "m"), (5, "r", "r")],
    ),
    keyed(
        "different columns of a row changed",
        ["UPDATE t SET a = 'main' WHERE id = 1"],
        ["UPDATE t SET b = 'branch' WHERE id = 1"],
        [(1, "main", "branch"), *ROWS[1:]],
    ),
    keyed(
        "equal change on both",
        ["UPDATE t SET a = 'same' WHERE id = 1", "UPDATE t SET b = 'main' WHERE id = 2"],
        ["UPDATE t SET a = 'same' WHERE id = 1"],
        [(1, "same", "b1"), (2, "a2", "main"), ROWS[2]],
    ),
    keyed(
        "deleted on both",
        ["DELETE FROM t WHERE id = 1"],
        ["DELETE FROM t WHERE id IN (1, 2)"],
        [ROWS[2]],
    ),
    keyed(
        "equal row inserted on both",
        ["INSERT INTO t VALUES (4, 'n', 'n'), (5, 'm', 'm')"],
        ["INSERT INTO t VALUES (4, 'n', 'n')"],
        [*ROWS, (4, "n", "n"), (5, "m", "m")],
    ),
    keyed(
        "set to NULL on one side and elsewhere changed on the other",
        ["UPDATE t SET a = NULL WHERE id = 1"],
        ["UPDATE t SET b = NULL WHERE id = 1"],
        [(1, None, None), *ROWS[1:]],
    ),
    keyed(
        "a deleted row's key given to another row",
        ["UPDATE t SET a = 'main' WHERE id = 1"],
        ["DELETE FROM t WHERE id = 3", "UPDATE t SET id = 3 WHERE id = 2"],
        [(1, "main", "b1"), (3, "a2", "b2")],
    ),
    keyed(
        "same column changed differently",
        ["UPDATE t SET a = 'main', b = 'main' WHERE id = 1", "UPDATE t SET a = 'main' WHERE id = 3"],
        ["UPDATE t SET a = 'branch' WHERE id = 1", "UPDATE t SET a = 'branch' WHERE id = 2"],
        branch_wins=t((1, "branch", "main"), (2, "branch", "b2"), (3, "main", "b3")),
        main_wins=t((1, "main", "main"), (2, "branch", "b2"), (3, "main", "b3")),
        conflicts=1,
    ),
    keyed(
        "set to NULL and to a value",
        ["UPDATE t SET a = NULL WHERE id = 1"],
        ["UPDATE t SET a = 'branch' WHERE id = 1"],
        branch_wins=t((1, "branch", "b1"), *ROWS[1:]),
        main_wins=t((1, None, "b1"), *ROWS[1:]),
        conflicts=1,
    ),
    keyed(
        "deleted in main, changed in the branch",
        ["DELETE FROM t WHERE id = 1"],
        ["UPDATE t SET a = 'branch' WHERE id = 1"],
        branch_wins=t((1, "branch", "b1"), *ROWS[1:]),
        main_wins=t(*ROWS[1:]),
        conflicts=1,
    ),
    keyed(
        "changed in main, deleted in the branch",
        ["UPDATE t SET a = 'main' WHERE id = 1"],
        ["DELETE FROM t WHERE id = 1", "DELETE FROM t WHERE id = 2"],
        branch_wins=t(ROWS[2]),
        main_wins=t((1, "main", "b1"), ROWS[2]),
        conflicts=1,
    ),
    keyed(
        "different rows inserted with one key",
        ["INSERT INTO t VALUES (4, 'main', 'same')"],
        ["INSERT INTO t VALUES (4, 'branch', 'same'), (5, 'n', 'n')"],
        branch_wins=t(*ROWS, (4, "branch", "same"), (5, "n", "n")),
        main_wins=t(*ROWS, (4, "main", "same"), (5, "n", "n")),
        conflicts=1,
    ),
    keyed(
        "three conflicts of three kinds",
        ["UPDATE t SET a = 'main' WHERE id = 1", "DELETE FROM t WHERE id = 2", "INSERT INTO t VALUES (4, 'm', 'm')"],
        ["UPDATE t SET a = 'branch' WHERE id IN (1, 2)", "INSERT INTO t VALUES (4, 'r', 'r')"],
        branch_wins=t((1, "branch", "b1"), (2, "branch", "b2"), ROWS[2], (4, "r", "r")),
        main_wins=t((1, "main", "b1"), ROWS[2], (4, "m", "m")),
        conflicts=3,
    ),
    # -- no identity: multisets
    keyless(
        "both inserted, no identity",
        ["INSERT INTO t VALUES (3, 'main'), (2, 'y')"],
        ["INSERT INTO t VALUES (3, 'branch'), (2, 'y')"],
        [*BAG, (2, "y"), (2, "y"), (3, "branch"), (3, "main")],
    ),
    keyless(
        "different rows removed and added, no identity",
        ["DELETE FROM t WHERE v = 'x'", "INSERT INTO t VALUES (2, 'y')"],
        ["DELETE FROM t WHERE k = 1 AND v = 'y'", "INSERT INTO t VALUES (1, 'x')"],
        [(1, "x"), (2, "y"), (2, "y"), (2, "y")],
    ),
    keyless(
        "both removed an equal row, no identity",
        ["DELETE FROM t WHERE v = 'x'", "INSERT INTO t VALUES (8, 'main'), (8, 'main')"],
        ["DELETE FROM t WHERE k = 1", "INSERT INTO t VALUES (9, 'branch'), (9, 'branch')"],
        branch_wins=t((2, "y"), (2, "y"), (9, "branch"), (9, "branch")),
        main_wins=t((1, "y"), (2, "y"), (2, "y"), (8, "main"), (8, "main")),
        conflicts=1,
    ),
    keyless(
        "both changed one of two equal rows, no identity",
        ["UPDATE t SET v = 'main' WHERE k = 2"],
        ["UPDATE t SET v = 'branch' WHERE k = 2"],
        branch_wins=t((1, "x"), (1, "y"), (2, "branch"), (2, "branch")),
        main_wins=t((1, "x"), (1, "y"), (2, "main"), (2, "main")),
        conflicts=1,
    ),
    # -- dropped in main
    keyed("dropped in main, unchanged in the branch", ["DROP TABLE t"], ["UPDATE t SET a = a"], None, expected={"t": None}),
    keyed(
        "dropped in main, changed in the branch",
        ["DROP TABLE t"],
        ["UPDATE t SET a = 'branch' WHERE id = 1"],
        branch_wins=t((1, "branch", "b1"), *ROWS[1:]),
        main_wins={"t": None},
        conflicts=1,
    ),
    keyed("dropped on both", ["DROP TABLE t"], ["DROP TABLE t"], expected={"t": None}),
    keyed(
        "renamed in main, changed in the branch",
        ["ALTER TABLE t RENAME TO t2"],
        ["UPDATE t SET a = 'branch' WHERE id = 1"],
        branch_wins={"t": [(1, "branch", "b1"), *ROWS[1:]], "t2": ROWS},
        main_wins={"t": None, "t2": ROWS},
        conflicts=1,
    ),
    # -- created
    Scenario(
        "created in the branch",
        [],
        ["CREATE TABLE unrelated (k INTEGER)"],
        ["CREATE TABLE n (k INTEGER, v VARCHAR)", "INSERT INTO n VALUES (2, 'b'), (1, 'a')"],
        {"n": [(2, "b"), (1, "a")], "unrelated": []},
        ordered=True,
    ),
    Scenario(
        "created alike on both",
        [],
        ["CREATE TABLE n (k INTEGER)", "INSERT INTO n VALUES (1), (2)"],
        ["CREATE TABLE n (k INTEGER)", "INSERT INTO n VALUES (2), (1)"],
        {"n": [(1,), (2,)]},
    ),
    Scenario(
        "created on both with other rows",
        [],
        ["CREATE TABLE n (k INTEGER PRIMARY KEY)", "INSERT INTO n VALUES (1)"],
        ["CREATE TABLE n (k INTEGER PRIMARY KEY)", "INSERT INTO n VALUES (2)"],
        branch_wins={"n": [(2,)]},
        main_wins={"n": [(1,)]},
        conflicts=1,
    ),
    Scenario(
        "created on both with other columns",
        [],
        ["CREATE TABLE n (k INTEGER)"],
        ["CREATE TABLE n (z VARCHAR)"],
        branch_wins={"n": []},
        main_wins={"n": []},
        conflicts=1,
    ),
    # -- dropped in the branch
    keyed("dropped in the branch, unchanged in main", [], ["DROP TABLE t"], expected={"t": None}),
    keyed(
        "dropped in the branch, changed in main",
        ["UPDATE t SET a = 'main' WHERE id = 1"],
        ["DROP TABLE t"],
        branch_wins={"t": None},
        main_wins=t((1, "main", "b1"), *ROWS[1:]),
        conflicts=1,
    ),
    keyed(
        "renamed in the branch, unchanged in main",
        [],
        ["ALTER TABLE t RENAME TO t2", "UPDATE t2 SET a = 'x' WHERE id = 1"],
        expected={"t": None, "t2": [(1, "x", "b1"), *ROWS[1:]]},
    ),
    # -- schema changed on one side, rows on the other
    keyed(
        "main added a column, the branch changed rows",
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "UPDATE t SET n = 8 WHERE id = 1"],
        ["UPDATE t SET a = 'branch' WHERE id = 1", "INSERT INTO t VALUES (4, 'r', 'r')", "DELETE FROM t WHERE id = 3"],
        [(1, "branch", "b1", 8), (2, "a2", "b2", 7), (4, "r", "r", 7)],
        columns={"t": ["id", "a", "b", "n"]},
    ),
    keyed(
        "the branch added a column and filled it, main changed rows",
        ["UPDATE t SET a = 'main' WHERE id = 1", "INSERT INTO t VALUES (4, 'm', 'm')", "DELETE FROM t WHERE id = 3"],
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "UPDATE t SET n = id"],
        columns={"t": ["id", "a", "b", "n"]},
        # 3 was deleted in main and changed in the branch: its new column was filled
        branch_wins=t((1, "main", "b1", 1), (2, "a2", "b2", 2), (3, "a3", "b3", 3), (4, "m", "m", 7)),
        main_wins=t((1, "main", "b1", 1), (2, "a2", "b2", 2), (4, "m", "m", 7)),
        conflicts=1,
    ),
    keyless(
        "main added a column, the branch changed rows, no identity",
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7"],
        ["DELETE FROM t WHERE v = 'x'", "INSERT INTO t VALUES (3, 'r'), (3, 'r')"],
        [(1, "y", 7), (2, "y", 7), (2, "y", 7), (3, "r", 7), (3, "r", 7)],
        columns={"t": ["k", "v", "n"]},
    ),
    keyless(
        "the branch added a column, main changed rows, no identity",
        ["DELETE FROM t WHERE v = 'x'", "INSERT INTO t VALUES (3, 'm'), (3, 'm')"],
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "DELETE FROM t WHERE k = 1 AND v = 'y'"],
        [(2, "y", 7), (2, "y", 7), (3, "m", 7), (3, "m", 7)],
        columns={"t": ["k", "v", "n"]},
    ),
    keyed(
        "main dropped a column that the branch left alone",
        ["ALTER TABLE t DROP COLUMN b"],
        ["UPDATE t SET a = 'branch' WHERE id = 1", "DELETE FROM t WHERE id = 2"],
        [(1, "branch"), (3, "a3")],
        columns={"t": ["id", "a"]},
    ),
    keyed(
        "the branch dropped a column that main left alone",
        ["UPDATE t SET a = 'main' WHERE id = 1", "DELETE FROM t WHERE id = 2"],
        ["ALTER TABLE t DROP COLUMN b"],
        [(1, "main"), (3, "a3")],
        columns={"t": ["id", "a"]},
    ),
    Scenario(
        "main changed a type, the branch changed rows",
        ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, b VARCHAR)", "INSERT INTO t VALUES (1, 1, 'b1'), (2, 2, 'b2')"],
        ["ALTER TABLE t ALTER n TYPE BIGINT", "UPDATE t SET n = 5000000000 WHERE id = 2"],
        ["UPDATE t SET b = 'branch' WHERE id = 1", "UPDATE t SET n = 3 WHERE id = 1"],
        {"t": [(1, 3, "branch"), (2, 5000000000, "b2")]},
    ),
    keyed(
        "main renamed a column, the branch changed another",
        ["ALTER TABLE t RENAME COLUMN a TO z"],
        ["UPDATE t SET b = 'branch' WHERE id = 1"],
        [(1, "a1", "branch"), *ROWS[1:]],
        columns={"t": ["id", "z", "b"]},
    ),
    # -- schema changed on both
    keyed(
        "same column added on both",
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "UPDATE t SET n = 8 WHERE id = 1"],
        ["ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7", "UPDATE t SET n = 9 WHERE id = 2"],
        [(1, "a1", "b1", 8), (2, "a2", "b2", 9), (3, "a3", "b3", 7)],
        columns={"t": ["id", "a", "b", "n"]},
    ),
]

# A conflict whose loser's rows are left open by BRANCHES.md: only the winner's columns are checked.
SCHEMA_CONFLICTS = [
    keyed(
        "different columns added on both",
        ["ALTER TABLE t ADD COLUMN m INTEGER DEFAULT 1"],
        ["ALTER TABLE t ADD COLUMN r INTEGER DEFAULT 2"],
        branch_wins=t(*((*row, 2) for row in ROWS)),
        main_wins=t(*((*row, 1) for row in ROWS)),
        columns={"branch": ["id", "a", "b", "r"], "main": ["id", "a", "b", "m"]},
        conflicts=1,
    ),
    keyed(
        "main dropped a column whose values the branch changed",
        ["ALTER TABLE t DROP COLUMN b"],
        ["UPDATE t SET b = 'branch' WHERE id = 1"],
        branch_wins=t((1, "a1", "branch"), *ROWS[1:]),
        main_wins=t(*(row[:2] for row in ROWS)),
        columns={"branch": ["id", "a", "b"], "main": ["id", "a"]},
        conflicts=1,
    ),
    keyed(
        "the branch dropped a column whose values main changed",
        ["UPDATE t SET b = 'main' WHERE id = 1"],
        ["ALTER TABLE t DROP COLUMN b"],
        branch_wins=t(*(row[:2] for row in ROWS)),
        main_wins=t((1, "a1", "main"), *ROWS[1:]),
        columns={"branch": ["id", "a"], "main": ["id", "a", "b"]},
        conflicts=1,
    ),
]
