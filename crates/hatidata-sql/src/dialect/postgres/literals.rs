//! Literals of dates, times, intervals and truth that PostgreSQL reads and DuckDB does not.

use super::datetime::to_moment;
use crate::name::literal;

/// A literal of the type `kind` as DuckDB reads it; `None` where that is what is written.
pub(super) fn read(kind: &str, text: &str) -> Option<String> {
    let value = text.trim();
    match kind {
        "BOOL" | "BOOLEAN" => truth(value),
        "INTERVAL" => interval(value),
        "TIME" | "TIMETZ" => time(value),
        _ => moment(value),
    }
}

/// `B'101'` and `X'1F'` as a cast to BIT; `None` for any other literal.
pub(super) fn bit_string(token: &str) -> Option<String> {
    let (kind, digits) = token.strip_suffix('\'')?.split_once('\'')?;
    match kind {
        "b" | "B" => Some(format!("{}::BIT", literal(digits))),
        "x" | "X" => {
            let bits =
                |digit: char| digit.to_digit(16).map_or_else(|| digit.to_string(), |value| format!("{value:04b}"));
            Some(format!("{}::BIT", literal(&digits.chars().map(bits).collect::<String>())))
        }
        _ => None,
    }
}

/// Beginnings of true, yes, on, false, no and off.
fn truth(value: &str) -> Option<String> {
    let value = value.to_lowercase();
    let begins = |words: &[&str]| !value.is_empty() && words.iter().any(|word| word.starts_with(&value));
    match (
        begins(&["true", "yes"]) || value == "on",
        begins(&["false", "no"]) || matches!(value.as_str(), "of" | "off"),
    ) {
        (true, _) => Some(literal("true")),
        (_, true) => Some(literal("false")),
        _ => None,
    }
}

/// `P1Y2M3DT4H5M6S`, `1-2`
fn interval(value: &str) -> Option<String> {
    if let Some((years, months)) = value.split_once('-')
        && [years, months].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    {
        return Some(literal(&format!("{years} years {months} months")));
    }
    let mut out = Vec::new();
    let mut number = String::new();
    let mut in_time = false;
    for c in value.strip_prefix('P')?.chars() {
        match c {
            '0'..='9' | '.' | '-' => number.push(c),
            'T' => in_time = true,
            _ => {
                let unit = match (c, in_time) {
                    ('Y', _) => "years",
                    ('M', false) => "months",
                    ('W', _) => "weeks",
                    ('D', _) => "days",
                    ('H', true) => "hours",
                    ('M', true) => "minutes",
                    ('S', true) => "seconds",
                    _ => return None,
                };
                out.push(format!("{} {unit}", std::mem::take(&mut number)));
            }
        }
    }
    Some(literal(&out.join(" ")))
}

/// `040506`, `04:05 PM`
fn time(value: &str) -> Option<String> {
    if value.len() == 6 && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(literal(&format!("{}:{}:{}", &value[..2], &value[2..4], &value[4..])));
    }
    let lower = value.to_lowercase();
    let pattern = if lower.matches(':').count() == 2 { "HH12:MI:SS AM" } else { "HH12:MI AM" };
    if lower.ends_with("am") || lower.ends_with("pm") {
        let moment = to_moment(value, pattern).ok()?;
        return moment.split(' ').next_back().map(literal);
    }
    None
}

fn moment(value: &str) -> Option<String> {
    match value.to_lowercase().as_str() {
        "now" => return Some("now()".to_owned()),
        "today" => return Some("current_date".to_owned()),
        "tomorrow" => return Some("(current_date + 1)".to_owned()),
        "yesterday" => return Some("(current_date - 1)".to_owned()),
        _ => {}
    }
    if let Some(date) = value.strip_suffix(" BC") {
        return Some(literal(&format!("{date} (BC)")));
    }
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 4 && value.as_bytes().get(4) == Some(&b'-') && value.as_bytes().get(5).is_some_and(u8::is_ascii_digit)
    {
        return with_seconds(value);
    }
    let starts_with_letter = value.starts_with(|c: char| c.is_ascii_alphabetic());
    let patterns: &[&str] = match digits {
        8 if value.len() == 8 => &["YYYYMMDD"],
        4 => &["YYYY-Mon-DD"],
        1 | 2 if value.contains('/') => &["MM/DD/YYYY"],
        1 | 2 if value.contains('-') => &["DD-Mon-YYYY"],
        1 | 2 => &["DD Month YYYY"],
        0 if starts_with_letter && value.contains(' ') => &["Month DD, YYYY"],
        _ => return None,
    };
    patterns.iter().find_map(|pattern| {
        let moment = to_moment(value, pattern).ok()?;
        moment.split(' ').next().map(literal)
    })
}

/// `2024-01-31 10:00+00`: DuckDB wants the seconds where an offset follows.
fn with_seconds(value: &str) -> Option<String> {
    let Some(colon) = value.find(':') else {
        let offset = value.get(10..).filter(|rest| rest.starts_with(['+', '-']))?;
        return Some(literal(&format!("{} 00:00:00{offset}", &value[..10])));
    };
    let minutes = value.get(colon + 1..colon + 3)?;
    let rest = &value[colon + 3..];
    let lacks = minutes.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with(['+', '-', 'Z', 'z', ' ']);
    lacks.then(|| literal(&format!("{}:{minutes}:00{rest}", &value[..colon])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_postgresql_reads_them() {
        for (kind, text, expected) in [
            ("DATE", "January 8, 1999", Some("'1999-01-08'")),
            ("DATE", "1/8/1999", Some("'1999-01-08'")),
            ("DATE", "19990108", Some("'1999-01-08'")),
            ("DATE", "08-Jan-1999", Some("'1999-01-08'")),
            ("DATE", "1999-Jan-08", Some("'1999-01-08'")),
            ("DATE", "1999-01-08", None),
            ("DATE", "0044-03-15 BC", Some("'0044-03-15 (BC)'")),
            ("TIMESTAMPTZ", "2024-01-31 10:00+00", Some("'2024-01-31 10:00:00+00'")),
            ("TIMESTAMPTZ", "2024-01-31 10:00:00+00", None),
            ("TIMESTAMPTZ", "2024-01-31+00", Some("'2024-01-31 00:00:00+00'")),
            ("TIME", "04:05 PM", Some("'16:05:00.000000'")),
            ("TIME", "040506", Some("'04:05:06'")),
            ("INTERVAL", "P1Y2M3DT4H5M6S", Some("'1 years 2 months 3 days 4 hours 5 minutes 6 seconds'")),
            ("INTERVAL", "1-2", Some("'1 years 2 months'")),
            ("INTERVAL", "1 day", None),
            ("BOOL", "on", Some("'true'")),
            ("BOOL", "off", Some("'false'")),
            ("BOOL", "maybe", None),
        ] {
            assert_eq!(read(kind, text).as_deref(), expected, "{kind} {text}");
        }
    }
}
