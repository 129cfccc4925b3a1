"""From the first byte to the first ReadyForQuery: encryption requests, parameters, what the server announces."""

import struct

import pytest
from harness.pgproto import GSSENC_REQUEST, SSL_REQUEST, Wire, error, shape, startup


def request(code):
    return struct.pack("!ii", 8, code)


@pytest.mark.parametrize("codes", [[SSL_REQUEST], [GSSENC_REQUEST], [GSSENC_REQUEST, SSL_REQUEST]])
def test_encryption_requests_are_declined_and_startup_follows(server, codes):
    with Wire(server, start=False) as wire:
        for code in codes:
            wire.send(request(code))
            assert wire.read(1) == b"N"
        wire.send(startup({"user": "agent", "database": "hatidata"}))
        assert shape(wire.until_ready()) == ["R", "K", "Z I"]


def test_no_password_is_asked(server):
    with Wire(server) as wire:
        assert wire.greeting[0].body == struct.pack("!i", 0)  # AuthenticationOk straight away


def test_parameter_status_tells_drivers_what_they_need(server):
    with Wire(server) as wire:
        told = wire.parameters
    assert told["server_version"].split(".")[0] == "15"
    assert told["client_encoding"] == "UTF8"
    assert told["server_encoding"] == "UTF8"
    assert told["DateStyle"].startswith("ISO")
    assert told["standard_conforming_strings"] == "on"
    assert told["integer_datetimes"] == "on"
    assert told["IntervalStyle"] == "postgres"
    assert told["TimeZone"]


def test_application_name_is_taken_and_reported(server):
    with Wire(server, application_name="hatidata-agent/crewai") as wire:
        assert wire.parameters["application_name"] == "hatidata-agent/crewai"
        assert wire.value("SHOW application_name") == "hatidata-agent/crewai"


def test_quoted_client_encoding_of_asyncpg_is_accepted(server):
    with Wire(server, client_encoding="'utf-8'") as wire:
        assert wire.parameters["client_encoding"] == "UTF8"
        assert wire.value("SELECT 'grün'") == "grün"


@pytest.mark.parametrize("database", ["hatidata", "main", "admin", "iceberg_catalog", "With Space"])
def test_any_database_name_is_accepted_and_becomes_current(server, database):
    with Wire(server, database=database) as wire:
        assert wire.value("SELECT current_database()") == database


def test_database_defaults_to_the_user(server):
    with Wire(server, start=False) as wire:
        wire.send(startup({"user": "someone"}))
        wire.until_ready()
        assert wire.value("SELECT current_database()") == "someone"


def test_user_is_who_connected(server):
    with Wire(server, user="Ada Lovelace") as wire:
        assert wire.value("SELECT current_user") == "Ada Lovelace"


def test_missing_user_is_an_error(server):
    with Wire(server, start=False) as wire:
        wire.send(startup({"database": "hatidata"}))
        assert error(wire.until_closed())["C"] == "28000"


@pytest.mark.parametrize(
    "options, name, value",
    [
        ("-c hatidata_agent_id=agent-1 -c hatidata_framework=langchain", "hatidata_agent_id", "agent-1"),
        ("-c hatidata_agent_id=agent-1 -c hatidata_priority=high", "hatidata_priority", "high"),
        ("-c hatidata.environment=staging -c hatidata.transpile=true", "hatidata.environment", "staging"),
        ("-chatidata_framework=compact", "hatidata_framework", "compact"),
        ("--hatidata_framework=long-form", "hatidata_framework", "long-form"),
        (r"-c hatidata_framework=two\ words", "hatidata_framework", "two words"),
        ("-c hatidata_agent_id=first -c hatidata_agent_id=last", "hatidata_agent_id", "last"),
    ],
)
def test_startup_options_set_session_variables(server, options, name, value):
    with Wire(server, options=options) as wire:
        assert wire.value(f"SHOW {name}") == value


def test_session_variables_may_be_startup_parameters(server):
    with Wire(server, hatidata_agent_id="agent-7", hatidata_framework="custom") as wire:
        assert wire.value("SHOW hatidata_agent_id") == "agent-7"
        assert wire.value("SELECT current_setting('hatidata_framework')") == "custom"


def test_unknown_setting_at_startup_is_refused(server):
    with Wire(server, start=False) as wire:
        wire.send(startup({"user": "agent", "database": "hatidata", "no_such_setting": "1"}))
        assert error(wire.until_closed())["C"] == "42704"


def test_time_zone_may_be_a_startup_parameter(server):
    with Wire(server, TimeZone="Asia/Kolkata") as wire:
        assert wire.parameters["TimeZone"] == "Asia/Kolkata"
        assert wire.value("SELECT '2024-01-01 00:00:00+00'::timestamptz") == "2024-01-01 05:30:00+05:30"


def test_unknown_branch_in_the_database_name_is_refused(server):
    with Wire(server, start=False) as wire:
        wire.send(startup({"user": "agent", "database": "hatidata/no-such-branch"}))
        told = error(wire.until_closed())
    assert told["S"] == "FATAL"
    assert told["C"] == "42704"
    assert "no-such-branch" in told["M"]
    assert told["H"]


def test_old_protocol_is_refused(server):
    with Wire(server, start=False) as wire:
        wire.send(startup({"user": "agent"}, version=2 << 16))
        told = error(wire.until_closed())
    assert (told["S"], told["C"]) == ("FATAL", "0A000")


def test_newer_minor_protocol_is_negotiated_down(server):
    with Wire(server, start=False) as wire:
        wire.send(startup({"user": "agent", "database": "hatidata", "_pq_.future": "1"}, version=(3 << 16) | 2))
        answer = wire.until_ready()
        assert shape(answer) == ["v", "R", "K", "Z I"]
        newest, refused = struct.unpack_from("!ii", answer[0].body)
        assert newest in (0, 3 << 16)
        assert (refused, answer[0].body[8:]) == (1, b"_pq_.future\0")
        assert wire.value("SELECT 42") == "42"


def test_each_connection_has_its_own_cancel_key(server):
    with Wire(server) as one, Wire(server) as two:
        assert (one.pid, one.secret) != (two.pid, two.secret)
        assert one.secret != b"\0\0\0\0"
