rows = agent.query(
    "SELECT * FROM orders WHERE customer_id = %s AND status = %s",
    params=(42, "active"),
)
