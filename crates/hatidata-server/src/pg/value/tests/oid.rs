use crate::pg::value::{pg_type, sql_type};
use hatidata_core::SqlType;

fn list(item: SqlType) -> SqlType {
    SqlType::List(Box::new(item))
}

#[test]
fn types_have_their_oids() {
    let structure = SqlType::Struct(vec![("a".to_owned(), SqlType::Integer)]);
    let decimal = SqlType::Decimal { width: 10, scale: 2 };
    let deep = (0..7).fold(SqlType::Integer, |item, _| list(item));
    let table = [
        (SqlType::Boolean, 16, 1, -1),
        (SqlType::UTinyInt, 21, 2, -1),
        (SqlType::USmallInt, 23, 4, -1),
        (SqlType::UInteger, 20, 8, -1),
        (SqlType::UBigInt, 1700, -1, -1),
        (SqlType::HugeInt, 1700, -1, -1),
        (decimal.clone(), 1700, -1, 655_366),
        (list(decimal), 1231, -1, 655_366),
        (SqlType::Varchar, 25, -1, -1),
        (SqlType::Null, 25, -1, -1),
        (SqlType::Bit, 1562, -1, -1),
        (SqlType::TimestampNs, 1114, 8, -1),
        (SqlType::TimestampTz, 1184, 8, -1),
        (SqlType::Interval, 1186, 16, -1),
        (SqlType::TimeTz, 1266, 12, -1),
        (list(SqlType::Integer), 1007, -1, -1),
        (list(SqlType::Array(Box::new(SqlType::Float), 3)), 1021, -1, -1),
        (list(SqlType::Json), 199, -1, -1),
        (structure.clone(), 114, -1, -1),
        (list(structure), 114, -1, -1),
        (SqlType::Map(Box::new(SqlType::Varchar), Box::new(SqlType::Integer)), 114, -1, -1),
        (deep, 114, -1, -1),
    ];
    for (given, oid, len, typmod) in table {
        let found = pg_type(&given);
        assert_eq!((found.oid, found.len, found.typmod), (oid, len, typmod), "{given}");
    }
}

#[test]
fn declared_oids_have_types() {
    assert_eq!(sql_type(23), SqlType::Integer);
    assert_eq!(sql_type(1043), SqlType::Varchar);
    assert_eq!(sql_type(3802), SqlType::Json);
    assert_eq!(sql_type(1016), list(SqlType::BigInt));
    assert_eq!(sql_type(0), SqlType::Unknown);
    assert_eq!(sql_type(705), SqlType::Unknown);
    assert_eq!(sql_type(600), SqlType::Unknown);
}
