"""A database with branches, kept in plain Python: what BRANCHES.md promises, and nothing else.

The random test (`test_model.py`) runs every statement on the server and here, and compares all
tables afterwards. A random test finds only what its model knows, so each part below quotes the rule
it implements. There is no SQL, no copy-on-write and no clock in this file: a fork is a copy of
everything, which is exactly what a copy-on-write branch must look like from outside.
"""

import copy
import itertools
from collections import Counter
from dataclasses import dataclass, field

_uids = itertools.count(1)


@dataclass(frozen=True)
class Column:
    """A column; `default` is the Python value that rows get when the column is added later."""

    name: str
    type: str  # INTEGER, VARCHAR or DOUBLE
    default: object = None


@dataclass
class Table:
    """Rows in their order, each under a number that stays with the row while it lives.

    `ordered` says whether `SELECT * FROM t` has a promised order: it is lost when the key of a row
    is updated (DuckDB moves the row) and when a merge puts rows of two sides together.
    `version` changes with every committed write, whatever it wrote.
    """

    name: str
    columns: list
    key: str | None = None  # None, "primary" (first column) or "unique" (first column NOT NULL UNIQUE)
    rows: dict = field(default_factory=dict)
    ordered: bool = True
    version: int = 0

    def names(self):
        return [column.name for column in self.columns]

    def schema(self):
        return (tuple(self.columns), self.key)

    def values(self):
        return list(self.rows.values())

    def bag(self):
        """The content as a multiset, order forgotten."""
        return Counter(self.rows.values())

    def insert(self, values):
        uid = next(_uids)
        self.rows[uid] = tuple(values)
        return uid


def same(one, other):
    """Equal schema and equal content; None stands for "there is no such table"."""
    if one is None or other is None:
        return one is other
    return one.schema() == other.schema() and one.bag() == other.bag()


# -- transactions -------------------------------------------------------------------------------


@dataclass
class Transaction:
    """An open transaction: its own operations, in order, over the committed state of its space.

    "In a branch session BEGIN/COMMIT/ROLLBACK cover the branch's writes": so main and a branch are
    the same kind of space here. The generator never lets two transactions write the same row, so
    replaying the operations over whatever is committed meanwhile is what the database does too.
    """

    name: str
    space: str
    started: dict  # table name -> version at BEGIN
    ops: list = field(default_factory=list)
    copied: frozenset = frozenset()  # tables that the branch had written before BEGIN
    touched: dict = field(default_factory=dict)  # table name -> uids written
    schema_changed: set = field(default_factory=set)  # tables created, altered or dropped in it
    ways: dict = field(default_factory=dict)  # table name -> ways of changing rows, see `ways_of`


def ways_of(op, table):
    """How DuckDB changes rows: in place, or by removing them (and inserting them anew).

    Two transactions that change rows of one table in different ways exclude each other
    (docs/decisions/0006): DuckDB would not notice that they change the same row.
    """
    if op[0] == "delete":
        return {"removing"}
    if op[0] != "update":
        return set()
    moved = table.key and any(table.rows[uid][0] != values[0] for uid, values in op[2])
    return {"removing"} if moved else {"in place"}


def apply_op(tables, op):
    """One operation on a dict of tables."""
    kind, name, *rest = op
    if kind == "create":
        tables[name] = copy.deepcopy(rest[0])
        return
    if kind == "drop":
        del tables[name]
        return
    table = tables[name]
    if kind == "insert":
        for uid, values in rest[0]:
            table.rows[uid] = values
    elif kind == "update":
        for uid, values in rest[0]:
            if table.key and table.rows[uid][0] != values[0]:
                table.ordered = False
            table.rows[uid] = values
    elif kind == "delete":
        for uid in rest[0]:
            del table.rows[uid]
    elif kind == "add_column":
        table.columns = [*table.columns, rest[0]]
        table.rows = {uid: (*values, rest[0].default) for uid, values in table.rows.items()}


