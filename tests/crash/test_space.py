"""Disk space: "create-write-discard cycles must not grow the file", and what a crash left behind is
collected."""

import contextlib
import os

import pytest
from harness.pgproto import eventually
from harness.server import Server
from killing import ask, call, file_size, kill_during, moments, seconds

pytestmark = pytest.mark.timeout(1200)

# The contract's number is 1,000; a fifth of it shows the same and fits the default run.
CYCLES = int(os.environ.get("HATI_CYCLES", "200"))

TABLE = "CREATE TABLE t AS SELECT range AS id, md5(range::VARCHAR) AS v FROM range({})"
SLACK = 24 << 20  # a log before its checkpoint (16 MB) and a few free blocks

# Rows of the table and cycles. DuckDB logs small copies and writes large ones straight into the file.
LOADS = [(30000, CYCLES), (300000, CYCLES // 4)]


def assert_flat(sizes, table):
    """The file may grow until its free blocks are enough for the cycle, and then no more."""
    print("bytes from time to time:", sizes)
    early, late = max(sizes[: len(sizes) // 2]), max(sizes[-len(sizes) // 4 :])
    assert late <= early * 1.1 + SLACK, f"grew from {early} to {late}: {sizes}"
    assert late < 6 * table + SLACK, f"{late} bytes for a table of {table}"


def with_table(server, rows):
    """A server with the table, and the size of the file with nothing else in it."""
    ask(server, TABLE.format(rows))
    server.restart()  # with its log written into the file
    return file_size(server)


@pytest.mark.parametrize(("rows", "cycles"), LOADS)
def test_create_write_discard_cycles_do_not_grow_the_file(rows, cycles):
    sizes = []
    with Server() as server:
        alone = with_table(server, rows)
        with contextlib.closing(server.connect()) as main:
            for number in range(cycles):
                call(main, f"SELECT branch_create('b{number}')")
                call(main, f"SELECT branch_query('b{number}', 'UPDATE t SET v = v || ''x'' WHERE id % 9 = 0')")
                call(main, f"SELECT branch_discard('b{number}')")
                sizes.append(file_size(server))
    assert_flat(sizes, alone)


@pytest.mark.parametrize(("rows", "cycles"), LOADS)
def test_preservation_for_branches_that_come_and_go_does_not_grow_the_file(rows, cycles):
    sizes = []
    with Server() as server:
        alone = with_table(server, rows)
        with contextlib.closing(server.connect()) as main:
            for number in range(cycles // 4):
                call(main, f"SELECT branch_create('b{number}')")
                call(main, f"UPDATE t SET v = md5(v) WHERE id = {number}")
                end = "merge" if number % 2 else "discard"
                call(main, f"SELECT branch_{end}('b{number}')")
                sizes.append(file_size(server))
    assert_flat(sizes, alone)


def test_what_kills_leave_behind_is_collected():
    write = "UPDATE t SET v = 'x' WHERE id = 1"
    with Server() as server:
        alone = with_table(server, 300000)
        ask(server, "SELECT branch_create('warm-up')")
        duration = seconds(lambda: ask(server, write, branch="warm-up"))
        ask(server, "SELECT branch_discard('warm-up')")
        for number, moment in enumerate(moments(5, duration)):
            ask(server, f"SELECT branch_create('copy-{number}')")
            kill_during(server, lambda n=number: ask(server, write, branch=f"copy-{n}"), moment)
            kill_during(server, lambda: ask(server, write), moment)
            ask(server, f"SELECT branch_discard('copy-{number}')")
        assert ask(server, "SELECT * FROM branch_list()") == []
        server.restart()  # whoever collects at start has had its chance
        assert ask(server, "SELECT table_name FROM duckdb_tables()") == [("t",)]
        # ten more cycles fit in what the collected copies left
        for number in range(10):
            ask(server, f"SELECT branch_create('later-{number}')")
            ask(server, write, branch=f"later-{number}")
            ask(server, f"SELECT branch_discard('later-{number}')")
        server.restart()
        # one copy and one preserved version beside the table at any moment, and some air
        assert file_size(server) < 6 * alone + SLACK


def test_a_log_that_has_grown_is_moved_into_the_file_without_a_client():
    with Server() as server:
        log = server.data_dir / "hatidata.duckdb.wal"
        ask(server, "CREATE TABLE t (id BIGINT, v VARCHAR)")
        for start in range(0, 400_000, 100_000):  # less than a row group each, so that the log holds it
            ask(server, f"INSERT INTO t SELECT i, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) FROM range({start}, {start + 100_000}) r(i)")
        written = file_size(server)
        assert written > 16 << 20
        assert eventually(lambda: not log.exists() or log.stat().st_size < 1 << 20)
        assert ask(server, "SELECT count(*), count(DISTINCT v) FROM t") == [(400_000, 400_000)]
