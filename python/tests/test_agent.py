"""`HatiDataAgent` against a server: statements, request ids, errors, threads, broken connections."""

import threading

import psycopg2
import pytest
from hatidata_agent import HatiDataAgent, HatiDataError


def setting(agent, name, **kw):
    (row,) = agent.query(f"SHOW {name}", **kw)
    return list(row.values())[0]


def test_query_returns_rows_as_dictionaries(agent, table):
    rows = agent.query(f"SELECT id, price FROM {table} WHERE price > %s ORDER BY id", (15,))
    assert rows == [{"id": 2, "price": 20}, {"id": 3, "price": 30}]


def test_query_takes_named_parameters(agent, table):
    assert agent.query(f"SELECT price FROM {table} WHERE id = %(id)s", {"id": 3}) == [{"price": 30}]


def test_query_without_result_rows_is_an_empty_list(agent, table):
    assert agent.query(f"UPDATE {table} SET price = 0 WHERE id = 1") == []
    assert agent.query(f"SELECT * FROM {table} WHERE false") == []


def test_query_returns_the_rows_of_returning(agent, table):
    assert agent.query(f"DELETE FROM {table} WHERE id = 2 RETURNING price") == [{"price": 20}]


@pytest.mark.parametrize(
    "sql, count",
    [
        ("INSERT INTO {} VALUES (4, 40), (5, 50)", 2),
        ("UPDATE {} SET price = 1", 3),
        ("DELETE FROM {} WHERE id = 1", 1),
        ("UPDATE {} SET price = 1 WHERE false", 0),
        ("ALTER TABLE {} ADD COLUMN note VARCHAR", 0),
        ("DROP TABLE {}", 0),
        ("SELECT * FROM {}", 3),
    ],
)
def test_execute_counts_rows_and_is_never_negative(agent, table, sql, count):
    assert agent.execute(sql.format(table)) == count


def test_percent_sign_is_ordinary_without_parameters(agent):
    assert agent.query("SELECT 7 % 4 AS rest, 'x' LIKE '%x%' AS alike") == [{"rest": 3, "alike": True}]


def test_percent_sign_is_doubled_with_parameters(agent):
    assert agent.query("SELECT 7 %% %s AS rest", (4,)) == [{"rest": 3}]


@pytest.mark.parametrize("text", ["it's", 'back\\slash \\n "quoted"', "dash -- /* */ ; é 日本 😀", "%s", ""])
def test_parameter_arrives_as_it_is(agent, text):
    assert agent.query("SELECT %s AS text", (text,)) == [{"text": text}]


@pytest.mark.parametrize("params", [(1,), (1, 2, 3)])
def test_wrong_number_of_parameters_is_a_clear_error(agent, params):
    with pytest.raises(HatiDataError, match="parameters do not fit together") as caught:
        agent.query("SELECT %s, %s", params)
    assert "one parameter per %s" in caught.value.hint


def test_nul_character_is_refused_instead_of_cutting_the_statement(agent):
    with pytest.raises(HatiDataError, match="NUL"):
        agent.query("SELECT 1\0 + 1")


def test_server_error_has_sqlstate_and_psycopg2_class(agent):
    with pytest.raises(psycopg2.errors.UndefinedTable) as caught:
        agent.query("SELECT * FROM no_such_table")
    assert isinstance(caught.value, HatiDataError)
    assert caught.value.sqlstate == "42P01"
    assert "no_such_table" in caught.value.message
    assert agent.query("SELECT 1 AS one") == [{"one": 1}]


def test_error_of_the_server_carries_its_hint(agent):
    with pytest.raises(HatiDataError) as caught:
        agent.branch_query("no-such-branch", "SELECT 1")
    assert caught.value.sqlstate == "42704"
    assert caught.value.hint and caught.value.hint in str(caught.value)


def test_server_knows_who_asks(server):
    with HatiDataAgent(port=server.port, agent_id="an agent", framework="f -c x=y", priority="high") as agent:
        assert setting(agent, "hatidata_agent_id") == "an agent"
        assert setting(agent, "hatidata_framework") == "f -c x=y"
        assert setting(agent, "hatidata_priority") == "high"
        assert setting(agent, "application_name") == "hatidata-agent/f -c x=y"


def test_agent_id_is_made_up_when_absent(server):
    with HatiDataAgent(port=server.port) as agent, HatiDataAgent(port=server.port) as other:
        assert agent.agent_id.startswith("agent-") and len(agent.agent_id) == len("agent-") + 8
        assert agent.agent_id != other.agent_id
        assert setting(agent, "hatidata_agent_id") == agent.agent_id


def test_request_id_marks_one_statement(agent):
    assert setting(agent, "hatidata_request_id", request_id="it's r-1") == "it's r-1"
    assert setting(agent, "hatidata_request_id") == ""


def test_request_id_is_gone_after_a_failed_statement(agent):
    with pytest.raises(HatiDataError):
        agent.query("SELECT * FROM no_such_table", request_id="r-1")
    assert setting(agent, "hatidata_request_id") == ""


