"""Start and end of the server: orderly shutdown, and clear refusals to start."""

import json
import os
import signal
import socket
import time

import psycopg2
import pytest
from harness.cli import hati
from harness.pgproto import Wire, error, query, rows
from harness.server import Server


# -- the end ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_shutdown_finishes_the_running_statement(fresh_server, number):
    busy, idle = Wire(fresh_server), Wire(fresh_server)
    busy.query("CREATE TABLE kept(a INT)")
    busy.send(query("INSERT INTO kept SELECT 1 FROM (SELECT pg_sleep(1.5))"))
    time.sleep(0.4)
    fresh_server.signal(number)
    told = error(idle.until_closed())
    assert (told["S"], told["C"]) == ("FATAL", "57P01")
    answer = busy.until_closed()
    assert [str(m) for m in answer if m.kind in "CE"] == ["C INSERT 0 1", "E 57P01"]
    assert fresh_server.wait() == 0
    fresh_server.start()
    with Wire(fresh_server) as after:
        assert after.value("SELECT count(*) FROM kept") == "1"


def test_shutdown_does_not_wait_for_open_transactions(fresh_server):
    wire = Wire(fresh_server)
    wire.query("CREATE TABLE t(a INT)")
    wire.query("BEGIN; INSERT INTO t VALUES (1)")
    started = time.monotonic()
    fresh_server.stop()
    assert time.monotonic() - started < 10
    assert error(wire.until_closed())["C"] == "57P01"
    fresh_server.start()
    with Wire(fresh_server) as after:
        assert after.value("SELECT count(*) FROM t") == "0"


def test_shutdown_stops_what_does_not_end_by_itself(fresh_server):
    """A service manager waits some ten seconds before it kills."""
    wire = Wire(fresh_server)
    wire.send(query("SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3"))
    time.sleep(0.3)
    fresh_server.signal(signal.SIGTERM)
    assert fresh_server.wait(25) == 0
    told = [m.fields["C"] for m in wire.until_closed() if m.kind == "E"]
    assert told[-1] == "57P01" and set(told) <= {"57P01", "57014"}


def test_nobody_gets_in_during_shutdown(fresh_server):
    busy = Wire(fresh_server)
    busy.send(query("SELECT pg_sleep(2)"))
    time.sleep(0.3)
    fresh_server.signal(signal.SIGTERM)
    time.sleep(0.3)
    with pytest.raises(psycopg2.OperationalError):
        fresh_server.connect(connect_timeout=5)
    assert fresh_server.wait() == 0


def test_data_and_settings_survive_restart_and_kill(fresh_server):
    with Wire(fresh_server) as wire:
        wire.query("CREATE TABLE t(a INT PRIMARY KEY, s TEXT DEFAULT 'x'); INSERT INTO t(a) VALUES (1)")
    fresh_server.restart()
    with Wire(fresh_server) as wire:
        wire.query("INSERT INTO t(a) VALUES (2)")
    fresh_server.kill()
    fresh_server.start()
    with Wire(fresh_server) as wire:
        assert rows(wire.query("SELECT * FROM t ORDER BY a")) == [["1", "x"], ["2", "x"]]
        assert error(wire.query("INSERT INTO t(a) VALUES (2)"))["C"] == "23505"


def test_server_json_says_who_listens_where(fresh_server):
    told = json.loads((fresh_server.data_dir / "server.json").read_text())
    assert (told["pid"], told["pg_port"]) == (fresh_server.pid, fresh_server.port)
    fresh_server.stop()
    assert not (fresh_server.data_dir / "server.json").exists()


def test_data_folder_is_private(fresh_server):
    """Nobody is asked for a password, so the file system is the only guard of the data."""
    assert fresh_server.data_dir.stat().st_mode & 0o077 == 0


# -- refusals to start -----------------------------------------------------------------------


def refused(*args, **kw):
    return hati("serve", *args, timeout=25, **kw).failed_clearly()


