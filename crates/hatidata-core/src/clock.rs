//! The time of day.

use std::time::SystemTime;

/// Microseconds since 1970 UTC.
pub(crate) fn now_micros() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros() as i64
}

/// A moment as text that DuckDB casts to TIMESTAMPTZ exactly.
pub(crate) fn timestamp(micros: i64) -> String {
    let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    let (year, month, day) = civil(days);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hours:02}:{minutes:02}:{:02}.{fraction:06}+00", seconds % 60)
}

/// Days since 1970-01-01 to year, month, day of the Gregorian calendar (eras of 400 years).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00.000000+00");
        assert_eq!(timestamp(1_709_208_000_000_001), "2024-02-29 12:00:00.000001+00");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999999+00");
    }
}
