//! Dates, times and intervals in the forms that drivers write.
//!
//! `None` is not an error: DuckDB reads the text then, and complains if it cannot.

use crate::pg::value::time::days_of;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// `infinity` and `-infinity` as the extremes that DuckDB gives them.
fn infinity<T: std::ops::Neg<Output = T>>(text: &str, most: T) -> Option<T> {
    if text.eq_ignore_ascii_case("infinity") {
        Some(most)
    } else if text.eq_ignore_ascii_case("-infinity") {
        Some(-most)
    } else {
        None
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// Two digits.
fn pair(bytes: &[u8]) -> Option<i64> {
    let [a @ b'0'..=b'9', b @ b'0'..=b'9'] = *bytes else { return None };
    Some(i64::from(a - b'0') * 10 + i64::from(b - b'0'))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// `2024-01-31`: the form that nearly all dates have.
fn plain_day(text: &str) -> Option<i64> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *text.as_bytes() else { return None };
    let (year, month, day) = (pair(&[a, b])? * 100 + pair(&[c, d])?, pair(&[e, f])?, pair(&[g, h])?);
    (year > 0 && (1..=days_in_month(year, month)).contains(&day)).then(|| days_of(year, month, day))
}

/// `2024-01-31`
fn day(text: &str) -> Option<i64> {
    plain_day(text).or_else(|| any_day(text))
}

fn any_day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = parts.next().is_none() && (4..=6).contains(&year.len()) && day.len() <= 2;
    let (year, month, day): (i64, i64, i64) = (number(year)?, number(month)?, number(day)?);
    (plain && year > 0 && (1..=days_in_month(year, month)).contains(&day)).then(|| days_of(year, month, day))
}

pub(super) fn date(text: &str) -> Option<i32> {
    infinity(text, i32::MAX).or_else(|| i32::try_from(day(text)?).ok())
}

/// Digits after a point as microseconds; more than six are not exact.
fn fraction(text: &str) -> Option<i64> {
    let digits = u32::try_from(text.len()).ok()?;
    if digits > 6 {
        return None;
    }
    Some(number::<i64>(text)? * 10i64.pow(6 - digits))
}

/// `hh:mm:ss`: the form that nearly all times have.
fn plain_clock(text: &str) -> Option<i64> {
    let [a, b, b':', c, d, b':', e, f] = *text.as_bytes() else { return None };
    let (hours, minutes, seconds) = (pair(&[a, b])?, pair(&[c, d])?, pair(&[e, f])?);
    (minutes < 60 && seconds < 60).then_some(hours * HOUR + (minutes * 60 + seconds) * SECOND)
}

/// `hh:mm[:ss[.ffffff]]`, any number of hours.
fn clock(text: &str) -> Option<i64> {
    if let Some(micros) = plain_clock(text) {
        return Some(micros);
    }
    let (text, fraction) = match text.split_once('.') {
        Some((text, digits)) => (text, fraction(digits)?),
        None => (text, 0),
    };
    let mut parts = text.split(':');
    let (hours, minutes) = (number::<i64>(parts.next()?)?, number::<i64>(parts.next()?)?);
    let seconds = parts.next();
    let seconds = match seconds {
        Some(seconds) => number::<i64>(seconds)?,
        None if fraction > 0 => return None,
        None => 0,
    };
    if parts.next().is_some() || minutes > 59 || seconds > 59 {
        return None;
    }
    hours.checked_mul(HOUR)?.checked_add((minutes * 60 + seconds) * SECOND + fraction)
}

pub(super) fn time(text: &str) -> Option<i64> {
    clock(text).filter(|micros| *micros <= DAY)
}

pub(super) fn timestamp(text: &str) -> Option<i64> {
    if let (Some(date), Some(b' ' | b'T'), Some(clock)) = (text.get(..10), text.as_bytes().get(10), text.get(11..))
        && let (Some(date), Some(clock)) = (plain_day(date), time(clock))
    {
        return Some(date * DAY + clock);
    }
    if let Some(infinity) = infinity(text, i64::MAX) {
        return Some(infinity);
    }
    let (date, clock) = match text.split_once(['T', ' ']) {
        Some((date, clock)) => (day(date)?, time(clock)?),
        None => (day(text)?, 0),
    };
    date.checked_mul(DAY)?.checked_add(clock)
}

/// With the offset written out; without one the session's time zone counts, which DuckDB knows.
pub(super) fn timestamptz(text: &str) -> Option<i64> {
    if let Some(infinity) = infinity(text, i64::MAX) {
        return Some(infinity);
    }
    if let Some(utc) = text.strip_suffix(['Z', 'z']) {
        return timestamp(utc);
    }
    let after_date = text.find(['T', ' '])?;
    let sign = after_date + text[after_date..].find(['+', '-'])?;
    let (local, offset) = text.split_at(sign);
    let (east, offset) = match offset.strip_prefix('-') {
        Some(offset) => (false, offset),
        None => (true, &offset[1..]),
    };
    let seconds = match offset.len() {
        1 | 2 => number::<i64>(offset)? * HOUR,
        // +0530
        4 if !offset.contains(':') => number::<i64>(&offset[..2])? * HOUR + number::<i64>(&offset[2..])? * 60 * SECOND,
        _ => clock(offset)?,
    };
    if seconds > 16 * HOUR {
        return None;
    }
    let local = timestamp(local.trim_ascii_end())?;
    if east { local.checked_sub(seconds) } else { local.checked_add(seconds) }
}

/// A day before Christ in DuckDB's form: Postgres' `0044-03-15 12:00:00+00 BC` is DuckDB's
/// `0044-03-15 (BC) 12:00:00+00`. DuckDB takes a bare `BC` for nothing at all.
pub(super) fn before_christ(text: &str) -> Option<String> {
    let (moment, era) = text.split_at_checked(text.len().checked_sub(2)?)?;
    if !era.eq_ignore_ascii_case("BC") || moment.ends_with(|last: char| last.is_alphabetic()) {
        return None;
    }
    let moment = moment.trim_ascii_end();
    let (date, clock) = moment.split_once(['T', ' ']).unwrap_or((moment, ""));
    Some(format!("{date} (BC) {clock}").trim_ascii_end().to_owned())
}

/// Postgres' own form (`-1 years +2 mons 3 days -04:05:06.7`), which JDBC and psycopg2 use too.
pub(super) fn interval(text: &str) -> Option<(i32, i32, i64)> {
    let mut total = (0i32, 0i32, 0i64);
    let mut words = text.split_ascii_whitespace();
    let mut any = false;
    while let Some(word) = words.next() {
        any = true;
        let (negative, unsigned) = match word.strip_prefix(['+', '-']) {
            Some(rest) => (word.starts_with('-'), rest),
            None => (false, word),
        };
        let signed = |value: i64| if negative { -value } else { value };
        if unsigned.contains(':') {
            total.2 = total.2.checked_add(signed(clock(unsigned)?))?;
            continue;
        }
        let (whole, part) = match unsigned.split_once('.') {
            Some((whole, digits)) => (number(whole)?, Some(fraction(digits)?)),
            None => (number::<i64>(unsigned)?, None),
        };
        let unit = words.next()?.to_ascii_lowercase();
        let unit = unit.strip_suffix('s').unwrap_or(&unit);
        let count = || {
            if part.unwrap_or(0) == 0 { i32::try_from(signed(whole)).ok() } else { None }
        };
        match unit {
            "year" => total.0 = total.0.checked_add(count()?.checked_mul(12)?)?,
            "mon" | "month" => total.0 = total.0.checked_add(count()?)?,
            "week" => total.1 = total.1.checked_add(count()?.checked_mul(7)?)?,
            "day" => total.1 = total.1.checked_add(count()?)?,
            "hour" | "min" | "minute" | "sec" | "second" => {
                let factor = match unit {
                    "hour" => 3600,
                    "min" | "minute" => 60,
                    _ => 1,
                };
                let micros = whole.checked_mul(SECOND)?.checked_add(part.unwrap_or(0))?;
                total.2 = total.2.checked_add(signed(micros.checked_mul(factor)?))?;
            }
            _ => return None,
        }
    }
    any.then_some(total)
}
