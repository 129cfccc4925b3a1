"""PREPARE, EXECUTE and DEALLOCATE as statements."""

import pytest
from harness.pgproto import Wire, error, eventually, parse, rows, shape, sync


def test_statements_are_prepared_and_run(wire, db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(a INT, b TEXT)")
    assert shape(wire.query(f"PREPARE ins (int, text) AS INSERT INTO {t} VALUES ($1, $2)")) == ["C PREPARE", "Z I"]
    assert shape(wire.query("EXECUTE ins(1, 'x')")) == ["C INSERT 0 1", "Z I"]
    assert shape(wire.query("EXECUTE ins(1 + 1, NULL)")) == ["C INSERT 0 1", "Z I"]
    wire.query(f"PREPARE sel AS SELECT b, $1 FROM {t} WHERE a >= $1 ORDER BY a")
    answer = wire.query("EXECUTE sel(1)")
    assert (rows(answer), shape(answer)[-2:]) == ([["x", "1"], [None, "1"]], ["C SELECT 2", "Z I"])
    wire.query(f"PREPARE del AS DELETE FROM {t} RETURNING a")
    assert shape(wire.query("EXECUTE del")) == ["T", "D", "D", "C DELETE 2", "Z I"]


def test_arguments_get_the_declared_types(wire):
    wire.query("PREPARE p (int, date) AS SELECT $1 / 2, typeof($1), $2")
    assert rows(wire.query("EXECUTE p('5', '2024-01-02')")) == [["2.5", "INTEGER", "2024-01-02"]]
    assert error(wire.query("EXECUTE p('five', NULL)"))["C"] == "22P02"


def test_execute_takes_parameters_of_the_protocol(wire):
    wire.query("PREPARE p AS SELECT $1::INT + 1")
    assert rows(wire.prepared("EXECUTE p($1)", ["41"], oids=[23])) == [["42"]]


@pytest.mark.parametrize(
    "sql, state",
    [
        ("EXECUTE nosuch", "26000"),
        ("DEALLOCATE nosuch", "26000"),
        ("PREPARE known AS SELECT 1", "42P05"),
        ("EXECUTE known(1)", "42601"),
        ("PREPARE q AS SELECT nosuch", "42703"),
        ("PREPARE q AS SELECT * FROM nosuch", "42P01"),
        ("PREPARE q AS CREATE TABLE x(a INT)", "42601"),
        ("PREPARE q AS SELECT 1, (", "42601"),
        ("PREPARE q SELECT 1", "42601"),
    ],
)
def test_what_is_wrong_is_told(wire, sql, state):
    wire.query("PREPARE known AS SELECT 1")
    assert error(wire.query(sql))["C"] == state
    assert wire.value("SELECT 1") == "1"


def test_errors_are_placed_in_the_statement(wire):
    sql = "PREPARE p AS SELECT 1 + nosuch"
    assert int(error(wire.query(sql))["P"]) - 1 == sql.index("nosuch")


def test_statements_end_with_deallocate_and_discard(wire):
    for end, tag in [("DEALLOCATE p", "DEALLOCATE"), ("DEALLOCATE PREPARE ALL", "DEALLOCATE ALL"), ("DISCARD ALL", "DISCARD ALL")]:
        wire.query("PREPARE p AS SELECT 1")
        assert shape(wire.query(end)) == [f"C {tag}", "Z I"]
        assert error(wire.query("EXECUTE p"))["C"] == "26000"


def test_names_are_shared_with_the_protocol(wire):
    wire.query("PREPARE p AS SELECT 1")
    assert error(wire.ask(parse("SELECT 1", name="p"), sync()))["C"] == "42P05"
    wire.ask(parse("SELECT 1", name="q"), sync())
    assert shape(wire.query("DEALLOCATE q")) == ["C DEALLOCATE", "Z I"]


def test_each_session_has_its_own(wire, other):
    wire.query("PREPARE p AS SELECT 1")
    assert error(other.query("EXECUTE p"))["C"] == "26000"


def test_a_failed_transaction_runs_none(wire):
    wire.query("PREPARE p AS SELECT 1")
    wire.query("BEGIN; SELECT nosuch")
    assert error(wire.query("EXECUTE p"))["C"] == "25P02"
    wire.query("ROLLBACK")


def test_execute_in_a_branch_and_in_the_audit(server, db):
    t, branch = db.name(), db.name("b")
    db.run(f"CREATE TABLE {t}(a INT)")
    db.run(f"SELECT branch_create('{branch}')")
    with Wire(server, database=f"hatidata/{branch}") as there:
        there.query(f"PREPARE p AS INSERT INTO {t} VALUES ($1)")
        there.query("EXECUTE p(5)")
        assert there.value(f"SELECT a FROM {t}") == "5"
    assert db.run(f"SELECT count(*) FROM {t}") == [(0,)]
    assert eventually(lambda: db.run(f"SELECT statement, row_count FROM _hatidata_audit WHERE tables = '{t}!' AND branch = '{branch}'") == [(f"INSERT INTO {t} VALUES ((5))", 1)])
