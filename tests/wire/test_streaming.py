"""Rows flow: early, in constant memory, at the reader's pace; and many connections cost little."""

import time

import pytest
from harness.pgproto import Wire, bind, eventually, execute, parse, query, rows, shape, sync

TEN_MILLION = "SELECT range AS id, 'row number ' || range AS label FROM range(10000000)"


def busy(server):
    """The share of a core the server used in a second."""
    before = server.cpu_seconds()
    time.sleep(1)
    return server.cpu_seconds() - before


@pytest.mark.timeout(150)
def test_ten_million_rows_grow_memory_by_less_than_100_mb(fresh_server):
    with Wire(fresh_server) as wire:
        wire.query("SELECT range AS id, 'row number ' || range AS label FROM range(10000)")
        before = fresh_server.rss_mb()
        highest = before
        wire.send(query(TEN_MILLION))
        total, tail, count = 0, b"", 0
        chunk = bytearray(1 << 20)
        while not tail.endswith(b"Z\0\0\0\5I"):
            size = wire.sock.recv_into(chunk)
            assert size, "closed in the middle"
            total += size
            tail = (tail + bytes(chunk[:size]))[-64:]
            count += 1
            if count % 100 == 0:
                highest = max(highest, fresh_server.rss_mb())
        highest = max(highest, fresh_server.rss_mb())
        assert b"SELECT 10000000\0" in tail
        assert total > 10_000_000 * 30
        assert highest - before < 100, f"{before:.0f} MB before, {highest:.0f} MB at the highest"


def test_many_rows_arrive_whole_and_in_order(wire):
    wire.send(parse(TEN_MILLION.replace("10000000", "150000")), bind(), execute(), sync())
    answer = wire.until_ready()
    got = [m.row for m in answer if m.kind == "D"]
    assert len(got) == 150_000
    assert all(row == [b"%d" % n, b"row number %d" % n] for n, row in enumerate(got))


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_first_rows_arrive_long_before_the_last(wire, protocol):
    """A hundred billion rows would take hours."""
    sql = "SELECT range FROM range(100000000000)"
    started = time.monotonic()
    wire.send(query(sql)) if protocol == "simple" else wire.send(parse(sql), bind(), execute(), sync())
    while wire.receive().kind != "D":
        pass
    assert time.monotonic() - started < 3
    wire.cancel()


@pytest.mark.parametrize("width, limit", [(10, 100), (20_000, 400)])  # DuckDB works in chunks of 2,048 rows
def test_slow_reader_slows_the_server_instead_of_filling_its_memory(fresh_server, width, limit):
    with Wire(fresh_server) as wire, Wire(fresh_server) as other:
        wire.query("SELECT 1")
        before = fresh_server.rss_mb()
        wire.send(query(f"SELECT range, repeat('x', {width}) FROM range(100000000000)"))
        assert eventually(lambda: busy(fresh_server) < 0.05, 15), "it waits"
        assert fresh_server.rss_mb() - before < limit
        assert other.value("SELECT 'served'") == "served", "others are served meanwhile"


def test_suspended_portal_over_many_rows_costs_no_memory(fresh_server):
    with Wire(fresh_server) as wire:
        wire.query("BEGIN")
        before = fresh_server.rss_mb()
        wire.ask(parse("SELECT range, repeat('x', 100) FROM range(100000000000)"), bind(portal="c"), sync())
        for _ in range(20):
            assert shape(wire.ask(execute("c", 1000), sync()))[-2:] == ["s", "Z T"]
        assert fresh_server.rss_mb() - before < 100
        assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]


def test_wide_rows_pass(wire):
    answer = wire.query("SELECT repeat(chr(97 + (range % 26)::INT), 10000000) FROM range(5)")
    assert [row[0] for row in rows(answer)] == [c * 10_000_000 for c in "abcde"]


def test_five_hundred_idle_connections_and_still_serving(fresh_server):
    wires = []
    try:
        for n in range(500):
            wires.append(Wire(fresh_server, application_name=f"idle-{n}"))
        with Wire(fresh_server) as newcomer:
            assert newcomer.value("SELECT 'served'") == "served"
        for n in range(0, 500, 7):
            assert wires[n].value("SHOW application_name") == f"idle-{n}"
        assert fresh_server.rss_mb() < 1000
    finally:
        for wire in wires:
            wire.sock.close()
    with Wire(fresh_server) as newcomer:
        assert newcomer.value("SELECT 1") == "1"


def test_fifty_busy_connections_all_get_their_own_answers(server):
    wires = [Wire(server) for _ in range(50)]
    for n, wire in enumerate(wires):
        wire.send(query(f"SELECT {n}, sum(range)::BIGINT FROM range({100000 + n})"))
    for n, wire in enumerate(wires):
        assert rows(wire.until_ready()) == [[str(n), str(sum(range(100000 + n)))]]
        wire.sock.close()


def test_connections_come_and_go(fresh_server):
    for _ in range(50):
        with Wire(fresh_server) as wire:
            wire.value("SELECT 1")
    before = fresh_server.rss_mb()
    for _ in range(300):
        with Wire(fresh_server) as wire:
            wire.value("SELECT 1")
    assert fresh_server.rss_mb() - before < 50
