//! Floating point numbers in text, digit for digit as Postgres prints them.

use super::number::put_padded;
use bytes::{BufMut, BytesMut};
use std::fmt::{self, Write};

/// A double as `float8out` prints it with `extra_float_digits` at 1.
pub(crate) fn put_f64(out: &mut BytesMut, value: f64) {
    if !put_special(out, value.is_nan(), value.is_infinite(), value < 0.0) {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let leading = u64::from((bits >> 52) & 0x7ff != 0) << 52;
        let digits = shortest(
            fraction | leading,
            17,
            || Scientific::new(format_args!("{value:e}")),
            |precision| Scientific::new(format_args!("{value:.precision$e}")),
            |text| text.parse() == Ok(value),
        );
        put_digits(out, &digits, 15);
    }
}

/// A float as `float4out` prints it with `extra_float_digits` at 1.
pub(crate) fn put_f32(out: &mut BytesMut, value: f32) {
    if !put_special(out, value.is_nan(), value.is_infinite(), value < 0.0) {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 23) - 1);
        let leading = u32::from((bits >> 23) & 0xff != 0) << 23;
        let digits = shortest(
            u64::from(fraction | leading),
            9,
            || Scientific::new(format_args!("{value:e}")),
            |precision| Scientific::new(format_args!("{value:.precision$e}")),
            |text| text.parse() == Ok(value),
        );
        put_digits(out, &digits, 6);
    }
}

fn put_special(out: &mut BytesMut, nan: bool, infinite: bool, negative: bool) -> bool {
    if nan {
        out.put_slice(b"NaN");
    } else if infinite {
        out.put_slice(if negative { b"-Infinity" } else { b"Infinity" });
    }
    nan || infinite
}

/// The shortest digits that read back as the same number.
///
/// Rust's shortest form may lie exactly halfway between two numbers, where reading rounds to even;
/// Postgres wants digits that are nearer to the number than to any other (`1e23` is
/// `9.999999999999999e+22`).
fn shortest(
    mantissa: u64,
    most: usize,
    plain: impl Fn() -> Scientific,
    precise: impl Fn(usize) -> Scientific,
    reads_back: impl Fn(&str) -> bool,
) -> Scientific {
    let mut short = plain();
    if !short.is_halfway(mantissa) {
        short.round_ties_to_even(mantissa);
        return short;
    }
    (short.count - 1..most)
        .map(precise)
        .find(|digits| reads_back(digits.text()) && !digits.is_halfway(mantissa))
        .unwrap_or(short)
}

/// Lays the digits out as Postgres does: plain for exponents from -4 up to `limit`.
fn put_digits(out: &mut BytesMut, number: &Scientific, limit: i32) {
    const ZEROS: &[u8; 16] = b"0000000000000000";
    let digits = &number.digits[..number.count];
    let exponent = number.exponent;
    if number.negative() {
        out.put_u8(b'-');
    }
    if (-4..0).contains(&exponent) {
        out.put_slice(b"0.");
        out.put_slice(&ZEROS[..(-exponent - 1) as usize]);
        out.put_slice(digits);
    } else if (0..limit).contains(&exponent) {
        let whole = exponent as usize + 1;
        if digits.len() <= whole {
            out.put_slice(digits);
            out.put_slice(&ZEROS[..whole - digits.len()]);
        } else {
            out.put_slice(&digits[..whole]);
            out.put_u8(b'.');
            out.put_slice(&digits[whole..]);
        }
    } else {
        out.put_u8(digits[0]);
        if digits.len() > 1 {
            out.put_u8(b'.');
            out.put_slice(&digits[1..]);
        }
        out.put_slice(if exponent < 0 { b"e-" } else { b"e+" });
        put_padded(out, u64::from(exponent.unsigned_abs()), 2);
    }
}

/// A number in the form `-d.ddde-xxx`, on the stack.
struct Scientific {
    text: [u8; 32],
    length: usize,
    digits: [u8; 20],
    count: usize,
    exponent: i32,
}

impl Write for Scientific {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let place = self.text.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Scientific {
    fn new(number: fmt::Arguments<'_>) -> Self {
        let mut new = Self { text: [0; 32], length: 0, digits: [b'0'; 20], count: 0, exponent: 0 };
        // The longest form has 24 characters, so this fits.
        let _ = new.write_fmt(number);
        let mut rest = new.text[..new.length].iter();
        for &byte in rest.by_ref().take_while(|byte| **byte != b'e') {
            if byte.is_ascii_digit() && new.count < new.digits.len() {
                new.digits[new.count] = byte;
                new.count += 1;
            }
        }
        let mut negative = false;
        for &byte in rest {
            if byte == b'-' {
                negative = true;
            } else {
                new.exponent = new.exponent * 10 + i32::from(byte - b'0');
            }
        }
        if negative {
            new.exponent = -new.exponent;
        }
        while new.count > 1 && new.digits[new.count - 1] == b'0' {
            new.count -= 1;
        }
        new
    }

    fn negative(&self) -> bool {
        self.text[0] == b'-'
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }

    /// Whether the number lies exactly between the binary number with this mantissa and one of its
    /// neighbours. Both sides without their factors of two must be the same odd number.
    fn is_halfway(&self, mantissa: u64) -> bool {
        let mantissa = u128::from(mantissa);
        odd_part(self.integer(), self.power()).is_some_and(|odd| {
            odd == 2 * mantissa + 1
                || odd == 2 * mantissa - 1
                // Below a power of two the numbers lie twice as close.
                || (mantissa.is_power_of_two() && odd == 4 * mantissa - 1)
        })
    }

    /// Where the digits are a tie rounded up to an odd digit, Postgres rounds down to the even one.
    fn round_ties_to_even(&mut self, mantissa: u64) {
        let last = &mut self.digits[self.count - 1];
        // A lone 1 has no other digit to become.
        if *last % 2 == 1 && mantissa > 0 && (self.count > 1 || *last > b'1') {
            *last -= 1;
            let exact = self.integer() * 10 + 5;
            let odd = u128::from(mantissa >> mantissa.trailing_zeros());
            if odd_part(exact, self.power() - 1) != Some(odd) {
                self.digits[self.count - 1] += 1;
            }
        }
    }

    /// The digits as an integer, to be multiplied by ten to the power of `power`.
    fn integer(&self) -> u128 {
        let digits = self.digits[..self.count].iter();
        digits.fold(0, |all, digit| all * 10 + u128::from(digit - b'0'))
    }

    fn power(&self) -> i32 {
        self.exponent - (self.count as i32 - 1)
    }
}

/// `integer` times ten to the power of `power`, without its factors of two; `None` for zero and
/// where it cannot be a number of up to 54 bits.
fn odd_part(mut integer: u128, power: i32) -> Option<u128> {
    if integer == 0 || !(-30..=27).contains(&power) {
        return None;
    }
    for _ in 0..power {
        integer = integer.checked_mul(5)?;
    }
    for _ in power..0 {
        if !integer.is_multiple_of(5) {
            return None;
        }
        integer /= 5;
    }
    Some(integer >> integer.trailing_zeros())
}
