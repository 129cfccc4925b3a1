# Create two branches for parallel exploration
hati.execute("SELECT branch_create('aggressive-growth')")
hati.execute("SELECT branch_create('conservative-hedge')")
print("Created branches: aggressive-growth, conservative-hedge")
# In the aggressive branch: buy more tech
hati.execute("""
    SELECT branch_query(
        'aggressive-growth',
        'INSERT INTO portfolio VALUES (''NVDA'', 200, 800.0, 950.0)'
    )
""")
hati.execute("""
    SELECT branch_query(
        'aggressive-growth',
        'UPDATE portfolio SET shares = 200 WHERE ticker = ''AAPL'''
    )
""")
# In the conservative branch: diversify into bonds
hati.execute("""
    SELECT branch_query(
        'conservative-hedge',
        'INSERT INTO portfolio VALUES (''BND'', 500, 72.0, 74.0)'
    )
""")
print("Branch writes complete — main state is untouched")
