//! The nouns: a branch, what it holds of its own, and the versions that main keeps for branches.
//!
//! All of it is plain data. `State` is an immutable snapshot: a transaction keeps the one that
//! belongs to its own snapshot of the database and resolves every name in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use hatidata_sql::{ObjectName, TableKey, quote};
use serde::{Deserialize, Serialize};

/// The schema of the preserved versions of main's tables.
pub(crate) const VERSIONS_SCHEMA: &str = "_hatidata_versions";
/// A branch's own schemas start with this, followed by its id.
pub(crate) const BRANCH_SCHEMA_PREFIX: &str = "_hatidata_branch_";

/// The key under which a macro is known: macros and tables have names of their own kind.
pub(crate) fn macro_key(key: &TableKey) -> TableKey {
    TableKey { schema: key.schema.clone(), name: format!("{}()", key.name) }
}

/// Where a branch is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Open for reading and writing.
    Active,
    /// Its changes are in main.
    Merged,
    /// Its time was up; its data is kept for a while and can be restored.
    Expired,
    /// Given up; its data is gone.
    Discarded,
}

impl Status {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Merged => "merged",
            Status::Expired => "expired",
            Status::Discarded => "discarded",
        }
    }
}

/// What a branch has made of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub(crate) enum Content {
    /// A table of its own in the branch's schema.
    Table {
        /// Created in the branch, rather than copied from what it saw.
        created: bool,
        /// Foreign keys that the stored table does not carry, for the merge.
        foreign_keys: Vec<String>,
        /// Changes of definition since the copy, in order.
        alterations: Vec<String>,
    },
    /// A view: its CREATE VIEW text.
    View { sql: String },
    /// A macro: its CREATE MACRO text.
    Macro { sql: String },
    /// Dropped in the branch.
    Dropped,
}

/// A name that a branch has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// One branch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Branch {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: Status,
    /// The fork that it sees main at.
    pub(crate) fork: u64,
    pub(crate) agent_id: String,
    pub(crate) description: Option<String>,
    /// Microseconds since 1970.
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    /// When it was merged, expired or discarded.
    pub(crate) ended_at: Option<i64>,
    /// Tables that may be written; empty allows all.
    pub(crate) tables: Vec<String>,
    #[serde(skip)]
    pub(crate) objects: BTreeMap<TableKey, Arc<Object>>,
}

impl Branch {
    /// The schema that holds the branch's copies of tables of `schema`.
    pub(crate) fn schema(&self, schema: &str) -> String {
        let schema = schema.to_lowercase();
        if schema == hatidata_sql::DEFAULT_SCHEMA {
            format!("{BRANCH_SCHEMA_PREFIX}{}", self.id)
        } else {
            format!("{BRANCH_SCHEMA_PREFIX}{}.{schema}", self.id)
        }
    }

    /// The quoted name under which the branch stores an object.
    pub(crate) fn stored(&self, schema: &str, name: &str) -> String {
        format!("{}.{}", quote(&self.schema(schema)), quote(name))
    }

    /// Whether its versions must be kept.
    pub(crate) fn needs_data(&self) -> bool {
        matches!(self.status, Status::Active | Status::Expired)
    }
}

/// What a name meant on main until a fork.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "lowercase")]
pub(crate) enum Preserved {
    /// A table, kept under `stored` in the versions' schema, with its definition and indexes.
    Table { stored: String, ddl: String, indexes: Vec<String> },
    /// A view.
    View { sql: String },
    /// A macro.
    Macro { sql: String },
    /// Nothing of that name.
    Absent,
}

/// A version of a name on main, seen by branches forked after the previous version and up to `fork`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) fork: u64,
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) preserved: Preserved,
}

/// A change of definition on main while branches were open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alteration {
    /// The last fork before it.
    pub(crate) fork: u64,
    /// The statement, or `None` when the table was dropped or replaced.
    pub(crate) sql: Option<String>,
}

/// What a name means to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Whatever main has under that name now, if anything.
    Main,
    /// The branch's own table.
    Own(Arc<Object>),
    /// A preserved version, as the quoted name of a stored table.
    Kept(String),
    /// A view with this CREATE VIEW text.
    View(String),
    /// A macro with this CREATE MACRO text.
    Macro(String),
    /// Nothing: dropped, or not yet there at the fork.
    Nothing,
}

