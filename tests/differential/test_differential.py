"""Every statement of `topics/` on a real PostgreSQL and on us: equal, or known to differ and why."""

import collections

import pytest
from compare import MODES, TOPICS, differs, known_differences, read_topic

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
