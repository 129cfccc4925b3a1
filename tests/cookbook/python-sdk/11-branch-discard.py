agent.branch_discard(branch_id="br_a1b2c3d4")
