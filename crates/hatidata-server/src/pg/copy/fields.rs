//! The fields of one line, cut out and unescaped without an allocation for each.

use std::ops::Range;

/// One field of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Null,
    /// Bytes of the line.
    Raw(Range<usize>),
    /// Bytes that had to be put together.
    Built(Range<usize>),
}

/// The fields of the current line; reused for every line.
#[derive(Debug, Default)]
pub(super) struct Fields {
    fields: Vec<Field>,
    built: Vec<u8>,
}

impl Fields {
    pub(super) fn clear(&mut self) {
        self.fields.clear();
        self.built.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Field `at` of `line`; `None` for NULL, and for a field that is not there.
    pub(super) fn get<'a>(&'a self, line: &'a [u8], at: usize) -> Option<&'a [u8]> {
        match self.fields.get(at)? {
            Field::Null => None,
            Field::Raw(range) => line.get(range.clone()),
            Field::Built(range) => self.built.get(range.clone()),
        }
    }

    pub(super) fn push_null(&mut self) {
        self.fields.push(Field::Null);
    }

    pub(super) fn replace_last_with_null(&mut self) {
        self.fields.pop();
        self.fields.push(Field::Null);
    }

    pub(super) fn push_raw(&mut self, range: Range<usize>) {
        self.fields.push(Field::Raw(range));
    }

    /// Where a field that is put together begins.
    pub(super) fn begin(&self) -> usize {
        self.built.len()
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.built.extend_from_slice(bytes);
    }

    pub(super) fn push_built(&mut self, begin: usize) {
        self.fields.push(Field::Built(begin..self.built.len()));
    }
}
