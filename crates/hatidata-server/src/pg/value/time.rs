//! Dates, times and intervals in Postgres' ISO style.

use super::number::{put_i64, put_padded};
use bytes::{BufMut, BytesMut};

/// Seconds east of UTC at a moment, given in microseconds since 1970-01-01 UTC.
pub(crate) type ZoneOffset<'a> = &'a dyn Fn(i64) -> i32;

const DAY: i64 = 86_400_000_000;

/// What stands between date and time: Postgres' own output or the form inside JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `2024-01-31 10:00:00+00`
    Sql,
    /// `2024-01-31T10:00:00+00:00`
    Json,
}

/// Year (astronomical: 0 is 1 BC), month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u64, day as u64)
}

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Writes the date and says whether ` BC` has to follow.
fn put_day(out: &mut BytesMut, days: i64) -> bool {
    let (year, month, day) = civil(days);
    let before_christ = year <= 0;
    let shown = if before_christ { 1 - year } else { year };
    put_padded(out, shown.unsigned_abs(), 4);
    out.put_u8(b'-');
    put_padded(out, month, 2);
    out.put_u8(b'-');
    put_padded(out, day, 2);
    before_christ
}

fn put_era(out: &mut BytesMut, before_christ: bool) {
    if before_christ {
        out.put_slice(b" BC");
    }
}

fn put_infinity(out: &mut BytesMut, negative: bool) {
    out.put_slice(if negative { b"-infinity" } else { b"infinity" });
}

pub(crate) fn put_date(out: &mut BytesMut, days: i32) {
    if days == i32::MAX || days <= -i32::MAX {
        return put_infinity(out, days < 0);
    }
    let before_christ = put_day(out, i64::from(days));
    put_era(out, before_christ);
}

/// Microseconds since midnight as `hh:mm:ss.ffffff` without trailing zeros.
pub(crate) fn put_time(out: &mut BytesMut, micros: i64) {
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    put_padded(out, seconds / 3600, 2);
    out.put_u8(b':');
    put_padded(out, seconds / 60 % 60, 2);
    out.put_u8(b':');
    put_padded(out, seconds % 60, 2);
    let mut fraction = micros % 1_000_000;
    if fraction > 0 {
        let mut width = 6;
        while fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        out.put_u8(b'.');
        put_padded(out, fraction, width);
    }
}

/// `+05`, `-03:30`, `+00:19:32`; JSON always shows the minutes.
fn put_offset(out: &mut BytesMut, east: i32, style: Style) {
    let seconds = u64::from(east.unsigned_abs());
    out.put_u8(if east < 0 { b'-' } else { b'+' });
    put_padded(out, seconds / 3600, 2);
    if !seconds.is_multiple_of(3600) || style == Style::Json {
        out.put_u8(b':');
        put_padded(out, seconds / 60 % 60, 2);
    }
    if !seconds.is_multiple_of(60) {
        out.put_u8(b':');
        put_padded(out, seconds % 60, 2);
    }
}

pub(crate) fn put_timetz(out: &mut BytesMut, micros: i64, east: i32) {
    put_time(out, micros);
    put_offset(out, east, Style::Sql);
}

pub(crate) fn put_timestamp(out: &mut BytesMut, micros: i64, style: Style) {
    if micros == i64::MAX || micros <= -i64::MAX {
        return put_infinity(out, micros < 0);
    }
    let before_christ = put_moment(out, micros, style);
    put_era(out, before_christ);
}

pub(crate) fn put_timestamptz(out: &mut BytesMut, micros: i64, zone: ZoneOffset<'_>, style: Style) {
    if micros == i64::MAX || micros <= -i64::MAX {
        return put_infinity(out, micros < 0);
    }
    let east = zone(micros);
    let local = micros.saturating_add(i64::from(east) * 1_000_000);
    let before_christ = put_moment(out, local, style);
    put_offset(out, east, style);
    put_era(out, before_christ);
}

fn put_moment(out: &mut BytesMut, micros: i64, style: Style) -> bool {
    let before_christ = put_day(out, micros.div_euclid(DAY));
    out.put_u8(if style == Style::Json { b'T' } else { b' ' });
    put_time(out, micros.rem_euclid(DAY));
    before_christ
}

/// Nanoseconds to microseconds; the infinities stay what they are.
pub(crate) fn micros_of_nanos(nanos: i64) -> i64 {
    if nanos == i64::MAX || nanos <= -i64::MAX { nanos } else { nanos.div_euclid(1000) }
}

/// An interval as `IntervalStyle = postgres` prints it: `1 year -2 mons +3 days 04:05:06.7`.
pub(crate) fn put_interval(out: &mut BytesMut, months: i32, days: i32, micros: i64) {
    let mut first = true;
    let mut negative = false;
    for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if value == 0 {
            continue;
        }
        if !first {
            out.put_u8(b' ');
        }
        if negative && value > 0 {
            out.put_u8(b'+');
        }
        put_i64(out, i64::from(value));
        out.put_u8(b' ');
        out.put_slice(unit.as_bytes());
        if value != 1 {
            out.put_u8(b's');
        }
        first = false;
        negative = value < 0;
    }
    if first || micros != 0 {
        if !first {
            out.put_u8(b' ');
        }
        if micros < 0 {
            out.put_u8(b'-');
        } else if negative {
            out.put_u8(b'+');
        }
        put_time(out, micros);
    }
}
