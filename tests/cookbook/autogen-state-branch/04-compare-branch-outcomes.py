for branch in ['horizontal-scale', 'vertical-scale']:
    result = hati.query(f"""
        SELECT branch_query(
            '{branch}',
            'SELECT service, replicas, cpu_limit, memory_limit, region FROM deploy_config ORDER BY service'
        )
    """)
    total_replicas = sum(int(r['replicas']) for r in result)
    print(f"\n=== {branch} ===")
    for r in result:
        print(f"  {r['service']}: {r['replicas']}x ({r['cpu_limit']} CPU, {r['memory_limit']} RAM) in {r['region']}")
    print(f"  Total replicas: {total_replicas}")
# Main is unchanged
main = hati.query("SELECT SUM(replicas) AS total FROM deploy_config")
print(f"\nMain state total replicas: {main[0]['total']} (unchanged)")
