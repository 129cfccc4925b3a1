//! Floating point numbers in text, digit for digit as Postgres prints them.

use super::number::{pair, put_i64};
use bytes::{BufMut, BytesMut};

/// A double as `float8out` prints it with `extra_float_digits` at 1.
pub(crate) fn put_f64(out: &mut BytesMut, value: f64) {
    if put_special(out, value.is_nan(), value.is_infinite(), value < 0.0) {
        return;
    }
    let magnitude = value.abs();
    if magnitude < 1e15 && value as i64 as f64 == value {
        return put_integral(out, value as i64, value.is_sign_negative());
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let scale = (bits >> 52 & 0x7ff) as i32;
    let binary = Binary { mantissa: fraction | u64::from(scale != 0) << 52, exponent: scale.max(1) - 1075 };
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if (1e-4..1e15).contains(&magnitude) {
        return put_plain(out, text, 16, &binary);
    }
    let precise = |precision| format!("{value:.precision$e}");
    put_scientific(out, &postgres(text, 17, &binary, precise, |text| text.parse() == Ok(value)));
}

/// A float as `float4out` prints it with `extra_float_digits` at 1.
pub(crate) fn put_f32(out: &mut BytesMut, value: f32) {
    if put_special(out, value.is_nan(), value.is_infinite(), value < 0.0) {
        return;
    }
    let magnitude = value.abs();
    if magnitude < 1e6 && value as i64 as f32 == value {
        return put_integral(out, value as i64, value.is_sign_negative());
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 23) - 1);
    let scale = (bits >> 23 & 0xff) as i32;
    let mantissa = u64::from(fraction | u32::from(scale != 0) << 23);
    let binary = Binary { mantissa, exponent: scale.max(1) - 150 };
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if (1e-4..1e6).contains(&magnitude) {
        return put_plain(out, text, 7, &binary);
    }
    let precise = |precision| format!("{value:.precision$e}");
    put_scientific(out, &postgres(text, 9, &binary, precise, |text| text.parse() == Ok(value)));
}

fn put_special(out: &mut BytesMut, nan: bool, infinite: bool, negative: bool) -> bool {
    if nan {
        out.put_slice(b"NaN");
    } else if infinite {
        out.put_slice(if negative { b"-Infinity" } else { b"Infinity" });
    }
    nan || infinite
}

/// An integer without exponent; zero has a sign.
fn put_integral(out: &mut BytesMut, value: i64, negative: bool) {
    if value == 0 && negative {
        out.put_u8(b'-');
    }
    put_i64(out, value);
}

/// A fraction without exponent, which `zmij` writes as Postgres does, except for ties. These have
/// at least `least` digits: so many distinguish all numbers with the same exponent.
fn put_plain(out: &mut BytesMut, text: &str, least: usize, binary: &Binary) {
    let text = text.as_bytes();
    out.put_slice(text);
    let odd = text.last().is_some_and(|last| last % 2 == 1);
    // The point adds one to the digits.
    if odd && text.len() > least {
        // A tie has one place less than the exact number, whose last place is that of its last bit.
        let places = -1 - binary.lowest();
        let point = usize::try_from(places).ok().and_then(|places| text.len().checked_sub(places + 1));
        if places > 0 && point.is_some_and(|point| text[point] == b'.') && binary.is_tie(integer(text), -places) {
            let last = out.len() - 1;
            out[last] -= 1;
        }
    }
}

/// A number with an exponent of at least two digits.
fn put_scientific(out: &mut BytesMut, number: &Decimal) {
    let mut text = [0; 32];
    text[0] = b'-';
    let mut at = usize::from(number.negative);
    text[at] = number.digits[0];
    at += 1;
    if number.count > 1 {
        text[at] = b'.';
        text[at + 1..at + Decimal::MOST].copy_from_slice(&number.digits[1..]);
        at += number.count;
    }
    text[at] = b'e';
    text[at + 1] = if number.exponent < 0 { b'-' } else { b'+' };
    at += 2;
    let exponent = u64::from(number.exponent.unsigned_abs());
    if exponent >= 100 {
        text[at] = b'0' + (exponent / 100) as u8;
        at += 1;
    }
    text[at..at + 2].copy_from_slice(&pair(exponent % 100));
    out.put_slice(&text[..at + 2]);
}

