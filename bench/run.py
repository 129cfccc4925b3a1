#!/usr/bin/env python3
"""Run the benchmarks: `bench/run.py [name...]`, or `make bench NAMES="..."`.

Each result of a release build goes to bench/results/NAME.md, and docs/benchmarks.md is written anew from all of them;
another build's numbers are only printed. A missed promise is shown, never an error: these are measurements, not tests.
"""

import importlib
import os
import pathlib
import platform
import subprocess
import sys
import time

from common import ROOT
from harness.server import hati_bin

NAMES = ["branch_create", "first_write", "merge", "point_query", "fetch", "streaming", "copy_rows", "tpch", "transpile"]
RESULTS = pathlib.Path(__file__).resolve().parent / "results"
PAGE = ROOT / "docs/benchmarks.md"


def machine():
    """One line about where the numbers come from."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    build = pathlib.Path(hati_bin()).parent.name
    version = subprocess.run([hati_bin(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{version}, {build} build; {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}; {time.strftime('%Y-%m-%d')}"


def main(names):
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.exit(f"error: no benchmark is called {', '.join(sorted(unknown))}\nhint: there are {', '.join(NAMES)}")
    kept = pathlib.Path(hati_bin()).parent.name == "release"
    RESULTS.mkdir(exist_ok=True)
    line = machine()
    print(line)
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        result = importlib.import_module(name).run()
        result.notes.append(line)
        if kept:
            (RESULTS / f"{name}.md").write_text(result.markdown())
        print()
    if not kept:
        return
    parts = [(RESULTS / f"{name}.md").read_text() for name in NAMES if (RESULTS / f"{name}.md").exists()]
    head = "# Benchmarks\n\nWritten by `make bench`; the code is in `bench/`. Ours and each peer take turns in one run on one machine: read the ratios.\n"
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join([head, *parts]))
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
