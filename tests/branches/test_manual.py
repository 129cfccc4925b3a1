"""Manual merges: "conflicts stored; branch_conflicts shows base, main, branch values;
branch_resolve(branch, table, key, 'branch'|'main'|values); merge again completes"."""

import json

import pytest
from world import bag, failing


@pytest.fixture
def stopped(world):
    """A branch whose manual merge met three conflicts; `world.stopped` is its name."""
    world.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR, n INTEGER)",
        "INSERT INTO t VALUES (1, 'one', 10), (2, 'two', 20), (3, 'three', 30)",
        "CREATE TABLE quiet (k INTEGER)",
    )
    world.stopped = world.fork(
        None,
        "UPDATE t SET a = 'branch' WHERE id IN (1, 2)",
        "INSERT INTO t VALUES (4, 'branch', 40), (5, 'only', 50)",
        "INSERT INTO quiet VALUES (1)",
    )
    world.run(
        "UPDATE t SET a = 'main' WHERE id = 1",
        "DELETE FROM t WHERE id = 2",
        "INSERT INTO t VALUES (4, 'main', 40)",
    )
    assert world.merge(world.stopped, "manual")["conflicts"] == 3
    return world


def by_id(found):
    return {conflict["key"]["id"]: conflict for conflict in found}


def test_conflicts_show_the_three_values_of_a_row(stopped):
    found = by_id(stopped.conflicts(stopped.stopped))
    assert sorted(found) == [1, 2, 4]
    assert list(found[1]) == ["table_name", "key", "kind", "base", "main", "branch", "resolution"]
    assert {conflict["table_name"] for conflict in found.values()} == {"t"}
    assert found[1]["base"] == {"id": 1, "a": "one", "n": 10}
    assert found[1]["main"] == {"id": 1, "a": "main", "n": 10}
    assert found[1]["branch"] == {"id": 1, "a": "branch", "n": 10}
    assert found[2]["main"] is None and found[2]["branch"]["a"] == "branch"
    assert found[4]["base"] is None
    assert (found[4]["main"]["a"], found[4]["branch"]["a"]) == ("main", "branch")
    assert all(conflict["kind"] for conflict in found.values())
    assert len({conflict["kind"] for conflict in found.values()}) == 3


def test_nothing_is_merged_before_all_conflicts_are_resolved(stopped):
    found = by_id(stopped.conflicts(stopped.stopped))
    stopped.resolve(stopped.stopped, found[1], "main")
    answer = stopped.merge(stopped.stopped, "manual")
    assert answer["status"] == "conflicts" and answer["conflicts"] == 2
    assert stopped.run("SELECT count(*) FROM quiet") == [(0,)]
    assert bag(stopped.main) == [(1, "main", 10), (3, "three", 30), (4, "main", 40)]
    assert stopped.branches() == [stopped.stopped]


def test_each_conflict_is_resolved_by_itself(stopped):
    found = by_id(stopped.conflicts(stopped.stopped))
    for number, choice in ((1, "branch"), (2, "main"), (4, "branch")):
        stopped.resolve(stopped.stopped, found[number], choice)
    assert {n: c["resolution"] for n, c in by_id(stopped.conflicts(stopped.stopped)).items()} == {
        1: "branch", 2: "main", 4: "branch",
    }  # fmt: skip
    assert stopped.merge(stopped.stopped, "manual")["status"] == "merged"
    assert bag(stopped.main) == [
        (1, "branch", 10), (3, "three", 30), (4, "branch", 40), (5, "only", 50),
    ]  # fmt: skip
    assert stopped.run("SELECT * FROM quiet") == [(1,)]


def test_a_conflict_is_resolved_with_values(stopped):
    found = by_id(stopped.conflicts(stopped.stopped))
    stopped.resolve(stopped.stopped, found[1], json.dumps({"a": "agreed", "n": 11}))
    stopped.resolve(stopped.stopped, found[2], "main")
    stopped.resolve(stopped.stopped, found[4], json.dumps({"id": 4, "a": None, "n": 44}))
    assert stopped.merge(stopped.stopped, "manual")["status"] == "merged"
    assert bag(stopped.main) == [
        (1, "agreed", 11), (3, "three", 30), (4, None, 44), (5, "only", 50),
    ]  # fmt: skip


def test_a_resolution_can_be_changed(stopped):
    found = by_id(stopped.conflicts(stopped.stopped))
    for number in (1, 2, 4):
        stopped.resolve(stopped.stopped, found[number], "branch")
    stopped.resolve(stopped.stopped, found[1], "main")
    assert stopped.merge(stopped.stopped, "manual")["status"] == "merged"
    assert (1, "main", 10) in bag(stopped.main)


def test_resolve_takes_named_arguments(stopped):
    stopped.run(
        f"SELECT branch_resolve(branch => '{stopped.stopped}', \"table\" => 't', "
        "key => '{\"id\": 1}', resolution => 'main')"
    )
    assert by_id(stopped.conflicts(stopped.stopped))[1]["resolution"] == "main"


def test_another_strategy_may_end_a_stopped_merge(stopped):
    assert stopped.merge(stopped.stopped, "main_wins")["status"] == "merged"
    assert bag(stopped.main) == [
        (1, "main", 10), (3, "three", 30), (4, "main", 40), (5, "only", 50),
    ]  # fmt: skip


def test_stored_conflicts_survive_a_restart(stopped):
    found = by_id(stopped.conflicts(stopped.stopped))
    for number in (1, 2, 4):
        stopped.resolve(stopped.stopped, found[number], "branch")
    stopped.server.restart()
    stopped.main = stopped.connect()
    assert {c["resolution"] for c in stopped.conflicts(stopped.stopped)} == {"branch"}
    assert stopped.merge(stopped.stopped, "manual")["status"] == "merged"
    assert (2, "branch", 20) in bag(stopped.main)


def test_a_conflict_that_arises_after_resolving_is_not_decided_unasked(stopped):
    for conflict in stopped.conflicts(stopped.stopped):
        stopped.resolve(stopped.stopped, conflict, "branch")
    stopped.run("INSERT INTO t VALUES (5, 'main', 55)")
    answer = stopped.merge(stopped.stopped, "manual")
    assert answer["status"] == "conflicts"
    assert {c["key"]["id"] for c in stopped.conflicts(stopped.stopped) if c["resolution"] is None} == {5}
    assert (5, "main", 55) in bag(stopped.main)


def test_a_branch_without_conflicts_has_none_to_show(world):
    world.run("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    branch = world.fork(None, "INSERT INTO t VALUES (1)")
    assert world.conflicts(branch) == []
    assert world.merge(branch, "manual")["status"] == "merged"


def test_what_is_not_in_conflict_cannot_be_resolved(stopped):
    for table, key in (("t", '{"id": 3}'), ("t", '{"id": 99}'), ("nothing", '{"id": 1}')):
        with failing("42704", "42P01", "22023"):
            stopped.run(f"SELECT branch_resolve('{stopped.stopped}', '{table}', '{key}', 'main')")
    with failing("22023", "22P02"):
        stopped.run(f"SELECT branch_resolve('{stopped.stopped}', 't', '{{\"id\": 1}}', 'nonsense')")
