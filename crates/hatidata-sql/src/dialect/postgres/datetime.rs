//! `to_char`, `to_date` and `to_timestamp` for dates, times and intervals, by PostgreSQL's patterns.
//!
//! Moments travel as DuckDB writes them: `2024-01-31 13:05:09.123456+02`, `1 year 2 months 3 days 04:05:06`.

/// What a pattern is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    /// A field by its name in upper case, as it was written, whether FM stood before it, and its TH or th.
    Field { name: &'static str, written: String, fill: bool, ordinal: Option<bool> },
    /// Text that stands for itself.
    Text(String),
}

/// Fields, longer ones before those that they begin with.
const FIELDS: &[&str] = &[
    "SSSSS", "SSSS", "HH24", "HH12", "A.M.", "P.M.", "B.C.", "A.D.", "MONTH", "Y,YYY", "YYYY", "IYYY", "IDDD", "YYY",
    "IYY", "DDD", "DAY", "MON", "TZH", "TZM", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "HH", "MI", "SS", "MS", "US",
    "AM", "PM", "BC", "AD", "MM", "DY", "DD", "ID", "IW", "IY", "WW", "CC", "YY", "RM", "TZ", "OF", "D", "W", "Q", "J",
    "Y", "I",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

fn nodes(pattern: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let (fill, after) = match rest.get(..2) {
            Some(prefix) if prefix.eq_ignore_ascii_case("FM") => (true, &rest[2..]),
            Some(prefix) if prefix.eq_ignore_ascii_case("FX") || prefix == "TM" => (false, &rest[2..]),
            _ => (false, rest),
        };
        let starts = |name: &&&'static str| after.get(..name.len()).is_some_and(|p| p.eq_ignore_ascii_case(name));
        if let Some(name) = FIELDS.iter().find(starts) {
            let written = after[..name.len()].to_owned();
            rest = &after[name.len()..];
            let ordinal = match rest.get(..2) {
                Some("TH") => Some(true),
                Some("th") => Some(false),
                _ => None,
            };
            if ordinal.is_some() {
                rest = &rest[2..];
            }
            nodes.push(Node::Field { name, written, fill, ordinal });
        } else if after.len() < rest.len() {
            rest = after;
        } else if c == '"' {
            let mut text = String::new();
            let mut chars = rest.char_indices().skip(1);
            let mut end = rest.len();
            while let Some((at, c)) = chars.next() {
                match c {
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    '\\' => text.extend(chars.next().map(|(_, c)| c)),
                    c => text.push(c),
                }
            }
            rest = &rest[end..];
            nodes.push(Node::Text(text));
        } else {
            nodes.push(Node::Text(c.to_string()));
            rest = &rest[c.len_utf8()..];
        }
    }
    nodes
}

/// A moment's or an interval's fields. A year before Christ is negative or zero, as in the civil count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    /// Seconds east of UTC.
    offset: Option<i64>,
    is_interval: bool,
}

