//! Snowflake's format models for dates, times and numbers.
//!
//! Moments travel as text, `2024-01-31 13:05:09.123456` with an offset such as `+0200` where they have one: the
//! macros make that text of a value and a value of that text. An error's text begins with its SQLSTATE in brackets.

/// TO_CHAR of a value's text by the name of its type.
pub fn to_char(value: &str, sql_type: &str, format: &str) -> Result<String, String> {
    match sql_type {
        "DATE" | "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE" => format_moment(value, format),
        "TIME" => format_moment(&format!("1970-01-01 {value}"), format),
        "VARCHAR" => Err("[22023] TO_CHAR with a format takes a date, a time or a number".into()),
        _ => format_number(value, format),
    }
}

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
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// A moment's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Moment {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    /// Nanoseconds.
    fraction: u32,
    /// Minutes east of UTC.
    offset: Option<i32>,
}

impl Default for Moment {
    fn default() -> Self {
        Moment { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: 0, offset: None }
    }
}

impl Moment {
    fn text(&self) -> String {
        let offset = self.offset.map_or(String::new(), |m| {
            format!("{}{:02}:{:02}", if m < 0 { '-' } else { '+' }, m.abs() / 60, m.abs() % 60)
        });
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}{offset}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.fraction / 1000
        )
    }

    /// Days since 1970, by the civil calendar.
    fn days(&self) -> i64 {
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = i64::from(self.month);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }
}

/// An element of a format model.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Year4,
    Year2,
    Month,
    MonthName,
    MonthShort,
    Day,
    DayShort,
    Hour24,
    Hour12,
    Meridiem,
    Minute,
    Second,
    Fraction(usize),
    Zone { colon: bool },
    ZoneHour,
    ZoneMinute,
    Literal(String),
}

/// Longer spellings stand before those that they begin with.
const ELEMENTS: &[(&str, Element)] = &[
    ("TZH:TZM", Element::Zone { colon: true }),
    ("TZHTZM", Element::Zone { colon: false }),
    ("TZH", Element::ZoneHour),
    ("TZM", Element::ZoneMinute),
    ("YYYY", Element::Year4),
    ("YY", Element::Year2),
    ("MMMM", Element::MonthName),
    ("MON", Element::MonthShort),
    ("MM", Element::Month),
    ("MI", Element::Minute),
    ("DD", Element::Day),
    ("DY", Element::DayShort),
    ("HH24", Element::Hour24),
    ("HH12", Element::Hour12),
    ("HH", Element::Hour24),
    ("AM", Element::Meridiem),
    ("PM", Element::Meridiem),
    ("SS", Element::Second),
];

fn elements(format: &str) -> Vec<Element> {
    let mut found: Vec<Element> = Vec::new();
    let mut rest = format;
    'next: while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"')
            && let Some(end) = quoted.find('"')
        {
            found.push(Element::Literal(quoted[..end].to_owned()));
            rest = &quoted[end + 1..];
            continue;
        }
        for (spelling, element) in ELEMENTS {
            if rest.get(..spelling.len()).is_some_and(|head| head.eq_ignore_ascii_case(spelling)) {
                found.push(element.clone());
                rest = &rest[spelling.len()..];
                continue 'next;
            }
        }
        if rest.get(..2).is_some_and(|head| head.eq_ignore_ascii_case("FF")) {
            let digits = rest[2..].chars().next().and_then(|c| c.to_digit(10));
            found.push(Element::Fraction(digits.map_or(9, |d| d as usize)));
            rest = &rest[2 + usize::from(digits.is_some())..];
            continue;
        }
        let character = rest.chars().next().unwrap_or_default();
        match found.last_mut() {
            Some(Element::Literal(text)) => text.push(character),
            _ => found.push(Element::Literal(character.to_string())),
        }
        rest = &rest[character.len_utf8()..];
    }
    found
}

