"""Promise 3 and 4 under kill -9: "every acknowledged change is there, no merge is half done";
"branches, their data and their snapshots survive ... leftovers of a crash are harmless"."""

import contextlib
import threading
import time

import psycopg2
import pytest
from harness.server import Server
from killing import DICE, ask, call, kill_during, moments, seconds

pytestmark = pytest.mark.timeout(180)

BIG = "CREATE TABLE big AS SELECT range AS id, md5(range::VARCHAR) AS v, 0 AS n FROM range(400000)"
DIGEST = "SELECT count(*), sum(n), bit_xor(hash(id, v, n))::VARCHAR FROM big"


def branches(server):
    return [name for (name,) in ask(server, "SELECT name FROM branch_list() ORDER BY name")]


def tables(server, branch=None):
    return [name for (name,) in ask(server, "SELECT table_name FROM duckdb_tables() ORDER BY 1", branch=branch)]


# -- writes -------------------------------------------------------------------------------------


class Writer(threading.Thread):
    """Writes 1, 2, 3 ... until its server dies, and remembers the last number acknowledged."""

    def __init__(self, server, name, branch, statements):
        super().__init__()
        self.acknowledged = self.first = 0
        self.name, self.branch, self.statements = name, branch, statements
        self.connection = server.connect(f"hatidata/{branch}" if branch else "hatidata")

    def run(self):
        number = self.first
        with contextlib.suppress(psycopg2.Error), contextlib.closing(self.connection):
            while True:
                number += 1
                call(self.connection, *(sql.format(n=number) for sql in self.statements))
                self.acknowledged = number


def test_acknowledged_writes_are_there_after_a_kill():
    one = ["INSERT INTO log VALUES ({n})"]
    both = ["BEGIN", "INSERT INTO log VALUES ({n})", "INSERT INTO twin VALUES ({n})", "COMMIT"]
    with Server() as server:
        ask(server, "CREATE TABLE log (n INTEGER)", "CREATE TABLE twin (n INTEGER)")
        for name in ("a", "b", "both"):
            ask(server, f"SELECT branch_create('{name}')")
        ask(server, "CREATE TABLE singles (n INTEGER)")
        reached = {"main": 0, "a": 0, "b": 0, "both": 0, "singles": 0}
        for _ in range(4):
            writers = [
                Writer(server, "main", None, both),
                Writer(server, "singles", None, ["INSERT INTO singles VALUES ({n})"]),
                Writer(server, "a", "a", one),
                Writer(server, "b", "b", one),
                Writer(server, "both", "both", both),
            ]
            for writer in writers:
                writer.first = writer.acknowledged = reached[writer.name]
                writer.start()
            time.sleep(0.3 + DICE.random())
            server.kill()
            for writer in writers:
                writer.join()
            server.start()
            for writer in writers:
                table = "singles" if writer.name == "singles" else "log"
                found = [n for (n,) in ask(server, f"SELECT n FROM {table} ORDER BY n", branch=writer.branch)]
                # all that was acknowledged, and perhaps the one whose answer did not arrive
                assert found == list(range(1, len(found) + 1)), writer.name
                assert len(found) in (writer.acknowledged, writer.acknowledged + 1), writer.name
                assert writer.acknowledged > reached[writer.name], f"{writer.name} got nothing done"
                reached[writer.name] = len(found)
            for branch in (None, "both"):
                log, twin = (ask(server, f"SELECT n FROM {t} ORDER BY n", branch=branch) for t in ("log", "twin"))
                assert log == twin, "a transaction is there as a whole or not at all"
            assert branches(server) == ["a", "b", "both"]
            assert ask(server, "SELECT count(*) FROM twin", branch="a") == [(0,)]


# -- the first write in a branch ----------------------------------------------------------------


def test_kill_during_the_copy_of_a_table():
    write = "UPDATE big SET n = 1 WHERE id = 7"
    with Server() as server:
        ask(server, BIG, "SELECT branch_create('warm-up')")
        duration = seconds(lambda: ask(server, write, branch="warm-up"))
        before, after = ask(server, DIGEST), ask(server, DIGEST, branch="warm-up")
        ask(server, "SELECT branch_discard('warm-up')")
        for number, moment in enumerate(moments(5, duration)):
            name = f"branch-{number}"
            ask(server, f"SELECT branch_create('{name}')")
            acknowledged = kill_during(server, lambda name=name: ask(server, write, branch=name), moment)
            assert ask(server, DIGEST) == before
            assert branches(server) == [name]
            assert ask(server, DIGEST, branch=name) in ([after] if acknowledged else [before, after])
            assert tables(server) == tables(server, name) == ["big"]
            # the branch works on, and its merge brings the change and nothing else
            ask(server, write, branch=name)
            assert ask(server, DIGEST, branch=name) == after
            if number % 2:
                ask(server, f"SELECT branch_discard('{name}')")
            else:
                ask(server, f"SELECT branch_merge('{name}', 'abort')")
                assert ask(server, DIGEST) == after
                ask(server, "UPDATE big SET n = 0 WHERE id = 7")
            assert ask(server, DIGEST) == before


