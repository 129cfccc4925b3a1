//! The engine against a real DuckDB: types, streaming, cancel, errors.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

use hatidata_engine::{Database, ErrorClass, Mode, Options, Scalar, SqlType, Value};

fn memory() -> hatidata_engine::Connection {
    Database::open(None, &Options::default()).unwrap().connect().unwrap()
}

#[test]
fn every_type_is_read_exactly() {
    let connection = memory();
    let check = |sql: &str, expected: &str| {
        let mut rows = connection.prepare(&format!("SELECT {sql}")).unwrap().run(&[], Mode::Stream).unwrap();
        let batch = rows.next_batch().unwrap().unwrap();
        assert_eq!(format!("{:?}", batch.get(0, 0)), expected, "{sql}");
    };
    check("true", "Bool(true)");
    check("(-5)::TINYINT", "Int(-5)");
    check("255::UTINYINT", "UInt(255)");
    check("170141183460469231731687303715884105727::HUGEINT", "HugeInt(170141183460469231731687303715884105727)");
    check("340282366920938463463374607431768211455::UHUGEINT", "UHugeInt(340282366920938463463374607431768211455)");
    check("1.25::DECIMAL(4,2)", "Decimal { unscaled: 125, scale: 2 }");
    check("12345678901234567890.5::DECIMAL(38,1)", "Decimal { unscaled: 123456789012345678905, scale: 1 }");
    check("'short'", "Text(\"short\")");
    check("'a text that is longer than twelve bytes'", "Text(\"a text that is longer than twelve bytes\")");
    check(
        "'00112233-4455-6677-8899-aabbccddeeff'::UUID",
        &format!("Uuid({})", 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128),
    );
    check("DATE '1969-12-31'", "Date(-1)");
    check("'10:00:00+02:30'::TIMETZ", "TimeTz { micros: 36000000000, offset_seconds: 9000 }");
    check("TIMESTAMP '1970-01-01 00:00:01'::TIMESTAMP_S", "Timestamp(1000000)");
    check("'infinity'::TIMESTAMP", &format!("Timestamp({})", i64::MAX));
    check("INTERVAL '1 month 2 days 3 seconds'", "Interval { months: 1, days: 2, micros: 3000000 }");
    check("'b'::ENUM('a', 'b')", "Text(\"b\")");
    check("NULL", "Null");
}

#[test]
fn nested_values_are_read_in_place() {
    let connection = memory();
    let mut rows = connection
        .prepare("SELECT [[1], NULL, [2, 3]], {'a': 'x', 'b': [true]}, MAP {'k': 7}, union_value(n := 2), [1, 2]::INT[2] FROM range(2)")
        .unwrap()
        .run(&[], Mode::Stream)
        .unwrap();
    let batch = rows.next_batch().unwrap().unwrap();
    let Scalar::List(outer) = batch.get(0, 1) else { panic!("a list") };
    let Scalar::List(inner) = outer.get(2) else { panic!("a list") };
    assert!(matches!((outer.get(1), inner.get(1)), (Scalar::Null, Scalar::Int(3))));
    let Scalar::Struct(fields) = batch.get(1, 1) else { panic!("a struct") };
    assert!(fields.name(0) == "a" && matches!(fields.get(0), Scalar::Text("x")));
    let Scalar::Map(entries) = batch.get(2, 1) else { panic!("a map") };
    assert!(matches!((entries.key(0), entries.value(0)), (Scalar::Text("k"), Scalar::Int(7))));
    let Scalar::Union(member) = batch.get(3, 1) else { panic!("a union") };
    assert!(member.tag() == "n" && matches!(member.value(), Scalar::Int(2)));
    let Scalar::List(array) = batch.get(4, 1) else { panic!("an array") };
    assert!(array.len() == 2 && matches!(array.get(1), Scalar::Int(2)));
}

#[test]
fn parameters_have_types_and_are_cast() {
    let connection = memory();
    connection.execute("CREATE TABLE t(id INTEGER, tags VARCHAR[], day DATE)").unwrap();
    let insert = connection.prepare("INSERT INTO t VALUES ($1, $2, $3)").unwrap();
    assert_eq!(insert.params()[0], SqlType::Integer);
    let tags = Value::List(SqlType::Varchar, vec![Value::Text("a".into()), Value::Null]);
    insert.run(&[Value::Text("41".into()), tags, Value::Text("2024-02-29".into())], Mode::Collect).unwrap();
    let rows = connection.query_text("SELECT id + 1, tags[1], day::VARCHAR FROM t", &[]).unwrap();
    assert_eq!(rows, [[Some("42".into()), Some("a".into()), Some("2024-02-29".to_owned())]]);
}

#[test]
fn an_interrupt_stops_a_running_stream_as_an_error_not_a_panic() {
    let connection = memory();
    let mut rows = connection.prepare("SELECT count(*) FROM range(100000000000) a, range(1000) b").unwrap();
    let interrupt = connection.interrupt();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(100));
        interrupt.interrupt();
    });
    let error = match rows.run(&[], Mode::Stream) {
        Ok(mut rows) => rows.next_batch().unwrap_err(),
        Err(error) => error,
    };
    stopper.join().unwrap();
    assert_eq!((error.class, error.sqlstate), (ErrorClass::Interrupted, "57014"));
    connection.arm();
    rows = connection.prepare("SELECT 1").unwrap();
    assert!(rows.run(&[], Mode::Stream).unwrap().next_batch().unwrap().is_some());
}

#[test]
fn an_error_in_mid_stream_is_a_value() {
    let connection = memory();
    let mut rows = connection
        .prepare("SELECT CASE WHEN i = 500000 THEN error('boom') ELSE i END FROM range(1000000) r(i)")
        .unwrap()
        .run(&[], Mode::Stream)
        .unwrap();
    let error = loop {
        match rows.next_batch() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the error was lost"),
            Err(error) => break error,
        }
    };
    assert!(error.message.contains("boom"), "{error:?}");
}

#[test]
fn files_are_out_of_reach_unless_opened() {
    let error = memory().prepare("SELECT * FROM read_csv('/etc/passwd')").unwrap_err();
    assert_eq!(error.sqlstate, "42501", "{error:?}");
}
