# Merge the aggressive branch (higher returns)
hati.execute("SELECT branch_merge('aggressive-growth', 'branch_wins')")
print("Merged aggressive-growth into main state")
# Discard the conservative branch
hati.execute("SELECT branch_discard('conservative-hedge')")
print("Discarded conservative-hedge branch")
# Verify main state updated
result = hati.query("SELECT ticker, shares, current_price FROM portfolio ORDER BY ticker")
print("\nFinal portfolio (main state):")
for r in result:
    print(f"  {r['ticker']}: {r['shares']} shares @ ${r['current_price']}")
