//! The three-way comparison of one table's rows, and the statements that bring main to the result.
//!
//! Everything is set-based: a temporary table holds one line for every row that the branch has
//! changed, with what to do about it. Main's rows that the branch did not touch never move.

use hatidata_engine::Connection;
use hatidata_sql::quote;

use super::compare::{Identity, count, differ, is_same, json_object, list, same};
use crate::error::Result;

/// Who decides a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Main,
    Branch,
}

/// A row, a table or a definition that both sides changed in ways that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) table: String,
    /// The row's key as JSON; `None` for a conflict of the whole table.
    pub(crate) key: Option<String>,
    pub(crate) kind: String,
    pub(crate) base: Option<String>,
    pub(crate) main: Option<String>,
    pub(crate) branch: Option<String>,
}

/// How many rows of main a merge changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) deleted: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Counts) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.deleted += other.deleted;
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Counts::default()
    }
}

/// Statements that change main's rows, by phase: children lose rows before parents do, parents gain
/// rows before children do.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowPlan {
    pub(crate) delete: Vec<String>,
    pub(crate) update: Vec<String>,
    pub(crate) insert: Vec<String>,
    pub(crate) counts: Counts,
}

/// The value of a cell after a merge: the branch's where it changed it. Where both sides did, the side
/// that was chosen decides.
fn merged_cell(column: &str) -> String {
    let c = quote(column);
    format!(
        "CASE WHEN r.{c} IS DISTINCT FROM b.{c} AND (d.side IS DISTINCT FROM 'main' OR m.{c} IS NOT DISTINCT FROM b.{c}) \
         THEN r.{c} ELSE m.{c} END"
    )
}

/// Three versions of one table with the same columns, as names to select from.
pub(crate) struct Versions<'a> {
    pub(crate) table: &'a str,
    pub(crate) base: &'a str,
    pub(crate) main: &'a str,
    pub(crate) branch: &'a str,
    /// Columns that can be written.
    pub(crate) columns: &'a [String],
    pub(crate) identity: &'a Identity,
    /// Name for the temporary table of changes.
    pub(crate) changes: &'a str,
}

