# Choose vertical scaling (fewer replicas, more efficient)
hati.execute("SELECT branch_merge('vertical-scale', 'branch_wins')")
hati.execute("SELECT branch_discard('horizontal-scale')")
print("Merged vertical-scale, discarded horizontal-scale")
# Verify final state
result = hati.query("SELECT service, replicas, cpu_limit, region FROM deploy_config ORDER BY service")
print("\nFinal deployment config:")
for r in result:
    print(f"  {r['service']}: {r['replicas']}x ({r['cpu_limit']} CPU) in {r['region']}")
# Verify no branches remain
branches = hati.query("SELECT branch_list()")
print(f"\nActive branches: {len(branches)}")
