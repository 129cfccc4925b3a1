"""Plays a history on a server and on the model, compares everything after every step, and makes a
failing history short.

`play` takes the steps from the dice (a new history) or from a list (a replay). The first difference
raises `Mismatch`, which carries the steps so far; `shrink` drops steps while a history still fails.
"""

import json
import time
from collections import Counter

import psycopg2
from model import Model
from steps import Begin, Dice, Discard, End, InsertTaken, Merge, Restart, Write


class Mismatch(AssertionError):
    """The server and the model disagree; `steps` led there."""

    def __init__(self, what, steps):
        self.what, self.steps = what, steps
        super().__init__(what)

    def report(self):
        log = "\n".join(f"{n:4} {step}" for n, step in enumerate(self.steps, 1))
        return f"{self.what}\n\nThe history:\n{log}"


class Sessions:
    """The connections of a history: one per place and way to reach it, opened when needed."""

    def __init__(self, server):
        self.server = server
        self.open = {}

    def get(self, space=None, via="dbname", tx=None):
        key = (space, via if space and not tx else None, tx)
        if key not in self.open:
            if space and via == "set" and not tx:
                connection = self.server.connect()
                connection.cursor().execute(f"SET hatidata_branch = '{space}'")
            else:
                connection = self.server.connect(f"hatidata/{space}" if space else "hatidata")
            self.open[key] = connection
        return self.open[key]

    def close(self, wanted=lambda key: True):
        for key in [key for key in self.open if wanted(key)]:
            connection = self.open.pop(key)
            try:
                connection.close()
            except psycopg2.Error:
                pass  # the server it belonged to is gone


