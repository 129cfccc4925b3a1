//! COPY through the connection: texts as they are, and tokio-postgres' binary writer and reader.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, TryStreamExt, pin_mut};
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutStream};
use tokio_postgres::types::Type;

use crate::server::Server;

#[tokio::test]
async fn rows_are_loaded_and_unloaded_as_csv() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (id INTEGER, s TEXT)").await.unwrap();
    let sink = client.copy_in("COPY t FROM STDIN WITH (FORMAT csv)").await.unwrap();
    pin_mut!(sink);
    for piece in ["1,on", "e\n2,\n3,\"a,", "b\"\n"] {
        sink.send(Bytes::from(piece)).await.unwrap(); // cut anywhere
    }
    assert_eq!(sink.finish().await.unwrap(), 3);
    let stream = client.copy_out("COPY (SELECT * FROM t ORDER BY id) TO STDOUT WITH (FORMAT csv)").await.unwrap();
    let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"1,one\n2,\n3,\"a,b\"\n");
}

#[tokio::test]
async fn rows_are_loaded_and_unloaded_in_binary() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (id INTEGER, s TEXT, x DOUBLE)").await.unwrap();
    let types = [Type::INT4, Type::TEXT, Type::FLOAT8];
    let sink = client.copy_in("COPY t FROM STDIN BINARY").await.unwrap();
    let writer = BinaryCopyInWriter::new(sink, &types);
    pin_mut!(writer);
    for id in 0..10_000_i32 {
        let s = (id % 2 == 0).then(|| format!("s{id}"));
        writer.as_mut().write(&[&id, &s, &(f64::from(id) / 4.0)]).await.unwrap();
    }
    assert_eq!(writer.finish().await.unwrap(), 10_000);
    let stream = client.copy_out("COPY (SELECT * FROM t ORDER BY id) TO STDOUT BINARY").await.unwrap();
    let rows = BinaryCopyOutStream::new(stream, &types);
    pin_mut!(rows);
    let mut id = 0;
    while let Some(row) = rows.next().await {
        let row = row.unwrap();
        assert_eq!((row.get::<i32>(0), row.get::<f64>(2)), (id, f64::from(id) / 4.0));
        assert_eq!(row.get::<Option<String>>(1), (id % 2 == 0).then(|| format!("s{id}")));
        id += 1;
    }
    assert_eq!(id, 10_000);
}

#[tokio::test]
async fn load_that_is_given_up_leaves_nothing() {
    let server = Server::start();
    let client = server.connect("hatidata").await;
    client.batch_execute("CREATE TABLE t (id INTEGER)").await.unwrap();
    {
        let sink = client.copy_in("COPY t FROM STDIN").await.unwrap();
        pin_mut!(sink);
        sink.send(Bytes::from("1\n2\n")).await.unwrap(); // dropped without finish: tokio-postgres sends CopyFail
    }
    let count: i64 = client.query_one("SELECT count(*) FROM t", &[]).await.unwrap().get(0);
    assert_eq!(count, 0);
}
