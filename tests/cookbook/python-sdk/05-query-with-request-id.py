rows = agent.query(
    "SELECT * FROM orders",
    request_id="trace-abc-123",
)
