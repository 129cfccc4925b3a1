"""What reading another dialect costs: translating a text, and finding that a statement needs no translation.

Runs in one process without a wire: `crates/hatidata-core/examples/reading.rs` over the statements of the tests' Snowflake
corpus.
"""

import json
import subprocess

from common import ROOT, Result


def run():
    result = Result("Reading dialects", ["work", "p50", "p99"])
    files = sorted(map(str, (ROOT / "tests/sql/snowflake").glob("*.slt")))
    command = ["cargo", "run", "--quiet", "--release", "--package", "hatidata-core", "--example", "reading", "--", *files]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    times = json.loads(output.splitlines()[-1])
    result.row(f"translate a statement of Snowflake ({times['statements']} of the corpus)", f"{times['translate_p50']:.1f} µs", f"{times['translate_p99']:.1f} µs")
    result.row("added to a translated statement when it comes again", f"{times['remembered_added_p50']:.1f} µs", "")
    result.row("added to a valid DuckDB statement by looking for a dialect", f"{times['valid_added_p50']:.1f} µs", "")
    result.promise("a translation takes at most 100 µs", f"{times['translate_p50']:.1f} µs", times["translate_p50"] <= 100)
    result.promise("at most 10 µs when remembered", f"{times['remembered_added_p50']:.1f} µs", times["remembered_added_p50"] <= 10)
    result.promise("the check of a valid DuckDB statement takes at most 20 µs", f"{times['valid_added_p50']:.1f} µs", times["valid_added_p50"] <= 20)
    result.notes.append("The last two rows are medians of differences between neighbouring runs of describing a statement with and without the work.")
    return result
