"""`hati query`: SQL from an argument, a file or a pipe; through the server if it runs, directly if not."""

import csv
import io
import json
import subprocess

import pytest
from harness.server import clean_env, hati_bin

PEOPLE = "SELECT 1 AS id, 'Ada, \"Countess\"' AS name, NULL AS note, true AS ok UNION ALL SELECT 2, 'Grüße', 'x', false ORDER BY id"


def test_json(either_way):
    out = either_way.ok("query", PEOPLE, "--format", "json")
    assert json.loads(out) == [
        {"id": 1, "name": 'Ada, "Countess"', "note": None, "ok": True},
        {"id": 2, "name": "Grüße", "note": "x", "ok": False},
    ]


def test_json_keeps_types_and_precision(either_way):
    sql = "SELECT 9007199254740993 AS big, 0.1::DOUBLE AS f, [1, NULL] AS l, '{\"k\": [true]}'::JSON AS j, {'a': 1} AS s, '2024-01-02'::DATE AS d, 'x\ny' AS t, 1.50::DECIMAL(10,2) AS n"
    (row,) = json.loads(either_way.ok("query", sql, "--format", "json"), parse_float=str)
    assert row["big"] == 9007199254740993
    assert row["f"] == "0.1"
    assert row["l"] == [1, None]
    assert row["j"] == {"k": [True]}
    assert row["d"] == "2024-01-02"
    assert row["t"] == "x\ny"
    assert row["n"] == "1.50", "a decimal keeps its digits, as a number or as text"


def test_json_of_no_rows(either_way):
    assert json.loads(either_way.ok("query", "SELECT 1 AS a WHERE false", "--format", "json")) == []


def test_csv(either_way):
    out = either_way.ok("query", PEOPLE, "--format", "csv")
    assert out.splitlines()[0] == "id,name,note,ok"
    found = list(csv.reader(io.StringIO(out)))
    assert [row[:3] for row in found[1:]] == [["1", 'Ada, "Countess"', ""], ["2", "Grüße", "x"]]


def test_csv_tells_null_from_empty(either_way):
    out = either_way.ok("query", "SELECT NULL AS a, '' AS b", "--format", "csv")
    assert out == 'a,b\n,""\n'


def test_table(either_way):
    lines = either_way.ok("query", PEOPLE, "--format", "table").splitlines()
    (head,) = [line for line in lines if "name" in line]
    (ada,) = [line for line in lines if "Ada" in line]
    assert [head.index(c) for c in ("id", "name", "note", "ok")] == sorted(head.index(c) for c in ("id", "name", "note", "ok"))
    assert "NULL" in ada
    assert "2 rows" in lines[-1]


def test_table_is_the_default(either_way):
    assert either_way.ok("query", "SELECT 1 AS a") == either_way.ok("query", "SELECT 1 AS a", "--format", "table")


def test_every_value_has_its_usual_text(either_way):
    sql = "SELECT '2024-01-02'::DATE AS d, '2024-01-02 03:04:05.6'::TIMESTAMP AS t, 1.50::DECIMAL(5,2) AS n, [1, 2] AS l, {'a': 1} AS s, '00:00:01'::TIME AS c, INTERVAL 3 DAY AS i"
    out = either_way.ok("query", sql, "--format", "table")
    for text in ("2024-01-02", "2024-01-02 03:04:05.6", "1.50", "00:00:01", "3 days"):
        assert text in out


def test_changes_say_their_tag(either_way):
    assert either_way.ok("query", "CREATE TABLE t(a INT)").strip() == "CREATE TABLE"
    assert either_way.ok("query", "INSERT INTO t VALUES (1), (2)").strip() == "INSERT 0 2"
    assert either_way.ok("query", "UPDATE t SET a = 3 WHERE a = 2").strip() == "UPDATE 1"
    assert json.loads(either_way.ok("query", "INSERT INTO t VALUES (9) RETURNING a", "--format", "json")) == [{"a": 9}]


