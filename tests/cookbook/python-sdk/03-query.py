rows = agent.query("SELECT * FROM customers WHERE status = 'active' LIMIT 10")
for row in rows:
    print(row["name"], row["email"])
