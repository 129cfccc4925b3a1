//! stub
use super::registry::{Patience, Registry, TransactionId};
use crate::answer::Answer;
use crate::error::{Error, ErrorKind, Result};
#[derive(Clone, Copy)]
pub(crate) enum Strategy { BranchWins }
impl Strategy { pub(crate) fn parse(_: Option<&str>) -> Result<Strategy> { Ok(Strategy::BranchWins) } }
pub(crate) struct Merge { pub(crate) branch: String, pub(crate) strategy: Strategy, pub(crate) dry_run: bool }
pub(crate) fn merge(_: &Registry, _: TransactionId, _: &Merge, _: &Patience<'_>) -> Result<Answer> { Err(Error::new(ErrorKind::Unsupported, "soon")) }
