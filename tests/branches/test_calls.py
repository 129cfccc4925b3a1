"""The branch calls themselves: shapes, named and positional arguments, names and ids, bad input."""

import datetime
import re

import psycopg2
import pytest
from world import bag, contents, failing, loaded, rows

SHAPES = {
    "branch_create('shape')": (
        "branch_id name status created_at expires_at description schema_name"
    ),
    "branch_list()": "branch_id name status created_at expires_at tables_changed bytes agent_id",
    "branch_diff('b')": "table_name status added removed changed schema_changes key_used",
    "branch_diff('b', 't')": "change key base branch",
    "branch_conflicts('b')": "table_name key kind base main branch resolution",
    "branch_merge('b', dry_run => true)": (
        "branch_id strategy status tables_merged rows_inserted rows_updated rows_deleted conflicts keys_used"
    ),
    "branch_merge('b')": (
        "branch_id strategy status tables_merged rows_inserted rows_updated rows_deleted conflicts keys_used"
    ),
    "branch_discard('b')": "branch_id status was",
    "branch_query('b', 'SELECT 1 AS one, v FROM t')": "one v",
    "branch_query('b', 'DELETE FROM t')": "rows_affected",
    "branch_query('b', 'DELETE FROM t RETURNING v AS gone')": "gone",
}


