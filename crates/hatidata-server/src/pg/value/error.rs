//! What goes wrong between a value and its wire form.

use std::borrow::Cow;

/// A value that Postgres' format cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodeError {
    /// The error's SQLSTATE.
    pub(crate) sqlstate: &'static str,
    /// What is wrong.
    pub(crate) message: Cow<'static, str>,
    /// What the user can do about it.
    pub(crate) hint: Option<&'static str>,
}

impl EncodeError {
    pub(crate) fn new(sqlstate: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { sqlstate, message: message.into(), hint: None }
    }
}

/// A parameter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecodeError {
    /// The error's SQLSTATE.
    pub(crate) sqlstate: &'static str,
    /// What is wrong, naming the parameter.
    pub(crate) message: String,
}

impl DecodeError {
    pub(crate) fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { sqlstate, message: message.into() }
    }
}