fn format_moment(text: &str, format: &str) -> Result<String, String> {
    let moment = read_iso(text).ok_or_else(|| format!("[22007] {text} is not a moment"))?;
    if format.eq_ignore_ascii_case("AUTO") {
        return Ok(text.to_owned());
    }
    let weekday = DAYS[(moment.days() + 4).rem_euclid(7) as usize];
    let offset = moment.offset.unwrap_or(0);
    let sign = if offset < 0 { '-' } else { '+' };
    let month = MONTHS[(moment.month as usize).clamp(1, 12) - 1];
    let hour12 = if moment.hour % 12 == 0 { 12 } else { moment.hour % 12 };
    let mut out = String::new();
    for element in elements(format) {
        out += &match element {
            Element::Year4 => format!("{:04}", moment.year),
            Element::Year2 => format!("{:02}", moment.year.rem_euclid(100)),
            Element::Month => format!("{:02}", moment.month),
            Element::MonthName => month.to_owned(),
            Element::MonthShort => month[..3].to_owned(),
            Element::Day => format!("{:02}", moment.day),
            Element::DayShort => weekday.to_owned(),
            Element::Hour24 => format!("{:02}", moment.hour),
            Element::Hour12 => format!("{hour12:02}"),
            Element::Meridiem => if moment.hour < 12 { "AM" } else { "PM" }.to_owned(),
            Element::Minute => format!("{:02}", moment.minute),
            Element::Second => format!("{:02}", moment.second),
            Element::Fraction(digits) => format!("{:09}", moment.fraction)[..digits.min(9)].to_owned(),
            Element::Zone { colon } => {
                format!("{sign}{:02}{}{:02}", offset.abs() / 60, if colon { ":" } else { "" }, offset.abs() % 60)
            }
            Element::ZoneHour => format!("{sign}{:02}", offset.abs() / 60),
            Element::ZoneMinute => format!("{:02}", offset.abs() % 60),
            Element::Literal(text) => text,
        };
    }
    Ok(out)
}

/// Takes a number of at most `width` digits off the front.
fn digits(rest: &mut &str, width: usize) -> Option<u32> {
    let length = rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
    let value = rest.get(..length)?.parse().ok()?;
    *rest = &rest[length..];
    Some(value)
}

fn fraction(rest: &mut &str) -> Option<u32> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let text: String = rest[..length].chars().chain(std::iter::repeat('0')).take(9).collect();
    *rest = &rest[length..];
    (length > 0).then_some(()).and(text.parse().ok())
}

fn offset(rest: &mut &str) -> Option<i32> {
    if let Some(after) = rest.strip_prefix(['Z', 'z']) {
        *rest = after;
        return Some(0);
    }
    let sign = match rest.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    *rest = &rest[1..];
    let hours = digits(rest, 2)?;
    if let Some(after) = rest.strip_prefix(':') {
        *rest = after;
    }
    let minutes = digits(rest, 2).unwrap_or(0);
    Some(sign * (hours * 60 + minutes) as i32)
}

/// Takes a month's name, whole or its first three letters.
fn month_name(rest: &mut &str) -> Option<u32> {
    let whole = |name: &str| rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let (number, length) = MONTHS.iter().enumerate().find_map(|(at, name)| match () {
        () if whole(name) => Some((at, name.len())),
        () if whole(&name[..3]) => Some((at, 3)),
        () => None,
    })?;
    *rest = &rest[length..];
    Some(number as u32 + 1)
}

fn checked(moment: Moment) -> Option<Moment> {
    let leap = moment.year % 4 == 0 && (moment.year % 100 != 0 || moment.year % 400 == 0);
    let last = match moment.month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let valid = (1..=12).contains(&moment.month)
        && (1..=last).contains(&moment.day)
        && moment.hour < 24
        && moment.minute < 60
        && moment.second < 60;
    valid.then_some(moment)
}

/// ISO 8601 in the forms that Snowflake detects.
fn read_iso(text: &str) -> Option<Moment> {
    let mut rest = text.trim();
    let mut moment = Moment::default();
    let year = rest.bytes().take_while(u8::is_ascii_digit).count();
    if year != 4 {
        return None;
    }
    moment.year = i64::from(digits(&mut rest, 4)?);
    rest = rest.strip_prefix('-')?;
    moment.month = digits(&mut rest, 2)?;
    rest = rest.strip_prefix('-')?;
    moment.day = digits(&mut rest, 2)?;
    if rest.is_empty() {
        return checked(moment);
    }
    rest = rest.strip_prefix(['T', ' '])?.trim_start();
    time(&mut rest, &mut moment)?;
    rest.is_empty().then_some(moment).and_then(checked)
}

fn time(rest: &mut &str, moment: &mut Moment) -> Option<()> {
    moment.hour = digits(rest, 2)?;
    if let Some(after) = rest.strip_prefix(':') {
        *rest = after;
        moment.minute = digits(rest, 2)?;
        if let Some(after) = rest.strip_prefix(':') {
            *rest = after;
            moment.second = digits(rest, 2)?;
            if let Some(after) = rest.strip_prefix('.') {
                *rest = after;
                moment.fraction = fraction(rest)?;
            }
        }
    }
    *rest = rest.trim_start();
    if !rest.is_empty() {
        moment.offset = Some(offset(rest)?);
    }
    Some(())
}

