"""Stopping a statement: CancelRequest, statement_timeout, a client that goes away. DuckDB must stop at once."""

import struct
import threading
import time

import pytest
from harness.pgproto import Wire, bind, error, eventually, execute, flush, parse, query, rows, shape, sync

# Minutes of work without a row to show for it; each keeps DuckDB busy in another way.
LONG = {
    "cross product": "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3",
    "sort": "SELECT max(x) FROM (SELECT hash(range) AS x, row_number() OVER (ORDER BY hash(range)) FROM range(2000000000))",
    "recursion": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT max(n) FROM r",
    "sleep": "SELECT pg_sleep(300)",
    "create table as": "CREATE TEMP TABLE w_never AS SELECT a.range FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 1000003 = 3",
}
CROSS = LONG["cross product"]


def later(seconds, action):
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


def busy(server, seconds=0.5):
    """The share of a core the server used while we waited."""
    before = server.cpu_seconds()
    time.sleep(seconds)
    return (server.cpu_seconds() - before) / seconds


@pytest.mark.parametrize("sql", LONG.values(), ids=LONG)
def test_cancel_stops_a_simple_query_at_once(wire, sql):
    later(0.5, wire.cancel)
    started = time.monotonic()
    answer = wire.query(sql)
    assert 0.4 < time.monotonic() - started < 2.5
    assert [str(m) for m in answer if m.kind in "EZ"] == ["E 57014", "Z I"]
    assert "cancel" in error(answer)["M"]
    assert wire.value("SELECT 'usable'") == "usable"


def test_cancel_stops_an_extended_query_at_once(wire):
    later(0.5, wire.cancel)
    started = time.monotonic()
    answer = wire.prepared(CROSS.replace("= 3", "= $1::INT"), ["3"])
    assert time.monotonic() - started < 2.5
    assert [str(m) for m in answer if m.kind in "EZ"] == ["E 57014", "Z I"]
    assert rows(wire.prepared("SELECT $1::INT", ["1"])) == [["1"]]


def test_cancel_stops_the_work_not_only_the_waiting(fresh_server):
    with Wire(fresh_server) as wire:
        later(0.5, wire.cancel)
        wire.query(CROSS)
    assert eventually(lambda: busy(fresh_server) < 0.05, 5)


def test_cancel_in_a_transaction_fails_the_transaction(wire):
    wire.query("DROP TABLE IF EXISTS w_cancel; CREATE TABLE w_cancel(a INT)")
    wire.query("BEGIN; INSERT INTO w_cancel VALUES (1)")
    later(0.3, wire.cancel)
    assert [str(m) for m in wire.query(CROSS) if m.kind in "EZ"] == ["E 57014", "Z E"]
    assert shape(wire.query("COMMIT")) == ["C ROLLBACK", "Z I"]
    assert wire.value("SELECT count(*) FROM w_cancel") == "0"


def test_cancel_stops_the_rest_of_the_string(wire):
    wire.query("DROP TABLE IF EXISTS w_rest; CREATE TABLE w_rest(a INT)")
    later(0.3, wire.cancel)
    answer = wire.query(f"INSERT INTO w_rest VALUES (1); {CROSS}; INSERT INTO w_rest VALUES (2)")
    assert [str(m) for m in answer if m.kind in "CEZ"] == ["C INSERT 0 1", "E 57014", "Z I"]
    assert wire.value("SELECT count(*) FROM w_rest") == "0"


def test_cancel_while_rows_are_waiting_to_be_read(wire):
    wire.send(query("SELECT range, repeat('x', 100) FROM range(100000000000)"))
    time.sleep(0.5)  # the socket is full by now, and the server waits for us
    wire.cancel()
    last = None
    started = time.monotonic()
    while last is None or last.kind != "Z":
        message = wire.receive()
        if message.kind != "D":
            last = message
            if message.kind == "E":
                assert message.fields["C"] == "57014"
        assert time.monotonic() - started < 15
    assert wire.value("SELECT 1") == "1"


def test_wrong_keys_cancel_nothing(wire, other):
    wrong_secret = bytes(b ^ 0xFF for b in wire.secret)
    timers = [
        later(0.2, lambda: wire.cancel(secret=wrong_secret)),
        later(0.2, lambda: wire.cancel(pid=other.pid)),
        later(0.2, lambda: other.cancel()),
        later(0.2, lambda: wire.cancel(pid=struct.pack("!i", 0x7FFFFFFF))),
    ]
    assert shape(wire.query("SELECT pg_sleep(0.8)"))[-2:] == ["C SELECT 1", "Z I"]
    for timer in timers:
        timer.join()


