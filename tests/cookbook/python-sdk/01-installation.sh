pip install hatidata-agent
