//! stub
use super::registry::Registry;
use crate::answer::Answer;
use crate::error::{Error, ErrorKind, Result};
pub(crate) fn conflicts(_: &Registry, _: &str) -> Result<Answer> { Err(Error::new(ErrorKind::Unsupported, "soon")) }
pub(crate) fn resolve_conflict(_: &Registry, _: &str, _: &str, _: &str, _: &str) -> Result<Answer> { Err(Error::new(ErrorKind::Unsupported, "soon")) }
