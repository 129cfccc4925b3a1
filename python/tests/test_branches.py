"""The branch methods against a server."""

import pytest
from hatidata_agent import HatiDataAgent, HatiDataError


@pytest.fixture
def branch(agent, table):
    """A branch named like the table's own; discarded afterwards."""
    created = agent.branch_create(f"branch-{table}")
    yield created
    agent.branch_discard(created["branch_id"])


def prices(rows):
    return {row["id"]: row["price"] for row in rows}


def test_created_branch_is_described(agent, table):
    branch = agent.branch_create(f"b-{table}", description="it's 10% more", ttl_seconds=60)
    assert branch["branch_id"].startswith("br_")
    assert (branch["name"], branch["status"], branch["description"]) == (f"b-{table}", "active", "it's 10% more")
    assert (branch["expires_at"] - branch["created_at"]).total_seconds() == pytest.approx(60, abs=1)
    agent.branch_discard(branch["branch_id"])


def test_branch_without_ttl_does_not_expire(agent, branch):
    assert branch["expires_at"] is None


@pytest.mark.parametrize("name_or_id", ["name", "branch_id"])
def test_branch_keeps_its_writes_from_main(agent, table, branch, name_or_id):
    changed = agent.branch_query(branch[name_or_id], f"UPDATE {table} SET price = 99 WHERE id = 1")
    assert changed == [{"rows_affected": 1}]
    assert prices(agent.branch_query(branch[name_or_id], f"SELECT * FROM {table}")) == {1: 99, 2: 20, 3: 30}
    assert prices(agent.query(f"SELECT * FROM {table}")) == {1: 10, 2: 20, 3: 30}


def test_branch_query_passes_percent_signs_and_quotes(agent, branch):
    assert agent.branch_query(branch["name"], "SELECT 7 % 4 AS rest, 'it''s' AS text") == [{"rest": 3, "text": "it's"}]


def test_only_the_named_tables_may_be_written(agent, table):
    other = f"{table}_other"
    agent.execute(f"CREATE TABLE {other} (i INTEGER)")
    agent.branch_create(f"b-{table}", tables=[table])
    agent.branch_query(f"b-{table}", f"DELETE FROM {table}")
    with pytest.raises(HatiDataError) as caught:
        agent.branch_query(f"b-{table}", f"INSERT INTO {other} VALUES (1)")
    assert caught.value.sqlstate == "42501"
    agent.branch_discard(f"b-{table}")


def test_list_shows_active_branches(agent, branch):
    (listed,) = [row for row in agent.branch_list() if row["branch_id"] == branch["branch_id"]]
    assert (listed["name"], listed["status"], listed["agent_id"]) == (branch["name"], "active", "tester")


def test_list_by_status_shows_ended_branches(agent, table):
    branch = agent.branch_create(f"b-{table}")
    agent.branch_discard(branch["branch_id"])
    assert branch["branch_id"] not in [row["branch_id"] for row in agent.branch_list()]
    assert branch["branch_id"] in [row["branch_id"] for row in agent.branch_list(status="discarded")]


def test_diff_counts_rows_per_table(agent, table, branch):
    agent.branch_query(branch["name"], f"UPDATE {table} SET price = 99 WHERE id = 1")
    agent.branch_query(branch["name"], f"DELETE FROM {table} WHERE id = 2")
    agent.branch_query(branch["name"], f"INSERT INTO {table} VALUES (4, 40), (5, 50)")
    (row,) = agent.branch_diff(branch["name"])
    assert (row["table_name"], row["status"]) == (table, "changed")
    assert (row["added"], row["removed"], row["changed"]) == (2, 1, 1)


def test_diff_of_a_table_shows_the_values_of_both_sides(agent, table, branch):
    agent.branch_query(branch["name"], f"UPDATE {table} SET price = 99 WHERE id = 1")
    (row,) = agent.branch_diff(branch["name"], table)
    assert row["change"] == "changed"
    assert row["key"] == {"id": 1}
    assert row["base"] == {"id": 1, "price": 10}
    assert row["branch"] == {"id": 1, "price": 99}


def test_merge_brings_the_changes_to_main(agent, table, branch):
    agent.branch_query(branch["name"], f"UPDATE {table} SET price = 99 WHERE id = 1")
    result = agent.branch_merge(branch["branch_id"])
    assert (result["status"], result["strategy"]) == ("merged", "branch_wins")
    assert (result["tables_merged"], result["rows_updated"], result["conflicts"]) == (1, 1, 0)
    assert prices(agent.query(f"SELECT * FROM {table}")) == {1: 99, 2: 20, 3: 30}


