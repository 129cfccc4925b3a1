//! The frame of the binary format: a header, rows as counted fields with their lengths, an end mark.

use super::SIGNATURE;
use super::fields::Fields;
use super::read::SIGNATURE_MISSING;

/// What comes next in binary data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tuple {
    /// A row of so many bytes; its fields were read.
    Row(usize),
    /// The end mark of so many bytes.
    End(usize),
    /// It has not arrived whole.
    Incomplete,
}

fn i16_at(data: &[u8], at: usize) -> Option<i16> {
    data.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map(i16::from_be_bytes)
}

fn i32_at(data: &[u8], at: usize) -> Option<i32> {
    data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes)
}

/// The length of the header; `None` when it has not arrived whole.
pub(super) fn header(data: &[u8]) -> Result<Option<usize>, &'static str> {
    let known = data.len().min(SIGNATURE.len());
    if data[..known] != SIGNATURE[..known] {
        return Err(SIGNATURE_MISSING);
    }
    let start = SIGNATURE.len();
    let (Some(flags), Some(extension)) = (i32_at(data, start), i32_at(data, start + 4)) else { return Ok(None) };
    // The upper half tells of features that change the format.
    if (flags as u32) >> 16 != 0 {
        return Err("unrecognized critical flags in COPY file header");
    }
    let Ok(extension) = usize::try_from(extension) else { return Err("invalid COPY file header (wrong length)") };
    let length = start + 8 + extension;
    Ok((data.len() >= length).then_some(length))
}

/// Reads the row at the start of `data`.
pub(super) fn tuple(data: &[u8], columns: usize, fields: &mut Fields) -> Result<Tuple, String> {
    const END: i16 = -1;
    let Some(count) = i16_at(data, 0) else { return Ok(Tuple::Incomplete) };
    if count == END {
        return Ok(Tuple::End(2));
    }
    if usize::try_from(count) != Ok(columns) {
        return Err(format!("row field count is {count}, expected {columns}"));
    }
    fields.clear();
    let mut at = 2;
    for _ in 0..columns {
        let Some(length) = i32_at(data, at) else { return Ok(Tuple::Incomplete) };
        at += 4;
        match length {
            -1 => fields.push_null(),
            length if length < 0 => return Err("invalid field size".to_owned()),
            length => {
                let end = at + length as usize;
                if end > data.len() {
                    return Ok(Tuple::Incomplete);
                }
                fields.push_raw(at..end);
                at = end;
            }
        }
    }
    Ok(Tuple::Row(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_by_its_signature() {
        let whole = [SIGNATURE.as_slice(), &[0, 0, 0, 0], &[0, 0, 0, 2], b"xx"].concat();
        assert_eq!(header(&whole), Ok(Some(21)));
        assert_eq!(header(&whole[..20]), Ok(None));
        assert_eq!(header(&whole[..3]), Ok(None));
        assert_eq!(header(b"1\t2\n"), Err(SIGNATURE_MISSING));
        let critical = [SIGNATURE.as_slice(), &[0, 1, 0, 0], &[0, 0, 0, 0]].concat();
        assert!(header(&critical).is_err());
    }

    #[test]
    fn rows_are_read_whole_or_not_at_all() {
        let data = [&[0, 2][..], &[0, 0, 0, 1], b"a", &[255, 255, 255, 255], &[255, 255]].concat();
        let mut fields = Fields::default();
        assert_eq!(tuple(&data, 2, &mut fields), Ok(Tuple::Row(11)));
        assert_eq!((fields.get(&data, 0), fields.get(&data, 1)), (Some(b"a".as_slice()), None));
        for length in 0..11 {
            assert_eq!(tuple(&data[..length], 2, &mut fields), Ok(Tuple::Incomplete), "{length}");
        }
        assert_eq!(tuple(&data[11..], 2, &mut fields), Ok(Tuple::End(2)));
        assert!(tuple(&data, 3, &mut fields).is_err());
        assert!(tuple(&[0, 1, 255, 255, 255, 254], 1, &mut fields).is_err());
    }
}
