"""Row identity: "primary key; a UNIQUE NOT NULL constraint; a key declared with branch_key; the
first column that is unique and not null in base, main and branch alike (inferred); else none"."""

from world import bag, failing


def both_change(world, ddl, start, main, branch):
    """A table whose rows both sides change; the conflicts a manual merge stores, and its keys."""
    world.run(ddl, f"INSERT INTO t VALUES {start}")
    name = world.fork(None, *branch)
    world.run(*main)
    answer = world.merge(name, "manual")
    return name, answer, world.conflicts(name) if answer["status"] == "conflicts" else []


def test_a_primary_key_identifies_rows(world):
    _, answer, found = both_change(
        world,
        "CREATE TABLE t (a INTEGER, id INTEGER PRIMARY KEY, v VARCHAR)",
        "(1, 10, 'x'), (2, 20, 'y')",
        ["UPDATE t SET v = 'main' WHERE id = 20"],
        ["UPDATE t SET v = 'branch' WHERE id = 20"],
    )
    assert [c["key"] for c in found] == [{"id": 20}]
    assert "id" in answer["keys_used"] and "inferred" not in answer["keys_used"]


def test_a_primary_key_of_two_columns_identifies_rows(world):
    _, answer, found = both_change(
        world,
        "CREATE TABLE t (a INTEGER, b VARCHAR, v VARCHAR, PRIMARY KEY (a, b))",
        "(1, 'p', 'x'), (1, 'q', 'y')",
        ["UPDATE t SET v = 'main' WHERE b = 'q'"],
        ["UPDATE t SET v = 'branch' WHERE b = 'q'", "UPDATE t SET v = 'z' WHERE b = 'p'"],
    )
    assert [c["key"] for c in found] == [{"a": 1, "b": "q"}]
    assert "a" in answer["keys_used"] and "b" in answer["keys_used"]


def test_a_unique_not_null_column_identifies_rows(world):
    _, answer, found = both_change(
        world,
        "CREATE TABLE t (a INTEGER, u INTEGER NOT NULL UNIQUE, v VARCHAR)",
        "(1, 10, 'x'), (2, 20, 'y')",
        ["UPDATE t SET v = 'main' WHERE u = 20"],
        ["UPDATE t SET v = 'branch' WHERE u = 20"],
    )
    assert [c["key"] for c in found] == [{"u": 20}]
    assert "u" in answer["keys_used"] and "inferred" not in answer["keys_used"]


def test_a_unique_column_that_may_be_null_does_not_count_as_a_constraint(world):
    _, answer, found = both_change(
        world,
        "CREATE TABLE t (a INTEGER, u INTEGER UNIQUE, v VARCHAR)",
        "(1, NULL, 'x'), (2, 20, 'y')",
        ["UPDATE t SET v = 'main' WHERE a = 2"],
        ["UPDATE t SET v = 'branch' WHERE a = 2"],
    )
    assert [c["key"] for c in found] == [{"a": 2}]
    assert "inferred" in answer["keys_used"]


def test_a_primary_key_goes_before_a_unique_not_null_column(world):
    _, _, found = both_change(
        world,
        "CREATE TABLE t (u INTEGER NOT NULL UNIQUE, id INTEGER PRIMARY KEY, v VARCHAR)",
        "(1, 10, 'x')",
        ["UPDATE t SET v = 'main'"],
        ["UPDATE t SET v = 'branch'"],
    )
    assert [c["key"] for c in found] == [{"id": 10}]


def test_a_declared_key_identifies_rows(world):
    world.run(
        "CREATE TABLE t (a INTEGER, b INTEGER, v VARCHAR, w VARCHAR)",
        "INSERT INTO t VALUES (1, 1, 'x', 'x'), (1, 2, 'x', 'x'), (2, 1, 'x', 'x')",
        "SELECT branch_key('t', 'a', 'b')",
    )
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE a = 1 AND b = 2")
    world.run("UPDATE t SET w = 'main' WHERE a = 1 AND b = 2")
    answer = world.merge(branch, "abort")
    assert answer["status"] == "merged" and answer["conflicts"] == 0
    assert "a" in answer["keys_used"] and "b" in answer["keys_used"]
    assert bag(world.main) == [(1, 1, "x", "x"), (1, 2, "branch", "main"), (2, 1, "x", "x")]


def test_a_declared_key_goes_before_an_inferred_one(world):
    world.run(
        "CREATE TABLE t (a INTEGER, b INTEGER, v VARCHAR)",
        "INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y')",
        "SELECT branch_key('t', 'b')",
    )
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE a = 1")
    world.run("UPDATE t SET v = 'main' WHERE a = 1")
    answer = world.merge(branch, "manual")
    assert [c["key"] for c in world.conflicts(branch)] == [{"b": 10}]
    assert "b" in answer["keys_used"] and "inferred" not in answer["keys_used"]


