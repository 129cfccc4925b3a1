"""A Postgres client that does nothing but move bytes, so that what is measured is the server.

It speaks just enough of protocol 3: trust login, simple queries, one prepared statement with one bigint parameter
in binary. Rows are not decoded.
"""

import socket
import struct

IDLE = b"Z\x00\x00\x00\x05I"  # ReadyForQuery, idle: the end of every answer
BIGINT = 20


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


class RawConnection:
    def __init__(self, port, database):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 20)
        startup = b"user\0agent\0database\0" + database.encode() + b"\0\0"
        self.socket.sendall(struct.pack("!II", len(startup) + 8, 196608) + startup)
        self.answer()

    def answer(self):
        """Everything up to ReadyForQuery."""
        data = self.socket.recv(1 << 16)
        while not data.endswith(IDLE):
            more = self.socket.recv(1 << 16)
            if not more:
                raise RuntimeError(f"the server closed the connection after {data[:300]!r}")
            data += more
        if data[:1] == b"E" or b"SERROR\0" in data[:200]:
            raise RuntimeError(f"the server answered {data[:500]!r}")
        return data

    def prepare(self, sql, parameters=0, name=b"p"):
        body = name + b"\0" + sql.encode() + b"\0" + struct.pack("!H", parameters) + struct.pack("!I", BIGINT) * parameters
        self.socket.sendall(message(b"P", body) + message(b"S", b""))
        self.answer()

    def run_prepared(self, *values):
        """Bind, Execute, Sync of the prepared statement; the answer's bytes (text format)."""
        parameters = b"".join(struct.pack("!Iq", 8, value) for value in values)
        bind = b"\0p\0" + struct.pack("!HHH", 1, 1, len(values)) + parameters + struct.pack("!H", 0)
        self.socket.sendall(message(b"B", bind) + message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
        return self.answer()

    def drain(self, sql, extended=False):
        """Run a query, throw its rows away; (bytes received, the number in the command tag)."""
        if extended:
            self.prepare(sql, name=b"")  # the unnamed statement is replaced each time
            bind = b"\0\0" + struct.pack("!HHH", 0, 0, 0)
            self.socket.sendall(message(b"B", bind) + message(b"E", b"\0\0\0\0\0") + message(b"S", b""))
        else:
            self.socket.sendall(message(b"Q", sql.encode() + b"\0"))
        total, tail, view = 0, b"", memoryview(self.buffer)
        while not tail.endswith(IDLE):
            size = self.socket.recv_into(view)
            if not size:
                raise RuntimeError(f"the server closed the connection after {tail!r}")
            total += size
            tail = (tail + bytes(view[max(0, size - 64) : size]))[-64:]
        tag = tail[tail.rfind(b"C\0\0\0") + 5 : -len(IDLE) - 1]
        if not tag.startswith(b"SELECT "):
            raise RuntimeError(f"the query failed: {tail!r}")
        return total, int(tag.split()[-1])

    def close(self):
        self.socket.close()
