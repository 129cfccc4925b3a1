"""`HatiDataAgent`: one agent's connection to HatiData, with queries and branches."""

import threading
import uuid
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_INERROR, TRANSACTION_STATUS_INTRANS

from . import errors, statements

Row = Dict[str, Any]
Params = Union[Sequence[Any], Mapping[str, Any]]

PRIORITIES = ("low", "normal", "high", "critical")


class HatiDataAgent:
    """A connection to HatiData in the name of one agent.

    Every statement commits by itself unless `execute("BEGIN")` opened a transaction. One agent may
    be used from several threads: calls wait for each other. When the connection breaks, the call
    that notices raises `HatiDataError`, and the next call connects again (see `_usable_connection`
    for a connection that breaks inside a transaction).
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = 5439,
        agent_id: Optional[str] = None,
        framework: str = "custom",
        database: str = "hatidata",
        user: str = "agent",
        password: str = "",
        priority: str = "normal",
        connect_timeout: int = 10,
    ):
        """Connect. `agent_id` is made up when absent; `database="hatidata/name"` starts on a branch."""
        if priority not in PRIORITIES:
            raise ValueError(f"priority must be one of {', '.join(PRIORITIES)}, not {priority!r}")
        self.host = host
        self.port = port
        self.agent_id = agent_id or f"agent-{uuid.uuid4().hex[:8]}"
        self.framework = framework
        self.database = database
        self.user = user
        self.priority = priority
        self.connect_timeout = connect_timeout
        self._password = password
        self._lock = threading.RLock()
        self._closed = False
        self._connection = None
        self._in_transaction = False
        self._transaction_lost = False
        self._request_id_is_set = False
        self._branch: Optional[str] = None  # what SET hatidata_branch chose; None = as connected
        self._connect()

    # Statements

    def query(self, sql: str, params: Optional[Params] = None, request_id: Optional[str] = None) -> List[Row]:
        """Run a statement and return its rows as dictionaries; `[]` if it has none.

        `params` fill `%s` (or `%(name)s`) places. `request_id` marks this statement in the audit log.
        """
        return self._run(sql, params, _rows, request_id)

    def execute(self, sql: str, params: Optional[Params] = None) -> int:
        """Run a statement and return how many rows it changed (for SELECT: returned); 0 for DDL."""
        return self._run(sql, params, lambda cursor: max(cursor.rowcount, 0))

    # Branches. A branch is named by its id (`br_…`) or its name.

    def branch_create(
        self,
        name: str,
        description: Optional[str] = None,
        ttl_seconds: Optional[int] = None,
        tables: Optional[Sequence[str]] = None,
    ) -> Row:
        """Fork the whole database. With `tables`, only those may be written in the branch."""
        tables = list(tables) if tables else None
        return self._call_one("branch_create", name, description=description, ttl_seconds=ttl_seconds, tables=tables)

    def branch_query(self, branch_id: str, sql: str) -> List[Row]:
        """Run a statement in a branch; a change without RETURNING answers one row, `rows_affected`."""
        return self._call("branch_query", branch_id, sql)

    def branch_list(self, status: Optional[str] = None) -> List[Row]:
        """The active branches, or those with the given status."""
        return self._call("branch_list", status=status)

    def branch_diff(self, branch_id: str, table: Optional[str] = None) -> List[Row]:
        """What the branch changed: one row per table, or the rows of one table with base and branch values."""
        return self._call("branch_diff", branch_id, **{"table": table})

    def branch_merge(self, branch_id: str, strategy: str = "branch_wins", dry_run: bool = False) -> Row:
        """Merge into main. `strategy` (branch_wins, main_wins, abort, manual) decides conflicts only."""
        return self._call_one("branch_merge", branch_id, strategy=strategy, dry_run=dry_run or None)

    def branch_discard(self, branch_id: str) -> Row:
        """End a branch without merging it."""
        return self._call_one("branch_discard", branch_id)

    def branch_conflicts(self, branch_id: str) -> List[Row]:
        """The conflicts that a `manual` merge found, with base, main and branch values."""
        return self._call("branch_conflicts", branch_id)

    def branch_resolve(self, branch_id: str, table: str, key: Any, resolution: Any) -> Row:
        """Decide one conflict: `resolution` is 'branch', 'main', or the row's values as a dictionary."""
        return self._call_one(
            "branch_resolve", branch_id, table, statements.json_text(key), statements.json_text(resolution)
        )

    def branch_restore(self, branch_id: str) -> Row:
        """Bring back an expired branch."""
        return self._call_one("branch_restore", branch_id)

    def branch_key(self, table: str, *columns: str) -> Row:
        """Declare the columns that identify a row of a table without a primary key."""
        return self._call_one("branch_key", table, *columns)

    # Life of the connection

    def close(self) -> None:
        """Close the connection. An open transaction is rolled back. Harmless twice."""
        with self._lock:
            self._closed = True
            self._drop_connection()

    def __enter__(self) -> "HatiDataAgent":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HatiDataAgent(host={self.host!r}, port={self.port!r}, agent_id={self.agent_id!r})"

    def _call(self, function: str, *required: Any, **optional: Any) -> List[Row]:
        sql, params = statements.call(function, *required, **optional)
        return self._run(sql, params, _rows)

    def _call_one(self, function: str, *required: Any, **optional: Any) -> Row:
        rows = self._call(function, *required, **optional)
        return rows[0] if rows else {}

    def _run(
        self, sql: str, params: Optional[Params], read: Callable, request_id: Optional[str] = None
    ):
        with self._lock:
            connection = self._usable_connection(sql)
            try:
                with connection.cursor() as cursor:
                    statement = _bind(cursor, sql, params)
                    self._set_request_id(cursor, request_id)
                    try:
                        cursor.execute(statement)
                        result = read(cursor)
                    finally:
                        self._clear_request_id(connection)
                    if statements.may_switch_branch(sql):
                        cursor.execute("SHOW hatidata_branch")
                        self._branch = cursor.fetchone()[0]
                    return result
            except errors.HatiDataError:
                raise
            except psycopg2.Error as error:
                if connection.closed:
                    raise self._connection_lost(sql, error) from error
                raise errors.from_psycopg2(error) from error
            finally:
                if not connection.closed:
                    self._in_transaction = _transaction_open(connection)

    def _set_request_id(self, cursor, request_id: Optional[str]) -> None:
        if request_id is not None:
            cursor.execute("SET hatidata_request_id = %s", (request_id,))
            self._request_id_is_set = True
        else:
            self._clear_request_id(cursor.connection)

    def _clear_request_id(self, connection) -> None:
        """Unmark the session. A failed transaction takes no SET: then the call after it does this."""
        if not self._request_id_is_set or connection.closed:
            return
        if connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            return
        with connection.cursor() as cursor:
            cursor.execute("SET hatidata_request_id = ''")
        self._request_id_is_set = False

    def _usable_connection(self, sql: str):
        """The connection to run `sql` on, made anew if the last one broke.

        If it broke inside a transaction, going on would commit the second half of it alone. So
        statements are refused until the caller ends the transaction (ROLLBACK, or COMMIT, which
        fails), as after any other error in a transaction.
        """
        if self._closed:
            raise errors.make(
                psycopg2.InterfaceError, "this agent is closed", "08003", "create a new HatiDataAgent to go on"
            )
        if self._transaction_lost:
            word = statements.first_word(sql)
            self._transaction_lost = word not in _END_OF_TRANSACTION
            if word not in ("ROLLBACK", "ABORT"):
                raise errors.make(
                    psycopg2.errors.InFailedSqlTransaction,
                    "the transaction was lost with its connection and rolled back",
                    "25P02",
                    "send ROLLBACK, then run the transaction again from BEGIN",
                )
        if self._connection is None:
            self._connect()
            if self._branch is not None and not statements.may_switch_branch(sql):
                self._return_to_branch()
        return self._connection

    def _connect(self) -> None:
        try:
            connection = psycopg2.connect(
                host=self.host,
                port=self.port,
                dbname=self.database,
                user=self.user,
                password=self._password,
                connect_timeout=self.connect_timeout,
                application_name=f"hatidata-agent/{self.framework}",
                options=statements.startup_options(
                    hatidata_agent_id=self.agent_id,
                    hatidata_framework=self.framework,
                    hatidata_priority=self.priority,
                ),
            )
        except psycopg2.OperationalError as error:
            raise self._cannot_connect(error) from error
        self._connection = connection
        connection.autocommit = True

    def _return_to_branch(self) -> None:
        """A session that was on a branch must not come back on main unnoticed, even if the branch ended."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SET hatidata_branch = %s", (self._branch,))
        except psycopg2.Error as error:
            self._drop_connection()
            told = errors.from_psycopg2(error)
            raise errors.make(
                type(error),
                f'connected again, but cannot return to branch "{self._branch}": {told.message}',
                told.sqlstate,
                "SET hatidata_branch = '' goes on with main, or name another branch",
            ) from error

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        self._in_transaction = self._request_id_is_set = False
        if connection is not None:
            connection.close()

    def _cannot_connect(self, error: psycopg2.Error) -> errors.HatiDataError:
        reason = " ".join(str(error).split())
        _, fatal, said = reason.partition("FATAL: ")
        if fatal:  # a server answered and refused
            said, _, hint = said.partition(" HINT: ")
            message = f"HatiData at {self.host}:{self.port} refused the connection: {said}"
            return errors.make(type(error), message, "08004", hint.strip() or None)
        return errors.make(
            type(error),
            f"cannot reach HatiData at {self.host}:{self.port}",
            "08001",
            "start the server with `hati start` (in a new folder: `hati init`), and check host and port with `hati status`",
            reason,
        )

    def _connection_lost(self, sql: str, error: psycopg2.Error) -> errors.HatiDataError:
        self._transaction_lost = (
            self._in_transaction and statements.first_word(sql) not in _END_OF_TRANSACTION
        )
        self._drop_connection()
        if self._transaction_lost:
            detail = "the open transaction was rolled back"
        else:
            detail = "whether the statement took effect is not known"
        return errors.make(
            type(error),
            f"the connection to HatiData at {self.host}:{self.port} was lost",
            error.pgcode or "08006",
            "check the server with `hati status`, start it with `hati start`; the next call connects again",
            f"{detail} ({' '.join(str(error).split())})",
        )


_END_OF_TRANSACTION = ("COMMIT", "END", "ROLLBACK", "ABORT")


def _bind(cursor, sql: str, params: Optional[Params]) -> bytes:
    """The statement with its parameters filled in; `%` is an ordinary character when there are none."""
    try:
        statement = cursor.mogrify(sql, params or None)
    except (TypeError, IndexError, KeyError, ValueError) as error:
        raise errors.make(
            psycopg2.ProgrammingError,
            f"the statement and its parameters do not fit together: {error}",
            "42601",
            "give one parameter per %s, and write a literal % as %% when there are parameters",
        ) from error
    if b"\0" in statement:  # libpq would send what stands before it and drop the rest
        raise errors.make(
            psycopg2.ProgrammingError, "the statement contains a NUL character", "42601", "remove the character"
        )
    return statement


def _rows(cursor) -> List[Row]:
    if cursor.description is None:
        return []
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def _transaction_open(connection) -> bool:
    status = connection.info.transaction_status
    return status in (TRANSACTION_STATUS_INTRANS, TRANSACTION_STATUS_INERROR)
