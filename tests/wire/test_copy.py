"""COPY through the connection: frames, formats, options, errors, and what becomes of the rows."""

import struct
import time

import pytest
from harness.pgproto import Wire, bind, cstr, describe, error, eventually, execute, frame, parse, query, shape, sync
from harness.server import Server

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)


def data(raw):
    return frame("d", raw if isinstance(raw, bytes) else raw.encode())


def done():
    return frame("c")


def fail(reason="I gave up"):
    return frame("f", cstr(reason))


def load(wire, sql, *pieces, end=None):
    """A whole COPY FROM STDIN; what the server answers after CopyInResponse."""
    wire.send(query(sql))
    first = wire.receive_kinds(1)
    if first[0].kind == "E":
        return first + wire.until_ready()
    assert first[0].kind == "G", shape(first)
    wire.send(*[data(p) for p in pieces], end or done())
    return wire.until_ready()


def unload(wire, sql):
    """What a COPY TO STDOUT sends, whole."""
    answer = wire.query(sql)
    if "binary" in sql and len(answer) > 5:
        assert answer[1].body.startswith(SIGNATURE) and len(answer[1].body) > len(SIGNATURE), "drivers expect a row there"
    assert answer[0].kind == "H" and [str(m) for m in answer[-3:]][0] == "c", shape(answer)
    return b"".join(m.body for m in answer if m.kind == "d")


def table(db, columns, rows=None):
    t = db.name()
    db.run(f"CREATE TABLE {t}({columns})")
    if rows:
        db.run(f"INSERT INTO {t} VALUES {rows}")
    return t


# -- frames ------------------------------------------------------------------------------------------


def test_rows_are_loaded_and_counted(wire, db):
    t = table(db, "a INT, b TEXT")
    wire.send(query(f"COPY {t} FROM STDIN"))
    (response,) = wire.receive_kinds(1)
    assert (response.kind, response.body) == ("G", struct.pack("!bhhh", 0, 2, 0, 0))
    wire.send(data("1\tone\n2"), data("\t"), data("two\n\\.\n"), done())
    assert shape(wire.until_ready()) == ["C COPY 2", "Z I"]
    assert db.run(f"SELECT * FROM {t} ORDER BY a") == [(1, "one"), (2, "two")]


def test_rows_are_sent_one_message_each(wire, db):
    t = table(db, "a INT, b TEXT", "(1, 'one'), (2, NULL)")
    answer = wire.query(f"COPY {t} TO STDOUT")
    assert shape(answer) == ["H", "d", "d", "c", "C COPY 2", "Z I"]
    assert [m.body for m in answer[1:3]] == [b"1\tone\n", b"2\t\\N\n"]
    assert answer[0].body == struct.pack("!bhhh", 0, 2, 0, 0)


def test_the_last_line_needs_no_newline(wire, db):
    t = table(db, "a INT")
    assert shape(load(wire, f"COPY {t} FROM STDIN", "1\n2")) == ["C COPY 2", "Z I"]


def test_nothing_is_loaded_from_nothing(wire, db):
    t = table(db, "a INT")
    assert shape(load(wire, f"COPY {t} FROM STDIN")) == ["C COPY 0", "Z I"]
    assert shape(load(wire, f"COPY {t} FROM STDIN", "")) == ["C COPY 0", "Z I"]


def test_copy_fail_loads_nothing(wire, db):
    t = table(db, "a INT")
    answer = load(wire, f"COPY {t} FROM STDIN", "1\n", end=fail())
    assert error(answer)["C"] == "57014"
    assert error(answer)["M"] == "COPY from stdin failed: I gave up"
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]
    assert wire.value("SELECT 1") == "1"


def test_copies_among_other_statements(wire, db):
    t = table(db, "a INT")
    wire.send(query(f"INSERT INTO {t} VALUES (0); COPY {t} FROM STDIN; COPY {t} FROM STDIN; COPY {t} TO STDOUT; SELECT 7"))
    assert shape(wire.receive_kinds(2)) == ["C INSERT 0 1", "G"]
    wire.send(data("1\n"), done())
    assert shape(wire.receive_kinds(2)) == ["C COPY 1", "G"]
    wire.send(data("2\n3\n"), done())
    assert shape(wire.until_ready()) == ["C COPY 2", "H", "d", "d", "d", "d", "c", "C COPY 4", "T", "D", "C SELECT 1", "Z I"]


