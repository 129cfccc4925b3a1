//! Numbers in text, written without allocating.

use bytes::{BufMut, BytesMut};

const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
2021222324252627282930313233343536373839\
4041424344454647484950515253545556575859\
6061626364656667686970717273747576777879\
8081828384858687888990919293949596979899";

/// Writes the digits of `value` at the end of `buffer` and returns where they begin.
fn digits_u64(mut value: u64, buffer: &mut [u8], mut at: usize) -> usize {
    while value >= 100 {
        let pair = (value % 100) as usize * 2;
        value /= 100;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if value >= 10 {
        let pair = value as usize * 2;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
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

/// `value` in at least `width` (at most 20) digits.
pub(crate) fn put_padded(out: &mut BytesMut, value: u64, width: usize) {
    let mut buffer = [b'0'; 20];
    let at = digits_u64(value, &mut buffer, 20);
    out.put_slice(&buffer[at.min(20 - width)..]);
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
