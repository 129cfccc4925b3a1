"""pandas: read_sql and to_sql, through SQLAlchemy and straight through psycopg2."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

D = decimal.Decimal


@pytest.fixture(params=["psycopg2", "psycopg"])
def engine(request, server):
    engine = sa.create_engine(sa.URL.create(f"postgresql+{request.param}", username="agent", host=server.host, port=server.port, database="hatidata"))
    yield engine
    engine.dispose()


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["lamp", "it's 100%", None],
            "price": [1.5, float("nan"), -0.25],
            "active": [True, False, True],
            "day": pd.to_datetime(["2024-02-29", None, "1969-07-20 12:34:56.789"], format="mixed"),
            "zoned": pd.to_datetime(["2024-02-29T12:00Z"] * 3),
        }
    )


def test_frame_comes_back_as_it_was_written(engine, db, frame):
    t = db.name()
    assert frame.to_sql(t, engine, index=False) in (3, -1)  # -1: psycopg 3 does not count what it sends in batches
    got = pd.read_sql_table(t, engine)
    assert got["zoned"].dt.tz is not None
    got["zoned"] = got["zoned"].dt.tz_convert("UTC")
    pd.testing.assert_frame_equal(got, frame, check_dtype=False)
    types = dict(db.run(f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{t}'"))
    assert types["id"].lower() == "bigint"
    assert "timestamp" in types["day"].lower()


def test_index_becomes_a_column_with_an_index(engine, db, frame):
    t = db.name()
    frame.set_index("id").to_sql(t, engine, index_label="key")
    got = pd.read_sql_table(t, engine, index_col="key")
    assert list(got.index) == [1, 2, 3]
    assert [index["column_names"] for index in sa.inspect(engine).get_indexes(t)] == [["key"]]


def test_existing_table_is_kept_extended_or_replaced(engine, db, frame):
    t = db.name()
    ids = lambda: [row[0] for row in db.run(f"SELECT id FROM {t} ORDER BY id")]  # noqa: E731
    frame[["id", "name"]].to_sql(t, engine, index=False)
    with pytest.raises(ValueError, match="already exists"):
        frame.to_sql(t, engine, index=False)
    frame[["id", "name"]].to_sql(t, engine, index=False, if_exists="append")
    assert ids() == [1, 1, 2, 2, 3, 3]
    frame[["id"]].head(1).to_sql(t, engine, index=False, if_exists="replace")
    assert ids() == [1]
    assert [c["name"] for c in sa.inspect(engine).get_columns(t)] == ["id"]
    frame[["id"]].tail(1).to_sql(t, engine, index=False, if_exists="delete_rows")
    assert ids() == [3]


@pytest.mark.parametrize("method", [None, "multi"])
def test_thousands_of_rows_in_chunks(engine, db, method):
    t = db.name()
    frame = pd.DataFrame({"n": np.arange(5000), "s": [f"s{n}" for n in range(5000)]})
    frame.to_sql(t, engine, index=False, method=method, chunksize=1000)
    assert db.run(f"SELECT count(*), sum(n)::BIGINT, max(s) FROM {t}") == [(5000, 12497500, "s999")]


def test_rows_are_copied(engine, db):
    """The way to_sql's documentation gives for PostgreSQL: a method of one's own that uses COPY."""
    import csv
    import io

    def copy(table, connection, keys, rows):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        text.seek(0)
        names = ", ".join(f'"{k}"' for k in keys)
        statement = f"COPY {table.name} ({names}) FROM STDIN WITH CSV"
        raw = connection.connection
        with raw.cursor() as cursor:
            if hasattr(cursor, "copy_expert"):
                cursor.copy_expert(statement, text)
            else:
                with cursor.copy(statement) as target:
                    target.write(text.read())

    t = db.name()
    frame = pd.DataFrame({"n": np.arange(20_000), "x": np.arange(20_000) / 4, "s": ["a,b", None] * 10_000})
    frame.to_sql(t, engine, index=False, method=copy)
    assert db.run(f"SELECT count(*), sum(n)::BIGINT, sum(x), count(s), min(s) FROM {t}") == [(20_000, 199990000, 49997500.0, 10_000, "a,b")]


def test_types_can_be_given(engine, db):
    t = db.name()
    frame = pd.DataFrame({"price": [D("1.50"), None], "doc": [{"a": 1}, None], "day": [dt.date(2024, 2, 29), None], "raw": [b"\0\xff", None]})
    frame.to_sql(t, engine, index=False, dtype={"price": sa.Numeric(10, 2), "doc": sa.JSON, "day": sa.Date, "raw": sa.LargeBinary})
    first, second = db.run(f"SELECT price, doc, day, raw FROM {t} ORDER BY price NULLS LAST")
    assert first[:3] == (D("1.50"), {"a": 1}, dt.date(2024, 2, 29)) and bytes(first[3]) == b"\0\xff"
    assert second[0] is None and second[2:] == (None, None)


def test_query_with_parameters(engine, db, frame):
    t = db.name()
    frame.to_sql(t, engine, index=False)
    got = pd.read_sql_query(sa.text(f"SELECT id, name FROM {t} WHERE id > :least ORDER BY id"), engine, params={"least": 1})
    assert got.values.tolist()[0] == [2, "it's 100%"]
    assert len(got) == 2


def test_dates_and_index_of_a_query(engine):
    got = pd.read_sql("SELECT 7 AS k, '2024-02-29' AS day, 1.50::DECIMAL(10,2) AS n", engine, index_col="k", parse_dates=["day"], coerce_float=True)
    assert got.loc[7, "day"] == pd.Timestamp("2024-02-29")
    assert got.loc[7, "n"] == 1.5


def test_result_in_chunks(engine):
    with engine.connect().execution_options(stream_results=True) as connection:
        sizes = [len(part) for part in pd.read_sql("SELECT range AS n FROM range(25000)", connection, chunksize=10_000)]
    assert sizes == [10_000, 10_000, 5_000]


def test_nullable_types(engine):
    got = pd.read_sql("SELECT * FROM (VALUES (1, true, 'a'), (NULL, NULL, NULL)) AS v(n, b, s)", engine, dtype_backend="numpy_nullable")
    assert str(got.dtypes["n"]) == "Int64"
    assert got["n"].tolist()[0] == 1 and got["n"].isna().tolist() == [False, True]


def test_aggregates_are_numbers(engine, db):
    t = db.name()
    db.run(f"CREATE TABLE {t} AS SELECT range % 3 AS k, range AS n FROM range(9)")
    got = pd.read_sql(f"SELECT k, count(*) AS c, avg(n) AS a FROM {t} GROUP BY k ORDER BY k", engine)
    assert got.values.tolist() == [[0, 3, 3.0], [1, 3, 4.0], [2, 3, 5.0]]


def test_transaction_around_frames_is_undone(engine, db, frame):
    t = db.name()
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        frame.to_sql(t, connection, index=False)
        raise ZeroDivisionError
    assert not sa.inspect(engine).has_table(t)


def test_missing_table_is_an_error(engine):
    with pytest.raises(pd.errors.DatabaseError, match="nosuch"):
        pd.read_sql("SELECT * FROM nosuch", engine)
    with pytest.raises(ValueError, match="nosuch"):
        pd.read_sql_table("nosuch", engine)


@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")
def test_plain_driver_connection(db):
    got = pd.read_sql("SELECT range AS n FROM range(3) WHERE range > %(least)s ORDER BY n", db, params={"least": 0})
    assert got["n"].tolist() == [1, 2]


def test_frame_on_a_branch(server, db, engine, frame):
    t, name = db.name(), db.name("what-if")
    frame.to_sql(t, engine, index=False)
    db.run("SELECT branch_create(%s)", (name,))
    branch = sa.create_engine(engine.url.set(database=f"hatidata/{name}"))
    frame.to_sql(t, branch, index=False, if_exists="append")
    counts = [len(pd.read_sql_table(t, where)) for where in (branch, engine)]
    branch.dispose()
    assert counts == [6, 3]
