"""The steps a random history is made of, and the dice that choose them.

A step is a concrete statement (or a fork, merge, restart ...) that knows three things: whether the
model's present state allows it (`allowed`), what it does to the model (`apply`) and how it reads in
a log (`str`). Because `allowed` is asked again when a history is replayed, any step can be left out
of a failing history and the rest still makes sense: that is all the shrinker needs.

`allowed` also keeps histories away from what BRANCHES.md leaves open or DuckDB refuses: two open
transactions on one row, DDL on a table that an open transaction wrote, a dropped name that is used
again while a branch still remembers it.
"""

import random
from dataclasses import dataclass

from model import Column, Table, ways_of

NAMES = ["t1", "t2", "t3", "t4", "t5"]
TEXTS = ["a", "b", "c", None]
MAX_BRANCHES = 3
MAX_TRANSACTIONS = 3


def literal(value):
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


def others_touched(model, space, tx, table):
    """Rows of the table that other open transactions wrote."""
    touched = set()
    for other in model.open_in(space):
        if other.name != tx:
            touched |= other.touched.get(table, set())
    return touched


def schema_is_held(model, space, tx, table):
    return any(table in o.schema_changed for o in model.open_in(space) if o.name != tx)


class Step:
    restart = False

    def allowed(self, model):
        return True

    def apply(self, model):
        """Changes the model; returns the number of rows a statement reports, if any."""


@dataclass
class Where:
    """One comparison, or all rows. It means the same in SQL and in Python, NULL included."""

    column: str | None = None
    op: str = "="
    value: object = None

    def __str__(self):
        if self.column is None:
            return ""
        if self.value is None:
            return f" WHERE {self.column} IS NULL"
        return f" WHERE {self.column} {self.op} {literal(self.value)}"

    def matches(self, table, row):
        if self.column is None:
            return True
        value = row[table.names().index(self.column)]
        if self.value is None or value is None:
            return value is self.value
        return value == self.value if self.op == "=" else value > self.value


@dataclass
class Write(Step):
    """A statement on one table, in main (`space` None) or a branch, in a transaction or not.

    `via` is how it reaches a branch: a connection on it, `SET hatidata_branch`, `branch_query`.
    """

    space: str | None
    tx: str | None
    via: str
    table: str

    def sql(self):
        raise NotImplementedError

    def ops(self, table):
        """What the statement does to rows, for `apply_op`; the other statements override `apply`."""
        return []

    def fits(self, model, table):
        return True

    def writes_rows(self, model):
        """The table if this statement may write rows of it now."""
        if self.space is not None and self.space not in model.branches:
            return None
        if self.tx is not None and self.tx not in model.transactions:
            return None
        table = model.view(self.space, self.tx).get(self.table)
        if table is None or schema_is_held(model, self.space, self.tx, self.table):
            return None
        if model.held_copy(self.space, self.tx, self.table):
            return None
        if self.tx is not None:
            created_here = self.table not in model.space(self.space).tables
            if not created_here and model.stale(self.tx, self.table):
                return None
            if not model.can_reach_copy(self.tx, self.table):
                return None
        return table

    def allowed(self, model):
        table = self.writes_rows(model)
        if table is None or not self.fits(model, table):
            return False
        ways = set().union(*(ways_of(op, table) for op in self.ops(table)))
        return not model.excluded(self.space, self.tx, self.table, ways)

    def apply(self, model):
        ops = self.ops(model.view(self.space, self.tx)[self.table])
        model.write(self.space, self.tx, ops)
        return len(ops[0][2])

    def __str__(self):
        where = self.tx or self.space or "main"
        if self.tx and self.space:
            where += f" on {self.space}"
        via = f" via {self.via}" if self.space and not self.tx else ""
        return f"[{where}{via}] {self.sql()}"


@dataclass
class Insert(Write):
    rows: list

    def sql(self):
        rows = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in self.rows)
        return f"INSERT INTO {self.table} VALUES {rows}"

    def fits(self, model, table):
        if any(len(row) != len(table.columns) for row in self.rows):
            return False
        if table.key is None:
            return True
        keys = [row[0] for row in self.rows]
        return len(set(keys)) == len(keys) and not set(keys) & self.taken(model, table)

    def taken(self, model, table):
        """Keys in use, and keys of rows that an open transaction inserts or deletes."""
        taken = {row[0] for row in table.values()}
        for tx in model.open_in(self.space):
            for op in tx.ops:
                if op[1] == self.table and op[0] in ("insert", "update"):
                    taken |= {values[0] for _, values in op[2]}
        committed = model.space(self.space).tables.get(self.table)
        return taken | ({row[0] for row in committed.values()} if committed else set())

    def ops(self, table):
        scratch = Table(table.name, table.columns)
        for row in self.rows:
            scratch.insert(row)
        return [("insert", self.table, list(scratch.rows.items()))]


