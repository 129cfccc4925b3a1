//! The Postgres door through tokio-postgres, a client with typed binary parameters.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

mod corpus;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tokio_postgres::{Client, NoTls};

/// A server of its own on a free port, stopped when dropped.
struct Server {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hati"))
            .args(["serve", "--pg-port", "0", "--data-dir"])
            .arg(folder.path().join(".hati"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().parse().unwrap();
        Server { child, port, _folder: folder }
    }

    async fn connect(&self, database: &str) -> Client {
        let config = format!("host=127.0.0.1 port={} user=u dbname='{database}'", self.port);
        let (client, connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
