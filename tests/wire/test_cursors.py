"""Cursors in SQL: DECLARE, FETCH, MOVE, CLOSE."""

import pytest
from harness.pgproto import Wire, bind, describe, error, eventually, execute, parse, rows, shape, sync


@pytest.fixture
def cursor(wire):
    """A transaction with a cursor `c` over the numbers 1 to 5."""
    wire.query("BEGIN")
    assert shape(wire.query("DECLARE c CURSOR FOR SELECT i FROM range(1, 6) r(i) ORDER BY i")) == ["C DECLARE CURSOR", "Z T"]
    yield wire
    wire.query("ROLLBACK")


def fetched(wire, what):
    answer = wire.query(f"FETCH {what}")
    values = [int(v) for (v,) in rows(answer)]
    assert shape(answer)[-2:] == [f"C FETCH {len(values)}", "Z T"], shape(answer)
    return values


def test_rows_come_as_they_are_asked_for(cursor):
    assert [fetched(cursor, w) for w in ["c", "2 FROM c", "NEXT FROM c", "FORWARD 0 c", "ALL IN c", "c"]] == [[1], [2, 3], [4], [4], [5], []]


def test_rows_are_skipped(cursor):
    assert shape(cursor.query("MOVE 2 FROM c")) == ["C MOVE 2", "Z T"]
    assert fetched(cursor, "c") == [3]
    assert shape(cursor.query("MOVE ALL c")) == ["C MOVE 2", "Z T"]


def test_a_cursor_goes_to_a_row_ahead(cursor):
    assert [fetched(cursor, w) for w in ["ABSOLUTE 2 FROM c", "RELATIVE 2 FROM c", "LAST FROM c", "RELATIVE 5 FROM c"]] == [[2], [4], [5], []]


@pytest.mark.parametrize("motion", ["PRIOR", "BACKWARD 2", "BACKWARD ALL", "FIRST", "ABSOLUTE 1", "RELATIVE -1", "-1"])
def test_only_a_scrolling_cursor_goes_back(cursor, motion):
    fetched(cursor, "3 FROM c")
    problem = error(cursor.query(f"FETCH {motion} FROM c"))
    assert problem["C"] == "55000" and "SCROLL" in problem["H"]


def test_a_scrolling_cursor_goes_anywhere(wire):
    wire.query("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT i FROM range(1, 6) r(i) ORDER BY i")
    steps = [
        ("3 c", [1, 2, 3]), ("PRIOR c", [2]), ("BACKWARD 5 c", [1]), ("PRIOR c", []), ("NEXT c", [1]), ("LAST c", [5]), ("NEXT c", []),
        ("BACKWARD 2 c", [5, 4]), ("FIRST c", [1]), ("ABSOLUTE -2 c", [4]), ("RELATIVE -2 c", [2]), ("RELATIVE 0 c", [2]), ("ABSOLUTE 0 c", []),
        ("ALL c", [1, 2, 3, 4, 5]), ("BACKWARD ALL c", [5, 4, 3, 2, 1]),
    ]
    assert [(step, fetched(wire, step)) for step, _ in steps] == steps
    wire.query("ROLLBACK")


def test_a_cursor_keeps_its_snapshot_while_others_write(wire, db):
    t = db.name()
    db.run(f"CREATE TABLE {t} AS SELECT range AS i FROM range(10000)")
    wire.query(f"BEGIN; DECLARE c CURSOR FOR SELECT i FROM {t} ORDER BY i")
    assert fetched(wire, "2 c") == [0, 1]
    wire.query(f"DELETE FROM {t}")
    assert len(fetched(wire, "ALL c")) == 9998
    wire.query("ROLLBACK")


def test_a_long_result_is_fetched_without_keeping_it(wire):
    wire.query("BEGIN; DECLARE c CURSOR FOR SELECT i FROM range(100000000) r(i)")
    for start in range(0, 50_000, 5_000):
        assert fetched(wire, "5000 c")[0] == start
    assert shape(wire.query("CLOSE c")) == ["C CLOSE CURSOR", "Z T"]
    wire.query("ROLLBACK")


def test_cursors_need_a_transaction_and_end_with_it(wire):
    assert error(wire.query("DECLARE c CURSOR FOR SELECT 1"))["C"] == "25P01"
    for end in ["COMMIT", "ROLLBACK"]:
        wire.query("BEGIN; DECLARE c CURSOR FOR SELECT 1")
        wire.query(end)
        assert error(wire.query("FETCH c"))["C"] == "34000"