@dataclass
class InsertTaken(Write):
    """An INSERT whose last row has a key in use: it fails as a whole, in a branch as in main."""

    row: tuple
    taken: tuple
    fails_with = "23505"

    def sql(self):
        return f"INSERT INTO {self.table} VALUES " + ", ".join(
            "(" + ", ".join(map(literal, row)) + ")" for row in (self.row, self.taken)
        )

    def fits(self, model, table):
        if table.key is None or len(self.row) != len(table.columns):
            return False
        held = others_touched(model, self.space, self.tx, self.table)
        present = {row[0] for uid, row in table.rows.items() if uid not in held}
        free = Insert(self.space, self.tx, self.via, self.table, [self.row])
        return self.taken[0] in present and free.fits(model, table)

    def apply(self, model):
        """The statement changes nothing; the transaction it was in is over."""
        model.copy(self.space, self.tx, self.table)
        if self.tx is not None:
            model.rollback(self.tx)


@dataclass
class Update(Write):
    column: str
    op: str  # "=" sets, "+" adds
    value: object
    where: Where

    def sql(self):
        value = literal(self.value) if self.op == "=" else f"{self.column} + {self.value}"
        return f"UPDATE {self.table} SET {self.column} = {value}{self.where}"

    def targets(self, table):
        place = table.names().index(self.column)
        for uid, row in table.rows.items():
            if self.where.matches(table, row):
                old = row[place]
                new = self.value if self.op == "=" else None if old is None else old + self.value
                yield uid, (*row[:place], new, *row[place + 1 :])

    def fits(self, model, table):
        columns = table.names()
        if self.column not in columns or (self.where.column or self.column) not in columns:
            return False
        targets = dict(self.targets(table))
        if targets.keys() & others_touched(model, self.space, self.tx, self.table):
            return False
        if table.key and self.column == columns[0]:
            # DuckDB moves such a row; only alone, and never onto a key that is or was in use.
            new = {row[0] for row in targets.values()}
            return (
                self.tx is None
                and not model.open_in(self.space)
                and len(new) == len(targets)
                and not new & {row[0] for row in table.values()}
            )
        return True

    def ops(self, table):
        return [("update", self.table, list(self.targets(table)))]


@dataclass
class Delete(Write):
    where: Where
    truncate: bool = False

    def sql(self):
        return f"TRUNCATE {self.table}" if self.truncate else f"DELETE FROM {self.table}{self.where}"

    def targets(self, table):
        return [uid for uid, row in table.rows.items() if self.where.matches(table, row)]

    def fits(self, model, table):
        if self.where.column is not None and self.where.column not in table.names():
            return False
        held = others_touched(model, self.space, self.tx, self.table)
        return not set(self.targets(table)) & held

    def ops(self, table):
        return [("delete", self.table, self.targets(table))]

    def apply(self, model):
        count = super().apply(model)
        return None if self.truncate else count


@dataclass
class Create(Write):
    columns: list
    key: str | None

    def sql(self):
        parts = [f"{c.name} {c.type}" for c in self.columns]
        if self.key:
            parts[0] += " PRIMARY KEY" if self.key == "primary" else " NOT NULL UNIQUE"
        return f"CREATE TABLE {self.table} ({', '.join(parts)})"

    def allowed(self, model):
        if self.space is not None and self.space not in model.branches:
            return False
        if self.tx is not None and self.tx not in model.transactions:
            return False
        space = model.space(self.space)
        if self.table in space.tables or self.table in space.base:
            return False
        if any(self.table in o.schema_changed for o in model.open_in(self.space)):
            return False
        if self.tx is not None and self.table in model.transactions[self.tx].started:
            return False
        # Dropped and made again while a branch remembers the first one: not in this test.
        return self.space is not None or not any(
            self.table in branch.base for branch in model.branches.values()
        )

    def apply(self, model):
        table = Table(self.table, list(self.columns), self.key)
        model.write(self.space, self.tx, [("create", self.table, table)])


@dataclass
class Drop(Write):
    def sql(self):
        return f"DROP TABLE {self.table}"

    def fits(self, model, table):
        return not any(self.table in o.touched for o in model.open_in(self.space))

    def apply(self, model):
        model.write(self.space, self.tx, [("drop", self.table)])


