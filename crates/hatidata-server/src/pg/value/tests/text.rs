use super::{days, encoded};
use crate::pg::value::row::encode_row_with;
use crate::pg::value::time::{Style, put_timestamptz};
use crate::pg::value::{Format, json};
use bytes::BytesMut;
use hatidata_core::{Scalar, SqlType};

fn check(scalar: Scalar<'_>, expected: &str) {
    let found = encoded(&SqlType::Unknown, Format::Text, scalar);
    assert_eq!(String::from_utf8(found).unwrap(), expected, "{scalar:?}");
}

#[test]
fn integers() {
    for value in [0, 7, 10, 99, 100, -1, 12_345, i64::MIN, i64::MAX] {
        check(Scalar::Int(value), &value.to_string());
    }
    check(Scalar::UInt(u64::MAX), "18446744073709551615");
    for value in [0, i128::MIN, i128::MAX, 10i128.pow(19), 10i128.pow(38), 10i128.pow(19) - 1] {
        check(Scalar::HugeInt(value), &value.to_string());
    }
    check(Scalar::UHugeInt(u128::MAX), &u128::MAX.to_string());
    check(Scalar::Bool(true), "t");
    check(Scalar::Bool(false), "f");
}

#[test]
fn decimals() {
    for (unscaled, scale, expected) in [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (5, 1, "0.5"),
        (-50, 2, "-0.50"),
        (12_345, 2, "123.45"),
        (-1, 38, "-0.00000000000000000000000000000000000001"),
        (99_999_999_999_999_999_999_999_999_999_999_999_999, 3, "99999999999999999999999999999999999.999"),
    ] {
        check(Scalar::Decimal { unscaled, scale }, expected);
    }
}

#[test]
fn floats() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1e14, "100000000000000"),
        (123_456_789_012_345.0, "123456789012345"),
        (1e15, "1e+15"),
        (1_234_567_890_123_456.0, "1.234567890123456e+15"),
        (9_007_199_254_740_992.0, "9.007199254740992e+15"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1.5e-5, "1.5e-05"),
        (1e20, "1e+20"),
        (1e100, "1e+100"),
        (1e23, "9.999999999999999e+22"),
        (5e22, "4.9999999999999996e+22"),
        (-709_757_877_854_724.2, "-709757877854724.2"),
        (2_023_347_301_156_851.2, "2.0233473011568512e+15"),
        (-0.000_999_5, "-0.0009995"),
        (99_999_999_999_999.9, "99999999999999.9"),
        (999_999_999_999_999.9, "999999999999999.9"),
        (18_014_398_509_481_984.0, "1.8014398509481984e+16"),
        (1.5e-300, "1.5e-300"),
        (5e-324, "5e-324"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        check(Scalar::Double(value), expected);
    }
    for (value, expected) in [
        (100_000.0, "100000"),
        (123_456.0, "123456"),
        (1e6, "1e+06"),
        (1_234_567.0, "1.234567e+06"),
        (16_777_216.0, "1.6777216e+07"),
        (8.589973e9, "8.589974e+09"),
        (0.1, "0.1"),
        (0.00001, "1e-05"),
        (4_417.031_3, "4417.0312"),
        (1e-45, "1e-45"),
        (3.4e38, "3.4e+38"),
    ] {
        check(Scalar::Float(value), expected);
    }
}

#[test]
fn dates_and_times() {
    const DAY: i64 = 86_400_000_000;
    for (date, expected) in [
        (0, "1970-01-01"),
        (days(2024, 2, 29), "2024-02-29"),
        (days(0, 1, 1), "0001-01-01 BC"),
        (days(-4712, 1, 1), "4713-01-01 BC"),
        (days(10_000, 2, 29), "10000-02-29"),
        (-i32::MAX + 1, "5877642-06-25 BC"),
        (days(5_874_897, 12, 31), "5874897-12-31"),
        (i32::MAX, "infinity"),
        (-i32::MAX, "-infinity"),
    ] {
        check(Scalar::Date(date), expected);
    }
    let ides = i64::from(days(-43, 3, 15)) * DAY + 43_200_500_000;
    for (micros, expected) in [
        (0, "1970-01-01 00:00:00"),
        (-1, "1969-12-31 23:59:59.999999"),
        (ides, "0044-03-15 12:00:00.5 BC"),
        (i64::MAX - 1, "294247-01-10 04:00:54.775806"),
        (i64::MAX, "infinity"),
        (-i64::MAX, "-infinity"),
    ] {
        check(Scalar::Timestamp(micros), expected);
    }
    check(Scalar::TimestampNs(-1), "1969-12-31 23:59:59.999999");
    check(Scalar::TimestampNs(1_999), "1970-01-01 00:00:00.000001");
    check(Scalar::TimestampNs(i64::MAX), "infinity");
    check(Scalar::Time(DAY), "24:00:00");
    check(Scalar::Time(45_296_001_000), "12:34:56.001");
    check(Scalar::TimeNs(45_296_000_000_999), "12:34:56");
    for (east, expected) in
        [(19_800, "12:00:00.1+05:30"), (-28_800, "12:00:00.1-08"), (-1, "12:00:00.1-00:00:01"), (0, "12:00:00.1+00")]
    {
        check(Scalar::TimeTz { micros: 43_200_100_000, offset_seconds: east }, expected);
    }
}

