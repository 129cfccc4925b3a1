# The tables that the seed's statements speak of, filled so that every statement has something to find.
from hatidata_agent import HatiDataAgent

with HatiDataAgent(agent_id="fixture") as fixture:
    fixture.execute("""
        CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name VARCHAR, email VARCHAR, status VARCHAR);
        INSERT INTO customers VALUES
            (7, 'Ada', 'ada@example.com', 'active'),
            (42, 'Grace', 'grace@example.com', 'active'),
            (43, 'Edsger', 'edsger@example.com', 'trial');
        CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, status VARCHAR, amount DECIMAL(10, 2));
        INSERT INTO orders VALUES (1, 42, 'active', 10.50), (2, 42, 'closed', 20.00), (3, 7, 'active', 30.25);
        CREATE TABLE logs (id INTEGER, message VARCHAR, logged_at TIMESTAMPTZ);
        CREATE TABLE products (name VARCHAR PRIMARY KEY, tier VARCHAR, price DECIMAL(10, 2));
        INSERT INTO products VALUES ('suite', 'enterprise', 100.00), ('kit', 'team', 10.00);
    """)