def test_a_failing_copy_undoes_the_statements_sent_with_it(wire, db):
    t = table(db, "a INT")
    wire.send(query(f"INSERT INTO {t} VALUES (0); COPY {t} FROM STDIN; SELECT 7"))
    assert shape(wire.receive_kinds(2)) == ["C INSERT 0 1", "G"]
    wire.send(data("x\n"), done())
    assert shape(wire.until_ready()) == ["E 22P02", "Z I"]
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]


def test_extended_protocol_ignores_sync_and_flush_during_the_data(wire, db):
    t = table(db, "a INT")
    wire.send(parse(f"COPY {t} FROM STDIN"), bind(), describe("P"), execute(), sync())
    assert shape(wire.receive_kinds(4)) == ["1", "2", "n", "G"]
    wire.send(data("1\n"), frame("H"), sync(), data("2\n"), done(), sync())
    assert shape(wire.until_ready()) == ["C COPY 2", "Z I"]
    assert db.run(f"SELECT a FROM {t} ORDER BY a") == [(1,), (2,)]


def test_extended_protocol_skips_to_sync_after_an_error_in_the_data(wire, db):
    t = table(db, "a INT")
    wire.send(parse(f"COPY {t} FROM STDIN"), bind(), execute())
    assert shape(wire.receive_kinds(3)) == ["1", "2", "G"]
    wire.send(data("x\n"), data("2\n"), done(), parse("SELECT 1"), sync())
    assert shape(wire.until_ready()) == ["E 22P02", "Z I"]
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]


def test_extended_protocol_sends_rows_whatever_the_limit(wire, db):
    t = table(db, "a INT", "(1), (2), (3)")
    answer = wire.ask(parse(f"COPY {t} TO STDOUT"), bind(), describe("P"), execute(max_rows=1), sync())
    assert shape(answer) == ["1", "2", "n", "H", "d", "d", "d", "c", "C COPY 3", "Z I"]


def test_another_message_during_the_data_ends_the_copy(wire, db):
    t = table(db, "a INT")
    wire.send(query(f"COPY {t} FROM STDIN"), data("1\n"), query("SELECT 1"))
    assert wire.receive().kind == "G"
    assert shape(wire.until_ready()) == ["E 08P01", "Z I"]
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]
    assert wire.value("SELECT 1") == "1"


def test_data_outside_of_a_copy_are_ignored(wire):
    wire.send(data("1\n"), done(), fail())
    assert wire.value("SELECT 1") == "1"


def test_a_vanished_client_loads_nothing(server, db):
    t = table(db, "a INT")
    with Wire(server) as gone:
        gone.send(query(f"COPY {t} FROM STDIN"))
        assert gone.receive().kind == "G"
        gone.send(data("1\n" * 1000))
    time.sleep(0.2)
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]
    db.run(f"DROP TABLE {t}")


# -- formats -----------------------------------------------------------------------------------------

