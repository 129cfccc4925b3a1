"""A server for the branch tests, emptied before each of them."""

import psycopg2
import pytest
from harness.server import Server
from world import World


@pytest.fixture(scope="session")
def branch_server():
    """One server for all branch tests: starting one per test would cost more than the tests."""
    with Server() as server:
        yield server


@pytest.fixture
def world(branch_server):
    """An empty database with no branches, and the vocabulary of `world.py`."""
    if not branch_server.running():  # a test before this one broke it, and failed for that
        branch_server.restart()
    world = World(branch_server)
    empty(world)
    yield world
    world.close()


@pytest.fixture
def file_world():
    """A server that may read files, which is off by default."""
    with Server(env={"HATIDATA_EXTERNAL_ACCESS": "true"}) as server:
        world = World(server)
        yield world
        world.close()


def empty(world):
    """Discards every branch and drops all that former tests left in main."""
    for (branch,) in world.run("SELECT branch_id FROM branch_list()"):
        world.run(f"SELECT branch_discard('{branch}')")
    for _ in range(10):
        left = [
            *world.run(
                "SELECT CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END, table_name "
                "FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1 DESC"
            ),
            *world.run("SELECT 'SEQUENCE', sequence_name FROM duckdb_sequences()"),
            *world.run(
                "SELECT DISTINCT CASE function_type WHEN 'macro' THEN 'MACRO' ELSE 'MACRO TABLE' END, "
                "function_name FROM duckdb_functions() WHERE schema_name = 'main' AND NOT internal "
                "AND function_type IN ('macro', 'table_macro')"
            ),
        ]
        if not left:
            return
        for kind, name in left:
            try:
                world.run('DROP {} "{}"'.format(kind, name.replace('"', '""')))
            except psycopg2.Error:
                pass  # something else in the list still needs it: next round
    raise AssertionError(f"cannot empty the database: {left}")
