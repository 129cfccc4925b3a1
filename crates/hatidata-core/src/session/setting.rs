//! A session's settings: what `SET`, `RESET`, `SHOW` and their kin do.

use super::Session;
use crate::error::{Error, ErrorKind, Result};

impl Session {
    pub(super) fn apply_timezone(&mut self) -> Result<()> {
        let zone = self.settings.get("timezone").unwrap_or("UTC").to_owned();
        self.connection.execute(&format!("SET TimeZone = {}", hatidata_sql::literal(&zone))).map_err(|e| {
            Error::new(ErrorKind::InvalidInput, format!("invalid value for parameter \"TimeZone\": \"{zone}\"")).hint(
                if e.message.contains("icu") {
                    "time zones need the ICU extension"
                } else {
                    "use a name such as Europe/Berlin or UTC"
                },
            )
        })?;
        Ok(())
    }

    pub(crate) fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<()> {
        let initial = self.settings.initial(name).map(str::to_owned);
        let value = match value {
            // `SET TIME ZONE LOCAL` is the zone that the connection began with.
            Some(value) if name == "timezone" && value.eq_ignore_ascii_case("local") => initial,
            None if local => initial,
            value => value.map(str::to_owned),
        };
        let Some(value) = value.as_deref() else { return self.reset(name) };
        if name == "hatidata_branch" {
            return self.switch_branch(value);
        }
        let value = self.settings.checked(name, value)?;
        self.keep_settings();
        let before = self.settings.get(name).map(str::to_owned);
        self.settings.set(name, value);
        if name == "timezone"
            && let Err(error) = self.apply_timezone()
        {
            self.settings.set(name, before.unwrap_or_default());
            return Err(error);
        }
        if !local {
            // It outlives what SET LOCAL has set before it.
            self.local.retain(|(other, _)| other != name);
        } else {
            if self.in_transaction() {
                self.local.push((name.to_owned(), before));
            } else {
                self.settings.set(name, before.unwrap_or_default());
                self.notice("WARNING", "25P01", "SET LOCAL can only be used in transaction blocks");
            }
        }
        Ok(())
    }

    pub(crate) fn reset(&mut self, name: &str) -> Result<()> {
        if name == "hatidata_branch" {
            return self.return_home();
        }
        self.keep_settings();
        self.settings.reset(name)?;
        if name == "timezone" { self.apply_timezone() } else { Ok(()) }
    }

    pub(crate) fn reset_all(&mut self) -> Result<()> {
        self.keep_settings();
        self.settings.reset_all();
        self.apply_timezone()?;
        self.return_home()
    }

    fn return_home(&mut self) -> Result<()> {
        if self.branch == self.home {
            return Ok(());
        }
        self.switch_branch("")?;
        // A home that has ended meanwhile says so when it is used.
        self.branch = self.home.clone();
        Ok(())
    }

    pub(crate) fn show(&self, name: &str) -> Result<String> {
        match name {
            "hatidata_branch" => Ok(self.branch_name()),
            name => self.settings.show(name).map(str::to_owned),
        }
    }

    pub(crate) fn show_all(&self) -> Vec<Vec<Option<String>>> {
        self.settings
            .all()
            .map(|(name, value)| vec![Some(name.to_owned()), Some(value.to_owned()), Some(String::new())])
            .collect()
    }

    pub(crate) fn settings_query(&self) -> String {
        self.settings.query()
    }

    /// Drops the session's temporary tables and views.
    pub(crate) fn drop_temporary(&mut self) -> Result<()> {
        for name in std::mem::take(&mut self.temporary) {
            let name = hatidata_sql::quote(&name);
            // The list does not say which of them are views.
            if self.connection.execute(&format!("DROP TABLE temp.main.{name}")).is_err() {
                self.connection.execute(&format!("DROP VIEW temp.main.{name}"))?;
            }
        }
        Ok(())
    }

    /// Forgets prepared statements of the engine, on request or because settings that plans depend on change.
    pub(crate) fn forget_plans(&mut self) {
        self.prepared.clear();
    }
}
