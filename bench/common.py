"""What the benchmarks share: servers, clocks, and the table of results.

A benchmark is a module with `run() -> Result`. Ours and its peer take turns round by round, so that a busy moment
of the machine falls on both; the numbers shown are medians.
"""

import contextlib
import os
import pathlib
import pwd
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness.server import Server  # noqa: E402,F401  (benchmarks take it from here)


@dataclass
class Result:
    """One table, what was promised about it, and what a reader must know to repeat it."""

    title: str
    columns: list
    rows: list = field(default_factory=list)
    promises: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def row(self, *cells):
        self.rows.append([str(cell) for cell in cells])
        print("   ", " | ".join(self.rows[-1]), flush=True)

    def promise(self, text, measured, kept):
        self.promises.append((text, measured, "kept" if kept else "MISSED"))
        print(f"    {self.promises[-1][2]}: {text} (measured: {measured})", flush=True)

    def markdown(self):
        out = [f"## {self.title}", ""]
        out += [table(self.columns, self.rows), ""]
        if self.promises:
            out += [table(["promise", "measured", ""], self.promises), ""]
        out += [f"* {note}" for note in self.notes]
        return "\n".join(out).rstrip() + "\n"


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@contextlib.contextmanager
def clock(into):
    """Appends the seconds that the block took to the list `into`."""
    started = time.perf_counter()
    yield
    into.append(time.perf_counter() - started)


median = statistics.median


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def ms(seconds, digits=2):
    return f"{seconds * 1e3:.{digits}f} ms"


def us(seconds):
    return f"{seconds * 1e6:.0f} µs"


def ratio(ours, peer):
    return f"{ours / peer:.2f} ×"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """`with Postgres() as pg:` is a PostgreSQL with its default settings, in a temporary folder, on a free port."""

    def __init__(self):
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not binaries:
            raise RuntimeError("PostgreSQL is not installed; run `scripts/setup bench`")
        self.bin = binaries[-1]
        self.port = free_port()

    def __enter__(self):
        self._tmp = tempfile.TemporaryDirectory(prefix="hati-bench-pg-")
        folder = pathlib.Path(self._tmp.name)
        self._user = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            entry = pwd.getpwnam("postgres")
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            self._user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        data = str(folder / "data")
        initdb = [self.bin / "initdb", "-D", data, "-U", "agent", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **self._user)
        command = [self.bin / "postgres", "-D", data, "-p", str(self.port), "-k", str(folder), "-h", "127.0.0.1"]
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

    def connect(self):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="agent", dbname="postgres")
        connection.autocommit = True
        return connection

    def version(self):
        connection = self.connect()
        number = connection.server_version
        connection.close()
        return f"PostgreSQL {number // 10000}.{number % 10000}"


def execute(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None
