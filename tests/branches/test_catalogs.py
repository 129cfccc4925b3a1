"""What catalogs show: "All of these schemas are invisible ... A branch session sees the branch's
tables under their ordinary names in `main`"."""

import psycopg2
import pytest
from world import INTERNAL

# A catalog query -> the rows a session must see, once the scene below is set: in main, in the branch.
LISTS = {
    "SELECT table_schema, table_name FROM information_schema.tables": "schema+name+views",
    "SELECT table_schema, table_name FROM INFORMATION_SCHEMA.TABLES WHERE table_schema = 'main'": (
        "schema+name+views"
    ),
    "SELECT schema_name, table_name FROM duckdb_tables()": "schema+name",
    "SELECT schemaname, tablename FROM pg_tables": "schema+name",
    "SELECT schemaname, tablename FROM pg_catalog.pg_tables": "schema+name",
    "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
    "WHERE relkind = 'r' AND nspname = 'main'": "schema+name",
    "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'": "name",
    "SELECT table_name FROM duckdb_tables() WHERE NOT internal": "name",
    "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND relnamespace = 'main'::regnamespace": "name",
    "SHOW TABLES": "name+views",
    "SELECT name FROM (SHOW TABLES)": "name+views",
    "SELECT schema, name FROM (SHOW ALL TABLES)": "schema+name+views",
}

# Every catalog that could show a schema, a copy or a preserved version.
CATALOGS = [
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM information_schema.columns",
    "SELECT * FROM information_schema.schemata",
    "SELECT * FROM information_schema.table_constraints",
    "SELECT * FROM information_schema.key_column_usage",
    "SELECT * FROM information_schema.constraint_column_usage",
    "SELECT * FROM information_schema.referential_constraints",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_columns()",
    "SELECT * FROM duckdb_schemas()",
    "SELECT * FROM duckdb_views() WHERE NOT internal",
    "SELECT * FROM duckdb_indexes()",
    "SELECT * FROM duckdb_constraints()",
    "SELECT * FROM duckdb_sequences()",
    "SELECT * FROM duckdb_dependencies()",
    "SELECT * FROM duckdb_functions() WHERE NOT internal",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM pg_catalog.pg_namespace",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM pg_catalog.pg_views WHERE schemaname = 'main'",
    "SELECT * FROM pg_catalog.pg_attribute",
    "SELECT * FROM pg_catalog.pg_index",
    "SELECT * FROM pg_catalog.pg_indexes",
    "SELECT * FROM pg_catalog.pg_constraint",
    "SELECT * FROM pg_catalog.pg_sequences",
    "SELECT * FROM sqlite_master",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SHOW DATABASES",
    "PRAGMA show_tables",
    "PRAGMA database_list",
]


@pytest.fixture
def scene(world):
    """A branch that wrote, dropped, altered and made tables, and a main that moved on."""
    world.run(
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, v VARCHAR)",
        "CREATE TABLE altered (id INTEGER)",
        "CREATE TABLE gone (id INTEGER)",
        "CREATE TABLE dropped_in_main (id INTEGER)",
        "CREATE INDEX kept_v ON kept (v)",
        "CREATE VIEW v AS SELECT * FROM altered",
    )
    world.created = world.call("SELECT * FROM branch_create('scene')")
    session = world.branch = world.on("scene")
    for sql in (
        "INSERT INTO kept VALUES (1, 'a')",
        "ALTER TABLE altered ADD COLUMN extra DATE",
        "DROP TABLE gone",
        "CREATE TABLE made (id INTEGER)",
        "CREATE VIEW made_v AS SELECT * FROM made",
    ):
        session.run(sql)
    world.run(
        "INSERT INTO kept VALUES (2, 'b')",
        "DROP TABLE dropped_in_main",
        "CREATE TABLE later (id INTEGER)",
    )
    world.expected = {
        "main": (["altered", "gone", "kept", "later"], ["v"]),
        "branch": (["altered", "dropped_in_main", "kept", "made"], ["made_v", "v"]),
    }
    return world