@pytest.fixture
def base(world):
    world.run("CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    return world


def answer(world, sql):
    """Column names and rows."""
    with world.main.cursor() as cursor:
        cursor.execute(sql)
        return [column.name for column in cursor.description], cursor.fetchall()


@pytest.mark.parametrize("call", SHAPES)
def test_columns_of_a_call_as_function_and_as_table(base, call):
    for form in ("SELECT {}", "SELECT * FROM {}", "select * from {} ;"):
        for name in base.branches():
            base.run(f"SELECT branch_discard('{name}')")
        base.fork("b", "UPDATE t SET v = 'x'")
        columns, found = answer(base, form.format(call))
        assert " ".join(columns) == SHAPES[call], form
        assert found or "conflicts" in call


def test_create_says_what_it_made(base):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    made = base.call("SELECT * FROM branch_create('what-if', 'a try', 3600)")
    assert re.fullmatch(r"br_[0-9a-z]{8}", made["branch_id"])
    assert (made["name"], made["status"], made["description"]) == ("what-if", "active", "a try")
    assert made["schema_name"]
    created = made["created_at"]
    if created.tzinfo is None:
        created = created.replace(tzinfo=datetime.timezone.utc)
    assert before < created < before + datetime.timedelta(seconds=10)
    assert (made["expires_at"] - made["created_at"]).total_seconds() == pytest.approx(3600, abs=1)


def test_create_takes_positional_and_named_arguments(base):
    for call in (
        "branch_create('one', 'text', 60, ['t'])",
        "branch_create(name => 'one', description => 'text', ttl_seconds => 60, tables => ['t'])",
        "branch_create(name := 'one', description := 'text', ttl_seconds := 60, tables := ['t'])",
        "branch_create('one', tables => ['t'], ttl_seconds => 60, description => 'text')",
        "branch_create('one', 'text', tables => ['t'], ttl_seconds := 60)",
        "BRANCH_CREATE('one', 'text', 60, ['t'])",
    ):
        made = base.call(f"SELECT {call}")
        assert (made["name"], made["description"]) == ("one", "text"), call
        assert (made["expires_at"] - made["created_at"]).total_seconds() == pytest.approx(60, abs=1)
        with failing("42501"):
            base.on("one").run("CREATE TABLE other (k INTEGER)")
        base.run("SELECT branch_discard('one')")


def test_the_other_calls_take_named_arguments_too(base):
    branch = base.fork()
    sql = "UPDATE t SET v = ''x''"
    assert base.call(f"SELECT * FROM branch_query(branch => '{branch}', sql => '{sql}')") == {"rows_affected": 2}
    assert base.call(f"SELECT branch_query(sql := 'SELECT 7 AS n', branch := '{branch}')") == {"n": 7}
    assert len(base.table(f"SELECT * FROM branch_diff(branch => '{branch}')")) == 1
    assert len(base.table(f"SELECT * FROM branch_diff(branch => '{branch}', \"table\" => 't')")) == 2
    assert len(base.table("SELECT * FROM branch_list(status => 'active')")) == 1
    assert base.table(f"SELECT * FROM branch_conflicts(branch => '{branch}')") == []
    dry = base.call(f"SELECT branch_merge(branch => '{branch}', strategy => 'main_wins', dry_run => true)")
    assert (dry["status"], dry["strategy"]) == ("dry_run", "main_wins")
    dry = base.call(f"SELECT branch_merge('{branch}', 'abort', true)")
    assert (dry["status"], dry["strategy"]) == ("dry_run", "abort")
    assert base.call(f"SELECT branch_discard(branch => '{branch}')")["was"] == "active"


def test_a_branch_is_named_by_name_or_id(base):
    made = base.call("SELECT * FROM branch_create('named')")
    by_id = made["branch_id"]
    base.run(f"SELECT branch_query('{by_id}', 'INSERT INTO t VALUES (3, ''c'')')")
    assert len(rows(base.on(by_id))) == len(rows(base.on("named"))) == 3
    assert len(rows(base.on(by_id, "set"))) == 3
    assert base.call(f"SELECT branch_merge('{by_id}')")["branch_id"] == by_id


def test_arguments_may_be_bound_parameters(base):
    with base.main.cursor() as cursor:
        cursor.execute("SELECT branch_create(%s, %s)", ("two words", "text"))
        cursor.execute("SELECT branch_query(%s, %s)", ("two words", "SELECT v FROM t WHERE v <> 'b'"))
        assert cursor.fetchall() == [("a",)]
        cursor.execute("SELECT branch_discard(%s)", ("two words",))
    assert base.branches() == []


def test_list_shows_active_branches_and_what_they_changed(base):
    base.run("CREATE TABLE o (k INTEGER)")
    made = base.call("SELECT * FROM branch_create('one', 'text', 600)")
    base.fork("two", "INSERT INTO t VALUES (3, 'c')", "CREATE TABLE n (k INTEGER)", "DROP TABLE o")
    listed = {row["name"]: row for row in base.table("SELECT * FROM branch_list()")}
    assert sorted(listed) == ["one", "two"]
    for column in ("branch_id", "status", "created_at", "expires_at"):
        assert listed["one"][column] == made[column]
    assert (listed["one"]["tables_changed"], listed["two"]["tables_changed"]) == (0, 3)
    assert listed["one"]["bytes"] == 0
    assert listed["two"]["bytes"] > 0


def test_list_filters_by_status(base):
    merged, gone, active = base.fork(), base.fork(), base.fork()
    base.merge(merged)
    base.run(f"SELECT branch_discard('{gone}')")
    for status, name in (("active", active), ("merged", merged), ("discarded", gone)):
        listed = base.table(f"SELECT * FROM branch_list('{status}')")
        assert name in [row["name"] for row in listed]
        assert {row["status"] for row in listed} == {status}
    assert base.branches() == [active]
    with failing("22023"):
        base.run("SELECT branch_list('nonsense')")


def test_list_names_the_agent_that_made_the_branch(base):
    session = base.server.connect(options="-c hatidata_agent_id=planner")
    session.run("SELECT branch_create('planned')")
    session.close()
    assert base.run("SELECT agent_id FROM branch_list()") == [("planner",)]


def test_branch_query_returns_the_rows_of_the_statement(base):
    branch = base.fork()
    query = lambda sql: base.main.run(f"SELECT branch_query('{branch}', $${sql}$$)")  # noqa: E731
    assert query("SELECT v, id * 2 AS d FROM t ORDER BY id DESC") == [("b", 4), ("a", 2)]
    assert query("SELECT NULL::DATE AS d, [1, 2] AS l, 1.50::DECIMAL(9,2) AS n")[0][1:] is not None
    assert query("SELECT * FROM t WHERE false") == []
    assert query("INSERT INTO t VALUES (3, 'c'), (4, 'd')") == [(2,)]
    assert query("UPDATE t SET v = 'x' WHERE id > 2") == [(2,)]
    assert query("DELETE FROM t WHERE id = 99") == [(0,)]
    assert query("INSERT INTO t VALUES (5, 'e') RETURNING id, v") == [(5, "e")]
    assert query("WITH c AS (SELECT max(id) AS m FROM t) SELECT m FROM c") == [(5,)]


def test_branch_query_in_any_column_of_any_type(base):
    branch = base.fork()
    kinds = base.run("SELECT DATE '2024-02-29' AS d, 1.50::DECIMAL(9,2) AS n, [1, 2] AS l, true AS b, 'é' AS s")
    inner = "SELECT DATE ''2024-02-29'' AS d, 1.50::DECIMAL(9,2) AS n, [1, 2] AS l, true AS b, ''é'' AS s"
    assert base.run(f"SELECT branch_query('{branch}', '{inner}')") == kinds


def test_branch_query_takes_ddl(base):
    branch = base.fork()
    base.run(f"SELECT branch_query('{branch}', 'CREATE TABLE n (k INTEGER)')")
    base.run(f"SELECT branch_query('{branch}', 'ALTER TABLE n ADD COLUMN z DATE')")
    base.run(f"SELECT branch_query('{branch}', 'DROP TABLE t')")
    assert list(contents(base.on(branch))) == ["n"]
    assert list(contents(base.main)) == ["t"]


def test_a_whole_connection_on_a_branch(base):
    branch = base.fork("work")
    for session in (base.connect("hatidata/work"), base.connect("anything/work"), base.on(branch, "set")):
        session.run("UPDATE t SET v = v || '!'")
    assert bag(base.on("work")) == [(1, "a!!!"), (2, "b!!!")]
    assert bag(base.main) == [(1, "a"), (2, "b")]
    assert base.on("work").one("SHOW hatidata_branch") == "work"
    assert base.on("work").one("SELECT current_schema()") == "main"


def test_a_session_moves_between_branches_and_main(base):
    one = base.fork("one", "UPDATE t SET v = 'one'")
    base.fork("two", "UPDATE t SET v = 'two'")
    session = base.connect()
    seen = []
    for setting in ("= 'one'", "TO 'two'", f"= '{one}'", "= ''", "TO two"):
        session.run(f"SET hatidata_branch {setting}")
        seen.append(session.one("SELECT v FROM t WHERE id = 1"))
    session.run("RESET hatidata_branch")
    seen.append(session.one("SELECT v FROM t WHERE id = 1"))
    assert seen == ["one", "two", "one", "a", "two", "a"]


def test_reset_returns_to_the_branch_of_the_connection(base):
    base.fork("home", "UPDATE t SET v = 'home'")
    session = base.on("home")
    session.run("SET hatidata_branch = ''")
    assert session.one("SELECT v FROM t WHERE id = 1") == "a"
    session.run("RESET ALL")
    assert session.one("SELECT v FROM t WHERE id = 1") == "home"


def test_the_branch_may_be_given_in_startup_options(base):
    base.fork("opt", "UPDATE t SET v = 'opt'")
    session = base.server.connect(options="-c hatidata_branch=opt")
    assert session.one("SELECT v FROM t WHERE id = 1") == "opt"
    session.close()


def test_calls_work_in_a_branch_session(base):
    one, two = base.fork(), base.fork(None, "UPDATE t SET v = 'x'")
    session = base.on(one)
    assert len(session.run("SELECT * FROM branch_list()")) == 2
    assert session.run(f"SELECT * FROM branch_query('{two}', 'SELECT v FROM t WHERE id = 1')") == [("x",)]
    assert base.call(f"SELECT * FROM branch_discard('{two}')", connection=session)["status"] == "discarded"
    assert rows(session) == [(1, "a"), (2, "b")]


# -- diff ---------------------------------------------------------------------------------------


def test_diff_counts_per_table(base):
    base.run("CREATE TABLE gone (k INTEGER)", "CREATE TABLE same (k INTEGER)", "CREATE TABLE quiet (k INTEGER)", "INSERT INTO same VALUES (1)")
    branch = base.fork(
        None,
        "UPDATE t SET v = 'x' WHERE id = 1",
        "DELETE FROM t WHERE id = 2",
        "INSERT INTO t VALUES (3, 'c'), (4, 'd')",
        "CREATE TABLE made (k INTEGER)",
        "INSERT INTO made VALUES (1), (2)",
        "DROP TABLE gone",
        "UPDATE same SET k = k",
    )
    base.run("UPDATE t SET v = 'main'", "INSERT INTO t VALUES (100, 'm')")  # not the branch's doing
    found = {row["table_name"]: row for row in base.table(f"SELECT * FROM branch_diff('{branch}')")}
    assert sorted(found) == ["gone", "made", "same", "t"]
    assert {name: row["status"] for name, row in found.items()} == {
        "gone": "dropped", "made": "created", "same": "unchanged", "t": "changed",
    }  # fmt: skip
    assert [found["t"][k] for k in ("added", "removed", "changed")] == [2, 1, 1]
    assert [found["made"][k] for k in ("added", "removed", "changed")] == [2, 0, 0]
    assert [found["same"][k] for k in ("added", "removed", "changed")] == [0, 0, 0]


def test_diff_of_a_table_shows_the_rows_with_both_values(base):
    branch = base.fork(
        None, "UPDATE t SET v = 'x' WHERE id = 1", "DELETE FROM t WHERE id = 2", "INSERT INTO t VALUES (3, 'c')"
    )
    found = {r["change"]: r for r in diff_rows(base, branch, "t")}
    assert found["changed"] == {
        "change": "changed", "key": {"id": 1}, "base": {"id": 1, "v": "a"}, "branch": {"id": 1, "v": "x"},
    }  # fmt: skip
    assert (found["removed"]["base"], found["removed"]["branch"]) == ({"id": 2, "v": "b"}, None)
    assert (found["added"]["base"], found["added"]["branch"]) == (None, {"id": 3, "v": "c"})


def diff_rows(world, branch, table):
    found = world.table(f"SELECT * FROM branch_diff('{branch}', '{table}')")
    return [{name: loaded(name, value) for name, value in row.items()} for row in found]


def test_diff_without_identity_shows_rows_added_and_removed(world):
    world.run("CREATE TABLE t (k INTEGER, v VARCHAR)", "INSERT INTO t VALUES (1, 'a'), (1, 'a'), (1, 'b')")
    branch = world.fork(None, "UPDATE t SET v = 'c' WHERE v = 'b'", "INSERT INTO t VALUES (1, 'a')")
    found = diff_rows(world, branch, "t")
    assert [row["key"] for row in found] == [None] * 3
    assert sorted((row["change"], (row["base"] or row["branch"])["v"]) for row in found) == [
        ("added", "a"), ("added", "c"), ("removed", "b"),
    ]  # fmt: skip


def test_diff_names_schema_changes(base):
    branch = base.fork(None, "ALTER TABLE t ADD COLUMN n INTEGER", "ALTER TABLE t DROP COLUMN v")
    found = base.table(f"SELECT * FROM branch_diff('{branch}')")
    assert [row["table_name"] for row in found] == ["t"]
    assert "n" in str(found[0]["schema_changes"]) and "v" in str(found[0]["schema_changes"])


def test_diff_of_a_branch_that_wrote_nothing_is_empty(base):
    branch = base.fork(None, "SELECT * FROM t")
    base.run("DELETE FROM t")
    assert base.table(f"SELECT * FROM branch_diff('{branch}')") == []


# -- tables that may be written -----------------------------------------------------------------


def test_only_the_named_tables_may_be_written(base):
    base.run("CREATE TABLE closed (k INTEGER)", "INSERT INTO closed VALUES (1)")
    session = base.on(base.fork(None, tables="['t']"))
    session.run("UPDATE t SET v = 'x'")
    for sql in (
        "INSERT INTO closed VALUES (2)",
        "UPDATE main.closed SET k = 2",
        'DELETE FROM "CLOSED"',
        "TRUNCATE closed",
        "DROP TABLE closed",
        "ALTER TABLE closed ADD COLUMN z DATE",
        "CREATE OR REPLACE TABLE closed AS SELECT 1 AS z",
        "MERGE INTO closed USING t ON t.id = closed.k WHEN MATCHED THEN DELETE",
    ):
        with failing("42501", says=["closed"]):
            session.run(sql)
    assert rows(session, "closed") == [(1,)]
    base.run("INSERT INTO closed VALUES (3)")
    assert rows(session, "closed") == [(1,)]  # read-only, and still a snapshot


def test_an_empty_list_of_tables_allows_all(base):
    session = base.on(base.fork(None, tables="[]"))
    session.run("UPDATE t SET v = 'x'")
    session.run("CREATE TABLE n (k INTEGER)")


# -- bad input ----------------------------------------------------------------------------------


def test_an_unknown_branch_is_named_in_the_error(base):
    for sql in (
        "SELECT branch_query('nobody', 'SELECT 1')",
        "SELECT branch_merge('nobody')",
        "SELECT branch_discard('nobody')",
        "SELECT branch_diff('nobody')",
        "SELECT branch_conflicts('nobody')",
        "SELECT branch_restore('nobody')",
        "SELECT branch_resolve('nobody', 't', '{\"id\": 1}', 'main')",
        "SET hatidata_branch = 'nobody'",
    ):
        with failing("42704", says=["nobody"]):
            base.run(sql)
    with pytest.raises(psycopg2.OperationalError, match="nobody"):
        base.connect("hatidata/nobody")
    assert base.run("SELECT 1") == [(1,)]


def test_an_unknown_branch_leaves_the_session_where_it_was(base):
    base.fork("here", "UPDATE t SET v = 'here'")
    session = base.on("here")
    with failing("42704"):
        session.run("SET hatidata_branch = 'nobody'")
    assert session.one("SELECT v FROM t WHERE id = 1") == "here"


def test_a_used_name_is_refused(base):
    base.fork("taken", "UPDATE t SET v = 'x'")
    with failing("42710", says=["taken"]):
        base.run("SELECT branch_create('taken')")
    assert base.branches() == ["taken"]
    assert bag(base.on("taken")) == [(1, "x"), (2, "x")]


@pytest.mark.parametrize("strategy", ["", "theirs", "BRANCH", "branch_wins ", "'; DROP TABLE t; --"])
def test_an_invalid_strategy_is_refused_and_the_valid_ones_are_named(base, strategy):
    branch = base.fork(None, "UPDATE t SET v = 'x'")
    with base.main.cursor() as cursor, failing("22023") as caught:
        cursor.execute("SELECT branch_merge(%s, %s)", (branch, strategy))
    for valid in ("branch_wins", "main_wins", "abort", "manual"):
        assert valid in str(caught.value)
    assert base.branches() == [branch]
    assert bag(base.main) == [(1, "a"), (2, "b")]


def test_an_empty_name_is_refused(base):
    with failing("22023"):
        base.run("SELECT branch_create('')")
    assert base.branches() == []


def test_a_branch_without_a_name_gets_one(base):
    made = [base.call(f"SELECT * FROM {call}")["name"] for call in ("branch_create()", "branch_create(NULL)")]
    assert all(made) and made[0] != made[1]
    assert base.branches() == sorted(made)


@pytest.mark.parametrize(
    "call",
    [
        "branch_create('x', ttl_seconds => -1)",
        "branch_create('x', ttl_seconds => 'soon')",
        "branch_create('x', nonsense => 1)",
        "branch_create('x', 'd', 60, ['t'], 5)",
        "branch_query('{branch}')",
        "branch_query('{branch}', NULL)",
        "branch_merge()",
        "branch_merge('{branch}', dry_run => 'maybe')",
        "branch_diff('{branch}', 'nothing')",
        "branch_discard()",
        "branch_discard(NULL)",
    ],
)
def test_wrong_arguments_are_refused(base, call):
    branch = base.fork("fine", "UPDATE t SET v = 'x'")
    with failing("22023", "22P02", "22004", "42883", "42601", "42P01", "42804"):
        base.run("SELECT " + call.format(branch=branch))
    assert base.branches() == [branch]
    assert bag(base.main) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("42601", "SELEC 1"),
        ("42601", "SELECT (1"),
        ("42P01", "SELECT * FROM nothing"),
        ("42P01", "INSERT INTO nothing VALUES (1)"),
        ("42703", "SELECT nothing FROM t"),
        ("42703", "UPDATE t SET nothing = 1"),
        ("42883", "SELECT nothing(1)"),
        ("23505", "INSERT INTO t VALUES (1, 'again')"),
        ("23502", "INSERT INTO t VALUES (NULL, 'x')"),
        ("22P02", "SELECT 'x'::INTEGER"),
        ("42P07", "CREATE TABLE t (k INTEGER)"),
    ],
)
def test_an_error_inside_branch_query_keeps_its_sqlstate(base, code, sql):
    branch = base.fork(None, "INSERT INTO t VALUES (3, 'c')")
    quoted = sql.replace("'", "''")
    with failing(code):
        base.run(f"SELECT branch_query('{branch}', '{quoted}')")
    with failing(code):
        base.run(f"SELECT * FROM branch_query('{branch}', '{quoted}')")
    with failing(code):
        base.on(branch).run(sql)
    assert bag(base.on(branch)) == [(1, "a"), (2, "b"), (3, "c")]
    assert bag(base.main) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("sql", ["BEGIN", "COMMIT", "ROLLBACK", "", ";", "SELECT branch_create('inner')"])
