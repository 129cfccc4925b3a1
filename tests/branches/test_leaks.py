"""Promise 2: no statement in a branch session changes main or another branch, however it names
things; and whatever a branch session reads is the branch's."""

import contextlib

import psycopg2
import pytest
from world import bag, contents, failing, rows, tables

START = [(1, "a"), (2, "b"), (3, "c")]
CHANGED = [(1, "x"), (2, "b"), (3, "c")]

# Statement -> the rows of t in the branch afterwards (None: there is no t any more).
WRITES = {
    "UPDATE t SET v = 'x' WHERE id = 1": CHANGED,
    "UPDATE main.t SET v = 'x' WHERE id = 1": CHANGED,
    "UPDATE hatidata.main.t SET v = 'x' WHERE id = 1": CHANGED,
    "UPDATE \"t\" SET v = 'x' WHERE id = 1": CHANGED,
    "UPDATE \"T\" SET v = 'x' WHERE ID = 1": CHANGED,
    "UPDATE MAIN.T SET V = 'x' WHERE MAIN.T.ID = 1": CHANGED,
    'UPDATE "hatidata"."main"."t" SET v = \'x\' WHERE id = 1': CHANGED,
    "UPDATE t AS y SET v = 'x' WHERE y.id = 1": CHANGED,
    "UPDATE/**/t/* main.t */SET v = 'x' -- t\n WHERE id = 1": CHANGED,
    "UPDATE t SET v = other.v FROM other WHERE other.id = t.id": [(1, "a"), (2, "o"), (3, "c")],
    "UPDATE t SET v = o.v FROM main.other AS o WHERE o.id = t.id": [(1, "a"), (2, "o"), (3, "c")],
    "UPDATE t SET v = (SELECT max(v) FROM t AS s) WHERE id = 1": [(1, "c"), (2, "b"), (3, "c")],
    "UPDATE t SET v = 'x' WHERE id = 1 RETURNING v": CHANGED,
    "INSERT INTO t VALUES (4, 'd')": [*START, (4, "d")],
    "INSERT INTO t (v, id) VALUES ('d', 4)": [*START, (4, "d")],
    "INSERT INTO main.t BY NAME SELECT 'd' AS v, 4 AS id": [*START, (4, "d")],
    "INSERT INTO t SELECT id + 10, v FROM t WHERE id = 1": [*START, (11, "a")],
    "INSERT INTO t SELECT id, v FROM other WHERE id = 9": [*START, (9, "p")],
    "INSERT INTO t VALUES (4, 'd') RETURNING *": [*START, (4, "d")],
    "INSERT OR REPLACE INTO t VALUES (1, 'x')": CHANGED,
    "INSERT OR IGNORE INTO t VALUES (1, 'x'), (4, 'd')": [*START, (4, "d")],
    "INSERT INTO t VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET v = excluded.v": CHANGED,
    "INSERT INTO main.t AS y VALUES (1, 'x') ON CONFLICT DO NOTHING": START,
    "WITH t AS (SELECT 4 AS id, 'd' AS v) INSERT INTO t SELECT * FROM t": [*START, (4, "d")],
    "WITH n AS (SELECT * FROM t) INSERT INTO t SELECT id + 10, v FROM n WHERE id = 1": [
        *START,
        (11, "a"),
    ],
    "DELETE FROM t WHERE id = 1": START[1:],
    "DELETE FROM hatidata.main.t WHERE id = 1": START[1:],
    "DELETE FROM t USING other WHERE other.id = t.id": [(1, "a"), (3, "c")],
    "DELETE FROM t WHERE id IN (SELECT id FROM other)": [(1, "a"), (3, "c")],
    "WITH gone AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (FROM gone)": START[1:],
    "TRUNCATE t": [],
    "TRUNCATE TABLE main.t": [],
    "MERGE INTO t USING other ON t.id = other.id WHEN MATCHED THEN UPDATE SET v = other.v "
    "WHEN NOT MATCHED THEN INSERT VALUES (other.id, other.v)": [(1, "a"), (2, "o"), (3, "c"), (9, "p")],
    "MERGE INTO main.t AS y USING (SELECT 1 AS id) AS s ON y.id = s.id WHEN MATCHED THEN DELETE": START[1:],
    "ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 5": [(1, "a", 5), (2, "b", 5), (3, "c", 5)],
    "ALTER TABLE main.t DROP COLUMN v": [(1,), (2,), (3,)],
    "ALTER TABLE hatidata.main.t RENAME COLUMN v TO w": START,
    "ALTER TABLE t ALTER v SET DEFAULT 'z'": START,
    "ALTER TABLE t RENAME TO renamed": None,
    "DROP TABLE t": None,
    "DROP TABLE main.t": None,
    'DROP TABLE IF EXISTS "hatidata"."main"."t"': None,
    "CREATE OR REPLACE TABLE t AS SELECT 7 AS id, 'q' AS v": [(7, "q")],
    "CREATE OR REPLACE TABLE main.t (z DATE)": [],
    "CREATE TABLE c AS SELECT * FROM t": START,
    "CREATE TABLE main.c AS SELECT * FROM main.t": START,
    "CREATE TABLE hatidata.main.c (z INTEGER)": START,
    "CREATE TABLE IF NOT EXISTS t (z INTEGER)": START,
    "CREATE VIEW w AS SELECT * FROM t": START,
    "CREATE VIEW main.w AS SELECT * FROM hatidata.main.t": START,
    "CREATE OR REPLACE VIEW tv AS SELECT 1 AS one": START,
    "DROP VIEW main.tv": START,
    "CREATE MACRO fresh() AS (SELECT count(*) FROM t)": START,
    "CREATE INDEX t_v ON t (v)": START,
    "CREATE UNIQUE INDEX t_v ON main.t (v)": START,
    "COMMENT ON TABLE t IS 'mine'": START,
}


