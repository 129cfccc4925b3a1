"""Messages no client should send: each gets a clear error, and nobody else notices."""

import struct

import pytest
from harness.pgproto import Wire, bind, cstr, error, eventually, execute, frame, parse, query, rows, shape, sync


@pytest.fixture(autouse=True)
def others_are_unharmed(server):
    """A session that was there before, and one that comes after."""
    with Wire(server) as bystander:
        bystander.query("BEGIN")
        yield
        assert shape(bystander.query("SELECT 1")) == ["T", "D", "C SELECT 1", "Z T"]
    with Wire(server) as newcomer:
        assert newcomer.value("SELECT 1") == "1"


# -- the stream can no longer be trusted: error, then goodbye ------------------------------------

FATAL = {
    "length below four": b"Q" + struct.pack("!i", 3) + b"abc",
    "length zero": b"Q" + struct.pack("!i", 0),
    "negative length": b"Q" + struct.pack("!i", -1) + b"x",
    "length of two gigabytes": b"Q" + struct.pack("!i", 0x7FFFFFFF) + b"SELECT 1\0",
    "oversized Sync": b"S" + struct.pack("!i", 50_000_000),
    "unknown type": frame("?", b"abc"),
    "type zero": frame("\0", b""),
}


@pytest.mark.parametrize("data", FATAL.values(), ids=FATAL)
def test_broken_frame_is_answered_and_the_connection_closed(wire, data):
    wire.send(data)
    told = error(wire.until_closed())
    assert told["S"] == "FATAL"
    assert told["C"] in ("08P01", "54000"), "a protocol violation, or a limit exceeded"


# -- the message is wrong, the stream is fine: error, and on it goes -----------------------------

