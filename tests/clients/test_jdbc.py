"""The JDBC driver, as Debian packages it. The tests are jdbc/Jdbc.java; here each has its result."""

import pathlib
import re
import subprocess

import pytest
from harness.server import clean_env

SOURCE = pathlib.Path(__file__).parent / "jdbc" / "Jdbc.java"
DRIVER = "/usr/share/java/postgresql.jar"
NAMES = re.findall(r"^    static void (\w+)\(Connection ", SOURCE.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def results(server):
    """What each test said: one run of Java, which compiles the file, for all of them."""
    command = ["java", "-cp", DRIVER, "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", str(SOURCE), server.host, str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=clean_env({"TZ": "UTC"}))
    found = {}
    for line in done.stdout.splitlines():
        verdict, name, said = re.fullmatch(r"(ok|not ok) (\w+)(?:: (.*))?", line).groups()
        found[name] = verdict, said
    assert found, done.stdout + done.stderr
    return found


@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", NAMES)
def test_jdbc(results, name):
    assert name in results, f"the program did not report it: {sorted(results)}"
    verdict, said = results[name]
    assert verdict == "ok", said