# -- main's first write after a fork ------------------------------------------------------------


def test_kill_during_the_preservation_of_a_table():
    write = "UPDATE big SET n = n + 1 WHERE id = 7"
    with Server() as server:
        ask(server, BIG, "SELECT branch_create('warm-up')")
        duration = seconds(lambda: ask(server, write))
        ask(server, "SELECT branch_discard('warm-up')")
        expected = {}
        for number, moment in enumerate(moments(5, duration)):
            name = f"branch-{number}"
            ask(server, f"SELECT branch_create('{name}')")
            before = expected[name] = ask(server, DIGEST)
            acknowledged = kill_during(server, lambda: ask(server, write), moment)
            ((count, total, _),) = ask(server, DIGEST)
            assert count == 400000
            assert total - before[0][1] in ((1,) if acknowledged else (0, 1))
            ask(server, write)
            assert ask(server, DIGEST) != before
            assert branches(server) == sorted(expected)
            for branch, digest in expected.items():
                assert ask(server, DIGEST, branch=branch) == digest, branch
            assert tables(server) == tables(server, name) == ["big"]
        # each can still be written, and merged row by row
        for branch in expected:
            ask(server, f"UPDATE big SET v = '{branch}' WHERE id = {len(branch)}", branch=branch)
            ask(server, f"SELECT branch_merge('{branch}', 'branch_wins')")
        assert ask(server, f"SELECT v FROM big WHERE id = {len(branch)}") == [(branch,)]


def test_kill_during_a_drop_that_has_to_preserve():
    with Server() as server:
        ask(server, BIG, "SELECT branch_create('warm-up')")
        before = ask(server, DIGEST)
        duration = seconds(lambda: ask(server, "DROP TABLE big"))
        ask(server, "SELECT branch_discard('warm-up')")
        for number, moment in enumerate(moments(3, duration)):
            if "big" not in tables(server):
                ask(server, BIG)
            name = f"branch-{number}"
            ask(server, f"SELECT branch_create('{name}')")
            acknowledged = kill_during(server, lambda: ask(server, "DROP TABLE big"), moment)
            assert tables(server) in ([[]] if acknowledged else [[], ["big"]])
            assert ask(server, DIGEST, branch=name) == before
            if tables(server):
                assert ask(server, DIGEST) == before


# -- merge --------------------------------------------------------------------------------------

MERGED = ["big", "keyless", "made"]  # and "gone" is dropped by it


def state(server, branch=None):
    """A digest of every table, as one value."""
    found = tables(server, branch)
    return [(name, ask(server, f"SELECT count(*), bit_xor(hash(x))::VARCHAR FROM {name} x", branch=branch)) for name in found]


def prepare_merge(server, name):
    """A branch that changes, creates and drops tables, and a main that moved on."""
    ask(server, f"SELECT branch_create('{name}')")
    ask(
        server,
        "UPDATE big SET n = n + 1 WHERE id % 4 = 1",
        "DELETE FROM big WHERE id % 4000 = 2",
        f"INSERT INTO big VALUES ({1000000 + sum(map(ord, name))}, '{name}', 0)",
        "INSERT INTO keyless SELECT 1, 'branch' FROM range(1000)",
        "CREATE TABLE made AS SELECT range AS k FROM range(1000)",
        "DROP TABLE gone",
        branch=name,
    )
    ask(
        server,
        "UPDATE big SET v = 'main' WHERE id % 4000 = 3",
        f"INSERT INTO big VALUES ({2000000 + sum(map(ord, name))}, 'main', 0)",
        "INSERT INTO keyless SELECT 1, 'main' FROM range(1000)",
    )