/// Everything the registry knows, at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The database's name in the engine's catalog: temporary tables hide others of the same schema and
    /// name unless they are named with it.
    pub(crate) catalog: String,
    /// Counts changes of the registry.
    pub(crate) version: u64,
    /// The number of the last fork.
    pub(crate) fork: u64,
    /// The highest fork of a branch that needs main's versions; 0 when there is none.
    pub(crate) fork_needed: u64,
    pub(crate) branches: Arc<HashMap<String, Arc<Branch>>>,
    /// Ids of active branches by lower-case name.
    pub(crate) active: Arc<HashMap<String, String>>,
    pub(crate) versions: Arc<HashMap<TableKey, Arc<Vec<Arc<Version>>>>>,
    pub(crate) alterations: Arc<HashMap<TableKey, Arc<Vec<Alteration>>>>,
    /// Views of main by name, with their CREATE VIEW text.
    pub(crate) views: Arc<HashMap<TableKey, String>>,
    /// Macros of main by name, with their CREATE MACRO text.
    pub(crate) macros: Arc<HashMap<TableKey, String>>,
    /// Keys declared with `branch_key`.
    pub(crate) keys: Arc<HashMap<TableKey, Vec<String>>>,
}

impl State {
    /// The branch with this name (active ones) or id (any).
    pub(crate) fn find(&self, name_or_id: &str) -> Option<&Arc<Branch>> {
        let by_name = self.active.get(&name_or_id.to_lowercase()).and_then(|id| self.branches.get(id));
        by_name.or_else(|| self.branches.get(name_or_id)).or_else(|| {
            // An ended branch is still known by its name, the latest one first.
            self.branches.values().filter(|b| b.name.eq_ignore_ascii_case(name_or_id)).max_by_key(|b| b.fork)
        })
    }

    /// The version of main's `key` that branches of `fork` see, if main has changed since.
    pub(crate) fn version_at(&self, key: &TableKey, fork: u64) -> Option<&Arc<Version>> {
        self.versions.get(key)?.iter().find(|v| v.fork >= fork)
    }

    /// Whether main's `key` must be preserved before it is changed.
    pub(crate) fn must_preserve(&self, key: &TableKey) -> bool {
        let preserved = self.versions.get(key).and_then(|v| v.last()).map_or(0, |v| v.fork);
        self.fork_needed > preserved
    }

    /// What `key` means in `branch`, by the branch's own objects and main's versions.
    pub(crate) fn seen(&self, branch: &Branch, key: &TableKey) -> Seen {
        match branch.objects.get(key) {
            Some(object) => match &object.content {
                Content::Table { .. } => Seen::Own(Arc::clone(object)),
                Content::View { sql } => Seen::View(sql.clone()),
                Content::Macro { sql } => Seen::Macro(sql.clone()),
                Content::Dropped => Seen::Nothing,
            },
            None => self.seen_of_main(key, branch.fork),
        }
    }

    /// What `key` meant on main at `fork`.
    pub(crate) fn seen_of_main(&self, key: &TableKey, fork: u64) -> Seen {
        match self.version_at(key, fork).map(|v| &v.preserved) {
            Some(Preserved::Table { stored, .. }) => {
                Seen::Kept(ObjectName::in_schema(VERSIONS_SCHEMA, stored.as_str()).to_string())
            }
            Some(Preserved::View { sql }) => Seen::View(sql.clone()),
            Some(Preserved::Macro { sql }) => Seen::Macro(sql.clone()),
            Some(Preserved::Absent) => Seen::Nothing,
            None => match (self.views.get(key), self.macros.get(key)) {
                (Some(sql), _) => Seen::View(sql.clone()),
                (None, Some(sql)) => Seen::Macro(sql.clone()),
                (None, None) => Seen::Main,
            },
        }
    }

    /// The branches, to be changed.
    pub(crate) fn branches_mut(&mut self) -> &mut HashMap<String, Arc<Branch>> {
        Arc::make_mut(&mut self.branches)
    }

