//! Settings of a session: what `SET`, `RESET` and `SHOW` know.

use std::collections::BTreeMap;

use hatidata_sql::{Dialect, literal};

use crate::error::{Error, ErrorKind, Result};
use crate::zone::{Given, read_zone};

/// Settings that clients of Postgres expect, with our values. The flag says whether `SET` may change it.
const KNOWN: &[(&str, &str, bool)] = &[
    ("allow_system_table_mods", "off", true),
    ("application_name", "", true),
    ("array_nulls", "on", true),
    ("backslash_quote", "safe_encoding", true),
    ("bytea_output", "hex", true),
    ("check_function_bodies", "on", true),
    ("client_encoding", "UTF8", true),
    ("client_min_messages", "notice", true),
    ("datestyle", "ISO, MDY", true),
    ("default_tablespace", "", true),
    ("default_table_access_method", "heap", true),
    ("default_transaction_isolation", "repeatable read", true),
    ("default_transaction_read_only", "off", true),
    ("extra_float_digits", "1", true),
    ("force_parallel_mode", "off", true),
    ("geqo", "on", true),
    ("hatidata_agent_id", "", true),
    ("hatidata_branch", "", true),
    ("hatidata_dialect", "auto", true),
    ("hatidata_framework", "", true),
    ("hatidata_priority", "normal", true),
    ("idle_in_transaction_session_timeout", "0", true),
    ("in_hot_standby", "off", false),
    ("integer_datetimes", "on", false),
    ("intervalstyle", "postgres", true),
    ("is_superuser", "on", false),
    ("jit", "off", true),
    ("lc_collate", "C.UTF-8", false),
    ("lc_messages", "C.UTF-8", true),
    ("lc_monetary", "C.UTF-8", true),
    ("lc_numeric", "C.UTF-8", true),
    ("lc_time", "C.UTF-8", true),
    ("lock_timeout", "0", true),
    ("max_identifier_length", "128", false),
    ("max_index_keys", "32", false),
    ("quote_all_identifiers", "off", true),
    ("row_security", "on", true),
    ("search_path", "main", true),
    ("server_encoding", "UTF8", false),
    ("server_version", "15.0", false),
    ("server_version_num", "150000", false),
    ("session_authorization", "", false),
    ("standard_conforming_strings", "on", true),
    ("statement_timeout", "0", true),
    ("synchronous_commit", "on", true),
    ("synchronize_seqscans", "on", true),
    ("timezone", "UTC", true),
    ("transaction_deferrable", "off", true),
    ("transaction_isolation", "repeatable read", true),
    ("transaction_read_only", "off", true),
    ("work_mem", "4MB", true),
    ("xmloption", "content", true),
];

/// The settings of one session.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    values: BTreeMap<String, String>,
    /// What `RESET` returns to: the defaults with the values of the connection's start.
    initial: BTreeMap<String, String>,
}

/// Names without a dot that belong to HatiData.
fn is_own(name: &str) -> bool {
    name.starts_with("hatidata_")
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("unrecognized configuration parameter \"{name}\""))
        .hint("SHOW ALL lists the settings; settings of the database itself belong into config.toml")
}

impl Settings {
    /// Settings with the values given at connection time; unknown ones are refused.
    pub(crate) fn new(given: &[(String, String)]) -> Result<Settings> {
        let defaults: BTreeMap<String, String> =
            KNOWN.iter().map(|(name, value, _)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut settings = Settings { values: defaults.clone(), initial: defaults };
        for (name, value) in given {
            let name = name.to_ascii_lowercase();
            let value = settings.checked(&name, value)?;
            settings.values.insert(name, value);
        }
        settings.initial = settings.values.clone();
        Ok(settings)
    }

    /// The value that setting `name` to `value` gives, or why it cannot be set.
    pub(crate) fn checked(&self, name: &str, value: &str) -> Result<String> {
        let known = KNOWN.iter().find(|row| row.0 == name);
        match known {
            Some((_, fixed, false)) if value != *fixed => {
                return Err(Error::new(ErrorKind::State, format!("parameter \"{name}\" cannot be changed"))
                    .state("55P02")
                    .hint(format!("its value is {fixed}")));
            }
            None if !name.contains('.') && !is_own(name) => return Err(unknown(name)),
            _ => {}
        }
        let invalid = |hint: &str| {
            Error::new(ErrorKind::InvalidInput, format!("invalid value for parameter \"{name}\": \"{value}\""))
                .hint(hint)
        };
        match name {
            "hatidata_dialect" => match value.to_ascii_lowercase().as_str() {
                "" | "auto" => Ok("auto".into()),
                "postgresql" => Ok("postgres".into()),
                name if Dialect::named(name).is_some() => Ok(name.into()),
                _ => Err(invalid("choose auto, duckdb, snowflake or postgres")),
            },
            "client_encoding" => {
                let plain = value.trim_matches('\'').to_ascii_lowercase().replace(['-', '_'], "");
                match plain.as_str() {
                    "utf8" | "unicode" => Ok("UTF8".into()),
                    _ => Err(invalid("the only encoding is UTF8")),
                }
            }
            "datestyle" if !value.to_ascii_lowercase().starts_with("iso") => Err(invalid("the only style is ISO")),
            "datestyle" => Ok("ISO, MDY".into()),
            "timezone" => match read_zone(value) {
                Given::Name => Ok(value.to_owned()),
                Given::Offset(name) => Ok(name),
                Given::Partial => Err(invalid("an offset has whole hours here; give the name of a zone: Asia/Kolkata")),
            },
            "intervalstyle" if value != "postgres" => Err(invalid("the only style is postgres")),
            "standard_conforming_strings" if !matches!(value, "on" | "true" | "1") => {
                Err(invalid("it is always on; write E'…' for escapes"))
            }
            "statement_timeout" | "lock_timeout" | "idle_in_transaction_session_timeout" => milliseconds(value)
                .map(|ms| ms.to_string())
                .ok_or_else(|| invalid("give milliseconds, or a number with ms, s or min")),
            "search_path" => {
                let known = |part: &str| {
                    matches!(part.trim().trim_matches(['"', '\'']), "main" | "public" | "$user" | "pg_catalog" | "")
                };
                if value.split(',').all(known) {
                    Ok(value.to_owned())
                } else {
                    Err(Error::new(ErrorKind::Unsupported, format!("search_path cannot be \"{value}\": unqualified names mean the schema main"))
                        .hint("qualify the table's name; for a branch connect to dbname/branch or SET hatidata_branch = 'name'"))
                }
            }
            _ => Ok(value.to_owned()),
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_owned(), value);
    }

    /// The value of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of `name`, or an error that says there is none.
    pub(crate) fn show(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| unknown(name))
    }