VALUES = [
    ("BOOLEAN", "true", "t"),
    ("TINYINT", "-7", "-7"),
    ("SMALLINT", "-32768", "-32768"),
    ("INTEGER", "2147483647", "2147483647"),
    ("BIGINT", "-9223372036854775808", "-9223372036854775808"),
    ("HUGEINT", "170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
    ("UBIGINT", "18446744073709551615", "18446744073709551615"),
    ("UHUGEINT", "340282366920938463463374607431768211455", "340282366920938463463374607431768211455"),
    ("REAL", "1.5", "1.5"),
    ("DOUBLE", "-0.1", "-0.1"),
    ("DECIMAL(4,1)", "-123.4", "-123.4"),
    ("DECIMAL(9,3)", "123456.789", "123456.789"),
    ("DECIMAL(18,9)", "1.000000001", "1.000000001"),
    ("DECIMAL(38,10)", "-1234567890123456789012345678.0123456789", "-1234567890123456789012345678.0123456789"),
    ("VARCHAR", "'tab\tback\\slash'", "tab\\tback\\\\slash"),
    ("BLOB", "'\\x00\\xFF'", "\\\\x00ff"),
    ("UUID", "'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    ("DATE", "'1969-07-20'", "1969-07-20"),
    ("TIME", "'23:59:59.999999'", "23:59:59.999999"),
    ("TIMETZ", "'12:00:00+02'", "12:00:00+02"),
    ("TIMESTAMP", "'1969-12-31 23:59:59.999999'", "1969-12-31 23:59:59.999999"),
    ("TIMESTAMP_S", "'2024-02-29 12:00:01'", "2024-02-29 12:00:01"),
    ("TIMESTAMPTZ", "'2024-02-29 12:00:00+00'", "2024-02-29 12:00:00+00"),
    ("INTERVAL", "'400 days 5 seconds'", "400 days 00:00:05"),
    ("BIT", "'10110'", "10110"),
    ("JSON", '\'{"a": [1, null]}\'', '{"a": [1, null]}'),
    ("ENUM('sad', 'glad')", "'glad'", "glad"),
    ("INTEGER[]", "[1, NULL, 3]", "{1,NULL,3}"),
    ("VARCHAR[]", "['a,b', '', NULL, 'NULL']", '{"a,b","",NULL,"NULL"}'),
    ("INTEGER[][]", "[[1, 2], [3]]", "{{1,2},{3}}"),
    ("DOUBLE[2]", "[1.5, 2.5]", "{1.5,2.5}"),
    ("ENUM('sad', 'glad')[]", "['sad']", "{sad}"),
    ("STRUCT(a INTEGER, b VARCHAR)", "{'a': 1, 'b': 'x'}", '{"a":1,"b":"x"}'),
]
IDS = [sql for sql, _, _ in VALUES]


@pytest.mark.parametrize("sql, literal, text", VALUES, ids=IDS)
def test_values_come_back_as_they_went_in_text(wire, db, sql, literal, text):
    source, target = table(db, f"v {sql}", f"({literal}), (NULL)"), table(db, f"v {sql}")
    sent = unload(wire, f"COPY {source} TO STDOUT")
    assert sent == f"{text}\n\\N\n".encode()
    assert shape(load(wire, f"COPY {target} FROM STDIN", sent)) == ["C COPY 2", "Z I"]
    assert db.run(f"SELECT v IS NOT DISTINCT FROM ({literal})::{sql} FROM {target}") == [(True,), (False,)]


@pytest.mark.parametrize("sql, literal, text", VALUES, ids=IDS)
def test_values_come_back_as_they_went_in_binary(wire, db, sql, literal, text):
    if sql == "INTEGER[][]":
        literal = "[[1, 2], [3, 4]]"  # ragged lists have no binary form
    source, target = table(db, f"v {sql}", f"({literal}), (NULL)"), table(db, f"v {sql}")
    sent = unload(wire, f"COPY {source} TO STDOUT (FORMAT binary)")
    assert sent.startswith(SIGNATURE) and sent.endswith(struct.pack("!hih", 1, -1, -1))
    assert shape(load(wire, f"COPY {target} FROM STDIN BINARY", sent)) == ["C COPY 2", "Z I"]
    assert db.run(f"SELECT v IS NOT DISTINCT FROM ({literal})::{sql} FROM {target}") == [(True,), (False,)]


def test_csv_quotes_what_needs_it(wire, db):
    t = table(db, "a TEXT, b TEXT", """('plain', 'with,comma'), ('say "hi"', E'line\nbreak'), ('', NULL), ('NA', ' x ')""")
    assert unload(wire, f"COPY {t} TO STDOUT (FORMAT csv, HEADER)") == b'a,b\nplain,"with,comma"\n"say ""hi""","line\nbreak"\n"",\nNA, x \n'
    assert unload(wire, f"COPY {t} TO STDOUT WITH CSV DELIMITER ';' NULL 'NA' QUOTE '''' FORCE QUOTE a").splitlines() == [
        b"'plain';with,comma", b"'say \"hi\"';'line", b"break'", b"'';NA", b"'NA'; x ",
    ]


def test_csv_is_read_as_it_is_written(wire, db):
    source = table(db, "a TEXT, b TEXT", """('plain', 'with,comma'), ('say "hi"', E'line\nbreak\r\n'), ('', NULL), ('\\.', '\\')""")
    target = table(db, "a TEXT, b TEXT")
    for options in ["", ", HEADER", ", DELIMITER ';', QUOTE '''', ESCAPE '\\', NULL 'nil'", ", HEADER MATCH"]:
        out = options.replace(" MATCH", "")
        sent = unload(wire, f"COPY {source} TO STDOUT (FORMAT csv{out})")
        pieces = [sent[at : at + 3] for at in range(0, len(sent), 3)]
        assert shape(load(wire, f"COPY {target} FROM STDIN (FORMAT csv{options})", *pieces)) == ["C COPY 4", "Z I"]
        assert db.run(f"SELECT * FROM {target}") == db.run(f"SELECT * FROM {source}"), options
        db.run(f"DELETE FROM {target}")


def test_csv_null_and_force_options(wire, db):
    t = table(db, "a TEXT, b TEXT, c TEXT")
    load(wire, f"COPY {t} FROM STDIN (FORMAT csv, FORCE_NOT_NULL (b), FORCE_NULL (c))", ',,""\n"",x,\n')
    assert db.run(f"SELECT * FROM {t}") == [(None, "", None), ("", "x", None)]


def test_lines_may_end_with_carriage_return_and_newline(wire, db):
    t = table(db, "a INT, b TEXT")
    load(wire, f"COPY {t} FROM STDIN (FORMAT csv)", "1,x\r\n2,\"y\r\nz\"\r\n")
    load(wire, f"COPY {t} FROM STDIN", "3\tw\r\n4\tv\r\n")
    assert db.run(f"SELECT * FROM {t} ORDER BY a") == [(1, "x"), (2, "y\r\nz"), (3, "w"), (4, "v")]


def test_text_options(wire, db):
    t = table(db, "a INT, b TEXT")
    load(wire, f"COPY {t} FROM STDIN WITH DELIMITER AS '|' NULL AS ''", "1|x\\|y\n2|\n")
    assert db.run(f"SELECT * FROM {t} ORDER BY a") == [(1, "x|y"), (2, None)]
    assert unload(wire, f"COPY {t} (b, a) TO STDOUT (DELIMITER '|', NULL 'none', HEADER)") == b"b|a\nx\\|y|1\nnone|2\n"


def test_a_query_is_copied_with_its_parametrised_order(wire, db):
    t = table(db, "a INT, b TEXT", "(1, 'x'), (2, 'y')")
    assert unload(wire, f"COPY (SELECT b, a * 10 AS n FROM {t} WHERE a > 0 ORDER BY a DESC) TO STDOUT (FORMAT csv, HEADER)") == b"b,n\ny,20\nx,10\n"


# -- columns -----------------------------------------------------------------------------------------


def test_columns_are_named_and_the_others_get_their_defaults(wire, db):
    t = table(db, "id INT DEFAULT 7, a TEXT, g INT GENERATED ALWAYS AS (length(a)), b DATE DEFAULT '2020-02-02'")
    load(wire, f'COPY {t} ("a") FROM STDIN', "xyz\n")
    load(wire, f"COPY {t} FROM STDIN", "1\tx\t2024-01-01\n")
    assert db.run(f"SELECT id, a, g, b::TEXT FROM {t} ORDER BY g") == [(1, "x", 1, "2024-01-01"), (7, "xyz", 3, "2020-02-02")]
    assert unload(wire, f"COPY {t} TO STDOUT").splitlines()[0] == b"7\txyz\t2020-02-02"


@pytest.mark.parametrize(
    "columns, state",
    [("(nosuch)", "42703"), ("(g)", "42P10"), ("(a, a)", "42701")],
)
def test_wrong_columns_are_refused_at_their_place(wire, db, columns, state):
    t = table(db, "a TEXT, g INT GENERATED ALWAYS AS (length(a))")
    sql = f"COPY {t} {columns} FROM STDIN"
    problem = error(load(wire, sql))
    assert problem["C"] == state
    assert int(problem["P"]) - 1 == sql.rindex(columns.strip("()").split(", ")[-1])


def test_temporary_tables_are_loaded(wire):
    wire.query("CREATE TEMP TABLE copied(a INT)")
    load(wire, "COPY copied FROM STDIN", "1\n2\n")
    assert wire.value("SELECT sum(a) FROM copied") == "3"


def test_views_are_sent_and_not_loaded(wire, db):
    v = db.name("v")
    db.run(f"CREATE VIEW {v} AS SELECT 1 AS a")
    assert unload(wire, f"COPY {v} TO STDOUT") == b"1\n"
    assert error(load(wire, f"COPY {v} FROM STDIN"))["C"] == "42809"


# -- errors ------------------------------------------------------------------------------------------

WRONG = [
    ("1\t2\nx\t2\n", "", "22P02", 'line 2, column a: "x"'),
    ("1\t2\n1\t99999999999\n", "", "22003", 'line 2, column b: "99999999999"'),
    ("1\n", "", "22P04", 'line 1: "1"'),
    ("1\t2\t3\n", "", "22P04", 'line 1: "1\t2\t3"'),
    ("1,\"2\n", "(FORMAT csv)", "22P04", 'line 2: "1,"2\n"'),
    ("a,c\n1,2\n", "(FORMAT csv, HEADER MATCH)", "22P04", 'line 1: "a,c"'),
    ("1\t2\rx\n", "", "22P04", 'line 1: "1\t2\rx"'),
]


@pytest.mark.parametrize("raw, options, state, place", WRONG, ids=[repr(w[0]) for w in WRONG])
def test_wrong_rows_are_named_and_nothing_is_loaded(wire, db, raw, options, state, place):
    t = table(db, "a INT, b INT")
    problem = error(load(wire, f"COPY {t} FROM STDIN {options}", raw))
    assert (problem["C"], problem["W"]) == (state, f"COPY {t}, {place}")
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]
    assert wire.value("SELECT 1") == "1"


def test_a_wrong_value_that_duckdb_casts_is_named_too(wire, db):
    t = table(db, "a INT, e ENUM('sad', 'glad'), s STRUCT(x INT), d DATE")
    for raw, place in [
        ("1\tsad\t\\N\t\\N\n2\tmad\t\\N\t\\N\n", 'line 2, column e: "mad"'),
        ("1\tsad\tno struct\t\\N\n", 'line 1, column s: "no struct"'),
        ("1\tsad\t\\N\tsome day\n", 'line 1, column d: "some day"'),
    ]:
        problem = error(load(wire, f"COPY {t} FROM STDIN", raw))
        assert problem["C"] in ("22P02", "22007")
        assert problem["W"] == f"COPY {t}, {place}"
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]


