"""Transactions as Postgres has them: I, T and E, warnings instead of errors, nothing half done."""

import pytest
from harness.pgproto import bind, error, execute, parse, shape, sync


def table(wire, name, columns="a INT"):
    wire.query(f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name}({columns})")


def count(wire, name):
    return int(wire.value(f"SELECT count(*) FROM {name}"))


def test_status_follows_the_transaction(wire):
    assert shape(wire.query("BEGIN")) == ["C BEGIN", "Z T"]
    assert shape(wire.query("SELECT 1")) == ["T", "D", "C SELECT 1", "Z T"]
    assert shape(wire.query("SELECT nosuch")) == ["E 42703", "Z E"]
    assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]


@pytest.mark.parametrize("begin", ["BEGIN", "BEGIN TRANSACTION", "BEGIN WORK", "START TRANSACTION", "begin isolation level repeatable read", "BEGIN;"])
@pytest.mark.parametrize("end", ["COMMIT", "END", "COMMIT WORK", "COMMIT TRANSACTION"])
def test_every_spelling_of_begin_and_commit(wire, begin, end):
    assert shape(wire.query(begin))[-1] == "Z T"
    assert shape(wire.query(end)) == ["C COMMIT", "Z I"]


@pytest.mark.parametrize("end", ["ROLLBACK", "ABORT", "ROLLBACK WORK", "ROLLBACK TRANSACTION"])
def test_every_spelling_of_rollback(wire, end):
    wire.query("BEGIN")
    assert shape(wire.query(end)) == ["C ROLLBACK", "Z I"]


def test_commit_keeps_and_rollback_forgets(wire, other):
    table(wire, "w_tx")
    wire.query("BEGIN; INSERT INTO w_tx VALUES (1)")
    assert count(other, "w_tx") == 0, "not visible before COMMIT"
    wire.query("COMMIT")
    assert count(other, "w_tx") == 1
    wire.query("BEGIN; DELETE FROM w_tx")
    assert count(wire, "w_tx") == 0
    wire.query("ROLLBACK")
    assert count(wire, "w_tx") == 1


def test_transaction_reads_one_snapshot(wire, other):
    table(wire, "w_snapshot")
    wire.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert count(wire, "w_snapshot") == 0
    other.query("INSERT INTO w_snapshot VALUES (1)")
    assert count(wire, "w_snapshot") == 0
    wire.query("COMMIT")
    assert count(wire, "w_snapshot") == 1


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_end_without_transaction_is_a_warning(wire, end):
    assert shape(wire.query(end)) == ["N 25P01", f"C {end}", "Z I"]
    answer = wire.query(end)
    assert answer[0].fields["S"] == "WARNING"
    assert shape(wire.ask(parse(end), bind(), execute(), sync())) == ["1", "2", "N 25P01", f"C {end}", "Z I"]


def test_begin_in_a_transaction_is_a_warning(wire):
    wire.query("BEGIN")
    assert shape(wire.query("BEGIN")) == ["N 25001", "C BEGIN", "Z T"]
    assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]


def test_failed_transaction_refuses_everything_until_its_end(wire):
    wire.query("BEGIN; SELECT nosuch")
    for sql in ("SELECT 1", "INSERT INTO nosuch VALUES (1)", "BEGIN", "SET application_name = 'x'", "CREATE TABLE w_no(a INT)"):
        assert shape(wire.query(sql)) == ["E 25P02", "Z E"], sql
    assert shape(wire.ask(parse("SELECT 1"), sync())) == ["E 25P02", "Z E"]
    assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]
    assert wire.value("SELECT 1") == "1"


def test_empty_query_in_a_failed_transaction(wire):
    wire.query("BEGIN; SELECT nosuch")
    assert shape(wire.query("")) == ["I", "Z E"]
    wire.query("ROLLBACK")


def test_commit_of_a_failed_transaction_rolls_back(wire):
    table(wire, "w_failed")
    wire.query("BEGIN; INSERT INTO w_failed VALUES (1)")
    wire.query("SELECT nosuch")
    assert shape(wire.query("COMMIT")) == ["C ROLLBACK", "Z I"]
    assert count(wire, "w_failed") == 0


def test_commit_of_a_failed_transaction_by_extended_protocol(wire):
    wire.query("BEGIN; SELECT nosuch")
    assert shape(wire.ask(parse("COMMIT"), bind(), execute(), sync())) == ["1", "2", "C ROLLBACK", "Z I"]


def test_statement_prepared_before_is_refused_in_a_failed_transaction(wire):
    wire.ask(parse("SELECT 1", name="p"), sync())
    wire.query("BEGIN; SELECT nosuch")
    answer = wire.ask(bind(statement="p"), execute(), sync())
    assert [str(m) for m in answer if m.kind in "DEZ"] == ["E 25P02", "Z E"]
    wire.query("ROLLBACK")
    assert shape(wire.ask(bind(statement="p"), execute(), sync())) == ["2", "D", "C SELECT 1", "Z I"]


