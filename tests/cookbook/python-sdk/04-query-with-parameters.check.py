from decimal import Decimal

assert rows == [{"order_id": 1, "customer_id": 42, "status": "active", "amount": Decimal("10.50")}], rows
