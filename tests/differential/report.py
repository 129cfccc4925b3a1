"""Prints how we differ from PostgreSQL: `python tests/differential/report.py [-a] [MODE] [TOPIC…]`; -a with what is listed as known."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from compare import MODES, TOPICS, Answers, differs, known_differences  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.server import Server  # noqa: E402


def main(arguments):
    listed = "-a" in arguments
    mode = next((a for a in arguments if a in MODES), "postgres")
    topics = [a for a in arguments if a in TOPICS] or TOPICS
    known = known_differences()
    counted = differing = shown = 0
    with Postgres("fsync=off") as postgres, Server() as server:
        answers = Answers(postgres.dsn(), {mode: server.dsn()})
        for topic in topics:
            for statement, theirs, ours in answers(topic, mode):
                counted += 1
                if differs(mode, theirs, ours):
                    differing += 1
                    if listed or not any(k.covers(statement, mode) for k in known):
                        shown += 1
                        print(f"{statement}\n  PostgreSQL {theirs}\n  ours       {ours}")
    print(f"{mode}: {counted} statements, {differing} differ, {shown} shown")


if __name__ == "__main__":
    main(sys.argv[1:])
