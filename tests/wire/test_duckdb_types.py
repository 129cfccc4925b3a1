"""Types that DuckDB has and Postgres has not reach every client as the nearest Postgres type, or as DuckDB's own text."""

import struct

import pytest
from harness.pgproto import rows

INT8, INT2, INT4, NUMERIC, FLOAT8, TIMESTAMP, INT4S, TIME = 20, 21, 23, 1700, 701, 1114, 1007, 1083
FLOAT4S, JSON, UUID, BOOL, NUMERICS = 1021, 114, 2950, 16, 1231
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
    ("'123456789012345678901234567890123456789012345678901234567890'::BIGNUM", NUMERIC, "123456789012345678901234567890123456789012345678901234567890"),
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


TEXTS = [
    ("'sad'::ENUM('sad', 'glad')", "sad"),
    ("{'a': 1, 'b': 'x y', 'c': NULL}", "{'a': 1, 'b': x y, 'c': NULL}"),
    ("{'outer': {'inner': [1, 2]}}", "{'outer': {'inner': [1, 2]}}"),
    ("MAP {'k': 1, 'l': NULL}", "{k=1, l=NULL}"),
    ("union_value(num := 7)", "7"),
    ("'10110'::BIT", "10110"),
]


@pytest.mark.parametrize("expression, text", TEXTS)
@pytest.mark.parametrize("format_code", [0, 1])
def test_other_types_arrive_as_text(wire, expression, text, format_code):
    answer = wire.prepared(f"SELECT {expression}", results=[format_code])
    assert answer[2].columns[0].type_oid in STRING
    assert rows(answer) == [[text]]


ARRAYS = [
    ("[1, 2, NULL]", {INT4S}, "{1,2,NULL}"),
    ("[1.5, 2]::FLOAT[2]", {FLOAT4S}, "{1.5,2}"),
    ("[[1, 2], [3, 4]]::INTEGER[2][2]", {INT4S}, "{{1,2},{3,4}}"),
    ("[]::INTEGER[]", {INT4S}, "{}"),
    ("[[], []]::INTEGER[][]", {INT4S}, "{}"),
    ("['a', 'b c']", STRINGS, '{a,"b c"}'),
    ("['sad']::ENUM('sad', 'glad')[]", STRINGS, "{sad}"),
    ("[1::HUGEINT]", {NUMERICS}, "{1}"),
    ("[{'a': 1}, NULL]", STRINGS, "{\"{'a': 1}\",NULL}"),
]


@pytest.mark.parametrize("expression, oids, text", ARRAYS)
def test_lists_and_arrays_are_postgres_arrays(wire, expression, oids, text):
    answer = wire.query(f"SELECT {expression}")
    assert answer[0].columns[0].type_oid in oids
    assert rows(answer) == [[text]]


@pytest.mark.parametrize("expression", ["[[1], [2, 3]]", "[[1, 2], NULL]"])
@pytest.mark.parametrize("format_code", [0, 1])
def test_ragged_lists_answer_with_a_clear_error_or_keep_every_value(wire, expression, format_code):
    """Postgres has no ragged arrays; silently dropping or padding values would be wrong."""
    answer = wire.prepared(f"SELECT {expression}", results=[format_code])
    errors = [m.fields for m in answer if m.kind == "E"]
    assert [(e["C"], bool(e.get("H"))) for e in errors] == [("2202E", True)], rows(answer)
    assert wire.value("SELECT 1") == "1"


def test_ragged_lists_can_be_read_as_text(wire):
    assert wire.value("SELECT [[1], [2, 3]]::VARCHAR") == "[[1], [2, 3]]"


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
    assert rows(wire.query("SELECT * FROM w_duck")) == [values]


def test_one_result_with_every_kind_of_column(wire):
    """test_all_types() is DuckDB's own table of the minimum, the maximum and NULL of every type."""
    answer = wire.query("SELECT * EXCLUDE (nested_int_array, union) FROM test_all_types()")
    assert str(answer[-2]) == "C SELECT 3"
    columns, values = answer[0].columns, rows(answer)
    assert len(columns) > 40
    by_name = {c.name: [row[i] for row in values] for i, c in enumerate(columns)}
    assert by_name["bool"] == ["f", "t", None]
    assert by_name["hugeint"][0] == "-170141183460469231731687303715884105728"
    assert by_name["dec_38_10"] == ["-9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999", None]
    assert by_name["int_array"][0] == "{}"
