"""What the differential suite is made of: statements, answers, and how two answers differ.

A statement runs in the extended protocol on PostgreSQL and on us. Its answer is what a client sees: names and
types of the columns, rows as text, the command tag, the SQLSTATE of an error. Two answers are equal or
they are listed in `known_differences.toml` with a reason.
"""

import dataclasses
import functools
import json
import math
import pathlib
import re
import tomllib

import psycopg

HERE = pathlib.Path(__file__).parent
TOPICS = sorted(path.stem for path in (HERE / "topics").glob("*.sql"))


@dataclasses.dataclass(frozen=True)
class Statement:
    topic: str
    line: int
    sql: str

    def __str__(self):
        return f"{self.topic}.sql:{self.line}: {self.sql}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What one server said. Of an error only the SQLSTATE counts; its message is for people."""

    columns: tuple = ()
    rows: tuple = ()
    tag: str = ""
    sqlstate: str = ""
    message: str = dataclasses.field(default="", compare=False)

    def __str__(self):
        if self.sqlstate:
            return f"{self.sqlstate} {self.message}"
        names = ", ".join(f"{name}:{oid}" for name, oid in self.columns)
        rows = " ".join("(" + "|".join("NULL" if v is None else v for v in row) + ")" for row in self.rows)
        return f"{self.tag} [{names}] {rows}".strip()


def read_topic(topic):
    """The statements of a file: each ends with a semicolon at the end of a line; `--` lines are comments."""
    statements, text, first = [], [], 0
    for number, line in enumerate((HERE / "topics" / f"{topic}.sql").read_text().splitlines(), 1):
        if not text and (not line.strip() or line.startswith("--")):
            continue
        first = first if text else number
        text.append(line)
        if line.rstrip().endswith(";"):
            statements.append(Statement(topic, first, "\n".join(text).rstrip().removesuffix(";")))
            text = []
    assert not text, f"{topic}.sql:{first}: no semicolon"
    return statements


class Peer:
    """A connection that answers statements."""

    def __init__(self, dsn, *set_up):
        self._connection = psycopg.connect(**dsn, autocommit=True, options="-c TimeZone=UTC")
        for statement in set_up:
            answer = self.answer(statement)
            assert not answer.sqlstate, answer

    def answer(self, sql):
        pgconn = self._connection.pgconn
        result = pgconn.exec_params(sql.encode(), None)
        field = psycopg.pq.DiagnosticField
        if result.status in (psycopg.pq.ExecStatus.TUPLES_OK, psycopg.pq.ExecStatus.COMMAND_OK):
            columns = tuple((result.fname(c).decode(), result.ftype(c)) for c in range(result.nfields))
            rows = tuple(
                tuple(None if v is None else v.decode() for v in (result.get_value(r, c) for c in range(result.nfields)))
                for r in range(result.ntuples)
            )
            return Answer(columns, rows, (result.command_status or b"").decode())
        sqlstate = result.error_field(field.SQLSTATE) or b"lost!"
        message = result.error_field(field.MESSAGE_PRIMARY) or pgconn.error_message
        return Answer(sqlstate=sqlstate.decode(), message=message.decode())

    def close(self):
        self._connection.close()


@dataclasses.dataclass(frozen=True)
class Known:
    """A difference that is meant: statements by pattern (`*` stands for anything), and why."""

    pattern: str
    modes: tuple
    reason: str

    def covers(self, statement, mode):
        return mode in self.modes and self._regex.fullmatch(statement.sql) is not None

    @functools.cached_property
    def _regex(self):
        return re.compile(".*".join(re.escape(part) for part in self.pattern.split("*")), re.DOTALL)


@dataclasses.dataclass(frozen=True)
class OtherType:
    """A type that we serve as another: which, how their values are compared, and why."""

    theirs: int
    ours: int
    values: str
    reason: str

    def same(self, theirs, ours):
        if theirs is None or ours is None or self.values == "text":
            return theirs == ours
        return COMPARISONS[self.values](theirs, ours)


