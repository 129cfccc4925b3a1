use super::{days, encoded, hex};
use crate::pg::value::{Format, put_field};
use bytes::BytesMut;
use hatidata_core::{Scalar, SqlType};

fn check(sql_type: &SqlType, scalar: Scalar<'_>, expected: &str) {
    assert_eq!(hex(&encoded(sql_type, Format::Binary, scalar)), expected, "{scalar:?}");
}

#[test]
fn numbers() {
    check(&SqlType::Boolean, Scalar::Bool(true), "01");
    check(&SqlType::TinyInt, Scalar::Int(-1), "ffff");
    check(&SqlType::UTinyInt, Scalar::UInt(255), "00ff");
    check(&SqlType::Integer, Scalar::Int(-2), "fffffffe");
    check(&SqlType::USmallInt, Scalar::UInt(65_535), "0000ffff");
    check(&SqlType::BigInt, Scalar::Int(1), "0000000000000001");
    check(&SqlType::UInteger, Scalar::UInt(4_294_967_295), "00000000ffffffff");
    check(&SqlType::Float, Scalar::Float(-1.5), "bfc00000");
    check(&SqlType::Double, Scalar::Double(1.5), "3ff8000000000000");
}

#[test]
fn results_keep_the_announced_type() {
    check(&SqlType::SmallInt, Scalar::Int(7), "0007");
    check(&SqlType::Integer, Scalar::HugeInt(-2), "fffffffe");
    check(&SqlType::HugeInt, Scalar::Int(-1), "00010000400000000001");
    check(&SqlType::Double, Scalar::Float(1.5), "3ff8000000000000");
    check(&SqlType::Unknown, Scalar::Int(12), "3132");
    let mut out = BytesMut::new();
    let wide = Scalar::Int(70_000);
    let error = put_field(&mut out, &SqlType::SmallInt, Format::Binary, wide, &|_| 0).unwrap_err();
    assert_eq!(error.sqlstate, "22003");
}

#[test]
fn numerics() {
    let most = 99_999_999_999_999_999_999_999_999_999_999_999_999;
    for (unscaled, scale, expected) in [
        (12_345_678, 4, "000200000000000404d2162e"),
        (12, 5, "0002ffff00000005000107d0"),
        (-1, 0, "00010000400000000001"),
        (0, 2, "0000000000000002"),
        (10_000, 0, "00010001000000000001"),
        (10_000_000_010, 2, "000400020000000200010000000003e8"),
        (-1, 38, "0001fff6400000260064"),
        (most, 3, "000a00080000000303e7270f270f270f270f270f270f270f270f2706"),
        (5, 1, "0001ffff000000011388"),
        (12_345, 0, "000200010000000000010929"),
    ] {
        let sql_type = SqlType::Decimal { width: 38, scale };
        check(&sql_type, Scalar::Decimal { unscaled, scale }, expected);
    }
    check(&SqlType::HugeInt, Scalar::HugeInt(i128::MAX), "000a00090000000000aa0583209a01d5090d0c601c871bf620da165f");
    check(&SqlType::UBigInt, Scalar::UInt(10_000), "00010001000000000001");
}

#[test]
fn dates_and_times() {
    let date = |year, month, day| Scalar::Date(days(year, month, day));
    check(&SqlType::Date, date(2000, 1, 2), "00000001");
    check(&SqlType::Date, date(1999, 12, 31), "ffffffff");
    check(&SqlType::Date, Scalar::Date(i32::MAX), "7fffffff");
    check(&SqlType::Date, Scalar::Date(-i32::MAX), "80000000");
    let millennium = 946_684_800_000_000;
    check(&SqlType::Timestamp, Scalar::Timestamp(millennium + 1), "0000000000000001");
    check(&SqlType::TimestampNs, Scalar::TimestampNs(millennium * 1000 + 1999), "0000000000000001");
    check(&SqlType::TimestampTz, Scalar::TimestampTz(millennium - 1), "ffffffffffffffff");
    check(&SqlType::Timestamp, Scalar::Timestamp(i64::MAX), "7fffffffffffffff");
    check(&SqlType::Timestamp, Scalar::Timestamp(-i64::MAX), "8000000000000000");
    check(&SqlType::Time, Scalar::Time(1), "0000000000000001");
    check(
        &SqlType::TimeTz,
        Scalar::TimeTz { micros: 43_200_100_000, offset_seconds: 19_800 },
        "0000000a0eed36a0ffffb2a8",
    );
    check(
        &SqlType::Interval,
        Scalar::Interval { months: 14, days: 3, micros: 14_706_789_000 },
        "000000036c97ca88000000030000000e",
    );
}

#[test]
fn strings_of_bytes() {
    check(&SqlType::Varchar, Scalar::Text("é"), "c3a9");
    check(&SqlType::Enum, Scalar::Text("a"), "61");
    check(&SqlType::Blob, Scalar::Blob(b"\xde\xad"), "dead");
    check(&SqlType::Bit, Scalar::Bit(&[3, 0b1110_1011]), "0000000558");
    check(&SqlType::Bit, Scalar::Bit(&[7, 0xff, 0b0101_0101]), "00000009aa80");
    let uuid = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
    check(&SqlType::Uuid, Scalar::Uuid(uuid), "00112233445566778899aabbccddeeff");
}
