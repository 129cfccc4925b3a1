assert printed == "Ada ada@example.com\nGrace grace@example.com\n", printed
assert rows[0] == {"customer_id": 7, "name": "Ada", "email": "ada@example.com", "status": "active"}, rows
