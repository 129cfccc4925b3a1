pip install autogen-agentchat hatidata-agent
hati init