def test_error_in_an_extended_transaction_is_remembered(wire):
    assert shape(wire.ask(parse("BEGIN"), bind(), execute(), sync())) == ["1", "2", "C BEGIN", "Z T"]
    assert shape(wire.ask(parse("SELECT nosuch"), sync())) == ["E 42703", "Z E"]
    assert shape(wire.ask(parse("ROLLBACK"), bind(), execute(), sync())) == ["1", "2", "C ROLLBACK", "Z I"]


def test_protocol_errors_fail_the_transaction_too(wire):
    wire.query("BEGIN")
    assert shape(wire.ask(execute("nobody"), sync())) == ["E 34000", "Z E"]
    wire.query("ROLLBACK")


def test_schema_changes_roll_back(wire):
    table(wire, "w_ddl")
    wire.query("DROP TABLE IF EXISTS w_ddl_new")
    wire.query("BEGIN; CREATE TABLE w_ddl_new(a INT); ALTER TABLE w_ddl ADD COLUMN b INT; INSERT INTO w_ddl_new VALUES (1)")
    assert count(wire, "w_ddl_new") == 1
    wire.query("ROLLBACK")
    assert error(wire.query("SELECT * FROM w_ddl_new"))["C"] == "42P01"
    assert error(wire.query("SELECT b FROM w_ddl"))["C"] == "42703"
    wire.query("BEGIN; DROP TABLE w_ddl; ROLLBACK")
    assert count(wire, "w_ddl") == 0


def test_closing_the_connection_rolls_back(wire, server):
    from harness.pgproto import Wire, eventually

    table(wire, "w_close")
    with Wire(server) as leaver:
        leaver.query("BEGIN; INSERT INTO w_close VALUES (1)")
    assert count(wire, "w_close") == 0
    # …and its locks go with it.
    assert eventually(lambda: shape(wire.query("DROP TABLE w_close")) == ["C DROP TABLE", "Z I"])


def test_read_only_transaction_refuses_writes(wire):
    table(wire, "w_ro")
    wire.query("BEGIN READ ONLY")
    assert shape(wire.query("INSERT INTO w_ro VALUES (1)")) == ["E 25006", "Z E"]
    wire.query("ROLLBACK")


def test_savepoint_is_released_or_gone_back_to_where_nothing_was_changed(wire):
    assert shape(wire.query("SAVEPOINT a")) == ["E 25P01", "Z I"]
    wire.query("BEGIN")
    wire.query("SET hatidata_request_id = 'before'")
    assert shape(wire.query("SAVEPOINT a")) == ["C SAVEPOINT", "Z T"]
    wire.query('SAVEPOINT "B b"')
    wire.query("SET hatidata_request_id = 'after'")
    assert shape(wire.query("SELECT nosuch")) == ["E 42703", "Z E"]
    assert shape(wire.query("RELEASE a")) == ["E 25P02", "Z E"]
    assert shape(wire.query("ROLLBACK TO SAVEPOINT A")) == ["C ROLLBACK", "Z T"]
    assert wire.value("SHOW hatidata_request_id") == "before"
    assert shape(wire.query('RELEASE SAVEPOINT "B b"')) == ["E 3B001", "Z E"]  # it was set after a
    assert shape(wire.query("ROLLBACK TO a")) == ["C ROLLBACK", "Z T"]
    assert shape(wire.query("RELEASE SAVEPOINT a")) == ["C RELEASE", "Z T"]
    assert shape(wire.query("COMMIT")) == ["C COMMIT", "Z I"]


def test_savepoint_before_changes_is_released_but_not_gone_back_to(wire):
    table(wire, "w_save")
    wire.query("BEGIN")
    wire.query("SAVEPOINT a")
    wire.query("INSERT INTO w_save VALUES (1)")
    assert shape(wire.query("RELEASE a")) == ["C RELEASE", "Z T"]
    wire.query("COMMIT")
    wire.query("BEGIN")
    wire.query("SAVEPOINT a")
    wire.query("INSERT INTO w_save VALUES (2)")
    told = error(wire.query("ROLLBACK TO a"))
    assert (told["C"], "branch_create" in told["H"]) == ("0A000", True)
    assert shape(wire.query("INSERT INTO w_save VALUES (3)")) == ["E 25P02", "Z E"]
    assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]
    assert wire.value("SELECT sum(a) FROM w_save") == "1"


def test_savepoint_does_not_bring_back_what_an_error_has_ended(wire):
    """DuckDB ends a transaction in which a statement failed while it ran."""
    wire.query("BEGIN")
    wire.query("SAVEPOINT a")
    assert shape(wire.query("SELECT v::INTEGER FROM (VALUES ('1'), ('x')) AS t(v)"))[-2:] == ["E 22P02", "Z E"]
    assert shape(wire.query("ROLLBACK TO a")) == ["E 0A000", "Z E"]
    assert shape(wire.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]
