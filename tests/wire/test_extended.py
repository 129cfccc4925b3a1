"""The extended protocol: Parse, Describe, Bind, Execute, Close, Flush, Sync, and portals read in pieces."""

import struct

import pytest
from harness.pgproto import bind, close, describe, error, execute, flush, parse, rows, shape, sync

INT4, INT8, TEXT, VARCHAR, FLOAT8, NUMERIC, BOOL, DATE, JSON, INT4_ARRAY = 23, 20, 25, 1043, 701, 1700, 16, 1082, 114, 1007


# -- answers come when asked for --------------------------------------------------------------


def test_flush_brings_the_description_at_once(wire):
    wire.send(parse("SELECT $1::INT AS n, 'x' AS s", name="p"), describe("S", "p"), flush())
    answer = wire.receive_kinds(3)
    assert shape(answer) == ["1", "t", "T"]
    assert answer[1].parameter_oids == [INT4]
    assert [c.name for c in answer[2].columns] == ["n", "s"]
    assert answer[2].columns[0].type_oid == INT4
    assert wire.silent(), "ReadyForQuery is for Sync only"
    assert shape(wire.ask(sync())) == ["Z I"]


def test_flush_brings_the_error_at_once(wire):
    wire.send(parse("SELECT nosuch", name="bad"), describe("S", "bad"), flush())
    assert shape(wire.receive_kinds(1)) == ["E 42703"]
    # Until Sync everything is skipped, whatever it is.
    wire.send(parse("SELECT 1", name="good"), describe("S", "good"), bind(statement="good"), execute(), flush())
    assert wire.silent()
    assert shape(wire.ask(sync())) == ["Z I"]
    assert shape(wire.ask(describe("S", "good"), sync())) == ["E 26000", "Z I"], "it was skipped"


def test_flush_after_execute_brings_the_rows(wire):
    wire.send(parse("SELECT 7"), bind(), execute(), flush())
    assert shape(wire.receive_kinds(4)) == ["1", "2", "D", "C SELECT 1"]
    assert shape(wire.ask(sync())) == ["Z I"]


def test_simple_query_is_skipped_too_until_sync(wire):
    from harness.pgproto import query

    wire.send(parse("SELECT nosuch"), query("SELECT 1"), sync())
    assert shape(wire.until_ready()) == ["E 42703", "Z I"]
    assert wire.silent()


def test_one_statement_from_parse_to_sync(wire):
    answer = wire.prepared("SELECT $1::INT + 1 AS n", ["41"])
    assert shape(answer) == ["1", "2", "T", "D", "C SELECT 1", "Z I"]
    assert rows(answer) == [["42"]]


def test_statement_without_rows_has_no_data(wire):
    wire.query("DROP TABLE IF EXISTS w_ext; CREATE TABLE w_ext(a INT)")
    assert shape(wire.prepared("INSERT INTO w_ext VALUES (1)")) == ["1", "2", "n", "C INSERT 0 1", "Z I"]
    assert shape(wire.ask(parse("DROP TABLE w_ext"), describe("S"), sync())) == ["1", "t", "n", "Z I"]


def test_empty_statement(wire):
    assert shape(wire.prepared("")) == ["1", "2", "n", "I", "Z I"]


def test_two_statements_in_one_parse_are_refused(wire):
    assert shape(wire.ask(parse("SELECT 1; SELECT 2"), sync())) == ["E 42601", "Z I"]


# -- parameters ------------------------------------------------------------------------------


def oids(wire, sql, given=()):
    answer = wire.ask(parse(sql, oids=given), describe("S"), sync())
    assert answer[0].kind == "1", error(answer)
    return answer[1].parameter_oids


