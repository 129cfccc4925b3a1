"""A real PostgreSQL as a peer: to compare results and speed with."""

import os
import pathlib
import pwd
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2

BINARIES = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))


def is_installed():
    return bool(BINARIES)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """`with Postgres() as pg:` is a PostgreSQL with its default settings, in a temporary folder, on a free port."""

    host = "127.0.0.1"

    def __init__(self, *settings):
        """`settings` are given to the server: `Postgres("fsync=off")`."""
        if not BINARIES:
            raise RuntimeError("PostgreSQL is not installed; run `scripts/setup postgres`")
        self.bin = BINARIES[-1]
        self.port = free_port()
        self._settings = [part for setting in settings for part in ("-c", setting)]

    def __enter__(self):
        self._tmp = tempfile.TemporaryDirectory(prefix="hati-peer-")
        folder = pathlib.Path(self._tmp.name)
        self._user = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            entry = pwd.getpwnam("postgres")
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            self._user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        data = str(folder / "data")
        initdb = [self.bin / "initdb", "-D", data, "-U", "agent", "-A", "trust", "-E", "UTF8", "--locale=C", "--lc-ctype=C.UTF-8"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **self._user)
        listen = ["-p", str(self.port), "-k", str(folder), "-h", self.host]
        command = [self.bin / "postgres", "-D", data, *listen, *self._settings]
        with open(folder / "log", "wb") as log:
            self._proc = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **self._user)
        for _ in range(200):
            try:
                self.connect().close()
                return self
            except psycopg2.OperationalError:
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")

    def __exit__(self, *_):
        self._proc.send_signal(signal.SIGINT)  # "fast": SIGTERM would wait for clients to leave
        self._proc.wait(30)
        self._tmp.cleanup()

    def dsn(self, dbname="postgres", **kw):
        """Keyword arguments for any libpq-like client."""
        return {"host": self.host, "port": self.port, "user": "agent", "dbname": dbname, **kw}

    def connect(self, dbname="postgres", **kw):
        connection = psycopg2.connect(**self.dsn(dbname, **kw))
        connection.autocommit = True
        return connection

    def version(self):
        connection = self.connect()
        number = connection.server_version
        connection.close()
        return f"PostgreSQL {number // 10000}.{number % 10000}"
