"""What the benchmarks share: servers, clocks, and the table of results.

A benchmark is a module with `run() -> Result`. Ours and its peer take turns round by round, so that a busy moment
of the machine falls on both; the numbers shown are medians.
"""

import contextlib
import pathlib
import statistics
import sys
import time
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from harness.postgres import Postgres  # noqa: E402,F401  (benchmarks take them from here)
from harness.server import Server  # noqa: E402,F401


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


def execute(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None
