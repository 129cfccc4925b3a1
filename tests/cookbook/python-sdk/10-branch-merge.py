result = agent.branch_merge(
    branch_id="br_a1b2c3d4",
    strategy="branch_wins",  # or "main_wins", "abort"
)
print(result["tables_merged"], result["conflicts"])