def same_number(theirs, ours):
    """Up to what a double can tell; in arrays each by itself."""
    if theirs.startswith("{"):
        pairs = list(zip(theirs.strip("{}").split(","), ours.strip("{}").split(","), strict=False))
        return theirs.count(",") == ours.count(",") and all(a == b or same_number(a, b) for a, b in pairs)
    return math.isclose(float(theirs), float(ours), rel_tol=1e-14, abs_tol=1e-300)


def same_document(theirs, ours):
    return json.loads(theirs) == json.loads(ours)


def same_padded(theirs, ours):
    return theirs.rstrip() == ours.rstrip()


COMPARISONS = {"number": same_number, "document": same_document, "padded": same_padded}
OIDS = {
    "bool": 16, "name": 19, "int8": 20, "int2": 21, "int4": 23, "text": 25, "json": 114, "float4": 700, "float8": 701, "bpchar": 1042,
    "varchar": 1043, "bit": 1560, "varbit": 1562, "numeric": 1700, "timestamp": 1114, "timestamptz": 1184, "regtype": 2206, "void": 2278,
    "jsonb": 3802, "int4[]": 1007, "int8[]": 1016, "text[]": 1009, "name[]": 1003, "numeric[]": 1231, "float8[]": 1022, "bpchar[]": 1014,
    "regclass": 2205, "jsonb[]": 3807, "json[]": 199, "oid": 26, "char": 18, "xid8": 5069, "record": 2249,
}


@functools.cache
def listed():
    return tomllib.loads((HERE / "known_differences.toml").read_text())


@functools.cache
def known_differences():
    """Statements that differ, in the order of the list."""
    return [
        Known(pattern, tuple(group["modes"]), group["reason"])
        for group in listed()["difference"]
        for pattern in group["statements"]
    ]


@functools.cache
def other_types():
    """Types that are served as others, by theirs and ours."""
    rules = [
        OtherType(OIDS[theirs], OIDS[ours], rule["values"], rule["reason"])
        for rule in listed()["type"]
        for theirs, ours in rule["pairs"]
    ]
    return {(rule.theirs, rule.ours): rule for rule in rules}


def differs(mode, theirs, ours, used=None):
    """Whether two answers differ by more than their types' rules; in `auto` columns may be named as DuckDB names them.

    `used` collects the rules that were needed."""
    if theirs == ours:
        return False
    same_shape = (theirs.tag, theirs.sqlstate, len(theirs.columns), len(theirs.rows)) == (
        ours.tag, ours.sqlstate, len(ours.columns), len(ours.rows))
    same_names = mode == "auto" or [name for name, _ in theirs.columns] == [name for name, _ in ours.columns]
    if not same_shape or not same_names:
        return True
    for at, ((_, their_type), (_, our_type)) in enumerate(zip(theirs.columns, ours.columns)):
        values = [(their_row[at], our_row[at]) for their_row, our_row in zip(theirs.rows, ours.rows)]
        if their_type == our_type and all(a == b for a, b in values):
            continue
        rule = other_types().get((their_type, our_type))
        if rule is None or not all(rule.same(a, b) for a, b in values):
            return True
        if used is not None:
            used.add(rule)
    return False


# How a session of ours is set up for each mode.
MODES = {"postgres": ("SET hatidata_dialect = 'postgres'",), "auto": ()}


class Answers:
    """What all servers answer, asked once per topic."""

    def __init__(self, theirs, ours):
        self.theirs, self.ours = theirs, ours
        self._asked = {}

    def __call__(self, topic, mode):
        """(statement, PostgreSQL's answer, ours) for each statement of a topic."""
        statements = read_topic(topic)
        theirs = self._ask(statements, topic, None)
        return list(zip(statements, theirs, self._ask(statements, topic, mode)))

    def _ask(self, statements, topic, mode):
        if (topic, mode) not in self._asked:
            peer = Peer(self.ours[mode], *MODES[mode]) if mode else Peer(self.theirs)
            self._asked[topic, mode] = [peer.answer(statement.sql) for statement in statements]
            peer.close()
        return self._asked[topic, mode]