/// The digits that Postgres shows for a number whose shortest form is `shortest`.
///
/// The shortest form may lie exactly halfway between two numbers, where reading rounds to even;
/// Postgres wants digits that are nearer to the number than to any other (`1e23` is
/// `9.999999999999999e+22`).
fn postgres(
    shortest: &str,
    most: usize,
    binary: &Binary,
    precise: impl Fn(usize) -> String,
    reads_back: impl Fn(&str) -> bool,
) -> Decimal {
    let mut short = Decimal::new(shortest);
    if binary.is_halfway(&short) {
        return (short.count - 1..most)
            .map(precise)
            .filter(|text| reads_back(text))
            .map(|text| Decimal::new(&text))
            .find(|digits| !binary.is_halfway(digits))
            .unwrap_or(short);
    }
    let last = short.count - 1;
    // So many digits distinguish all numbers with the same exponent; a tie cannot have fewer.
    if short.count + 2 > most
        && short.digits[last] % 2 == 1
        && binary.lowest() == short.power() - 1
        && binary.is_tie(short.integer(), short.power())
    {
        short.digits[last] -= 1;
    }
    short
}

/// The mantissa times two to the power of the exponent.
struct Binary {
    mantissa: u64,
    exponent: i32,
}

impl Binary {
    /// The exponent of the last bit that is set.
    fn lowest(&self) -> i32 {
        self.exponent + self.mantissa.trailing_zeros() as i32
    }

    /// Whether this number lies exactly between `integer - 1` and `integer`, times ten to the power
    /// of `power`, given that its last bit is that of such a number: then both without their factors
    /// of two must be the same. Postgres ends a tie in the even digit.
    fn is_tie(&self, integer: u64, power: i32) -> bool {
        let odd = self.mantissa >> self.mantissa.trailing_zeros();
        let middle = 2 * integer - 1;
        let times = |number: u64| number.checked_mul(5u64.checked_pow(power.unsigned_abs())?);
        if power < 0 { times(odd) == Some(middle) } else { times(middle) == Some(odd) }
    }

    /// Whether the digits lie exactly between this number and one of its neighbours. Both sides
    /// without their factors of two must be the same odd number.
    fn is_halfway(&self, digits: &Decimal) -> bool {
        // A middle that is no integer has more places than the number itself, so it is not the
        // shortest form; five to the power of 25 has more bits than any middle.
        if !(0..25).contains(&digits.power()) {
            return false;
        }
        let integer = digits.integer();
        let odd = integer >> integer.trailing_zeros();
        odd.checked_mul(5u64.pow(digits.power().unsigned_abs())).is_some_and(|odd| {
            odd == 2 * self.mantissa + 1
                || odd == 2 * self.mantissa - 1
                // Below a power of two the numbers lie twice as close.
                || (self.mantissa.is_power_of_two() && odd == 4 * self.mantissa - 1)
        })
    }
}

/// `d.ddd` times ten to the power of the exponent. There is at least one digit, and the first is not
/// zero.
struct Decimal {
    negative: bool,
    digits: [u8; Self::MOST],
    count: usize,
    exponent: i32,
}

impl Decimal {
    const MOST: usize = 17;

    /// Reads `-ddd.dde-dd`.
    fn new(text: &str) -> Self {
        let (unsigned, negative) = match text.as_bytes() {
            [b'-', rest @ ..] => (rest, true),
            text => (text, false),
        };
        let mut new = Self { negative, digits: [b'0'; Self::MOST], count: 0, exponent: 0 };
        let mut whole = true;
        let mut power = 0;
        let mut bytes = unsigned.iter();
        for &byte in bytes.by_ref() {
            match byte {
                b'e' => break,
                b'.' => whole = false,
                digit => {
                    power += i32::from(whole) - i32::from(new.count == 0 && digit == b'0');
                    if new.count < Self::MOST && (new.count > 0 || digit != b'0') {
                        new.digits[new.count] = digit;
                        new.count += 1;
                    }
                }
            }
        }
        let rest = bytes.as_slice();
        let magnitude = rest.iter().filter(|byte| byte.is_ascii_digit());
        let magnitude = magnitude.fold(0, |all, digit| all * 10 + i32::from(digit - b'0'));
        new.exponent = power - 1 + if rest.first() == Some(&b'-') { -magnitude } else { magnitude };
        while new.count > 1 && new.digits[new.count - 1] == b'0' {
            new.count -= 1;
        }
        new
    }

    /// The digits as an integer, to be multiplied by ten to the power of `power`.
    fn integer(&self) -> u64 {
        integer(&self.digits[..self.count])
    }

    fn power(&self) -> i32 {
        self.exponent - (self.count as i32 - 1)
    }
}

/// The digits of a text as an integer.
fn integer(text: &[u8]) -> u64 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0, |all, digit| all * 10 + u64::from(digit - b'0'))
}