def test_invalid_utf8_is_an_error_of_its_value(wire, db):
    t = table(db, "a INT, b TEXT")
    problem = error(load(wire, f"COPY {t} FROM STDIN", b"1\t\xff\n"))
    assert (problem["C"], problem["W"].split(": ")[0]) == ("22021", f"COPY {t}, line 1, column b")
    assert wire.value("SELECT 1") == "1"


def test_broken_binary_data_are_errors(wire, db):
    t = table(db, "a INT")
    row = struct.pack("!hii", 1, 4, 5)
    for raw, state in [
        (b"not binary at all", "22P04"),
        (SIGNATURE + struct.pack("!h", 2), "22P04"),
        (SIGNATURE + struct.pack("!hih", 1, 2, 5), "22P03"),
        (SIGNATURE + struct.pack("!hi", 1, -5), "22P04"),
        (SIGNATURE + row[:-1], "22P04"),
        (SIGNATURE + struct.pack("!h", -1) + row, "22P04"),
        (SIGNATURE[:5], "22P04"),
    ]:
        assert error(load(wire, f"COPY {t} FROM STDIN BINARY", raw))["C"] == state, raw
    assert shape(load(wire, f"COPY {t} FROM STDIN BINARY", SIGNATURE + row)) == ["C COPY 1", "Z I"]
    assert db.run(f"SELECT a FROM {t}") == [(5,)]


