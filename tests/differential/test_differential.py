"""Every statement of `topics/` on a real PostgreSQL and on us: equal, or known to differ and why."""

import collections
import datetime
import decimal
import uuid

import psycopg
import pytest
from compare import MODES, TOPICS, differs, known_differences, other_types, read_topic
from psycopg.types.json import Jsonb

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("topic", TOPICS)
def test_answers_are_those_of_postgresql(answers, topic, mode):
    known = known_differences()
    unknown = [
        f"{statement}\n  PostgreSQL {theirs}\n  ours       {ours}"
        for statement, theirs, ours in answers(topic, mode)
        if differs(mode, theirs, ours) and not any(k.covers(statement, mode) for k in known)
    ]
    assert not unknown, "\n".join(unknown)


@pytest.mark.parametrize("mode", MODES)
def test_every_known_difference_still_differs(answers, mode):
    equal, differing = collections.defaultdict(list), set()
    for topic in TOPICS:
        for statement, theirs, ours in answers(topic, mode):
            for known in known_differences():
                if known.covers(statement, mode):
                    differing.add(known.pattern) if differs(mode, theirs, ours) else equal[known.pattern].append(str(statement))
    stale = [f"{pattern}: {equal[pattern] or 'no such statement'}" for pattern in
             (k.pattern for k in known_differences() if mode in k.modes) if pattern not in differing]
    assert not stale, "\n".join(stale)


def test_the_suite_has_at_least_600_statements():
    statements = [statement.sql for topic in TOPICS for statement in read_topic(topic)]
    assert len(set(statements)) >= 600


def test_every_type_that_is_served_as_another_is_needed(answers):
    used = set()
    for mode in MODES:
        for topic in TOPICS:
            for _, theirs, ours in answers(topic, mode):
                differs(mode, theirs, ours, used)
    stale = [rule for rule in other_types().values() if rule not in used]
    assert not stale, "\n".join(map(str, stale))


# Parameters and results in the binary format.
WITH_PARAMETERS = [
    ("SELECT %s::int + 1, %s::bigint, %s::smallint", (41, 2**40, 7)),
    ("SELECT %s::float8 / 2, %s::text, %s::bool", (5.0, "ä", True)),
    ("SELECT %s::date + 1, %s::timestamp, %s::interval", (datetime.date(2024, 2, 28), datetime.datetime(2024, 1, 31, 10, 5), datetime.timedelta(days=1, hours=2))),
    ("SELECT %s::uuid, %s::bytea", (uuid.UUID(int=5), b"\x00\xff")),
    ("SELECT x FROM generate_series(1, 5) AS s(x) WHERE x = ANY(%s) ORDER BY x DESC", ([2, 4],)),
    ("SELECT %s::int[], %s::text[]", ([1, None, 3], ["a b", None, 'c"d'])),
    ("SELECT %s::numeric * 2", (decimal.Decimal("1.25"),)),
    ("SELECT to_char(%s::timestamp, 'DD.MM.YYYY'), to_date(%s, 'YYYYMMDD')", (datetime.datetime(2024, 2, 9), "20240209")),
    ("SELECT %s::jsonb -> 'a', %s::jsonb ->> 'b'", (Jsonb({"a": [1]}), Jsonb({"b": "x"}))),
    ("SELECT %s::text IS NULL, coalesce(%s::int, 5)", (None, None)),
    ("SELECT 7 / %s::int, 7 %% %s::int", (2, 4)),
    ("SELECT 7 / %s::int", (0,)),
    ("SELECT 'abc' LIKE %s, 'abc' ~ %s", ("a%", "^b?a")),
]


@pytest.mark.parametrize("sql, params", WITH_PARAMETERS, ids=[sql for sql, _ in WITH_PARAMETERS])
def test_binary_parameters_and_results_are_those_of_postgresql(answers, sql, params):
    def ask(dsn, set_up=()):
        with psycopg.connect(**dsn, autocommit=True) as connection:
            for statement in set_up:
                connection.execute(statement)
            try:
                cursor = connection.cursor(binary=True).execute(sql, params, prepare=True)
            except psycopg.Error as error:
                return error.sqlstate
            return cursor.fetchall()

    theirs = ask(answers.theirs)
    assert ask(answers.ours["postgres"], MODES["postgres"]) == theirs
