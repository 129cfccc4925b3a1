assert branch_id.startswith("br_") and len(branch_id) == 11, branch
assert branch["name"] == "what-if-pricing" and branch["status"] == "active", branch
assert branch["description"] == "Simulate 10% price increase on enterprise tier", branch
life = branch["expires_at"] - branch["created_at"]
assert abs(life.total_seconds() - 7200) < 1, branch