impl Moment {
    /// Days since 1970-01-01.
    fn days(&self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let month = (self.month + 9) % 12;
        let of_year = (153 * month + 2) / 5 + self.day - 1;
        let of_era = year.rem_euclid(400);
        year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn of_days(days: i64) -> Moment {
        let days = days + 719_468;
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
        let year = year_of_era + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
        Moment { year, month, day, ..Moment::default() }
    }

    /// 0 is Sunday.
    fn weekday(&self) -> i64 {
        (self.days() + 4).rem_euclid(7)
    }

    fn day_of_year(&self) -> i64 {
        self.days() - Moment { month: 1, day: 1, ..*self }.days() + 1
    }

    /// The ISO year and week.
    fn iso_week(&self) -> (i64, i64) {
        let thursday = Moment::of_days(self.days() - (self.weekday() + 6) % 7 + 3);
        (thursday.year, (thursday.day_of_year() - 1) / 7 + 1)
    }

    /// The year as people count it.
    fn civil_year(&self) -> i64 {
        if self.is_interval || self.year > 0 { self.year } else { 1 - self.year }
    }

    fn days_of_month(&self) -> i64 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// Reads DuckDB's text of a moment.
fn read(kind: &str, text: &str) -> Option<Moment> {
    if kind == "INTERVAL" {
        return read_interval(text);
    }
    let (text, before_christ) = match text.strip_suffix(" (BC)") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let mut moment = Moment { year: 1970, month: 1, day: 1, ..Moment::default() };
    let (date, time) = match (kind, text.split_once(' ')) {
        ("TIME", _) => ("", text),
        (_, Some((date, time))) => (date, time),
        (_, None) => (text, ""),
    };
    let mut parts = date.splitn(3, '-').filter(|p| !p.is_empty()).map(str::parse::<i64>);
    if let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) {
        (moment.year, moment.month, moment.day) = (year.ok()?, month.ok()?, day.ok()?);
        if before_christ {
            moment.year = 1 - moment.year;
        }
    } else if !date.is_empty() {
        return None;
    }
    let zone = time.find(['+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at(zone);
    read_clock(clock, &mut moment)?;
    if !offset.is_empty() {
        let sign = if offset.starts_with('-') { -1 } else { 1 };
        let mut parts = offset[1..].split(':').map(|p| p.parse::<i64>().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        moment.offset = Some(sign * (next() * 3600 + next() * 60 + next()));
    }
    Some(moment)
}

fn read_clock(clock: &str, moment: &mut Moment) -> Option<()> {
    if clock.is_empty() {
        return Some(());
    }
    let mut parts = clock.split(':');
    moment.hour = parts.next()?.parse().ok()?;
    moment.minute = parts.next()?.parse().ok()?;
    let (second, fraction) = parts.next().map_or(("0", ""), |s| s.split_once('.').unwrap_or((s, "")));
    moment.second = second.parse().ok()?;
    moment.micros = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(())
}

fn read_interval(text: &str) -> Option<Moment> {
    let mut moment = Moment { is_interval: true, ..Moment::default() };
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        if word.contains(':') {
            let (negative, clock) = (word.starts_with('-'), word.trim_start_matches('-'));
            read_clock(clock, &mut moment)?;
            if negative {
                (moment.hour, moment.minute) = (-moment.hour, -moment.minute);
                (moment.second, moment.micros) = (-moment.second, -moment.micros);
            }
        } else {
            let amount: i64 = word.parse().ok()?;
            match words.next()? {
                unit if unit.starts_with("year") => moment.year = amount,
                unit if unit.starts_with("mon") => moment.month = amount,
                _ => moment.day = amount,
            }
        }
    }
    Some(moment)
}

/// `to_char(moment, pattern)`; `None` for an empty pattern.
pub(super) fn to_char(kind: &str, text: &str, pattern: &str) -> Result<Option<String>, String> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let Some(moment) = read(kind, text) else { return Ok(None) };
    let mut out = String::new();
    for node in nodes(pattern) {
        match node {
            Node::Text(text) => out.push_str(&text),
            Node::Field { name, written, fill, ordinal } => {
                let value = field(&moment, name, &written, fill, pattern)?;
                if let Some(upper) = ordinal {
                    let ending = ordinal_ending(&value);
                    out.push_str(&value);
                    out.push_str(&if upper { ending.to_uppercase() } else { ending.to_owned() });
                } else {
                    out.push_str(&value);
                }
            }
        }
    }
    Ok(Some(out))
}

/// `st`, `nd`, `rd` or `th`.
pub(super) fn ordinal_ending(number: &str) -> &'static str {
    let digits = number.as_bytes();
    let last = digits.last().copied().unwrap_or(b'0');
    match (digits.len().checked_sub(2).map(|i| digits[i]), last) {
        (Some(b'1'), _) => "th",
        (_, b'1') => "st",
        (_, b'2') => "nd",
        (_, b'3') => "rd",
        _ => "th",
    }
}

fn field(moment: &Moment, name: &str, written: &str, fill: bool, pattern: &str) -> Result<String, String> {
    let number = |value: i64, width: usize| match (fill, value < 0) {
        (true, _) => value.to_string(),
        (false, true) => format!("-{:0width$}", -value),
        (false, false) => format!("{value:0width$}"),
    };
    let named = |full: &str, width: usize| {
        let first_is_lower = written.starts_with(|c: char| c.is_lowercase());
        let cased = match (first_is_lower, written.chars().nth(1).is_some_and(char::is_lowercase)) {
            (true, _) => full.to_lowercase(),
            (false, true) => full.to_owned(),
            (false, false) => full.to_uppercase(),
        };
        if fill { cased } else { format!("{cased:<width$}") }
    };
    let needs_date = matches!(
        name,
        "MONTH"
            | "MON"
            | "DAY"
            | "DY"
            | "D"
            | "ID"
            | "IW"
            | "IYYY"
            | "IYY"
            | "IY"
            | "I"
            | "IDDD"
            | "J"
            | "AD"
            | "BC"
            | "A.D."
            | "B.C."
    );
    if moment.is_interval && needs_date {
        return Err(format!("[22007] invalid format specification for an interval value: {pattern}"));
    }
    let hour12 = match moment.hour.rem_euclid(12) {
        0 => 12,
        hour => hour,
    };
    let month = usize::try_from((moment.month - 1).clamp(0, 11)).unwrap_or(0);
    let half = if moment.hour.rem_euclid(24) >= 12 { "PM" } else { "AM" };
    let offset = moment.offset.unwrap_or(0);
    let sign = if offset < 0 { '-' } else { '+' };
    let (zone_hours, zone_minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
    let year = moment.civil_year();
    let lower = |text: &str| {
        if written.starts_with(|c: char| c.is_lowercase()) { text.to_lowercase() } else { text.to_owned() }
    };
    Ok(match name {
        "HH24" => number(moment.hour, 2),
        "HH" | "HH12" => number(if moment.is_interval { moment.hour % 12 } else { hour12 }, 2),
        "MI" => number(moment.minute, 2),
        "SS" => number(moment.second, 2),
        "SSSS" | "SSSSS" => (moment.hour * 3600 + moment.minute * 60 + moment.second).to_string(),
        "MS" => number(moment.micros / 1000, 3),
        "US" => number(moment.micros, 6),
        "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => {
            let digits = usize::from(name.as_bytes()[2] - b'0');
            format!("{:06}", moment.micros)[..digits].to_owned()
        }
        "AM" | "PM" => lower(half),
        "A.M." | "P.M." => lower(if half == "AM" { "A.M." } else { "P.M." }),
        "AD" | "BC" => lower(if moment.year > 0 { "AD" } else { "BC" }),
        "A.D." | "B.C." => lower(if moment.year > 0 { "A.D." } else { "B.C." }),
        "Y,YYY" => format!("{},{:03}", year / 1000, year % 1000),
        "YYYY" => number(year, 4),
        "YYY" => number(year % 1000, 3),
        "YY" => number(year % 100, 2),
        "Y" => number(year % 10, 1),
        "IYYY" => number(moment.iso_week().0, 4),
        "IYY" => number(moment.iso_week().0 % 1000, 3),
        "IY" => number(moment.iso_week().0 % 100, 2),
        "I" => number(moment.iso_week().0 % 10, 1),
        "MONTH" => named(MONTHS[month], 9),
        "MON" => named(&MONTHS[month][..3], 3),
        "MM" => number(moment.month, 2),
        "RM" => {
            let roman = lower(ROMAN[month]);
            if fill { roman } else { format!("{roman:<4}") }
        }
        "DAY" => named(DAYS[usize::try_from(moment.weekday()).unwrap_or(0)], 9),
        "DY" => named(&DAYS[usize::try_from(moment.weekday()).unwrap_or(0)][..3], 3),
        "DDD" => number(moment.day_of_year(), 3),
        "IDDD" => {
            let (_, week) = moment.iso_week();
            number((week - 1) * 7 + (moment.weekday() + 6) % 7 + 1, 3)
        }
        "DD" => number(moment.day, 2),
        "D" => (moment.weekday() + 1).to_string(),
        "ID" => ((moment.weekday() + 6) % 7 + 1).to_string(),
        "W" => ((moment.day - 1) / 7 + 1).to_string(),
        "WW" => number((moment.day_of_year() - 1) / 7 + 1, 2),
        "IW" => number(moment.iso_week().1, 2),
        "CC" => number(if year % 100 == 0 { year / 100 } else { year / 100 + 1 }, 2),
        "Q" => ((moment.month - 1) / 3 + 1).to_string(),
        "J" => (moment.days() + 2_440_588).to_string(),
        "TZ" if moment.offset == Some(0) => lower("UTC"),
        "TZ" if moment.offset.is_none() => String::new(),
        "TZ" | "OF" if zone_minutes == 0 => format!("{sign}{zone_hours:02}"),
        "TZ" | "OF" => format!("{sign}{zone_hours:02}:{zone_minutes:02}"),
        "TZH" => format!("{sign}{zone_hours:02}"),
        _ => format!("{zone_minutes:02}"),
    })
}

/// `justify_hours`, `justify_days` and `justify_interval`: 24 hours are a day, 30 days are a month, all of one sign.
pub(super) fn justify(what: &str, interval: &str) -> Option<String> {
    const DAY: i64 = 86_400_000_000;
    let read = read_interval(interval)?;
    let mut months = read.year * 12 + read.month;
    let mut days = read.day;
    let mut micros = ((read.hour * 60 + read.minute) * 60 + read.second) * 1_000_000 + read.micros;
    if what != "days" {
        days += micros / DAY;
        micros %= DAY;
    }
    if what != "hours" {
        months += days / 30;
        days %= 30;
        let (below, above) = (days < 0 || days == 0 && micros < 0, days > 0 || days == 0 && micros > 0);
        let borrow = if months > 0 && below {
            1
        } else if months < 0 && above {
            -1
        } else {
            0
        };
        months -= borrow;
        days += 30 * borrow;
    }
    if what != "days" {
        let borrow = if days > 0 && micros < 0 {
            1
        } else if days < 0 && micros > 0 {
            -1
        } else {
            0
        };
        days -= borrow;
        micros += DAY * borrow;
    }
    Some(format!("{months} months {days} days {micros} microseconds"))
}

/// What has been read of a text by a pattern.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    iso_year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    iso_week: Option<i64>,
    iso_day: Option<i64>,
    week: Option<i64>,
    julian: Option<i64>,
    century: Option<i64>,
    clock: Moment,
    afternoon: Option<bool>,
    is_hour12: bool,
    before_christ: bool,
    seconds_of_day: Option<i64>,
}

