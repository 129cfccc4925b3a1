# Compare portfolios across branches
for branch in ['aggressive-growth', 'conservative-hedge']:
    result = hati.query(f"""
        SELECT branch_query(
            '{branch}',
            'SELECT ticker, shares, current_price, shares * current_price AS value FROM portfolio'
        )
    """)
    total = sum(float(r['value']) for r in result)
    print(f"\n=== {branch} ===")
    for r in result:
        print(f"  {r['ticker']}: {r['shares']} shares, value=${float(r['value']):,.0f}")
    print(f"  Total portfolio value: ${total:,.0f}")
# Check main state is unchanged
main_result = hati.query("SELECT COUNT(*) AS cnt FROM portfolio")
print(f"\nMain state: {main_result[0]['cnt']} positions (unchanged)")
