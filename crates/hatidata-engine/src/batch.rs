//! Reading DuckDB's result vectors value by value.
//!
//! The vectors are read in place rather than through Arrow, because Arrow cannot carry some types
//! faithfully (`TIME WITH TIME ZONE` loses its zone, `HUGEINT` becomes a decimal, `UUID` a string).

use std::sync::Arc;

use libduckdb_sys as ffi;

use crate::logical::Layout;
use crate::scalar::Scalar;
use crate::types::SqlType;

/// One chunk of a result: at most 2,048 rows.
#[derive(Debug, Clone)]
pub struct Batch {
    chunk: Arc<Chunk>,
    start: usize,
    rows: usize,
}

/// A chunk with the vectors that point into it.
#[derive(Debug)]
struct Chunk {
    /// Owns the memory that `vectors` point into.
    chunk: ffi::duckdb_data_chunk,
    vectors: Vec<Vector>,
}

// SAFETY: owns its chunk, and nothing else writes to it.
unsafe impl Send for Chunk {}
// SAFETY: reading changes nothing.
unsafe impl Sync for Chunk {}

impl Drop for Chunk {
    fn drop(&mut self) {
        // SAFETY: the chunk is owned and destroyed once.
        unsafe { ffi::duckdb_destroy_data_chunk(&mut self.chunk) }
    }
}

/// One vector with its children: pointers into a chunk that outlives it.
#[derive(Debug)]
struct Vector {
    data: *const u8,
    validity: *const u64,
    sql_type: SqlType,
    dictionary: Arc<Vec<String>>,
    children: Vec<Vector>,
}

impl Batch {
    /// Takes ownership of a chunk of columns laid out as `layouts`.
    ///
    /// # Safety
    /// `chunk` is a live, flat chunk whose columns have exactly these types, owned by nobody else.
    pub(crate) unsafe fn take(chunk: ffi::duckdb_data_chunk, layouts: &[Layout]) -> Batch {
        // SAFETY: promised by the caller.
        unsafe {
            let rows = ffi::duckdb_data_chunk_get_size(chunk) as usize;
            let vectors = layouts
                .iter()
                .enumerate()
                .map(|(index, layout)| Vector::read(ffi::duckdb_data_chunk_get_vector(chunk, index as u64), layout))
                .collect();
            Batch { chunk: Arc::new(Chunk { chunk, vectors }), start: 0, rows }
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.chunk.vectors.len()
    }

    /// The value at `column`, `row`; `NULL` when out of range.
    pub fn get(&self, column: usize, row: usize) -> Scalar<'_> {
        match self.chunk.vectors.get(column) {
            Some(vector) if row < self.rows => vector.get(self.start + row),
            _ => Scalar::Null,
        }
    }

    /// At most `rows` rows from row `from` on; the memory is shared.
    pub fn slice(&self, from: usize, rows: usize) -> Batch {
        let from = from.min(self.rows);
        Batch { chunk: Arc::clone(&self.chunk), start: self.start + from, rows: rows.min(self.rows - from) }
    }
}

impl Vector {
    /// # Safety
    /// `vector` belongs to a live chunk and has the type that `layout` says.
    unsafe fn read(vector: ffi::duckdb_vector, layout: &Layout) -> Vector {
        // SAFETY: promised by the caller; children are asked for according to the type.
        unsafe {
            let children = match &layout.sql_type {
                SqlType::List(_) => vec![Vector::read(ffi::duckdb_list_vector_get_child(vector), &layout.children[0])],
                SqlType::Array(..) => {
                    vec![Vector::read(ffi::duckdb_array_vector_get_child(vector), &layout.children[0])]
                }
                SqlType::Map(..) => {
                    let entries = ffi::duckdb_list_vector_get_child(vector);
                    (0..2)
                        .map(|i| {
                            Vector::read(ffi::duckdb_struct_vector_get_child(entries, i as u64), &layout.children[i])
                        })
                        .collect()
                }
                SqlType::Struct(_) => layout
                    .children
                    .iter()
                    .enumerate()
                    .map(|(i, child)| Vector::read(ffi::duckdb_struct_vector_get_child(vector, i as u64), child))
                    .collect(),
                SqlType::Union(_) => {
                    let tag = Layout { sql_type: SqlType::UTinyInt, dictionary: Arc::default(), children: Vec::new() };
                    std::iter::once(&tag)
                        .chain(&layout.children)
                        .enumerate()
                        .map(|(i, child)| Vector::read(ffi::duckdb_struct_vector_get_child(vector, i as u64), child))
                        .collect()
                }
                _ => Vec::new(),
            };
            Vector {
                data: ffi::duckdb_vector_get_data(vector).cast(),
                validity: ffi::duckdb_vector_get_validity(vector),
                sql_type: layout.sql_type.clone(),
                dictionary: Arc::clone(&layout.dictionary),
                children,
            }
        }
    }

