use super::{days, unhex};
use crate::pg::value::error::DecodeError;
use crate::pg::value::{Format, decode_param};
use hatidata_core::{SqlType, Value};

pub(super) fn text(oid: u32, inferred: &SqlType, given: &str) -> Result<Value, DecodeError> {
    decode_param(1, Format::Text, oid, inferred, Some(given.as_bytes()))
}

pub(super) fn binary(oid: u32, given: &str) -> Result<Value, DecodeError> {
    decode_param(2, Format::Binary, oid, &SqlType::Unknown, Some(&unhex(given)))
}

#[test]
fn text_of_base_types() {
    let midnight = i64::from(days(2024, 1, 31)) * 86_400_000_000;
    for (oid, given, expected) in [
        (16, " TRUE ", Value::Bool(true)),
        (16, "of", Value::Bool(false)),
        (16, "y", Value::Bool(true)),
        (21, " 42 ", Value::Int(42)),
        (23, "+42", Value::Int(42)),
        (20, "-9223372036854775808", Value::Int(i64::MIN)),
        (26, "4294967295", Value::Int(4_294_967_295)),
        (2205, "t", Value::Text("t".to_owned())),
        (700, "1.5", Value::Float(1.5)),
        (701, " .5 ", Value::Double(0.5)),
        (701, "-inf", Value::Double(f64::NEG_INFINITY)),
        (1700, "-1.50", Value::Decimal(-150, 3, 2)),
        (1700, "0.005", Value::Decimal(5, 3, 3)),
        (1700, "1e5", Value::Text("1e5".to_owned())),
        (1700, "NaN", Value::Text("NaN".to_owned())),
        (25, " é ", Value::Text(" é ".to_owned())),
        (1043, "x", Value::Text("x".to_owned())),
        (600, "(1,2)", Value::Text("(1,2)".to_owned())),
        (17, "\\x DE AD", Value::Blob(vec![0xde, 0xad])),
        (17, "a\\\\b\\001é", Value::Blob(b"a\\b\x01\xc3\xa9".to_vec())),
        (2950, "{00112233-4455-6677-8899-aabbccddeeff}", Value::Uuid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)),
        (2950, "00112233445566778899AABBCCDDEEFF", Value::Uuid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)),
        (1082, "2024-02-29", Value::Date(days(2024, 2, 29))),
        (1082, "infinity", Value::Date(i32::MAX)),
        (1082, "-Infinity", Value::Date(-i32::MAX)),
        (1082, "2023-02-29", Value::Text("2023-02-29".to_owned())),
        (1083, "24:00", Value::Time(86_400_000_000)),
        (1114, "2024-01-31T00:00:01.5", Value::Timestamp(midnight + 1_500_000)),
        (1114, "2024-01-31", Value::Timestamp(midnight)),
        (1114, "infinity", Value::Timestamp(i64::MAX)),
        (1184, "2024-01-31 05:30:00+05:30", Value::TimestampTz(midnight)),
        (1184, "2024-01-30 16:00:00-0800", Value::TimestampTz(midnight)),
        (1184, "2024-01-31T00:00:00Z", Value::TimestampTz(midnight)),
        (1184, "2024-01-31 00:00:00", Value::Text("2024-01-31 00:00:00".to_owned())),
        (1186, "-1 years -2 mons +3 days -04:05:06", Value::Interval { months: -14, days: 3, micros: -14_706_000_000 }),
        (
            1186,
            "0 years 0 mons 1 days 0 hours 0 mins 1.5 secs",
            Value::Interval { months: 0, days: 1, micros: 1_500_000 },
        ),
        (1186, "1 days -0.250000 seconds", Value::Interval { months: 0, days: 1, micros: -250_000 }),
        (1186, "P1D", Value::Text("P1D".to_owned())),
    ] {
        assert_eq!(text(oid, &SqlType::Unknown, given), Ok(expected), "{oid} {given}");
    }
}

