from hatidata_agent import HatiDataError

assert [list(row.values()) for row in rows] == [[3]], rows
try:
    agent.query("SELECT 1")
except HatiDataError as error:
    assert "closed" in error.message, error
else:
    raise AssertionError("the connection is still open")