def setup(world):
    world.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR);"
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');"
        "CREATE TABLE other (id INTEGER, v VARCHAR);"
        "INSERT INTO other VALUES (2, 'o'), (9, 'p');"
        "CREATE VIEW tv AS SELECT * FROM t;"
        "CREATE VIEW tvv AS SELECT * FROM main.tv;"
        "CREATE MACRO v_of(i) AS (SELECT v FROM t WHERE t.id = i);"
        "CREATE MACRO rows_of(i) AS TABLE SELECT * FROM t WHERE t.id = i"
    )
    return world


def everything(connection, sql=""):
    """All that main or an uninvolved branch shows: tables, columns, rows, indexes, macros."""
    seen = [
        contents(connection),
        connection.run("SELECT index_name FROM duckdb_indexes() ORDER BY 1"),
        connection.run("SELECT comment FROM duckdb_tables() WHERE comment IS NOT NULL"),
    ]
    if "MACRO" in sql:  # a slow catalog
        seen.append(connection.run("SELECT function_name FROM duckdb_functions() WHERE NOT internal"))
    return seen


def after(connection):
    """The rows of t, or None if there is none."""
    return bag(connection) if "t" in tables(connection) else None


def in_order(found):
    return found if found is None else sorted(found, key=repr)


@pytest.mark.parametrize("sql", WRITES)
def test_a_write_in_a_branch_stays_in_the_branch(world, sql):
    setup(world)
    neighbour = world.on(world.fork())
    main, other = everything(world.main, sql), everything(neighbour, sql)
    for via in ("dbname", "set", "query"):
        branch = world.fork()
        world.on(branch, via).run(sql)
        assert after(world.on(branch)) == in_order(WRITES[sql]), via
    assert everything(world.main, sql) == main
    assert everything(neighbour, sql) == other


@pytest.mark.parametrize("sql", WRITES)
def test_a_write_in_a_branch_stays_there_when_main_has_moved_on(world, sql):
    setup(world)
    branch = world.fork()
    world.run("UPDATE t SET v = 'main'", "DELETE FROM t WHERE id = 3", "DELETE FROM other")
    main = everything(world.main, sql)
    world.on(branch).run(sql)
    assert after(world.on(branch)) == in_order(WRITES[sql])
    assert everything(world.main, sql) == main


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET v = 'x'; UPDATE main.t SET v = 'x'; DELETE FROM other",
        "BEGIN; UPDATE t SET v = 'x'; DELETE FROM other; COMMIT",
        "CREATE TABLE t2 AS FROM t; INSERT INTO t2 FROM t2; DROP TABLE t; ALTER TABLE t2 RENAME TO t",
        "PREPARE w AS UPDATE t SET v = 'x'; EXECUTE w; DEALLOCATE w",
        "PREPARE w(INTEGER) AS DELETE FROM main.t WHERE id = $1; EXECUTE w(1)",
        "SET search_path = 'main'; UPDATE t SET v = 'x'; RESET search_path",
        "SET schema = 'main'; DELETE FROM t",
        "USE main; DELETE FROM t",
        "USE hatidata.main; DELETE FROM t",
        "EXPLAIN ANALYZE UPDATE t SET v = 'x'",
    ],
)
def test_scripts_in_a_branch_stay_in_the_branch(world, sql):
    setup(world)
    branch, neighbour = world.fork(), world.fork()
    main, other = everything(world.main), everything(world.on(neighbour))
    with contextlib.suppress(psycopg2.Error):  # refusing is as good as obeying
        world.on(branch).run(sql)
    assert everything(world.main) == main
    assert everything(world.on(neighbour)) == other