/// DuckDB reads `(BC)` behind the date and ignores a bare `BC`.
#[test]
fn before_christ() {
    for (oid, given, expected) in [
        (1082, "0044-03-15 BC", "0044-03-15 (BC)"),
        (1082, " 0044-03-15  bc ", "0044-03-15 (BC)"),
        (1082, "0044-03-15BC", "0044-03-15 (BC)"),
        (1082, "é BC", "é (BC)"),
        (1082, "abc", "abc"),
        (1082, "éx", "éx"),
        (1114, "0044-03-15 BC", "0044-03-15 (BC)"),
        (1114, "0044-03-15 12:00:00.5 BC", "0044-03-15 (BC) 12:00:00.5"),
        (1114, "0044-03-15T12:00:00 BC", "0044-03-15 (BC) 12:00:00"),
        (1184, "0044-03-15 12:00:00+00 BC", "0044-03-15 (BC) 12:00:00+00"),
        (1184, "0044-03-15 12:00:00 BC", "0044-03-15 (BC) 12:00:00"),
        (25, "0044-03-15 BC", "0044-03-15 BC"),
    ] {
        assert_eq!(text(oid, &SqlType::Unknown, given), Ok(Value::Text(expected.to_owned())), "{oid} {given}");
    }
    let ides = Value::List(SqlType::Date, vec![Value::Text("0044-03-15 (BC)".to_owned())]);
    assert_eq!(text(1182, &SqlType::Unknown, "{\"0044-03-15 BC\"}"), Ok(ides));
    assert_eq!(text(1182, &SqlType::Unknown, "{}"), Ok(Value::List(SqlType::Date, Vec::new())));
}

#[test]
fn the_inferred_type_decides_without_an_oid() {
    assert_eq!(text(0, &SqlType::Integer, "7"), Ok(Value::Int(7)));
    assert_eq!(text(705, &SqlType::UTinyInt, "200"), Ok(Value::Int(200)));
    assert_eq!(text(0, &SqlType::UHugeInt, "7"), Ok(Value::HugeInt(7)));
    assert_eq!(text(0, &SqlType::Unknown, "7"), Ok(Value::Text("7".to_owned())));
    let most = u128::MAX.to_string();
    assert_eq!(text(0, &SqlType::UHugeInt, &most), Ok(Value::Text(most)));
    assert_eq!(decode_param(1, Format::Binary, 0, &SqlType::Integer, None), Ok(Value::Null));
    let four = Some(&[0, 0, 0, 4][..]);
    assert_eq!(decode_param(1, Format::Binary, 0, &SqlType::Integer, four), Ok(Value::Int(4)));
}

#[test]
fn bad_text() {
    for (oid, given, sqlstate, message) in [
        (16, "maybe", "22P02", "invalid input syntax for type boolean: \"maybe\" (parameter $1)"),
        (23, "4.0", "22P02", "invalid input syntax for type integer: \"4.0\" (parameter $1)"),
        (23, "", "22P02", "invalid input syntax for type integer: \"\" (parameter $1)"),
        (21, "99999", "22003", "value \"99999\" is out of range for type smallint (parameter $1)"),
        (701, "1e400", "22003", "value \"1e400\" is out of range for type double precision (parameter $1)"),
        (1700, "abc", "22P02", "invalid input syntax for type numeric: \"abc\" (parameter $1)"),
        (2950, "zz", "22P02", "invalid input syntax for type uuid: \"zz\" (parameter $1)"),
        (17, "\\xDEA", "22023", "invalid hexadecimal data: odd number of digits (parameter $1)"),
        (17, "\\xZZ", "22023", "invalid hexadecimal digit: \"Z\" (parameter $1)"),
        (17, "a\\0", "22P02", "invalid input syntax for type bytea (parameter $1)"),
        (25, "a\0", "22021", "invalid byte sequence for encoding \"UTF8\": 0x00 (parameter $1)"),
    ] {
        let error = text(oid, &SqlType::Unknown, given).unwrap_err();
        assert_eq!((error.sqlstate, error.message.as_str()), (sqlstate, message));
    }
    let error = decode_param(3, Format::Text, 25, &SqlType::Unknown, Some(b"a\xff")).unwrap_err();
    assert_eq!(error.message, "invalid byte sequence for encoding \"UTF8\": 0xff (parameter $3)");
}