/// Forms that AUTO detects beside ISO 8601: `17-DEC-1980`, `12/17/1980`, seconds and smaller units since 1970.
fn read_auto(text: &str) -> Option<Moment> {
    if let Some(moment) = read_iso(text) {
        return Some(moment);
    }
    let mut rest = text.trim();
    if rest.strip_prefix('-').unwrap_or(rest).bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty() {
        let number: i128 = rest.parse().ok()?;
        // The documented bounds between seconds, milliseconds, microseconds and nanoseconds.
        let nanoseconds = match number.abs() {
            0..31_536_000_000 => number * 1_000_000_000,
            31_536_000_000..31_536_000_000_000 => number * 1_000_000,
            31_536_000_000_000..31_536_000_000_000_000 => number * 1_000,
            _ => number,
        };
        return Some(of_nanoseconds(nanoseconds));
    }
    let mut moment = Moment::default();
    let first = digits(&mut rest, 2)?;
    if let Some(mut after) = rest.strip_prefix('-') {
        moment.day = first;
        moment.month = month_name(&mut after)?;
        rest = after.strip_prefix('-')?;
    } else {
        moment.month = first;
        rest = rest.strip_prefix('/')?;
        moment.day = digits(&mut rest, 2)?;
        rest = rest.strip_prefix('/')?;
    }
    moment.year = i64::from(digits(&mut rest, 4)?);
    rest = rest.trim_start();
    if !rest.is_empty() {
        time(&mut rest, &mut moment)?;
    }
    rest.is_empty().then_some(moment).and_then(checked)
}

fn of_nanoseconds(nanoseconds: i128) -> Moment {
    let day = nanoseconds.div_euclid(86_400_000_000_000);
    let of_day = nanoseconds.rem_euclid(86_400_000_000_000);
    let seconds = (of_day / 1_000_000_000) as u32;
    // The civil date of a count of days, in eras of 400 years that begin in March.
    let days = day as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let civil_month = if month < 10 { month + 3 } else { month - 9 } as u32;
    Moment {
        year: year + era * 400 + i64::from(civil_month <= 2),
        month: civil_month,
        day: (of_year - (153 * month + 2) / 5 + 1) as u32,
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        fraction: (of_day % 1_000_000_000) as u32,
        offset: None,
    }
}

/// TO_DATE and TO_TIMESTAMP with a format, or `AUTO`: a moment's text.
pub fn parse_moment(text: &str, format: &str) -> Result<String, String> {
    if format.eq_ignore_ascii_case("AUTO") {
        return read_auto(text)
            .map(|m| m.text())
            .ok_or_else(|| format!("[22007] Date or timestamp '{text}' is not recognized"));
    }
    let failed = || format!("[22007] Can't parse '{text}' as date or timestamp with format '{format}'");
    let mut rest = text.trim();
    let mut moment = Moment::default();
    let mut afternoon = None;
    for element in elements(format) {
        let number = |rest: &mut &str, width| digits(rest, width).ok_or_else(failed);
        match element {
            Element::Year4 => moment.year = i64::from(number(&mut rest, 4)?),
            // The century begins with 1970, Snowflake's default.
            Element::Year2 => {
                let year = i64::from(number(&mut rest, 2)?);
                moment.year = if year >= 70 { 1900 + year } else { 2000 + year };
            }
            Element::Month => moment.month = number(&mut rest, 2)?,
            Element::MonthName | Element::MonthShort => moment.month = month_name(&mut rest).ok_or_else(failed)?,
            Element::Day => moment.day = number(&mut rest, 2)?,
            Element::DayShort => {
                let day = rest.get(..3).filter(|head| DAYS.iter().any(|d| d.eq_ignore_ascii_case(head)));
                rest = &rest[day.ok_or_else(failed)?.len()..];
            }
            Element::Hour24 | Element::Hour12 => moment.hour = number(&mut rest, 2)?,
            Element::Meridiem => {
                let head = rest.get(..2).map(str::to_ascii_uppercase);
                afternoon = match head.as_deref() {
                    Some("AM") => Some(false),
                    Some("PM") => Some(true),
                    _ => return Err(failed()),
                };
                rest = &rest[2..];
            }
            Element::Minute => moment.minute = number(&mut rest, 2)?,
            Element::Second => moment.second = number(&mut rest, 2)?,
            Element::Fraction(_) => moment.fraction = fraction(&mut rest).ok_or_else(failed)?,
            Element::Zone { .. } | Element::ZoneHour | Element::ZoneMinute => {
                moment.offset = Some(offset(&mut rest).ok_or_else(failed)?);
            }
            Element::Literal(literal) => rest = rest.strip_prefix(literal.as_str()).ok_or_else(failed)?,
        }
    }
    match afternoon {
        Some(false) if moment.hour == 12 => moment.hour = 0,
        Some(true) if moment.hour < 12 => moment.hour += 12,
        _ => {}
    }
    if !rest.trim().is_empty() {
        return Err(failed());
    }
    checked(moment).map(|m| m.text()).ok_or_else(failed)
}

