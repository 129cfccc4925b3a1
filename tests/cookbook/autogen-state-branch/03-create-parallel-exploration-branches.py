# Branch A: horizontal scaling (more replicas, same resources)
hati.execute("SELECT branch_create('horizontal-scale')")
hati.execute("""
    SELECT branch_query(
        'horizontal-scale',
        'UPDATE deploy_config SET replicas = replicas * 3'
    )
""")
hati.execute("""
    SELECT branch_query(
        'horizontal-scale',
        'INSERT INTO deploy_config VALUES (''cache-layer'', 6, ''250m'', ''256Mi'', ''us-east-1'')'
    )
""")
# Branch B: vertical scaling (more resources, multi-region)
hati.execute("SELECT branch_create('vertical-scale')")
hati.execute("""
    SELECT branch_query(
        'vertical-scale',
        'UPDATE deploy_config SET cpu_limit = ''4000m'', memory_limit = ''8Gi'' WHERE service = ''ml-inference'''
    )
""")
hati.execute("""
    SELECT branch_query(
        'vertical-scale',
        'INSERT INTO deploy_config VALUES (''ml-inference'', 2, ''4000m'', ''8Gi'', ''eu-west-1'')'
    )
""")
print("Created branches: horizontal-scale, vertical-scale")