def test_violated_constraints_load_nothing(wire, db):
    t = table(db, "id INT PRIMARY KEY, a INT NOT NULL CHECK (a > 0)", "(1, 1)")
    for raw, state in [("2\t1\n1\t1\n", "23505"), ("2\t\\N\n", "23502"), ("2\t-1\n", "23514"), ("2\t1\n2\t1\n", "23505")]:
        assert error(load(wire, f"COPY {t} FROM STDIN", raw))["C"] == state, raw
    assert db.run(f"SELECT id FROM {t}") == [(1,)]
    assert shape(load(wire, f"COPY {t} FROM STDIN", "2\t1\n")) == ["C COPY 1", "Z I"]


@pytest.mark.parametrize(
    "sql, state",
    [
        ("COPY nosuch FROM STDIN", "42P01"),
        ("COPY nosuch TO STDOUT", "42P01"),
        ("COPY (SELECT nosuch) TO STDOUT", "42703"),
        ("COPY (INSERT INTO x VALUES (1) RETURNING a) TO STDOUT", "0A000"),
        ("COPY x FROM STDIN (FORMAT xml)", "22023"),
        ("COPY x FROM STDIN (DELIMITER 'ab')", "0A000"),
        ("COPY x FROM STDIN (NULL 'a', NULL 'b')", "42601"),
        ("COPY x FROM PROGRAM 'ls'", "0A000"),
        ("COPY x FROM STDIN WHERE a > 1", "0A000"),
        ("COPY (SELECT 1) FROM STDIN", "42601"),
        ("COPY _hatidata_audit.operations FROM STDIN", "42P01"),
        ("COPY x FROM 'file.csv'", "42501"),
    ],
)
def test_what_cannot_be_copied_is_refused(wire, sql, state):
    wire.query("CREATE TEMP TABLE x(a INT)")
    assert error(wire.query(sql))["C"] == state
    assert error(wire.ask(parse(sql), bind(), execute(), sync()))["C"] == state
    assert wire.value("SELECT 1") == "1"


