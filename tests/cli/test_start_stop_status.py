"""`hati start`, `stop`, `status`, `doctor`: the server's life as seen from a shell."""

import json
import os
import signal
import socket
import subprocess

import pytest
from harness.cli import alive, gone


def test_start_and_stop(project):
    project.init("--no-start")
    out = project.ok("start")
    told = project.running
    assert out.splitlines()[-1] == f"Proxy running on localhost:{told['pg_port']}"
    project.ok("stop")
    assert gone(told["pid"])
    assert not (project.data_dir / "server.json").exists()


def test_start_and_stop_twice_are_harmless(project):
    project.init("--no-start")
    project.ok("start")
    told = project.running
    project.ok("start")
    assert project.running == told
    project.ok("stop")
    project.ok("stop")


def test_stop_waits_until_the_folder_is_free(project):
    project.init("--no-start")
    for _ in range(3):
        project.ok("start")
        pid = project.running["pid"]
        project.ok("stop")
        assert not alive(pid)


def test_status_of_a_running_server(project):
    project.init()
    told = project.ok("status", "--json")
    status = json.loads(told)
    assert status["running"] is True
    assert (status["pid"], status["pg_port"]) == (project.running["pid"], project.running["pg_port"])
    assert str(project.running["pg_port"]) in project.ok("status")


def test_status_of_a_stopped_server(project):
    project.init("--no-start")
    said = project.hati("status", "--json")
    assert said.json["running"] is False
    assert said.json.get("pid") is None
    assert "not running" in project.hati("status").out


def test_status_of_a_killed_server(project):
    project.init()
    pid = project.running["pid"]
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert project.hati("status", "--json").json["running"] is False
    project.ok("start")
    assert project.running["pid"] != pid


def test_stop_never_kills_a_stranger(project):
    """After a crash another process may have got the number in server.json."""
    project.init()
    told = project.running
    os.kill(told["pid"], signal.SIGKILL)
    assert gone(told["pid"])
    stranger = subprocess.Popen(["sleep", "60"])
    port = socket.create_server(("127.0.0.1", told["pg_port"]))  # and yet another one the port
    try:
        (project.data_dir / "server.json").write_text(json.dumps({**told, "pid": stranger.pid}))
        project.hati("stop")
        assert project.hati("status", "--json").json["running"] is False
        assert stranger.poll() is None, "it is alive"
    finally:
        port.close()
        stranger.kill()
        stranger.wait()


def test_commands_work_from_below_and_from_elsewhere(project):
    project.init()
    below = project.folder / "src" / "deep"
    below.mkdir(parents=True)
    assert json.loads(project.ok("status", "--json", cwd=below))["pid"] == project.running["pid"]
    assert json.loads(project.ok("status", "--json", "--data-dir", project.data_dir, cwd="/"))["pid"] == project.running["pid"]
    assert json.loads(project.ok("status", "--json", cwd="/", env={"HATIDATA_DATA_DIR": str(project.data_dir)}))["pid"] == project.running["pid"]


@pytest.mark.parametrize("command", [["start"], ["stop"], ["status"], ["query", "SELECT 1"], ["branch", "list"]])
def test_without_a_project_the_hint_is_init(project, command):
    said = project.hati(*command).failed_clearly()
    assert "hati init" in said.err
    assert os.listdir(project.folder) == [], "nothing was created"


@pytest.mark.parametrize("command", [["start"], ["query", "SELECT 1"]])
def test_unknown_folder_is_named(project, command):
    nowhere = project.folder / "nowhere"
    said = project.hati(*command, "--data-dir", nowhere).failed_clearly()
    assert str(nowhere) in said.err and "hati init" in said.err
    assert not nowhere.exists()


@pytest.mark.parametrize("where", [[], ["--data-dir", "nowhere"]])
def test_doctor_without_a_project_recommends_init(project, where):
    said = project.hati("doctor", *where)
    assert said.code == 1
    assert "hati init" in said.out + said.err
    assert os.listdir(project.folder) == []


def test_doctor_is_content_with_a_healthy_project(either_way):
    out = either_way.ok("doctor")
    assert len(out.splitlines()) >= 3, "one line per thing it looked at"


def test_doctor_finds_a_damaged_database(project):
    project.init("--no-start")
    (project.data_dir / "hatidata.duckdb").write_bytes(b"garbage" * 5000)
    said = project.hati("doctor")
    assert said.code == 1
    assert "hatidata.duckdb" in said.out + said.err
    assert (project.data_dir / "hatidata.duckdb").read_bytes() == b"garbage" * 5000


def test_doctor_finds_a_broken_config(project):
    project.init("--no-start")
    (project.data_dir / "config.toml").write_text("[server\n")
    said = project.hati("doctor")
    assert said.code == 1
    assert "config.toml" in said.out + said.err


def test_start_of_a_damaged_database_says_why(project):
    project.init("--no-start")
    (project.data_dir / "hatidata.duckdb").write_bytes(b"garbage" * 5000)
    said = project.hati("start")
    assert said.code not in (0, 2, 101)
    assert "hatidata.duckdb" in said.err and "hint: " in said.err
