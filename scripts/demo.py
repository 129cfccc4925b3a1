#!/usr/bin/env python3
"""`make demo`: the portfolio cookbook on a real server, from `hati init` to the merged branch.

HATI_BIN names the server's binary. The server runs in a temporary folder on a free port and is
gone afterwards. Ends with 0 if everything printed is what the cookbook says.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests" / "cookbook"))

import transcripts  # noqa: E402  (needs the path above)

COOKBOOK = "openai-branch-exploration"


def main():
    hati = find_hati()
    check_package()
    cookbook = transcripts.load(COOKBOOK)
    folder = tempfile.mkdtemp(prefix="hati-demo-")
    try:
        port = show_init(hati, cookbook.shell_blocks[0], folder)
        differences = show_blocks(cookbook, port)
    finally:
        stop(hati, folder)
    if differences:
        fail(f"the output of {', '.join(differences)} is not what the cookbook prints", "run `make test` to see more")
    print("\nEvery line above is what the cookbook prints. The server is stopped and its folder removed.")
    print("To go on by yourself: `hati init`, then `psql -h localhost -p 5439`.")


def find_hati():
    hati = os.environ.get("HATI_BIN")
    if not hati:
        fail("HATI_BIN is not set", "run `make demo`, which builds the server and sets it")
    if not os.access(hati, os.X_OK):
        fail(f"HATI_BIN is not a program: {hati}", "run `make demo`, which builds it")
    return os.path.abspath(hati)


def check_package():
    try:
        import hatidata_agent  # noqa: F401
    except ImportError as error:
        fail(f"the Python package hatidata_agent cannot be imported: {error}", "run `make demo`, which installs it")


def show_init(hati, block, folder):
    """`hati init` on a free port; the port it printed."""
    heading("hati init")
    env = {**os.environ, "HATIDATA_PG_PORT": "0"}
    done = subprocess.run(
        [hati, "init"], cwd=folder, env=env, capture_output=True, encoding="utf-8", timeout=60
    )
    print(done.stdout, end="")
    if done.returncode != 0:
        fail("`hati init` failed", done.stderr.strip())
    port = re.search(r"localhost:(\d+)", done.stdout)
    expected = block.expected(port=port.group(1) if port else "?")
    if transcripts.printed_lines(done.stdout) != transcripts.printed_lines(expected):
        fail("`hati init` did not print what the cookbook says", f"expected:\n{expected}")
    return int(port.group(1))


def show_blocks(cookbook, port):
    """Runs the cookbook and shows what it prints; names the blocks whose output differs."""
    try:
        outputs = transcripts.run_python(cookbook, port)
    except AssertionError as error:
        fail("the cookbook stopped with an error", str(error))
    differences = []
    for block, output in zip(cookbook.python_blocks, outputs):
        heading(block.heading)
        print(output.strip("\n"))
        if transcripts.printed_lines(output) != transcripts.printed_lines(block.expected(port=port)):
            differences.append(block.name)
            print(f"-- the cookbook prints instead:\n{block.output}")
    return differences


def stop(hati, folder):
    """Stops the server, if one was started, and removes the folder."""
    data = os.path.join(folder, ".hati")
    if os.path.exists(data):
        done = subprocess.run([hati, "stop", "--data-dir", data], capture_output=True, encoding="utf-8", timeout=60)
        if done.returncode != 0:
            print(f"error: `hati stop` failed: {done.stderr.strip()}\nhint: the server's folder is {data}", file=sys.stderr)
            sys.exit(1)
    shutil.rmtree(folder, ignore_errors=True)


def heading(text):
    print(f"\n## {text}\n", flush=True)


def fail(what, hint):
    sys.exit(f"error: {what}\nhint: {hint}")


if __name__ == "__main__":
    main()
