"""Flags, help and configuration: file < environment < flag; mistakes end with exit code 2."""

import socket

import pytest
from harness.cli import hati
from harness.server import Server


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.mark.parametrize(
    "args",
    [[], ["--nonsense"], ["nosuch"], ["query"], ["query", "--format", "yaml", "SELECT 1"], ["serve", "--pg-port", "70000"], ["serve", "--pg-port", "many"], ["branch"], ["init", "a", "b"], ["status", "--jsno"]],
    ids=" ".join,
)
def test_mistakes_in_usage_end_with_two(tmp_path, args):
    said = hati(*args, cwd=tmp_path)
    assert said.code == 2, said
    assert said.out == ""
    assert "Usage" in said.err or "--help" in said.err
    assert list(tmp_path.iterdir()) == []


def test_help_and_version():
    said = hati("--help")
    assert said.code == 0 and said.err == ""
    for command in ("init", "start", "stop", "status", "serve", "query", "branch", "doctor"):
        assert command in said.out
        assert hati(command, "--help").code == 0
    said = hati("--version")
    assert said.code == 0 and said.out.startswith("hati ")


def test_file_then_environment_then_flag(tmp_path):
    in_file, in_env, in_flag = free_ports(3)
    (tmp_path / "config.toml").write_text(f"[server]\npg_port = {in_file}\n")
    with Server(port=None, data_dir=tmp_path) as server:
        assert server.port == in_file
    with Server(port=None, data_dir=tmp_path, env={"HATIDATA_PG_PORT": str(in_env)}) as server:
        assert server.port == in_env
    with Server(port=None, data_dir=tmp_path, env={"HATIDATA_PG_PORT": str(in_env)}, args=["--pg-port", str(in_flag)]) as server:
        assert server.port == in_flag


def test_folder_from_environment_and_flag(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    with Server(data_dir=two, env={"HATIDATA_DATA_DIR": str(one)}):
        pass
    assert two.exists() and not one.exists()


def test_bad_value_in_the_environment_is_named(tmp_path):
    said = hati("serve", "--data-dir", tmp_path, env={"HATIDATA_PG_PORT": "many"})
    assert said.code != 0
    assert "many" in said.err


def test_limits_from_the_file_reach_duckdb(tmp_path):
    (tmp_path / "config.toml").write_text('[database]\nmemory_limit = "300MB"\nthreads = 1\n')
    with Server(data_dir=tmp_path) as server:
        db = server.connect()
        assert db.run("SELECT current_setting('threads'), current_setting('memory_limit')") == [(1, "286.1 MiB")]
        db.close()


def test_file_access_is_closed_unless_opened(tmp_path):
    import psycopg2

    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,x\n")
    with Server() as server:
        db = server.connect()
        with pytest.raises(psycopg2.errors.InsufficientPrivilege) as caught:
            db.run(f"SELECT * FROM read_csv('{table}')")
        assert "external_access" in caught.value.diag.message_hint
        db.close()
    with Server(env={"HATIDATA_EXTERNAL_ACCESS": "true"}) as server:
        db = server.connect()
        assert db.run(f"SELECT * FROM read_csv('{table}')") == [(1, "x")]
        db.run("CREATE TABLE t(a INT, b VARCHAR)")
        assert db.tag(f"COPY t FROM '{table}' (HEADER)") == "COPY 1"
        db.close()


def test_memory_limit_is_an_error_of_one_statement(tmp_path):
    from harness.pgproto import Wire

    (tmp_path / "config.toml").write_text('[database]\nmemory_limit = "100MB"\n')
    with Server(data_dir=tmp_path) as server, Wire(server) as wire:
        answer = wire.query("SELECT list(repeat('x', 1000) || range) FROM range(2000000)")
        assert [str(m) for m in answer if m.kind in "EZ"] == ["E 53200", "Z I"]
        assert wire.value("SELECT 1") == "1"
