"""Every row of the merge table with every strategy: "branch_wins and main_wins decide conflicts;
everything that does not conflict merges from both sides"."""

import pytest
from scenarios import SCENARIOS, SCHEMA_CONFLICTS
from world import STRATEGIES, bag, contents, failing, rows, tables

ALL = SCENARIOS + SCHEMA_CONFLICTS
CONFLICTING = [scenario for scenario in ALL if scenario.conflicts]


def named(scenarios):
    return {"argvalues": scenarios, "ids": [s.name.replace(" ", "_") for s in scenarios]}


def play(world, scenario):
    """Both sides have done their part; the name of the branch."""
    world.run(*scenario.start)
    branch = world.fork(None, *scenario.branch)
    world.run(*scenario.main)
    return branch


def check(world, scenario, side):
    """Main shows the outcome of the scenario."""
    for table, expected in scenario.outcome(side).items():
        if expected is None:
            assert table not in tables(world.main)
        elif scenario.ordered:
            assert rows(world.main, table) == expected
        else:
            assert bag(world.main, table) == sorted(expected, key=repr)
    for table, columns in scenario.columns.items():
        if table in ("branch", "main"):
            table, columns = "t", scenario.columns[side]
        assert [row[0] for row in world.run(f"DESCRIBE {table}")] == columns


def ended(world, branch):
    """The branch is merged: off the list, and not to be used any more."""
    assert branch not in world.branches()
    with failing("55000"):
        world.run(f"SELECT * FROM branch_query('{branch}', 'SELECT 1')")


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scenario", **named([s for s in ALL if not s.conflicts]))
def test_without_conflict_every_strategy_gives_the_same(world, scenario, strategy):
    branch = play(world, scenario)
    answer = world.merge(branch, strategy)
    assert (answer["status"], answer["strategy"], answer["conflicts"]) == ("merged", strategy, 0)
    check(world, scenario, "branch")
    ended(world, branch)


@pytest.mark.parametrize("side", ["branch", "main"])
@pytest.mark.parametrize("scenario", **named(CONFLICTING))
def test_branch_wins_and_main_wins_decide_conflicts_only(world, scenario, side):
    branch = play(world, scenario)
    answer = world.merge(branch, f"{side}_wins")
    assert (answer["status"], answer["conflicts"]) == ("merged", scenario.conflicts)
    check(world, scenario, side)
    ended(world, branch)


@pytest.mark.parametrize("scenario", **named(CONFLICTING))
def test_branch_wins_is_the_default(world, scenario):
    branch = play(world, scenario)
    assert world.merge(branch)["strategy"] == "branch_wins"
    check(world, scenario, "branch")


@pytest.mark.parametrize("scenario", **named(CONFLICTING))
def test_abort_changes_nothing_lists_the_conflicts_and_leaves_the_branch_open(world, scenario):
    branch = play(world, scenario)
    main, mine = contents(world.main), contents(world.on(branch))
    table = next(iter(scenario.outcome("branch")))
    for _ in range(2):  # and it can be tried again
        with failing("40001", says=[table]):
            world.merge(branch, "abort")
        assert contents(world.main) == main
        assert contents(world.on(branch)) == mine
    assert branch in world.branches()
    assert world.merge(branch, "main_wins")["status"] == "merged"
    check(world, scenario, "main")


@pytest.mark.parametrize("side", ["branch", "main"])
@pytest.mark.parametrize("scenario", **named(CONFLICTING))
def test_manual_stores_the_conflicts_and_merges_when_they_are_resolved(world, scenario, side):
    branch = play(world, scenario)
    main, mine = contents(world.main), contents(world.on(branch))
    answer = world.merge(branch, "manual")
    assert (answer["status"], answer["conflicts"]) == ("conflicts", scenario.conflicts)
    assert contents(world.main) == main
    assert contents(world.on(branch)) == mine
    found = world.conflicts(branch)
    assert len(found) == scenario.conflicts
    for conflict in found:
        assert conflict["resolution"] is None
        world.resolve(branch, conflict, side)
    assert [c["resolution"] for c in world.conflicts(branch)] == [side] * scenario.conflicts
    assert world.merge(branch, "manual")["status"] == "merged"
    check(world, scenario, side)
    ended(world, branch)


@pytest.mark.parametrize("scenario", **named(ALL))
def test_dry_run_reports_what_the_merge_reports_and_changes_nothing(world, scenario):
    branch = play(world, scenario)
    main, mine = contents(world.main), contents(world.on(branch))
    dry = world.merge(branch, "branch_wins", dry_run=True)
    assert (dry["status"], dry["conflicts"]) == ("dry_run", scenario.conflicts)
    assert contents(world.main) == main
    assert contents(world.on(branch)) == mine
    assert branch in world.branches()
    real = world.merge(branch, "branch_wins")
    counts = "tables_merged", "rows_inserted", "rows_updated", "rows_deleted", "conflicts", "keys_used"
    assert {name: dry[name] for name in counts} == {name: real[name] for name in counts}
