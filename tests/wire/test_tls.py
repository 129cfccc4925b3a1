"""TLS when configured, and no open door without it."""

import socket
import ssl
import struct
import subprocess

import psycopg2
import pytest
from harness.cli import hati
from harness.pgproto import SSL_REQUEST, Wire, rows, startup
from harness.server import Server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "server.crt", folder / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
        + ["-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture(scope="module")
def tls_server(certificate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls-data") / ".hati"
    folder.mkdir()
    cert, key = certificate
    (folder / "config.toml").write_text(f'[server]\ntls_cert = "{cert}"\ntls_key = "{key}"\n')
    with Server(data_dir=folder) as server:
        yield server


def encrypted(server):
    """A TLS connection by hand, after SSLRequest."""
    plain = socket.create_connection((server.host, server.port), 10)
    plain.sendall(struct.pack("!ii", 8, SSL_REQUEST))
    assert plain.recv(1) == b"S"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def test_libpq_connects_with_tls(tls_server):
    with tls_server.connect(sslmode="require") as connection:
        assert connection.info.ssl_in_use
        assert connection.info.ssl_attribute("protocol") in ("TLSv1.2", "TLSv1.3")
        assert connection.run("SELECT 1") == [(1,)]


def test_libpq_verifies_the_certificate(tls_server, certificate):
    with tls_server.connect(sslmode="verify-full", sslrootcert=str(certificate[0])) as connection:
        assert connection.info.ssl_in_use


def test_preferred_tls_is_used(tls_server):
    with tls_server.connect(sslmode="prefer") as connection:
        assert connection.info.ssl_in_use


def test_large_answers_pass_through_tls(tls_server):
    with tls_server.connect(sslmode="require") as connection:
        found = connection.run("SELECT range, repeat('x', 100) FROM range(50000)")
        assert len(found) == 50_000 and found[-1] == (49_999, "x" * 100)


def test_cancel_works_beside_tls(tls_server):
    import threading

    connection = tls_server.connect(sslmode="require")
    threading.Timer(0.4, connection.cancel).start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        connection.run("SELECT pg_sleep(60)")
    assert connection.run("SELECT 1") == [(1,)]
    connection.close()


def test_session_by_hand(tls_server):
    wire = Wire(tls_server, start=False)
    wire.sock = encrypted(tls_server)
    wire.send(startup({"user": "agent", "database": "hatidata"}))
    wire.until_ready()
    assert rows(wire.query("SELECT 42")) == [["42"]]


def test_plain_text_slipped_in_before_the_handshake_is_not_obeyed(tls_server):
    """A man in the middle could put his own first statement there (CVE-2021-23214)."""
    plain = socket.create_connection((tls_server.host, tls_server.port), 5)
    plain.sendall(struct.pack("!ii", 8, SSL_REQUEST) + startup({"user": "mallory", "database": "hatidata"}))
    said = b""
    try:
        while chunk := plain.recv(1000):
            said += chunk
    except (ConnectionResetError, TimeoutError):
        pass
    assert b"Z\0\0\0\5I" not in said, "nobody logged in"
    with tls_server.connect(sslmode="require") as connection:
        assert connection.run("SELECT 1") == [(1,)]


def test_failed_handshake_hurts_nobody(tls_server):
    for _ in range(3):
        plain = socket.create_connection((tls_server.host, tls_server.port), 5)
        plain.sendall(struct.pack("!ii", 8, SSL_REQUEST))
        assert plain.recv(1) == b"S"
        plain.sendall(b"this is not a ClientHello at all")
        plain.close()
    with tls_server.connect(sslmode="require") as connection:
        assert connection.run("SELECT 1") == [(1,)]


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_listening_beyond_loopback_without_tls_is_refused(tmp_path, host):
    (tmp_path / "config.toml").write_text(f'[server]\nhost = "{host}"\n')
    said = hati("serve", "--data-dir", tmp_path, "--pg-port", "0", timeout=20).failed_clearly()
    assert "TLS" in said.err and host in said.err


@pytest.mark.parametrize("problem", ["missing", "not a certificate", "key of another"])
def test_unusable_certificate_is_named(tmp_path, certificate, problem):
    cert, key = certificate
    broken = tmp_path / "broken.pem"
    if problem == "not a certificate":
        broken.write_text("hello\n")
    if problem == "key of another":
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-out", broken], check=True, capture_output=True)
        pair = (cert, broken)
    else:
        pair = (broken, key)
    (tmp_path / "config.toml").write_text(f'[server]\ntls_cert = "{pair[0]}"\ntls_key = "{pair[1]}"\n')
    said = hati("serve", "--data-dir", tmp_path, "--pg-port", "0", timeout=20).failed_clearly()
    assert "broken.pem" in said.err or "tls_" in said.err


def test_certificate_without_key_is_refused(tmp_path, certificate):
    (tmp_path / "config.toml").write_text(f'[server]\ntls_cert = "{certificate[0]}"\n')
    assert "tls_key" in hati("serve", "--data-dir", tmp_path, "--pg-port", "0", timeout=20).failed_clearly().err
