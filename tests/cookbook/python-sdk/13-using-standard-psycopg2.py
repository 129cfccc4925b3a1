import psycopg2

conn = psycopg2.connect(
    host="localhost",
    port=5439,
    user="agent",
    password="hd_live_...",
    dbname="hatidata",
    application_name="my-agent/custom",  # agent_id/framework convention
)

with conn.cursor() as cur:
    cur.execute("SELECT * FROM customers LIMIT 10")
    rows = cur.fetchall()

conn.close()
