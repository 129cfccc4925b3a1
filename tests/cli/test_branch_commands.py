"""`hati branch …`: the whole life of a branch from a shell, with the server running or not."""

import json

import pytest


@pytest.fixture
def shop(either_way):
    either_way.ok("query", "CREATE TABLE items(id INT PRIMARY KEY, price INT); INSERT INTO items VALUES (1, 10), (2, 20)")
    return either_way


def items(project, *args):
    return [(r["id"], r["price"]) for r in json.loads(project.ok("query", "SELECT * FROM items ORDER BY id", "--format", "json", *args))]


def test_create_change_diff_merge(shop):
    assert "sale" in shop.ok("branch", "create", "sale")
    shop.ok("query", "UPDATE items SET price = 5 WHERE id = 1; INSERT INTO items VALUES (3, 30)", "--branch", "sale")
    assert items(shop) == [(1, 10), (2, 20)]
    listed = shop.ok("branch", "list")
    assert "sale" in listed and "active" in listed
    assert "items" in shop.ok("branch", "diff", "sale")
    detail = shop.ok("branch", "diff", "sale", "items")
    assert "changed" in detail and "added" in detail
    assert "merged" in shop.ok("branch", "merge", "sale")
    assert items(shop) == [(1, 5), (2, 20), (3, 30)]
    assert "sale" not in shop.ok("branch", "list")


def test_discard_forgets(shop):
    shop.ok("branch", "create", "draft")
    shop.ok("query", "DELETE FROM items", "--branch", "draft")
    assert "discarded" in shop.ok("branch", "discard", "draft")
    assert items(shop) == [(1, 10), (2, 20)]
    assert "draft" not in shop.ok("branch", "list")


def test_json_output(shop):
    (created,) = json.loads(shop.ok("branch", "create", "j", "--format", "json"))
    assert created["name"] == "j" and created["status"] == "active" and created["branch_id"].startswith("br_")
    shop.ok("query", "DELETE FROM items WHERE id = 2", "--branch", "j")
    (listed,) = json.loads(shop.ok("branch", "list", "--format", "json"))
    assert (listed["branch_id"], listed["tables_changed"]) == (created["branch_id"], 1)
    (table,) = json.loads(shop.ok("branch", "diff", "j", "--format", "json"))
    assert (table["table_name"], table["added"], table["removed"], table["changed"]) == ("items", 0, 1, 0)
    (merged,) = json.loads(shop.ok("branch", "merge", created["branch_id"], "--format", "json"))
    assert (merged["status"], merged["rows_deleted"]) == ("merged", 1)


def test_conflict_with_strategy(shop):
    shop.ok("branch", "create", "b")
    shop.ok("query", "UPDATE items SET price = 11 WHERE id = 1", "--branch", "b")
    shop.ok("query", "UPDATE items SET price = 12 WHERE id = 1")
    said = shop.hati("branch", "merge", "b", "--strategy", "abort").failed_clearly()
    assert "items" in said.err
    assert items(shop)[0] == (1, 12), "nothing changed"
    shop.ok("branch", "merge", "b", "--strategy", "main_wins")
    assert items(shop)[0] == (1, 12)


def test_dry_run_changes_nothing(shop):
    shop.ok("branch", "create", "b")
    shop.ok("query", "DELETE FROM items", "--branch", "b")
    assert "dry_run" in shop.ok("branch", "merge", "b", "--dry-run")
    assert len(items(shop)) == 2
    assert "b" in shop.ok("branch", "list")


@pytest.mark.parametrize(
    "command, word",
    [
        (["diff", "nobody"], "nobody"),
        (["merge", "nobody"], "nobody"),
        (["discard", "nobody"], "nobody"),
        (["create", "taken"], "taken"),
        (["merge", "taken", "--strategy", "coin_toss"], "coin_toss"),
    ],
)
def test_mistakes_are_named(shop, command, word):
    shop.ok("branch", "create", "taken")
    said = shop.hati("branch", *command)
    assert said.code in (1, 2)
    assert word in said.err and said.out == ""


def test_branches_survive_restart(project):
    project.init()
    project.ok("query", "CREATE TABLE t AS SELECT 1 AS a")
    project.ok("branch", "create", "b")
    project.ok("query", "UPDATE t SET a = 2", "--branch", "b")
    project.ok("stop")
    assert json.loads(project.ok("query", "SELECT a FROM t", "--branch", "b", "--format", "json")) == [{"a": 2}]
    project.ok("start")
    with project.connect("hatidata/b") as db:
        assert db.one("SELECT a FROM t") == 2
