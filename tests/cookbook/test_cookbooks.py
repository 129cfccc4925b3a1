"""The seeds' own code runs against a real server and prints what the seeds print."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest
import transcripts
from harness.server import clean_env, hati_bin

ALL = transcripts.load_all()
SHELL_BLOCKS = [block for transcript in ALL for block in transcript.shell_blocks]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("transcript", ALL, ids=lambda each: each.name)
def test_python_blocks_print_what_the_seed_prints(transcript, fresh_server):
    printed = transcripts.run_python(transcript, fresh_server.port)
    for block, output in zip(transcript.python_blocks, printed):
        if block.output:
            expected = block.expected(port=fresh_server.port)
            assert transcripts.printed_lines(output) == transcripts.printed_lines(expected), block.name


@pytest.mark.timeout(300)
@pytest.mark.parametrize("block", SHELL_BLOCKS, ids=lambda each: f"{each.transcript}-{each.name}")
def test_shell_blocks_print_what_the_seed_prints(block, tmp_path):
    """`pip install` takes the package of this repository, `hati init` starts a server that stays."""
    package = tmp_path / "package"
    ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    shutil.copytree(transcripts.REPOSITORY / "python", package, ignore=ignored)
    project = tmp_path / "project"
    project.mkdir()
    port = free_port()
    try:
        done = run_shell(block.runnable(port=port, package=package), project, tmp_path / "installed", port)
        assert done.returncode == 0, done.stderr
        assert transcripts.printed_lines(done.stdout) == transcripts.printed_lines(block.expected(port=port))
        assert_package_works(tmp_path / "installed", port if "hati init" in block.code else None)
    finally:
        if (project / ".hati").exists():
            subprocess.run([hati_bin(), "stop", "--data-dir", str(project / ".hati")], timeout=60)


def run_shell(script, folder, site, port):
    """Runs a block as a reader would, but pip installs into a folder of its own and says nothing.

    Without dependencies: psycopg2 is there already, and a test should not fetch it anew each time.
    """
    pip = 'pip() { command pip "$@" --quiet --no-deps --disable-pip-version-check --target "$SITE"; }'
    places = [pathlib.Path(sys.executable).parent, pathlib.Path(hati_bin()).absolute().parent]
    env = clean_env(
        {
            "PATH": os.pathsep.join([*map(str, places), os.environ["PATH"]]),
            "HATIDATA_PG_PORT": str(port),
            "SITE": str(site),
        }
    )
    return subprocess.run(
        ["bash", "-e", "-c", f"{pip}\n{script}"], cwd=folder, env=env, capture_output=True, encoding="utf-8", timeout=240
    )


def assert_package_works(site, port):
    """The installed package is the one that is imported, and it reaches the server if one was started."""
    code = "import hatidata_agent, sys; print(hatidata_agent.__file__)"
    if port:
        code += f"; print(hatidata_agent.HatiDataAgent(port={port}).query('SELECT 42 AS answer'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stdout.splitlines()[:1] == [str(site / "hatidata_agent" / "__init__.py")], done.stderr
    assert done.stdout.splitlines()[1:] == (["[{'answer': 42}]"] if port else []), done.stderr


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
