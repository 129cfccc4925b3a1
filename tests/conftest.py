"""Fixtures shared by every black-box test: a server, and a connection to it."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness.server import External, Server  # noqa: E402  (needs the path above)


def pytest_collection_modifyitems(items):
    """A hang is a failure: every test has a limit, most are far below it."""
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(60))


@pytest.fixture(scope="session")
def server():
    """One server for all tests that do not disturb others."""
    dsn = os.environ.get("HATI_TEST_DSN")
    with External(dsn) if dsn else Server() as running:
        yield running


@pytest.fixture
def fresh_server():
    """A server of one's own, to be stopped, killed or filled."""
    with Server() as running:
        yield running


@pytest.fixture
def db(server):
    """An autocommit connection to the shared server; `db.name()` gives an unused table name."""
    connection = server.connect()
    yield connection
    connection.close()