/// `to_timestamp(text, pattern)` as DuckDB writes a moment.
pub(super) fn to_moment(text: &str, pattern: &str) -> Result<String, String> {
    let nodes = nodes(pattern);
    let mut rest = text;
    let mut found = Found::default();
    for (at, node) in nodes.iter().enumerate() {
        match node {
            Node::Text(separator) => skip_separator(&mut rest, separator),
            Node::Field { name, written, ordinal, fill } => {
                rest = rest.trim_start();
                let digits_follow = matches!(nodes.get(at + 1), Some(Node::Field { name, .. }) if is_numeric(name));
                read_field(&mut rest, name, written, digits_follow && !fill, &mut found)?;
                if ordinal.is_some() {
                    rest = rest.get(2..).unwrap_or("");
                }
                if rest.is_empty() {
                    break;
                }
            }
        }
    }
    let out_of_range = || format!("[22008] date/time field value out of range: \"{text}\"");
    let date = date_of(&found).ok_or_else(out_of_range)?;
    let mut clock = found.clock;
    if found.is_hour12 {
        if !(1..=12).contains(&clock.hour) {
            return Err(format!("[22007] hour \"{}\" is invalid for the 12-hour clock", clock.hour));
        }
        clock.hour %= 12;
    }
    if found.afternoon == Some(true) && clock.hour < 12 {
        clock.hour += 12;
    }
    if let Some(seconds) = found.seconds_of_day {
        (clock.hour, clock.minute, clock.second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    if clock.hour > 23 || clock.minute > 59 || clock.second > 59 {
        return Err(out_of_range());
    }
    let (year, era) = if date.year > 0 { (date.year, "") } else { (1 - date.year, " (BC)") };
    let offset = clock.offset.map_or(String::new(), |seconds| {
        let sign = if seconds < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60)
    });
    Ok(format!(
        "{year:04}-{:02}-{:02}{era} {:02}:{:02}:{:02}.{:06}{offset}",
        date.month, date.day, clock.hour, clock.minute, clock.second, clock.micros
    ))
}

/// The date that the fields give; `None` when there is none.
fn date_of(found: &Found) -> Option<Moment> {
    if let Some(julian) = found.julian {
        return Some(Moment::of_days(julian - 2_440_588));
    }
    let mut year = match (found.year, found.century) {
        (Some(year), Some(century)) if year < 100 => (century - 1) * 100 + year,
        (Some(year), _) => year,
        (None, Some(century)) => (century - 1) * 100 + 1,
        (None, None) => 0,
    };
    if found.before_christ && year > 0 {
        year = 1 - year;
    }
    if let (Some(year), Some(week)) = (found.iso_year, found.iso_week) {
        let fourth = Moment { year, month: 1, day: 4, ..Moment::default() };
        let monday = fourth.days() - (fourth.weekday() + 6) % 7;
        return (1..=53)
            .contains(&week)
            .then(|| Moment::of_days(monday + (week - 1) * 7 + found.iso_day.unwrap_or(1) - 1));
    }
    if let Some(day) = found.day_of_year {
        let first = Moment { year, month: 1, day: 1, ..Moment::default() };
        return (1..=366).contains(&day).then(|| Moment::of_days(first.days() + day - 1));
    }
    if let Some(week) = found.week {
        let first = Moment { year, month: 1, day: 1, ..Moment::default() };
        return Some(Moment::of_days(first.days() + (week - 1) * 7));
    }
    let date = Moment {
        year: found.year.map_or(found.iso_year.unwrap_or(year), |_| year),
        month: found.month.unwrap_or(1),
        day: found.day.unwrap_or(1),
        ..Moment::default()
    };
    ((1..=12).contains(&date.month) && (1..=date.days_of_month()).contains(&date.day)).then_some(date)
}

fn is_numeric(name: &str) -> bool {
    !matches!(
        name,
        "MONTH"
            | "MON"
            | "DAY"
            | "DY"
            | "AM"
            | "PM"
            | "A.M."
            | "P.M."
            | "BC"
            | "AD"
            | "B.C."
            | "A.D."
            | "RM"
            | "TZ"
            | "OF"
            | "TZH"
            | "TZM"
    )
}

/// A separator stands for any other; letters stand for one character each.
fn skip_separator(rest: &mut &str, separator: &str) {
    for c in separator.chars() {
        let is_letter = c.is_alphanumeric();
        match rest.chars().next() {
            Some(next) if is_letter || !next.is_alphanumeric() && !matches!(next, '+' | '-') || next == c => {
                *rest = &rest[next.len_utf8()..];
            }
            Some('-') if !is_letter => *rest = &rest[1..],
            _ => {}
        }
    }
}

fn read_field(rest: &mut &str, name: &str, written: &str, fixed: bool, found: &mut Found) -> Result<(), String> {
    let invalid = |value: &str| {
        let shown: String = value.chars().take(written.chars().count().max(1)).collect();
        format!("[22007] invalid value \"{shown}\" for \"{written}\"")
    };
    let width = match name {
        "YYYY" | "IYYY" => 4,
        "YYY" | "IYY" | "DDD" | "IDDD" | "MS" => 3,
        "Y" | "I" | "D" | "ID" | "Q" | "W" => 1,
        "US" => 6,
        "J" => 7,
        "SSSS" | "SSSSS" => 5,
        "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => usize::from(name.as_bytes()[2] - b'0'),
        _ => 2,
    };
    let before = *rest;
    let mut number = || -> Result<(i64, usize), String> {
        let negative = before.starts_with('-') && matches!(name, "YYYY" | "IYYY");
        let body = before.strip_prefix('-').filter(|_| negative).or(before.strip_prefix('+')).unwrap_or(before);
        let limit = if fixed || !matches!(name, "YYYY" | "IYYY" | "J") { width } else { 9 };
        let digits = body.bytes().take(limit).take_while(u8::is_ascii_digit).count();
        let value = body[..digits].parse::<i64>().map_err(|_| invalid(before))?;
        *rest = &body[digits..];
        Ok((if negative { -value } else { value }, digits))
    };
    match name {
        "YYYY" => found.year = Some(number()?.0),
        "Y,YYY" => {
            let (thousands, _) = number()?;
            *rest = rest.strip_prefix(',').unwrap_or(rest);
            let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
            let low: i64 = rest[..digits].parse().map_err(|_| invalid(before))?;
            *rest = &rest[digits..];
            found.year = Some(thousands * 1000 + low);
        }
        "YYY" | "YY" | "Y" => {
            let (year, digits) = number()?;
            // The year nearest to 2020.
            found.year = Some(match digits {
                0..=2 if year < 70 => 2000 + year,
                0..=2 => 1900 + year,
                3 if year < 100 => 2000 + year,
                3 if year < 520 => 2000 + year,
                3 => 1000 + year,
                _ => year,
            });
        }
        "IYYY" | "IYY" | "IY" | "I" => found.iso_year = Some(number()?.0),
        "MM" => found.month = Some(number()?.0),
        "DD" => found.day = Some(number()?.0),
        "DDD" => found.day_of_year = Some(number()?.0),
        "IW" => found.iso_week = Some(number()?.0),
        "WW" => found.week = Some(number()?.0),
        "ID" => found.iso_day = Some(number()?.0),
        "D" | "W" | "Q" | "IDDD" => drop(number()?),
        "J" => found.julian = Some(number()?.0),
        "CC" => found.century = Some(number()?.0),
        "HH24" => found.clock.hour = number()?.0,
        "HH" | "HH12" => {
            found.clock.hour = number()?.0;
            found.is_hour12 = true;
        }
        "MI" => found.clock.minute = number()?.0,
        "SS" => found.clock.second = number()?.0,
        "SSSS" | "SSSSS" => found.seconds_of_day = Some(number()?.0),
        "MS" | "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => {
            let (value, digits) = number()?;
            found.clock.micros = value * 10_i64.pow(u32::try_from(6 - digits.min(6)).unwrap_or(0));
        }
        "MONTH" | "MON" => {
            let lower = rest.to_lowercase();
            let month =
                MONTHS.iter().position(|m| lower.starts_with(&m[..3].to_lowercase())).ok_or_else(|| invalid(before))?;
            let full = MONTHS[month].to_lowercase();
            let length = if name == "MONTH" && lower.starts_with(&full) { full.len() } else { 3 };
            *rest = &rest[length..];
            found.month = i64::try_from(month).ok().map(|m| m + 1);
        }
        "DAY" | "DY" => {
            let lower = rest.to_lowercase();
            let day = DAYS.iter().find(|d| lower.starts_with(&d[..3].to_lowercase())).ok_or_else(|| invalid(before))?;
            let length = if name == "DAY" && lower.starts_with(&day.to_lowercase()) { day.len() } else { 3 };
            *rest = &rest[length..];
        }
        "RM" => {
            let length = rest.bytes().take_while(|b| b"IVXivx".contains(b)).count();
            let roman = rest[..length].to_uppercase();
            let month = ROMAN.iter().position(|r| *r == roman).ok_or_else(|| invalid(before))?;
            *rest = &rest[length..];
            found.month = i64::try_from(month).ok().map(|m| m + 1);
        }
        "AM" | "PM" | "A.M." | "P.M." => {
            let length = if name.contains('.') { 4 } else { 2 };
            let half = rest.get(..length).ok_or_else(|| invalid(before))?.to_lowercase().replace('.', "");
            found.afternoon = Some(match half.as_str() {
                "am" => false,
                "pm" => true,
                _ => return Err(invalid(before)),
            });
            *rest = &rest[length..];
        }
        "BC" | "AD" | "B.C." | "A.D." => {
            let length = if name.contains('.') { 4 } else { 2 };
            found.before_christ = rest.get(..length).is_some_and(|era| era.to_lowercase().starts_with('b'));
            *rest = rest.get(length..).unwrap_or("");
        }
        "TZH" | "OF" | "TZ" => {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let body = rest.trim_start_matches(['+', '-']);
            let digits = body.bytes().take(2).take_while(u8::is_ascii_digit).count();
            let hours: i64 = body[..digits].parse().map_err(|_| invalid(before))?;
            *rest = &body[digits..];
            found.clock.offset = Some(sign * hours * 3600);
        }
        _ => {
            let (minutes, _) = number()?;
            let offset = found.clock.offset.unwrap_or(0);
            found.clock.offset = Some(offset + if offset < 0 { -minutes } else { minutes } * 60);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_follow_their_pattern() {
        let shown = |pattern: &str| to_char("TIMESTAMP", "2024-02-09 14:05:06.789", pattern).unwrap().unwrap();
        for (pattern, expected) in [
            ("YYYY-MM-DD HH24:MI:SS.MS", "2024-02-09 14:05:06.789"),
            ("FMDay, DDth FMMonth YYYY", "Friday, 09th February 2024"),
            ("DY Day MON", "FRI Friday    FEB"),
            ("HH:MI pm", "02:05 pm"),
            ("IYYY-IW-ID DDD J", "2024-06-5 040 2460350"),
            ("Q CC RM", "1 21 II  "),
            ("\"Year\" YY", "Year 24"),
        ] {
            assert_eq!(shown(pattern), expected, "{pattern}");
        }
        assert_eq!(to_char("INTERVAL", "1 day 02:03:04", "DD HH24:MI:SS").unwrap().unwrap(), "01 02:03:04");
    }

    #[test]
    fn intervals_are_justified() {
        for (what, interval, expected) in [
            ("days", "35 days", "1 months 5 days 0 microseconds"),
            ("hours", "27:00:00", "0 months 1 days 10800000000 microseconds"),
            ("interval", "1 month -01:00:00", "0 months 29 days 82800000000 microseconds"),
        ] {
            assert_eq!(justify(what, interval).as_deref(), Some(expected), "{what} {interval}");
        }
    }

    #[test]
    fn texts_are_read_by_their_pattern() {
        for (text, pattern, expected) in [
            ("20240209", "YYYYMMDD", "2024-02-09 00:00:00.000000"),
            ("09 Feb 2024", "DD Mon YYYY", "2024-02-09 00:00:00.000000"),
            ("2024-6-5", "YYYY-MM-DD", "2024-06-05 00:00:00.000000"),
            ("2024-02-09 02:05 PM", "YYYY-MM-DD HH12:MI AM", "2024-02-09 14:05:00.000000"),
            ("2024 040", "YYYY DDD", "2024-02-09 00:00:00.000000"),
        ] {
            assert_eq!(to_moment(text, pattern).as_deref(), Ok(expected), "{text} by {pattern}");
        }
        assert!(to_moment("2024-02-30", "YYYY-MM-DD").unwrap_err().starts_with("[22008]"));
        assert!(to_moment("abc", "YYYY-MM-DD").unwrap_err().starts_with("[22007]"));
    }
}