    fn is_valid(&self, row: usize) -> bool {
        // SAFETY: a non-null validity mask has one bit per row.
        self.validity.is_null() || unsafe { *self.validity.add(row / 64) } >> (row % 64) & 1 == 1
    }

    /// # Safety
    /// The vector's data are values of type `T` and `row` is in range.
    unsafe fn at<T: Copy>(&self, row: usize) -> T {
        // SAFETY: promised by the caller; DuckDB aligns vectors, 128-bit ones only to 8 bytes.
        unsafe { self.data.cast::<T>().add(row).read_unaligned() }
    }

    /// # Safety
    /// The vector's data are `duckdb_string_t` and `row` is in range.
    unsafe fn bytes(&self, row: usize) -> &[u8] {
        const INLINE_MAX: u32 = 12;
        // SAFETY: 16 bytes a value: length, then the bytes themselves or a prefix and a pointer.
        unsafe {
            let value = self.data.add(row * 16);
            let length = value.cast::<u32>().read_unaligned();
            let start =
                if length <= INLINE_MAX { value.add(4) } else { value.add(8).cast::<*const u8>().read_unaligned() };
            std::slice::from_raw_parts(start, length as usize)
        }
    }

    fn get(&self, row: usize) -> Scalar<'_> {
        if !self.is_valid(row) {
            return Scalar::Null;
        }
        // SAFETY: each arm reads the physical type that DuckDB documents for the logical one.
        unsafe {
            match &self.sql_type {
                SqlType::Boolean => Scalar::Bool(self.at::<u8>(row) != 0),
                SqlType::TinyInt => Scalar::Int(self.at::<i8>(row).into()),
                SqlType::SmallInt => Scalar::Int(self.at::<i16>(row).into()),
                SqlType::Integer => Scalar::Int(self.at::<i32>(row).into()),
                SqlType::BigInt => Scalar::Int(self.at(row)),
                SqlType::UTinyInt => Scalar::UInt(self.at::<u8>(row).into()),
                SqlType::USmallInt => Scalar::UInt(self.at::<u16>(row).into()),
                SqlType::UInteger => Scalar::UInt(self.at::<u32>(row).into()),
                SqlType::UBigInt => Scalar::UInt(self.at(row)),
                SqlType::HugeInt => Scalar::HugeInt(self.at(row)),
                SqlType::UHugeInt => Scalar::UHugeInt(self.at(row)),
                SqlType::Float => Scalar::Float(self.at(row)),
                SqlType::Double => Scalar::Double(self.at(row)),
                SqlType::Decimal { width, scale } => {
                    let unscaled = match width {
                        0..=4 => self.at::<i16>(row).into(),
                        5..=9 => self.at::<i32>(row).into(),
                        10..=18 => self.at::<i64>(row).into(),
                        _ => self.at::<i128>(row),
                    };
                    Scalar::Decimal { unscaled, scale: *scale }
                }
                SqlType::Varchar | SqlType::Json => {
                    // DuckDB's VARCHAR is valid UTF-8; the check only guards against a defect there.
                    Scalar::Text(std::str::from_utf8(self.bytes(row)).unwrap_or("\u{fffd}"))
                }
                SqlType::Blob => Scalar::Blob(self.bytes(row)),
                SqlType::Bit => Scalar::Bit(self.bytes(row)),
                SqlType::Uuid => Scalar::Uuid(self.at::<u128>(row) ^ (1 << 127)),
                SqlType::Date => Scalar::Date(self.at(row)),
                SqlType::Time => Scalar::Time(self.at(row)),
                SqlType::TimeNs => Scalar::TimeNs(self.at(row)),
                SqlType::TimeTz => time_tz(self.at(row)),
                SqlType::Timestamp => Scalar::Timestamp(self.at(row)),
                SqlType::TimestampS => Scalar::Timestamp(scaled(self.at(row), 1_000_000)),
                SqlType::TimestampMs => Scalar::Timestamp(scaled(self.at(row), 1_000)),
                SqlType::TimestampNs => Scalar::TimestampNs(self.at(row)),
                SqlType::TimestampTz => Scalar::TimestampTz(self.at(row)),
                SqlType::Interval => {
                    let value: ffi::duckdb_interval = self.at(row);
                    Scalar::Interval { months: value.months, days: value.days, micros: value.micros }
                }
                SqlType::Enum => {
                    let index = match self.dictionary.len() {
                        0..=255 => self.at::<u8>(row).into(),
                        256..=65_535 => self.at::<u16>(row).into(),
                        _ => self.at::<u32>(row) as usize,
                    };
                    self.dictionary.get(index).map_or(Scalar::Null, |text| Scalar::Text(text))
                }
                SqlType::List(_) => {
                    let entry: ffi::duckdb_list_entry = self.at(row);
                    Scalar::List(Items {
                        vector: &self.children[0],
                        start: entry.offset as usize,
                        length: entry.length as usize,
                    })
                }
                SqlType::Array(_, length) => {
                    let length = *length as usize;
                    Scalar::List(Items { vector: &self.children[0], start: row * length, length })
                }
                SqlType::Struct(fields) => Scalar::Struct(Fields { names: fields, vectors: &self.children, row }),
                SqlType::Map(..) => {
                    let entry: ffi::duckdb_list_entry = self.at(row);
                    Scalar::Map(Entries {
                        keys: &self.children[0],
                        values: &self.children[1],
                        start: entry.offset as usize,
                        length: entry.length as usize,
                    })
                }
                SqlType::Union(members) => {
                    let tag = self.children[0].at::<u8>(row) as usize;
                    match members.get(tag) {
                        Some((name, _)) => Scalar::Union(Tagged { tag: name, vector: &self.children[tag + 1], row }),
                        None => Scalar::Null,
                    }
                }
                SqlType::Null | SqlType::Unknown | SqlType::Other(_) => Scalar::Null,
            }
        }
    }
}

