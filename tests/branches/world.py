"""A small vocabulary for branch tests: main, sessions on a branch, forks, merges, expected errors."""

import contextlib
import itertools
import json

import psycopg2
import pytest

# What must never be seen by an ordinary session: names of internal schemas and of branch ids.
INTERNAL = ("_hatidata", "br_")

STRATEGIES = ["branch_wins", "main_wins", "abort", "manual"]

_numbers = itertools.count(1)


class World:
    """One running server, empty at the start of a test, with `main` as the first connection."""

    def __init__(self, server):
        self.server = server
        self._connections = []
        self.main = self.connect()

    def connect(self, dbname="hatidata", autocommit=True):
        connection = self.server.connect(dbname, autocommit=autocommit)
        self._connections.append(connection)
        return connection

    def close(self):
        for connection in self._connections:
            with contextlib.suppress(psycopg2.Error):
                connection.close()

    def run(self, *statements):
        """Statements in main, one after the other; the rows of the last."""
        rows = None
        for sql in statements:
            self._note(sql)
            rows = self.main.run(sql)
        return rows

    def _note(self, sql):
        if "MACRO" in sql:  # the catalog of functions is too slow to ask it after every test
            self.server.has_macros = True

    def fork(self, name=None, *statements, **arguments):
        """Creates a branch (and runs statements on it); its name."""
        name = name or f"branch-{next(_numbers)}"
        named = "".join(f", {key} => {value}" for key, value in arguments.items())
        self.main.run(f"SELECT branch_create('{name}'{named})")
        if statements:
            session = self.on(name)
            for sql in statements:
                self._note(sql)
                session.run(sql)
        return name

    def on(self, branch, via="dbname"):
        """A session on the branch: by database name, by SET, or every statement by branch_query."""
        if via == "dbname":
            return self.connect(f"hatidata/{branch}")
        if via == "query":
            return ByQuery(self.connect(), branch)
        session = self.connect()
        session.run(f"SET hatidata_branch = '{branch}'")
        return session

    def call(self, sql, params=None, connection=None):
        """The only row of a call, as a dict."""
        found = self.table(sql, params, connection)
        assert len(found) == 1, found
        return found[0]

    def table(self, sql, params=None, connection=None):
        """All rows, as dicts."""
        with (connection or self.main).cursor() as cursor:
            cursor.execute(sql, params)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def merge(self, branch, strategy=None, dry_run=None):
        arguments = f"'{branch}'" + (f", '{strategy}'" if strategy else "")
        if dry_run is not None:
            arguments += f", dry_run => {str(dry_run).lower()}"
        return self.call(f"SELECT * FROM branch_merge({arguments})")

    def conflicts(self, branch):
        found = self.table(f"SELECT * FROM branch_conflicts('{branch}')")
        return [{k: loaded(k, v) for k, v in row.items()} for row in found]

    def resolve(self, branch, conflict, choice):
        key = conflict["key"]
        self.main.run(
            "SELECT branch_resolve(%s, %s, %s, %s)",
            (branch, conflict["table_name"], None if key is None else json.dumps(key), choice),
        )

    def branches(self):
        """Names of the active branches."""
        return sorted(name for (name,) in self.main.run("SELECT name FROM branch_list()"))


class ByQuery:
    """Looks like a connection; each statement goes through `branch_query`."""

    def __init__(self, connection, branch):
        self.connection, self.branch = connection, branch

    def run(self, sql):
        quoted = sql.replace("'", "''")
        return self.connection.run(f"SELECT * FROM branch_query('{self.branch}', '{quoted}')")

    def one(self, sql):
        rows = self.run(sql)
        assert len(rows) == 1 and len(rows[0]) == 1, rows
        return rows[0][0]


def loaded(column, value):
    """JSON columns as Python values, whether the driver decoded them already or not."""
    if column in ("key", "base", "main", "branch") and isinstance(value, str):
        return json.loads(value)
    return value


def rows(connection, table="t"):
    """The rows in the order of the table."""
    return connection.run(f"SELECT * FROM {table}")


def bag(connection, table="t"):
    """The rows without their order."""
    return sorted(rows(connection, table), key=repr)


def tables(connection):
    """Names of the tables and views a session sees in `main`."""
    found = connection.run(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1"
    )
    return [name for (name,) in found]


def contents(connection):
    """Everything a session sees: each table with its columns and rows, in order."""
    seen = {}
    for name in tables(connection):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{name}"')
            seen[name] = [column.name for column in cursor.description], cursor.fetchall()
    return seen


@contextlib.contextmanager
def failing(*codes, says=()):
    """The block must end with an error of one of these SQLSTATEs, with a message and a hint."""
    with pytest.raises(psycopg2.Error) as caught:
        yield caught
    error = caught.value
    assert error.pgcode in codes, f"{error.pgcode}, not {codes}: {error}"
    assert error.diag.message_primary, "an error says what happened"
    assert error.diag.message_hint, f"an error names the next step: {error}"
    for word in says:
        assert word in str(error), error