@dataclass
class AddColumn(Write):
    column: Column

    def sql(self):
        default = "" if self.column.default is None else f" DEFAULT {literal(self.column.default)}"
        return f"ALTER TABLE {self.table} ADD COLUMN {self.column.name} {self.column.type}{default}"

    def fits(self, model, table):
        busy = any(self.table in o.touched for o in model.open_in(self.space))
        return self.tx is None and not busy and self.column.name not in table.names()

    def apply(self, model):
        model.write(self.space, None, [("add_column", self.table, self.column)])


@dataclass
class Begin(Step):
    tx: str
    space: str | None

    def allowed(self, model):
        return self.tx not in model.transactions and (
            self.space is None or self.space in model.branches
        )

    def apply(self, model):
        model.begin(self.tx, self.space)

    def __str__(self):
        return f"[{self.tx} on {self.space or 'main'}] BEGIN"


@dataclass
class End(Step):
    tx: str
    commit: bool

    def allowed(self, model):
        return self.tx in model.transactions

    def apply(self, model):
        (model.commit if self.commit else model.rollback)(self.tx)

    def sql(self):
        return "COMMIT" if self.commit else "ROLLBACK"

    def __str__(self):
        return f"[{self.tx}] {self.sql()}"


@dataclass
class Fork(Step):
    name: str

    def allowed(self, model):
        return self.name not in model.branches and len(model.branches) < MAX_BRANCHES

    def apply(self, model):
        model.fork(self.name)

    def sql(self):
        return f"SELECT branch_create('{self.name}')"

    def __str__(self):
        return f"[main] {self.sql()}"


@dataclass
class Discard(Step):
    name: str

    def allowed(self, model):
        return self.name in model.branches and not model.open_in(self.name)

    def apply(self, model):
        model.discard(self.name)

    def sql(self):
        return f"SELECT branch_discard('{self.name}')"

    def __str__(self):
        return f"[main] {self.sql()}"


@dataclass
class Merge(Step):
    """A merge; for `manual`, `sides` says per table whose side is taken for its conflicts."""

    name: str
    strategy: str
    dry_run: bool = False
    sides: dict = None

    def side(self, table):
        if self.strategy == "manual":
            return self.sides.get(table, "branch")
        return "main" if self.strategy == "main_wins" else "branch"

    def allowed(self, model):
        if self.name not in model.branches or model.open_in(self.name):
            return False
        written = model.branches[self.name].written
        if any(written & set(tx.touched) for tx in model.open_in(None)):
            return False
        # As in Create: no name that main dropped comes back while another branch remembers it.
        merged, _, _ = self.plan(model)
        back = {n for n, table in merged.items() if table is not None} - set(model.main.tables)
        others = [branch for name, branch in model.branches.items() if name != self.name]
        return not any(back & set(branch.base) for branch in others)

    def plan(self, model):
        return model.plan(self.name, self.side)

    def apply(self, model):
        _, conflicts, _ = self.plan(model)
        if not self.dry_run and not (self.strategy == "abort" and conflicts):
            model.merge(self.name, self.side)

    def sql(self):
        dry = ", dry_run => true" if self.dry_run else ""
        return f"SELECT * FROM branch_merge('{self.name}', '{self.strategy}'{dry})"

    def __str__(self):
        sides = f" -- resolved {self.sides}" if self.strategy == "manual" else ""
        return f"[main] {self.sql()}{sides}"


@dataclass
class Restart(Step):
    kill: bool

    def apply(self, model):
        model.crash()

    def __str__(self):
        return "kill -9 and start again" if self.kill else "stop and start again"


# -- dice ---------------------------------------------------------------------------------------