def test_a_declared_key_goes_with_its_table(world):
    world.run("CREATE TABLE t (a INTEGER, b INTEGER, v VARCHAR)", "SELECT branch_key('t', 'b')", "DROP TABLE t")
    _, answer, _ = both_change(
        world,
        "CREATE TABLE t (a INTEGER, b INTEGER, v VARCHAR)",
        "(1, 5, 'x'), (2, 5, 'y')",
        ["UPDATE t SET v = 'main' WHERE a = 1"],
        ["UPDATE t SET v = 'branch' WHERE a = 2"],
    )
    assert answer["conflicts"] == 0
    assert "inferred" in answer["keys_used"]


def test_a_declared_key_names_columns_of_a_table(world):
    world.run("CREATE TABLE t (a INTEGER)")
    with failing("42P01"):
        world.run("SELECT branch_key('nothing', 'a')")
    with failing("42703"):
        world.run("SELECT branch_key('t', 'nothing')")


def test_the_first_column_unique_on_all_sides_is_inferred_and_named(world):
    _, answer, found = both_change(
        world,
        "CREATE TABLE t (a INTEGER, b VARCHAR, c VARCHAR)",
        "(1, 'p', 'x'), (1, 'q', 'y')",
        ["UPDATE t SET c = 'main' WHERE b = 'q'"],
        ["UPDATE t SET c = 'branch' WHERE b = 'q'"],
    )
    assert [c["key"] for c in found] == [{"b": "q"}]
    assert "inferred" in answer["keys_used"] and "b" in answer["keys_used"]


def test_a_column_that_main_or_the_branch_made_ambiguous_is_not_inferred(world):
    for side in ("main", "branch"):
        writes = {"main": ["UPDATE t SET c = 'm' WHERE b = 'q'"], "branch": []}
        writes["branch"] = ["UPDATE t SET c = 'r' WHERE b = 'q'"]
        writes[side].append("INSERT INTO t VALUES (1, 'new', 'n')")
        _, _, found = both_change(
            world,
            "CREATE OR REPLACE TABLE t (a INTEGER, b VARCHAR, c VARCHAR)",
            "(1, 'p', 'x'), (2, 'q', 'y')",
            writes["main"],
            writes["branch"],
        )
        assert [c["key"] for c in found] == [{"b": "q"}], side


def test_a_column_with_a_null_is_not_inferred(world):
    _, _, found = both_change(
        world,
        "CREATE TABLE t (a INTEGER, b VARCHAR, c VARCHAR)",
        "(NULL, 'p', 'x'), (2, 'q', 'y')",
        ["UPDATE t SET c = 'main' WHERE b = 'q'"],
        ["UPDATE t SET c = 'branch' WHERE b = 'q'"],
    )
    assert [c["key"] for c in found] == [{"b": "q"}]


def test_floating_point_and_nested_columns_are_never_inferred(world):
    _, _, found = both_change(
        world,
        "CREATE TABLE t (d DOUBLE, f FLOAT, j JSON, l INTEGER[], s STRUCT(x INTEGER), b VARCHAR, c VARCHAR)",
        "(1, 1, '1', [1], {'x': 1}, 'p', 'x'), (2, 2, '2', [2], {'x': 2}, 'q', 'y')",
        ["UPDATE t SET c = 'main' WHERE b = 'q'"],
        ["UPDATE t SET c = 'branch' WHERE b = 'q'"],
    )
    assert [c["key"] for c in found] == [{"b": "q"}]


def test_without_any_identity_the_conflict_is_one_of_the_table(world):
    name, answer, found = both_change(
        world,
        "CREATE TABLE t (d DOUBLE, c VARCHAR)",
        "(1, 'x'), (2, 'x')",
        ["UPDATE t SET c = 'main' WHERE d = 2"],
        ["UPDATE t SET c = 'branch' WHERE d = 2", "INSERT INTO t VALUES (3, 'x')"],
    )
    assert [(c["table_name"], c["key"]) for c in found] == [("t", None)]
    assert answer["conflicts"] == 1
    with failing("40001", says=["branch_key"]):  # "the hint says to declare a key"
        world.merge(name, "abort")


def test_the_diff_names_the_key_it_used(world):
    world.run(
        "CREATE TABLE keyed (id INTEGER PRIMARY KEY, v VARCHAR)",
        "CREATE TABLE guessed (a INTEGER, v VARCHAR)",
        "INSERT INTO keyed VALUES (1, 'x')",
        "INSERT INTO guessed VALUES (1, 'x'), (2, 'x')",
    )
    branch = world.fork(None, "UPDATE keyed SET v = 'y'", "UPDATE guessed SET v = 'y' WHERE a = 1")
    keys = {r["table_name"]: r["key_used"] for r in world.table(f"SELECT * FROM branch_diff('{branch}')")}
    assert "id" in keys["keyed"] and "inferred" not in keys["keyed"]
    assert "a" in keys["guessed"] and "inferred" in keys["guessed"]