def test_what_branch_query_cannot_do_is_refused(base, sql):
    branch = base.fork()
    with pytest.raises(psycopg2.Error) as caught:
        base.run("SELECT branch_query('{}', '{}')".format(branch, sql.replace("'", "''")))
    assert caught.value.pgcode and not caught.value.pgcode.startswith("XX")
    assert base.branches() == [branch]
    assert base.run("SELECT 1") == [(1,)]


def test_branches_of_branches_are_refused_clearly(base):
    branch = base.fork()
    for session in (base.on(branch), base.on(branch, "set")):
        with failing("0A000"):
            session.run("SELECT branch_create('nested')")
    assert base.branches() == [branch]


def test_a_branch_call_is_not_an_expression(base):
    """"SELECT branch_x(...)" is a call; anywhere else its rows would have no meaning."""
    branch = base.fork()
    for sql in (
        f"SELECT 1 + branch_discard('{branch}')",
        f"SELECT * FROM t WHERE branch_discard('{branch}')",
        f"INSERT INTO t SELECT branch_discard('{branch}')",
        f"SELECT branch_discard('{branch}') FROM t",
    ):
        with pytest.raises(psycopg2.Error) as caught:
            base.run(sql)
        assert not caught.value.pgcode.startswith("XX")
    assert base.branches() == [branch]


# -- explain ------------------------------------------------------------------------------------


def test_explain_in_a_branch_names_the_source(base):
    base.run("CREATE TABLE moved (k INTEGER)", "CREATE TABLE still (k INTEGER)")
    branch = base.fork("explained", "UPDATE t SET v = 'x'")
    base.run("INSERT INTO moved VALUES (1)")
    session = base.on(branch)
    sources = {
        name: dict(session.run(f"EXPLAIN SELECT * FROM {name}"))["branch_sources"]
        for name in ("t", "moved", "still")
    }
    for name, source in sources.items():
        assert source.startswith(f"{name}:")
    assert len({source.split(":", 1)[1] for source in sources.values()}) == 3, sources
