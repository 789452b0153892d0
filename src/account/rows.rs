//! Statements of the account. A failure becomes a refusal here once, instead of wherever a statement is run.

use super::call::Refusal;
use super::core::{Core, Host};
use crate::platform::ports::Bind;
use serde::Deserialize;
use serde::de::DeserializeOwned;

impl<H: Host> Core<H> {
    /// Runs a statement that answers nothing.
    #[inline(never)]
    pub(super) fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), Refusal> {
        Ok(self.host.exec(query, binds)?)
    }

    /// The rows of a query, by column name.
    pub(super) fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, Refusal> {
        Ok(self.host.rows(query, binds)?)
    }

    /// The first row, if there is one.
    pub(super) fn row<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<T>, Refusal> {
        Ok(self.rows(query, binds)?.into_iter().next())
    }

    /// What a query with the one column `value` finds: texts.
    #[inline(never)]
    pub(super) fn texts(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<String>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            value: String,
        }
        Ok(self.rows::<Row>(query, binds)?.into_iter().map(|row| row.value).collect())
    }

    /// The first of the [`texts`](Self::texts), if there is one.
    pub(super) fn text(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<String>, Refusal> {
        Ok(self.texts(query, binds)?.into_iter().next())
    }

    /// The number in the first row of a query with the one column `value`, if there is a row.
    #[inline(never)]
    pub(super) fn number(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<u64>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            value: u64,
        }
        Ok(self.row::<Row>(query, binds)?.map(|row| row.value))
    }

    /// The numbers `first` and `second` in the first row of a query; zeros without one.
    pub(super) fn pair(&self, query: &str, binds: &[Bind<'_>]) -> Result<(u64, u64), Refusal> {
        #[derive(Deserialize)]
        struct Row {
            first: u64,
            second: u64,
        }
        Ok(self.row::<Row>(query, binds)?.map_or((0, 0), |row| (row.first, row.second)))
    }

    /// True if a query, written as `SELECT 1 AS value …`, finds anything.
    pub(super) fn exists(&self, query: &str, binds: &[Bind<'_>]) -> Result<bool, Refusal> {
        Ok(self.number(query, binds)?.is_some())
    }
}
