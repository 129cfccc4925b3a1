"""The session's time zone, in every spelling, and what it changes; settings within transactions."""

import pytest
from harness.pgproto import error, shape

NOON = "'2024-07-01 12:00:00+00'::TIMESTAMPTZ"


@pytest.mark.parametrize(
    "spelling, shown, noon",
    [
        ("'Europe/Berlin'", "Europe/Berlin", "14:00:00+02"),
        ("'America/New_York'", "America/New_York", "08:00:00-04"),
        ("'Asia/Kolkata'", "Asia/Kolkata", "17:30:00+05:30"),
        ("-7", "Etc/GMT+7", "05:00:00-07"),
        ("'+2'", "Etc/GMT-2", "14:00:00+02"),
        ("INTERVAL '-08:00' HOUR TO MINUTE", "Etc/GMT+8", "04:00:00-08"),
        ("'UTC+3'", "Etc/GMT+3", "09:00:00-03"),  # POSIX counts west, as in Postgres
        ("'<+03>-3'", "Etc/GMT-3", "15:00:00+03"),
        ("LOCAL", "UTC", "12:00:00+00"),
        ("DEFAULT", "UTC", "12:00:00+00"),
    ],
)
def test_a_zone_changes_how_instants_are_shown(wire, spelling, shown, noon):
    wire.query("SET TIME ZONE 'Pacific/Auckland'")
    assert shape(wire.query(f"SET TIME ZONE {spelling}")) == ["C SET", "Z I"]
    assert (wire.value("SHOW TIME ZONE"), wire.parameters["TimeZone"]) == (shown, shown)
    assert wire.value(f"SELECT {NOON}") == f"2024-07-01 {noon}"
    assert wire.value(f"SELECT extract(hour FROM {NOON})") == str(int(noon[:2]))
    assert wire.value(f"SELECT {NOON}::TIMESTAMP") == f"2024-07-01 {noon[:8]}"
    assert wire.value(f"SELECT ('2024-07-01 {noon[:8]}'::TIMESTAMP)::TIMESTAMPTZ = {NOON}") == "t"


def test_the_day_is_that_of_the_zone(wire):
    days = []
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"]:  # 26 hours apart: never the same day
        wire.query(f"SET timezone = '{zone}'")
        days.append(wire.value("SELECT now()::DATE"))
        assert wire.value("SELECT current_date") == days[-1]
    assert days[0] > days[1]


@pytest.mark.parametrize("spelling", ["'nosuch'", "'Mars/Olympus'", "99", "5.5", "INTERVAL '05:30' HOUR TO MINUTE"])
def test_what_is_no_zone_is_refused_with_a_hint(wire, spelling):
    problem = error(wire.query(f"SET TIME ZONE {spelling}"))
    assert problem["C"] == "22023" and problem["H"]
    assert wire.value("SHOW timezone") == "UTC"


def test_clients_are_told_of_every_reported_setting(wire):
    wire.query("SET application_name = 'teller'")
    assert wire.parameters["application_name"] == "teller"
    wire.query("BEGIN; SET TIME ZONE 'Asia/Tokyo'")
    assert wire.parameters["TimeZone"] == "Asia/Tokyo"
    wire.query("ROLLBACK")
    assert wire.parameters["TimeZone"] == "UTC"
    wire.query("BEGIN; SET LOCAL TIME ZONE 'Asia/Tokyo'")
    assert wire.parameters["TimeZone"] == "Asia/Tokyo"
    wire.query("COMMIT")
    assert wire.parameters["TimeZone"] == "UTC"
    wire.query("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    assert wire.parameters["default_transaction_read_only"] == "on"
    wire.query("DISCARD ALL")
    assert (wire.parameters["default_transaction_read_only"], wire.parameters["application_name"]) == ("off", "")


def test_set_local_ends_with_the_transaction(wire):
    for script, value in [
        ("SET LOCAL statement_timeout = 1000; SET LOCAL statement_timeout = 2000; COMMIT", "500"),
        ("SET LOCAL statement_timeout = 1000; SET statement_timeout = 3000; COMMIT", "3000"),
        ("SET statement_timeout = 3000; SET LOCAL statement_timeout = 1000; COMMIT", "3000"),
        ("SET statement_timeout = 3000; SET LOCAL statement_timeout = 1000; ROLLBACK", "500"),
        ("RESET statement_timeout; ROLLBACK", "500"),
        ("SET LOCAL statement_timeout TO DEFAULT; COMMIT", "500"),
    ]:
        wire.query("SET statement_timeout = 500")
        wire.query("BEGIN; " + script)
        assert wire.value("SHOW statement_timeout") == value, script


def test_transactions_are_made_read_only(wire, db):
    t = db.name()
    for begin in ["BEGIN; SET TRANSACTION READ ONLY", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; BEGIN"]:
        wire.query(begin)
        assert error(wire.query(f"CREATE TABLE {t}(a INT)"))["C"] == "25006"
        wire.query("ROLLBACK; SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
    assert shape(wire.query("SET TRANSACTION READ ONLY")) == ["N 25P01", "C SET", "Z I"]
    assert shape(wire.query(f"CREATE TABLE {t}(a INT)")) == ["C CREATE TABLE", "Z I"]


def test_discard_does_what_it_says(wire):
    wire.query("CREATE TEMP TABLE discarded(a INT)")
    for what in ["PLANS", "SEQUENCES"]:
        assert shape(wire.query(f"DISCARD {what}")) == [f"C DISCARD {what}", "Z I"]
    assert wire.value("SELECT count(*) FROM discarded") == "0"
    assert shape(wire.query("DISCARD TEMPORARY")) == ["C DISCARD TEMP", "Z I"]
    assert error(wire.query("SELECT * FROM discarded"))["C"] == "42P01"
    assert error(wire.query("DISCARD NOTHING"))["C"] == "42601"
    wire.query("BEGIN")
    assert error(wire.query("DISCARD ALL"))["C"] == "25001"
    wire.query("ROLLBACK")
