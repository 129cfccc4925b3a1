"""Both servers, once for all topics, and what they answered."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from compare import MODES, Answers  # noqa: E402  (needs the path above)
from harness import postgres  # noqa: E402
from harness.server import Server  # noqa: E402


@pytest.fixture(scope="session")
def peer():
    """A real PostgreSQL."""
    if not postgres.is_installed():
        pytest.skip("PostgreSQL is not installed")
    with postgres.Postgres("fsync=off") as running:
        yield running


@pytest.fixture(scope="session")
def answers(peer):
    """`answers(topic, mode)`: the statements of a topic with PostgreSQL's answer and ours."""
    with Server() as postgres_mode, Server() as auto:
        yield Answers(peer.dsn(), dict(zip(MODES, (postgres_mode.dsn(), auto.dsn()))))
