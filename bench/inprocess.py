"""DuckDB in this process, through its C API and the very library the server links: the peer without a wire.

The Python package parses and plans at every `execute`; here a statement is prepared once, as on the wire.
"""

import ctypes
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = ROOT / ".duckdb" / ("libduckdb.dylib" if sys.platform == "darwin" else "libduckdb.so")


class _Result(ctypes.Structure):
    _fields_ = [
        ("columns", ctypes.c_uint64),
        ("rows", ctypes.c_uint64),
        ("changed", ctypes.c_uint64),
        ("data", ctypes.c_void_p),
        ("error", ctypes.c_char_p),
        ("internal", ctypes.c_void_p),
    ]


class DuckDB:
    """One database file (or memory) and one connection."""

    def __init__(self, path=":memory:"):
        self.c = ctypes.CDLL(str(LIBRARY))
        self.c.duckdb_fetch_chunk.argtypes = [_Result]
        self.c.duckdb_fetch_chunk.restype = ctypes.c_void_p
        self.c.duckdb_data_chunk_get_size.argtypes = [ctypes.c_void_p]
        self.c.duckdb_data_chunk_get_size.restype = ctypes.c_uint64
        self.c.duckdb_bind_int64.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int64]
        self.c.duckdb_execute_prepared.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self.database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        self._check(self.c.duckdb_open(str(path).encode(), ctypes.byref(self.database)), "open")
        self._check(self.c.duckdb_connect(self.database, ctypes.byref(self.connection)), "connect")
        self.result = _Result()
        self.chunk = ctypes.c_void_p()

    def _check(self, code, what):
        if code != 0:
            raise RuntimeError(f"DuckDB: {what} failed: {self.result.error if hasattr(self, 'result') else ''}")

    def execute(self, sql):
        """Run a statement; the number of rows of its first chunk."""
        self._check(self.c.duckdb_query(self.connection, sql.encode(), ctypes.byref(self.result)), sql)
        return self._rows()

    def texts(self, sql):
        """The rows of a query, every value as text."""
        self._check(self.c.duckdb_query(self.connection, sql.encode(), ctypes.byref(self.result)), sql)
        for counter in (self.c.duckdb_row_count, self.c.duckdb_column_count):
            counter.restype = ctypes.c_uint64
        self.c.duckdb_value_varchar.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]
        self.c.duckdb_value_varchar.restype = ctypes.c_void_p
        result = ctypes.byref(self.result)
        rows = []
        for row in range(self.c.duckdb_row_count(result)):
            cells = [self.c.duckdb_value_varchar(result, column, row) for column in range(self.c.duckdb_column_count(result))]
            rows.append([ctypes.string_at(cell).decode() if cell else None for cell in cells])
            for cell in cells:
                self.c.duckdb_free(ctypes.c_void_p(cell))
        self.c.duckdb_destroy_result(result)
        return rows

    def prepare(self, sql):
        statement = ctypes.c_void_p()
        self._check(self.c.duckdb_prepare(self.connection, sql.encode(), ctypes.byref(statement)), sql)
        return statement

    def run_prepared(self, statement, *values):
        """Bind bigints and run; the number of rows of the first chunk."""
        for position, value in enumerate(values, 1):
            self.c.duckdb_bind_int64(statement, position, value)
        self._check(self.c.duckdb_execute_prepared(statement, ctypes.byref(self.result)), "execute")
        return self._rows()

    def _rows(self):
        self.chunk.value = self.c.duckdb_fetch_chunk(self.result)
        rows = self.c.duckdb_data_chunk_get_size(self.chunk) if self.chunk else 0
        if self.chunk:
            self.c.duckdb_destroy_data_chunk(ctypes.byref(self.chunk))
        self.c.duckdb_destroy_result(ctypes.byref(self.result))
        return rows

    def close(self):
        self.c.duckdb_disconnect(ctypes.byref(self.connection))
        self.c.duckdb_close(ctypes.byref(self.database))
