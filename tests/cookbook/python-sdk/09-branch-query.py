rows = agent.branch_query(
    branch_id="br_a1b2c3d4",
    sql="UPDATE products SET price = price * 1.10 WHERE tier = 'enterprise'",
)