# -- spaces: main and the branches --------------------------------------------------------------


@dataclass
class Space:
    """What one kind of session sees: main, or a branch.

    "A branch sees exactly what was committed at its creation, plus its own writes, whatever main
    does later." `base` is that state; for main it stays empty. `written` names the tables that the
    branch wrote, with or without effect.
    """

    tables: dict = field(default_factory=dict)
    base: dict = field(default_factory=dict)
    written: set = field(default_factory=set)
    first_writer: dict = field(default_factory=dict)  # table name -> transaction, None if alone
    copied_inside: set = field(default_factory=set)  # tables copied inside a transaction that wrote


@dataclass
class Conflict:
    """`table` alone for a table-level conflict; `row` is the identity value otherwise."""

    table: str
    row: object = None


class Model:
    """Main, its live branches and the open transactions."""

    def __init__(self):
        self.main = Space()
        self.branches = {}
        self.transactions = {}
        self._version = itertools.count(1)

    def space(self, name):
        return self.main if name is None else self.branches[name]

    def open_in(self, space):
        return [tx for tx in self.transactions.values() if tx.space == space]

    def view(self, space, tx=None):
        """The tables a session sees: the committed ones, and its transaction's own operations."""
        committed = self.space(space).tables
        if tx is None:
            return committed
        own = self.transactions[tx]
        names = {op[1] for op in own.ops}
        tables = {n: copy.deepcopy(t) if n in names else t for n, t in committed.items()}
        for op in own.ops:
            apply_op(tables, op)
        return tables

    def stale(self, tx, name):
        """Whether somebody else committed to the table since the transaction began.

        What such a transaction sees of that table is DuckDB's business, so nobody looks.
        """
        own = self.transactions[tx]
        table = self.space(own.space).tables.get(name)
        return (table.version if table else None) != own.started.get(name)

    # -- writing

    def write(self, space, tx, ops):
        """Operations of one statement: into the transaction, or committed at once."""
        for op in ops:
            self.copy(space, tx, op[1])
        if tx is None:
            self._commit(self.space(space), ops)
            return
        own = self.transactions[tx]
        seen = self.view(space, tx)
        for op in ops:
            if op[0] != "create":
                own.ways.setdefault(op[1], set()).update(ways_of(op, seen[op[1]]))
            own.ops.append(op)
            uids = own.touched.setdefault(op[1], set())
            if op[0] in ("insert", "update"):
                uids.update(uid for uid, _ in op[2])
            elif op[0] == "delete":
                uids.update(op[2])
            else:
                own.schema_changed.add(op[1])

    def copy(self, space, tx, name):
        """A statement on a table of a branch makes the branch's copy, whether it succeeds or not:
        "making a copy is not undone by ROLLBACK (it is invisible)".

        But a DuckDB transaction does not see tables younger than itself, so one that has written
        already can only make the copy as part of itself: nobody else reaches it before the end.
        """
        where = self.space(space)
        if name not in where.first_writer:
            where.first_writer[name] = tx
            if tx and self.transactions[tx].ops:
                where.copied_inside.add(name)

    def held_copy(self, space, tx, name):
        """Whether another open transaction has the branch's copy of the table inside itself."""
        where = self.space(space)
        first = where.first_writer.get(name)
        held = name in where.copied_inside and first in self.transactions
        return space is not None and held and first != tx

    def excluded(self, space, tx, name, ways):
        """Whether an open transaction changes rows of the table in another way."""
        others = [o.ways.get(name, set()) for o in self.open_in(space) if o.name != tx]
        return any(other - way for way in ({w} for w in ways) for other in others)

    def can_reach_copy(self, tx, name):
        """Whether the transaction may write the table: not if another session copied it since
        BEGIN, for the same reason (40001)."""
        own = self.transactions[tx]
        first = self.space(own.space).first_writer
        return own.space is None or name not in first or name in own.copied or first[name] == tx

    def _commit(self, space, ops):
        for op in ops:
            apply_op(space.tables, op)
            space.written.add(op[1])
            if op[1] in space.tables:
                space.tables[op[1]].version = next(self._version)

    def begin(self, name, space):
        versions = {n: t.version for n, t in self.space(space).tables.items()}
        copied = frozenset(self.space(space).first_writer)
        self.transactions[name] = Transaction(name, space, versions, copied=copied)

    def commit(self, name):
        own = self.transactions.pop(name)
        self._commit(self.space(own.space), own.ops)

    def rollback(self, name):
        own = self.transactions.pop(name)
        space = self.space(own.space)
        for table in [t for t in space.copied_inside if space.first_writer[t] == name]:
            del space.first_writer[table]  # this copy went with its transaction
            space.copied_inside.remove(table)

    def crash(self):
        """A restart, polite or not: open transactions are gone, everything else stays.

        "Branches, their data and their snapshots survive restart and kill -9 at any point."
        """
        for name in list(self.transactions):
            self.rollback(name)

    # -- branches

    def fork(self, name):
        """"A branch sees exactly what was committed at its creation": open transactions of main
        are not part of it, whether they commit or roll back later."""
        base = copy.deepcopy(self.main.tables)
        self.branches[name] = Space(tables=copy.deepcopy(base), base=base)

    def discard(self, name):
        del self.branches[name]

    def merge(self, name, side):
        """Ends the branch and brings its changes to main; `side(table)` decides conflicts.

        "Merge is all or nothing, and loses no side's change without saying so in its result."
        """
        merged, _, _ = self.plan(name, side)
        for table_name, table in merged.items():
            if table is None:
                self.main.tables.pop(table_name, None)
            else:
                self.main.tables[table_name] = table
                table.version = next(self._version)
        self.discard(name)

    def plan(self, name, side):
        """The tables of main that a merge would change, the conflicts it would meet, and the rule
        used for each table.

        "For each table that the branch wrote": all others stay main's.
        """
        branch = self.branches[name]
        merged, conflicts, rules = {}, [], []
        for table_name in sorted(branch.written):
            base = branch.base.get(table_name)
            main = self.main.tables.get(table_name)
            mine = branch.tables.get(table_name)
            result, found, rule = merge_table(table_name, base, main, mine, side(table_name))
            conflicts += found
            rules.append(rule)
            if result is not main:
                merged[table_name] = result
        return merged, conflicts, rules


