"""`hati init`: one command to a running database, harmless to repeat."""

import os
import re
import socket

from harness.cli import gone


def port_of(out):
    return int(re.fullmatch(r"HatiData initialized successfully\.\nProxy running on localhost:(\d+)\n", out).group(1))


def test_init_prints_two_lines_and_leaves_a_server_running(project):
    port = port_of(project.init())
    assert project.running["pg_port"] == port
    with project.connect() as db:
        assert db.one("SELECT 42") == 42


def test_init_listens_on_the_port_it_was_told(project):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert port_of(project.init("--pg-port", str(port))) == port


def test_init_fills_the_folder(project):
    project.init()
    names = set(os.listdir(project.data_dir))
    assert {"config.toml", "hatidata.duckdb", "server.log", "server.json"} <= names
    assert os.listdir(project.folder) == [".hati"], "nothing else in the project"


def test_init_twice_is_harmless(project):
    first = project.init()
    before = project.running
    with project.connect() as db:
        db.run("CREATE TABLE t AS SELECT 1 AS a")
    config = (project.data_dir / "config.toml").read_text()
    (project.data_dir / "config.toml").write_text("# mine\n" + config)
    assert project.init() == first
    assert project.running == before, "the same server"
    assert (project.data_dir / "config.toml").read_text() == "# mine\n" + config
    with project.connect() as db:
        assert db.one("SELECT a FROM t") == 1


def test_init_after_stop_starts_again_with_the_data(project):
    project.init()
    with project.connect() as db:
        db.run("CREATE TABLE t AS SELECT 1 AS a")
    project.ok("stop")
    port_of(project.init())
    with project.connect() as db:
        assert db.one("SELECT a FROM t") == 1


def test_init_without_start(project):
    out = project.init("--no-start")
    assert out.splitlines()[0] == "HatiData initialized successfully."
    assert "Proxy running" not in out
    assert project.running is None
    assert (project.data_dir / "config.toml").exists()
    assert "Proxy running on localhost:" in project.ok("start")


def test_init_of_another_folder_creates_it(project):
    target = project.folder / "deep" / "er"
    project.init("--no-start", target)
    assert (target / ".hati" / "config.toml").exists()
    assert not project.data_dir.exists()


def test_server_does_not_depend_on_the_terminal(project):
    project.init()
    pid = project.running["pid"]
    assert os.getsid(pid) != os.getsid(0)
    for number in (0, 1, 2):
        target = os.readlink(f"/proc/{pid}/fd/{number}")
        assert target == "/dev/null" or target.endswith("server.log"), target


def test_init_on_a_used_port_fails_and_leaves_nothing_running(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = project.hati("init", "--pg-port", port)
        assert said.code not in (0, 2, 101)
        assert said.err.startswith("error: ") and "hint: " in said.err
        assert str(port) in said.err
    assert project.running is None


def test_init_in_a_read_only_folder_fails_clearly(project):
    sealed = project.folder / "sealed"
    sealed.mkdir(mode=0o555)
    said = project.hati("init", sealed, unprivileged=True).failed_clearly()
    assert str(sealed) in said.err


def test_settings_written_by_init_are_read_by_the_server(project):
    project.init("--no-start")
    text = (project.data_dir / "config.toml").read_text()
    assert "[server]" in text and "pg_port" in text and "5439" in text, "the default port is there to be seen"
    project.ok("start")
    pid = project.running["pid"]
    project.ok("stop")
    assert gone(pid)