    /// A branch, to be changed.
    pub(crate) fn branch_mut(&mut self, id: &str) -> Option<&mut Branch> {
        self.branches_mut().get_mut(id).map(Arc::make_mut)
    }

    /// The versions of a name, to be changed.
    pub(crate) fn versions_mut(&mut self, key: &TableKey) -> &mut Vec<Arc<Version>> {
        Arc::make_mut(Arc::make_mut(&mut self.versions).entry(key.clone()).or_default())
    }

    /// Adds a change of main's definitions.
    pub(crate) fn add_alteration(&mut self, key: TableKey, alteration: Alteration) {
        Arc::make_mut(Arc::make_mut(&mut self.alterations).entry(key).or_default()).push(alteration);
    }

    /// Recomputes what follows from the branches.
    pub(crate) fn derive(&mut self) {
        self.fork_needed = self.branches.values().filter(|b| b.needs_data()).map(|b| b.fork).max().unwrap_or(0);
        self.fork = self.fork.max(self.branches.values().map(|b| b.fork).max().unwrap_or(0));
        let active = self.branches.values().filter(|b| b.status == Status::Active);
        self.active = Arc::new(active.map(|b| (b.name.to_lowercase(), b.id.clone())).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (State, Branch, Branch) {
        let branch = |id: &str, fork| Branch {
            id: id.into(),
            name: id.into(),
            status: Status::Active,
            fork,
            agent_id: String::new(),
            description: None,
            created_at: 0,
            expires_at: None,
            ended_at: None,
            tables: Vec::new(),
            objects: BTreeMap::new(),
        };
        let (old, new) = (branch("old", 1), branch("new", 2));
        let mut state = State::default();
        for b in [&old, &new] {
            state.branches_mut().insert(b.id.clone(), Arc::new(b.clone()));
        }
        state.derive();
        (state, old, new)
    }

    fn key(name: &str) -> TableKey {
        ObjectName::bare(name).key()
    }

    fn keep(state: &mut State, name: &str, fork: u64, preserved: Preserved) {
        let version = Arc::new(Version { fork, schema: "main".into(), name: name.into(), preserved });
        state.versions_mut(&key(name)).push(version);
    }

    #[test]
    fn a_branch_sees_the_version_of_its_fork() {
        let (mut state, old, new) = state();
        let table = |stored: &str| Preserved::Table { stored: stored.into(), ddl: String::new(), indexes: Vec::new() };
        assert!(state.must_preserve(&key("t")));
        keep(&mut state, "t", 1, table("t@1"));
        assert!(state.must_preserve(&key("t")), "the newer branch still needs the present version");
        assert_eq!(state.seen(&old, &key("t")), Seen::Kept("\"_hatidata_versions\".\"t@1\"".into()));
        assert_eq!(state.seen(&new, &key("t")), Seen::Main);
        keep(&mut state, "t", 2, table("t@2"));
        assert!(!state.must_preserve(&key("t")));
        assert_eq!(state.seen(&old, &key("t")), Seen::Kept("\"_hatidata_versions\".\"t@1\"".into()));
        assert_eq!(state.seen(&new, &key("t")), Seen::Kept("\"_hatidata_versions\".\"t@2\"".into()));
        keep(&mut state, "late", 2, Preserved::Absent);
        assert_eq!(state.seen(&new, &key("late")), Seen::Nothing);
    }

    #[test]
    fn what_a_branch_did_itself_comes_first() {
        let (mut state, mut old, _) = state();
        keep(&mut state, "t", 1, Preserved::Absent);
        let object = |content| Arc::new(Object { schema: "main".into(), name: "t".into(), content });
        old.objects.insert(key("t"), object(Content::View { sql: "v".into() }));
        assert_eq!(state.seen(&old, &key("t")), Seen::View("v".into()));
        old.objects.insert(key("t"), object(Content::Dropped));
        assert_eq!(state.seen(&old, &key("t")), Seen::Nothing);
    }

    #[test]
    fn nobody_needs_versions_without_open_branches() {
        let (mut state, ..) = state();
        for branch in state.branches_mut().values_mut() {
            Arc::make_mut(branch).status = Status::Merged;
        }
        state.derive();
        assert!(!state.must_preserve(&key("t")) && state.active.is_empty() && state.fork == 2);
    }
}