def test_an_error_within_the_query_is_placed_in_the_copy(wire):
    sql = "COPY (SELECT 1 AS a, nosuch) TO STDOUT"
    assert int(error(wire.query(sql))["P"]) - 1 == sql.index("nosuch")


# -- transactions, branches, limits --------------------------------------------------------------------


def test_a_rollback_takes_the_rows_with_it(wire, db):
    t = table(db, "a INT")
    wire.query("BEGIN")
    assert shape(load(wire, f"COPY {t} FROM STDIN", "1\n")) == ["C COPY 1", "Z T"]
    assert wire.value(f"SELECT count(*) FROM {t}") == "1"
    wire.query("ROLLBACK")
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]


def test_a_failed_copy_fails_its_transaction(wire, db):
    t = table(db, "a INT")
    wire.query("BEGIN")
    assert shape(load(wire, f"COPY {t} FROM STDIN", "x\n")) == ["E 22P02", "Z E"]
    assert error(wire.query("SELECT 1"))["C"] == "25P02"
    assert shape(wire.query("COMMIT")) == ["C ROLLBACK", "Z I"]


def test_a_read_only_transaction_refuses_to_load(wire, db):
    t = table(db, "a INT")
    wire.query("BEGIN READ ONLY")
    assert error(load(wire, f"COPY {t} FROM STDIN"))["C"] == "25006"
    wire.query("ROLLBACK")


def test_a_branch_loads_into_its_own_copy(server, wire, db):
    t, branch = table(db, "a INT DEFAULT 5, b TEXT", "(1, 'main')"), db.name("b")
    db.run(f"SELECT branch_create('{branch}')")
    with Wire(server, database=f"hatidata/{branch}") as there:
        assert shape(load(there, f"COPY {t} (b) FROM STDIN", "branch\n")) == ["C COPY 1", "Z I"]
        assert unload(there, f"COPY {t} TO STDOUT") == b"1\tmain\n5\tbranch\n"
        assert unload(there, f"COPY (SELECT count(*) FROM {t}) TO STDOUT") == b"2\n"
        assert error(load(there, f"COPY {t} (nosuch) FROM STDIN"))["C"] == "42703"
        there.query("BEGIN")
        load(there, f"COPY {t} FROM STDIN", "9\tundone\n")
        there.query("ROLLBACK")
        assert there.value(f"SELECT count(*) FROM {t}") == "2"
    assert unload(wire, f"COPY {t} TO STDOUT") == b"1\tmain\n"
    db.run(f"SELECT branch_merge('{branch}')")
    assert db.run(f"SELECT * FROM {t} ORDER BY a") == [(1, "main"), (5, "branch")]


