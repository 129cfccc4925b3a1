"""Two writers of one row: alone in its transaction a statement is retried, in a block it fails with 40001."""

import threading
import time

import pytest
from harness.pgproto import Wire, bind, error, execute, parse, rows, shape, sync


@pytest.fixture
def counter(wire):
    wire.query("DROP TABLE IF EXISTS w_counter; CREATE TABLE w_counter(id INT PRIMARY KEY, n INT); INSERT INTO w_counter VALUES (1, 0), (2, 0)")
    return wire


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_statement_alone_waits_and_is_retried(counter, other, protocol):
    counter.query("BEGIN; UPDATE w_counter SET n = n + 1 WHERE id = 1")
    sql = "UPDATE w_counter SET n = n + 10 WHERE id = 1"
    timer = threading.Timer(0.3, lambda: counter.query("COMMIT"))
    timer.start()
    answer = other.query(sql) if protocol == "simple" else other.prepared(sql)
    timer.join()
    assert shape(answer)[-2:] == ["C UPDATE 1", "Z I"]
    assert other.value("SELECT n FROM w_counter WHERE id = 1") == "11"


def test_retried_statement_with_parameters_and_returning(counter, other):
    counter.query("BEGIN; UPDATE w_counter SET n = 5 WHERE id = 1")
    timer = threading.Timer(0.3, lambda: counter.query("COMMIT"))
    timer.start()
    answer = other.prepared("UPDATE w_counter SET n = n + $1 WHERE id = $2 RETURNING n", ["1", "1"])
    timer.join()
    assert rows(answer) == [["6"]]


PLAIN = "UPDATE w_counter SET n = n + {} WHERE id = 1"
# DuckDB updates rows in place, but deletes and inserts them anew for RETURNING and for indexed columns.
KINDS = {"in place": PLAIN, "returning": PLAIN + " RETURNING n", "keyed column": PLAIN.replace("SET", "SET id = id,")}


@pytest.mark.parametrize("second", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("first", KINDS.values(), ids=KINDS)
def test_updates_of_all_kinds_never_lose_each_other(counter, other, first, second):
    counter.query("BEGIN; " + first.format(5))
    timer = threading.Timer(0.3, lambda: counter.query("COMMIT"))
    timer.start()
    answer = other.query(second.format(10))
    timer.join()
    assert shape(answer)[-2:] == ["C UPDATE 1", "Z I"]
    assert counter.value("SELECT n FROM w_counter WHERE id = 1") == "15"


@pytest.mark.parametrize("second", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("first", KINDS.values(), ids=KINDS)
def test_updates_of_all_kinds_conflict_in_blocks(counter, other, first, second):
    counter.query("BEGIN; " + first.format(5))
    other.query("BEGIN; SELECT * FROM w_counter")
    answers = other.query(second.format(10)) + counter.query("COMMIT") + other.query("COMMIT")
    assert [m.fields["C"] for m in answers if m.kind == "E"] == ["40001"]
    assert counter.value("SELECT n FROM w_counter WHERE id = 1") == "5"


@pytest.mark.parametrize("change", KINDS.values(), ids=KINDS)
def test_update_and_delete_of_one_row_conflict_in_blocks(counter, other, change):
    for first, second in ((change.format(5), "DELETE FROM w_counter WHERE id = 1"), ("DELETE FROM w_counter WHERE id = 1", change.format(5))):
        counter.query("BEGIN; " + first)
        other.query("BEGIN; SELECT * FROM w_counter")
        answers = other.query(second) + counter.query("ROLLBACK") + other.query("COMMIT")
        assert [m.fields["C"] for m in answers if m.kind == "E"] == ["40001"], second


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_statement_in_a_block_fails_with_40001(counter, other, protocol):
    counter.query("BEGIN; UPDATE w_counter SET n = 1 WHERE id = 1")
    other.query("BEGIN; SELECT * FROM w_counter")
    sql = "UPDATE w_counter SET n = 2 WHERE id = 1"
    answer = other.query(sql) if protocol == "simple" else other.ask(parse(sql), bind(), execute(), sync())
    told = error(answer)
    assert told["C"] == "40001"
    assert told["H"], "the next step: run the transaction again"
    assert str(answer[-1]) == "Z E"
    assert shape(other.query("ROLLBACK")) == ["C ROLLBACK", "Z I"]
    assert shape(counter.query("COMMIT")) == ["C COMMIT", "Z I"]
    assert counter.value("SELECT n FROM w_counter WHERE id = 1") == "1"


def test_statements_of_one_string_count_as_a_block(counter, other):
    """The string is one transaction; running half of it again could answer rows that never were."""
    counter.query("BEGIN; UPDATE w_counter SET n = 1 WHERE id = 1")
    answer = other.query("SELECT n FROM w_counter WHERE id = 1; UPDATE w_counter SET n = 2 WHERE id = 1")
    assert [str(m) for m in answer if m.kind in "EZ"] == ["E 40001", "Z I"]
    counter.query("ROLLBACK")


def test_conflict_at_commit_is_40001(counter, other):
    """Both insert one key: whoever commits second learns it at COMMIT at the latest."""
    counter.query("BEGIN; INSERT INTO w_counter VALUES (7, 0)")
    other.query("BEGIN")
    first = other.query("INSERT INTO w_counter VALUES (7, 1)")
    assert shape(counter.query("COMMIT")) == ["C COMMIT", "Z I"]
    last = other.query("COMMIT")
    states = [m.fields["C"] for m in first + last if m.kind == "E"]
    assert len(states) == 1 and states[0] in ("40001", "23505"), shape(first + last)
    assert str(last[-1]) == "Z I", "a failed COMMIT ends the transaction"
    assert counter.value("SELECT n FROM w_counter WHERE id = 7") == "0"


def test_readers_never_conflict(counter, other):
    counter.query("BEGIN; UPDATE w_counter SET n = 99")
    assert rows(other.query("SELECT n FROM w_counter ORDER BY id")) == [["0"], ["0"]]
    counter.query("ROLLBACK")


def test_different_tables_never_conflict(counter, other):
    other.query("DROP TABLE IF EXISTS w_counter2; CREATE TABLE w_counter2(n INT); INSERT INTO w_counter2 VALUES (0)")
    counter.query("BEGIN; UPDATE w_counter SET n = 1")
    other.query("BEGIN; UPDATE w_counter2 SET n = 1")
    assert shape(counter.query("COMMIT")) == ["C COMMIT", "Z I"]
    assert shape(other.query("COMMIT")) == ["C COMMIT", "Z I"]


def test_hot_counter_loses_no_increment(counter, server):
    failures = []

    def work():
        with Wire(server) as wire:
            for _ in range(25):
                answer = wire.query("UPDATE w_counter SET n = n + 1 WHERE id = 1")
                if shape(answer) != ["C UPDATE 1", "Z I"]:
                    failures.append([m.fields for m in answer if m.kind == "E"])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert counter.value("SELECT n FROM w_counter WHERE id = 1") == "100"


def test_endless_conflict_ends_with_an_error(counter, other):
    """Nobody waits for ever: with statement_timeout the wait ends like any statement."""
    counter.query("BEGIN; UPDATE w_counter SET n = 1 WHERE id = 1")
    other.query("SET statement_timeout = '1s'")
    started = time.monotonic()
    answer = other.query("UPDATE w_counter SET n = 2 WHERE id = 1")
    assert time.monotonic() - started < 4
    assert error(answer)["C"] in ("40001", "57014")
    assert str(answer[-1]) == "Z I"
    counter.query("ROLLBACK")
