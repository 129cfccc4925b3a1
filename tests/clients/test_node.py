"""node-postgres with its cursors, streams and pool. The tests are node/postgres.test.js; here each has its result."""

import os
import pathlib
import re
import subprocess

import pytest
from harness.server import clean_env

HERE = pathlib.Path(__file__).parent / "node"
SOURCE = HERE / "postgres.test.js"
NAMES = re.findall(r"^(?:connected|test)\('(\w+)'", SOURCE.read_text(), re.MULTILINE)
RESULT = re.compile(r"^(not ok|ok) \d+ - (\w+)")


def modules():
    """Where scripts/setup installs what package-lock.json names."""
    cache = os.environ.get("HATIDATA_CACHE") or os.path.expanduser("~/.cache/hatidata")
    return os.path.join(cache, "node", "node_modules")


@pytest.fixture(scope="module")
def results(server):
    """What each test said: one run of node for all of them."""
    env = clean_env({"PGHOST": server.host, "PGPORT": str(server.port), "NODE_PATH": modules()})
    command = ["node", "--test", "--test-reporter=tap", str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    found, name = {}, None
    for line in done.stdout.splitlines():
        if line.startswith("    "):
            line = line[4:]  # node 20 nests the tests of a file
        if match := RESULT.match(line):
            name = match.group(2)
            found[name] = [match.group(1)]
        elif name in found:
            found[name].append(line)
    assert found, done.stdout + done.stderr
    return found


@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", NAMES)
def test_node_postgres(results, name):
    assert name in results, f"node did not report it: {sorted(results)}"
    said = results[name]
    assert said[0] == "ok", "\n".join(said)
