//! stub
use super::registry::Registry;
use crate::answer::Answer;
use crate::error::{Error, ErrorKind, Result};
pub(crate) fn diff(_: &Registry, _: &str) -> Result<Answer> { Err(Error::new(ErrorKind::Unsupported, "soon")) }
pub(crate) fn diff_rows(_: &Registry, _: &str, _: &str) -> Result<Answer> { Err(Error::new(ErrorKind::Unsupported, "soon")) }