# -- merging one table --------------------------------------------------------------------------


def merge_table(name, base, main, branch, side):
    """The merge table of BRANCHES.md. Gives main's next table, the conflicts, and the row used.

    `side` ("branch" or "main") decides what conflicts; all else merges from both sides.
    """
    winner = copy.deepcopy(branch) if side == "branch" else main

    def whole(rule):
        return winner, [Conflict(name)], rule

    # "changed | unchanged after all | main stays", "dropped | unchanged | stays dropped"
    if same(branch, base):
        return main, [], "branch unchanged, main " + ("dropped" if main is None else "stays")
    # "unchanged | any rows | main takes the branch's rows in the branch's row order",
    # "any | created | created", "unchanged | dropped | dropped"
    if same(main, base):
        result = copy.deepcopy(branch)
        if result is None:
            return result, [], "dropped in the branch"
        result.ordered &= base is None or main.version == base.version
        return result, [], "created in the branch" if base is None else "main unchanged"
    # "schema changed on both | same change: fine"; created or dropped alike on both sides.
    if same(main, branch):
        return main, [], "equal change on both"
    # "created; if main has that name with other content: conflict"
    if base is None:
        return whole("created on both")
    # "dropped | changed | conflict", "changed | dropped | conflict"
    if main is None:
        return whole("dropped in main, changed in the branch")
    if branch is None:
        return whole("changed in main, dropped in the branch")
    # "schema changed on both | else conflict"
    schemas = [table.schema() for table in (base, main, branch)]
    if schemas[0] not in schemas[1:] and schemas[1] != schemas[2]:
        return whole("schema changed on both")

    # "schema changed on one side | rows changed on the other | schema of the changed side, rows
    # carried over (new columns take their default)"
    template = branch if schemas[1] == schemas[0] else main
    rule = "rows and schema" if len(set(schemas)) > 1 else "rows"
    b, m, r = (carried(table, template) for table in (base, main, branch))
    identity = row_identity(base, main, branch)
    if identity is None:
        result, conflicts = merge_bags(name, template, b, m, r, side)
        rule += " without identity"
    else:
        place = template.names().index(identity)
        result, conflicts = merge_rows(name, template, place, b, m, r, side)
        rule += " with identity"
    return result, conflicts, rule + (", conflict" if conflicts else "")


