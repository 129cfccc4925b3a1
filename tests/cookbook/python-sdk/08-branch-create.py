branch = agent.branch_create(
    name="what-if-pricing",
    description="Simulate 10% price increase on enterprise tier",
    ttl_seconds=7200,
)
branch_id = branch["branch_id"]
