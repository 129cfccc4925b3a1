"""A project folder with `hati` at hand, in which nothing is left running."""

import json
import os
import signal

import psycopg2
import pytest
from harness.cli import alive, gone, hati
from harness.server import Connection

FREE_PORTS = {"HATIDATA_PG_PORT": "0", "HATIDATA_REST_PORT": "0", "HATIDATA_MCP_PORT": "0"}


class Project:
    """A folder in which somebody works; commands run there unless told otherwise."""

    def __init__(self, folder):
        self.folder = folder
        self.data_dir = folder / ".hati"

    def hati(self, *args, **kw):
        kw.setdefault("cwd", self.folder)
        kw["env"] = {**FREE_PORTS, **kw.get("env", {})}
        return hati(*args, **kw)

    def ok(self, *args, **kw):
        """A command that must succeed; its standard output."""
        said = self.hati(*args, **kw)
        assert said.code == 0, said
        return said.out

    def init(self, *args):
        return self.ok("init", *args)

    @property
    def running(self):
        """server.json of a server that is alive, else None."""
        try:
            told = json.loads((self.data_dir / "server.json").read_text())
        except FileNotFoundError:
            return None
        return told if alive(told["pid"]) else None

    def connect(self, dbname="hatidata"):
        connection = psycopg2.connect(host="127.0.0.1", port=self.running["pg_port"], user="agent", dbname=dbname, connection_factory=Connection)
        connection.autocommit = True
        return connection

    def close(self):
        if told := self.running:
            os.kill(told["pid"], signal.SIGKILL)
            gone(told["pid"])


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    yield project
    project.close()


@pytest.fixture(params=["through the server", "directly"])
def either_way(request, project):
    """An initialised project whose server runs, and one whose server does not."""
    project.init(*([] if request.param == "through the server" else ["--no-start"]))
    assert bool(project.running) == (request.param == "through the server")
    return project
