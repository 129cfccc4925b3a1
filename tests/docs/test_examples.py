"""The examples in README.md and docs/*.md run, and print what the documents show.

A fenced block runs when the word `run` follows its language:

* `sql run`: statements, in order, on one connection. A line `-- error 42501` after a statement says that it fails so.
* `console run`: lines that start with `$ ` are `hati` commands; the lines below a command are what it prints. Where
  the document shows `…`, anything may stand; spaces at the end of lines do not count.
* `python run`: a program of its own; a `text` block that follows at once is what it prints.

Every document has a fresh server, which stands for the documented port 5439.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys

import psycopg2
import pytest
from harness.server import clean_env, hati_bin

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PORT = "5439"
BLOCK = re.compile(r"^```(sql|console|python) run\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
STATEMENT = re.compile(r"(?P<sql>.*?;)[ \t]*\n(?:-- error (?P<state>\w{5})[^\n]*\n)?", re.DOTALL)


def blocks(page):
    return [match.groups() for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def agrees(shown, printed):
    """Whether `printed` is what `shown` says, where `…` stands for anything."""

    def plain(text):
        return "\n".join(line.rstrip() for line in text.strip().splitlines())

    pattern = re.escape(plain(shown)).replace("…", ".*?")
    return re.fullmatch(pattern, plain(printed), re.DOTALL) is not None


def run_sql(text, connection):
    assert STATEMENT.sub("", text).strip() == "", f"a statement without a semicolon at the end of a line: {text}"
    for statement in STATEMENT.finditer(text):
        expected = statement["state"]
        try:
            connection.run(statement["sql"])
        except psycopg2.Error as error:
            assert error.pgcode == expected, f"{statement['sql']}\nfails with {error.pgcode}: {error}"
            assert error.diag.message_hint, f"{statement['sql']}\nfails without a hint: {error}"
        else:
            assert expected is None, f"{statement['sql']}\ndoes not fail with {expected}"


def run_program(command, server, program=None):
    """What a program prints, with the documented port in place of the server's."""
    env = clean_env({"HATIDATA_DATA_DIR": str(server.data_dir), "PYTHONPATH": str(ROOT / "python" / "src")})
    folder = server.data_dir.parent
    done = subprocess.run(
        command, input=program, capture_output=True, text=True, env=env, timeout=50, cwd=folder, check=False
    )
    return done.stdout.replace(str(server.port), PORT), done.stderr.replace(str(server.port), PORT)


def run_console(text, server):
    for entry in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, shown = entry.partition("\n")
        word, *arguments = shlex.split(line)
        assert word == "hati", f"only hati runs in a console block, not {word}"
        out, err = run_program([hati_bin(), *arguments], server)
        assert agrees(shown, out + err), f"$ {line}\nprints\n{out}{err}\nrather than\n{shown}"


def run_python(text, shown, server):
    out, err = run_program([sys.executable, "-"], server, text.replace(PORT, str(server.port)))
    assert err == ""
    assert agrees(shown or "", out), f"{text}\nprints\n{out}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_do_what_the_page_says(page, fresh_server):
    connection = fresh_server.connect()
    for language, text, shown in blocks(page):
        if language == "sql":
            run_sql(text, connection)
        elif language == "console":
            run_console(text, fresh_server)
        else:
            run_python(text, shown, fresh_server)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_named_file_of_the_repository_exists(page):
    """Links, and paths in code that start with a folder of the repository."""
    text = page.read_text(encoding="utf-8")
    links = [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    folders = r"`((?:crates|docs|python|scripts|tests|bench)/[\w./-]+)`"
    missing = [str(path) for path in [*links, *(ROOT / path for path in re.findall(folders, text))] if not os.path.exists(path)]
    assert missing == []


def test_every_marked_block_is_found():
    """A mark that the pattern above does not understand would be an example that never runs."""
    for page in PAGES:
        marks = re.findall(r"^```\w+ run\b.*$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(blocks(page)) == len(marks), page.name


def test_a_shown_output_may_leave_something_open():
    assert agrees("a …\n(1 row)", "a b c   \n(1 row)\n")
    assert not agrees("a …\n(1 row)", "b\n(1 row)\n")