def test_a_file_of_statements(either_way):
    path = either_way.folder / "script.sql"
    path.write_text("-- a comment; with a semicolon\nCREATE TABLE t(a INT);\nINSERT INTO t VALUES (1), (2);\nSELECT sum(a)::INT AS total FROM t;\n")
    assert json.loads(either_way.ok("query", "-f", path, "--format", "json").splitlines()[-1])[0]["total"] == 3


def test_standard_input(either_way):
    assert json.loads(either_way.ok("query", "-", "--format", "json", stdin="/* note */ SELECT 'ü' AS a;\n")) == [{"a": "ü"}]


def test_changes_are_seen_by_both_ways(project):
    project.init("--no-start")
    project.ok("query", "CREATE TABLE t AS SELECT 1 AS a")
    project.ok("start")
    assert json.loads(project.ok("query", "SELECT a FROM t", "--format", "json")) == [{"a": 1}]
    project.ok("query", "INSERT INTO t VALUES (2)")
    project.ok("stop")
    assert json.loads(project.ok("query", "SELECT a FROM t ORDER BY a", "--format", "json")) == [{"a": 1}, {"a": 2}]


def test_error_goes_to_standard_error_with_its_hint(either_way):
    either_way.ok("query", "CREATE TABLE customers(id INT)")
    said = either_way.hati("query", "SELECT * FROM customer").failed_clearly()
    assert said.code == 1
    assert "customers" in said.err


def test_error_stops_the_script(either_way):
    either_way.ok("query", "CREATE TABLE t(a INT)")
    said = either_way.hati("query", "-", stdin="SELECT 7 AS seven; SELECT nosuch; INSERT INTO t VALUES (1);")
    assert said.code == 1
    assert "nosuch" in said.err
    assert json.loads(either_way.ok("query", "SELECT * FROM t", "--format", "json")) == []


def test_on_a_branch(either_way):
    either_way.ok("query", "CREATE TABLE t AS SELECT 1 AS a")
    either_way.ok("branch", "create", "what-if")
    either_way.ok("query", "UPDATE t SET a = 2", "--branch", "what-if")
    assert json.loads(either_way.ok("query", "SELECT a FROM t", "--branch", "what-if", "--format", "json")) == [{"a": 2}]
    assert json.loads(either_way.ok("query", "SELECT a FROM t", "--format", "json")) == [{"a": 1}]


def test_unknown_branch(either_way):
    said = either_way.hati("query", "SELECT 1", "--branch", "nobody").failed_clearly()
    assert "nobody" in said.err


def test_missing_file(either_way):
    said = either_way.hati("query", "-f", "nowhere.sql").failed_clearly()
    assert "nowhere.sql" in said.err


def test_reader_that_leaves_early_is_no_error(either_way):
    command = f"{hati_bin()} query 'SELECT range FROM range(500000)' --format csv | head -2"
    done = subprocess.run(["bash", "-c", command], cwd=either_way.folder, capture_output=True, text=True, timeout=40, env=clean_env())
    assert done.stdout == "range\n0\n"
    assert done.stderr == ""


def test_interrupt_stops_the_statement(either_way):
    import signal
    import time

    def heed():  # a runner in the background ignores Ctrl-C, and its children with it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    command = [hati_bin(), "query", "SELECT pg_sleep(60)"]
    process = subprocess.Popen(
        command, cwd=either_way.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_env(), preexec_fn=heed
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode != 0
    assert json.loads(either_way.ok("query", "SELECT 1 AS a", "--format", "json")) == [{"a": 1}]


def test_two_direct_queries_at_once_wait_or_say_why(project):
    project.init("--no-start")
    slow = subprocess.Popen([hati_bin(), "query", "SELECT pg_sleep(2)"], cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_env())
    try:
        import time

        time.sleep(0.7)
        said = project.hati("query", "SELECT 1 AS a", "--format", "json")
        assert said.code == 0 or said.failed_clearly()
    finally:
        assert slow.wait(20) == 0


@pytest.mark.parametrize("sql", ["", "   ", "-- only a comment"])
def test_nothing_to_do(either_way, sql):
    assert either_way.hati("query", "-", stdin=sql).code == 0
