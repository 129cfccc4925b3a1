"""A plain dbt-postgres project: seeds, models of every kind, snapshots, tests, documentation; what is in the database afterwards."""

import datetime as dt
import decimal
import json
import os
import pathlib
import subprocess

import pytest
from harness.server import Server, clean_env

PROJECT = pathlib.Path(__file__).parent / "dbt"
D = decimal.Decimal
DATABASE = "warehouse"  # any name does; dbt writes it in front of every schema

pytestmark = pytest.mark.timeout(240)


def day(n):
    return dt.datetime(2024, 1, n)


class Dbt:
    """One dbt process; `dbt("run", "--select", "x")` is one command."""

    def __init__(self, server, folder):
        cache = os.environ.get("HATIDATA_CACHE") or os.path.expanduser("~/.cache/hatidata")
        env = {"PGHOST": server.host, "PGPORT": str(server.port), "DBT_DATABASE": DATABASE, "PYTHONDONTWRITEBYTECODE": "1"}
        env |= {"DBT_PROJECT_DIR": str(PROJECT), "DBT_PROFILES_DIR": str(PROJECT), "DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
        self.folder = folder
        self.log = open(folder / "said", "w")
        self.child = subprocess.Popen(
            [os.path.join(cache, "dbt", "bin", "python"), str(PROJECT / "session.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, cwd=folder, env=clean_env(env),
        )

    def __call__(self, *command, fails=False):
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        said = (self.folder / "said").read_text()
        assert line, said
        answer = json.loads(line)
        assert answer["success"] is not fails, f"{answer}\n{said[-6000:]}"
        return answer["results"]

    def close(self):
        self.child.stdin.close()
        self.child.wait(20)
        self.log.close()


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Everything the project does, in its order, with what was in the database after each step."""
    with Server() as server:
        db = server.connect(dbname=DATABASE)
        db.run("CREATE TABLE raw_orders(id INTEGER, country TEXT, amount DECIMAL(10,2), status TEXT, updated_at TIMESTAMP)")
        db.run("INSERT INTO raw_orders VALUES (1, 'DE', 10, 'open', '2024-01-01'), (2, 'FR', 20.5, 'paid', '2024-01-02'), (3, 'DE', 5, 'test', '2024-01-02')")
        dbt = Dbt(server, tmp_path_factory.mktemp("dbt"))
        seen = {"dbt": dbt, "db": db}

        def look(step):
            tables = ("orders_append", "orders_delete_insert", "orders_merge")
            seen[step] = {t: db.run(f"SELECT id, amount, status FROM shop.{t} ORDER BY id, updated_at") for t in tables}
            seen[step]["by_country"] = db.run("SELECT code, orders, amount FROM shop.by_country ORDER BY code")
            seen[step]["paid"] = db.run("SELECT * FROM shop_reports.paid_by_country ORDER BY country")

        dbt("debug")
        seen["seed"] = dbt("seed")
        seen["seeded"] = db.run("SELECT * FROM shop.countries ORDER BY code")
        seen["run"] = dbt("run")
        look("first")
        dbt("snapshot")
        dbt("run")  # nothing has changed
        look("again")
        db.run("UPDATE raw_orders SET status = 'paid', amount = 11, updated_at = '2024-01-05' WHERE id = 1")
        db.run("INSERT INTO raw_orders VALUES (4, 'PT', 7, 'open', '2024-01-06')")
        dbt("run")
        look("second")
        db.run("DELETE FROM raw_orders WHERE id = 2")
        dbt("snapshot")
        for name in ("history_by_time", "history_by_values"):
            columns = "id, amount, status, dbt_valid_from, dbt_valid_to"
            seen[name] = db.run(f"SELECT {columns} FROM shop.{name} ORDER BY id, dbt_valid_from")
        seen["tests"] = dbt("test")
        dbt("docs", "generate")
        seen["catalog"] = json.loads((dbt.folder / "target" / "catalog.json").read_text())
        db.run("INSERT INTO raw_orders VALUES (5, 'FR', 1, 'open', '2024-01-07')")
        dbt("run", "--vars", "{with_note: true}", "--select", "orders_merge", "orders_append")
        seen["widened"] = {t: db.run(f"SELECT id, note FROM shop.{t} ORDER BY id, updated_at") for t in ("orders_append", "orders_merge")}
        dbt("seed", "--full-refresh")
        dbt("run", "--full-refresh")
        look("refreshed")
        db.run("INSERT INTO raw_orders VALUES (1, 'XX', -3, 'lost', '2024-01-08')")
        seen["broken"] = dbt("test", fails=True)
        yield seen
        dbt.close()
        db.close()


def test_seeds_are_tables_with_their_types(story):
    assert story["seed"]["countries"][0] == "success"
    assert story["seeded"] == [("DE", "Germany", 83000000, dt.date(1990, 10, 3)), ("FR", "France, République", 68000000, None), ("PT", "Portugal", 10000000, dt.date(1986, 1, 1))]


def test_models_of_every_kind_are_built(story):
    assert {name: status for name, (status, _) in story["run"].items()} == dict.fromkeys(
        ("by_country", "orders_append", "orders_delete_insert", "orders_merge", "paid_by_country", "stg_orders"), "success"
    )
    first = [(1, D(10), "open"), (2, D("20.50"), "paid")]
    assert story["first"] == {
        "orders_append": first,
        "orders_delete_insert": first,
        "orders_merge": first,
        "by_country": [("DE", 1, D(10)), ("FR", 1, D("20.50")), ("PT", 0, D(0))],
        "paid": [("FR", D("20.50"))],
    }


def test_second_run_without_news_changes_nothing(story):
    assert story["again"] == story["first"]


def test_incremental_models_take_what_is_new_each_in_its_way(story):
    old, changed, new = (1, D(10), "open"), (1, D(11), "paid"), (4, D(7), "open")
    kept = (2, D("20.50"), "paid")
    assert story["second"]["orders_append"] == [old, changed, kept, new]
    assert story["second"]["orders_delete_insert"] == [changed, kept, new]
    assert story["second"]["orders_merge"] == [changed, kept, new]
    assert story["second"]["by_country"] == [("DE", 1, D(11)), ("FR", 1, D("20.50")), ("PT", 1, D(7))]


def test_snapshot_by_timestamp_keeps_history_and_closes_deleted_rows(story):
    rows = story["history_by_time"]
    assert [row[:4] for row in rows] == [(1, D(10), "open", day(1)), (1, D(11), "paid", day(5)), (2, D("20.50"), "paid", day(2)), (4, D(7), "open", day(6))]
    assert [row[4] for row in rows[:2]] == [day(5), None]
    assert rows[2][4] is not None and rows[3][4] is None


def test_snapshot_by_values_keeps_history(story):
    rows = story["history_by_values"]
    assert [row[:3] for row in rows] == [(1, D(10), "open"), (1, D(11), "paid"), (2, D("20.50"), "paid"), (4, D(7), "open")]
    assert [row[4] is None for row in rows] == [False, True, True, True]
    assert rows[0][4] == rows[1][3]


def test_tests_pass_and_warn(story):
    assert {status for status, _ in story["tests"].values()} == {"pass"}
    assert len(story["tests"]) == 9


def test_broken_data_fails_the_tests_that_look_at_it(story):
    failed = {name for name, (status, _) in story["broken"].items() if status == "fail"}
    assert failed == {
        "accepted_values_stg_orders_status__open__paid__returned",
        "no_order_is_negative",
        "relationships_stg_orders_country__code__ref_countries_",
        "source_unique_raw_raw_orders_id",
    }


def test_documentation_knows_columns_types_and_comments(story):
    nodes = story["catalog"]["nodes"]
    table = nodes["model.shop.by_country"]
    assert (table["metadata"]["type"], table["metadata"]["schema"], table["metadata"]["database"]) == ("BASE TABLE", "shop", DATABASE)
    assert {name: c["type"] for name, c in table["columns"].items()} == {"code": "text", "name": "text", "orders": "bigint", "amount": "numeric(12,2)"}
    assert table["columns"]["code"]["comment"] == "ISO code, two letters; it's the key"
    assert table["metadata"]["comment"] == "Orders of each country."
    assert nodes["model.shop.stg_orders"]["metadata"]["type"] == "VIEW"
    assert nodes["model.shop.stg_orders"]["metadata"]["owner"] == "hatidata"
    assert "source.shop.raw.raw_orders" in story["catalog"]["sources"]


def test_new_column_is_added_to_incremental_models(story):
    assert story["widened"]["orders_merge"] == [(1, None), (2, None), (4, None), (5, "n5")]
    assert story["widened"]["orders_append"] == [(1, None), (1, None), (2, None), (4, None), (5, "n5")]


def test_full_refresh_builds_again_from_the_start(story):
    rows = [(1, D(11), "paid"), (4, D(7), "open"), (5, D(1), "open")]
    assert [story["refreshed"][t] for t in ("orders_append", "orders_delete_insert", "orders_merge")] == [rows] * 3


def test_nothing_temporary_is_left(story):
    left = story["db"].run("SELECT table_schema, table_name FROM information_schema.tables WHERE table_name LIKE '%dbt_%'")
    assert left == []
