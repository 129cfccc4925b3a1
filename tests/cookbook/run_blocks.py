"""Runs code blocks one after the other in one namespace, as a reader's interpreter would.

Reads JSON from standard input: `ports` (port in the code -> port of the test server) and `steps`
(name, path, code, and whether it is a block of a seed). Writes the list of what each block printed.
A step sees the last block's output as `printed`. The first step that fails ends the run with exit
code 1 and a traceback on standard error.
"""

import ast
import asyncio
import contextlib
import inspect
import io
import json
import sys
import traceback

import psycopg2


def lead_connections_to(ports):
    """Every host is the loopback address, and a port of the code is the test server's."""
    connect = psycopg2.connect

    def connect_to_test_server(*args, **kwargs):
        port = str(kwargs.get("port"))
        if port in ports:
            kwargs.update(port=ports[port], hostaddr="127.0.0.1")
        return connect(*args, **kwargs)

    psycopg2.connect = connect_to_test_server


def run(step, namespace, loop):
    """Runs one step; `await` is allowed outside functions, as in a notebook."""
    code = compile(step["code"], step["path"], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, namespace)
    if inspect.iscoroutine(waiting):
        loop.run_until_complete(waiting)


def main():
    request = json.load(sys.stdin)
    lead_connections_to(request["ports"])
    namespace = {"__name__": "__main__", "printed": ""}
    loop = asyncio.new_event_loop()
    outputs = []
    for step in request["steps"]:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                run(step, namespace, loop)
        except Exception:
            sys.exit(f"{step['name']} failed\n{printed.getvalue()}{traceback.format_exc()}")
        if step["block"]:
            outputs.append(printed.getvalue())
            namespace["printed"] = printed.getvalue()
    loop.close()
    json.dump(outputs, sys.stdout)


if __name__ == "__main__":
    main()