def test_late_cancel_does_not_hit_the_next_statement(wire):
    wire.value("SELECT 1")
    wire.cancel()
    time.sleep(0.2)
    assert wire.value("SELECT 2") == "2"
    assert shape(wire.query("SELECT pg_sleep(0.1)"))[-2:] == ["C SELECT 1", "Z I"]


def test_cancel_of_many_connections_hits_each_its_own(server):
    wires = [Wire(server) for _ in range(4)]
    for wire in wires:
        wire.send(query("SELECT pg_sleep(2)"))
    time.sleep(0.3)
    wires[2].cancel()
    outcome = [[str(m) for m in wire.until_ready() if m.kind in "EC"] for wire in wires]
    assert outcome == [["C SELECT 1"], ["C SELECT 1"], ["E 57014"], ["C SELECT 1"]]
    for wire in wires:
        wire.sock.close()


# -- time limits -----------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["300", "'300ms'", "'0.3s'", "300.0"])
def test_statement_timeout_stops_the_statement(wire, setting):
    wire.query(f"SET statement_timeout = {setting}")
    started = time.monotonic()
    answer = wire.query(CROSS)
    assert 0.25 < time.monotonic() - started < 2
    assert [str(m) for m in answer if m.kind in "EZ"] == ["E 57014", "Z I"]
    assert "statement timeout" in error(answer)["M"]
    assert wire.value("SELECT 1") == "1"


def test_statement_timeout_of_zero_is_none(wire):
    wire.query("SET statement_timeout = 100")
    wire.query("SET statement_timeout = 0")
    assert shape(wire.query("SELECT pg_sleep(0.3)"))[-2:] == ["C SELECT 1", "Z I"]


def test_statement_timeout_counts_each_statement_alone(wire):
    wire.query("SET statement_timeout = '1s'")
    for _ in range(4):
        assert shape(wire.query("SELECT pg_sleep(0.4)"))[-1] == "Z I"
        assert shape(wire.prepared("SELECT pg_sleep(0.1)"))[-2:] == ["C SELECT 1", "Z I"]


def test_statement_timeout_from_startup_options_and_extended_protocol(server):
    with Wire(server, options="-c statement_timeout=300") as wire:
        answer = wire.ask(parse(CROSS), bind(), execute(), sync())
        assert [str(m) for m in answer if m.kind in "EZ"] == ["E 57014", "Z I"]


# -- clients that go away --------------------------------------------------------------------


def vanish(wire, abruptly):
    if abruptly:
        import socket

        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST
    wire.sock.close()


@pytest.mark.parametrize("abruptly", [False, True], ids=["close", "reset"])
@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_statement_of_a_vanished_client_stops(fresh_server, abruptly, protocol):
    with Wire(fresh_server) as bystander:
        leaver = Wire(fresh_server)
        leaver.send(query(CROSS)) if protocol == "simple" else leaver.send(parse(CROSS), bind(), execute(), sync())
        assert eventually(lambda: busy(fresh_server) > 0.1), "it is at work"
        vanish(leaver, abruptly)
        assert eventually(lambda: busy(fresh_server) < 0.05, 8), "it has stopped"
        assert bystander.value("SELECT 'unharmed'") == "unharmed"


def test_vanished_reader_of_a_stream_is_noticed(fresh_server):
    leaver = Wire(fresh_server)
    leaver.send(query("SELECT range, repeat('x', 1000) FROM range(100000000000)"))
    leaver.receive_kinds(100)
    vanish(leaver, True)
    assert eventually(lambda: busy(fresh_server) < 0.05, 8)


def test_locks_of_a_vanished_client_are_freed(server, wire):
    wire.query("DROP TABLE IF EXISTS w_locked; CREATE TABLE w_locked(a INT); INSERT INTO w_locked VALUES (1)")
    leaver = Wire(server)
    leaver.query("BEGIN; UPDATE w_locked SET a = 2")
    leaver.send(query(CROSS))
    time.sleep(0.2)
    vanish(leaver, True)
    assert eventually(lambda: shape(wire.query("UPDATE w_locked SET a = a + 10")) == ["C UPDATE 1", "Z I"], 8)
    assert wire.value("SELECT a FROM w_locked") == "11"


def test_flush_does_not_need_the_end_of_a_long_statement(wire):
    """Describe of a long statement answers at once: only Execute does the work."""
    from harness.pgproto import describe

    started = time.monotonic()
    wire.send(parse(CROSS), describe("S"), bind(), describe("P"), flush())
    assert shape(wire.receive_kinds(5)) == ["1", "t", "T", "2", "T"]
    assert time.monotonic() - started < 2
    assert shape(wire.ask(sync())) == ["Z I"]
