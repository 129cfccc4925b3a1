"""Text sent to the server: options that cannot be broken out of, branch calls, first words."""

import re

import pytest
from hatidata_agent import statements


def split_as_postgres_does(options):
    """White space separates; a backslash keeps the next character."""
    words = re.findall(r"(?:\\.|[^\\\s])+", options, re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL) for word in words]


def test_options_name_every_setting():
    options = statements.startup_options(hatidata_agent_id="a", hatidata_priority="high")
    assert options == "-c hatidata_agent_id=a -c hatidata_priority=high"


@pytest.mark.parametrize("value", ["two words", "f -c hatidata_agent_id=victim", "back\\slash", "tab\tand\nline", "é 日"])
def test_option_value_arrives_whole(value):
    words = split_as_postgres_does(statements.startup_options(hatidata_framework=value, hatidata_priority="low"))
    assert words == ["-c", f"hatidata_framework={value}", "-c", "hatidata_priority=low"]


def test_call_leaves_out_arguments_that_are_none():
    assert statements.call("branch_create", "b", description=None, ttl_seconds=60) == (
        "SELECT * FROM branch_create(%s, ttl_seconds => %s)",
        ("b", 60),
    )


def test_call_without_arguments_has_no_parameters():
    assert statements.call("branch_list", status=None) == ("SELECT * FROM branch_list()", None)


def test_json_text_keeps_text_and_writes_values():
    assert statements.json_text('{"id": 1}') == '{"id": 1}'
    assert statements.json_text({"id": 1}) == '{"id": 1}'


@pytest.mark.parametrize(
    "sql, word",
    [("ROLLBACK", "ROLLBACK"), (" -- why\n/* not\n*/ ; commit;", "COMMIT"), ("", ""), ("(SELECT 1)", ""), ("--", "")],
)
def test_first_word_skips_comments(sql, word):
    assert statements.first_word(sql) == word


@pytest.mark.parametrize(
    "sql, may", [("SET hatidata_branch = 'x'", True), ("reset  ALL", True), ("SELECT 'branch'", False)]
)
def test_statements_that_may_switch_the_branch_are_recognised(sql, may):
    assert statements.may_switch_branch(sql) is may
