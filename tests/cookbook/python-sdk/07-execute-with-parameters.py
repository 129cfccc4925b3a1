count = agent.execute(
    "UPDATE customers SET status = %s WHERE customer_id = %s",
    params=("churned", 42),
)
