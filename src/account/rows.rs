//! Statements of the account. A failure becomes a refusal here once, instead of wherever a statement is run.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::core::{Core, Ports};
use crate::objects::Refusal;
use crate::platform::ports::Bind;

impl<P: Ports> Core<P> {
    /// Runs a statement that answers nothing.
    pub fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), Refusal> {
        Ok(self.ports.exec(query, binds)?)
    }

    /// The rows of a query, by column name.
    pub fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, Refusal> {
        Ok(self.ports.rows(query, binds)?)
    }

    /// The first row, if there is one.
    pub fn row<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<T>, Refusal> {
        Ok(self.rows(query, binds)?.into_iter().next())
    }

    /// What a query with the one column `value` finds: texts.
    pub fn texts(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<String>, Refusal> {
        Ok(self.ports.texts(query, binds)?)
    }

    /// The first of the [`texts`](Self::texts), if there is one.
    pub fn text(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<String>, Refusal> {
        Ok(self.ports.text(query, binds)?)
    }

    /// The number in the first row of a query with the one column `value`, if there is a row.
    pub fn number(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<u64>, Refusal> {
        Ok(self.ports.number(query, binds)?)
    }

    /// The numbers `first` and `second` in the first row of a query; zeros without one.
    pub fn pair(&self, query: &str, binds: &[Bind<'_>]) -> Result<(u64, u64), Refusal> {
        #[derive(Deserialize)]
        struct Row {
            first: u64,
            second: u64,
        }
        Ok(self.row::<Row>(query, binds)?.map_or((0, 0), |row| (row.first, row.second)))
    }

    /// True if a query, written as `SELECT 1 AS value …`, finds anything.
    pub fn exists(&self, query: &str, binds: &[Bind<'_>]) -> Result<bool, Refusal> {
        Ok(self.ports.exists(query, binds)?)
    }
}
