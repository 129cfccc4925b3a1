"""What the differential suite is made of: statements, answers, and how two answers differ.

A statement runs in the extended protocol on PostgreSQL and on us. Its answer is what a client sees: names and
types of the columns, rows as text, the command tag, the SQLSTATE of an error. Two answers are equal or
they are listed in `known_differences.toml` with a reason.
"""

import dataclasses
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

    def without_names(self):
        return dataclasses.replace(self, columns=tuple(oid for _, oid in self.columns))


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

    @property
    def _regex(self):
        return re.compile(".*".join(re.escape(part) for part in self.pattern.split("*")), re.DOTALL)


def known_differences():
    """The list, in its order."""
    groups = tomllib.loads((HERE / "known_differences.toml").read_text())["difference"]
    return [
        Known(pattern, tuple(group["modes"]), group["reason"])
        for group in groups
        for pattern in group["statements"]
    ]


def differs(mode, theirs, ours):
    """Whether two answers differ; in `auto` columns may be named as DuckDB names them."""
    return theirs.without_names() != ours.without_names() if mode == "auto" else theirs != ours


# How a session of ours is set up for each mode.
MODES = {"postgres": ("SET hatidata_dialect = 'postgres'",), "auto": ()}


class Answers:
    """What all servers answer, asked once per topic."""

    def __init__(self, theirs, ours):
        self._theirs, self._ours = theirs, ours
        self._asked = {}

    def __call__(self, topic, mode):
        """(statement, PostgreSQL's answer, ours) for each statement of a topic."""
        statements = read_topic(topic)
        theirs = self._ask(statements, topic, None)
        return list(zip(statements, theirs, self._ask(statements, topic, mode)))

    def _ask(self, statements, topic, mode):
        if (topic, mode) not in self._asked:
            peer = Peer(self._ours[mode], *MODES[mode]) if mode else Peer(self._theirs)
            self._asked[topic, mode] = [peer.answer(statement.sql) for statement in statements]
            peer.close()
        return self._asked[topic, mode]
