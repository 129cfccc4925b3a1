"""Kills a server while it works, and says whether the work was acknowledged."""

import contextlib
import os
import random
import threading
import time

import psycopg2

# Another seed, other moments: HATI_CRASH_SEED=7 pytest tests/crash
DICE = random.Random(int(os.environ.get("HATI_CRASH_SEED", "1")))


def call(connection, *statements):
    """The rows of the last statement."""
    found = None
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
            found = cursor.fetchall() if cursor.description else None
    return found


def ask(server, *statements, branch=None):
    """The same on a connection of its own, in main or on a branch."""
    with contextlib.closing(server.connect(f"hatidata/{branch}" if branch else "hatidata")) as connection:
        return call(connection, *statements)


def seconds(work):
    """How long the work takes when nobody disturbs it."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def kill_during(server, work, after):
    """kill -9 `after` seconds into `work()`, then a new start; True if the work had ended before.

    Work that ended was acknowledged: all of it must be there. Work that did not may be there or
    not, as a whole.
    """
    acknowledged = []

    def run():
        with contextlib.suppress(psycopg2.Error):
            work()
            acknowledged.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(after)
    server.kill()
    thread.join()
    server.start()
    return bool(acknowledged)


def moments(count, duration):
    """Random moments of a piece of work: one in each part of it, a little beyond its end too."""
    return [(part + DICE.random()) / count * duration * 1.2 for part in range(count)]


def file_size(server):
    """Bytes of the database on disk, log included."""
    return sum(
        path.stat().st_size for path in server.data_dir.iterdir() if path.name.startswith("hatidata.duckdb")
    )