@pytest.mark.parametrize("side", ["main", "branch"])
@pytest.mark.parametrize("sql", LISTS)
def test_lists_show_the_tables_of_the_session_under_main(scene, sql, side):
    shape = LISTS[sql]
    names, views = scene.expected[side]
    expected = sorted(names + (views if "views" in shape else []))
    session = scene.main if side == "main" else scene.branch
    found = sorted(session.run(sql))
    assert found == [("main", name) if "schema" in shape else (name,) for name in expected]


def test_catalogs_show_nothing_internal(scene):
    secrets = (*INTERNAL, scene.created["schema_name"], scene.created["branch_id"])
    shown = {}
    for session in (scene.main, scene.branch):
        for sql in CATALOGS:
            try:
                text = str(session.run(sql))
            except psycopg2.errors.FeatureNotSupported:
                continue  # not offered in a branch: nothing shown
            found = [secret for secret in secrets if secret in text]
            if found:
                shown[sql] = found
    assert shown == {}


def test_schemas_are_those_of_a_database_without_branches(scene):
    for session in (scene.main, scene.branch):
        for sql in (
            "SELECT schema_name FROM information_schema.schemata",
            "SELECT schema_name FROM duckdb_schemas()",
            "SELECT nspname FROM pg_catalog.pg_namespace",
        ):
            found = {name for (name,) in session.run(sql)}
            assert "main" in found, sql
            assert found <= {"main", "information_schema", "pg_catalog", "pg_temp"}, sql


def test_columns_are_those_of_the_session(scene):
    for sql in (
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'altered' "
        "AND table_schema = 'main' ORDER BY ordinal_position",
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'altered' ORDER BY column_index",
        "SELECT attname FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid "
        "WHERE relname = 'altered' AND attnum > 0 ORDER BY attnum",
    ):
        assert scene.main.run(sql) == [("id",)], sql
        assert scene.branch.run(sql) == [("id",), ("extra",)], sql


def test_views_of_a_branch_session_are_listed_once_and_in_main(scene):
    sql = "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY 2"
    assert scene.main.run(sql) == [("main", "v")]
    assert scene.branch.run(sql) == [("main", "made_v"), ("main", "v")]


def test_indexes_and_constraints_are_listed_once_and_in_main(scene):
    for session in (scene.main, scene.branch):
        assert session.run("SELECT schema_name, index_name, table_name FROM duckdb_indexes()") == [
            ("main", "kept_v", "kept")
        ]
        assert session.run(
            "SELECT schema_name, table_name, constraint_type FROM duckdb_constraints() "
            "WHERE constraint_type = 'PRIMARY KEY'"
        ) == [("main", "kept", "PRIMARY KEY")]


def test_the_definition_of_a_table_reads_like_its_users_wrote_it(scene):
    for session in (scene.main, scene.branch):
        definition = session.one("SELECT sql FROM duckdb_tables() WHERE table_name = 'kept'")
        assert definition == "CREATE TABLE kept(id INTEGER PRIMARY KEY, v VARCHAR);"


def test_row_counts_in_the_catalog_are_of_the_session(scene):
    sql = "SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'kept'"
    scene.branch.run("INSERT INTO kept VALUES (3, 'c'), (4, 'd')")
    assert scene.main.one(sql) == 1
    assert scene.branch.one(sql) == 3


def test_catalogs_are_clean_again_after_the_branch_ended(scene):
    scene.run("SELECT branch_discard('scene')")
    assert scene.run("SELECT table_name FROM duckdb_tables() ORDER BY 1") == [
        (name,) for name in scene.expected["main"][0]
    ]
    assert scene.run("SHOW TABLES") == [("altered",), ("gone",), ("kept",), ("later",), ("v",)]


def test_if_exists_and_if_not_exists_look_at_the_branch(scene):
    scene.branch.run("DROP TABLE IF EXISTS gone")
    scene.branch.run("DROP TABLE IF EXISTS later")
    scene.branch.run("CREATE TABLE IF NOT EXISTS made (other DATE)")
    assert scene.branch.run("SELECT column_name FROM (DESCRIBE made)") == [("id",)]
    assert scene.run("SELECT count(*) FROM gone") == [(0,)]
    assert scene.run("SELECT count(*) FROM later") == [(0,)]
