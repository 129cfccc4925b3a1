from hatidata_agent import HatiDataAgent
hati = HatiDataAgent(host="localhost", port=5439, agent_id="portfolio-agent")
# Create baseline portfolio
hati.execute("""
    CREATE TABLE portfolio (
        ticker VARCHAR, shares INTEGER,
        avg_cost DOUBLE, current_price DOUBLE
    )
""")
hati.execute("""
    INSERT INTO portfolio VALUES
    ('AAPL', 100, 150.0, 185.0),
    ('GOOGL', 50, 120.0, 175.0),
    ('MSFT', 75, 310.0, 420.0)
""")
result = hati.query("SELECT ticker, shares, current_price FROM portfolio")
print("Baseline portfolio:")
for r in result:
    print(f"  {r['ticker']}: {r['shares']} shares @ ${r['current_price']}")