def test_second_server_on_one_folder_is_refused(fresh_server):
    said = refused("--data-dir", fresh_server.data_dir, "--pg-port", "0")
    assert str(fresh_server.pid) in said.err or "another" in said.err or "already" in said.err
    with Wire(fresh_server) as wire:
        assert wire.value("SELECT 1") == "1"
    told = json.loads((fresh_server.data_dir / "server.json").read_text())
    assert told["pid"] == fresh_server.pid, "the first one's file stays"


def test_used_port_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("--data-dir", tmp_path / ".hati", "--pg-port", port)
    assert str(port) in said.err
    assert "--pg-port" in said.err or "HATIDATA_PG_PORT" in said.err
    assert not (tmp_path / ".hati" / "server.json").exists()


def test_read_only_folder_is_refused(tmp_path):
    folder = tmp_path / "sealed"
    folder.mkdir()
    os.chmod(folder, 0o555)
    try:
        said = refused("--data-dir", folder, "--pg-port", "0", unprivileged=True)
        assert str(folder) in said.err
        said = refused("--data-dir", folder / "inner", "--pg-port", "0", unprivileged=True)
        assert str(folder) in said.err
        assert os.listdir(folder) == []
    finally:
        os.chmod(folder, 0o755)


def test_folder_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    assert str(path) in refused("--data-dir", path, "--pg-port", "0").err
    assert path.read_text() == "mine"


DAMAGE = {
    "not a database": lambda good: b"this is not a database\n" * 1000,
    "zeros": lambda good: bytes(len(good)),
    # DuckDB reads blocks of rows only when they are asked for: a missing one is found then, a missing catalog at once.
    "cut behind its headers": lambda good: good[: 3 * 4096 + 1000],
    "header overwritten": lambda good: good[:8] + bytes(8192) + good[8200:],
    "a SQLite file": lambda good: b"SQLite format 3\0" + bytes(4080),
}


@pytest.fixture(scope="module")
def good_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good") / ".hati"
    with Server(data_dir=folder) as server, Wire(server) as wire:
        wire.query("CREATE TABLE t AS SELECT range AS a, hash(range) AS h FROM range(300000)")
    return (folder / "hatidata.duckdb").read_bytes()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_database_is_refused_and_left_as_it_is(tmp_path, good_file, damage):
    path = tmp_path / "hatidata.duckdb"
    broken = damage(good_file)
    path.write_bytes(broken)
    said = refused("--data-dir", tmp_path, "--pg-port", "0")
    assert "hatidata.duckdb" in said.err
    assert path.read_bytes() == broken


@pytest.mark.parametrize(
    "text, word",
    [
        ("[server\npg_port = 1", "config.toml"),
        ("[server]\npg_port = 'many'", "pg_port"),
        ("[server]\npg_prot = 5439", "pg_prot"),
        ("[server]\npg_port = 70000", "pg_port"),
    ],
)
def test_unreadable_config_is_refused(tmp_path, text, word):
    (tmp_path / "config.toml").write_text(text)
    said = hati("serve", "--data-dir", tmp_path, timeout=25).failed_clearly()
    assert "config.toml" in said.err and word in said.err


def test_stale_server_json_of_a_killed_server_is_no_obstacle(fresh_server):
    fresh_server.kill()
    assert (fresh_server.data_dir / "server.json").exists()
    fresh_server.start()
    told = json.loads((fresh_server.data_dir / "server.json").read_text())
    assert told["pid"] == fresh_server.pid


def test_panic_free_log(fresh_server):
    with Wire(fresh_server) as wire:
        for sql in ("SELECT * FROM pg_catalog.pg_class", "SELECT * FROM information_schema.columns", "SELECT * FROM duckdb_functions()", "SELECT * FROM test_all_types()"):
            assert str(wire.query(sql)[-1]) == "Z I"
    assert "panicked" not in fresh_server.log()


def test_a_server_told_to_stop_right_after_it_said_that_it_runs_stops_in_order():
    for _ in range(10):
        server = Server().start()
        server.stop()
