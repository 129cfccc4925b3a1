"""A very small Postgres client: every byte it sends is chosen by the test.

Real drivers hide what this shows: when an answer arrives, which messages it consists of, and what
the server does with a message no driver would send.

`shape(messages)` turns an answer into a list that reads well in an assertion:
`["T", "D", "C SELECT 1", "Z I"]`, errors as `"E 42P01"`, notices as `"N 25P01"`. ParameterStatus
messages may come at any time and are left out of it; `wire.parameters` holds the latest values.
"""

import select
import socket
import struct
import time
from dataclasses import dataclass

PROTOCOL_3 = 3 << 16
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104
CANCEL_REQUEST = 80877102
TEXT, BINARY = 0, 1


class Closed(Exception):
    """The server closed the connection."""


@dataclass
class Column:
    name: str
    table_oid: int
    attnum: int
    type_oid: int
    type_len: int
    typmod: int
    format: int


@dataclass
class Message:
    kind: str
    body: bytes

    @property
    def fields(self):
        """ErrorResponse and NoticeResponse by their one-letter codes."""
        assert self.kind in "EN", self
        return {f[:1].decode(): f[1:].decode() for f in self.body.split(b"\0") if f}

    @property
    def tag(self):
        assert self.kind == "C", self
        return self.body.rstrip(b"\0").decode()

    @property
    def row(self):
        """The raw bytes of each value, None for NULL."""
        assert self.kind == "D", self
        values, at = [], 2
        for _ in range(struct.unpack_from("!h", self.body)[0]):
            (size,) = struct.unpack_from("!i", self.body, at)
            at += 4
            values.append(None if size < 0 else self.body[at : at + size])
            at += max(size, 0)
        assert at == len(self.body), "bytes left over in DataRow"
        return values

    @property
    def text_row(self):
        return [None if v is None else v.decode() for v in self.row]

    @property
    def columns(self):
        assert self.kind == "T", self
        found, at = [], 2
        for _ in range(struct.unpack_from("!h", self.body)[0]):
            end = self.body.index(b"\0", at)
            name = self.body[at:end].decode()
            found.append(Column(name, *struct.unpack_from("!ihihih", self.body, end + 1)))
            at = end + 19
        assert at == len(self.body), "bytes left over in RowDescription"
        return found

    @property
    def parameter_oids(self):
        assert self.kind == "t", self
        (count,) = struct.unpack_from("!h", self.body)
        return list(struct.unpack_from(f"!{count}I", self.body, 2))

    def __str__(self):
        if self.kind in "EN":
            return f"{self.kind} {self.fields['C']}"
        if self.kind == "C":
            return f"C {self.tag}"
        if self.kind == "Z":
            return f"Z {self.body.decode()}"
        return self.kind


def shape(messages):
    return [str(m) for m in messages]


def error(messages):
    """The fields of the only error in an answer."""
    errors = [m for m in messages if m.kind == "E"]
    assert len(errors) == 1, shape(messages)
    return errors[0].fields


def rows(messages):
    return [m.text_row for m in messages if m.kind == "D"]


def cstr(text):
    return (text if isinstance(text, bytes) else text.encode()) + b"\0"


def frame(kind, body=b""):
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


# -- messages of the extended protocol, to be joined and sent in one go ---------------------------


def query(sql):
    return frame("Q", cstr(sql))


def parse(sql, name="", oids=()):
    return frame("P", cstr(name) + cstr(sql) + struct.pack(f"!h{len(oids)}I", len(oids), *oids))


def bind(values=(), portal="", statement="", formats=(), results=()):
    """Values are bytes, str or None; formats as in the protocol: none, one for all, one each."""
    body = cstr(portal) + cstr(statement)
    body += struct.pack(f"!h{len(formats)}h", len(formats), *formats)
    body += struct.pack("!h", len(values))
    for value in values:
        if value is None:
            body += struct.pack("!i", -1)
        else:
            raw = value.encode() if isinstance(value, str) else value
            body += struct.pack("!i", len(raw)) + raw
    return frame("B", body + struct.pack(f"!h{len(results)}h", len(results), *results))


