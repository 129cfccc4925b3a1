"""Real threads: forks, first writes and merges in the middle of transactions that never stop.

The model test interleaves statements one after the other; here they truly meet. There is no exact
expectation, so invariants are checked: money only moves between two tables, so every state that any
session ever sees has the same sum.
"""

import contextlib
import random
import threading
import time

import psycopg2
import pytest
from harness.server import Server

ACCOUNTS = 40
TOTAL = ACCOUNTS * 100
SUM = "SELECT (SELECT sum(v) FROM a) + (SELECT sum(v) FROM b)"


def call(connection, *statements):
    """The rows of the last statement."""
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


class Mover(threading.Thread):
    """Moves money from a to b until told to stop; accounts are its own, so nothing conflicts."""

    def __init__(self, server, number, stop, dbname="hatidata"):
        super().__init__()
        self.connection = server.connect(dbname)
        self.account, self.stop = number, stop
        self.moved = 0
        self.error = None

    def run(self):
        dice = random.Random(self.account)
        with contextlib.closing(self.connection):
            while not self.stop.is_set():
                amount = dice.randint(1, 5)
                try:
                    call(
                        self.connection,
                        "BEGIN",
                        f"UPDATE a SET v = v - {amount} WHERE id = {self.account}",
                        f"UPDATE b SET v = v + {amount} WHERE id = {self.account}",
                    )
                    if dice.random() < 0.2:
                        call(self.connection, "ROLLBACK")
                        continue
                    call(self.connection, "COMMIT")
                    self.moved += amount
                    time.sleep(0.001)
                except psycopg2.Error as error:
                    if error.pgcode != "40001":
                        self.error = error
                        return
                    call(self.connection, "ROLLBACK")


@contextlib.contextmanager
def movers(server, count, dbname="hatidata"):
    stop = threading.Event()
    threads = [Mover(server, number, stop, dbname) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for thread in threads:
        assert thread.error is None, thread.error


@pytest.fixture
def bank():
    with Server() as server, contextlib.closing(server.connect()) as main:
        for table, value in (("a", 100), ("b", 0)):
            call(
                main,
                f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, v INTEGER)",
                f"INSERT INTO {table} SELECT range, {value} FROM range({ACCOUNTS})",
            )
        server.main = main
        yield server


def test_a_fork_in_the_middle_of_transactions_is_one_committed_state(bank):
    sessions = []
    with movers(bank, 4) as threads:
        for number in range(12):
            call(bank.main, f"SELECT branch_create('b{number}')")
            session = bank.connect(f"hatidata/b{number}")
            first = call(session, "SELECT * FROM a"), call(session, "SELECT * FROM b")
            assert call(session, SUM) == [(TOTAL,)], number
            sessions.append((session, first))
            time.sleep(0.05)
        for session, first in sessions:
            assert (call(session, "SELECT * FROM a"), call(session, "SELECT * FROM b")) == first
    assert sum(thread.moved for thread in threads) > 0
    for session, first in sessions:
        assert (call(session, "SELECT * FROM a"), call(session, "SELECT * FROM b")) == first
        session.close()
    moved = call(bank.main, "SELECT sum(v) FROM b")[0][0]
    assert moved == sum(thread.moved for thread in threads), "every acknowledged transfer is in main"


def test_a_branch_written_while_main_is_written_stays_apart(bank):
    call(bank.main, "SELECT branch_create('work')")
    with movers(bank, 2) as in_main, movers(bank, 2, "hatidata/work") as in_branch:
        with contextlib.closing(bank.connect("hatidata/work")) as session:
            for _ in range(20):
                assert call(session, SUM) == call(bank.main, SUM) == [(TOTAL,)]
    with contextlib.closing(bank.connect("hatidata/work")) as session:
        moved = "SELECT sum(v) FROM b"
        assert call(session, moved)[0][0] == sum(thread.moved for thread in in_branch)
        assert call(bank.main, moved)[0][0] == sum(thread.moved for thread in in_main)


def test_merges_between_writers_lose_nothing(bank):
    """Branches move money of accounts that main leaves alone; merged while main keeps writing."""
    merged = 0
    with movers(bank, 3) as threads:
        for number in range(6):
            account = 10 + number
            call(bank.main, f"SELECT branch_create('m{number}')")
            with contextlib.closing(bank.connect(f"hatidata/m{number}")) as session:
                call(
                    session,
                    f"UPDATE a SET v = v - 7 WHERE id = {account}",
                    f"UPDATE b SET v = v + 7 WHERE id = {account}",
                )
            for _ in range(20):
                try:
                    call(bank.main, f"SELECT branch_merge('m{number}', 'abort')")
                    merged += 7
                    break
                except psycopg2.Error as error:
                    assert error.pgcode == "55P03", error  # writers kept it out: again
            assert call(bank.main, SUM) == [(TOTAL,)]
    assert merged == 6 * 7
    total = sum(thread.moved for thread in threads) + merged
    assert call(bank.main, "SELECT sum(v) FROM b") == [(total,)]


def test_creating_and_discarding_branches_beside_writers_disturbs_nobody(bank):
    with movers(bank, 3) as threads:
        end = time.monotonic() + 3
        number = 0
        while time.monotonic() < end:
            number += 1
            call(bank.main, f"SELECT branch_create('c{number}')")
            with contextlib.closing(bank.connect(f"hatidata/c{number}")) as session:
                call(session, "UPDATE a SET v = 0")
                assert call(session, "SELECT sum(v) FROM a") == [(0,)]
            call(bank.main, f"SELECT branch_discard('c{number}')")
    assert call(bank.main, SUM) == [(TOTAL,)]
    assert call(bank.main, "SELECT sum(v) FROM b") == [(sum(thread.moved for thread in threads),)]
