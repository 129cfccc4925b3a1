"""Every type of the contract, byte by byte: its OID, its text form, its binary form, and both ways in.

The expected bytes are PostgreSQL's own: this file passes against a real PostgreSQL as well
(`test_duckdb_types.py` has the types that only DuckDB knows).
"""

import struct

import pytest
from harness.pgproto import rows

DAY = 86_400_000_000
BOOL, BYTEA, INT8, INT2, INT4, TEXT, JSON = 16, 17, 20, 21, 23, 25, 114
FLOAT4, FLOAT8, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, TIMETZ, NUMERIC, UUID = 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950
BOOLS, BYTEAS, INT2S, INT4S, TEXTS, INT8S, FLOAT4S, FLOAT8S = 1000, 1001, 1005, 1007, 1009, 1016, 1021, 1022
TIMESTAMPS, DATES, TIMESTAMPTZS, NUMERICS, UUIDS = 1115, 1182, 1185, 1231, 2951
STRINGS = {TEXT: {25, 1043}, TEXTS: {1009, 1015}}  # text and varchar are the same on the wire


def i2(n):
    return struct.pack("!h", n)


def i4(n):
    return struct.pack("!i", n)


def i8(n):
    return struct.pack("!q", n)


def f8(x):
    return struct.pack("!d", x)


def numeric(weight, sign, scale, *digits):
    return struct.pack(f"!hhHh{len(digits)}h", len(digits), weight, sign, scale, *digits)


def array(element, *values, shape=None):
    shape = shape if shape is not None else ([len(values)] if values else [])
    head = struct.pack("!iii", len(shape), int(None in values), element)
    for size in shape:
        head += struct.pack("!ii", size, 1)
    return head + b"".join(i4(-1) if v is None else i4(len(v)) + v for v in values)


def interval(months, days, micros):
    return struct.pack("!qii", micros, days, months)


PLUS, MINUS, NAN = 0x0000, 0x4000, 0xC000

