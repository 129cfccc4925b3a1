"""A server for the tests that need one: the harness of the repository's black-box tests."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))


def running_server():
    harness = pytest.importorskip("harness.server", reason="the server's test harness is in the repository only")
    return harness.Server()


@pytest.fixture(scope="session")
def server():
    """One server for all tests that do not disturb others."""
    with running_server() as running:
        yield running


@pytest.fixture
def fresh_server():
    """A server of one's own, to be killed and restarted."""
    with running_server() as running:
        yield running


@pytest.fixture
def agent(server):
    from hatidata_agent import HatiDataAgent

    with HatiDataAgent(port=server.port, agent_id="tester") as connected:
        yield connected


@pytest.fixture
def table(agent):
    """The name of a table `(id INTEGER PRIMARY KEY, price INTEGER)` with rows 1..3."""
    from harness.server import unique

    name = unique("goods")
    agent.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, price INTEGER)")
    agent.execute(f"INSERT INTO {name} VALUES (1, 10), (2, 20), (3, 30)")
    return name