/// Microseconds since 1970 of a text in a form that AUTO detects; an offset counts.
pub fn micros(text: &str) -> Result<i64, String> {
    let moment = read_auto(text).ok_or_else(|| format!("[22007] Timestamp '{text}' is not recognized"))?;
    let seconds = moment.days() * 86_400 + i64::from(moment.hour * 3600 + moment.minute * 60 + moment.second);
    Ok((seconds - i64::from(moment.offset.unwrap_or(0)) * 60) * 1_000_000 + i64::from(moment.fraction / 1000))
}

/// A number by a model of `9`, `0`, `.`, `,`, `$`, `S`, `MI`, `FM`, `D` and `G`.
fn format_number(number: &str, format: &str) -> Result<String, String> {
    // "text" before and after the model
    if let Some((before, rest)) = format.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        return Ok(format!("{before}{}", format_number(number, rest)?));
    }
    if let Some((rest, after)) = format.strip_suffix('"').and_then(|rest| rest.rsplit_once('"')) {
        return Ok(format!("{}{after}", format_number(number, rest)?));
    }
    if matches!(format.to_ascii_uppercase().as_str(), "TM" | "TM9") {
        return Ok(number.to_owned());
    }
    let upper = format.to_ascii_uppercase();
    let (model, fill) = match upper.strip_prefix("FM") {
        Some(rest) => (rest.to_owned(), true),
        None => (upper.clone(), false),
    };
    if let Some(bad) = model.replace("MI", "").chars().find(|c| !"90.,$SDGB ".contains(*c)) {
        return Err(format!("[22023] '{bad}' in the number format '{format}' is not offered"));
    }
    let model = model.replace('D', ".").replace('G', ",");
    let trailing_minus = model.contains("MI");
    let leading_sign = model.starts_with('S');
    let trailing_sign = !leading_sign && model.ends_with('S');
    let picture: String = model.replace("MI", "").replace(['S', 'B', ' '], "");
    let decimals = picture.split_once('.').map_or(0, |(_, d)| d.chars().filter(|c| matches!(c, '9' | '0')).count());
    let whole_picture = picture.split('.').next().unwrap_or_default();
    let places = whole_picture.chars().filter(|c| matches!(c, '9' | '0')).count();
    let (negative, unsigned) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (whole, part) = rounded(unsigned, decimals);
    let whole = whole.trim_start_matches('0').to_owned();
    if whole.len() > places {
        return Ok(format!(" {}", picture.replace(['9', '0'], "#")));
    }
    let mut body = String::new();
    let mut position = places;
    let mut begun = false;
    for character in whole_picture.chars() {
        match character {
            '9' | '0' => {
                let digit = (position <= whole.len()).then(|| whole.as_bytes()[whole.len() - position] as char);
                begun |= digit.is_some() || character == '0';
                match digit {
                    Some(digit) => body.push(digit),
                    None if begun => body.push('0'),
                    None => body.push(' '),
                }
                position -= 1;
            }
            ',' => body.push(if begun { ',' } else { ' ' }),
            other => body.push(other),
        }
    }
    if !begun && (decimals == 0 || !model.contains('B')) {
        // The last place of a model shows a zero rather than nothing, unless B asks for blanks.
        body.pop();
        body.push('0');
    }
    if picture.contains('.') {
        body.push('.');
        body.push_str(&part);
    }
    let dollar = body.contains('$');
    let digits = body.replace('$', "");
    let spaces = digits.len() - digits.trim_start().len();
    let sign = match (negative, leading_sign || trailing_sign) {
        (true, _) => "-",
        (false, true) => "+",
        (false, false) if trailing_minus => " ",
        (false, false) => "",
    };
    let money = if dollar { "$" } else { "" };
    let text = digits.trim_start();
    let joined =
        if trailing_minus || trailing_sign { format!("{money}{text}{sign}") } else { format!("{sign}{money}{text}") };
    if fill {
        return Ok(joined.trim().to_owned());
    }
    let room = usize::from(!(trailing_minus || trailing_sign || negative || leading_sign));
    Ok(format!("{}{joined}", " ".repeat(spaces + room)))
}