# name in SQL, type OID, text form, binary form
VALUES = [
    ("BOOLEAN", BOOL, "t", b"\1"),
    ("BOOLEAN", BOOL, "f", b"\0"),
    ("SMALLINT", INT2, "-32768", i2(-32768)),
    ("SMALLINT", INT2, "32767", i2(32767)),
    ("INTEGER", INT4, "-2147483648", i4(-(2**31))),
    ("INTEGER", INT4, "2147483647", i4(2**31 - 1)),
    ("BIGINT", INT8, "-9223372036854775808", i8(-(2**63))),
    ("BIGINT", INT8, "9223372036854775807", i8(2**63 - 1)),
    ("REAL", FLOAT4, "1.5", struct.pack("!f", 1.5)),
    ("REAL", FLOAT4, "0.1", struct.pack("!f", 0.1)),
    ("REAL", FLOAT4, "3.4028235e+38", struct.pack("!f", 3.4028234663852886e38)),
    ("DOUBLE PRECISION", FLOAT8, "0.1", f8(0.1)),
    ("DOUBLE PRECISION", FLOAT8, "-0", f8(-0.0)),
    ("DOUBLE PRECISION", FLOAT8, "5e-324", f8(5e-324)),
    ("DOUBLE PRECISION", FLOAT8, "1.7976931348623157e+308", f8(1.7976931348623157e308)),
    ("DOUBLE PRECISION", FLOAT8, "100000", f8(100000)),
    ("DOUBLE PRECISION", FLOAT8, "1e+16", f8(1e16)),
    ("DOUBLE PRECISION", FLOAT8, "Infinity", f8(float("inf"))),
    ("DOUBLE PRECISION", FLOAT8, "-Infinity", f8(float("-inf"))),
    ("DOUBLE PRECISION", FLOAT8, "NaN", f8(float("nan"))),
    ("DECIMAL(10,2)", NUMERIC, "0.00", numeric(0, PLUS, 2)),
    ("DECIMAL(10,2)", NUMERIC, "12345678.90", numeric(1, PLUS, 2, 1234, 5678, 9000)),
    ("DECIMAL(10,2)", NUMERIC, "-0.05", numeric(-1, MINUS, 2, 500)),
    ("DECIMAL(10,2)", NUMERIC, "10000.00", numeric(1, PLUS, 2, 1)),
    ("DECIMAL(4,0)", NUMERIC, "7", numeric(0, PLUS, 0, 7)),
    ("DECIMAL(18,18)", NUMERIC, "0.000000000000000001", numeric(-5, PLUS, 18, 100)),
    ("DECIMAL(38,0)", NUMERIC, "9" * 38, numeric(9, PLUS, 0, 99, *[9999] * 9)),
    ("DECIMAL(38,0)", NUMERIC, "-" + "9" * 38, numeric(9, MINUS, 0, 99, *[9999] * 9)),
    ("DECIMAL(38,10)", NUMERIC, "1234567890123456789012345678.0123456789", numeric(6, PLUS, 10, 1234, 5678, 9012, 3456, 7890, 1234, 5678, 123, 4567, 8900)),
    ("TEXT", TEXT, "", b""),
    ("TEXT", TEXT, "grüße 🦆 \\ ' \" $1 \t\n end", "grüße 🦆 \\ ' \" $1 \t\n end".encode()),
    ("TEXT", TEXT, "NULL", b"NULL"),
    ("BYTEA", BYTEA, "\\x", b""),
    ("BYTEA", BYTEA, "\\x00ff5c2700", b"\x00\xff\\'\x00"),
    ("DATE", DATE, "2000-01-01", i4(0)),
    ("DATE", DATE, "1969-07-20", i4(-11122)),
    ("DATE", DATE, "0001-01-01", i4(-730119)),
    ("DATE", DATE, "9999-12-31", i4(2921939)),
    ("DATE", DATE, "infinity", i4(2**31 - 1)),
    ("DATE", DATE, "-infinity", i4(-(2**31))),
    ("DATE", DATE, "0044-03-15 BC", i4(-746117)),
    ("TIME", TIME, "00:00:00", i8(0)),
    ("TIME", TIME, "23:59:59.999999", i8(DAY - 1)),
    ("TIME", TIME, "12:34:56.5", i8(45296_500000)),
    ("TIMETZ", TIMETZ, "12:00:00+00", struct.pack("!qi", DAY // 2, 0)),
    ("TIMETZ", TIMETZ, "12:00:00+05:30", struct.pack("!qi", DAY // 2, -19800)),
    ("TIMESTAMP", TIMESTAMP, "2000-01-01 00:00:00", i8(0)),
    ("TIMESTAMP", TIMESTAMP, "1969-12-31 23:59:59.999999", i8(-10957 * DAY - 1)),
    ("TIMESTAMP", TIMESTAMP, "2024-02-29 12:34:56.78", i8(8825 * DAY + 45296_780000)),
    ("TIMESTAMP", TIMESTAMP, "infinity", i8(2**63 - 1)),
    ("TIMESTAMP", TIMESTAMP, "-infinity", i8(-(2**63))),
    ("TIMESTAMPTZ", TIMESTAMPTZ, "2000-01-01 00:00:00+00", i8(0)),
    ("TIMESTAMPTZ", TIMESTAMPTZ, "1960-01-01 00:00:00.000001+00", i8(-14610 * DAY + 1)),
    ("TIMESTAMPTZ", TIMESTAMPTZ, "infinity", i8(2**63 - 1)),
    ("INTERVAL", INTERVAL, "00:00:00", interval(0, 0, 0)),
    ("INTERVAL", INTERVAL, "1 year 2 mons 3 days 04:05:06.789", interval(14, 3, 14706_789000)),
    ("INTERVAL", INTERVAL, "-1 mons +1 day -00:00:01", interval(-1, 1, -1_000000)),
    ("INTERVAL", INTERVAL, "5 days", interval(0, 5, 0)),
    ("INTERVAL", INTERVAL, "100:00:00.000001", interval(0, 0, 360000_000001)),
    ("UUID", UUID, "00000000-0000-0000-0000-000000000000", bytes(16)),
    ("UUID", UUID, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", bytes.fromhex("f81d4fae7dec11d0a76500a0c91e6bf6")),
    ("JSON", JSON, '{"a": [1, null, "ü"]}', '{"a": [1, null, "ü"]}'.encode()),
    ("BOOLEAN[]", BOOLS, "{t,f,NULL}", array(BOOL, b"\1", b"\0", None)),
    ("SMALLINT[]", INT2S, "{1,-1}", array(INT2, i2(1), i2(-1))),
    ("INTEGER[]", INT4S, "{1,NULL,3}", array(INT4, i4(1), None, i4(3))),
    ("INTEGER[]", INT4S, "{}", array(INT4)),
    ("INTEGER[][]", INT4S, "{{1,2},{3,4},{5,6}}", array(INT4, *map(i4, range(1, 7)), shape=[3, 2])),
    ("BIGINT[]", INT8S, "{9223372036854775807}", array(INT8, i8(2**63 - 1))),
    ("REAL[]", FLOAT4S, "{0.5}", array(FLOAT4, struct.pack("!f", 0.5))),
    ("DOUBLE PRECISION[]", FLOAT8S, "{1.5,NaN,-Infinity}", array(FLOAT8, f8(1.5), f8(float("nan")), f8(float("-inf")))),
    ("DECIMAL(6,2)[]", NUMERICS, "{1.50,-1234.00}", array(NUMERIC, numeric(0, PLUS, 2, 1, 5000), numeric(0, MINUS, 2, 1234))),
    ("TEXT[]", TEXTS, '{a,"",NULL,"NULL","x y","q\\"u","b\\\\s","c,d","{e}",ü}', array(TEXT, b"a", b"", None, b"NULL", b"x y", b'q"u', b"b\\s", b"c,d", b"{e}", "ü".encode())),
    ("BYTEA[]", BYTEAS, '{"\\\\x00ff"}', array(BYTEA, b"\x00\xff")),
    ("DATE[]", DATES, "{2000-01-02,NULL}", array(DATE, i4(1), None)),
    ("TIMESTAMP[]", TIMESTAMPS, '{"2000-01-01 00:00:01"}', array(TIMESTAMP, i8(1_000000))),
    ("TIMESTAMPTZ[]", TIMESTAMPTZS, '{"2000-01-01 00:00:01+00"}', array(TIMESTAMPTZ, i8(1_000000))),
    ("UUID[]", UUIDS, "{00000000-0000-0000-0000-000000000000}", array(UUID, bytes(16))),
]
IDS = [f"{sql} {text[:30]}" for sql, _, text, _ in VALUES]
every_value = pytest.mark.parametrize("sql, oid, text, binary", VALUES, ids=IDS)


@pytest.fixture(autouse=True)
def in_utc(wire):
    wire.query("SET TimeZone = 'UTC'")


def string_free(binary):
    """varchar[] and text[] differ only in the element OID of the header."""
    return binary and binary[:8] + b"...." + binary[12:]


def check(answer, oid, expected, format_code):
    (column,) = [m for m in answer if m.kind == "T"][0].columns
    assert column.type_oid in STRINGS.get(oid, {oid})
    assert column.format == format_code
    ((value,),) = [m.row for m in answer if m.kind == "D"]
    if format_code and oid == TEXTS:
        assert string_free(value) == string_free(expected)
    else:
        assert value == expected


@every_value
def test_text_in_text_out(wire, sql, oid, text, binary):
    check(wire.prepared(f"SELECT $1::{sql} AS v", [text]), oid, text.encode(), 0)


@every_value
def test_text_in_binary_out(wire, sql, oid, text, binary):
    check(wire.prepared(f"SELECT $1::{sql} AS v", [text], results=[1]), oid, binary, 1)


@every_value
def test_binary_in_text_out(wire, sql, oid, text, binary):
    check(wire.prepared(f"SELECT $1::{sql} AS v", [binary], formats=[1]), oid, text.encode(), 0)


@every_value
def test_binary_in_binary_out_with_the_type_declared(wire, sql, oid, text, binary):
    check(wire.prepared(f"SELECT $1::{sql} AS v", [binary], oids=[oid], formats=[1], results=[1]), oid, binary, 1)


@every_value
def test_through_a_table_and_the_simple_protocol(wire, sql, oid, text, binary):
    wire.query(f"DROP TABLE IF EXISTS w_value; CREATE TABLE w_value(v {sql})")
    stored = wire.prepared("INSERT INTO w_value VALUES ($1)", [binary], formats=[1])
    assert "C INSERT 0 1" in map(str, stored), stored
    check(wire.query("SELECT v FROM w_value"), oid, text.encode(), 0)


@pytest.mark.parametrize("sql, oid", sorted({(sql, oid) for sql, oid, _, _ in VALUES}))
@pytest.mark.parametrize("format_code", [0, 1])
def test_null_of_every_type(wire, sql, oid, format_code):
    wire.query(f"DROP TABLE IF EXISTS w_null; CREATE TABLE w_null(v {sql})")
    assert "C INSERT 0 1" in map(str, wire.prepared("INSERT INTO w_null VALUES ($1)", [None], formats=[format_code]))
    check(wire.prepared("SELECT v FROM w_null", results=[format_code]), oid, None, format_code)


def test_instants_are_shown_in_the_zone_of_the_session(wire):
    wire.query("SET TimeZone = 'Asia/Kolkata'")
    check(wire.query("SELECT '2000-01-01 00:00:00+00'::TIMESTAMPTZ"), TIMESTAMPTZ, b"2000-01-01 05:30:00+05:30", 0)
    check(wire.prepared("SELECT '2000-01-01 00:00:00'::TIMESTAMPTZ", results=[1]), TIMESTAMPTZ, i8(-19800_000000), 1)
    check(wire.prepared("SELECT $1::TIMESTAMPTZ", ["2000-01-01 00:00:00"], results=[1]), TIMESTAMPTZ, i8(-19800_000000), 1)


@pytest.mark.parametrize("text", ["1", "t", "true", "TRUE", "yes", "on", "y"])
def test_true_has_many_spellings_as_a_parameter(wire, text):
    assert rows(wire.prepared("SELECT $1::BOOLEAN", [text])) == [["t"]]


@pytest.mark.parametrize("sql, text", [("INTEGER", " 42 "), ("DOUBLE PRECISION", "1e3"), ("BIGINT", "-1"), ("DECIMAL(10,2)", "1e2"), ("DATE", "2024-1-2"), ("BYTEA", "\\xABcd")])
def test_loose_spellings_of_parameters_are_understood(wire, sql, text):
    expected = {" 42 ": "42", "1e3": "1000", "-1": "-1", "1e2": "100.00", "2024-1-2": "2024-01-02", "\\xABcd": "\\xabcd"}[text]
    assert rows(wire.prepared(f"SELECT $1::{sql}", [text])) == [[expected]]


def test_expressions_have_the_types_drivers_expect(wire):
    answer = wire.query("SELECT 1, count(*), 'x', 1.5, true, current_date, now(), sum(1::BIGINT), avg(1)")
    oids = [c.type_oid for c in answer[0].columns]
    assert oids[:2] == [INT4, INT8]
    assert oids[2] in STRINGS[TEXT]
    assert oids[3:8] == [NUMERIC, BOOL, DATE, TIMESTAMPTZ, NUMERIC]
    assert oids[8] in (FLOAT8, NUMERIC)
