//! Who asks: the identity that a session carries.
//!
//! In local mode it is a claim that nobody checks, and it is recorded as such. Keys, roles and
//! registration come with governance and fill this module.

use serde::Serialize;

/// Who asks, by its own word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The agent; empty for a person with psql.
    pub agent_id: String,
    /// The framework that the agent runs in.
    pub framework: String,
    /// `low`, `normal`, `high` or `critical`.
    pub priority: String,
    /// The user name of the connection.
    pub user: String,
    /// The database name of the connection; any name means the one database.
    pub database: String,
    /// The door it came through: `pg`, `cli`, `local`.
    pub door: &'static str,
}

impl Identity {
    /// Reads an identity from settings given at connection time.
    ///
    /// `hatidata_agent_id`, `hatidata_framework` and `hatidata_priority` win, with or without a dot
    /// after `hatidata`; else `application_name` is read as `agent/framework`.
    pub fn from_settings<'a>(user: &str, door: &'static str, get: impl Fn(&str) -> Option<&'a str>) -> Identity {
        let own = |name: &str| get(&format!("hatidata_{name}")).or_else(|| get(&format!("hatidata.{name}")));
        let application = get("application_name").unwrap_or_default();
        let (agent, framework) = application.split_once('/').unwrap_or((application, ""));
        Identity {
            agent_id: own("agent_id").unwrap_or(agent).to_owned(),
            framework: own("framework").unwrap_or(framework).to_owned(),
            priority: own("priority").unwrap_or("normal").to_owned(),
            user: user.to_owned(),
            database: "hatidata".to_owned(),
            door,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_win_over_the_application_name() {
        let read = |settings: &[(&'static str, &'static str)]| {
            let settings = settings.to_vec();
            Identity::from_settings("u", "pg", move |name| settings.iter().find(|s| s.0 == name).map(|s| s.1))
        };
        let identity = read(&[("application_name", "my-agent/custom")]);
        assert_eq!((identity.agent_id.as_str(), identity.framework.as_str()), ("my-agent", "custom"));
        let identity = read(&[("application_name", "a/b"), ("hatidata.agent_id", "x"), ("hatidata_framework", "y")]);
        assert_eq!((identity.agent_id.as_str(), identity.framework.as_str()), ("x", "y"));
    }
}