impl Versions<'_> {
    fn other_columns(&self) -> Vec<String> {
        let is_key = |c: &&String| !self.identity.columns.iter().any(|k| k.eq_ignore_ascii_case(c));
        self.columns.iter().filter(is_key).cloned().collect()
    }

    /// Main takes the branch's rows: nobody else changed the table.
    pub(crate) fn take_branch(&self, connection: &Connection, constrained: bool) -> Result<RowPlan> {
        if self.identity.is_none() || !constrained {
            return self.replace(connection);
        }
        let (k, others) = (self.identity.first(), self.other_columns());
        let (base, branch) = (self.base, self.branch);
        connection.execute(&format!(
            "CREATE OR REPLACE TEMP TABLE {} AS SELECT {}, b.{k} IS NOT NULL AS in_base, r.{k} IS NOT NULL AS in_branch, r.rowid AS place \
             FROM {base} b FULL JOIN {branch} r ON {} WHERE b.{k} IS NULL OR r.{k} IS NULL OR {}",
            self.changes,
            self.keys_from(&["r", "b"]),
            self.identity.equal("b", "r"),
            differ(&others, "b", "r"),
        ))?;
        let in_place = self.keeps_order(connection)?;
        if !in_place {
            return self.replace(connection);
        }
        let counts = Counts {
            inserted: self.count("NOT in_base", connection)?,
            updated: self.count("in_base AND in_branch", connection)?,
            deleted: self.count("NOT in_branch", connection)?,
        };
        let changed = self.changed_columns(connection, &others, "in_base AND in_branch")?;
        let main = self.main;
        let mut plan = RowPlan { counts, ..RowPlan::default() };
        plan.delete.push(format!(
            "DELETE FROM {main} AS m USING {} d WHERE NOT d.in_branch AND {}",
            self.changes,
            self.identity.equal("m", "d")
        ));
        if !changed.is_empty() {
            let sets: Vec<String> = changed.iter().map(|c| format!("{0} = r.{0}", quote(c))).collect();
            plan.update.push(format!(
                "UPDATE {main} AS m SET {} FROM {} d, {branch} r WHERE d.in_base AND d.in_branch AND {} AND {}",
                sets.join(", "),
                self.changes,
                self.identity.equal("m", "d"),
                self.identity.equal("r", "d"),
            ));
        }
        plan.insert.push(format!(
            "INSERT INTO {main} ({0}) SELECT {1} FROM {branch} r JOIN {2} d ON {3} WHERE NOT d.in_base ORDER BY r.rowid",
            list(self.columns, ""),
            list(self.columns, "r."),
            self.changes,
            self.identity.equal("r", "d"),
        ));
        Ok(plan)
    }

    /// Whether updating in place, deleting and appending gives the branch's order of rows.
    fn keeps_order(&self, connection: &Connection) -> Result<bool> {
        let moved = count(
            connection,
            &format!(
                "SELECT count(*) FROM (SELECT b.rowid AS old, lag(b.rowid) OVER (ORDER BY r.rowid) AS before \
                 FROM {branch} r JOIN {base} b ON {equal}) WHERE old < before",
                branch = self.branch,
                base = self.base,
                equal = self.identity.equal("b", "r"),
            ),
        )?;
        let early = count(
            connection,
            &format!(
                "SELECT count(*) FROM (SELECT min(place) AS first FROM {changes} WHERE NOT in_base) n, \
                 (SELECT max(r.rowid) AS last FROM {branch} r JOIN {base} b ON {equal}) o WHERE n.first < o.last",
                changes = self.changes,
                branch = self.branch,
                base = self.base,
                equal = self.identity.equal("b", "r"),
            ),
        )?;
        Ok(moved == 0 && early == 0)
    }

    /// Main's rows are replaced by the branch's in the branch's order.
    fn replace(&self, connection: &Connection) -> Result<RowPlan> {
        let columns = list(self.columns, "");
        let (base, main, branch) = (self.base, self.main, self.branch);
        let counts = if self.identity.is_none() {
            let except = |a: &str, b: &str| {
                count(
                    connection,
                    &format!("SELECT count(*) FROM (SELECT {columns} FROM {a} EXCEPT ALL SELECT {columns} FROM {b})"),
                )
            };
            Counts { inserted: except(branch, base)?, updated: 0, deleted: except(base, branch)? }
        } else {
            let (k, others) = (self.identity.first(), self.other_columns());
            let joined = |what: &str| {
                count(
                    connection,
                    &format!(
                        "SELECT count(*) FROM {base} b FULL JOIN {branch} r ON {} WHERE {what}",
                        self.identity.equal("b", "r")
                    ),
                )
            };
            Counts {
                inserted: joined(&format!("b.{k} IS NULL"))?,
                updated: joined(&format!("b.{k} IS NOT NULL AND r.{k} IS NOT NULL AND {}", differ(&others, "b", "r")))?,
                deleted: joined(&format!("r.{k} IS NULL"))?,
            }
        };
        if counts.is_zero() && is_same(connection, self.columns, base, branch)? && self.same_order(connection)? {
            return Ok(RowPlan { counts, ..RowPlan::default() });
        }
        Ok(RowPlan {
            delete: vec![format!("DELETE FROM {main}")],
            update: Vec::new(),
            insert: vec![format!("INSERT INTO {main} ({columns}) SELECT {columns} FROM {branch} ORDER BY rowid")],
            counts,
        })
    }

    fn same_order(&self, connection: &Connection) -> Result<bool> {
        let columns = list(self.columns, "");
        let numbered =
            |table: &str| format!("(SELECT row_number() OVER (ORDER BY rowid) AS place, {columns} FROM {table})");
        let sql = format!(
            "SELECT count(*) FROM {} a JOIN {} b ON a.place = b.place WHERE {}",
            numbered(self.base),
            numbered(self.branch),
            differ(self.columns, "a", "b"),
        );
        Ok(count(connection, &sql)? == 0)
    }

    fn keys_from(&self, rows: &[&str]) -> String {
        let parts: Vec<String> = self
            .identity
            .columns
            .iter()
            .map(|c| {
                let sources: Vec<String> = rows.iter().map(|row| format!("{row}.{}", quote(c))).collect();
                format!("coalesce({}) AS {}", sources.join(", "), quote(c))
            })
            .collect();
        parts.join(", ")
    }

    fn count(&self, condition: &str, connection: &Connection) -> Result<u64> {
        count(connection, &format!("SELECT count(*) FROM {} WHERE {condition}", self.changes))
    }

    /// Which columns differ between base and branch in the changed rows.
    fn changed_columns(&self, connection: &Connection, columns: &[String], condition: &str) -> Result<Vec<String>> {
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let tests: Vec<String> = columns
            .iter()
            .map(|c| format!("coalesce(bool_or(b.{0} IS DISTINCT FROM r.{0}), false)", quote(c)))
            .collect();
        let rows = connection.query_text(
            &format!(
                "SELECT {} FROM {} d JOIN {} b ON {} JOIN {} r ON {} WHERE {condition}",
                tests.join(", "),
                self.changes,
                self.base,
                self.identity.equal("b", "d"),
                self.branch,
                self.identity.equal("r", "d"),
            ),
            &[],
        )?;
        let flags = rows.into_iter().next().unwrap_or_default();
        Ok(columns
            .iter()
            .zip(flags)
            .filter(|(_, flag)| flag.as_deref() == Some("true"))
            .map(|(c, _)| c.clone())
            .collect())
    }

    /// Both sides changed the table and rows have a key: row by row, cell by cell.
    ///
    /// Fills the table of changes and gives the conflicts; [`Versions::apply_keyed`] continues.
    pub(crate) fn compare_keyed(&self, connection: &Connection) -> Result<Vec<Conflict>> {
        let (k, others) = (self.identity.first(), self.other_columns());
        let cell_conflicts: Vec<String> = others
            .iter()
            .map(|c| {
                let c = quote(c);
                format!(
                    "(r.{c} IS DISTINCT FROM b.{c} AND m.{c} IS DISTINCT FROM b.{c} AND r.{c} IS DISTINCT FROM m.{c})"
                )
            })
            .collect();
        let any_cell = if cell_conflicts.is_empty() { "false".into() } else { cell_conflicts.join(" OR ") };
        let (b, m, r) = (format!("b.{k} IS NOT NULL"), format!("m.{k} IS NOT NULL"), format!("r.{k} IS NOT NULL"));
        let action = format!(
            "CASE WHEN NOT {b} AND NOT {m} THEN 'insert' \
             WHEN NOT {b} THEN CASE WHEN {equal_rm} THEN 'none' ELSE 'inserted on both sides' END \
             WHEN NOT {r} AND NOT {m} THEN 'none' \
             WHEN NOT {r} THEN CASE WHEN {equal_bm} THEN 'delete' ELSE 'deleted in the branch, changed in main' END \
             WHEN NOT {m} THEN 'changed in the branch, deleted in main' \
             WHEN {any_cell} THEN 'changed on both sides' ELSE 'update' END",
            equal_rm = same(&others, "r", "m"),
            equal_bm = same(&others, "b", "m"),
        );
        connection.execute(&format!(
            "CREATE OR REPLACE TEMP TABLE {changes} AS SELECT {keys}, {action} AS action, NULL::VARCHAR AS side, NULL::VARCHAR AS given, {key_json} AS key_json \
             FROM (SELECT {key_list} FROM {base} b FULL JOIN {branch} r ON {br} WHERE b.{k} IS NULL OR r.{k} IS NULL OR {changed}) d \
             LEFT JOIN {base} b ON {bd} LEFT JOIN {main} m ON {md} LEFT JOIN {branch} r ON {rd}",
            changes = self.changes,
            keys = list(&self.identity.columns, "d."),
            key_json = self.identity.json("d"),
            key_list = self.keys_from(&["r", "b"]),
            base = self.base,
            branch = self.branch,
            main = self.main,
            br = self.identity.equal("b", "r"),
            changed = differ(&others, "b", "r"),
            bd = self.identity.equal("b", "d"),
            md = self.identity.equal("m", "d"),
            rd = self.identity.equal("r", "d"),
        ))?;
        let row =
            |alias: &str| format!("CASE WHEN {alias}.{k} IS NOT NULL THEN {} END", json_object(self.columns, alias));
        let rows = connection.query_text(
            &format!(
                "SELECT d.key_json, d.action, {}, {}, {} FROM {} d LEFT JOIN {} b ON {} LEFT JOIN {} m ON {} LEFT JOIN {} r ON {} \
                 WHERE d.action NOT IN ('insert', 'update', 'delete', 'none') ORDER BY d.key_json",
                row("b"), row("m"), row("r"),
                self.changes,
                self.base, self.identity.equal("b", "d"),
                self.main, self.identity.equal("m", "d"),
                self.branch, self.identity.equal("r", "d"),
            ),
            &[],
        )?;
        Ok(rows
            .into_iter()
            .map(|mut row| Conflict {
                branch: row.pop().flatten(),
                main: row.pop().flatten(),
                base: row.pop().flatten(),
                kind: row.pop().flatten().unwrap_or_default(),
                key: row.pop().flatten(),
                table: self.table.to_owned(),
            })
            .collect())
    }

    /// A row that both sides changed and that breaks one of `checks` once the changes are together.
    pub(crate) fn find_violation(
        &self,
        connection: &Connection,
        checks: &[String],
    ) -> Result<Option<(String, String)>> {
        let keys = self.identity.columns.iter().map(|c| format!("m.{0} AS {0}", quote(c)));
        let others = self.other_columns();
        let cells = others.iter().map(|c| format!("{} AS {}", merged_cell(c), quote(c)));
        let columns: Vec<String> = keys.chain(cells).collect();
        for check in checks {
            let rows = connection.query_text(
                &format!(
                    "SELECT key_json FROM (SELECT d.key_json, {} FROM {} d JOIN {} b ON {} JOIN {} m ON {} JOIN {} r ON {} \
                     WHERE d.action IN ('update', 'changed on both sides')) merged WHERE NOT coalesce({check}, true) LIMIT 1",
                    columns.join(", "),
                    self.changes,
                    self.base,
                    self.identity.equal("b", "d"),
                    self.main,
                    self.identity.equal("m", "d"),
                    self.branch,
                    self.identity.equal("r", "d"),
                ),
                &[],
            )?;
            if let Some(Some(key)) = rows.into_iter().next().map(|mut row| row.swap_remove(0)) {
                return Ok(Some((check.clone(), key)));
            }
        }
        Ok(None)
    }

    /// The statements for the table of changes, once every conflict has its side.
    pub(crate) fn apply_keyed(&self, connection: &Connection) -> Result<RowPlan> {
        let others = self.other_columns();
        let (main, branch, base, changes) = (self.main, self.branch, self.base, self.changes);
        let inserts =
            "(d.action = 'insert' OR d.side = 'branch' AND d.action = 'changed in the branch, deleted in main')";
        let deletes =
            "(d.action = 'delete' OR d.side = 'branch' AND d.action = 'deleted in the branch, changed in main')";
        let replaces = "(d.side = 'branch' AND d.action = 'inserted on both sides')";
        let updates = "(d.action = 'update' OR d.action = 'changed on both sides')";
        let how_many =
            |condition: &str| count(connection, &format!("SELECT count(*) FROM {changes} d WHERE {condition}"));
        let mut plan = RowPlan {
            counts: Counts {
                inserted: how_many(inserts)?,
                updated: how_many(&format!(
                    "d.action = 'update' OR {replaces} OR d.side = 'branch' AND d.action = 'changed on both sides'"
                ))?,
                deleted: how_many(deletes)?,
            },
            ..RowPlan::default()
        };
        plan.delete.push(format!(
            "DELETE FROM {main} AS m USING {changes} d WHERE {deletes} AND {}",
            self.identity.equal("m", "d")
        ));
        let changed = self.changed_columns(connection, &others, updates)?;
        if !changed.is_empty() {
            let sets: Vec<String> = changed.iter().map(|c| format!("{} = {}", quote(c), merged_cell(c))).collect();
            plan.update.push(format!(
                "UPDATE {main} AS m SET {} FROM {changes} d, {base} b, {branch} r WHERE {updates} AND {} AND {} AND {}",
                sets.join(", "),
                self.identity.equal("m", "d"),
                self.identity.equal("b", "d"),
                self.identity.equal("r", "d"),
            ));
        }
        if !others.is_empty() && how_many(replaces)? > 0 {
            let sets: Vec<String> = others.iter().map(|c| format!("{0} = r.{0}", quote(c))).collect();
            plan.update.push(format!(
                "UPDATE {main} AS m SET {} FROM {changes} d, {branch} r WHERE {replaces} AND {} AND {}",
                sets.join(", "),
                self.identity.equal("m", "d"),
                self.identity.equal("r", "d"),
            ));
        }
        plan.insert.push(format!(
            "INSERT INTO {main} ({0}) SELECT {1} FROM {branch} r JOIN {changes} d ON {2} WHERE {inserts} ORDER BY r.rowid",
            list(self.columns, ""),
            list(self.columns, "r."),
            self.identity.equal("r", "d"),
        ));
        Ok(plan)
    }

    /// Both sides changed the table and rows have no key: multisets. `None` when both removed rows
    /// that are equal, which cannot be told apart.
    pub(crate) fn merge_multisets(&self, connection: &Connection) -> Result<Option<RowPlan>> {
        let columns = list(self.columns, "");
        let (base, main, branch) = (self.base, self.main, self.branch);
        let except = |a: &str, b: &str| format!("SELECT {columns} FROM {a} EXCEPT ALL SELECT {columns} FROM {b}");
        let both = format!("SELECT count(*) FROM (({}) INTERSECT ALL ({}))", except(base, branch), except(base, main));
        if count(connection, &both)? > 0 {
            return Ok(None);
        }
        let counted = |name: &str, rows: &str| {
            connection.execute(&format!(
                "CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns}, count(*) AS _hatidata_n FROM ({rows}) GROUP BY ALL"
            ))
        };
        let (removed, added) = (format!("{}_removed", self.changes), format!("{}_added", self.changes));
        counted(&removed, &except(base, branch))?;
        counted(&added, &except(branch, base))?;
        let total =
            |name: &str| count(connection, &format!("SELECT coalesce(sum(_hatidata_n), 0)::BIGINT FROM {name}"));
        let counts = Counts { inserted: total(&added)?, updated: 0, deleted: total(&removed)? };
        let numbered = |table: &str, order: &str| {
            format!(
                "(SELECT rowid AS _hatidata_row, row_number() OVER (PARTITION BY {columns} ORDER BY rowid {order}) AS _hatidata_i, {columns} FROM {table})"
            )
        };
        Ok(Some(RowPlan {
            delete: vec![format!(
                "DELETE FROM {main} WHERE rowid IN (SELECT m._hatidata_row FROM {} m JOIN {removed} d ON {} WHERE m._hatidata_i <= d._hatidata_n)",
                numbered(main, ""),
                same(self.columns, "m", "d"),
            )],
            update: Vec::new(),
            insert: vec![format!(
                "INSERT INTO {main} ({columns}) SELECT {} FROM {} r JOIN {added} d ON {} WHERE r._hatidata_i <= d._hatidata_n ORDER BY r._hatidata_row",
                list(self.columns, "r."),
                numbered(branch, "DESC"),
                same(self.columns, "r", "d"),
            )],
            counts,
        }))
    }
}