def test_no_merge_is_half_done():
    merge = "SELECT branch_merge('{}', 'abort')"
    with Server() as server:
        ask(
            server,
            "CREATE TABLE big (id INTEGER PRIMARY KEY, v VARCHAR, n INTEGER)",
            "INSERT INTO big SELECT range, 'v', 0 FROM range(100000)",
            "CREATE TABLE keyless (k INTEGER, v VARCHAR)",
            "INSERT INTO keyless SELECT 1, 'base' FROM range(1000)",
            "CREATE TABLE gone AS SELECT 1 AS k",
        )
        prepare_merge(server, "warm-up")
        duration = seconds(lambda: ask(server, merge.format("warm-up")))
        assert tables(server) == MERGED
        for number, moment in enumerate(moments(6, duration)):
            name = f"branch-{number}"
            ask(server, "DROP TABLE made", "CREATE TABLE gone AS SELECT 1 AS k")
            prepare_merge(server, name)
            before, mine = state(server), state(server, name)
            acknowledged = kill_during(server, lambda name=name: ask(server, merge.format(name)), moment)
            found = state(server)
            if branches(server) == [name]:
                assert not acknowledged
                assert found == before, "the branch is open, so nothing of its merge is in main"
                assert state(server, name) == mine
                ask(server, merge.format(name))
                found = state(server)
            else:
                assert branches(server) == []
                with pytest.raises(psycopg2.Error) as caught:
                    ask(server, f"SELECT branch_query('{name}', 'SELECT 1')")
                assert caught.value.pgcode == "55000"
            assert found != before and [table for table, _ in found] == MERGED
            main = "SELECT count(*) FROM big WHERE v IN ('main', '{}') AND id > 999999".format(name)
            assert ask(server, main)[0][0] >= 2
            (added,) = ask(server, "SELECT count(*) FILTER (WHERE v = 'branch'), count(*) FILTER (WHERE v = 'main') FROM keyless")
            assert added == ((number + 2) * 1000, (number + 2) * 1000)


# -- creation, discard, start -------------------------------------------------------------------


def test_every_acknowledged_branch_is_there_after_a_kill():
    with Server() as server:
        ask(server, "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (0)")
        made = []

        def work():
            with contextlib.closing(server.connect()) as connection:
                for number in range(len(made), 100000):
                    call(connection, f"UPDATE t SET n = {number}")
                    call(connection, f"SELECT branch_create('b{number}')")
                    made.append(number)

        for _ in range(3):
            kill_during(server, work, 0.2 + 0.3 * DICE.random())
            found = branches(server)
            assert set(found) >= {f"b{number}" for number in made}
            assert len(found) <= len(made) + 1
            if len(found) > len(made):
                made.append(len(made))
            for number in made[-10:] + made[:3]:
                assert ask(server, "SELECT n FROM t", branch=f"b{number}") == [(number,)]
        assert len(made) > 3


def test_kill_during_discard():
    with Server() as server:
        ask(server, BIG)
        main = ask(server, DIGEST)
        for number in range(4):
            name = f"branch-{number}"
            ask(server, f"SELECT branch_create('{name}')")
            ask(server, "UPDATE big SET n = 5", "CREATE TABLE made AS FROM big", branch=name)
            mine = ask(server, DIGEST, branch=name)
            moment = DICE.random() * 0.05
            acknowledged = kill_during(server, lambda name=name: ask(server, f"SELECT branch_discard('{name}')"), moment)
            if name in branches(server):
                assert not acknowledged
                assert ask(server, DIGEST, branch=name) == mine
                ask(server, f"SELECT branch_discard('{name}')")
            assert branches(server) == []
            assert ask(server, DIGEST) == main
            assert tables(server) == ["big"]


def test_kill_right_after_start_again_and_again():
    with Server() as server:
        ask(server, "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)", "SELECT branch_create('b')")
        ask(server, "UPDATE t SET n = 2", branch="b")
        ask(server, "UPDATE t SET n = 3", "SELECT branch_create('c')", "UPDATE t SET n = 4")
        for _ in range(5):
            server.kill()
            server.start()
            time.sleep(DICE.random() * 0.05)
        assert ask(server, "SELECT n FROM t") == [(4,)]
        assert ask(server, "SELECT n FROM t", branch="b") == [(2,)]
        assert ask(server, "SELECT n FROM t", branch="c") == [(3,)]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_restart_with_100_live_branches(end):
    with Server() as server:
        ask(server, "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)", "INSERT INTO t SELECT range, 0 FROM range(100)")
        with contextlib.closing(server.connect()) as main:
            for number in range(100):
                call(main, f"SELECT branch_create('b{number:02}')")
                if number % 2:
                    call(main, f"SELECT branch_query('b{number:02}', 'UPDATE t SET v = -1 WHERE id = {number}')")
                if number % 5 == 0:
                    call(main, f"UPDATE t SET v = {number} WHERE id = 0")
        getattr(server, end)()
        server.start()
        assert branches(server) == [f"b{number:02}" for number in range(100)]
        epoch = 0
        with contextlib.closing(server.connect()) as main:
            for number in range(100):
                expected = [(0, epoch)] + ([(number, -1)] if number % 2 else [])
                sql = "SELECT * FROM t WHERE v <> 0 OR id = 0 ORDER BY id"
                assert call(main, f"SELECT branch_query('b{number:02}', '{sql}')") == expected, number
                if number % 5 == 0:
                    epoch = number
            assert call(main, "SELECT v FROM t WHERE id = 0") == [(95,)]
            assert call(main, "SELECT branch_merge('b97', 'main_wins')")[0][2] == "merged"
            assert call(main, "SELECT v FROM t WHERE id = 97") == [(-1,)]
