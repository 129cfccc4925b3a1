//! Dates, times and intervals in Postgres' ISO style.

use super::number::{pair, put_i64};
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
///
/// The algorithm is that of Neri and Schneider, "Euclidean affine functions and their application
/// to calendar algorithms" (2022), shifted by whole eras so that no day of an `i32` is negative.
fn civil(days: i64) -> (i64, u64, u64) {
    const ERAS: i64 = 14_800;
    let quarters = 4 * (days + 719_468 + 146_097 * ERAS) as u64 + 3;
    let century = quarters / 146_097;
    let product = 2_939_745 * ((quarters % 146_097) | 3);
    let year_of_century = product >> 32;
    let day_of_year = (product & 0xffff_ffff) / 2_939_745 / 4;
    let shifted = 2_141 * day_of_year + 197_913;
    let (month, day) = (shifted >> 16, (shifted & 0xffff) / 2_141 + 1);
    let next_year = day_of_year >= 306;
    let year = (100 * century + year_of_century) as i64 - 400 * ERAS + i64::from(next_year);
    (year, if next_year { month - 12 } else { month }, day)
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

/// A date or time while it is written: one copy at the end is faster than many short ones.
struct Line {
    /// The longest is a moment with a year of seven digits and a zone of any `i32`: 45 characters.
    text: [u8; 64],
    end: usize,
}

impl Line {
    fn new() -> Self {
        Self { text: [0; 64], end: 0 }
    }

    fn put<const N: usize>(&mut self, text: [u8; N]) {
        self.text[self.end..self.end + N].copy_from_slice(&text);
        self.end += N;
    }

    /// A number in at least two digits.
    fn number(&mut self, value: u64) {
        if value >= 100 {
            self.number(value / 100);
        }
        self.put(pair(value));
    }

    /// A number of at least three digits.
    fn long_number(&mut self, value: u64) {
        let start = self.end;
        self.number(value);
        if self.text[start] == b'0' {
            self.text.copy_within(start + 1..self.end, start);
            self.end -= 1;
        }
    }

    /// The date; says whether ` BC` has to follow.
    fn day(&mut self, days: i64) -> bool {
        let (year, month, day) = civil(days);
        let before_christ = year <= 0;
        let shown = if before_christ { 1 - year } else { year }.unsigned_abs();
        let ([m, n], [d, e]) = (pair(month), pair(day));
        if shown < 10_000 {
            let ([y, z], [w, x]) = (pair(shown / 100), pair(shown));
            self.put([y, z, w, x, b'-', m, n, b'-', d, e]);
        } else {
            self.long_number(shown);
            self.put([b'-', m, n, b'-', d, e]);
        }
        before_christ
    }

    /// Microseconds since midnight as `hh:mm:ss.ffffff` without trailing zeros.
    fn time(&mut self, micros: u64) {
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        let ([m, n], [s, t]) = (pair(minutes % 60), pair(seconds % 60));
        if hours < 100 {
            let [h, i] = pair(hours);
            self.put([h, i, b':', m, n, b':', s, t]);
        } else {
            self.long_number(hours);
            self.put([b':', m, n, b':', s, t]);
        }
        if fraction > 0 {
            let ([a, b], [c, d], [e, f]) = (pair(fraction / 10_000), pair(fraction / 100), pair(fraction));
            self.put([b'.', a, b, c, d, e, f]);
            while self.text[self.end - 1] == b'0' {
                self.end -= 1;
            }
        }
    }

    /// `+05`, `-03:30`, `+00:19:32`; JSON always shows the minutes.
    fn offset(&mut self, east: i32, style: Style) {
        let seconds = u64::from(east.unsigned_abs());
        self.put([if east < 0 { b'-' } else { b'+' }]);
        match seconds / 3600 {
            hours @ 0..100 => self.put(pair(hours)),
            hours => self.long_number(hours),
        }
        let mut colon = |part| {
            let [a, b] = pair(part);
            self.put([b':', a, b]);
        };
        if !seconds.is_multiple_of(3600) || style == Style::Json {
            colon(seconds / 60 % 60);
        }
        if !seconds.is_multiple_of(60) {
            colon(seconds % 60);
        }
    }

    fn moment(&mut self, micros: i64, style: Style) -> bool {
        let before_christ = self.day(micros.div_euclid(DAY));
        self.put([if style == Style::Json { b'T' } else { b' ' }]);
        self.time(micros.rem_euclid(DAY) as u64);
        before_christ
    }

    fn finish(mut self, before_christ: bool, out: &mut BytesMut) {
        if before_christ {
            self.put(*b" BC");
        }
        out.put_slice(&self.text[..self.end]);
    }
}

fn put_infinity(out: &mut BytesMut, negative: bool) {
    out.put_slice(if negative { b"-infinity" } else { b"infinity" });
}

pub(crate) fn put_date(out: &mut BytesMut, days: i32) {
    if days == i32::MAX || days <= -i32::MAX {
        return put_infinity(out, days < 0);
    }
    let mut line = Line::new();
    let before_christ = line.day(i64::from(days));
    line.finish(before_christ, out);
}

/// Microseconds since midnight, without their sign.
pub(crate) fn put_time(out: &mut BytesMut, micros: i64) {
    let mut line = Line::new();
    line.time(micros.unsigned_abs());
    line.finish(false, out);
}

pub(crate) fn put_timetz(out: &mut BytesMut, micros: i64, east: i32) {
    let mut line = Line::new();
    line.time(micros.unsigned_abs());
    line.offset(east, Style::Sql);
    line.finish(false, out);
}

pub(crate) fn put_timestamp(out: &mut BytesMut, micros: i64, style: Style) {
    if micros == i64::MAX || micros <= -i64::MAX {
        return put_infinity(out, micros < 0);
    }
    let mut line = Line::new();
    let before_christ = line.moment(micros, style);
    line.finish(before_christ, out);
}

pub(crate) fn put_timestamptz(out: &mut BytesMut, micros: i64, zone: ZoneOffset<'_>, style: Style) {
    if micros == i64::MAX || micros <= -i64::MAX {
        return put_infinity(out, micros < 0);
    }
    let east = zone(micros);
    let local = micros.saturating_add(i64::from(east) * 1_000_000);
    let mut line = Line::new();
    let before_christ = line.moment(local, style);
    line.offset(east, style);
    line.finish(before_christ, out);
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
