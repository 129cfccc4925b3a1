assert printed == "1 0\n", printed
in_main = {row["name"]: row["price"] for row in agent.query(prices)}
assert in_main == {"kit": Decimal("10.00"), "suite": Decimal("110.00")}, in_main
