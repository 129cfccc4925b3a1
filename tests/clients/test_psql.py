"""The real psql: what a person sees in a terminal, and what a script sees in exit codes."""

import subprocess

import pytest
from harness.server import clean_env, unique


@pytest.fixture
def psql(server):
    """Runs psql without anybody's .psqlrc; `psql("-c", "SELECT 1")`."""

    def run(*args, stdin=None, dbname="hatidata", **env):
        where = server.dsn(dbname)
        where = {f"PG{k.upper().replace('DBNAME', 'DATABASE')}": str(v) for k, v in where.items()}
        return subprocess.run(
            ["psql", "-X", *args], input=stdin, capture_output=True, text=True, timeout=30, env=clean_env({**where, **env})
        )

    return run


def test_one_query(psql):
    done = psql("-c", "SELECT 1 AS a, 'x' AS b, NULL::TEXT AS c")
    assert done.returncode == 0, done.stderr
    assert done.stdout == " a | b | c \n---+---+---\n 1 | x | \n(1 row)\n\n"
    assert done.stderr == ""


def test_it_connects_without_a_warning(psql):
    done = psql("-c", r"\conninfo")
    assert "You are connected to database" in done.stdout
    assert "WARNING" not in done.stderr


def test_documented_user_name_works(server):
    done = subprocess.run(
        ["psql", "-X", "-h", server.host, "-p", str(server.port), "-U", "admin", "-Atc", "SELECT 1"],
        capture_output=True, text=True, timeout=30, env=clean_env({"PGDATABASE": "hatidata"}),
    )
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


def test_connection_uri_works(server, psql):
    done = psql(f"postgresql://agent@{server.host}:{server.port}/hatidata?application_name=uri", "-Atc", "SHOW application_name")
    assert done.stdout == "uri\n", done.stderr


def test_tags_are_shown(psql):
    t = unique()
    done = psql("-c", f"CREATE TABLE {t}(a INT)", "-c", f"INSERT INTO {t} VALUES (1), (2)", "-c", f"UPDATE {t} SET a = 3", "-c", f"DELETE FROM {t}", "-c", f"DROP TABLE {t}")
    assert done.stdout.splitlines() == ["CREATE TABLE", "INSERT 0 2", "UPDATE 2", "DELETE 2", "DROP TABLE"]


def test_all_results_of_one_string(psql):
    done = psql("-Atc", "SELECT 1; SELECT 2; SELECT 'three'")
    assert done.stdout.splitlines() == ["1", "2", "three"]


def test_error_in_one_string_undoes_all_of_it(psql):
    t = unique()
    psql("-c", f"CREATE TABLE {t}(a INT)")
    done = psql("-c", f"INSERT INTO {t} VALUES (1); SELECT nosuch; INSERT INTO {t} VALUES (2)")
    assert done.returncode == 1
    assert 'ERROR:' in done.stderr and "nosuch" in done.stderr
    assert psql("-Atc", f"SELECT count(*) FROM {t}").stdout == "0\n"


def test_error_points_at_the_place(psql):
    done = psql("-c", "SELECT 'ü', nosuch FROM (SELECT 1) AS t")
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0].startswith("ERROR:  ")
    assert lines[1] == "LINE 1: SELECT 'ü', nosuch FROM (SELECT 1) AS t"
    assert lines[2] == " " * lines[1].index("nosuch") + "^"


def test_error_shows_its_hint(psql):
    t = unique("customers")
    psql("-c", f"CREATE TABLE {t}(id INT)")
    done = psql("-c", f"SELECT * FROM {t[:-1]}")
    (hint,) = [line for line in done.stderr.splitlines() if line.startswith("HINT:  ")]
    assert t in hint


def test_verbose_errors_show_the_sqlstate(psql):
    done = psql("-v", "VERBOSITY=verbose", "-c", "SELECT * FROM nosuch")
    assert done.stderr.startswith("ERROR:  42P01: ")


def test_exit_codes(psql):
    assert psql("-c", "SELECT 1").returncode == 0
    assert psql("-c", "SELECT nosuch").returncode == 1
    assert psql(stdin="SELECT nosuch; SELECT 1;").returncode == 0, "a script goes on after an error"
    assert psql("-v", "ON_ERROR_STOP=1", stdin="SELECT nosuch; SELECT 1;").returncode == 3
    assert psql("-c", "SELECT 1", dbname="hatidata/no-such-branch").returncode == 2