WRONG = {
    "truncated Bind": frame("B", b"\0\0" + struct.pack("!hh", 0, 3) + struct.pack("!i", 4) + b"ab"),
    "Bind without its end": frame("B", b"portal"),
    "Bind that promises more formats": frame("B", b"\0\0" + struct.pack("!h", 500)),
    "Bind with a value longer than itself": frame("B", b"\0\0" + struct.pack("!hhi", 0, 1, 1 << 30)),
    "Bind with a length below -1": frame("B", b"\0\0" + struct.pack("!hhih", 0, 1, -7, 0)),
    "Parse without text": frame("P", b"name\0"),
    "Parse without terminator": frame("P", b"\0SELECT 1"),
    "Parse that promises more types": frame("P", b"\0SELECT 1\0" + struct.pack("!h", 9)),
    "Execute without a count": frame("E", b"\0"),
    "Describe of neither": frame("D", b"X\0"),
    "Describe of nothing": frame("D", b""),
    "Close of neither": frame("C", b"X\0"),
    "left over bytes in Execute": frame("E", b"\0" + struct.pack("!i", 0) + b"rest"),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_wrong_message_is_answered_and_skipped_until_sync(wire, data):
    answer = wire.ask(parse("SELECT 1"), data, sync())
    assert shape(answer) == ["1", "E 08P01", "Z I"]
    assert wire.value("SELECT 'usable'") == "usable"


def test_query_without_terminator(wire):
    assert shape(wire.ask(frame("Q", b"SELECT 1"))) == ["E 08P01", "Z I"]
    assert wire.value("SELECT 1") == "1"


def test_text_that_is_not_utf8(wire):
    assert shape(wire.ask(query(b"SELECT '\xff\xfe'"))) == ["E 22021", "Z I"]
    assert shape(wire.ask(parse(b"SELECT '\xc3'"), sync())) == ["E 22021", "Z I"]
    assert shape(wire.ask(parse("SELECT $1::TEXT"), bind([b"\xed\xa0\x80"]), execute(), sync())) == ["1", "E 22021", "Z I"]
    assert shape(wire.ask(parse("SELECT $1::TEXT"), bind([b"\xff"], formats=[1]), execute(), sync())) == ["1", "E 22021", "Z I"]
    assert wire.value("SELECT 'grün'") == "grün"


def test_zero_byte_in_a_text_parameter(wire):
    assert shape(wire.ask(parse("SELECT $1::TEXT"), bind([b"a\0b"]), execute(), sync())) == ["1", "E 22021", "Z I"]


def test_function_call_message_is_refused(wire):
    assert shape(wire.ask(frame("F", struct.pack("!ihhh", 1, 0, 0, 0)))) == ["E 0A000", "Z I"]
    assert wire.value("SELECT 1") == "1"


def test_stray_copy_messages_are_ignored(wire):
    wire.send(frame("d", b"data"), frame("c"), frame("f", cstr("no")))
    assert wire.value("SELECT 1") == "1"


def test_copy_from_stdin_is_refused_or_served_without_hanging(wire):
    wire.query("DROP TABLE IF EXISTS w_copy; CREATE TABLE w_copy(a INT)")
    wire.send(query("COPY w_copy FROM STDIN"))
    told = wire.receive_kinds(1)[0]
    if told.kind == "G":
        wire.send(frame("f", cstr("changed my mind")))
        assert error(wire.until_ready())["C"] == "57014"
    else:
        assert told.fields["C"] == "0A000"
        wire.until_ready()
    assert wire.value("SELECT count(*) FROM w_copy") == "0"


DEEP = {
    "parentheses": "SELECT " + "(" * 20000 + "1" + ")" * 20000,
    "operators": "SELECT " + "-".join(["1"] * 50000),
    "lists": "SELECT " + "[" * 20000 + "]" * 20000,
    "negations": "SELECT " + "NOT " * 50000 + "true",
    "subqueries": "SELECT * FROM (" * 2000 + "SELECT 1" + ")" * 2000,
    "cases": "SELECT " + "CASE WHEN true THEN " * 5000 + "1" + " END" * 5000,
    "unclosed": "SELECT " + "(" * 100000,
}


@pytest.mark.parametrize("sql", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_an_error_not_a_crash(fresh_server, sql):
    with Wire(fresh_server) as wire:
        for answer in (wire.query(sql), wire.ask(parse(sql), bind(), execute(), sync())):
            (told,) = [m.fields for m in answer if m.kind == "E"]
            assert told["C"] in ("42601", "54001"), told
            assert len(told["M"]) < 1000, "the message does not repeat the statement"
        assert wire.value("SELECT 1") == "1"


def test_depth_within_the_limits_of_duckdb_works(wire):
    assert wire.value("SELECT " + "+".join(["1"] * 200)) == "200"
    assert wire.value("SELECT " + "(" * 400 + "1" + ")" * 400) == "1"
    sql = "SELECT 1 AS a"
    for _ in range(60):
        sql = f"SELECT * FROM ({sql})"
    assert wire.value(sql) == "1"


@pytest.mark.parametrize("sql", ["SELECT 'abc", 'SELECT "abc', "SELECT $$abc", "/* abc", "SELECT 1 /* /* */", "SELECT 'a\\'", "SELECT $", "SELECT $0", "\x01\x02", "SELECT ::", "🦆"])
def test_text_that_ends_too_early_or_makes_no_sense(wire, sql):
    answer = wire.query(sql)
    assert str(answer[-1]) == "Z I"
    assert wire.value("SELECT 1") == "1"
    answer = wire.ask(parse(sql), sync())
    assert str(answer[-1]) == "Z I"
    assert wire.value("SELECT 1") == "1"


@pytest.mark.parametrize("sql", ["SELECT $70000", "SELECT $99999999999", "SELECT $999999999999999999999999"])
def test_a_parameter_number_beyond_the_protocol_is_refused(fresh_server, sql):
    with Wire(fresh_server) as wire:
        assert [m.kind for m in wire.ask(parse(sql), sync())] == ["E", "Z"]
        assert [m.kind for m in wire.query(sql)] == ["E", "Z"]
        assert wire.value("SELECT 1") == "1"


def test_many_parameters(wire):
    count = 10000
    sql = "SELECT " + " + ".join(f"${n}::INT" for n in range(1, 301))
    assert rows(wire.prepared(sql, ["1"] * 300)) == [["300"]]
    marks = ", ".join(f"(${n}::INT)" for n in range(1, count + 1))
    assert rows(wire.prepared(f"SELECT count(*) FROM (VALUES {marks}) AS t", ["1"] * count)) == [[str(count)]]


# -- before the session has begun ----------------------------------------------------------------

GREETINGS = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS without asking": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "length zero": bytes(8),
    "negative length": struct.pack("!ii", -5, 196608),
    "length of a gigabyte": struct.pack("!ii", 1 << 30, 196608),
    "parameters without end": struct.pack("!ii", 21, 196608) + b"user\0agent123",
    "a key without a value": struct.pack("!ii", 13, 196608) + b"user\0",
    "a name that is not UTF-8": struct.pack("!ii", 17, 196608) + b"user\0\xff\0\0\0",
    "short cancel": struct.pack("!iii", 12, 80877102, 1),
    "unknown request code": struct.pack("!ii", 8, 80877999),
}


@pytest.mark.parametrize("data", GREETINGS.values(), ids=GREETINGS)
def test_broken_greeting_ends_that_connection_only(server, data):
    with Wire(server, start=False, timeout=10) as wire:
        wire.send(data)
        try:
            said = wire.until_closed()
        except TimeoutError:
            pytest.fail("the connection was left open")
        assert [m.kind for m in said] in ([], ["E"]), said


def test_connection_that_says_nothing_blocks_nobody(server):
    silent = [Wire(server, start=False) for _ in range(20)]
    halves = [Wire(server, start=False) for _ in range(20)]
    for half in halves:
        half.send(b"\0\0\0")
    with Wire(server) as wire:
        assert wire.value("SELECT 1") == "1"
    for quiet in silent + halves:
        quiet.sock.close()


def test_half_a_message_and_goodbye(server):
    for cut in (1, 3, 7):
        with Wire(server) as wire:
            wire.send(query("SELECT 12345")[:cut])
    with Wire(server) as wire:
        assert wire.value("SELECT 1") == "1"


def test_message_in_single_bytes(wire):
    for byte in parse("SELECT 7") + bind() + execute() + sync():
        wire.send(bytes([byte]))
    assert rows(wire.until_ready()) == [["7"]]


def test_terminate_closes_the_connection(wire):
    wire.send(frame("X"))
    assert wire.until_closed() == []


def test_random_bytes_never_hurt(server):
    import random

    chance = random.Random(20240229)
    for _ in range(200):
        with Wire(server, timeout=5) as wire:
            kind = chance.choice(b"QPBDECSHFdcfp")
            body = bytes(chance.randrange(256) for _ in range(chance.randrange(40)))
            wire.send(frame(chr(kind), body), sync(), frame("X"))
            eventually(lambda: wire.until_closed() is not None, 5)
