"""What clients get wrong is an error with its code; the connection goes on."""

import pytest
from harness.pgproto import bind, error, execute, frame, parse, query, shape, sync

INVALID = [
    ("invalid UTF-8 in a query", lambda: [frame("Q", b"SELECT '\xff'\0")], "22021"),
    ("invalid UTF-8 in a prepared query", lambda: [frame("P", b"\0SELECT '\xff'\0\0\0"), sync()], "22021"),
    ("invalid UTF-8 in a parameter", lambda: [parse("SELECT $1::TEXT"), bind([b"\xff"]), execute(), sync()], "22021"),
    ("invalid UTF-8 in a binary parameter", lambda: [parse("SELECT $1::TEXT"), bind([b"\xff"], formats=[1]), execute(), sync()], "22021"),
    ("a zero byte in a parameter", lambda: [parse("SELECT $1::TEXT"), bind([b"a\0b"]), execute(), sync()], "22021"),
    ("a text that is no number", lambda: [parse("SELECT $1::INT"), bind(["x"]), execute(), sync()], "22P02"),
    ("a number that is too large", lambda: [parse("SELECT $1::SMALLINT", oids=[21]), bind(["99999"]), execute(), sync()], "22003"),
    ("binary data of the wrong length", lambda: [parse("SELECT $1::INT", oids=[23]), bind([b"\0"], formats=[1]), execute(), sync()], "22P03"),
    ("too few parameters", lambda: [parse("SELECT $1::INT"), bind([]), execute(), sync()], "08P01"),
    ("too many parameters", lambda: [parse("SELECT 1"), bind(["1"]), execute(), sync()], "08P01"),
    ("an over-long name", lambda: [query(f"CREATE TABLE {'x' * 129}(a INT)")], "42622"),
    ("an over-long name in quotes", lambda: [query(f"CREATE VIEW \"{'ü' * 129}\" AS SELECT 1")], "42622"),
    ("an over-long name of nothing", lambda: [query(f"SELECT * FROM {'x' * 100_000}")], "42P01"),
]


@pytest.mark.parametrize("messages, state", [(m, s) for _, m, s in INVALID], ids=[i for i, _, _ in INVALID])
def test_bad_input_is_an_error_and_the_connection_goes_on(wire, messages, state):
    assert error(wire.ask(*messages()))["C"] == state
    assert wire.value("SELECT 1") == "1"


COPIED = [
    ("invalid UTF-8", "", b"\xff\n", "22021"),
    ("invalid UTF-8 in quotes", "(FORMAT csv)", b'"\xff"\n', "22021"),
    ("a zero byte", "", b"a\0b\n", "22021"),
    ("an escaped zero byte", "", b"a\\000b\n", "22021"),
    ("a quote without an end", "(FORMAT csv)", b'"a\n' * 1000 + b'"', "22P04"),
]


@pytest.mark.parametrize("options, raw, state", [c[1:] for c in COPIED], ids=[c[0] for c in COPIED])
def test_bad_copied_data_are_an_error_and_the_connection_goes_on(wire, options, raw, state):
    wire.query("CREATE TEMP TABLE bad(a TEXT)")
    wire.send(query(f"COPY bad FROM STDIN {options}"))
    assert wire.receive().kind == "G"
    wire.send(frame("d", raw), frame("c"))
    assert error(wire.until_ready())["C"] == state
    assert wire.value("SELECT count(*) FROM bad") == "0"


def test_a_broken_copy_fail_ends_the_copy(wire):
    wire.query("CREATE TEMP TABLE bad(a TEXT)")
    wire.send(query("COPY bad FROM STDIN"), frame("f", b"\xff\0"))
    assert wire.receive().kind == "G"
    assert shape(wire.until_ready()) == ["E 22021", "Z I"]


def test_names_of_128_characters_are_names(wire, db):
    name = db.name() + "ü" * 110
    assert len(name) <= 128
    assert shape(wire.query(f'CREATE TABLE "{name}"(a INT)')) == ["C CREATE TABLE", "Z I"]
    assert wire.value(f'SELECT count(*) FROM "{name}"') == "0"