def carried(table, template):
    """The rows of a table under another schema, in order."""
    places = {column: i for i, column in enumerate(table.names())}
    return [
        tuple(row[places[c.name]] if c.name in places else c.default for c in template.columns)
        for row in table.values()
    ]


def row_identity(base, main, branch):
    """"primary key; a UNIQUE NOT NULL constraint; [branch_key]; the first column (not floating
    point ...) that is unique and not null in base, main and branch alike; else none"."""
    if base.key:
        return base.columns[0].name
    for column in base.columns:
        if column.type == "DOUBLE":
            continue
        for table in (base, main, branch):
            if column not in table.columns:
                break
            place = table.columns.index(column)
            values = [row[place] for row in table.values()]
            if None in values or len(set(values)) < len(values):
                break
        else:
            return column.name
    return None


def merge_rows(name, template, key, base, main, branch, side):
    """Per row with identity, then per cell."""
    b, m, r = ({row[key]: row for row in rows} for rows in (base, main, branch))
    result = Table(name, template.columns, template.key, ordered=False)
    conflicts = []
    for identity in dict.fromkeys([*m, *r, *b]):
        row, conflict = merge_row(b.get(identity), m.get(identity), r.get(identity), side)
        if conflict:
            conflicts.append(Conflict(name, identity))
        if row is not None:
            result.insert(row)
    return result, conflicts


def merge_row(base, main, branch, side):
    """One row of the three sides, None where it does not exist; and whether it conflicts."""
    winner = branch if side == "branch" else main
    # "changed on one side only: that side"
    if branch == base:
        return main, False
    if main == base:
        return branch, False
    # "Deleted on both, or equal change on both: fine", "Inserted on both: equal rows fine"
    if main == branch:
        return main, False
    # "deleted against changed: conflict", "Inserted on both with equal identity: else conflict"
    if base is None or main is None or branch is None:
        return winner, True
    # "Different columns changed: both changes. Same column changed differently: conflict"
    cells, conflict = [], False
    for at_base, at_main, at_branch, at_winner in zip(base, main, branch, winner, strict=True):
        if at_branch == at_base or at_main == at_branch:
            cells.append(at_main)
        elif at_main == at_base:
            cells.append(at_branch)
        else:
            cells.append(at_winner)
            conflict = True
    return tuple(cells), conflict


def merge_bags(name, template, base, main, branch, side):
    """Without identity: "main − rows the branch removed + rows it added (multisets)"; and "both
    removed some equal base row | one table-level conflict: branch_wins the branch's table,
    main_wins main's": its rows, for a schema change of one side does not conflict."""
    result = Table(name, template.columns, template.key, ordered=False)
    b, m, r = Counter(base), Counter(main), Counter(branch)
    conflict = (b - m) & (b - r)
    if conflict:
        rows = branch if side == "branch" else main
    else:
        rows = (m - (b - r) + (r - b)).elements()
    for row in rows:
        result.insert(row)
    return result, [Conflict(name)] if conflict else []
