"""LISTEN, NOTIFY, UNLISTEN and pg_notify."""

import struct

import pytest
from harness.pgproto import Wire, error, rows, shape


def told(message):
    assert message.kind == "A", message
    (pid,) = struct.unpack_from("!i", message.body)
    channel, payload, _ = message.body[4:].split(b"\0")
    return pid, channel.decode(), payload.decode()


def pid(wire):
    return struct.unpack("!i", wire.pid)[0]


def test_an_idle_listener_is_told_at_once(wire, other):
    assert shape(wire.query("LISTEN news")) == ["C LISTEN", "Z I"]
    assert shape(other.query("NOTIFY news, 'it''s here'")) == ["C NOTIFY", "Z I"]
    assert told(wire.receive()) == (pid(other), "news", "it's here")
    assert other.value("SELECT pg_backend_pid()") == str(pid(other))


def test_a_session_is_told_before_it_is_ready(wire):
    wire.query("LISTEN news")
    answer = wire.query("NOTIFY news")
    assert shape(answer) == ["C NOTIFY", "A", "Z I"]
    assert told(answer[1]) == (pid(wire), "news", "")


def test_notifications_come_with_the_commit_once_each(wire, other):
    wire.query("LISTEN news")
    other.query("BEGIN; NOTIFY news, 'a'; NOTIFY news, 'b'; NOTIFY news, 'a'")
    assert wire.silent()
    other.query("COMMIT")
    assert [told(m)[2] for m in wire.receive_kinds(2)] == ["a", "b"]
    other.query("BEGIN; NOTIFY news, 'never'; ROLLBACK")
    assert wire.silent()


def test_a_listener_in_a_transaction_is_told_after_it(wire, other):
    wire.query("LISTEN news")
    wire.query("BEGIN")
    other.query("NOTIFY news")
    assert wire.silent()
    assert shape(wire.query("COMMIT")) == ["C COMMIT", "A", "Z I"]


def test_listening_begins_with_the_commit(wire, other):
    wire.query("BEGIN; LISTEN news; ROLLBACK")
    other.query("NOTIFY news")
    assert wire.silent()
    wire.query("BEGIN; LISTEN news; COMMIT")
    other.query("NOTIFY news")
    assert told(wire.receive())[1] == "news"


@pytest.mark.parametrize("end", ["UNLISTEN news", "UNLISTEN *", "DISCARD ALL"])
def test_listening_ends(wire, other, end):
    wire.query("LISTEN news")
    wire.query(end)
    other.query("NOTIFY news")
    assert wire.silent()


def test_pg_notify_takes_literals_and_parameters(wire, other):
    wire.query('LISTEN "My Channel"')
    assert rows(other.query("SELECT pg_notify('My Channel', 'one')")) == [[""]]
    other.prepared("SELECT pg_notify($1, $2)", ["My Channel", "two"])
    other.query("BEGIN; SELECT pg_notify('My Channel', 'three'); ROLLBACK")
    assert [told(m)[1:] for m in wire.receive_kinds(2)] == [("My Channel", "one"), ("My Channel", "two")]
    assert wire.silent()
    assert error(other.query("SELECT pg_notify(i::TEXT, 'x') FROM range(2) r(i)"))["C"] == "0A000"


@pytest.mark.parametrize("sql", [f"NOTIFY news, '{'x' * 8000}'", f"NOTIFY {'c' * 64}", "SELECT pg_notify('', 'x')", f"LISTEN {'c' * 64}"])
def test_names_and_payloads_have_limits(wire, sql):
    assert error(wire.query(sql))["C"] == "22023"


def test_a_payload_of_7999_bytes_arrives(wire, other):
    wire.query("LISTEN news")
    other.query(f"NOTIFY news, '{'x' * 7999}'")
    assert told(wire.receive())[2] == "x" * 7999


def test_channels_are_those_of_the_database_not_of_a_branch(server, wire, db):
    branch = db.name("b")
    db.run(f"SELECT branch_create('{branch}')")
    wire.query("LISTEN news")
    with Wire(server, database=f"hatidata/{branch}") as there:
        there.query("NOTIFY news, 'from the branch'")
        assert told(wire.receive())[2] == "from the branch"
        there.query("SELECT pg_notify('news', 'again')")
        assert told(wire.receive())[2] == "again"
