//! COPY TO STDOUT: rows as the client asked for them, one message for each.

use bytes::{BufMut, BytesMut};
use hatidata_core::{Batch, Column, CopyFormat, CopyHeader, CopyOptions, Result, Scalar, SqlType};

use super::{SIGNATURE, put_response};
use crate::pg::exchange::encode_error;
use crate::pg::frame::put;
use crate::pg::value::{Format, put_field, put_text};
use crate::pg::zone::Zone;

/// Writes the rows of one COPY.
pub(in crate::pg) struct RowWriter {
    options: CopyOptions,
    types: Vec<SqlType>,
    /// For each column whether its values always stand in quotes.
    quoted: Vec<bool>,
    /// What stands before the first row, in the same message: clients rely on that.
    before: Vec<u8>,
    field: BytesMut,
}

impl RowWriter {
    /// Announces the data and writes what stands before the first row.
    pub(in crate::pg) fn start(options: CopyOptions, columns: &[Column], out: &mut BytesMut) -> Result<RowWriter> {
        super::check_columns(&options.force_quote, columns, "")?;
        let mut writer = RowWriter {
            types: columns.iter().map(|column| column.sql_type.clone()).collect(),
            quoted: columns.iter().map(|column| options.force_quote.contains(&column.name)).collect(),
            before: Vec::new(),
            field: BytesMut::new(),
            options,
        };
        put_response(out, b'H', writer.options.format, columns.len());
        if writer.options.format == CopyFormat::Binary {
            let (flags, extension_length) = ([0; 4], [0; 4]);
            writer.before = [SIGNATURE.as_slice(), &flags, &extension_length].concat();
        } else if writer.options.header != CopyHeader::Absent {
            put(out, b'd', |out| {
                for (at, column) in columns.iter().enumerate() {
                    writer.field.clear();
                    writer.field.put_slice(column.name.as_bytes());
                    writer.put_column(at, false, columns.len() == 1, out);
                }
                out.put_u8(b'\n');
            });
        }
        Ok(writer)
    }

    /// Writes one row.
    pub(in crate::pg) fn row(&mut self, batch: &Batch, row: usize, zone: &Zone, out: &mut BytesMut) -> Result<()> {
        let start = out.len();
        let mut result = Ok(());
        put(out, b'd', |out| match self.options.format {
            CopyFormat::Binary => result = self.binary_row(batch, row, zone, out),
            _ => {
                let single = self.types.len() == 1;
                for at in 0..self.types.len() {
                    self.field.clear();
                    match batch.get(at, row) {
                        Scalar::Null => {
                            self.put_delimiter(at, out);
                            out.put_slice(self.options.null.as_bytes());
                        }
                        scalar => {
                            put_text(&mut self.field, &self.types[at], scalar, &|micros| zone.offset(micros));
                            self.put_column(at, self.quoted[at], single, out);
                        }
                    }
                }
                out.put_u8(b'\n');
            }
        });
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    /// Writes what stands behind the last row.
    pub(in crate::pg) fn end(&self, out: &mut BytesMut) {
        if self.options.format == CopyFormat::Binary {
            put(out, b'd', |out| {
                out.put_slice(&self.before);
                out.put_i16(-1);
            });
        }
        put(out, b'c', |_| {});
    }

    fn binary_row(&mut self, batch: &Batch, row: usize, zone: &Zone, out: &mut BytesMut) -> Result<()> {
        out.put_slice(&std::mem::take(&mut self.before));
        out.put_i16(self.types.len() as i16);
        for (at, sql_type) in self.types.iter().enumerate() {
            put_field(out, sql_type, Format::Binary, batch.get(at, row), &|micros| zone.offset(micros))
                .map_err(encode_error)?;
        }
        Ok(())
    }

    fn put_delimiter(&self, at: usize, out: &mut BytesMut) {
        if at > 0 {
            out.put_u8(self.options.delimiter);
        }
    }

    /// Writes `self.field` as column `at`.
    fn put_column(&self, at: usize, quoted: bool, single: bool, out: &mut BytesMut) {
        self.put_delimiter(at, out);
        match self.options.format {
            CopyFormat::Csv => self.put_csv(quoted, single, out),
            _ => put_escaped(&self.field, self.options.delimiter, out),
        }
    }

    fn put_csv(&self, quoted: bool, single: bool, out: &mut BytesMut) {
        let CopyOptions { delimiter, quote, escape, ref null, .. } = self.options;
        let special = |byte: &u8| [delimiter, quote, b'\n', b'\r'].contains(byte);
        // A lone `\.` would end the data.
        let ends = single && &self.field[..] == b"\\.";
        if !(quoted || ends || &self.field[..] == null.as_bytes() || self.field.iter().any(special)) {
            out.put_slice(&self.field);
            return;
        }
        out.put_u8(quote);
        for &byte in &self.field {
            if byte == quote || byte == escape {
                out.put_u8(escape);
            }
            out.put_u8(byte);
        }
        out.put_u8(quote);
    }
}

/// Writes a field of the text format.
fn put_escaped(field: &[u8], delimiter: u8, out: &mut BytesMut) {
    let mut plain = 0;
    for (at, &byte) in field.iter().enumerate() {
        let letter = match byte {
            b'\\' => b'\\',
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            byte if byte == delimiter => byte,
            _ => continue,
        };
        out.put_slice(&field[plain..at]);
        out.put_slice(&[b'\\', letter]);
        plain = at + 1;
    }
    out.put_slice(&field[plain..]);
}
