//! Values of every type in the binary format, both ways.

use std::time::{Duration, SystemTime};

use tokio_postgres::types::{ToSql, Type};

use crate::server::Server;

#[tokio::test]
async fn typed_parameters_and_rows_go_both_ways() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client
        .batch_execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR, price DOUBLE, tags VARCHAR[])")
        .await
        .unwrap();
    let insert = client.prepare("INSERT INTO t VALUES ($1, $2, $3, $4)").await.unwrap();
    for id in 1..=3_i32 {
        let tags = vec![format!("t{id}"), "x".to_owned()];
        let changed = client.execute(&insert, &[&id, &format!("n{id}"), &(f64::from(id) / 2.0), &tags]).await.unwrap();
        assert_eq!(changed, 1);
    }
    let row = client.query_one("SELECT name, price, tags FROM t WHERE id = $1", &[&2_i32]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "n2");
    assert_eq!(row.get::<_, f64>(1), 1.0);
    assert_eq!(row.get::<_, Vec<String>>(2), ["t2", "x"]);
    let returned =
        client.query("UPDATE t SET price = price + $1 WHERE id > $2 RETURNING id", &[&1.5_f64, &1_i32]).await.unwrap();
    assert_eq!(returned.len(), 2);
}

/// Writes a value into a column, reads it back, and finds it by itself.
async fn goes_both_ways<T>(client: &tokio_postgres::Client, sql_type: &str, value: T)
where
    T: ToSql + Sync + PartialEq + std::fmt::Debug + for<'a> tokio_postgres::types::FromSql<'a>,
{
    client.batch_execute(&format!("CREATE OR REPLACE TABLE v (v {sql_type})")).await.unwrap();
    client.execute("INSERT INTO v VALUES ($1), ($2)", &[&value, &None::<T>]).await.unwrap();
    let found = client.query("SELECT v FROM v WHERE v = $1", &[&value]).await.unwrap();
    assert_eq!(found.len(), 1, "{sql_type}");
    assert_eq!(found[0].get::<_, T>(0), value, "{sql_type}");
    let null = client.query_one("SELECT v FROM v WHERE v IS NULL", &[]).await.unwrap();
    assert_eq!(null.get::<_, Option<T>>(0), None, "{sql_type}");
}

#[tokio::test]
async fn values_of_every_type_and_null_go_both_ways() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    goes_both_ways(&client, "BOOLEAN", true).await;
    goes_both_ways(&client, "SMALLINT", i16::MIN).await;
    goes_both_ways(&client, "INTEGER", i32::MAX).await;
    goes_both_ways(&client, "BIGINT", i64::MIN).await;
    goes_both_ways(&client, "REAL", 1.5_f32).await;
    goes_both_ways(&client, "DOUBLE", f64::INFINITY).await;
    goes_both_ways(&client, "VARCHAR", "it's 100% \\ \"grün\" 🦆\n".to_owned()).await;
    goes_both_ways(&client, "BLOB", (0..=255).collect::<Vec<u8>>()).await;
    goes_both_ways(&client, "TIMESTAMP", SystemTime::UNIX_EPOCH + Duration::from_micros(1_709_208_000_000_001)).await;
    goes_both_ways(&client, "TIMESTAMPTZ", SystemTime::UNIX_EPOCH - Duration::from_micros(1)).await;
    goes_both_ways(&client, "INTEGER[]", vec![Some(1), None, Some(3)]).await;
    goes_both_ways(&client, "DOUBLE[]", Vec::<f64>::new()).await;
    goes_both_ways(&client, "VARCHAR[]", vec!["a".to_owned(), String::new(), "q\"u".to_owned()]).await;
}

#[tokio::test]
async fn statement_tells_the_types_of_parameters_and_columns() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client
        .batch_execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, day DATE, price DECIMAL(10,2), doc JSON, u UUID, span INTERVAL)",
        )
        .await
        .unwrap();
    let statement = client
        .prepare("SELECT * FROM t WHERE id = ANY($1) AND day > $2 AND price * $3 < 10 AND u = $4 LIMIT $5")
        .await
        .unwrap();
    assert_eq!(statement.params(), [Type::INT4_ARRAY, Type::DATE, Type::NUMERIC, Type::UUID, Type::INT8]);
    let types: Vec<_> = statement.columns().iter().map(|column| column.type_().clone()).collect();
    assert_eq!(types, [Type::INT4, Type::DATE, Type::NUMERIC, Type::JSON, Type::UUID, Type::INTERVAL]);
}

#[tokio::test]
async fn types_that_are_given_are_taken() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    let statement = client.prepare_typed("SELECT $1 + $2", &[Type::INT4, Type::INT8]).await.unwrap();
    let row = client.query_one(&statement, &[&1_i32, &(1_i64 << 40)]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), (1 << 40) + 1);
}
