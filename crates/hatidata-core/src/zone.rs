//! The spellings of a time zone that are offsets: hours, intervals, POSIX.

/// What a time zone's value is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// The name of a zone, which the engine checks.
    Name,
    /// An offset, and the name that stands for it.
    Offset(String),
    /// An offset that is not of whole hours: the engine has no name for it.
    Partial,
}

/// Reads a time zone's value.
///
/// `-7`, `5.5` and `INTERVAL '-08:00' HOUR TO MINUTE` count hours east of Greenwich, as in Postgres; POSIX names
/// (`UTC+3`, `<-03>+3`) count them west. Whole hours get a name that every client knows (`Etc/GMT-3` is three
/// hours east).
pub(crate) fn read_zone(value: &str) -> Given {
    let value = value.trim();
    match hours(value).or_else(|| interval(value)).or_else(|| posix(value)) {
        Some(0) => Given::Offset("UTC".to_owned()),
        Some(minutes) if minutes % 60 != 0 => Given::Partial,
        Some(minutes) if (-12 * 60..=14 * 60).contains(&minutes) => {
            Given::Offset(format!("Etc/GMT{:+}", -minutes / 60))
        }
        _ => Given::Name,
    }
}

/// `-7`, `5.5`
fn hours(value: &str) -> Option<i64> {
    let is_number = value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.'));
    let hours: f64 = value.parse().ok().filter(|_| is_number)?;
    Some((hours * 60.0).round() as i64)
}

/// `INTERVAL '-08:00' HOUR TO MINUTE`, as the reader of SET puts it together.
fn interval(value: &str) -> Option<i64> {
    let rest = value.get(..8).filter(|word| word.eq_ignore_ascii_case("INTERVAL")).and_then(|_| value.get(8..))?;
    clock(rest.trim().split(' ').next()?.trim_matches('\''))
}

/// `UTC+3`, `<-03>+3`: a name, and hours west.
fn posix(value: &str) -> Option<i64> {
    let rest = match value.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>')?.1,
        None => {
            let name = value.bytes().take_while(u8::is_ascii_alphabetic).count();
            if name < 3 {
                return None;
            }
            &value[name..]
        }
    };
    rest.starts_with(['+', '-']).then(|| clock(rest))?.map(|minutes| -minutes)
}

/// `-08:00`, `8`: hours and minutes as minutes.
fn clock(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    let number = |digits: &str| digits.parse::<u16>().ok().map(i64::from);
    Some(sign * (number(hours)? * 60 + number(minutes).filter(|minutes| *minutes < 60)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_names() {
        for (value, name) in [
            ("-7", Some("Etc/GMT+7")),
            ("+02", Some("Etc/GMT-2")),
            ("0", Some("UTC")),
            ("INTERVAL-08:00 HOUR TO MINUTE", Some("Etc/GMT+8")),
            ("UTC+3", Some("Etc/GMT+3")),
            ("<+02>-02", Some("Etc/GMT-2")),
            ("Europe/Berlin", None),
            ("EST5EDT", None),
            ("UTC", None),
            ("99", None),
            ("", None),
        ] {
            let expected = name.map_or(Given::Name, |name| Given::Offset(name.to_owned()));
            assert_eq!(read_zone(value), expected, "{value}");
        }
        for value in ["5.5", "INTERVAL '-03:30'", "UTC+5:45"] {
            assert_eq!(read_zone(value), Given::Partial, "{value}");
        }
    }
}