def describe(kind, name=""):
    return frame("D", kind.encode() + cstr(name))


def execute(portal="", max_rows=0):
    return frame("E", cstr(portal) + struct.pack("!i", max_rows))


def close(kind, name=""):
    return frame("C", kind.encode() + cstr(name))


def sync():
    return frame("S")


def flush():
    return frame("H")


def terminate():
    return frame("X")


def startup(parameters, version=PROTOCOL_3):
    body = struct.pack("!i", version)
    body += b"".join(cstr(k) + cstr(v) for k, v in parameters.items()) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


class Wire:
    """One connection. `Wire(server)` is logged in and idle; `Wire(server, start=False)` is a bare socket."""

    def __init__(self, server, start=True, timeout=20, **parameters):
        self.server = server
        self.sock = socket.create_connection((server.host, server.port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.parameters = {}
        self.greeting = []
        if start:
            self.send(startup({"user": "agent", "database": "hatidata", **parameters}))
            self.greeting = self.until_ready()
            assert str(self.greeting[-1]) == "Z I", shape(self.greeting)
            (key,) = [m for m in self.greeting if m.kind == "K"]
            self.pid, self.secret = key.body[:4], key.body[4:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, *messages):
        self.sock.sendall(b"".join(messages))

    def read(self, size):
        while len(self.buffer) < size:
            chunk = self.sock.recv(1 << 16)
            if not chunk:
                raise Closed(bytes(self.buffer))
            self.buffer += chunk
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def receive(self):
        kind, length = struct.unpack("!ci", self.read(5))
        message = Message(kind.decode(), self.read(length - 4))
        if message.kind == "S":
            name, value = message.body.split(b"\0")[:2]
            self.parameters[name.decode()] = value.decode()
        return message

    def receive_kinds(self, count):
        """The next `count` messages, ParameterStatus not counted."""
        found = []
        while len(found) < count:
            message = self.receive()
            if message.kind != "S":
                found.append(message)
        return found

    def until(self, kind):
        found = []
        while not found or found[-1].kind != kind:
            try:
                message = self.receive()
            except Closed as end:
                raise Closed([m.fields if m.kind in "EN" else str(m) for m in found]) from end
            if message.kind != "S":
                found.append(message)
        return found

    def until_ready(self):
        return self.until("Z")

    def until_closed(self):
        """Everything the server says before it hangs up."""
        found = []
        while True:
            try:
                message = self.receive()
            except (Closed, ConnectionResetError):
                return found
            if message.kind != "S":
                found.append(message)

    def ask(self, *messages):
        """Send, and read up to ReadyForQuery."""
        self.send(*messages)
        return self.until_ready()

    def query(self, sql):
        return self.ask(query(sql))

    def prepared(self, sql, values=(), formats=(), results=(), oids=()):
        """One statement through Parse, Bind, Describe, Execute, Sync."""
        return self.ask(
            parse(sql, oids=oids), bind(values, formats=formats, results=results), describe("P"), execute(), sync()
        )

    def value(self, sql):
        """The only value of a simple query, as text."""
        answer = self.query(sql)
        found = rows(answer)
        assert len(found) == 1 and len(found[0]) == 1, shape(answer)
        return found[0][0]

    def silent(self, seconds=0.2):
        """True if nothing arrives for a while."""
        return not self.buffer and not select.select([self.sock], [], [], seconds)[0]

    def cancel(self, pid=None, secret=None):
        """A CancelRequest for this connection; returns when the server has hung up on it."""
        with socket.create_connection((self.server.host, self.server.port), 10) as sock:
            body = struct.pack("!i", CANCEL_REQUEST) + (pid or self.pid) + (secret or self.secret)
            sock.sendall(struct.pack("!i", len(body) + 4) + body)
            assert sock.recv(1) == b"", "a CancelRequest gets no answer"


def eventually(check, seconds=10, every=0.05):
    """Waits until `check()` is true; its last value otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        result = check()
        if result or time.monotonic() > deadline:
            return result
        time.sleep(every)
