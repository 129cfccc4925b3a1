with HatiDataAgent(host="localhost", agent_id="my-agent") as agent:
    rows = agent.query("SELECT COUNT(*) FROM orders")
# Connection automatically closed when the block exits