def test_parameters_take_the_types_of_the_columns_they_fill(wire):
    wire.query("DROP TABLE IF EXISTS w_types; CREATE TABLE w_types(i INTEGER, b BIGINT, s TEXT, f DOUBLE PRECISION, n DECIMAL(10,2), ok BOOLEAN, d DATE, l INTEGER[], j JSON)")
    found = oids(wire, "INSERT INTO w_types VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    assert found[2] in (TEXT, VARCHAR)
    assert found[:2] + found[3:] == [INT4, INT8, FLOAT8, NUMERIC, BOOL, DATE, INT4_ARRAY, JSON]
    assert oids(wire, "INSERT INTO w_types(d, i) VALUES ($1, $2), ($3, $4)") == [DATE, INT4, DATE, INT4]
    assert oids(wire, "UPDATE w_types SET f = $1 WHERE i = $2") == [FLOAT8, INT4]
    assert oids(wire, "DELETE FROM w_types WHERE d < $1 AND b = $2") == [DATE, INT8]
    assert oids(wire, "SELECT * FROM w_types WHERE i = $1 AND n > $2") == [INT4, NUMERIC]


def test_parameters_take_the_types_of_their_casts(wire):
    assert oids(wire, "SELECT $1::BIGINT, CAST($2 AS DATE), $3::INT[]") == [INT8, DATE, INT4_ARRAY]


def test_parameter_without_any_hint_is_text(wire):
    assert oids(wire, "SELECT $1")[0] in (TEXT, VARCHAR)
    assert rows(wire.prepared("SELECT $1", ["hello"])) == [["hello"]]


def test_declared_types_are_believed(wire):
    assert oids(wire, "SELECT $1", [INT4]) == [INT4]
    assert rows(wire.prepared("SELECT $1 + 1", ["41"], oids=[INT4])) == [["42"]]


def test_one_parameter_used_twice_is_sent_once(wire):
    assert oids(wire, "SELECT $1::INT, $1::INT + $2::INT") == [INT4, INT4]
    assert rows(wire.prepared("SELECT $1::INT, $1::INT + $2::INT", ["1", "2"])) == [["1", "3"]]


def test_parameters_out_of_order(wire):
    assert rows(wire.prepared("SELECT $2::TEXT || $1::TEXT", ["b", "a"])) == [["ab"]]


def test_null_parameter(wire):
    assert rows(wire.prepared("SELECT $1::INT IS NULL, $2::TEXT", [None, None])) == [["t", None]]


def test_text_and_binary_parameters_mix(wire):
    answer = wire.prepared("SELECT $1::INT + $2::INT", [struct.pack("!i", 40), "2"], formats=[1, 0])
    assert rows(answer) == [["42"]]


def test_text_and_binary_results_mix(wire):
    answer = wire.prepared("SELECT 258 AS a, 259 AS b", results=[1, 0])
    assert [c.format for c in answer[2].columns] == [1, 0]
    assert answer[3].row == [struct.pack("!i", 258), b"259"]


def test_parameter_is_a_value_never_sql(wire):
    assert rows(wire.prepared("SELECT $1::TEXT", ["'; DROP TABLE x; --"])) == [["'; DROP TABLE x; --"]]


def test_dollar_inside_a_string_is_no_parameter(wire):
    assert rows(wire.prepared("SELECT '$1', $1::TEXT", ["x"])) == [["$1", "x"]]


@pytest.mark.parametrize(
    "values, formats, state",
    [
        ([], [], "08P01"),
        (["1", "2"], [], "08P01"),
        (["abc"], [], "22P02"),
        ([b"\0\0\0\0\1"], [1], "22P03"),
        (["1"], [7], "22023"),
    ],
    ids=["too few", "too many", "not a number", "five bytes for int4", "unknown format"],
)
def test_wrong_values_are_refused_and_the_session_goes_on(wire, values, formats, state):
    answer = wire.ask(parse("SELECT $1::INT"), bind(values, formats=formats), execute(), sync())
    assert shape(answer) == ["1", f"E {state}", "Z I"]
    assert wire.value("SELECT 1") == "1"


# -- names -----------------------------------------------------------------------------------


def test_named_statement_lives_until_closed(wire):
    wire.ask(parse("SELECT $1::INT * 2", name="twice"), sync())
    for n in (1, 2, 3):
        answer = wire.ask(bind([str(n)], statement="twice"), execute(), sync())
        assert rows(answer) == [[str(n * 2)]]
    assert shape(wire.ask(close("S", "twice"), sync())) == ["3", "Z I"]
    assert shape(wire.ask(bind(["1"], statement="twice"), execute(), sync())) == ["E 26000", "Z I"]


def test_duplicate_statement_name_is_refused(wire):
    assert shape(wire.ask(parse("SELECT 1", name="dup"), sync())) == ["1", "Z I"]
    assert shape(wire.ask(parse("SELECT 2", name="dup"), sync())) == ["E 42P05", "Z I"]
    assert rows(wire.ask(bind(statement="dup"), execute(), sync())) == [["1"]], "the first one stays"


def test_deallocate_releases_prepared_statements(wire):
    """psycopg 3 releases its statements this way."""
    for release in ("DEALLOCATE keep_1", 'DEALLOCATE "keep_1"', "DEALLOCATE PREPARE keep_1", "DEALLOCATE ALL"):
        assert shape(wire.ask(parse("SELECT 1", name="keep_1"), sync())) == ["1", "Z I"]
        assert shape(wire.query(release)) == ["C DEALLOCATE ALL" if release.endswith(" ALL") else "C DEALLOCATE", "Z I"]
        assert shape(wire.ask(bind(statement="keep_1"), execute(), sync())) == ["E 26000", "Z I"]


def test_parameters_inside_expressions_take_the_type_of_their_partner(wire):
    wire.query("DROP TABLE IF EXISTS w_infer; CREATE TABLE w_infer(i INTEGER, d DATE)")
    assert oids(wire, "UPDATE w_infer SET i = i + $1 WHERE i < $2") == [INT4, INT4]
    assert oids(wire, "SELECT i * $1 FROM w_infer WHERE i IN ($2, $3) AND i BETWEEN $4 AND $5") == [INT4] * 5
    assert oids(wire, "INSERT INTO w_infer SELECT $1, $2") == [INT4, DATE]
    assert oids(wire, "SELECT coalesce(i, $1), CASE WHEN i > $2 THEN $3 ELSE i END FROM w_infer") == [INT4] * 3
    assert oids(wire, "SELECT i FROM w_infer LIMIT $1 OFFSET $2") == [INT8, INT8]


def test_columns_are_described_whatever_the_parameters(wire):
    for sql, given, name, oid in [
        ("SELECT $1 + $2 AS s", [21, INT4], "s", INT4),
        ("SELECT $1 AS v", [INT4], "v", INT4),
        ("SELECT range FROM range($1::BIGINT)", [], "range", INT8),
        ("SELECT g FROM generate_series(1, 9) AS t(g) WHERE g = ANY($1)", [1005], "g", INT8),
        ("SELECT g FROM generate_series(1, $1) AS t(g)", [INT8], "g", INT8),
    ]:
        answer = wire.ask(parse(sql, oids=given), describe("S"), sync())
        assert answer[0].kind == "1", error(answer)
        assert [(c.name, c.type_oid) for c in answer[2].columns] == [(name, oid)], sql


def test_unnamed_statement_is_replaced_by_the_next(wire):
    wire.ask(parse("SELECT 1"), sync())
    wire.ask(parse("SELECT 2"), sync())
    assert rows(wire.ask(bind(), execute(), sync())) == [["2"]]


def test_named_statement_survives_errors_and_rollback(wire):
    wire.query("BEGIN")
    wire.ask(parse("SELECT 5", name="keep"), sync())
    wire.query("SELECT nosuch")
    wire.query("ROLLBACK")
    assert rows(wire.ask(bind(statement="keep"), execute(), sync())) == [["5"]]


def test_statement_sees_that_its_table_changed(wire):
    wire.query("DROP TABLE IF EXISTS w_change; CREATE TABLE w_change(a INT); INSERT INTO w_change VALUES (1)")
    wire.ask(parse("SELECT a FROM w_change", name="change"), sync())
    wire.query("DROP TABLE w_change; CREATE TABLE w_change(z INT, a INT); INSERT INTO w_change VALUES (7, 8)")
    assert rows(wire.ask(bind(statement="change"), execute(), sync())) == [["8"]]


def test_closing_what_does_not_exist_is_fine(wire):
    assert shape(wire.ask(close("S", "nobody"), close("P", "nobody"), sync())) == ["3", "3", "Z I"]


def test_unknown_names(wire):
    assert shape(wire.ask(describe("S", "nobody"), sync())) == ["E 26000", "Z I"]
    assert shape(wire.ask(describe("P", "nobody"), sync())) == ["E 34000", "Z I"]
    assert shape(wire.ask(execute("nobody"), sync())) == ["E 34000", "Z I"]


def test_describe_portal_shows_the_formats_asked_for(wire):
    answer = wire.ask(parse("SELECT 1 AS a"), bind(results=[1]), describe("P"), sync())
    assert shape(answer) == ["1", "2", "T", "Z I"]
    assert answer[2].columns[0].format == 1


def test_sync_ends_portals_outside_a_transaction(wire):
    wire.ask(parse("SELECT 1"), bind(portal="gone"), sync())
    assert shape(wire.ask(execute("gone"), sync())) == ["E 34000", "Z I"]


def test_column_says_its_table_type_and_size(wire):
    wire.query("DROP TABLE IF EXISTS w_col; CREATE TABLE w_col(n DECIMAL(10,2), i BIGINT)")
    n, i = wire.query("SELECT n, i FROM w_col")[0].columns
    assert (n.type_oid, n.type_len, n.typmod) == (NUMERIC, -1, (10 << 16 | 2) + 4)
    assert (i.type_oid, i.type_len, i.typmod) == (INT8, 8, -1)


# -- portals in pieces -----------------------------------------------------------------------


def test_portal_is_read_in_pieces(wire):
    wire.query("BEGIN")
    wire.ask(parse("SELECT g FROM generate_series(1, 25) AS t(g)"), bind(portal="c"), sync())
    seen = []
    for tag in ("s", "s", "C SELECT 5"):
        answer = wire.ask(execute("c", 10), sync())
        assert shape(answer)[-2:] == [tag, "Z T"]
        seen += rows(answer)
    assert seen == [[str(n)] for n in range(1, 26)]
    assert shape(wire.ask(execute("c", 10), sync())) == ["C SELECT 0", "Z T"], "it is at its end"
    wire.query("COMMIT")


def test_suspended_portals_and_other_statements_take_turns(wire):
    wire.query("DROP TABLE IF EXISTS w_turns; CREATE TABLE w_turns(a INT)")
    wire.query("BEGIN")
    wire.ask(parse("SELECT g FROM generate_series(1, 30) AS t(g)", name="up"), bind(portal="one", statement="up"), bind(portal="two", statement="up"), sync())
    got = {"one": [], "two": []}
    for turn in range(3):
        for portal in ("one", "two"):
            answer = wire.ask(execute(portal, 10), sync())
            assert shape(answer) == ["D"] * 10 + ["s", "Z T"]
            got[portal] += rows(answer)
        assert shape(wire.query(f"INSERT INTO w_turns VALUES ({turn})")) == ["C INSERT 0 1", "Z T"]
        assert wire.value("SELECT count(*) FROM w_turns") == str(turn + 1)
    assert got["one"] == got["two"] == [[str(n)] for n in range(1, 31)]
    assert shape(wire.query("COMMIT")) == ["C COMMIT", "Z I"]
    assert wire.value("SELECT count(*) FROM w_turns") == "3"


def test_pieces_within_one_sync_need_no_transaction(wire):
    wire.send(parse("SELECT g FROM generate_series(1, 15) AS t(g)"), bind(), execute("", 10), execute("", 10), sync())
    assert shape(wire.until_ready()) == ["1", "2"] + ["D"] * 10 + ["s"] + ["D"] * 5 + ["C SELECT 5", "Z I"]


def test_closed_portal_is_gone(wire):
    wire.query("BEGIN")
    wire.ask(parse("SELECT g FROM generate_series(1, 25) AS t(g)"), bind(portal="c"), execute("c", 10), sync())
    assert shape(wire.ask(close("P", "c"), sync())) == ["3", "Z T"]
    assert shape(wire.ask(execute("c", 10), sync())) == ["E 34000", "Z E"]
    wire.query("ROLLBACK")


def test_named_portal_cannot_be_reused_while_open(wire):
    wire.query("BEGIN")
    wire.ask(parse("SELECT 1"), bind(portal="c"), sync())
    assert shape(wire.ask(bind(portal="c"), sync())) == ["E 42P03", "Z E"]
    wire.query("ROLLBACK")


def test_portals_end_with_the_transaction(wire):
    wire.query("BEGIN")
    wire.ask(parse("SELECT g FROM generate_series(1, 25) AS t(g)"), bind(portal="c"), execute("c", 10), sync())
    wire.query("COMMIT")
    assert shape(wire.ask(execute("c", 10), sync())) == ["E 34000", "Z I"]


def test_suspended_portal_keeps_its_snapshot(wire):
    wire.query("DROP TABLE IF EXISTS w_snap; CREATE TABLE w_snap(a INT); INSERT INTO w_snap SELECT * FROM generate_series(1, 20)")
    wire.query("BEGIN")
    first = wire.ask(parse("SELECT a FROM w_snap ORDER BY a"), bind(portal="c"), execute("c", 5), sync())
    wire.query("DELETE FROM w_snap")
    rest = wire.ask(execute("c"), sync())
    assert rows(first) + rows(rest) == [[str(n)] for n in range(1, 21)]
    wire.query("ROLLBACK")


# -- many at once ----------------------------------------------------------------------------


def test_pipelined_statements_are_one_transaction_until_sync(wire):
    wire.query("DROP TABLE IF EXISTS w_pipe; CREATE TABLE w_pipe(a INT PRIMARY KEY)")
    step = [part for n in (1, 2, 1, 3) for part in (parse(f"INSERT INTO w_pipe VALUES ({n})"), bind(), execute())]
    assert shape(wire.ask(*step, sync())) == ["1", "2", "C INSERT 0 1", "1", "2", "C INSERT 0 1", "1", "2", "E 23505", "Z I"]
    assert wire.value("SELECT count(*) FROM w_pipe") == "0"


def test_pipelined_syncs_are_separate_transactions(wire):
    wire.query("DROP TABLE IF EXISTS w_sync; CREATE TABLE w_sync(a INT PRIMARY KEY)")
    for n in (1, 1, 2):
        wire.send(parse(f"INSERT INTO w_sync VALUES ({n})"), bind(), execute(), sync())
    assert shape(wire.until_ready()) == ["1", "2", "C INSERT 0 1", "Z I"]
    assert shape(wire.until_ready()) == ["1", "2", "E 23505", "Z I"]
    assert shape(wire.until_ready()) == ["1", "2", "C INSERT 0 1", "Z I"]
    assert rows(wire.query("SELECT a FROM w_sync ORDER BY a")) == [["1"], ["2"]]


def test_one_statement_bound_many_times_in_one_go(wire):
    wire.query("DROP TABLE IF EXISTS w_many; CREATE TABLE w_many(a INT)")
    step = [part for n in range(1000) for part in (bind([str(n)], statement="ins"), execute())]
    answer = wire.ask(parse("INSERT INTO w_many VALUES ($1)", name="ins"), *step, sync())
    assert shape(answer) == ["1"] + ["2", "C INSERT 0 1"] * 1000 + ["Z I"]
    assert wire.value("SELECT sum(a)::BIGINT FROM w_many") == str(sum(range(1000)))


def test_returning_in_both_protocols(wire):
    wire.query("DROP TABLE IF EXISTS w_ret; CREATE TABLE w_ret(id INT, s TEXT)")
    answer = wire.query("INSERT INTO w_ret VALUES (1, 'a'), (2, 'b') RETURNING id, upper(s) AS u")
    assert shape(answer) == ["T", "D", "D", "C INSERT 0 2", "Z I"]
    assert rows(answer) == [["1", "A"], ["2", "B"]]
    answer = wire.prepared("UPDATE w_ret SET s = $1 WHERE id = $2 RETURNING s", ["z", "2"])
    assert shape(answer) == ["1", "2", "T", "D", "C UPDATE 1", "Z I"]
    assert rows(answer) == [["z"]]
    answer = wire.prepared("DELETE FROM w_ret RETURNING id")
    assert shape(answer) == ["1", "2", "T", "D", "D", "C DELETE 2", "Z I"]
    assert sorted(rows(answer)) == [["1"], ["2"]]
    answer = wire.ask(parse("INSERT INTO w_ret VALUES ($1, $2) RETURNING *"), describe("S"), sync())
    assert [c.name for c in answer[2].columns] == ["id", "s"]