/// Infinities keep their value when a coarser timestamp becomes microseconds.
fn scaled(value: i64, factor: i64) -> i64 {
    if value == i64::MAX || value == -i64::MAX { value } else { value.saturating_mul(factor) }
}

/// 40 bits of microseconds, then 24 bits of offset counted down from +15:59:59.
fn time_tz(bits: u64) -> Scalar<'static> {
    const OFFSET_MAX: i32 = 16 * 60 * 60 - 1;
    Scalar::TimeTz { micros: (bits >> 24) as i64, offset_seconds: OFFSET_MAX - (bits & 0xFF_FFFF) as i32 }
}

/// The elements of a list or array.
#[derive(Debug, Clone, Copy)]
pub struct Items<'a> {
    vector: &'a Vector,
    start: usize,
    length: usize,
}

impl<'a> Items<'a> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The element at `index`; `NULL` when out of range.
    pub fn get(&self, index: usize) -> Scalar<'a> {
        if index < self.length { self.vector.get(self.start + index) } else { Scalar::Null }
    }

    /// All elements in order.
    pub fn iter(self) -> impl Iterator<Item = Scalar<'a>> {
        (0..self.length).map(move |index| self.get(index))
    }
}

/// The fields of a struct.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    names: &'a [(String, SqlType)],
    vectors: &'a [Vector],
    row: usize,
}

impl<'a> Fields<'a> {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of field `index`.
    pub fn name(&self, index: usize) -> &'a str {
        self.names.get(index).map_or("", |(name, _)| name)
    }

    /// The value of field `index`.
    pub fn get(&self, index: usize) -> Scalar<'a> {
        self.vectors.get(index).map_or(Scalar::Null, |vector| vector.get(self.row))
    }
}

/// The entries of a map.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'a> {
    keys: &'a Vector,
    values: &'a Vector,
    start: usize,
    length: usize,
}

impl<'a> Entries<'a> {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The key of entry `index`.
    pub fn key(&self, index: usize) -> Scalar<'a> {
        if index < self.length { self.keys.get(self.start + index) } else { Scalar::Null }
    }

    /// The value of entry `index`.
    pub fn value(&self, index: usize) -> Scalar<'a> {
        if index < self.length { self.values.get(self.start + index) } else { Scalar::Null }
    }
}

/// The present member of a union.
#[derive(Debug, Clone, Copy)]
pub struct Tagged<'a> {
    tag: &'a str,
    vector: &'a Vector,
    row: usize,
}

impl<'a> Tagged<'a> {
    /// The member's name.
    pub fn tag(&self) -> &'a str {
        self.tag
    }

    /// The member's value.
    pub fn value(&self) -> Scalar<'a> {
        self.vector.get(self.row)
    }
}