def test_a_statement_prepared_in_main_does_not_write_main_from_a_branch(world):
    setup(world)
    branch = world.fork()
    session = world.connect()
    with contextlib.suppress(psycopg2.Error):  # refusing is as good as obeying
        session.run("PREPARE w AS UPDATE t SET v = 'x'")
        session.run(f"SET hatidata_branch = '{branch}'")
        session.run("EXECUTE w")
    assert bag(world.main) == START


def test_a_statement_prepared_in_a_branch_does_not_write_it_from_main(world):
    setup(world)
    branch = world.fork()
    session = world.on(branch, "set")
    with contextlib.suppress(psycopg2.Error):
        session.run("PREPARE w AS UPDATE t SET v = 'x'")
        session.run("SET hatidata_branch = ''")
        session.run("EXECUTE w")
    assert bag(world.on(branch)) == START


# Ways to read v of the row with id 1.
READS = [
    "SELECT v FROM t WHERE id = 1",
    "SELECT V FROM MAIN.T WHERE ID = 1",
    "SELECT v FROM hatidata.main.t WHERE id = 1",
    'SELECT "v" FROM "main"."t" WHERE "id" = 1',
    'SELECT v FROM "hatidata"."main"."T" WHERE id = 1',
    "SELECT t.v FROM t WHERE t.id = 1",
    "SELECT main.t.v FROM main.t WHERE main.t.id = 1",
    "SELECT t.v FROM main.t WHERE t.id = 1",
    "SELECT x.v FROM t AS x WHERE x.id = 1",
    "SELECT x.v FROM main.t x WHERE x.id = 1",
    "FROM t SELECT v WHERE id = 1",
    "SELECT t.v FROM t JOIN other ON other.id = t.id + 1 WHERE t.id = 1",
    "SELECT b.v FROM t a, t b WHERE a.id = b.id AND b.id = 1",
    "SELECT v FROM (SELECT * FROM t) WHERE id = 1",
    "SELECT (SELECT v FROM t WHERE id = 1)",
    "SELECT (SELECT (SELECT v FROM main.t WHERE id = o.id - 1) FROM other o WHERE id = 2)",
    "SELECT l.v FROM other, LATERAL (SELECT v FROM t WHERE t.id = other.id - 1) l",
    "SELECT v FROM t WHERE EXISTS (SELECT 1 FROM t s WHERE s.v = t.v AND s.id = 1)",
    "WITH c AS (SELECT * FROM t) SELECT v FROM c WHERE id = 1",
    "WITH t AS (SELECT * FROM main.t) SELECT v FROM t WHERE id = 1",
    "WITH t AS (SELECT * FROM t) SELECT v FROM t WHERE id = 1",
    "WITH other AS (SELECT * FROM t) SELECT v FROM other WHERE id = 1",
    "WITH RECURSIVE r AS (SELECT id, v FROM t WHERE id = 1 UNION ALL SELECT r.id + 1, t.v FROM r "
    "JOIN t ON t.id = r.id + 1) SELECT v FROM r WHERE id = 1",
    "SELECT v FROM t WHERE id = 1 UNION SELECT v FROM main.t WHERE id = 1",
    "VALUES ((SELECT v FROM t WHERE id = 1))",
    "SELECT * EXCLUDE (id) FROM t WHERE id = 1",
    "SELECT COLUMNS('v') FROM t WHERE id = 1",
    "SELECT t.* EXCLUDE (id) FROM t WHERE id = 1",
    "SELECT list(v ORDER BY id)[1] FROM t",
    "SELECT struct_extract(t, 'v') FROM t WHERE id = 1",
    "SELECT v FROM t QUALIFY row_number() OVER (ORDER BY id) = 1",
    "SELECT v FROM tv WHERE id = 1",
    "SELECT v FROM main.tv WHERE id = 1",
    "SELECT v FROM tvv WHERE id = 1",
    "SELECT tv.v FROM tv JOIN t USING (id) WHERE id = 1",
    "SELECT v_of(1)",
    "SELECT main.v_of(1)",
    "SELECT v FROM rows_of(1)",
]

