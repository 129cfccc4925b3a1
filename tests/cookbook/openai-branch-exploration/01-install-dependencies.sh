pip install openai hatidata-agent
hati init