/// Whole part and exactly `decimals` digits, rounded half away from zero.
fn rounded(unsigned: &str, decimals: usize) -> (String, String) {
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(part.bytes().chain(std::iter::repeat(b'0')).take(decimals)).collect();
    if part.as_bytes().get(decimals).is_some_and(|d| *d >= b'5') {
        let mut at = digits.len();
        loop {
            if at == 0 {
                digits.insert(0, b'1');
                break;
            }
            at -= 1;
            if digits[at] == b'9' {
                digits[at] = b'0';
            } else {
                digits[at] += 1;
                break;
            }
        }
    }
    let text = String::from_utf8(digits).unwrap_or_default();
    let (whole, part) = text.split_at(text.len() - decimals);
    (whole.to_owned(), part.to_owned())
}

/// TO_NUMBER with a format: a number's text.
pub fn parse_number(text: &str, format: &str) -> Result<String, String> {
    let failed = || format!("[22018] Can't parse '{text}' as number with format '{format}'");
    let model = format.to_ascii_uppercase();
    let trimmed = text.trim();
    if !model.is_empty() && model.trim_start_matches('0').chars().all(|c| c == 'X') {
        let fits = trimmed.len() <= model.len();
        return match i128::from_str_radix(trimmed, 16) {
            Ok(number) if fits && number >= 0 => Ok(number.to_string()),
            _ => Err(failed()),
        };
    }
    let negative = trimmed.contains('-');
    let allowed = |c: char| match c {
        ',' => model.contains(',') || model.contains('G'),
        '$' => model.contains('$'),
        '+' | '-' => true,
        '.' => model.contains('.') || model.contains('D'),
        c => c.is_ascii_digit(),
    };
    if trimmed.is_empty() || !trimmed.chars().all(allowed) {
        return Err(failed());
    }
    let digits: String = trimmed.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
    let places = |text: &str| text.chars().filter(|c| matches!(c, '9' | '0')).count();
    let model = model.replace('D', ".");
    let (whole_model, part_model) = model.split_once('.').unwrap_or((&model, ""));
    if whole.len() > places(whole_model) || part.len() > places(part_model) || part.contains('.') {
        return Err(failed());
    }
    Ok(format!("{}{digits}", if negative { "-" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_follow_their_model() {
        let moment = "2024-03-07 15:04:05.678901";
        for (format, expected) in [
            ("YYYY-MM-DD", "2024-03-07"),
            ("DD-MON-YYYY", "07-Mar-2024"),
            ("DY, DD MMMM YY HH12:MI:SS AM", "Thu, 07 March 24 03:04:05 PM"),
            ("YYYY\"year\"FF3", "2024year678"),
        ] {
            assert_eq!(format_moment(moment, format).unwrap(), expected);
        }
        assert_eq!(format_moment("2024-03-07 15:04:05.000000+0530", "HH24 TZH:TZM").unwrap(), "15 +05:30");
    }

    #[test]
    fn texts_are_read_by_their_model() {
        let read = |text, format| parse_moment(text, format).unwrap();
        assert_eq!(read("07-Mar-2024", "DD-MON-YYYY"), "2024-03-07 00:00:00.000000");
        assert_eq!(read("3/7/2024 3:04 PM", "MM/DD/YYYY HH12:MI AM"), "2024-03-07 15:04:00.000000");
        assert_eq!(read("2024-03-07T15:04:05.5+02:00", "AUTO"), "2024-03-07 15:04:05.500000+02:00");
        assert_eq!(read("1709823845", "AUTO"), "2024-03-07 15:04:05.000000");
        for (text, format) in [("2024-02-30", "YYYY-MM-DD"), ("07.03.2024", "DD-MM-YYYY"), ("x", "AUTO")] {
            assert!(parse_moment(text, format).unwrap_err().starts_with("[22007]"));
        }
    }

    #[test]
    fn numbers_follow_their_model() {
        for (number, format, expected) in [
            ("12345.678", "99,999.99", " 12,345.68"),
            ("-12345.678", "99,999.99", "-12,345.68"),
            ("5", "0000", " 0005"),
            ("12", "FM999", "12"),
            ("1234.5", "$9,999.00", " $1,234.50"),
            ("12345", "999", " ###"),
        ] {
            assert_eq!(format_number(number, format).unwrap(), expected, "{number} {format}");
        }
        assert_eq!(parse_number("$12,345.60", "$99,999.99").unwrap(), "12345.60");
        assert!(parse_number("12x", "999").is_err());
    }
}