class Dice:
    """Chooses the next step of a history; the same seed chooses the same steps."""

    WEIGHTS = {
        "insert": 18, "update": 18, "delete": 7, "truncate": 1, "taken": 2,
        "create": 4, "drop": 2, "add_column": 3,
        "begin": 6, "end": 8, "fork": 7, "merge": 8, "discard": 2, "restart": 1,
    }  # fmt: skip

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def first_steps(self):
        """Two tables with rows: without them the first steps would only be creations."""
        for name, key in (("t1", "primary"), ("t2", None)):
            yield self.new_table(None, None, name, key)
            rows = [[k, self.random.choice(TEXTS), k * 10] for k in (1, 2, 3, 4)]
            yield Insert(None, None, "dbname", name, [tuple(row) for row in rows])

    def next(self, model):
        while True:
            kind = self.random.choices(list(self.WEIGHTS), list(self.WEIGHTS.values()))[0]
            step = getattr(self, kind)(model)
            if step is not None and step.allowed(model):
                return step

    def fresh(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"

    def place(self, model):
        """A space to write in, perhaps inside one of its open transactions."""
        if model.transactions and self.random.random() < 0.5:
            tx = self.random.choice(sorted(model.transactions))
            return model.transactions[tx].space, tx, "dbname"
        space, tx = self.random.choice([None, *model.branches, *model.branches]), None
        via = self.random.choice(["dbname", "dbname", "set", "query"])
        return space, tx, via

    def target(self, model):
        """A place and one of the tables it sees."""
        place = self.place(model)
        tables = model.view(place[0], place[1])
        return (place, tables[self.random.choice(sorted(tables))]) if tables else (place, None)

    def value(self, column, table=None):
        if column.type == "VARCHAR":
            return self.random.choice(TEXTS)
        value = self.random.randint(1, 12)
        return float(value) if column.type == "DOUBLE" else value

    def row(self, table):
        values = [self.value(column) for column in table.columns]
        if table.key or self.random.random() < 0.5:
            values[0] = self.random.randint(1, 25)
        elif self.random.random() < 0.1:
            values[0] = None
        elif table.rows and self.random.random() < 0.5:
            return self.random.choice(table.values())  # an equal row, to make it truly keyless
        return tuple(values)

    def where(self, table):
        roll = self.random.random()
        if roll < 0.15:
            return Where()
        column = self.random.choice(table.columns)
        if table.rows and roll < 0.85:
            row = self.random.choice(table.values())
            return Where(column.name, "=", row[table.names().index(column.name)])
        value = self.value(column)
        return Where(column.name, "=" if column.type == "VARCHAR" else ">", value)

    def insert(self, model):
        place, table = self.target(model)
        if table is None:
            return None
        rows = [self.row(table) for _ in range(self.random.randint(1, 3))]
        return Insert(*place, table.name, rows)

    def taken(self, model):
        place, table = self.target(model)
        if table is None or not table.key or not table.rows:
            return None
        return InsertTaken(*place, table.name, self.row(table), self.random.choice(table.values()))

    def update(self, model):
        place, table = self.target(model)
        if table is None:
            return None
        column = self.random.choice(table.columns)
        where = self.where(table)
        if column.type == "VARCHAR":
            return Update(*place, table.name, column.name, "=", self.value(column), where)
        if table.key and column is table.columns[0]:
            return Update(*place, table.name, column.name, "+", 100, where)
        op = self.random.choice("=+")
        return Update(*place, table.name, column.name, op, self.value(column), where)

    def delete(self, model):
        place, table = self.target(model)
        return table and Delete(*place, table.name, self.where(table))

    def truncate(self, model):
        place, table = self.target(model)
        return table and Delete(*place, table.name, Where(), truncate=True)

    def new_table(self, space, tx, name, key, via="dbname"):
        columns = [Column("k", "INTEGER"), Column("v", "VARCHAR"), Column("n", "INTEGER")]
        return Create(space, tx, via, name, columns, key)

    def create(self, model):
        space, tx, via = self.place(model)
        key = self.random.choice(["primary", "unique", None, None])
        return self.new_table(space, tx, self.random.choice(NAMES), key, via)

    def drop(self, model):
        place, table = self.target(model)
        return table and Drop(*place, table.name)

    def add_column(self, model):
        place, table = self.target(model)
        if table is None or len(table.columns) > 4:
            return None
        column = self.random.choice(
            [Column("c1", "INTEGER", 7), Column("c1", "VARCHAR"), Column("c2", "DOUBLE", 0.5)]
        )
        return AddColumn(place[0], None, place[2], table.name, column)

    def begin(self, model):
        if len(model.transactions) >= MAX_TRANSACTIONS:
            return None
        return Begin(self.fresh("tx"), self.random.choice([None, *model.branches]))

    def end(self, model):
        if not model.transactions:
            return None
        return End(self.random.choice(sorted(model.transactions)), self.random.random() < 0.7)

    def fork(self, model):
        return Fork(self.fresh("branch-"))

    def discard(self, model):
        return Discard(self.random.choice(sorted(model.branches))) if model.branches else None

    def merge(self, model):
        if not model.branches:
            return None
        name = self.random.choice(sorted(model.branches))
        strategy = self.random.choice(["branch_wins", "main_wins", "abort", "manual"])
        sides = {table: self.random.choice(["branch", "main"]) for table in NAMES}
        return Merge(name, strategy, self.random.random() < 0.2, sides)

    def restart(self, model):
        return Restart(self.random.random() < 0.5)