#[test]
fn moments_take_the_zone() {
    let new_year = i64::from(days(2020, 1, 1)) * 86_400_000_000;
    let text = |east: i32, style| {
        let mut out = BytesMut::new();
        let micros = new_year - i64::from(east) * 1_000_000;
        let zone = move |at| {
            assert_eq!(at, micros);
            east
        };
        put_timestamptz(&mut out, micros, &zone, style);
        String::from_utf8(out.to_vec()).unwrap()
    };
    assert_eq!(text(0, Style::Sql), "2020-01-01 00:00:00+00");
    assert_eq!(text(19_800, Style::Sql), "2020-01-01 00:00:00+05:30");
    assert_eq!(text(21_208, Style::Sql), "2020-01-01 00:00:00+05:53:28");
    assert_eq!(text(-17_762, Style::Sql), "2020-01-01 00:00:00-04:56:02");
    assert_eq!(text(0, Style::Json), "2020-01-01T00:00:00+00:00");
}

#[test]
fn intervals() {
    const HOUR: i64 = 3_600_000_000;
    for (months, days, micros, expected) in [
        (14, 3, 14_706_789_000, "1 year 2 mons 3 days 04:05:06.789"),
        (-14, 3, -14_706_000_000, "-1 years -2 mons +3 days -04:05:06"),
        (0, 0, 0, "00:00:00"),
        (1, 0, 0, "1 mon"),
        (-1, 0, 0, "-1 mons"),
        (-1, 1, 0, "-1 mons +1 day"),
        (1, -1, 0, "1 mon -1 days"),
        (-1, -1, 4 * HOUR, "-1 mons -1 days +04:00:00"),
        (0, 0, -500_000, "-00:00:00.5"),
        (0, -1, -1, "-1 days -00:00:00.000001"),
        (0, 0, 1000 * HOUR, "1000:00:00"),
        (0, 1, -4 * HOUR, "1 day -04:00:00"),
        (13, -1, 0, "1 year 1 mon -1 days"),
        (-12, 3, 0, "-1 years +3 days"),
    ] {
        check(Scalar::Interval { months, days, micros }, expected);
    }
}

#[test]
fn strings_of_bytes() {
    check(Scalar::Text("a\"ñ"), "a\"ñ");
    check(Scalar::Blob(b"\xde\xad\x00"), "\\xdead00");
    check(Scalar::Blob(b""), "\\x");
    check(Scalar::Bit(&[3, 0b1110_1011]), "01011");
    check(Scalar::Bit(&[7, 0b1111_1111, 0b0101_0101]), "101010101");
    let uuid = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
    check(Scalar::Uuid(uuid), "00112233-4455-6677-8899-aabbccddeeff");
}

#[test]
fn json_values() {
    for (scalar, expected) in [
        (Scalar::Text("a\"\\\t\u{1}\u{7f}/é"), "\"a\\\"\\\\\\t\\u0001\u{7f}/é\""),
        (Scalar::Timestamp(36_000_500_000), "\"1970-01-01T10:00:00.5\""),
        (Scalar::Timestamp(i64::MAX), "\"infinity\""),
        (Scalar::TimestampTz(0), "\"1970-01-01T00:00:00+00:00\""),
        (Scalar::Date(days(0, 1, 1)), "\"0001-01-01 BC\""),
        (Scalar::Blob(b"\xde\xad"), "\"\\\\xdead\""),
        (Scalar::Double(f64::NAN), "\"NaN\""),
        (Scalar::Double(1e20), "1e+20"),
        (Scalar::HugeInt(i128::MAX), "170141183460469231731687303715884105727"),
        (Scalar::Bool(true), "true"),
        (Scalar::Null, "null"),
    ] {
        let mut out = BytesMut::new();
        json::put_json(&mut out, &SqlType::Unknown, scalar, &|_| 0);
        assert_eq!(std::str::from_utf8(&out).unwrap(), expected);
    }
    assert_eq!(encoded(&SqlType::Json, Format::Text, Scalar::Text("{\"a\": 1}")), b"{\"a\": 1}");
}

#[test]
fn a_row_is_one_message() {
    let columns =
        [(SqlType::Integer, Format::Text), (SqlType::Integer, Format::Binary), (SqlType::Varchar, Format::Text)];
    let values = [Scalar::Int(-5), Scalar::Int(7), Scalar::Null];
    let mut out = BytesMut::from(&b"before"[..]);
    encode_row_with(&columns, |column| values[column], &|_| 0, &mut out).unwrap();
    assert_eq!(out[..], b"beforeD\0\0\0\x18\0\x03\0\0\0\x02-5\0\0\0\x04\0\0\0\x07\xff\xff\xff\xff"[..]);
    let columns = [(SqlType::Integer, Format::Text), (SqlType::Date, Format::Binary)];
    let values = [Scalar::Int(-5), Scalar::Date(-i32::MAX + 1)];
    let before = out.clone();
    let error = encode_row_with(&columns, |column| values[column], &|_| 0, &mut out).unwrap_err();
    assert_eq!(error.sqlstate, "22008");
    assert_eq!(out, before);
}
