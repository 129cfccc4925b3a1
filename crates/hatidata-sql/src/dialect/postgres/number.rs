//! `to_char` and `to_number` for numbers, by PostgreSQL's patterns.

use super::datetime::ordinal_ending;

/// How a sign is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Before the first digit, a blank for none.
    Floating,
    /// `S` before or after the digits.
    Anchored,
    /// `MI`, `PL`, `SG` at their place.
    Placed,
    /// `PR`: angle brackets.
    Brackets,
}

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// `9` or `0`
    Digit(bool),
    Point,
    Group,
    Minus,
    Plus,
    Either,
    SignHere,
    Currency,
    Ordinal(bool),
    Text(char),
}

struct Pattern {
    pieces: Vec<Piece>,
    fill: bool,
    sign: Sign,
    /// Digits after `V`.
    shift: usize,
    exponent: bool,
    roman: bool,
    before: usize,
    after: usize,
}

fn pattern(text: &str) -> Pattern {
    let mut parsed = Pattern {
        pieces: Vec::new(),
        fill: false,
        sign: Sign::Floating,
        shift: 0,
        exponent: false,
        roman: false,
        before: 0,
        after: 0,
    };
    let mut rest = text;
    let (mut after_point, mut after_v) = (false, false);
    while let Some(c) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or("").to_ascii_uppercase();
        let (length, piece) = match (two.as_str(), c) {
            ("FM", _) => {
                parsed.fill = true;
                (2, None)
            }
            ("PR", _) => {
                parsed.sign = Sign::Brackets;
                (2, None)
            }
            ("MI", _) => (2, Some(Piece::Minus)),
            ("PL", _) => (2, Some(Piece::Plus)),
            ("SG", _) => (2, Some(Piece::Either)),
            ("TH", _) => (2, Some(Piece::Ordinal(c == 'T'))),
            ("RN", _) => {
                parsed.roman = true;
                (2, None)
            }
            ("EE", _) if rest.get(..4).is_some_and(|e| e.eq_ignore_ascii_case("EEEE")) => {
                parsed.exponent = true;
                (4, None)
            }
            (_, '9' | '0') => {
                if after_v {
                    parsed.shift += 1;
                }
                if after_point {
                    parsed.after += 1
                } else {
                    parsed.before += 1
                }
                (1, Some(Piece::Digit(c == '0')))
            }
            (_, '.' | 'D' | 'd') if !after_point => {
                after_point = true;
                (1, Some(Piece::Point))
            }
            (_, ',' | 'G' | 'g') => (1, Some(Piece::Group)),
            (_, 'S' | 's') => {
                parsed.sign = Sign::Anchored;
                (1, Some(Piece::SignHere))
            }
            (_, 'V' | 'v') => {
                after_v = true;
                (1, None)
            }
            (_, 'L' | 'l') => (1, Some(Piece::Currency)),
            (_, 'B' | 'b') => (1, None),
            (_, '"') => {
                let end = rest[1..].find('"').map_or(rest.len(), |i| i + 2);
                parsed.pieces.extend(rest[1..end].trim_end_matches('"').chars().map(Piece::Text));
                (end, None)
            }
            (_, c) => (c.len_utf8(), Some(Piece::Text(c))),
        };
        if matches!(piece, Some(Piece::Minus | Piece::Plus | Piece::Either)) {
            parsed.sign = Sign::Placed;
        }
        parsed.pieces.extend(piece);
        rest = &rest[length..];
    }
    parsed
}

/// The digits of a number written with or without an exponent: sign, before and after the point.
fn digits(number: &str) -> Option<(bool, String, String)> {
    let (negative, unsigned) = (number.starts_with('-'), number.trim_start_matches(['-', '+']));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let (whole, fraction) = match usize::try_from(point) {
        Ok(point) if point <= all.len() => (all[..point].to_owned(), all[point..].to_owned()),
        Ok(point) => (format!("{all:0<point$}"), String::new()),
        Err(_) => (String::new(), format!("{}{all}", "0".repeat(usize::try_from(-point).unwrap_or(0)))),
    };
    Some((negative, whole.trim_start_matches('0').to_owned(), fraction))
}

