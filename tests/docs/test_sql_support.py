"""docs/reference/sql-support.md says what tests/sql proves, no more and no less."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/sql-support.md"


def test_page_is_what_the_script_writes_from_the_corpus():
    written = subprocess.run([sys.executable, ROOT / "scripts/sql-support", "--print"], capture_output=True, text=True, check=True)
    assert PAGE.read_text() == written.stdout, "run scripts/sql-support"


def test_every_file_of_the_corpus_says_what_it_covers_and_its_mode():
    files = sorted((ROOT / "tests/sql").glob("*/*.slt"))
    assert files
    for path in files:
        first = path.read_text().split("\n", 1)[0]
        assert re.match(r"# \S.* Mode: (auto|duckdb|snowflake|postgres|each in turn)\.$", first), f"{path}: {first}"


def test_files_of_a_named_dialect_set_it_first():
    for folder in ("duckdb", "snowflake", "postgres"):
        for path in (ROOT / "tests/sql" / folder).glob("*.slt"):
            if "Mode: auto." in path.read_text().split("\n", 1)[0]:
                continue
            statements = re.findall(r"^(?:statement|query)[^\n]*\n([^\n]*)", path.read_text(), re.MULTILINE)
            assert statements[0] == f"SET hatidata_dialect = '{folder}'", path
