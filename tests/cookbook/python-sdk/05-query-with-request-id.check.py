assert [row["order_id"] for row in rows] == [1, 2, 3], rows
left = agent.query("SHOW hatidata_request_id")
assert list(left[0].values()) == [""], f"the next statement would carry the request id too: {left}"