/// Rounds to `scale` digits after the point, half away from zero.
fn round(whole: &str, fraction: &str, scale: usize) -> (String, String) {
    let up = fraction.as_bytes().get(scale).is_some_and(|b| *b >= b'5');
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(scale).collect();
    let mut all: Vec<u8> = format!("0{whole}{kept}").into_bytes();
    if up {
        for digit in all.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let split = text.len() - scale;
    (text[..split].trim_start_matches('0').to_owned(), text[split..].to_owned())
}

/// `to_char(number, pattern)`.
pub(super) fn to_char(number: &str, format: &str) -> Result<String, String> {
    let parsed = pattern(format);
    let Some((negative, whole, fraction)) = digits(number) else {
        return Ok("#".repeat(parsed.before));
    };
    if parsed.roman {
        return Ok(roman(&whole, parsed.fill));
    }
    if parsed.exponent {
        let shown = exponential(number, parsed.after);
        return Ok(if negative { shown } else { format!(" {shown}") });
    }
    let (whole, fraction) = match parsed.shift {
        0 => (whole, fraction),
        shift => {
            let padded = format!("{fraction:0<shift$}");
            (format!("{whole}{}", &padded[..shift]).trim_start_matches('0').to_owned(), padded[shift..].to_owned())
        }
    };
    let (whole, fraction) = round(&whole, &fraction, parsed.after);
    let negative = negative && (whole.bytes().chain(fraction.bytes()).any(|b| b != b'0'));
    Ok(place(&parsed, negative, &whole, &fraction))
}

/// Puts rounded digits into the pattern.
fn place(parsed: &Pattern, negative: bool, whole: &str, fraction: &str) -> String {
    let overflow = whole.len() > parsed.before;
    // The first place that shows a digit: the number's own, or a 0 in the pattern.
    let own = parsed.before.saturating_sub(whole.len());
    let zero = parsed.pieces.iter().filter(|p| matches!(p, Piece::Digit(_))).position(|p| *p == Piece::Digit(true));
    let mut first = zero.map_or(own, |zero| own.min(zero));
    if whole.is_empty() && zero.is_none_or(|z| z >= parsed.before) && parsed.after == 0 {
        // A zero is shown where there is nothing else.
        first = parsed.before.saturating_sub(1);
    }
    if overflow {
        first = 0;
    }
    // Zeros at the end are left out under FM, up to the last 0 of the pattern.
    let last_zero = parsed
        .pieces
        .iter()
        .filter(|p| matches!(p, Piece::Digit(_)))
        .skip(parsed.before)
        .enumerate()
        .filter(|(_, p)| **p == Piece::Digit(true))
        .map(|(i, _)| i + 1)
        .last()
        .unwrap_or(0);
    let shown_decimals = if parsed.fill { fraction.trim_end_matches('0').len().max(last_zero) } else { parsed.after };

    let mut out = String::new();
    let (mut position, mut decimals, mut after_point, mut signed) = (0, 0, false, false);
    let ending = ordinal_ending(if whole.is_empty() { "0" } else { whole });
    let sign_text = |plus: &str| if negative { "-".to_owned() } else { plus.to_owned() };
    let put_sign = |out: &mut String, signed: &mut bool| {
        if *signed {
            return;
        }
        *signed = true;
        match parsed.sign {
            Sign::Floating if negative => out.push('-'),
            Sign::Floating if !parsed.fill => out.push(' '),
            Sign::Anchored if !sign_is_last(parsed) => out.push(if negative { '-' } else { '+' }),
            Sign::Brackets if negative => out.push('<'),
            Sign::Brackets if !parsed.fill => out.push(' '),
            _ => {}
        }
    };
    for piece in &parsed.pieces {
        match piece {
            Piece::Digit(_) if !after_point => {
                if position >= first {
                    put_sign(&mut out, &mut signed);
                    out.push(if overflow {
                        '#'
                    } else if position >= own {
                        char::from(whole.as_bytes()[position - own])
                    } else {
                        '0'
                    });
                } else if !parsed.fill {
                    out.push(' ');
                }
                position += 1;
            }
            Piece::Digit(_) => {
                put_sign(&mut out, &mut signed);
                if overflow {
                    out.push('#');
                } else if decimals < shown_decimals {
                    out.push(char::from(fraction.as_bytes()[decimals]));
                }
                decimals += 1;
            }
            Piece::Point => {
                put_sign(&mut out, &mut signed);
                after_point = true;
                out.push('.');
            }
            Piece::Group if position > first || overflow => out.push(','),
            Piece::Group if !parsed.fill => out.push(' '),
            Piece::Group => {}
            Piece::Minus => out.push_str(&sign_text(if parsed.fill { "" } else { " " })),
            Piece::Plus => out.push_str(match (negative, parsed.fill) {
                (false, _) => "+",
                (true, true) => "",
                (true, false) => " ",
            }),
            Piece::Either => out.push_str(&sign_text("+")),
            Piece::SignHere if sign_is_last(parsed) => out.push(if negative { '-' } else { '+' }),
            Piece::SignHere => {}
            Piece::Currency if !parsed.fill => out.push(' '),
            Piece::Currency => {}
            Piece::Ordinal(upper) => {
                if !negative {
                    out.push_str(&if *upper { ending.to_uppercase() } else { ending.to_owned() });
                }
            }
            Piece::Text(c) => out.push(*c),
        }
    }
    if parsed.sign == Sign::Brackets {
        match (negative, parsed.fill) {
            (true, _) => out.push('>'),
            (false, false) => out.push(' '),
            (false, true) => {}
        }
    }
    out
}

fn sign_is_last(parsed: &Pattern) -> bool {
    let sign = parsed.pieces.iter().position(|p| *p == Piece::SignHere);
    let digit = parsed.pieces.iter().position(|p| matches!(p, Piece::Digit(_)));
    sign.zip(digit).is_some_and(|(sign, digit)| sign > digit)
}

fn exponential(number: &str, decimals: usize) -> String {
    let value: f64 = number.parse().unwrap_or(f64::NAN);
    let text = format!("{value:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn roman(whole: &str, fill: bool) -> String {
    const STEPS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut rest: u32 = whole.parse().unwrap_or(0);
    if !(1..4000).contains(&rest) {
        return "#".repeat(15);
    }
    let mut out = String::new();
    for (value, letters) in STEPS {
        while rest >= value {
            out.push_str(letters);
            rest -= value;
        }
    }
    if fill { out } else { format!("{out:>15}") }
}

/// `to_number(text, pattern)` as plain digits.
pub(super) fn to_number(text: &str, format: &str) -> Result<String, String> {
    let parsed = pattern(format);
    let mut out = String::new();
    let mut negative = false;
    let mut rest = text.trim_start();
    if let Some(inner) = rest.strip_prefix('<').filter(|_| parsed.sign == Sign::Brackets) {
        negative = true;
        rest = inner;
    }
    if let Some(inner) = rest.strip_prefix('-') {
        negative = true;
        rest = inner;
    } else {
        rest = rest.strip_prefix('+').unwrap_or(rest);
    }
    let (mut before, mut after, mut point) = (0, 0, false);
    for c in rest.chars() {
        match c {
            '0'..='9' if !point && before < parsed.before => {
                out.push(c);
                before += 1;
            }
            '0'..='9' if point && after < parsed.after => {
                out.push(c);
                after += 1;
            }
            '.' if !point && parsed.after > 0 => {
                point = true;
                out.push('.');
            }
            '-' => negative = true,
            ',' | ' ' | '+' | '>' => {}
            '0'..='9' => break,
            _ => {}
        }
    }
    if out.is_empty() {
        return Err("[22P02] invalid input syntax for type numeric: \" \"".to_owned());
    }
    Ok(if negative { format!("-{out}") } else { out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_their_pattern() {
        for (number, format, expected) in [
            ("125", "999", " 125"),
            ("-125", "999", "-125"),
            ("0.5", "0.99", " 0.50"),
            ("0.5", "9.99", "  .50"),
            ("1234567", "9,999,999", " 1,234,567"),
            ("12", "FM999", "12"),
            ("12.5", "FM90.00", "12.50"),
            ("1234.5678", "FM9999.99", "1234.57"),
            ("-12", "S999", " -12"),
            ("12", "999PR", "  12 "),
            ("-12", "999PR", " <12>"),
            ("0", "9", " 0"),
            ("123", "99", " ##"),
            ("485", "FMRN", "CDLXXXV"),
            ("12345", "99V99", " ####"),
        ] {
            assert_eq!(to_char(number, format).as_deref(), Ok(expected), "{number} by {format}");
        }
    }

    #[test]
    fn texts_give_their_number() {
        assert_eq!(to_number("12,454.8-", "99G999D9S").as_deref(), Ok("-12454.8"));
        assert_eq!(to_number("1,234.50", "9,999.99").as_deref(), Ok("1234.50"));
        assert!(to_number("abc", "999").is_err());
    }
}
