"""A raw connection to the shared server."""

import pytest
from harness.pgproto import Wire


@pytest.fixture
def wire(server):
    with Wire(server) as connection:
        yield connection


@pytest.fixture
def other(server):
    """A second session beside `wire`."""
    with Wire(server) as connection:
        yield connection