def test_dry_run_reports_and_changes_nothing(agent, table, branch):
    agent.branch_query(branch["name"], f"DELETE FROM {table} WHERE id = 1")
    result = agent.branch_merge(branch["name"], dry_run=True)
    assert (result["status"], result["rows_deleted"]) == ("dry_run", 1)
    assert prices(agent.query(f"SELECT * FROM {table}")) == {1: 10, 2: 20, 3: 30}


@pytest.fixture
def conflict(agent, table, branch):
    """Main and the branch changed the same value."""
    agent.branch_query(branch["name"], f"UPDATE {table} SET price = 99 WHERE id = 1")
    agent.execute(f"UPDATE {table} SET price = 11 WHERE id = 1")
    return branch["name"]


def test_main_wins_keeps_the_value_of_main(agent, table, conflict):
    assert agent.branch_merge(conflict, strategy="main_wins")["conflicts"] == 1
    assert prices(agent.query(f"SELECT * FROM {table}"))[1] == 11


def test_abort_with_a_conflict_is_an_error_that_changes_nothing(agent, table, conflict):
    with pytest.raises(HatiDataError) as caught:
        agent.branch_merge(conflict, strategy="abort")
    assert caught.value.sqlstate == "40001"
    assert table in str(caught.value)
    assert prices(agent.query(f"SELECT * FROM {table}"))[1] == 11


@pytest.mark.parametrize("resolution, price", [("branch", 99), ("main", 11), ({"id": 1, "price": 55}, 55)])
def test_conflict_is_resolved_by_hand(agent, table, conflict, resolution, price):
    assert agent.branch_merge(conflict, strategy="manual")["status"] == "conflicts"
    (found,) = agent.branch_conflicts(conflict)
    assert (found["table_name"], found["key"]) == (table, {"id": 1})
    assert [found[side]["price"] for side in ("base", "main", "branch")] == [10, 11, 99]
    agent.branch_resolve(conflict, table, found["key"], resolution)
    assert agent.branch_merge(conflict, strategy="manual")["status"] == "merged"
    assert prices(agent.query(f"SELECT * FROM {table}"))[1] == price


def test_unknown_strategy_is_an_error(agent, branch):
    with pytest.raises(HatiDataError) as caught:
        agent.branch_merge(branch["name"], strategy="coin_toss")
    assert caught.value.sqlstate == "22023"


def test_discard_says_what_the_branch_was(agent, table):
    branch = agent.branch_create(f"b-{table}")
    assert agent.branch_discard(branch["branch_id"])["was"] == "active"
    assert agent.branch_discard(branch["branch_id"])["was"] == "discarded"
    assert prices(agent.query(f"SELECT * FROM {table}")) == {1: 10, 2: 20, 3: 30}


def test_expired_branch_is_restored(agent, table):
    import time

    branch = agent.branch_create(f"b-{table}", ttl_seconds=1)
    agent.branch_query(branch["name"], f"DELETE FROM {table} WHERE id = 1")
    time.sleep(1.5)
    with pytest.raises(HatiDataError) as caught:
        agent.branch_query(branch["name"], "SELECT 1")
    assert caught.value.sqlstate == "55000"
    agent.branch_restore(branch["branch_id"])
    assert prices(agent.branch_query(branch["name"], f"SELECT * FROM {table}")) == {2: 20, 3: 30}
    agent.branch_discard(branch["branch_id"])


def test_declared_key_identifies_the_rows_of_a_table_without_one(agent, table):
    keyless = f"{table}_keyless"
    agent.execute(f"CREATE TABLE {keyless} (name VARCHAR, price INTEGER)")
    agent.execute(f"INSERT INTO {keyless} VALUES ('a', 1), ('b', 1)")
    agent.branch_key(keyless, "name")
    agent.branch_create(f"b-{table}")
    agent.branch_query(f"b-{table}", f"UPDATE {keyless} SET price = 2 WHERE name = 'b'")
    (row,) = agent.branch_diff(f"b-{table}", keyless)
    assert (row["change"], row["key"]) == ("changed", {"name": "b"})
    agent.branch_discard(f"b-{table}")


def test_database_name_puts_the_agent_on_a_branch(server, agent, table, branch):
    with HatiDataAgent(port=server.port, database=f"hatidata/{branch['name']}") as explorer:
        explorer.execute(f"DELETE FROM {table}")
        assert explorer.query(f"SELECT * FROM {table}") == []
    assert len(agent.query(f"SELECT * FROM {table}")) == 3
