"""The simple protocol: one string, any number of statements, results in order."""

import pytest
from harness.pgproto import error, rows, shape


def test_one_statement(wire):
    answer = wire.query("SELECT 1 AS a, 'x' AS b")
    assert shape(answer) == ["T", "D", "C SELECT 1", "Z I"]
    assert [c.name for c in answer[0].columns] == ["a", "b"]
    assert rows(answer) == [["1", "x"]]


def test_columns_are_described_even_without_rows(wire):
    answer = wire.query("SELECT 1 AS a WHERE false")
    assert shape(answer) == ["T", "C SELECT 0", "Z I"]


@pytest.mark.parametrize("text", ["", "   ", ";", "-- only a comment", "/* one */ ; -- two"])
def test_nothing_to_do_is_an_empty_query(wire, text):
    assert shape(wire.query(text)) == ["I", "Z I"]


def test_statements_answer_in_order(wire):
    answer = wire.query("SELECT 1; SELECT 'b', 2; SELECT 3")
    assert shape(answer) == ["T", "D", "C SELECT 1", "T", "D", "C SELECT 1", "T", "D", "C SELECT 1", "Z I"]
    assert rows(answer) == [["1"], ["b", "2"], ["3"]]


def test_empty_statements_between_others_are_skipped(wire):
    assert shape(wire.query(";; SELECT 1 ;; ; SELECT 2;")) == ["T", "D", "C SELECT 1", "T", "D", "C SELECT 1", "Z I"]


def test_semicolons_in_strings_names_and_comments_do_not_split(wire):
    answer = wire.query("""SELECT 'a;b' AS "c;d" /* e;f /* nested; */ ; */ , $$g;h$$ -- i;j
        ; SELECT $tag$ ; $$ ; $tag$""")
    assert rows(answer) == [["a;b", "g;h"], [" ; $$ ; "]]


def test_later_statements_see_earlier_ones(wire):
    wire.query("DROP TABLE IF EXISTS w_later")
    answer = wire.query("CREATE TABLE w_later(a INT); INSERT INTO w_later VALUES (1), (2); SELECT sum(a)::INT FROM w_later; DROP TABLE w_later")
    assert shape(answer) == ["C CREATE TABLE", "C INSERT 0 2", "T", "D", "C SELECT 1", "C DROP TABLE", "Z I"]
    assert rows(answer) == [["3"]]


def test_error_stops_the_rest_and_undoes_what_came_before(wire):
    wire.query("DROP TABLE IF EXISTS w_undo; CREATE TABLE w_undo(a INT)")
    answer = wire.query("INSERT INTO w_undo VALUES (1); SELECT nosuch FROM w_undo; INSERT INTO w_undo VALUES (2)")
    assert shape(answer) == ["C INSERT 0 1", "E 42703", "Z I"]
    assert wire.value("SELECT count(*) FROM w_undo") == "0"


def test_error_at_run_time_undoes_what_came_before(wire):
    wire.query("DROP TABLE IF EXISTS w_undo2; CREATE TABLE w_undo2(a INT)")
    answer = wire.query("INSERT INTO w_undo2 VALUES (1); INSERT INTO w_undo2 SELECT 'x'::TEXT::INT")
    assert shape(answer) == ["C INSERT 0 1", "E 22P02", "Z I"]
    assert wire.value("SELECT count(*) FROM w_undo2") == "0"


def test_syntax_error_anywhere_runs_nothing(wire):
    wire.query("DROP TABLE IF EXISTS w_syntax")
    assert shape(wire.query("CREATE TABLE w_syntax(a INT); SELEC 1")) == ["E 42601", "Z I"]
    assert error(wire.query("SELECT * FROM w_syntax"))["C"] == "42P01"


def test_commit_inside_a_string_keeps_what_it_committed(wire):
    wire.query("DROP TABLE IF EXISTS w_commit; CREATE TABLE w_commit(a INT)")
    answer = wire.query("BEGIN; INSERT INTO w_commit VALUES (1); COMMIT; INSERT INTO w_commit VALUES (2); SELECT nosuch FROM w_commit")
    assert shape(answer) == ["C BEGIN", "C INSERT 0 1", "C COMMIT", "C INSERT 0 1", "E 42703", "Z I"]
    assert rows(wire.query("SELECT a FROM w_commit")) == [["1"]]


def test_begin_inside_a_string_leaves_the_transaction_open(wire):
    assert shape(wire.query("SELECT 1; BEGIN; SELECT 2")) == ["T", "D", "C SELECT 1", "C BEGIN", "T", "D", "C SELECT 1", "Z T"]
    assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]


def test_a_long_statement_passes_whole(wire):
    text = "x" * 3_000_000
    assert wire.value(f"SELECT length('{text}')") == "3000000"


def test_a_long_value_passes_whole(wire):
    assert wire.value("SELECT repeat('ü', 5000000)") == "ü" * 5_000_000


def test_many_statements_in_one_string(wire):
    answer = wire.query(";".join(f"SELECT {n}" for n in range(500)))
    assert rows(answer) == [[str(n)] for n in range(500)]


def test_many_columns(wire):
    answer = wire.query("SELECT " + ", ".join(f"{n} AS c{n}" for n in range(1000)))
    assert [c.name for c in answer[0].columns] == [f"c{n}" for n in range(1000)]
    assert rows(answer) == [[str(n) for n in range(1000)]]


def test_queries_sent_ahead_are_answered_one_after_another(wire):
    from harness.pgproto import query

    wire.send(query("SELECT 1"), query("SELECT nosuch"), query("SELECT 3"))
    assert shape(wire.until_ready()) == ["T", "D", "C SELECT 1", "Z I"]
    assert shape(wire.until_ready()) == ["E 42703", "Z I"]
    assert shape(wire.until_ready()) == ["T", "D", "C SELECT 1", "Z I"]
