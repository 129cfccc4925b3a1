"""SET, SHOW, RESET: session variables, where they come from and what they go back to."""

import pytest
from harness.pgproto import Wire, error, rows, shape

POOL_RESET = """SELECT pg_advisory_unlock_all();
CLOSE ALL;
UNLISTEN *;
RESET ALL;"""


def test_hatidata_variables_need_no_namespace(wire):
    for name in ("hatidata_agent_id", "hatidata_request_id", "hatidata_reasoning_step", "hatidata_parent_request_id", "hatidata.api_key"):
        assert shape(wire.query(f"SET {name} = 'req-0123'")) == ["C SET", "Z I"]
        assert wire.value(f"SHOW {name}") == "req-0123"
        assert wire.value(f"SELECT current_setting('{name}')") == "req-0123"
        wire.query(f"SET {name} = ''")
        assert wire.value(f"SHOW {name}") == ""


def test_names_are_case_insensitive_and_to_is_equals(wire):
    wire.query("set HATIDATA_REQUEST_ID to 'a'")
    assert wire.value("show hatidata_request_id") == "a"
    wire.query('SET SESSION "hatidata_request_id" TO 7')
    assert wire.value("SHOW hatidata_request_id") == "7"


def test_value_with_a_quote(wire):
    wire.query("SET hatidata_request_id = 'it''s; here'")
    assert wire.value("SHOW hatidata_request_id") == "it's; here"


def test_show_names_its_column(wire):
    answer = wire.query("SHOW application_name")
    assert [c.name for c in answer[0].columns] == ["application_name"]


def test_set_by_extended_protocol(wire):
    assert shape(wire.prepared("SET hatidata_request_id = 'x1'")) == ["1", "2", "n", "C SET", "Z I"]
    answer = wire.prepared("SHOW hatidata_request_id")
    assert shape(answer) == ["1", "2", "T", "D", "C SHOW", "Z I"]
    assert rows(answer) == [["x1"]]


def test_set_config_and_current_setting(wire):
    assert wire.value("SELECT set_config('hatidata_request_id', 'abc', false)") == "abc"
    assert wire.value("SELECT current_setting('hatidata_request_id')") == "abc"
    assert rows(wire.prepared("SELECT set_config('hatidata_request_id', $1, false)", ["def"])) == [["def"]]
    assert wire.value("SHOW hatidata_request_id") == "def"


def test_current_setting_of_nothing(wire):
    assert error(wire.query("SELECT current_setting('no_such_setting')"))["C"] == "42704"
    assert rows(wire.query("SELECT current_setting('no.such_setting', true)")) == [[None]]


def test_unknown_settings_are_named_in_the_error(wire):
    for sql in ("SET no_such_setting = 1", "SHOW no_such_setting", "RESET no_such_setting"):
        told = error(wire.query(sql))
        assert told["C"] == "42704", sql
        assert "no_such_setting" in told["M"]


def test_reset_all_returns_to_the_startup_values(server):
    with Wire(server, options="-c hatidata_agent_id=agent-1 -c statement_timeout=12345", application_name="app") as wire:
        initial = wire.value("SHOW statement_timeout")
        assert initial.startswith("12345")
        wire.query("SET hatidata_agent_id = 'other'; SET hatidata_request_id = 'r'; SET statement_timeout = 1000; SET application_name = 'x'")
        assert wire.value("SHOW statement_timeout") != initial
        assert shape(wire.query("RESET ALL")) == ["C RESET", "Z I"]
        assert wire.value("SHOW hatidata_agent_id") == "agent-1"
        assert wire.value("SHOW application_name") == "app"
        assert wire.value("SHOW statement_timeout") == initial
        assert wire.value("SELECT coalesce(current_setting('hatidata_request_id', true), '')") == ""


def test_reset_returns_one_variable(server):
    with Wire(server, hatidata_framework="custom") as wire:
        wire.query("SET hatidata_framework = 'x'; SET hatidata_agent_id = 'y'; RESET hatidata_framework")
        assert wire.value("SHOW hatidata_framework") == "custom"
        assert wire.value("SHOW hatidata_agent_id") == "y"
        wire.query("SET hatidata_framework = 'x'; SET hatidata_framework TO DEFAULT")
        assert wire.value("SHOW hatidata_framework") == "custom"


def test_pool_reset_string_of_asyncpg(server):
    with Wire(server, hatidata_agent_id="agent-9") as wire:
        wire.query("SET hatidata_agent_id = 'other'")
        answer = wire.query(POOL_RESET)
        assert [m.tag for m in answer if m.kind == "C"] == ["SELECT 1", "CLOSE CURSOR ALL", "UNLISTEN", "RESET"]
        assert str(answer[-1]) == "Z I"
        assert wire.value("SHOW hatidata_agent_id") == "agent-9"


def test_discard_all_forgets_variables_statements_and_temporary_tables(wire):
    from harness.pgproto import bind, execute, parse, sync

    wire.ask(parse("SELECT 1", name="p"), sync())
    wire.query("SET hatidata_request_id = 'x'; CREATE TEMP TABLE w_discard(a INT)")
    assert wire.value("SELECT count(*) FROM w_discard") == "0"
    assert shape(wire.query("DISCARD ALL")) == ["C DISCARD ALL", "Z I"]
    assert shape(wire.ask(bind(statement="p"), execute(), sync())) == ["E 26000", "Z I"]
    assert error(wire.query("SELECT * FROM w_discard"))["C"] == "42P01"
    assert wire.value("SELECT coalesce(current_setting('hatidata_request_id', true), '')") == ""


