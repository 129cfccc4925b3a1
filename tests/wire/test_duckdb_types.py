"""Types that DuckDB has and Postgres has not reach every client as the nearest Postgres type, or as DuckDB's own text."""

import json
import struct

import pytest
from harness.pgproto import error, rows

INT8, INT2, INT4, NUMERIC, FLOAT8, TIMESTAMP, INT4S, TIME = 20, 21, 23, 1700, 701, 1114, 1007, 1083
FLOAT4S, JSON, UUID, NUMERICS, VARBIT = 1021, 114, 2950, 1231, 1562
STRING, STRINGS = {25, 1043}, {1009, 1015}

NUMBERS = [
    ("(-128)::TINYINT", INT2, "-128"),
    ("255::UTINYINT", INT2, "255"),
    ("65535::USMALLINT", INT4, "65535"),
    ("4294967295::UINTEGER", INT8, "4294967295"),
    ("18446744073709551615::UBIGINT", NUMERIC, "18446744073709551615"),
    ("170141183460469231731687303715884105727::HUGEINT", NUMERIC, "170141183460469231731687303715884105727"),
    ("'-170141183460469231731687303715884105728'::HUGEINT", NUMERIC, "-170141183460469231731687303715884105728"),
    ("'340282366920938463463374607431768211455'::UHUGEINT", NUMERIC, "340282366920938463463374607431768211455"),
    ("sum(5::BIGINT)", NUMERIC, "5"),
]


def numeric_value(raw):
    """The integer inside a binary numeric."""
    count, weight, sign, _ = struct.unpack_from("!hhHh", raw)
    digits = struct.unpack_from(f"!{count}h", raw, 8)
    value = sum(d * 10000 ** (weight - i) for i, d in enumerate(digits))
    return -value if sign else value


@pytest.mark.parametrize("expression, oid, text", NUMBERS)
def test_integers_of_every_width(wire, expression, oid, text):
    answer = wire.query(f"SELECT {expression}")
    assert answer[0].columns[0].type_oid == oid
    assert rows(answer) == [[text]]
    ((raw,),) = [m.row for m in wire.prepared(f"SELECT {expression}", results=[1]) if m.kind == "D"]
    if oid == NUMERIC:
        assert numeric_value(raw) == int(text)
    else:
        assert int.from_bytes(raw, "big", signed=True) == int(text)


NESTED = [
    ("{'a': 1, 'b': 'x \"y\"', 'c': NULL}", {"a": 1, "b": 'x "y"', "c": None}),
    ("{'outer': {'inner': [1, 2], 'day': '2024-01-02'::DATE}}", {"outer": {"inner": [1, 2], "day": "2024-01-02"}}),
    ("MAP {'k': 1, 'l': NULL}", {"k": 1, "l": None}),
    ("MAP {1: 'one'}", {"1": "one"}),
    ("union_value(num := 7)", {"num": 7}),
    ("[{'a': 1}, NULL]", [{"a": 1}, None]),
    ("{'n': 170141183460469231731687303715884105727::HUGEINT, 'f': 0.5::DOUBLE, 't': true}", {"n": 170141183460469231731687303715884105727, "f": 0.5, "t": True}),
]


@pytest.mark.parametrize("expression, value", NESTED)
@pytest.mark.parametrize("format_code", [0, 1])
def test_nested_types_arrive_as_json(wire, expression, value, format_code):
    """So that every driver hands its user a dictionary or a list."""
    answer = wire.prepared(f"SELECT {expression}", results=[format_code])
    assert answer[2].columns[0].type_oid == JSON
    assert json.loads(rows(answer)[0][0]) == value


def test_nested_types_can_be_read_as_duckdb_writes_them(wire):
    assert wire.value("SELECT {'a': 1, 'b': 'x y'}::VARCHAR") == "{'a': 1, 'b': x y}"


@pytest.mark.parametrize("format_code", [0, 1])
def test_enums_are_text(wire, format_code):
    answer = wire.prepared("SELECT 'sad'::ENUM('sad', 'glad')", results=[format_code])
    assert answer[2].columns[0].type_oid in STRING
    assert rows(answer) == [["sad"]]


@pytest.mark.parametrize("expression", ["'123456789012345678901234567890'::BIGNUM", "'POINT (1 2)'::GEOMETRY"])
def test_what_cannot_be_sent_says_how_to_cast_it(wire, expression):
    told = error(wire.query(f"SELECT {expression} AS odd"))
    assert told["C"] == "0A000"
    assert '"odd"::VARCHAR' in told["H"]
    assert wire.value(f"SELECT {expression}::VARCHAR") == expression.split("'")[1]


def test_bit_strings(wire):
    answer = wire.query("SELECT '10110'::BIT")
    assert answer[0].columns[0].type_oid == VARBIT
    assert rows(answer) == [["10110"]]
    ((raw,),) = [m.row for m in wire.prepared("SELECT '10110'::BIT", results=[1]) if m.kind == "D"]
    assert raw == struct.pack("!i", 5) + b"\xb0"