def test_script_on_standard_input(psql):
    t = unique()
    done = psql("-At", stdin=f"""
        -- a comment; with a semicolon
        CREATE TABLE {t}(a INT, s TEXT);
        BEGIN;
        INSERT INTO {t} VALUES (1, 'semi;colon'), (2, $$dollar;$$);
        COMMIT;
        SELECT * FROM {t} ORDER BY a;
    """)
    assert done.stdout.splitlines() == ["CREATE TABLE", "BEGIN", "INSERT 0 2", "COMMIT", "1|semi;colon", "2|dollar;"]
    assert done.returncode == 0


def test_single_transaction_flag(psql):
    t = unique()
    psql("-c", f"CREATE TABLE {t}(a INT)")
    assert psql("-1", "-v", "ON_ERROR_STOP=1", stdin=f"INSERT INTO {t} VALUES (1);\nSELECT nosuch;\n").returncode == 3
    assert psql("-Atc", f"SELECT count(*) FROM {t}").stdout == "0\n"


def test_gset_keeps_values(psql):
    done = psql("-At", stdin="SELECT 41 + 1 AS answer, 'x' AS name \\gset\n\\echo :answer :name\nSELECT :answer, :'name';\n")
    assert done.stdout.splitlines() == ["42 x", "42|x"]


def test_gx_gdesc_and_gexec(psql):
    assert psql(stdin="SELECT 1 AS a \\gx\n").stdout.splitlines() == ["-[ RECORD 1 ]", "a | 1", ""]
    assert psql("-At", stdin="SELECT 1 AS a, 'x' AS b, 1.5::DECIMAL(4,2) AS c \\gdesc\n").stdout.splitlines()[0] == "a|integer"
    assert psql("-At", stdin="SELECT 'SELECT 1' UNION ALL SELECT 'SELECT 1' \\gexec\n").stdout.splitlines() == ["1", "1"]


def test_formats(psql):
    sql = "SELECT 1 AS a, 'x,y' AS b UNION ALL SELECT 2, NULL ORDER BY 1"
    assert psql("--csv", "-c", sql).stdout == 'a,b\n1,"x,y"\n2,\n'
    assert psql("-At", "-F", ";", "-c", sql).stdout == "1;x,y\n2;\n"
    assert psql("-x", "-c", "SELECT 1 AS a").stdout.splitlines()[:2] == ["-[ RECORD 1 ]", "a | 1"]


def test_prompt_knows_the_transaction(psql):
    done = psql("-At", "-c", "BEGIN", "-c", "SELECT nosuch", "-c", "SELECT 1", "-c", "COMMIT", "-c", "SELECT 2")
    assert done.stdout.splitlines() == ["BEGIN", "ROLLBACK", "2"]
    assert "current transaction is aborted" in done.stderr


def test_warnings_are_shown(psql):
    done = psql("-c", "COMMIT")
    assert done.returncode == 0
    assert done.stderr.startswith("WARNING:  ")
    assert done.stdout == "COMMIT\n"


def test_pgoptions_set_session_variables(psql):
    done = psql("-Atc", "SHOW hatidata_agent_id", PGOPTIONS="-c hatidata_agent_id=agent-psql")
    assert done.stdout == "agent-psql\n", done.stderr


def test_interrupt_cancels_the_statement(server):
    import signal
    import time

    started = time.monotonic()
    process = subprocess.Popen(
        ["psql", "-X", "-h", server.host, "-p", str(server.port), "-U", "agent", "hatidata", "-Atc", "SELECT pg_sleep(60)"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_env(),
    )
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert "canceling statement" in said
    assert time.monotonic() - started < 5


def test_types_are_shown_as_postgres_shows_them(psql):
    done = psql("-At", "-c", "SELECT true, 1.50::DECIMAL(4,2), '2024-01-02'::DATE, '2024-01-02 03:04:05.6'::TIMESTAMP, '{}'::JSON, '\\x00ff'::TEXT, 1e20::DOUBLE PRECISION")
    assert done.stdout == "t|1.50|2024-01-02|2024-01-02 03:04:05.6|{}|\\x00ff|1e+20\n"