def test_a_held_cursor_outlives_its_transaction(wire):
    wire.query("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT i FROM range(3) r(i); FETCH c; COMMIT")
    assert rows(wire.query("FETCH ALL c")) == [["1"], ["2"]]
    wire.query("BEGIN")
    wire.query("ROLLBACK")
    assert shape(wire.query("FETCH c")) == ["T", "C FETCH 0", "Z I"]
    wire.query("DECLARE d CURSOR WITH HOLD FOR SELECT 7")
    assert rows(wire.query("FETCH d")) == [["7"]]
    assert shape(wire.query("CLOSE ALL")) == ["C CLOSE CURSOR ALL", "Z I"]
    assert error(wire.query("FETCH d"))["C"] == "34000"
    wire.query("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; ROLLBACK")
    assert error(wire.query("FETCH c"))["C"] == "34000"


@pytest.mark.parametrize(
    "sql, state",
    [
        ("FETCH nosuch", "34000"),
        ("MOVE 1 FROM nosuch", "34000"),
        ("CLOSE nosuch", "34000"),
        ("DECLARE c CURSOR FOR SELECT 1", "42P03"),
        ("DECLARE d CURSOR FOR SELECT nosuch", "42703"),
        ("DECLARE d CURSOR FOR DELETE FROM t", "42601"),
        ("DECLARE d CURSOR", "42601"),
        ("FETCH 1 2 c", "42601"),
    ],
)
def test_what_is_wrong_is_told(cursor, sql, state):
    assert error(cursor.query(sql))["C"] == state
    assert shape(cursor.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]


def test_errors_are_placed_in_the_declaration(wire):
    wire.query("BEGIN")
    sql = "DECLARE c CURSOR FOR SELECT 1 + nosuch"
    assert int(error(wire.query(sql))["P"]) - 1 == sql.index("nosuch")
    wire.query("ROLLBACK")


def test_extended_protocol_declares_with_parameters_and_describes(wire):
    wire.query("BEGIN")
    answer = wire.ask(parse("DECLARE c CURSOR FOR SELECT i AS n FROM range($1::BIGINT) r(i)"), bind(["3"]), describe("P"), execute(), describe("P", "c"), sync())
    assert shape(answer) == ["1", "2", "n", "C DECLARE CURSOR", "T", "Z T"]
    assert [c.name for c in answer[4].columns] == ["n"]
    answer = wire.prepared("FETCH 2 FROM c", results=[1])
    assert [m.row for m in answer if m.kind == "D"] == [[bytes(8)], [bytes(7) + b"\1"]]
    wire.query("ROLLBACK")


def test_a_binary_cursor_gives_binary_rows(wire):
    wire.query("BEGIN; DECLARE c BINARY CURSOR FOR SELECT 258::INTEGER")
    answer = wire.query("FETCH c")
    assert [m.row for m in answer if m.kind == "D"] == [[b"\0\0\1\2"]]
    assert answer[0].columns[0].format == 1
    wire.query("ROLLBACK")


def test_a_cursor_in_a_branch_sees_the_branch(server, db):
    t, branch = db.name(), db.name("b")
    db.run(f"CREATE TABLE {t} AS SELECT 1 AS i")
    db.run(f"SELECT branch_create('{branch}')")
    with Wire(server, database=f"hatidata/{branch}") as there:
        there.query(f"INSERT INTO {t} VALUES (2)")
        there.query(f"BEGIN; DECLARE c CURSOR FOR SELECT i FROM {t} ORDER BY i")
        assert fetched(there, "ALL c") == [1, 2]
        there.query(f"COMMIT; DECLARE h CURSOR WITH HOLD FOR SELECT i FROM {t} ORDER BY i DESC")
        assert rows(there.query("FETCH h")) == [["2"]]


def test_the_audit_has_the_cursors_query(wire, db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(a INT)")
    wire.query(f"BEGIN; DECLARE c CURSOR FOR SELECT a FROM {t}; FETCH c; ROLLBACK")
    found = f"SELECT count(*) FROM _hatidata_audit WHERE tables = '{t}' AND statement = 'SELECT a FROM {t}'"
    assert eventually(lambda: db.one(found) == 1)