def test_reported_settings_are_announced_when_they_change(wire):
    wire.query("SET application_name = 'announced'")
    assert wire.parameters["application_name"] == "announced"
    wire.query("SET TIME ZONE 'Asia/Kolkata'")
    assert wire.parameters["TimeZone"] == "Asia/Kolkata"
    wire.query("RESET ALL")
    assert wire.parameters["application_name"] == ""
    assert wire.parameters["TimeZone"] != "Asia/Kolkata"


@pytest.mark.parametrize("sql", ["SET TimeZone = 'America/New_York'", "SET TIME ZONE 'America/New_York'", "SET SESSION TIME ZONE 'America/New_York'", "SET timezone TO 'America/New_York'"])
def test_time_zone_decides_how_instants_are_shown_and_read(wire, sql):
    wire.query(sql)
    assert wire.value("SELECT '2024-07-01 12:00:00+00'::TIMESTAMPTZ") == "2024-07-01 08:00:00-04"
    assert wire.value("SELECT '2024-07-01 08:00:00'::TIMESTAMPTZ = '2024-07-01 12:00:00+00'::TIMESTAMPTZ") == "t"
    assert wire.value("SHOW TimeZone") == "America/New_York"


def test_time_zone_belongs_to_one_session(wire, other):
    before = other.value("SHOW TimeZone")
    wire.query("SET TimeZone = 'Asia/Tokyo'")
    assert other.value("SHOW TimeZone") == before
    assert other.value("SELECT '2024-07-01 12:00:00+00'::TIMESTAMPTZ") != "2024-07-01 21:00:00+09"


def test_unknown_time_zone_is_refused(wire):
    assert error(wire.query("SET TimeZone = 'Mars/Olympus'"))["C"] == "22023"
    assert wire.value("SELECT 1") == "1"


@pytest.mark.parametrize(
    "sql",
    [
        "SET datestyle TO 'ISO'",
        "SET client_encoding TO 'UTF8'",
        "SET NAMES 'UTF8'",
        "SET standard_conforming_strings = on",
        "SET extra_float_digits = 3",
        "SET client_min_messages = warning",
        "SET statement_timeout = 0",
        "SET lock_timeout = '5s'",
        "SET idle_in_transaction_session_timeout = 0",
        "SET bytea_output = 'hex'",
        "SET intervalstyle = 'postgres'",
        "SET default_transaction_isolation = 'repeatable read'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET search_path = main",
        "SET search_path = 'main'",
        "SET search_path TO main, public",
        "SET jit = off",
        "SET row_security = off",
    ],
)
def test_settings_drivers_and_tools_send_are_accepted(wire, sql):
    assert shape(wire.query(sql)) == ["C SET", "Z I"]


@pytest.mark.parametrize("sql", ["SET statement_timeout = 'soon'", "SET client_encoding = 'LATIN1'", "SET standard_conforming_strings = off"])
def test_impossible_values_are_refused(wire, sql):
    assert error(wire.query(sql))["C"] == "22023"


@pytest.mark.parametrize(
    "name, value",
    [
        ("server_version_num", None),
        ("transaction_isolation", "repeatable read"),
        ("TRANSACTION ISOLATION LEVEL", "repeatable read"),
        ("default_transaction_read_only", "off"),
        ("client_encoding", "UTF8"),
        ("standard_conforming_strings", "on"),
        ("max_identifier_length", None),
        ("search_path", "main"),
        ("TIME ZONE", None),
    ],
)
def test_what_drivers_ask_for_can_be_shown(wire, name, value):
    shown = wire.value(f"SHOW {name}")
    assert shown if value is None else shown == value


def test_version_says_postgres_15_and_names_us(wire):
    told = wire.value("SELECT version()")
    assert told.startswith("PostgreSQL 15")
    assert "HatiData" in told
    assert wire.value("SHOW server_version") == wire.parameters["server_version"]


def test_set_in_a_transaction_rolls_back(wire):
    wire.query("SET hatidata_request_id = 'before'")
    wire.query("BEGIN; SET hatidata_request_id = 'inside'; ROLLBACK")
    assert wire.value("SHOW hatidata_request_id") == "before"
    wire.query("BEGIN; SET hatidata_request_id = 'inside'; COMMIT")
    assert wire.value("SHOW hatidata_request_id") == "inside"


def test_set_local_ends_with_the_transaction(wire):
    wire.query("SET hatidata_request_id = 'before'")
    wire.query("BEGIN; SET LOCAL hatidata_request_id = 'inside'")
    assert wire.value("SHOW hatidata_request_id") == "inside"
    wire.query("COMMIT")
    assert wire.value("SHOW hatidata_request_id") == "before"


def test_duckdb_settings_cannot_open_the_walls(wire):
    for sql in ("SET enable_external_access = true", "SET GLOBAL enable_external_access = true", "SET lock_configuration = false", "SET allow_unsigned_extensions = true"):
        assert error(wire.query(sql))["C"] in ("42501", "42704"), sql
    assert error(wire.query("SELECT * FROM read_csv('/etc/hosts')"))["C"] == "42501"