def test_a_branch_keeps_what_main_loads_after_its_fork_out(server, wire, db):
    t, branch = table(db, "a INT", "(1)"), db.name("b")
    db.run(f"SELECT branch_create('{branch}')")
    load(wire, f"COPY {t} FROM STDIN", "2\n")
    with Wire(server, database=f"hatidata/{branch}") as there:
        assert unload(there, f"COPY {t} TO STDOUT") == b"1\n"


def test_the_audit_has_the_statement_and_the_number_of_rows(wire, db):
    t = table(db, "a INT")
    sql = f"COPY {t} FROM STDIN"
    load(wire, sql, "1\n2\n")
    load(wire, sql, "x\n")
    unload(wire, f"COPY {t} TO STDOUT")

    def records():
        return db.run(f"SELECT outcome, row_count FROM _hatidata_audit WHERE statement LIKE 'COPY {t} %' ORDER BY started_at")

    assert eventually(lambda: len(records()) == 3)
    assert records() == [("ok", 2), ("error", 0), ("ok", 2)]


def test_rows_are_cancelled_on_their_way_in(wire, db):
    t = table(db, "a INT")
    wire.send(query(f"COPY {t} FROM STDIN"))
    assert wire.receive().kind == "G"
    wire.send(data("1\n"))
    time.sleep(0.1)
    wire.cancel()
    wire.send(data("2\n"), done())
    assert shape(wire.until_ready()) == ["E 57014", "Z I"]
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]


def test_rows_are_cancelled_on_their_way_out(wire):
    wire.send(query("COPY (SELECT i, repeat('x', 100) FROM range(100000000) r(i)) TO STDOUT"))
    assert wire.receive().kind == "H"
    wire.receive()
    wire.cancel()
    assert shape(wire.until_ready())[-2:] == ["E 57014", "Z I"]
    assert wire.value("SELECT 1") == "1"


def memory_mb(server):
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def test_rows_are_loaded_and_sent_in_bounded_memory():
    with Server(env={"HATIDATA_MEMORY_LIMIT": "200MB"}) as server, Wire(server) as wire:
        db = server.connect()
        db.run("CREATE TABLE wide(a INT, b TEXT)")
        wire.send(query("COPY wide FROM STDIN"))
        assert wire.receive().kind == "G"
        before, rows = memory_mb(server), (b"1\t" + b"x" * 1000 + b"\n") * 1000
        for _ in range(600):
            wire.send(data(rows))
        loaded = memory_mb(server) - before
        wire.send(done())
        assert shape(wire.until_ready()) == ["C COPY 600000", "Z I"]
        assert db.run("SELECT count(*), sum(length(b))::BIGINT FROM wide") == [(600_000, 600_000_000)]
        before = memory_mb(server)
        wire.send(query("COPY (SELECT i, repeat('x', 1000) FROM range(400000) r(i)) TO STDOUT"))
        time.sleep(1)
        sent = memory_mb(server) - before
        wire.sock.close()
        assert (loaded < 450, sent < 150) == (True, True), (loaded, sent)


def test_many_rows_arrive_in_order(wire, db):
    t = table(db, "a INT, e ENUM('even', 'odd')")
    rows = "".join(f"{i}\t{'odd' if i % 2 else 'even'}\n" for i in range(300_000))
    pieces = [rows[at : at + 8192] for at in range(0, len(rows), 8192)]
    assert shape(load(wire, f"COPY {t} FROM STDIN", *pieces)) == ["C COPY 300000", "Z I"]
    assert db.run(f"SELECT count(*), sum(a)::BIGINT, count(*) FILTER (WHERE (a % 2 = 1) = (e = 'odd')) FROM {t}") == [(300_000, 44999850000, 300_000)]
    assert db.run(f"SELECT bool_and(a = rowid) FROM {t}") == [(True,)]
    assert unload(wire, f"COPY {t} TO STDOUT").decode() == rows
    problem = error(load(wire, f"COPY {t} FROM STDIN", *pieces, "7\tneither\n"))
    assert problem["W"] == f'COPY {t}, line 300001, column e: "neither"'
