//! Calls of programs that had to wait, until somebody is told how they ended. A program that lost its call, or whose protocol has it
//! ask anew, finds it by what it asked for.

use std::rc::Rc;

use deputy_agent::Digest;
use serde::Deserialize;

use super::ports::Platform;
use crate::platform::ports::SqlError;

/// What was asked for and not collected is forgotten after this time, milliseconds: a week.
const KEPT_MS: u64 = 604_800_000;

/// The table.
pub struct Uncollected<P>(Rc<P>);

impl<P: Platform> Uncollected<P> {
    /// The table in this database, which is up to date.
    pub fn new(platform: Rc<P>) -> Self {
        Self(platform)
    }

    /// A call waits, and whoever made it has been told so.
    pub fn keep(&self, digest: &Digest, call: &str) -> Result<(), SqlError> {
        let now = self.0.now();
        self.0.exec("DELETE FROM uncollected WHERE at < ?", &[now.saturating_sub(KEPT_MS).into()])?;
        self.0.exec(
            "INSERT OR REPLACE INTO uncollected (digest, call, at) VALUES (?, ?, ?)",
            &[digest.as_str().into(), call.into(), now.into()],
        )
    }

    /// The call, if whoever made it was told after `since` (milliseconds) that it waits.
    pub fn find(&self, digest: &Digest, since: u64) -> Result<Option<String>, SqlError> {
        #[derive(Deserialize)]
        struct Row {
            call: String,
        }
        let query = "SELECT call FROM uncollected WHERE digest = ? AND at >= ?";
        let row = self.0.row::<Row>(query, &[digest.as_str().into(), since.into()])?;
        Ok(row.map(|row| row.call))
    }

    /// Whoever made the call has been told how it ended.
    pub fn collected(&self, call: &str) -> Result<(), SqlError> {
        self.0.exec("DELETE FROM uncollected WHERE call = ?", &[call.into()])
    }

    /// The chat was erased.
    pub fn erase(&self) -> Result<(), SqlError> {
        self.0.exec("DELETE FROM uncollected", &[])
    }
}