#[test]
fn binary_of_base_types() {
    let huge = "000a00090000000000aa0583209a01d5090d0c601c871bf620da165f";
    for (oid, given, expected) in [
        (16, "01", Value::Bool(true)),
        (21, "ffff", Value::Int(-1)),
        (23, "fffffffe", Value::Int(-2)),
        (20, "0000000000000001", Value::Int(1)),
        (26, "ffffffff", Value::Int(4_294_967_295)),
        (700, "bfc00000", Value::Float(-1.5)),
        (701, "3ff8000000000000", Value::Double(1.5)),
        (1700, "000200000000000404d2162e", Value::Decimal(12_345_678, 8, 4)),
        (1700, "0002ffff00000005000107d0", Value::Decimal(12, 5, 5)),
        (1700, "0001ffff000000011388", Value::Decimal(5, 1, 1)),
        (1700, "00010000400000000001", Value::Decimal(-1, 1, 0)),
        (1700, "0000000000000002", Value::Decimal(0, 2, 2)),
        (1700, "00010001000000000001", Value::Decimal(10_000, 5, 0)),
        (1700, "000400020000000200010000000003e8", Value::Decimal(10_000_000_010, 11, 2)),
        (1700, "0001fff6400000260064", Value::Decimal(-1, 38, 38)),
        (1700, huge, Value::HugeInt(i128::MAX)),
        (1700, "0001000a000000000001", Value::Text(format!("1{}", "0".repeat(40)))),
        (1700, "00010000000000280007", Value::Text(format!("7.{}", "0".repeat(40)))),
        (1700, "00000000c0000000", Value::Text("NaN".to_owned())),
        (1700, "00000000f0000020", Value::Text("-Infinity".to_owned())),
        (1043, "c3a9", Value::Text("é".to_owned())),
        (114, "7b7d", Value::Text("{}".to_owned())),
        (3802, "017b7d", Value::Text("{}".to_owned())),
        (17, "00ff", Value::Blob(vec![0, 255])),
        (1562, "00000009aa80", Value::Text("101010101".to_owned())),
        (2950, "00112233445566778899aabbccddeeff", Value::Uuid(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)),
        (1082, "ffffffff", Value::Date(days(1999, 12, 31))),
        (1082, "80000000", Value::Date(-i32::MAX)),
        (1083, "0000000000000001", Value::Time(1)),
        (1114, "ffffffffffffffff", Value::Timestamp(946_684_799_999_999)),
        (1184, "7fffffffffffffff", Value::TimestampTz(i64::MAX)),
        (1114, "8000000000000000", Value::Timestamp(-i64::MAX)),
        (1266, "0000000a0eed36a0ffffb2a8", Value::Text("12:00:00.1+05:30".to_owned())),
        (1186, "000000036c97ca88000000030000000e", Value::Interval { months: 14, days: 3, micros: 14_706_789_000 }),
    ] {
        assert_eq!(binary(oid, given), Ok(expected), "{oid} {given}");
    }
}

#[test]
fn bad_binary() {
    for (oid, given, sqlstate) in [
        (23, "00", "22P03"),
        (1700, "0001", "22P03"),
        (1700, "00010000000000002710", "22P03"),
        (1700, "0002000000000000ffff", "22P03"),
        (3802, "027b7d", "22P03"),
        (3802, "", "22P03"),
        (25, "ff", "22021"),
        (1562, "0000000901", "22P03"),
        (1083, "ffffffffffffffff", "22008"),
        (1082, "7ffffffe", "22008"),
        (600, "00", "0A000"),
        (1007, "0000000100000000000000177fffffff00000001", "22P03"),
        (1007, "ffffffff0000000000000017", "22P03"),
        (1007, "000000010000000000000017000000010000000100000005", "22P03"),
        (1007, "00000007000000000000001700", "54000"),
    ] {
        assert_eq!(binary(oid, given).unwrap_err().sqlstate, sqlstate, "{oid} {given}");
    }
    let message = binary(23, "00").unwrap_err().message;
    assert_eq!(message, "incorrect binary data format for type integer (parameter $2)");
}