    /// What `RESET` returns `name` to.
    pub(crate) fn initial(&self, name: &str) -> Option<&str> {
        self.initial.get(name).map(String::as_str)
    }

    pub(crate) fn reset(&mut self, name: &str) -> Result<()> {
        match self.initial.get(name) {
            Some(value) => {
                self.values.insert(name.to_owned(), value.clone());
            }
            None if is_own(name) || name.contains('.') => {
                self.values.remove(name);
            }
            None => return Err(unknown(name)),
        }
        Ok(())
    }

    pub(crate) fn reset_all(&mut self) {
        self.values = self.initial.clone();
    }

    /// Every setting with its value, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The rows of `pg_settings`, as a query.
    pub(crate) fn query(&self) -> String {
        let rows: Vec<String> = self
            .values
            .iter()
            .map(|(name, value)| {
                let fixed = KNOWN.iter().any(|(known, _, changeable)| known == name && !changeable);
                let kind = match value.as_str() {
                    "on" | "off" => "bool",
                    number if number.parse::<i64>().is_ok() => "integer",
                    _ => "string",
                };
                let reset = self.initial.get(name);
                let cells = [
                    name.as_str(),
                    value,
                    if fixed { "internal" } else { "user" },
                    kind,
                    if reset == Some(value) { "default" } else { "session" },
                    reset.map_or("", String::as_str),
                ];
                format!("({})", cells.map(literal).join(", "))
            })
            .collect();
        format!(
            "SELECT name, setting, NULL::VARCHAR AS unit, 'Settings' AS category, NULL::VARCHAR AS short_desc, NULL::VARCHAR AS extra_desc, \
             context, vartype, source, NULL::VARCHAR AS min_val, NULL::VARCHAR AS max_val, NULL::VARCHAR[] AS enumvals, \
             reset_val AS boot_val, reset_val, NULL::VARCHAR AS sourcefile, NULL::INTEGER AS sourceline, false AS pending_restart \
             FROM (VALUES {}) AS settings(name, setting, context, vartype, source, reset_val)",
            rows.join(", ")
        )
    }

    /// A timeout setting in milliseconds; 0 means none.
    pub(crate) fn timeout_ms(&self, name: &str) -> u64 {
        self.get(name).and_then(milliseconds).unwrap_or(0)
    }
}

fn milliseconds(value: &str) -> Option<u64> {
    let value = value.trim().trim_matches('\'').trim();
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let number: f64 = value[..digits].parse().ok()?;
    let factor = match value[digits..].trim() {
        "" | "ms" => 1.0,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        _ => return None,
    };
    Some((number * factor).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reset_returns_to_the_values_of_the_start() {
        let mut settings = Settings::new(&[("hatidata_agent_id".into(), "a".into())]).unwrap();
        settings.set("hatidata_agent_id", "b".into());
        settings.set("hatidata_request_id", "r".into());
        settings.reset_all();
        assert_eq!((settings.get("hatidata_agent_id"), settings.get("hatidata_request_id")), (Some("a"), None));
    }

    #[test]
    fn values_are_checked() {
        let settings = Settings::new(&[("client_encoding".into(), "'utf-8'".into())]).unwrap();
        assert_eq!(settings.get("client_encoding"), Some("UTF8"));
        assert_eq!(settings.checked("statement_timeout", "2s").unwrap(), "2000");
        assert_eq!(settings.checked("statement_timeout", "0.3s").unwrap(), "300");
        for (name, value) in [
            ("nosuch", "1"),
            ("client_encoding", "latin1"),
            ("search_path", "secret"),
            ("statement_timeout", "x"),
            ("server_version", "9"),
        ] {
            assert!(settings.checked(name, value).is_err(), "{name}");
        }
        assert!(settings.checked("hatidata.environment", "prod").is_ok());
    }
}
