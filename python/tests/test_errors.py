"""Errors say what to do next, and code written for psycopg2 catches them."""

import pickle
import socket

import psycopg2
import pytest
from hatidata_agent import HatiDataAgent, HatiDataError, errors


def test_error_shows_message_detail_and_hint():
    error = HatiDataError("no such branch", "42704", hint="see branch_list()", detail="asked for x")
    assert str(error) == "no such branch\nDETAIL: asked for x\nHINT: see branch_list()"
    assert (error.message, error.sqlstate, error.pgcode) == ("no such branch", "42704", "42704")


def test_error_is_caught_by_the_psycopg2_class_of_its_sqlstate():
    with pytest.raises(psycopg2.errors.UndefinedTable) as caught:
        raise errors.make(psycopg2.errors.UndefinedTable, "no table t", "42P01")
    assert isinstance(caught.value, HatiDataError)
    assert isinstance(caught.value, psycopg2.Error)
    assert type(caught.value).__name__ == "HatiDataError"


@pytest.mark.parametrize("psycopg2_class", [psycopg2.Error, psycopg2.errors.UndefinedTable])
def test_error_survives_pickling(psycopg2_class):
    error = pickle.loads(pickle.dumps(errors.make(psycopg2_class, "m", "42P01", "h", "d")))
    assert isinstance(error, psycopg2_class) and isinstance(error, HatiDataError)
    assert (error.message, error.sqlstate, error.hint, error.detail) == ("m", "42P01", "h", "d")


def test_unreachable_server_is_reported_with_the_command_that_starts_it():
    with socket.socket() as sock:  # bound, so that nobody else has the port, but not listening
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        with pytest.raises(HatiDataError) as caught:
            HatiDataAgent(host="127.0.0.1", port=port)
    assert caught.value.message == f"cannot reach HatiData at 127.0.0.1:{port}"
    assert caught.value.sqlstate == "08001"
    assert "`hati start`" in caught.value.hint
    assert isinstance(caught.value, psycopg2.OperationalError)


def test_unknown_priority_is_refused_before_connecting():
    with pytest.raises(ValueError, match="priority must be one of low, normal, high, critical"):
        HatiDataAgent(priority="urgent")
