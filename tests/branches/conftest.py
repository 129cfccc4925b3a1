"""A server for the branch tests, emptied before each of them."""

import pathlib
import tempfile
import time

import psycopg2
import pytest
from harness.server import Server
from world import World


@pytest.fixture(scope="session")
def branch_server():
    """One server for all branch tests: starting one per test would cost more than the tests.

    Its files are in memory where the system offers that: these tests commit some 50,000 times and
    lose no power. What must survive a crash is tested on a disk, in `tests/crash`.
    """
    memory = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="hati-branches-", dir=memory) as folder:
        with Server(data_dir=pathlib.Path(folder) / ".hati") as server:
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


LEFT = (
    "SELECT CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END, table_name "
    "FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1 DESC",
    "SELECT 'SEQUENCE', sequence_name FROM duckdb_sequences()",
)
LEFT_MACROS = (
    "SELECT DISTINCT CASE function_type WHEN 'macro' THEN 'MACRO' ELSE 'MACRO TABLE' END, "
    "function_name FROM duckdb_functions() WHERE schema_name = 'main' AND NOT internal "
    "AND function_type IN ('macro', 'table_macro')"
)


def empty(world):
    """Discards every branch and drops all that former tests left in main."""
    for (branch,) in world.run("SELECT branch_id FROM branch_list()"):
        world.run(f"SELECT branch_discard('{branch}')")
    lists = LEFT
    if getattr(world.server, "has_macros", False):
        lists = (*LEFT, LEFT_MACROS)
    for wait in (0, 0, 0, 0, 0.1, 0.3, 1, 3):
        time.sleep(wait)  # what an ended branch held may be collected a moment later
        left = [row for sql in lists for row in world.main.run(sql)]
        if not left:
            world.server.has_macros = False
            return
        for kind, name in left:
            try:
                world.run('DROP {} "{}"'.format(kind, name.replace('"', '""')))
            except psycopg2.Error:
                pass  # something else in the list still needs it: next round
    raise AssertionError(f"cannot empty the database: {left}")
