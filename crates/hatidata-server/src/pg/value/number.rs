//! Numbers in text, written without allocating.

use bytes::{BufMut, BytesMut};

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut value = 0;
    while value < 100 {
        pairs[value] = [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
        value += 1;
    }
    pairs
};

/// The last two digits of `value`.
pub(crate) fn pair(value: u64) -> [u8; 2] {
    PAIRS[(value % 100) as usize]
}

/// Writes the digits of `value` at the end of `buffer` and returns where they begin.
fn digits_u64(mut value: u64, buffer: &mut [u8], mut at: usize) -> usize {
    while value >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&pair(value));
        value /= 100;
    }
    if value >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&pair(value));
    } else {
        at -= 1;
        buffer[at] = b'0' + value as u8;
    }
    at
}

/// As `digits_u64`, for 128 bits.
fn digits_u128(mut value: u128, buffer: &mut [u8], mut at: usize) -> usize {
    const CHUNK: u128 = 10_000_000_000_000_000_000;
    while value > u128::from(u64::MAX) {
        let low = (value % CHUNK) as u64;
        value /= CHUNK;
        let begin = digits_u64(low, buffer, at);
        at -= 19;
        buffer[at..begin].fill(b'0');
    }
    digits_u64(value as u64, buffer, at)
}

pub(crate) fn put_u64(out: &mut BytesMut, value: u64) {
    let mut buffer = [0; 20];
    let at = digits_u64(value, &mut buffer, 20);
    out.put_slice(&buffer[at..]);
}

pub(crate) fn put_i64(out: &mut BytesMut, value: i64) {
    let mut buffer = [0; 20];
    let mut at = digits_u64(value.unsigned_abs(), &mut buffer, 20);
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    out.put_slice(&buffer[at..]);
}

pub(crate) fn put_u128(out: &mut BytesMut, value: u128) {
    let mut buffer = [0; 40];
    let at = digits_u128(value, &mut buffer, 40);
    out.put_slice(&buffer[at..]);
}

pub(crate) fn put_i128(out: &mut BytesMut, value: i128) {
    if value < 0 {
        out.put_u8(b'-');
    }
    put_u128(out, value.unsigned_abs());
}

/// A decimal with all the digits of its scale: `-0.50`.
pub(crate) fn put_decimal(out: &mut BytesMut, unscaled: i128, scale: u8) {
    if unscaled < 0 {
        out.put_u8(b'-');
    }
    // DuckDB's scale is at most 38.
    let scale = usize::from(scale).min(40);
    let mut buffer = [b'0'; 80];
    let at = digits_u128(unscaled.unsigned_abs(), &mut buffer, 80).min(79 - scale);
    out.put_slice(&buffer[at..80 - scale]);
    if scale > 0 {
        out.put_u8(b'.');
        out.put_slice(&buffer[80 - scale..]);
    }
}
