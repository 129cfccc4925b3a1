assert printed == "1 rows inserted\n", printed
assert agent.query("SELECT id, message FROM logs") == [{"id": 1, "message": "agent started"}]