# Ways that may also be refused: what they read cannot be told from the text.
DARK_READS = [
    "SELECT v FROM query('SELECT * FROM t WHERE id = 1')",
    "SELECT v FROM query('SELECT * FROM main.t WHERE id = ' || 1)",
    "SELECT v FROM query_table('t') WHERE id = 1",
    "SELECT v FROM query_table('main.t') WHERE id = 1",
    "SELECT v FROM query_table(['t']) WHERE id = 1",
    "SELECT v FROM 't' WHERE id = 1",
    "PREPARE q AS SELECT v FROM t WHERE id = 1; EXECUTE q",
    "SET search_path = 'main'; SELECT v FROM t WHERE id = 1",
    "USE main; SELECT v FROM t WHERE id = 1",
    "PRAGMA show_tables; SELECT v FROM t WHERE id = 1",
    "SELECT v FROM json_execute_serialized_sql(json_serialize_sql('SELECT v FROM t WHERE id = 1'))",
]


def wrong(connection, expected, reads=READS):
    """The ways of reading that show something else than expected, each with what it shows."""
    found = {}
    for sql in reads:
        try:
            value = connection.one(sql)
        except psycopg2.Error as error:
            value = expected if sql in DARK_READS else f"{error.pgcode} {error}"
        except AssertionError as error:
            value = f"not one row: {error}"
        if value != expected:
            found[sql] = value
    return found


def test_every_way_to_read_in_a_branch_shows_the_branch(world):
    setup(world)
    branch = world.fork(None, "UPDATE t SET v = 'branch' WHERE id = 1")
    world.run("UPDATE t SET v = 'main' WHERE id = 1")
    assert wrong(world.on(branch), "branch") == {}
    assert wrong(world.on(branch, "set"), "branch") == {}
    assert wrong(world.on(branch, "query"), "branch") == {}


def test_every_way_to_read_in_a_branch_shows_its_fork_when_main_moved_on(world):
    setup(world)
    branch = world.fork()
    world.run("UPDATE t SET v = 'main' WHERE id = 1")
    assert wrong(world.on(branch), "a") == {}
    assert wrong(world.on(branch, "query"), "a") == {}


def test_every_way_to_read_in_main_shows_main(world):
    setup(world)
    world.fork(None, "UPDATE t SET v = 'branch' WHERE id = 1")
    world.run("UPDATE t SET v = 'main' WHERE id = 1")
    assert wrong(world.main, "main", READS + DARK_READS) == {}


def test_every_way_to_read_in_a_branch_works_when_main_dropped_it_all(world):
    setup(world)
    branch = world.fork()
    world.run(
        "DROP VIEW tvv", "DROP VIEW tv", "DROP MACRO v_of", "DROP MACRO TABLE rows_of",
        "DROP TABLE t", "DROP TABLE other",
    )  # fmt: skip
    assert wrong(world.on(branch), "a") == {}


@pytest.mark.parametrize("sql", DARK_READS)
def test_a_table_named_out_of_sight_is_the_branchs_or_refused(world, sql):
    setup(world)
    written, untouched = world.fork(), world.fork()
    world.on(written).run("UPDATE t SET v = 'branch' WHERE id = 1")
    world.run("UPDATE t SET v = 'main' WHERE id = 1")
    assert wrong(world.on(written), "branch", [sql]) == {}
    assert wrong(world.on(untouched), "a", [sql]) == {}


def test_names_in_mixed_case_are_one_name(world):
    world.run(
        'CREATE TABLE "Mixed Case" ("Key Col" INTEGER, "select" VARCHAR)',
        """INSERT INTO "Mixed Case" VALUES (1, 'a')""",
    )
    session = world.on(world.fork())
    session.run("""UPDATE main."mixed case" SET "SELECT" = 'x' WHERE "Mixed Case"."key col" = 1""")
    session.run("""INSERT INTO "MIXED CASE" VALUES (2, 'y')""")
    assert rows(session, '"Mixed Case"') == [(1, "x"), (2, "y")]
    assert rows(session, 'hatidata."main"."MIXED case"') == [(1, "x"), (2, "y")]
    assert rows(world.main, '"Mixed Case"') == [(1, "a")]