ARRAYS = [
    ("[1, 2, NULL]", {INT4S}, "{1,2,NULL}"),
    ("[1.5, 2]::FLOAT[2]", {FLOAT4S}, "{1.5,2}"),
    ("[[1, 2], [3, 4]]::INTEGER[2][2]", {INT4S}, "{{1,2},{3,4}}"),
    ("[]::INTEGER[]", {INT4S}, "{}"),
    ("['a', 'b c']", STRINGS, '{a,"b c"}'),
    ("['sad']::ENUM('sad', 'glad')[]", STRINGS, "{sad}"),
    ("[1::HUGEINT]", {NUMERICS}, "{1}"),
]


@pytest.mark.parametrize("expression, oids, text", ARRAYS)
def test_lists_and_arrays_are_postgres_arrays(wire, expression, oids, text):
    answer = wire.query(f"SELECT {expression}")
    assert answer[0].columns[0].type_oid in oids
    assert rows(answer) == [[text]]


@pytest.mark.parametrize("expression, text", [("[[1], [2, 3]]", "{{1},{2,3}}"), ("[[1, 2], NULL]", "{{1,2},NULL}")])
def test_ragged_lists_keep_every_value_as_text_and_are_refused_in_binary(wire, expression, text):
    """Postgres has no ragged arrays; silently dropping or padding values would be wrong."""
    assert rows(wire.query(f"SELECT {expression}")) == [[text]]
    told = error(wire.prepared(f"SELECT {expression}", results=[1]))
    assert told["C"] == "2202E"
    assert told["H"]
    assert wire.value("SELECT 1") == "1"


@pytest.mark.parametrize(
    "expression, text",
    [
        ("'2024-01-02 03:04:05'::TIMESTAMP_S", "2024-01-02 03:04:05"),
        ("'2024-01-02 03:04:05.678'::TIMESTAMP_MS", "2024-01-02 03:04:05.678"),
        ("'2024-01-02 03:04:05.123456789'::TIMESTAMP_NS", "2024-01-02 03:04:05.123456"),
        ("'1969-12-31 23:59:59.999'::TIMESTAMP_MS", "1969-12-31 23:59:59.999"),
        ("'infinity'::TIMESTAMP_S", "infinity"),
    ],
)
def test_timestamps_of_every_precision(wire, expression, text):
    answer = wire.query(f"SELECT {expression}")
    assert answer[0].columns[0].type_oid == TIMESTAMP
    assert rows(answer) == [[text]]


def test_time_json_uuid_and_null(wire):
    answer = wire.query("""SELECT '24:00:00'::TIME, '{"a":1}'::JSON, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::UUID, NULL, json('[1]') -> 0""")
    assert [c.type_oid for c in answer[0].columns][:3] == [TIME, JSON, UUID]
    assert rows(answer) == [["24:00:00", '{"a":1}', "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", None, "1"]]


def test_dates_beyond_python_are_text_a_client_can_show(wire):
    assert rows(wire.query("SELECT '290000-01-01'::DATE, '0001-01-01 (BC)'::DATE")) == [["290000-01-01", "0001-01-01 BC"]]


def test_enum_and_unsigned_parameters_come_from_their_columns(wire):
    wire.query("DROP TABLE IF EXISTS w_duck; CREATE TABLE w_duck(m ENUM('sad', 'glad'), u UBIGINT, h HUGEINT, t TINYINT, s STRUCT(a INTEGER, b VARCHAR), p MAP(VARCHAR, INTEGER))")
    values = ["glad", "18446744073709551615", "-170141183460469231731687303715884105728", "-5", "{'a': 1, 'b': x}", "{k=1}"]
    assert "C INSERT 0 1" in map(str, wire.prepared("INSERT INTO w_duck VALUES ($1, $2, $3, $4, $5, $6)", values))
    (found,) = rows(wire.query("SELECT * FROM w_duck"))
    assert found[:4] == values[:4]
    assert [json.loads(v) for v in found[4:]] == [{"a": 1, "b": "x"}, {"k": 1}]


def test_one_result_with_every_kind_of_column(wire):
    """test_all_types() is DuckDB's own table of the minimum, the maximum and NULL of every type."""
    answer = wire.query("SELECT * EXCLUDE (bignum, geometry) FROM test_all_types()")
    assert str(answer[-2]) == "C SELECT 3"
    columns, values = answer[0].columns, rows(answer)
    assert len(columns) > 40
    by_name = {c.name: [row[i] for row in values] for i, c in enumerate(columns)}
    assert by_name["bool"] == ["f", "t", None]
    assert by_name["hugeint"][0] == "-170141183460469231731687303715884105728"
    assert by_name["dec38_10"] == ["-9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999", None]
    assert by_name["int_array"][0] == "{}"
