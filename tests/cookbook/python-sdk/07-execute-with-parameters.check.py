assert count == 1, count
assert agent.query("SELECT status FROM customers WHERE customer_id = 42") == [{"status": "churned"}]
