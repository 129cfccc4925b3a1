//! Statements, transactions, errors and rows on their way.

use futures_util::{TryStreamExt, future::join_all};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::server::Server;

#[tokio::test]
async fn errors_carry_sqlstate_hint_and_position() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    let error = client.query("SELECT a FROM nosuch", &[]).await.unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "42P01");
    assert_eq!(error.position(), Some(&tokio_postgres::error::ErrorPosition::Original(15)));
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_transaction_on_a_branch_is_rolled_back_or_kept() {
    let server = Server::start();
    let main = server.connect("hatidata").await;
    main.batch_execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)").await.unwrap();
    main.query("SELECT * FROM branch_create($1)", &[&"what-if"]).await.unwrap();
    let mut branch = server.connect("hatidata/what-if").await;
    let transaction = branch.transaction().await.unwrap();
    transaction.execute("UPDATE t SET a = $1", &[&7_i32]).await.unwrap();
    transaction.rollback().await.unwrap();
    let value = |row: tokio_postgres::Row| row.get::<_, i32>(0);
    assert_eq!(value(branch.query_one("SELECT a FROM t", &[]).await.unwrap()), 1);
    let transaction = branch.transaction().await.unwrap();
    transaction.execute("UPDATE t SET a = $1", &[&8_i32]).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(value(branch.query_one("SELECT a FROM t", &[]).await.unwrap()), 8);
    assert_eq!(value(main.query_one("SELECT a FROM t", &[]).await.unwrap()), 1);
}

#[tokio::test]
async fn a_cancel_request_stops_a_running_statement() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    let token = client.cancel_token();
    let cancel = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        token.cancel_query(NoTls).await.unwrap();
    };
    let (result, ()) =
        tokio::join!(client.query("SELECT count(*) FROM range(100000000000) a, range(1000) b", &[]), cancel);
    assert_eq!(result.unwrap_err().code().unwrap().code(), "57014");
    assert_eq!(client.query_one("SELECT 1", &[]).await.unwrap().get::<_, i32>(0), 1);
}

#[tokio::test]
async fn statements_sent_together_are_answered_in_their_order() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    let double = client.prepare("SELECT $1::INTEGER * 2").await.unwrap();
    let values: Vec<i32> = (0..200).collect();
    let answers: Vec<i32> =
        join_all(values.iter().map(|n| async { client.query_one(&double, &[n]).await.unwrap().get(0) })).await;
    assert_eq!(answers, values.iter().map(|n| n * 2).collect::<Vec<i32>>());
}

#[tokio::test]
async fn one_failure_among_statements_sent_together_leaves_the_others() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (a INTEGER PRIMARY KEY)").await.unwrap();
    let insert = client.prepare("INSERT INTO t VALUES ($1)").await.unwrap();
    let (first, second, third) =
        tokio::join!(client.execute(&insert, &[&1]), client.execute(&insert, &[&1]), client.execute(&insert, &[&2]));
    assert_eq!(first.unwrap() + third.unwrap(), 2);
    assert_eq!(second.unwrap_err().code().unwrap().code(), "23505");
    let sum: i64 = client.query_one("SELECT sum(a)::BIGINT FROM t", &[]).await.unwrap().get(0);
    assert_eq!(sum, 3);
}

#[tokio::test]
async fn transaction_that_is_dropped_is_rolled_back() {
    let server = Server::start();
    let mut client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (a INTEGER)").await.unwrap();
    {
        let transaction = client.transaction().await.unwrap();
        transaction.execute("INSERT INTO t VALUES (1)", &[]).await.unwrap();
    }
    assert_eq!(client.query("SELECT * FROM t", &[]).await.unwrap().len(), 0);
    let transaction = client.build_transaction().read_only(true).start().await.unwrap();
    let error = transaction.execute("INSERT INTO t VALUES (1)", &[]).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25006");
    let error = transaction.query("SELECT 1", &[]).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "25P02");
    transaction.rollback().await.unwrap();
    assert_eq!(client.query("SELECT 1", &[]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn portal_is_fetched_in_parts() {
    let server = Server::start();
    let mut client = server.connect("hatidata").await;
    let transaction = client.transaction().await.unwrap();
    let portal = transaction.bind("SELECT range FROM range($1::BIGINT)", &[&25_i64]).await.unwrap();
    let mut seen: Vec<i64> = Vec::new();
    for size in [10, 10, 5, 0] {
        let rows = transaction.query_portal(&portal, 10).await.unwrap();
        assert_eq!(rows.len(), size);
        seen.extend(rows.iter().map(|row| row.get::<_, i64>(0)));
    }
    assert_eq!(seen, (0..25).collect::<Vec<i64>>());
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn rows_are_streamed_and_may_be_left() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    {
        let rows = client.query_raw("SELECT range FROM range($1::BIGINT)", [100_000_i64]).await.unwrap();
        let sum = rows.try_fold(0, |sum, row| async move { Ok(sum + row.get::<_, i64>(0)) }).await.unwrap();
        assert_eq!(sum, 99_999 * 50_000);
    }
    assert_eq!(client.query_one("SELECT 1", &[]).await.unwrap().get::<_, i32>(0), 1);
}

#[tokio::test]
async fn simple_queries_give_texts_and_counts() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    let messages = client
        .simple_query("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (NULL); SELECT a FROM t ORDER BY a")
        .await
        .unwrap();
    let mut rows = Vec::new();
    let mut counts = Vec::new();
    for message in &messages {
        match message {
            SimpleQueryMessage::Row(row) => rows.push(row.get(0)),
            SimpleQueryMessage::CommandComplete(count) => counts.push(*count),
            _ => {}
        }
    }
    assert_eq!(rows, [Some("1"), None]);
    assert_eq!(counts, [0, 2, 2]);
}

#[tokio::test]
async fn statement_outlives_a_change_of_its_table() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)").await.unwrap();
    let select = client.prepare("SELECT a FROM t WHERE a = $1").await.unwrap();
    assert_eq!(client.query(&select, &[&1]).await.unwrap().len(), 1);
    client.batch_execute("ALTER TABLE t ADD COLUMN b INTEGER").await.unwrap();
    assert_eq!(client.query(&select, &[&1]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_type_is_refused_before_it_is_sent_and_the_connection_goes_on() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    let error = client.query("SELECT $1::INTEGER", &[&"one"]).await.unwrap_err();
    assert!(error.to_string().contains("serializing parameter 0"), "{error}");
    assert_eq!(client.query_one("SELECT 1", &[]).await.unwrap().get::<_, i32>(0), 1);
}

#[tokio::test]
async fn keys_of_serial_columns_are_returned() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (id BIGSERIAL PRIMARY KEY, s TEXT)").await.unwrap();
    for expected in 1..=3_i64 {
        let row = client.query_one("INSERT INTO t (s) VALUES ($1) RETURNING id", &[&"x"]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), expected);
    }
}
