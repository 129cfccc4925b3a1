from decimal import Decimal

prices = "SELECT name, price FROM products ORDER BY name"
assert rows == [{"rows_affected": 1}], rows
in_branch = {row["name"]: row["price"] for row in agent.branch_query(branch_id, prices)}
assert in_branch == {"kit": Decimal("10.00"), "suite": Decimal("110.00")}, in_branch
in_main = {row["name"]: row["price"] for row in agent.query(prices)}
assert in_main == {"kit": Decimal("10.00"), "suite": Decimal("100.00")}, in_main
