"""SQLAlchemy 2, Core and ORM, over its three PostgreSQL drivers. What it reads from the catalogs is in test_sqlalchemy.py."""

import asyncio
import contextlib
import datetime as dt
import decimal
import enum
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

D = decimal.Decimal
DRIVERS = ["psycopg2", "psycopg", "asyncpg"]


class Colour(enum.Enum):
    red = "r"
    green = "g"


def url(server, driver, database="hatidata"):
    return sa.URL.create(f"postgresql+{driver}", username="agent", host=server.host, port=server.port, database=database)


@contextlib.contextmanager
def connected(server, driver, database="hatidata", **options):
    """An engine, and the function that runs `work(connection)` on one connection of it."""
    if driver == "asyncpg":
        engine = create_async_engine(url(server, driver, database), **options)

        async def on(work):
            try:
                async with engine.connect() as connection:
                    return await connection.run_sync(work)
            finally:
                await engine.dispose()

        yield lambda work: asyncio.run(asyncio.wait_for(on(work), 50))
        return
    engine = sa.create_engine(url(server, driver, database), **options)

    def run(work):
        with engine.connect() as connection:
            return work(connection)

    try:
        yield run
    finally:
        engine.dispose()


@pytest.fixture(params=DRIVERS)
def run(request, server):
    with connected(server, request.param) as run:
        yield run


@pytest.fixture
def engine(server):
    """One driver is enough where the driver makes no difference."""
    engine = sa.create_engine(url(server, "psycopg"))
    yield engine
    engine.dispose()


def models(db):
    """A small shop: parents, children, many to many, each mapped to a table of its own name."""

    class Base(orm.DeclarativeBase):
        pass

    customers, orders, tags, order_tags = (db.name(n) for n in ("customers", "orders", "tags", "order_tags"))
    links = sa.Table(
        order_tags,
        Base.metadata,
        sa.Column("order_id", sa.ForeignKey(f"{orders}.id"), primary_key=True),
        sa.Column("tag_id", sa.ForeignKey(f"{tags}.id"), primary_key=True),
    )

    class Customer(Base):
        __tablename__ = customers
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str] = orm.mapped_column(sa.String(50), unique=True)
        active: orm.Mapped[bool] = orm.mapped_column(server_default=sa.true())
        orders: orm.Mapped[list["Order"]] = orm.relationship(back_populates="customer", cascade="all, delete-orphan", order_by="Order.id")

    class Order(Base):
        __tablename__ = orders
        id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
        customer_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey(Customer.id), index=True)
        amount: orm.Mapped[D] = orm.mapped_column(sa.Numeric(10, 2), sa.CheckConstraint("amount >= 0"))
        placed: orm.Mapped[dt.datetime] = orm.mapped_column(server_default=sa.func.now())
        customer: orm.Mapped[Customer] = orm.relationship(back_populates="orders")
        tags: orm.Mapped[list["Tag"]] = orm.relationship(secondary=links, order_by="Tag.name")

    class Tag(Base):
        __tablename__ = tags
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str]

    return Base, Customer, Order, Tag


