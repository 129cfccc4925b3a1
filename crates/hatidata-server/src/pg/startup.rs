//! From the first packet to a session.

use hatidata_core::{Error, ErrorKind, Identity, Platform, Session};
use std::sync::Arc;

/// Settings of the start-up packet that are not settings of the session.
const RESERVED: [&str; 5] = ["user", "database", "options", "replication", "hatidata_branch"];

/// Opens the session that a start-up packet asks for.
pub(super) fn open(platform: &Arc<Platform>, packet: &[(String, String)]) -> Result<Session, Error> {
    let find = |name: &str| packet.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let user = find("user").filter(|user| !user.is_empty()).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "no user name was given in the startup packet")
            .state("28000")
            .hint("give any user name; in local mode it is not checked")
    })?;
    let mut settings = options(find("options").unwrap_or_default());
    settings.extend(
        packet.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str()) && !name.starts_with("_pq_.")).cloned(),
    );
    let branch = find("database").and_then(|database| database.split_once('/')).map(|(_, branch)| branch);
    if let Some(branch) = branch.or_else(|| find("hatidata_branch")).filter(|branch| !branch.is_empty()) {
        settings.push(("hatidata_branch".into(), branch.into()));
    }
    let database = find("database").unwrap_or(user).split('/').next().unwrap_or("hatidata").to_owned();
    let mut identity = Identity::from_settings(user, "pg", |name| {
        settings.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    });
    identity.database = database;
    platform.connect(identity, &settings)
}

/// Reads libpq's `options`: `-c name=value`, `--name=value`, a backslash before a space or itself.
fn options(text: &str) -> Vec<(String, String)> {
    let mut words = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let word = words.len() - 1;
        match c {
            '\\' => words[word].extend(chars.next()),
            c if c.is_whitespace() => words.push(String::new()),
            c => words[word].push(c),
        }
    }
    let mut settings = Vec::new();
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let pair = match word.strip_prefix("--") {
            Some(long) => Some(long.to_owned()),
            None if word == "-c" => words.next(),
            None => word.strip_prefix("-c").map(str::to_owned),
        };
        if let Some((name, value)) = pair.as_deref().and_then(|pair| pair.split_once('=')) {
            settings.push((name.replace('-', "_"), value.to_owned()));
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_libpq_writes_them() {
        let expected =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        assert_eq!(
            options("-c hatidata_agent_id=a\\ b -chatidata.framework=x --statement-timeout=5"),
            expected(&[("hatidata_agent_id", "a b"), ("hatidata.framework", "x"), ("statement_timeout", "5")])
        );
        assert_eq!(options(""), []);
    }
}
