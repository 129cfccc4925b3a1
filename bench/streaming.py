"""The server's memory while 10 M rows go through the wire."""

import threading
import time

from common import Result, Server, execute, ratio
from rawpg import RawConnection

ROWS = 10_000_000
COLUMNS = "i AS id, i % 97 AS class, i * 0.37 AS amount, 'name-' || i AS name"
MADE = f"SELECT {COLUMNS} FROM range({ROWS}) r(i)"


class Watch:
    """Samples the server's resident memory during a block."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.before = self.peak = self.server.rss_mb()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        self._started = time.perf_counter()
        return self

    def _sample(self):
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, self.server.rss_mb())

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self._started
        self._stop.set()
        self._thread.join()


def run():
    result = Result(
        "Memory of the server while 10 M rows × 4 columns go through the wire",
        ["rows come from", "protocol", "before", "growth", "MB sent", "growth / sent", "rows/s"],
    )
    worst = 0
    with Server() as server:
        connection = server.connect()
        execute(connection, f"CREATE TABLE t AS {MADE}")
        execute(connection, "FORCE CHECKPOINT")
        # What DuckDB keeps of the table in its buffers is not the stream's doing: bring it in first.
        execute(connection, "SELECT sum(id), sum(class), sum(amount), sum(length(name)) FROM t")
        raw = RawConnection(server.port, "hatidata")
        raw.drain(f"SELECT {COLUMNS} FROM range(100000) r(i)")
        for source, sql in (("a query", MADE), ("a table", "SELECT * FROM t")):
            for protocol, extended in (("simple", False), ("extended", True)):
                with Watch(server) as watch:
                    sent, rows = raw.drain(sql, extended)
                assert rows == ROWS
                growth = watch.peak - watch.before
                worst = max(worst, growth)
                result.row(
                    source,
                    protocol,
                    f"{watch.before:.0f} MB",
                    f"{growth:.0f} MB",
                    f"{sent / 1e6:.0f}",
                    ratio(growth, sent / 1e6),
                    f"{ROWS / watch.seconds:,.0f}",
                )
        raw.close()

        # A client that does not read: the server must wait, not buffer.
        idle = RawConnection(server.port, "hatidata")
        with Watch(server) as watch:
            idle.socket.sendall(b"Q" + (len(MADE) + 5).to_bytes(4, "big") + MADE.encode() + b"\0")
            time.sleep(3)
        idle.close()
        growth = watch.peak - watch.before
        worst = max(worst, growth)
        result.row("a query", "simple, client asleep for 3 s", f"{watch.before:.0f} MB", f"{growth:.0f} MB", "", "", "")
        connection.close()
    result.promise("memory grows by less than 100 MB", f"{worst:.0f} MB", worst < 100)
    result.notes.append("Resident memory of the server process, sampled every 20 ms; the client decodes nothing.")
    return result
