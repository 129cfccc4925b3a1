from hatidata_agent import HatiDataAgent

agent = HatiDataAgent(
    host="localhost",  # Proxy hostname
    port=5439,  # Proxy port (default: 5439)
    agent_id="my-agent",  # Unique agent identifier
    framework="custom",  # AI framework name
    database="hatidata",  # Database name
    user="agent",  # Username
    password="hd_live_...",  # API key
)
