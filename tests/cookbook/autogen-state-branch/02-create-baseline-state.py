from hatidata_agent import HatiDataAgent
hati = HatiDataAgent(host="localhost", port=5439, agent_id="autogen-planner")
# Create deployment configurations table
hati.execute("""
    CREATE TABLE deploy_config (
        service VARCHAR, replicas INTEGER,
        cpu_limit VARCHAR, memory_limit VARCHAR,
        region VARCHAR
    )
""")
hati.execute("""
    INSERT INTO deploy_config VALUES
    ('api-gateway', 3, '500m', '512Mi', 'us-east-1'),
    ('ml-inference', 2, '2000m', '4Gi', 'us-east-1'),
    ('data-pipeline', 1, '1000m', '2Gi', 'us-east-1')
""")
result = hati.query("SELECT service, replicas, region FROM deploy_config")
print("Baseline deployment config:")
for r in result:
    print(f"  {r['service']}: {r['replicas']} replicas in {r['region']}")
