"""The README's example runs and prints what the README says."""

import pathlib
import re

import psycopg2

README = pathlib.Path(__file__).resolve().parents[1] / "README.md"


def test_example_prints_what_the_readme_says(fresh_server, capsys, monkeypatch):
    connect = psycopg2.connect
    monkeypatch.setattr(psycopg2, "connect", lambda **kw: connect(**{**kw, "port": fresh_server.port}))
    code, output = re.search(r"```python\n(.*?)```.*?```text\n(.*?)```", README.read_text(), re.DOTALL).groups()
    exec(compile(code, str(README), "exec"), {})
    assert capsys.readouterr().out == output
