"""Runs dbt commands that arrive as lines of JSON, and says how each went: importing dbt takes longer than most commands."""

import contextlib
import json
import os
import sys

from dbt.cli.main import dbtRunner

answers = os.fdopen(os.dup(1), "w")
runner = dbtRunner()
for line in sys.stdin:
    with contextlib.redirect_stdout(sys.stderr):
        done = runner.invoke(json.loads(line))
    results = getattr(done.result, "results", None) or []
    answer = {
        "success": done.success,
        "exception": str(done.exception) if done.exception else None,
        "results": {r.node.name: [str(r.status), r.message] for r in results if hasattr(r, "node") and hasattr(r, "status")},
    }
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
