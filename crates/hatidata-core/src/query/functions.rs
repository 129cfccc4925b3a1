//! The functions that the macros of the dialects call, for what SQL over DuckDB's own functions cannot say:
//! results whose type is that of an argument, and format models.

use hatidata_engine::{Compute, Connection, Datum, DatumType, EngineError, Overload};
use hatidata_sql::{postgres_functions as postgres, postgres_json as json, snowflake_format as snowflake};

use DatumType::{BigInt, Date, Decimal, Double, HugeInt, Text, Time, Timestamp, TimestampTz};

/// Makes all of them known to the database.
pub(super) fn register(connection: &Connection) -> Result<(), EngineError> {
    let first = |args: &[Datum<'_>]| Ok(owned(&args[0]));
    // A moment of whatever type it is; a text becomes a timestamp.
    connection.register(
        "hatidata_moment",
        &[
            Overload { takes: &[Date], gives: Date, compute: first },
            Overload { takes: &[Timestamp], gives: Timestamp, compute: first },
            Overload { takes: &[TimestampTz], gives: TimestampTz, compute: first },
            Overload { takes: &[Time], gives: Time, compute: first },
            Overload { takes: &[Text], gives: Timestamp, compute: timestamp_of_text },
        ],
    )?;
    // The first moment in the type of the second.
    connection.register(
        "hatidata_like",
        &[
            Overload { takes: &[Timestamp, Date], gives: Date, compute: days },
            Overload { takes: &[Date, Date], gives: Date, compute: first },
            Overload { takes: &[Timestamp, Timestamp], gives: Timestamp, compute: first },
            Overload { takes: &[TimestampTz, TimestampTz], gives: TimestampTz, compute: first },
            Overload { takes: &[Time, Time], gives: Time, compute: first },
        ],
    )?;
    connection.register(
        "hatidata_snowflake_divide",
        &[
            Overload { takes: &[BigInt, BigInt], gives: Decimal(6), compute: divide_integers },
            Overload { takes: &[HugeInt, HugeInt], gives: Decimal(6), compute: divide_integers },
            Overload { takes: &[Double, Double], gives: Double, compute: divide_doubles },
        ],
    )?;
    let text = |name: &str, takes: &'static [DatumType], compute: Compute| {
        connection.register(name, &[Overload { takes, gives: Text, compute }])
    };
    text("hatidata_snowflake_to_char", &[Text; 3], |a| of_texts(a, |t| snowflake::to_char(t[0], t[1], t[2])))?;
    text("hatidata_snowflake_parse", &[Text; 2], |a| of_texts(a, |t| snowflake::parse_moment(t[0], t[1])))?;
    text("hatidata_snowflake_to_number", &[Text; 2], |a| of_texts(a, |t| snowflake::parse_number(t[0], t[1])))?;
    text("hatidata_postgres_to_char", &[Text; 3], |a| maybe(a, |t| postgres::to_char(t[0], t[1], t[2])))?;
    text("hatidata_postgres_to_moment", &[Text; 2], |a| maybe(a, |t| postgres::to_moment(t[0], t[1])))?;
    text("hatidata_postgres_justify", &[Text; 2], |a| maybe(a, |t| postgres::justify(t[0], t[1])))?;
    text("hatidata_postgres_to_number", &[Text; 2], |a| maybe(a, |t| postgres::to_number(t[0], t[1])))?;
    text("hatidata_postgres_text", &[Text; 2], |a| maybe(a, |t| postgres::text_of(t[0], t[1])))?;
    text("hatidata_postgres_type_name", &[Text; 1], |a| maybe(a, |t| postgres::type_name(t[0])))?;
    text("hatidata_postgres_format", &[Text; 2], |a| maybe(a, |t| postgres::format(t[0], t[1])))?;
    text("hatidata_postgres_encode", &[Text; 2], |a| maybe(a, |t| postgres::encode(t[0], t[1])))?;
    text("hatidata_postgres_decode", &[Text; 2], |a| maybe(a, |t| postgres::decode(t[0], t[1])))?;
    text("hatidata_postgres_jsonb", &[Text; 1], |a| maybe(a, |t| json::canonical(t[0])))?;
    text("hatidata_postgres_json_concat", &[Text; 2], |a| maybe(a, |t| json::concat(t[0], t[1])))?;
    text("hatidata_postgres_json_without", &[Text; 2], |a| maybe(a, |t| json::without(t[0], t[1])))?;
    text("hatidata_postgres_json_without_path", &[Text; 2], |a| maybe(a, |t| json::without_path(t[0], t[1])))?;
    text("hatidata_postgres_json_set", &[Text; 4], |a| maybe(a, |t| json::set(t[0], t[1], t[2], t[3])))?;
    text("hatidata_postgres_json_insert", &[Text; 3], |a| maybe(a, |t| json::insert(t[0], t[1], t[2])))?;
    text("hatidata_postgres_json_strip_nulls", &[Text; 1], |a| maybe(a, |t| json::strip_nulls(t[0])))?;
    text("hatidata_postgres_json_pretty", &[Text; 1], |a| maybe(a, |t| json::pretty(t[0])))?;
    Ok(())
}

type Computed = Result<Datum<'static>, String>;

/// Computes a text from texts.
fn of_texts(args: &[Datum<'_>], compute: fn(&[&str]) -> Result<String, String>) -> Computed {
    compute(&texts(args)).map(Datum::Owned)
}

/// Computes a text or NULL from texts.
fn maybe(args: &[Datum<'_>], compute: fn(&[&str]) -> Result<Option<String>, String>) -> Computed {
    Ok(compute(&texts(args))?.map_or(Datum::Null, Datum::Owned))
}

fn texts<'a>(args: &[Datum<'a>]) -> Vec<&'a str> {
    let text = |arg: &Datum<'a>| match arg {
        Datum::Text(text) => *text,
        _ => "",
    };
    args.iter().map(text).collect()
}

fn owned(value: &Datum<'_>) -> Datum<'static> {
    match value {
        Datum::Text(text) => Datum::Owned((*text).to_owned()),
        Datum::Owned(text) => Datum::Owned(text.clone()),
        Datum::Int(int) => Datum::Int(*int),
        Datum::Double(double) => Datum::Double(*double),
        Datum::Null => Datum::Null,
    }
}

fn days(args: &[Datum<'_>]) -> Computed {
    match &args[0] {
        Datum::Int(micros) => Ok(Datum::Int(micros.div_euclid(86_400_000_000))),
        other => Ok(owned(other)),
    }
}

fn timestamp_of_text(args: &[Datum<'_>]) -> Computed {
    match &args[0] {
        Datum::Text(text) => snowflake::micros(text).map(|micros| Datum::Int(i128::from(micros))),
        other => Ok(owned(other)),
    }
}

/// Snowflake's quotient of integers: six decimals, rounded half away from zero.
fn divide_integers(args: &[Datum<'_>]) -> Computed {
    let (Datum::Int(a), Datum::Int(b)) = (&args[0], &args[1]) else { return Ok(Datum::Null) };
    if *b == 0 {
        return Err("[22012] division by zero".into());
    }
    let scaled = a.checked_mul(10_000_000).ok_or("[22003] quotient out of range")? / b;
    Ok(Datum::Int((scaled + 5 * scaled.signum()) / 10))
}

fn divide_doubles(args: &[Datum<'_>]) -> Computed {
    let (Datum::Double(a), Datum::Double(b)) = (&args[0], &args[1]) else { return Ok(Datum::Null) };
    if *b == 0.0 { Err("[22012] division by zero".into()) } else { Ok(Datum::Double(a / b)) }
}
