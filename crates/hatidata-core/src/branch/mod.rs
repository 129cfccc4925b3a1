//! Branches: copy-on-write what-if copies of the whole database.
//!
//! A branch sees what was committed when it was created, plus its own writes. The protocol with
//! every case that corrupts silently when forgotten is described in `docs/branches.md`.
//!
//! What it is not: an isolation level, a backup, or a copy of the ledger, audit, keys or policies.
//!
//! INVARIANT: creating a branch does no work per table or row, except for tables that an open
//! transaction is writing at that moment.
//! INVARIANT: main's version of a table is preserved in a transaction of its own before the first
//! write after a fork; a crash in between leaves a spare copy and nothing else.
//! INVARIANT: a merge is one transaction on main.

mod collect;
pub(crate) mod columns;
mod compare;
mod conflicts;
mod copy;
mod create;
mod definition;
mod diff;
mod discard;
mod key;
mod list;
mod merge;
mod model;
mod plan;
mod registry;
mod rows;
mod sequence;
mod store;

pub(crate) use collect::{collect, drop_leftovers, empty_schema, expire};
pub(crate) use conflicts::{conflicts, resolve_conflict};
pub(crate) use copy::{copy_table, ensure_schema, no_such_table};
pub(crate) use create::{Create, create, restore};
pub(crate) use definition::Definition;
pub(crate) use diff::{diff, diff_rows};
pub(crate) use discard::discard;
pub(crate) use key::declare_key;
pub(crate) use list::list;
pub(crate) use merge::{Merge, Strategy, merge};
pub(crate) use model::{
    Alteration, BRANCH_SCHEMA_PREFIX, Branch, Content, Object, Preserved, Seen, State, VERSIONS_SCHEMA, macro_key,
};
pub(crate) use registry::{Patience, Registry, TransactionId, Ways, Writer};
pub(crate) use sequence::{SEQUENCES_SCHEMA, drop_unused_sequences, own_sequence};
pub(crate) use store::{
    CREATE_TABLES, forget_key, insert_alteration, load_keys, load_macros, load_views, save_macro, save_object,
};