def test_request_id_is_gone_after_a_failed_transaction(agent):
    agent.execute("BEGIN")
    with pytest.raises(psycopg2.errors.UndefinedTable):
        agent.query("SELECT * FROM no_such_table", request_id="r-1")
    agent.execute("ROLLBACK")
    assert setting(agent, "hatidata_request_id") == ""


def test_transaction_of_several_calls_is_rolled_back_whole(agent, table):
    agent.execute("BEGIN")
    agent.execute(f"DELETE FROM {table}")
    agent.execute("ROLLBACK")
    assert len(agent.query(f"SELECT * FROM {table}")) == 3


def test_threads_share_one_agent(agent):
    seen = []

    def ask(number):
        for _ in range(20):
            seen.append(setting(agent, "hatidata_request_id", request_id=f"r-{number}") == f"r-{number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 160
    assert setting(agent, "hatidata_request_id") == ""


def test_closed_agent_says_so(server):
    with HatiDataAgent(port=server.port) as agent:
        pass
    agent.close()
    with pytest.raises(HatiDataError, match="this agent is closed") as caught:
        agent.query("SELECT 1")
    assert caught.value.sqlstate == "08003"


def test_representation_does_not_show_the_password(server):
    with HatiDataAgent(port=server.port, password="hd_live_secret") as agent:
        assert "secret" not in repr(agent)


# A connection that breaks. The restarted server has another port, hence `agent.port = …`.


def kill_and_restart(server, agent):
    server.kill()
    server.restart()
    agent.port = server.port


def test_broken_connection_is_reported_and_the_next_call_connects_again(fresh_server):
    with HatiDataAgent(port=fresh_server.port) as agent:
        fresh_server.kill()
        with pytest.raises(HatiDataError, match="was lost") as caught:
            agent.query("SELECT 1")
        assert "`hati start`" in caught.value.hint
        with pytest.raises(HatiDataError, match="cannot reach HatiData"):
            agent.query("SELECT 1")
        fresh_server.restart()
        agent.port = fresh_server.port
        assert agent.query("SELECT 1 AS one") == [{"one": 1}]


def test_rest_of_a_lost_transaction_is_refused_until_rollback(fresh_server):
    with HatiDataAgent(port=fresh_server.port) as agent:
        agent.execute("CREATE TABLE t (i INTEGER)")
        agent.execute("BEGIN")
        agent.execute("INSERT INTO t VALUES (1)")
        kill_and_restart(fresh_server, agent)
        for _ in range(2):
            with pytest.raises(HatiDataError):
                agent.execute("INSERT INTO t VALUES (2)")
        agent.execute("ROLLBACK")
        assert agent.query("SELECT * FROM t") == []


def test_commit_of_a_lost_transaction_fails_and_ends_it(fresh_server):
    with HatiDataAgent(port=fresh_server.port) as agent:
        agent.execute("CREATE TABLE t (i INTEGER)")
        agent.execute("BEGIN")
        kill_and_restart(fresh_server, agent)
        with pytest.raises(HatiDataError, match="was lost"):
            agent.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(HatiDataError, match="rolled back"):
            agent.execute("COMMIT")
        assert agent.query("SELECT * FROM t") == []


def test_session_on_a_branch_comes_back_on_that_branch(fresh_server):
    with HatiDataAgent(port=fresh_server.port) as agent:
        agent.execute("CREATE TABLE t (i INTEGER)")
        agent.branch_create("try")
        agent.execute("SET hatidata_branch = 'try'")
        agent.execute("INSERT INTO t VALUES (1)")
        kill_and_restart(fresh_server, agent)
        with pytest.raises(HatiDataError, match="was lost"):
            agent.query("SELECT 1")
        agent.execute("INSERT INTO t VALUES (2)")
        assert agent.query("SELECT * FROM t ORDER BY i") == [{"i": 1}, {"i": 2}]
        agent.execute("SET hatidata_branch = ''")
        assert agent.query("SELECT * FROM t") == []


def test_session_whose_branch_ended_meanwhile_stays_off_main_until_told(fresh_server):
    with HatiDataAgent(port=fresh_server.port) as agent, HatiDataAgent(port=fresh_server.port) as other:
        agent.execute("CREATE TABLE t (i INTEGER)")
        agent.branch_create("try")
        agent.execute("SET hatidata_branch = 'try'")
        other.branch_discard("try")
        kill_and_restart(fresh_server, agent)
        with pytest.raises(HatiDataError, match="was lost"):
            agent.query("SELECT 1")
        for _ in range(2):
            with pytest.raises(HatiDataError, match='cannot return to branch "try"') as caught:
                agent.execute("INSERT INTO t VALUES (1)")
        assert caught.value.sqlstate == "55000"
        agent.execute("SET hatidata_branch = ''")
        assert agent.query("SELECT * FROM t") == []


def test_refused_connection_tells_the_reason_and_the_hint_of_the_server(server):
    with pytest.raises(HatiDataError, match='refused the connection: there is no branch "nowhere"') as caught:
        HatiDataAgent(port=server.port, database="hatidata/nowhere")
    assert "branch_list" in caught.value.hint