TYPES = [
    (sa.Boolean(), True),
    (sa.SmallInteger(), -32768),
    (sa.Integer(), 2147483647),
    (sa.BigInteger(), 2**62),
    (sa.Double(), 0.25),  # not 0.1: SQLAlchemy casts asyncpg's parameters to FLOAT, which has 4 bytes in DuckDB
    (sa.REAL(), 1.5),
    (sa.Numeric(20, 4), D("-1234567890123456.7891")),
    (sa.String(20), "it's 100% \\ \"grün\" 🦆"),
    (sa.Text(), ""),
    (sa.Unicode(10), "ü"),
    (sa.LargeBinary(), bytes(range(256))),
    (sa.Date(), dt.date(1969, 7, 20)),
    (sa.Time(), dt.time(23, 59, 59, 999999)),
    (sa.DateTime(), dt.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    (sa.DateTime(timezone=True), dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.timezone.utc)),
    (sa.Interval(), dt.timedelta(days=-3, seconds=5, microseconds=7)),
    (sa.Uuid(), uuid.UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
    (sa.JSON(), {"a": [1, None, "it's"], "ü": {"b": 1.5}}),
    (pg.JSONB(), [1, {"a": None}]),
    (pg.ARRAY(sa.Integer()), [1, 2, 3]),
    (pg.ARRAY(sa.Text()), ["a", "", "NULL", 'q"u', "b\\s"]),
    (pg.ARRAY(sa.Numeric(6, 2)), [D("1.50")]),
    (sa.Enum(Colour, native_enum=False, length=10), Colour.green),
    (sa.PickleType(), {"any": ("object", 1)}),
]


@pytest.mark.parametrize("sql_type, value", TYPES, ids=[repr(t) for t, _ in TYPES])
@pytest.mark.parametrize("driver", DRIVERS)
def test_value_and_null_come_back_as_they_were_written(server, db, driver, sql_type, value):
    table = sa.Table(db.name(), sa.MetaData(), sa.Column("k", sa.Integer), sa.Column("v", sql_type))

    def work(connection):
        table.create(connection)
        connection.execute(table.insert(), [{"k": 1, "v": value}, {"k": 2, "v": sa.null() if isinstance(sql_type, sa.JSON) else None}])
        equal = [] if isinstance(sql_type, (sa.JSON, sa.PickleType)) else connection.scalars(sa.select(table.c.k).where(table.c.v == value)).all()
        connection.commit()
        return connection.scalars(sa.select(table.c.v).order_by(table.c.k)).all(), equal

    with connected(server, driver) as run:
        (got, null), equal = run(work)
    assert got == value
    assert isinstance(got, type(value))
    assert null is None
    if not isinstance(sql_type, (sa.JSON, sa.PickleType)):
        assert equal == [1]


def test_create_all_makes_the_tables_once_and_drop_all_removes_them(run, db):
    Base, Customer, *_ = models(db)
    names = set(Base.metadata.tables)

    def work(connection):
        Base.metadata.create_all(connection)
        Base.metadata.create_all(connection)  # looks first, makes nothing
        connection.commit()
        made = names & set(sa.inspect(connection).get_table_names())
        Base.metadata.drop_all(connection)
        Base.metadata.drop_all(connection)
        connection.commit()
        return made, names & set(sa.inspect(connection).get_table_names())

    assert run(work) == (names, set())


def test_tables_can_be_made_again_after_they_were_dropped(engine, db):
    Base, Customer, *_others = models(db)
    for _ in range(2):
        Base.metadata.create_all(engine)
        with orm.Session(engine) as session:
            session.add(Customer(name="ann"))
            session.commit()
            assert session.scalars(sa.select(Customer.id)).all() == [1]
        Base.metadata.drop_all(engine)


def test_keys_are_given_by_the_server(run, db):
    Base, Customer, Order, Tag = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        with orm.Session(connection) as session:
            ann = Customer(name="ann", orders=[Order(amount=D("1.50")), Order(amount=D("2.00"))])
            session.add_all([ann, Customer(name="bob")])
            session.flush()
            keys = ann.id, [o.id for o in ann.orders], ann.active, ann.orders[0].placed
            session.commit()
            return keys, session.execute(sa.select(Customer.name, Customer.id).order_by(Customer.id)).all()

    (ann, orders, active, placed), rows = run(work)
    assert (ann, orders, active) == (1, [1, 2], True)
    assert abs(placed - dt.datetime.now()) < dt.timedelta(days=2)
    assert rows == [("ann", 1), ("bob", 2)]


def test_objects_are_changed_read_and_deleted_with_their_relations(run, db):
    Base, Customer, Order, Tag = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        with orm.Session(connection, expire_on_commit=True) as session:
            new, big = Tag(name="new"), Tag(name="big")
            session.add(Customer(name="ann", orders=[Order(amount=D("10"), tags=[new, big]), Order(amount=D("5"), tags=[new])]))
            session.commit()

            ann = session.scalars(sa.select(Customer).options(orm.selectinload(Customer.orders).joinedload(Order.tags))).unique().one()
            first = [(o.amount, [t.name for t in o.tags]) for o in ann.orders]
            ann.orders[0].amount += D("0.25")
            ann.orders[0].tags.remove(big)
            ann.orders.pop()
            session.commit()
            second = [(o.amount, [t.name for t in o.tags]) for o in ann.orders]
            by_tag = session.scalars(sa.select(Order.amount).join(Order.tags).where(Tag.name == "new")).all()

            session.delete(ann)
            session.commit()
            left = session.scalar(sa.select(sa.func.count()).select_from(Order)), session.scalar(sa.select(sa.func.count(Tag.id)))
            return first, second, by_tag, left

    first, second, by_tag, left = run(work)
    assert first == [(D("10.00"), ["big", "new"]), (D("5.00"), ["new"])]
    assert second == [(D("10.25"), ["new"])]
    assert by_tag == [D("10.25")]
    assert left == (0, 2)


def test_thousands_of_objects_get_their_own_keys(run, db):
    """SQLAlchemy inserts them in batches, with RETURNING in the order in which they were given."""
    Base, Customer, *_ = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        with orm.Session(connection) as session:
            people = [Customer(name=f"c{n}") for n in range(2500)]
            session.add_all(people)
            session.flush()
            keys = [p.id for p in people]
            stored = dict(session.execute(sa.select(Customer.id, Customer.name)).all())
            session.commit()
            return keys == sorted(set(keys)), all(stored[p.id] == p.name for p in people), len(stored)

    assert run(work) == (True, True, 2500)


def test_bulk_insert_update_and_delete(run, db):
    Base, Customer, *_ = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        with orm.Session(connection) as session:
            session.execute(sa.insert(Customer), [{"name": f"c{n}"} for n in range(300)])
            session.execute(sa.update(Customer), [{"id": n, "active": False} for n in range(1, 11)])
            changed = session.execute(sa.update(Customer).where(Customer.id > 290).values(active=False)).rowcount
            gone = session.execute(sa.delete(Customer).where(Customer.active.is_(False)).returning(Customer.id)).scalars().all()
            session.commit()
            return changed, sorted(gone), session.scalar(sa.select(sa.func.count(Customer.id)))

    changed, gone, left = run(work)
    assert changed == 10
    assert gone == [*range(1, 11), *range(291, 301)]
    assert left == 280


def test_upsert(run, db):
    Base, Customer, *_ = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        insert = pg.insert(Customer).values([{"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}])
        connection.execute(insert)
        again = insert.on_conflict_do_update(index_elements=[Customer.id], set_={"name": insert.excluded.name + "!"})
        connection.execute(again)
        connection.execute(insert.on_conflict_do_nothing())
        connection.commit()
        return connection.execute(sa.select(Customer.id, Customer.name).order_by(Customer.id)).all()

    assert run(work) == [(1, "ann!"), (2, "bob!")]


def test_rollback_undoes_a_session(run, db):
    Base, Customer, *_ = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        connection.commit()
        with orm.Session(connection) as session:
            session.add(Customer(name="ann"))
            session.commit()
            session.add(Customer(name="bob"))
            session.flush()
            seen = session.scalar(sa.select(sa.func.count(Customer.id)))
            session.rollback()
            return seen, session.scalars(sa.select(Customer.name)).all()

    assert run(work) == (2, ["ann"])


def test_broken_rule_is_an_integrity_error_and_the_session_goes_on_after_rollback(run, db):
    Base, Customer, Order, _ = models(db)

    def work(connection):
        Base.metadata.create_all(connection)
        connection.commit()
        codes = []
        with orm.Session(connection) as session:
            session.add(Customer(name="ann"))
            session.commit()
            for bad in (Customer(name="ann"), Customer(name=None), Order(customer_id=99, amount=1), Order(customer_id=1, amount=-1)):
                session.add(bad)
                with pytest.raises(sa.exc.IntegrityError) as caught:
                    session.flush()
                codes.append(getattr(caught.value.orig, "pgcode", None) or caught.value.orig.sqlstate)
                session.rollback()
            return codes, session.scalars(sa.select(Customer.name)).all()

    assert run(work) == (["23505", "23502", "23503", "23514"], ["ann"])


def test_wrong_statement_is_a_programming_error_with_its_sqlstate(run):
    def work(connection):
        with pytest.raises(sa.exc.ProgrammingError) as caught:
            connection.execute(sa.text("SELECT * FROM nosuch WHERE a = :a"), {"a": 1})
        connection.rollback()
        return getattr(caught.value.orig, "pgcode", None) or caught.value.orig.sqlstate, connection.scalar(sa.text("SELECT 1"))

    assert run(work) == ("42P01", 1)


def test_nested_transaction_is_kept_or_says_what_to_do_instead(run, db):
    """DuckDB cannot undo a part of a transaction; a savepoint that is released costs nothing."""
    t = db.name()

    def work(connection):
        connection.execute(sa.text(f"CREATE TABLE {t}(a INTEGER)"))
        with connection.begin_nested():
            connection.execute(sa.text(f"INSERT INTO {t} VALUES (1)"))
        connection.commit()
        nested = connection.begin_nested()
        connection.execute(sa.text(f"INSERT INTO {t} VALUES (2)"))
        with pytest.raises(sa.exc.DBAPIError, match="savepoint .* cannot be undone"):
            nested.rollback()
        connection.rollback()
        return connection.scalars(sa.text(f"SELECT a FROM {t}")).all()

    assert run(work) == [1]


def test_core_queries(run, db):
    """Joins, grouping, windows, CTEs, set operations, subqueries, cases, casts: as SQLAlchemy writes them for PostgreSQL."""
    table = sa.Table(db.name(), sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("team", sa.String), sa.Column("points", sa.Integer), sa.Column("day", sa.Date))

    def work(connection):
        table.create(connection)
        rows = [(1, "a", 5, dt.date(2024, 1, 31)), (2, "a", 7, dt.date(2024, 2, 1)), (3, "b", 1, None)]
        connection.execute(table.insert(), [dict(zip(("id", "team", "points", "day"), row)) for row in rows])
        c = table.c
        grouped = sa.select(c.team, sa.func.sum(c.points).label("n"), sa.func.avg(c.points)).group_by(c.team).having(sa.func.count() > 0).order_by(c.team)
        ranked = sa.select(c.id, sa.func.row_number().over(partition_by=c.team, order_by=c.points.desc()).label("r")).cte("ranked")
        best = sa.select(ranked.c.id).where(ranked.c.r == 1).order_by(ranked.c.id)
        tree = sa.select(sa.literal(1).label("n")).cte("tree", recursive=True)
        tree = tree.union_all(sa.select(tree.c.n + 1).where(tree.c.n < 5))
        other = table.alias()
        return {
            "grouped": [(t, int(n), float(a)) for t, n, a in connection.execute(grouped)],
            "best": connection.scalars(best).all(),
            "tree": connection.scalar(sa.select(sa.func.sum(tree.c.n))),
            "in": connection.scalars(sa.select(c.id).where(c.id.in_([1, 3]), c.team.like("%a%") | c.team.ilike("B")).order_by(c.id)).all(),
            "none": connection.scalars(sa.select(c.id).where(c.id.in_([]))).all(),
            "any": connection.scalars(sa.select(c.id).where(c.id == sa.any_(sa.cast([1, 2], pg.ARRAY(sa.Integer)))).order_by(c.id)).all(),
            "exists": connection.scalars(sa.select(c.id).where(sa.exists().where(other.c.team == c.team, other.c.id > c.id))).all(),
            "case": connection.scalars(sa.select(sa.case((c.points > 5, "high"), else_="low")).order_by(c.id)).all(),
            "year": [int(y) for y in connection.scalars(sa.select(sa.extract("month", c.day)).where(c.day.is_not(None)).order_by(c.id))],
            "distinct": connection.scalars(sa.select(c.id).distinct(c.team).order_by(c.team, c.points)).all(),
            "nulls": connection.scalars(sa.select(c.id).order_by(c.day.desc().nulls_last()).limit(2).offset(1)).all(),
            "union": connection.scalars(sa.union(sa.select(c.team), sa.select(sa.literal("z"))).order_by("team")).all(),
            "except": connection.scalars(sa.except_(sa.select(c.id), sa.select(sa.literal(2))).order_by("id")).all(),
            "concat": connection.scalar(sa.select(c.team + "/" + sa.cast(c.id, sa.String)).where(c.id == 3)),
            "string_agg": connection.scalar(sa.select(sa.func.string_agg(c.team, pg.aggregate_order_by(sa.literal_column("'-'"), c.id)))),
            "values": connection.execute(sa.select(sa.values(sa.column("x", sa.Integer), sa.column("y", sa.String), name="v").data([(1, "one"), (2, "two")])).order_by(sa.text("x"))).all(),
        }

    assert run(work) == {
        "grouped": [("a", 12, 6.0), ("b", 1, 1.0)],
        "best": [2, 3],
        "tree": 15,
        "in": [1, 3],
        "none": [],
        "any": [1, 2],
        "exists": [1],
        "case": ["low", "high", "low"],
        "year": [1, 2],
        "distinct": [1, 3],
        "nulls": [1, 3],
        "union": ["a", "b", "z"],
        "except": [1, 3],
        "concat": "b/3",
        "string_agg": "a-a-b",
        "values": [(1, "one"), (2, "two")],
    }


def test_json_paths(run, db):
    table = sa.Table(db.name(), sa.MetaData(), sa.Column("doc", pg.JSONB))

    def work(connection):
        table.create(connection)
        connection.execute(table.insert(), [{"doc": {"a": {"b": [10, "x"]}, "n": 5}}, {"doc": {"n": 7}}])
        doc = table.c.doc
        return (
            connection.scalars(sa.select(doc["n"].as_integer()).order_by(doc["n"].as_integer())).all(),
            connection.scalars(sa.select(doc[("a", "b", 1)].as_string()).where(doc["n"].as_integer() == 5)).all(),
            connection.scalars(sa.select(doc["n"]).where(doc["a"]["b"].is_not(None))).all(),
        )

    assert run(work) == ([5, 7], ["x"], [5])


def test_sequence_gives_keys(run, db):
    numbers = sa.Sequence(db.name("numbers"), start=100)
    table = sa.Table(db.name(), sa.MetaData(), sa.Column("id", sa.Integer, numbers, primary_key=True), sa.Column("s", sa.Text))

    def work(connection):
        table.create(connection)  # and its sequence
        keys = [connection.execute(table.insert().values(s="x")).inserted_primary_key[0] for _ in range(2)]
        connection.commit()
        return keys, connection.scalar(numbers.next_value())

    assert run(work) == ([100, 101], 102)


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_rows_are_streamed(server, driver):
    """`stream_results` reads through a cursor on the server."""
    with connected(server, driver) as run:
        def work(connection):
            result = connection.execution_options(stream_results=True, max_row_buffer=100).execute(sa.text("SELECT range FROM range(50000)"))
            parts = [len(part) for part in result.partitions(10_000)]
            return parts, connection.scalar(sa.text("SELECT 1"))

        assert run(work) == ([10_000] * 5, 1)


def test_rows_are_streamed_over_asyncpg(server):
    async def main():
        engine = create_async_engine(url(server, "asyncpg"))
        async with engine.connect() as connection:
            result = await connection.stream(sa.text("SELECT range FROM range(50000)"))
            count = 0
            async for (n,) in result:
                assert n == count
                count += 1
        await engine.dispose()
        return count

    assert asyncio.run(main()) == 50_000


def test_async_sessions(server, db):
    Base, Customer, *_ = models(db)

    async def main():
        engine = create_async_engine(url(server, "asyncpg"))
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            session.add(Customer(name="ann"))
            await session.commit()
            names = (await session.scalars(sa.select(Customer.name))).all()
        await engine.dispose()
        return names

    assert asyncio.run(main()) == ["ann"]


def test_pool_hands_out_clean_connections(server, db):
    t = db.name()
    db.run(f"CREATE TABLE {t}(a INT)")
    engine = sa.create_engine(url(server, "psycopg2"), pool_size=1, max_overflow=0, pool_pre_ping=True)
    with engine.connect() as connection:
        connection.execute(sa.text(f"INSERT INTO {t} VALUES (1)"))  # rolled back when it returns to the pool
    with engine.connect() as connection:
        assert connection.scalar(sa.text(f"SELECT count(*) FROM {t}")) == 0
    engine.dispose()


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_isolation_levels_can_be_asked_for(server, db, level):
    t = db.name()
    engine = sa.create_engine(url(server, "psycopg"), isolation_level=level)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE TABLE {t}(a INT)"))
    with engine.connect() as connection:
        there = t in sa.inspect(connection).get_table_names()
    engine.dispose()
    assert there == (level == "AUTOCOMMIT")


def test_tables_are_mapped_by_reflection(engine, db):
    Base, Customer, Order, _ = models(db)
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add(Customer(name="ann", orders=[Order(amount=1)]))
        session.commit()
    found = sa.MetaData()
    found.reflect(engine, only=[Customer.__tablename__, Order.__tablename__])
    customers, orders = (found.tables[m.__tablename__] for m in (Customer, Order))
    assert [c.name for c in customers.primary_key] == ["id"]
    assert isinstance(orders.c.amount.type, sa.Numeric) and (orders.c.amount.type.precision, orders.c.amount.type.scale) == (10, 2)
    with engine.connect() as connection:
        joined = sa.select(customers.c.name, orders.c.amount).join(orders)  # along the foreign key it has found
        assert connection.execute(joined).all() == [("ann", D("1.00"))]


def test_branch_has_its_own_objects(server, db, engine):
    """A whole engine sits on a branch by the name of its database."""
    Base, Customer, *_ = models(db)
    Base.metadata.create_all(engine)
    name = db.name("what-if")
    with orm.Session(engine) as session:
        session.add(Customer(name="ann"))
        session.commit()
    db.run("SELECT branch_create(%s)", (name,))
    branch = sa.create_engine(url(server, "psycopg", f"hatidata/{name}"))
    with orm.Session(branch) as session:
        session.add(Customer(name="bob"))
        session.commit()
        assert session.scalars(sa.select(Customer.name).order_by(Customer.id)).all() == ["ann", "bob"]
        new = sa.Table(db.name(), sa.MetaData(), sa.Column("a", sa.Integer))
        new.create(branch)
        assert sa.inspect(branch).has_table(new.name)
    with orm.Session(engine) as session:
        assert session.scalars(sa.select(Customer.name)).all() == ["ann"]
        assert not sa.inspect(engine).has_table(new.name)
    branch.dispose()