def execute(connection, sql):
    """Columns, rows and reported row count of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        if cursor.description is None:
            return None, None, cursor.rowcount
        return [c.name for c in cursor.description], cursor.fetchall(), cursor.rowcount


def quoted(sql):
    return sql.replace("'", "''")


class Player:
    def __init__(self, server):
        self.server = server
        self.model = Model()
        self.sessions = Sessions(server)
        self.done = []
        self.rules = Counter()  # rows of the merge table that merges went through

    def fail(self, what):
        raise Mismatch(what, list(self.done))

    # -- one step

    def step(self, step):
        """Plays a step on both sides and compares all that can be seen."""
        self.done.append(step)
        try:
            if isinstance(step, Merge):
                self.merge(step)
            elif isinstance(step, InsertTaken):
                self.failing(step)
            elif isinstance(step, Write):
                self.write(step)
            elif isinstance(step, Begin):
                connection = self.sessions.get(step.space, tx=step.tx)
                execute(connection, "BEGIN")
                step.apply(self.model)
            elif isinstance(step, End):
                own = self.model.transactions[step.tx]
                execute(self.sessions.get(own.space, tx=own.name), step.sql())
                step.apply(self.model)
                self.sessions.close(lambda key: key[2] == step.tx)
            elif isinstance(step, Restart):
                self.restart(step)
            else:  # Fork and Discard
                if isinstance(step, Discard):
                    self.sessions.close(lambda key: key[0] == step.name)
                execute(self.sessions.get(), step.sql())
                step.apply(self.model)
            self.compare()
        except psycopg2.Error as error:
            self.fail(f"{step} gave an unexpected error {error.pgcode}: {error}")
        except RuntimeError as error:  # the server does not start again
            self.fail(f"{step}: {error}")

    def write(self, step):
        sql, count = step.sql(), None
        if step.space and not step.tx and step.via == "query":
            call = f"SELECT * FROM branch_query('{step.space}', '{quoted(sql)}')"
            columns, rows, _ = execute(self.sessions.get(), call)
            if columns == ["rows_affected"]:
                count = rows[0][0]
        else:
            _, _, count = execute(self.sessions.get(step.space, step.via, step.tx), sql)
        expected = step.apply(self.model)
        if expected is not None and count != expected:
            self.fail(f"{step} reported {count} rows, {expected} expected")

    def failing(self, step):
        """A statement that must fail with a certain code, and change nothing."""
        connection = self.sessions.get(step.space, step.via, step.tx)
        try:
            execute(connection, step.sql())
        except psycopg2.Error as error:
            if error.pgcode != step.fails_with:
                self.fail(f"{step} gave {error.pgcode} instead of {step.fails_with}: {error}")
        else:
            self.fail(f"{step} succeeded, {step.fails_with} expected")
        if step.tx:
            execute(connection, "ROLLBACK")
            self.sessions.close(lambda key: key[2] == step.tx)
        step.apply(self.model)

    def restart(self, step):
        self.sessions.close()
        if step.kill:
            self.server.kill()
            self.server.start()
        else:
            self.server.restart()
        step.apply(self.model)

    def merge(self, step):
        """A merge with its report: the status it must have follows from the model's conflicts."""
        _, conflicts, rules = step.plan(self.model)
        stops = bool(conflicts) and step.strategy in ("abort", "manual")
        try:
            status, reported = self.merge_call(step)
        except psycopg2.Error as error:
            if step.strategy != "abort" or error.pgcode != "40001":
                raise
            status, reported = "aborted", len(conflicts)
        expected = "merged"
        if step.dry_run:
            expected = status if status in ("dry_run", "aborted") else "dry_run"
        elif stops:
            expected = "aborted" if step.strategy == "abort" else "conflicts"
        if status != expected or reported != len(conflicts):
            self.fail(
                f"{step} answered status {status} with {reported} conflicts; "
                f"{expected} with {len(conflicts)} expected: {conflicts}"
            )
        if not step.dry_run and status == "conflicts":
            self.compare()  # "conflicts stored", and nothing changed yet
            self.resolve(step, conflicts)
            status, _ = self.merge_call(step)
            if status != "merged":
                self.fail(f"{step} with every conflict resolved answered {status}")
        if not step.dry_run and status == "merged":
            self.rules.update(rules)
            self.sessions.close(lambda key: key[0] == step.name)
        step.apply(self.model)

    def merge_call(self, step):
        columns, rows, _ = execute(self.sessions.get(), step.sql())
        answer = dict(zip(columns, rows[0], strict=True))
        return answer["status"], answer["conflicts"]

    def resolve(self, step, conflicts):
        main = self.sessions.get()
        sql = f"SELECT table_name, key FROM branch_conflicts('{step.name}')"
        _, listed, _ = execute(main, sql)
        expected = sorted(conflict.table for conflict in conflicts)
        if sorted(table for table, _ in listed) != expected:
            self.fail(f"{step}: branch_conflicts lists {listed}, expected {conflicts}")
        for table, key in listed:
            if key is not None and not isinstance(key, str):
                key = json.dumps(key)
            with main.cursor() as cursor:
                cursor.execute(
                    "SELECT branch_resolve(%s, %s, %s, %s)",
                    (step.name, table, key, step.side(table)),
                )

    # -- comparing

    def compare(self):
        """Every table of main, of each branch, and of each open transaction."""
        for space in [None, *self.model.branches]:
            self.compare_space(space)
        for tx in self.model.transactions.values():
            committed = self.model.space(tx.space).tables
            for name, table in self.model.view(tx.space, tx.name).items():
                if name not in committed or not self.model.stale(tx.name, name):
                    connection = self.sessions.get(tx.space, tx=tx.name)
                    self.compare_table(connection, table, tx.name, ordered=False)
        _, rows, _ = execute(self.sessions.get(), "SELECT name FROM branch_list()")
        listed = sorted(name for (name,) in rows)
        if listed != sorted(self.model.branches):
            self.fail(f"branch_list shows {listed}, expected {sorted(self.model.branches)}")

    def compare_space(self, space):
        where = space or "main"
        connection = self.sessions.get(space)
        tables = self.model.view(space)
        _, rows, _ = execute(
            connection, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'"
        )
        listed = sorted(name for (name,) in rows)
        if listed != sorted(tables):
            self.fail(f"{where} lists the tables {listed}, expected {sorted(tables)}")
        for table in tables.values():
            self.compare_table(connection, table, where, table.ordered)

    def compare_table(self, connection, table, where, ordered):
        columns, rows, _ = execute(connection, f"SELECT * FROM {table.name}")
        if columns != table.names():
            self.fail(f"{table.name} in {where} has columns {columns}, expected {table.names()}")
        if Counter(rows) != table.bag():
            self.fail(
                f"{table.name} in {where} differs:\n  only on the server: "
                f"{list((Counter(rows) - table.bag()).elements())}\n  only in the model: "
                f"{list((table.bag() - Counter(rows)).elements())}"
            )
        if ordered and rows != table.values():
            self.fail(f"{table.name} in {where} has its rows in another order:\n"
                      f"  server: {rows}\n  model:  {table.values()}")  # fmt: skip

    def close(self):
        self.sessions.close()


def play_new(server, seed, count):
    """A new history of `count` steps; gives the player, with what it did."""
    player, dice = Player(server), Dice(seed)
    try:
        for step in dice.first_steps():
            player.step(step)
        for _ in range(count):
            player.step(dice.next(player.model))
    finally:
        player.close()
    return player


def replay(server, steps):
    """The steps again, without those that what was left out has made impossible."""
    player = Player(server)
    try:
        for step in steps:
            if step.allowed(player.model):
                player.step(step)
    finally:
        player.close()
    return player


def shrink(start_server, mismatch, seconds):
    """A shorter history that still fails: halves, quarters ... single steps are left out in turn.

    `start_server()` is a context manager giving an empty server, one per try.
    """
    best = mismatch
    deadline = time.monotonic() + seconds
    size = max(1, len(best.steps) // 2)
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(best.steps) - 1 and time.monotonic() < deadline:
            fewer = best.steps[:at] + best.steps[at + size :]
            with start_server() as server:
                try:
                    replay(server, fewer)
                    at += size
                except Mismatch as again:
                    best = again
        size //= 2
    return best