def test_names_with_quotes_and_dots_are_kept_apart(world):
    world.run(
        'CREATE TABLE "a.b" (k INTEGER)',
        'CREATE TABLE "q""uote" (k INTEGER)',
        """CREATE TABLE "semi;'colon" (k INTEGER)""",
    )
    session = world.on(world.fork())
    for name in ('"a.b"', '"q""uote"', """"semi;'colon\""""):
        session.run(f"INSERT INTO {name} VALUES (1)")
        session.run(f"INSERT INTO main.{name} VALUES (2)")
        assert rows(session, name) == [(1,), (2,)]
        assert rows(world.main, name) == []


def test_describe_summarize_and_show_follow_the_branch(world):
    setup(world)
    branch = world.fork(None, "ALTER TABLE t ADD COLUMN extra DATE")
    session = world.on(branch)
    for sql in ("DESCRIBE t", "SUMMARIZE t", "DESCRIBE main.t", "DESCRIBE SELECT * FROM t"):
        assert [row[0] for row in session.run(sql)] == ["id", "v", "extra"], sql
        assert [row[0] for row in world.run(sql)] == ["id", "v"], sql
    assert [row[1] for row in session.run("SELECT * FROM pragma_table_info('t')")] == ["id", "v", "extra"]


def test_the_schema_of_a_branch_cannot_be_named_from_main_or_another_branch(world):
    setup(world)
    created = world.call("SELECT * FROM branch_create('secret')")
    world.on("secret").run("UPDATE t SET v = 'secret'")
    world.on("secret").run("CREATE TABLE hidden (k INTEGER)")
    schema = created["schema_name"]
    neighbour = world.fork()
    for session in (world.main, world.on(neighbour)):
        for table in ("t", "hidden"):
            for sql in (
                f'SELECT * FROM "{schema}"."{table}"',
                f'SELECT * FROM hatidata."{schema}"."{table}"',
                f'DROP TABLE "{schema}"."{table}"',
                f'DELETE FROM "{schema}"."{table}"',
                f'CREATE VIEW peek AS SELECT * FROM "{schema}"."{table}"',
                f"SELECT * FROM query('SELECT * FROM \"{schema}\".\"{table}\"')",
                f"SELECT * FROM query_table('{schema}.{table}')",
            ):
                with pytest.raises(psycopg2.Error):
                    session.run(sql)
    assert bag(world.on("secret")) == [(1, "secret"), (2, "secret"), (3, "secret")]
    assert tables(world.on("secret")) == ["hidden", "other", "t", "tv", "tvv"]


def test_search_path_does_not_open_a_branch_to_main(world):
    setup(world)
    schema = world.call("SELECT * FROM branch_create('secret')")["schema_name"]
    world.on("secret").run("UPDATE t SET v = 'secret'")
    with contextlib.suppress(psycopg2.Error):
        world.run(f"SET search_path = '{schema},main'")
    assert bag(world.main) == START
    with contextlib.suppress(psycopg2.Error):
        world.run("UPDATE t SET v = 'main'")
    assert bag(world.on("secret"))[0] == (1, "secret")


def test_the_registry_cannot_be_written_by_sql(world):
    branch = world.fork()
    for sql in (
        "DELETE FROM _hatidata_branches",
        "UPDATE _hatidata_branches SET name = 'x'",
        "DROP TABLE _hatidata_branches",
    ):
        for session in (world.main, world.on(branch)):
            with pytest.raises(psycopg2.Error):
                session.run(sql)
    assert world.branches() == [branch]


def test_a_temp_table_hides_a_table_of_the_branch_and_stays_with_its_session(world):
    setup(world)
    branch = world.fork()
    session = world.on(branch)
    session.run("CREATE TEMP TABLE t AS SELECT 100 AS id, 'temp' AS v")
    session.run("UPDATE t SET v = 'still temp'")
    assert rows(session) == [(100, "still temp")]
    assert rows(session, "main.t") == START
    assert rows(world.on(branch)) == START
    assert bag(world.main) == START


def test_a_branch_error_names_the_table_as_the_user_does(world):
    setup(world)
    created = world.call("SELECT * FROM branch_create('named')")
    session = world.on("named")
    session.run("UPDATE t SET v = 'x' WHERE id = 1")
    for code, sql in (
        ("23505", "INSERT INTO t VALUES (1, 'again')"),
        ("42703", "SELECT nothing FROM t"),
        ("42P01", "SELECT * FROM nothing"),
    ):
        with failing(code) as caught:
            session.run(sql)
        assert created["schema_name"] not in str(caught.value)
        assert created["branch_id"] not in str(caught.value)
