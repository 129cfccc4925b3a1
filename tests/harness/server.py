"""Starts `hati serve` as a child process for a test, and stops it in a chosen way.

The server runs in the foreground with a free port and a data folder of its own, so tests never
meet each other. What the server prints is kept and shown when something goes wrong.
"""

import atexit
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
import weakref

import psycopg2
import psycopg2.extensions

READY = re.compile(r"Proxy running on localhost:(\d+)")
START_TIMEOUT = 60
STOP_TIMEOUT = 30

_alive = weakref.WeakSet()


def hati_bin():
    """The binary under test."""
    return os.environ.get("HATI_BIN") or os.path.expanduser("~/.cache/hatidata/target/debug/hati")


def clean_env(extra=None):
    """The environment without the settings of the person who runs the tests."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HATIDATA_", "PG"))}
    env.update(extra or {})
    return env


class Connection(psycopg2.extensions.connection):
    """A psycopg2 connection that needs one line per statement."""

    def run(self, sql, params=None):
        """Rows of a statement, or None when it returns none."""
        with self.cursor() as cur:
            cur.execute(sql, params)
            return cur.fetchall() if cur.description else None

    def one(self, sql, params=None):
        """The only value of the only row."""
        rows = self.run(sql, params)
        assert rows is not None and len(rows) == 1 and len(rows[0]) == 1, rows
        return rows[0][0]

    def tag(self, sql, params=None):
        """The command tag of a statement."""
        with self.cursor() as cur:
            cur.execute(sql, params)
            return cur.statusmessage

    def name(self, prefix="t"):
        """A table name that no other test uses."""
        return unique(prefix)


def unique(prefix="t"):
    return f"{prefix}_{uuid.uuid4().hex[:10]}"


class Server:
    """`with Server() as s:` is a running server; afterwards it was stopped and had not crashed."""

    host = "127.0.0.1"

    def __init__(self, data_dir=None, env=None, args=(), port=0):
        """`port=None` leaves the port to `args`, `env` and the config file."""
        self._tmp = None
        if data_dir is None:
            self._tmp = tempfile.mkdtemp(prefix="hati-test-")
            data_dir = pathlib.Path(self._tmp) / ".hati"
            weakref.finalize(self, shutil.rmtree, self._tmp, True)
        self.data_dir = pathlib.Path(data_dir)
        self.env = dict(env or {})
        self.args = [*([] if port is None else ["--pg-port", str(port)]), *args]
        self.port = None
        self._proc = None
        self._expected_exit = False
        logs = tempfile.mkdtemp(prefix="hati-log-")
        self._logs = pathlib.Path(logs)
        weakref.finalize(self, shutil.rmtree, logs, True)
        _alive.add(self)

    # -- life ------------------------------------------------------------------------------

    def start(self):
        assert self._proc is None, "already running"
        command = [hati_bin(), "serve", "--data-dir", str(self.data_dir), *self.args]
        with open(self._out, "ab") as out, open(self._err, "ab") as err:
            seen = out.tell()
            self._proc = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=clean_env(self.env)
            )
        self._expected_exit = False
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            with open(self._out, "rb") as out:
                out.seek(seen)
                ready = READY.search(out.read().decode(errors="replace"))
            if ready:
                self.port = int(ready.group(1))
                return self
            code = self._proc.poll()
            if code is not None:
                self._proc = None
                raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{self.log()}")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"no 'Proxy running' line in {START_TIMEOUT} s:\n{self.log()}")
            time.sleep(0.01)

    def stop(self):
        """Asks politely, as a service manager does; the server must end with 0."""
        self.signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"exit code {code} after SIGTERM:\n{self.log()}"

    def kill(self):
        """kill -9: nothing of the process gets a chance to tidy up."""
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number):
        self._expected_exit = True
        self._proc.send_signal(number)

    def wait(self, timeout=STOP_TIMEOUT):
        """The exit code; the server is known to be gone afterwards."""
        try:
            code = self._proc.wait(timeout)
        except subprocess.TimeoutExpired:
            self._proc.kill()
            self._proc.wait()
            self._proc = None
            raise AssertionError(f"still running after {timeout} s:\n{self.log()}") from None
        self._proc = None
        return code

    def restart(self):
        if self.running():
            self.stop()
        self._proc = None
        return self.start()

    def running(self):
        return self._proc is not None and self._proc.poll() is None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        crashed = self._proc is not None and self._proc.poll() is not None and not self._expected_exit
        code = self._proc.returncode if self._proc else None
        try:
            if self.running():
                if kind is None:
                    self.stop()
                else:
                    self.kill()
            if crashed and kind is None:
                raise AssertionError(f"the server ended by itself with {code}:\n{self.log()}")
        finally:
            if self._tmp:
                shutil.rmtree(self._tmp, ignore_errors=True)

    # -- looking at it ---------------------------------------------------------------------

    @property
    def _out(self):
        return self._logs / "stdout"

    @property
    def _err(self):
        return self._logs / "stderr"

    @property
    def pid(self):
        return self._proc.pid if self._proc else None

    def log(self):
        """Everything it printed, standard output first."""
        return "".join(p.read_text(errors="replace") for p in (self._out, self._err) if p.exists())

    def rss_mb(self):
        """Resident memory, in MB."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024

    def cpu_seconds(self):
        """CPU time used so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # -- talking to it ---------------------------------------------------------------------

    def dsn(self, dbname="hatidata", **kw):
        """Keyword arguments for any libpq-like client."""
        return {"host": self.host, "port": self.port, "user": "agent", "dbname": dbname, **kw}

    def connect(self, dbname="hatidata", autocommit=True, **kw):
        kw.setdefault("connect_timeout", 20)
        connection = psycopg2.connect(connection_factory=Connection, **self.dsn(dbname, **kw))
        connection.autocommit = autocommit
        return connection


class External(Server):
    """A PostgreSQL that already runs (HATI_TEST_DSN="host=… port=… user=… dbname=…").

    Only for checking the tests themselves where the behaviour is Postgres's own.
    """

    def __init__(self, dsn):
        self._dsn = dict(part.split("=", 1) for part in dsn.split())
        self.host, self.port = self._dsn["host"], int(self._dsn["port"])

    def start(self):
        return self

    def __exit__(self, *_):
        pass

    def dsn(self, dbname="hatidata", **kw):
        return {**self._dsn, **kw}


@atexit.register
def _kill_leftovers():
    for server in list(_alive):
        if getattr(server, "_proc", None) is not None and server.running():
            server.kill()
