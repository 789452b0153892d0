//! What account logic needs from the outside: small traits, implemented on the platform and by in-memory fakes in tests.

use deputy_http::{Request, Response, TransportError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::random::NoRandomness;

/// A value bound to a `?` of a statement. Times and counts are integers, truth values 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bind<'a> {
    /// TEXT
    Text(&'a str),
    /// INTEGER; below 2^53 because it passes through JavaScript.
    Integer(u64),
    /// NULL
    Null,
}

impl<'a> From<&'a str> for Bind<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Bind<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Bind<'_> {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl<'a, T: Into<Bind<'a>>> From<Option<T>> for Bind<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A statement failed. The message is SQLite's and may name tables and columns, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("storage: {0}")]
pub struct SqlError(pub String);

/// SQLite of an object. What is written in one synchronous turn is committed together.
pub trait Sql {
    /// Runs one statement and reads its rows by column name.
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError>;

    /// Runs statements that answer nothing.
    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError>;

    /// The first row, if there is one.
    fn row<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<T>, SqlError> {
        Ok(self.rows(query, binds)?.into_iter().next())
    }

    /// What a query with the one column `value` finds: texts.
    fn texts(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<String>, SqlError> {
        #[derive(Deserialize)]
        struct Row {
            value: String,
        }
        Ok(self.rows::<Row>(query, binds)?.into_iter().map(|row| row.value).collect())
    }

    /// The first of the [`texts`](Self::texts), if there is one.
    fn text(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<String>, SqlError> {
        Ok(self.texts(query, binds)?.into_iter().next())
    }

    /// The number in the first row of a query with the one column `value`, if there is a row.
    fn number(&self, query: &str, binds: &[Bind<'_>]) -> Result<Option<u64>, SqlError> {
        #[derive(Deserialize)]
        struct Row {
            value: u64,
        }
        Ok(self.row::<Row>(query, binds)?.map(|row| row.value))
    }

    /// True if a query, written as `SELECT 1 AS value …`, finds anything.
    fn exists(&self, query: &str, binds: &[Bind<'_>]) -> Result<bool, SqlError> {
        Ok(self.number(query, binds)?.is_some())
    }
}

/// Time.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Clock {
    /// Milliseconds since the epoch.
    fn now(&self) -> u64;

    /// Waits that many milliseconds.
    async fn sleep(&self, ms: u64);
}

/// Randomness.
pub trait Random {
    /// Fresh random bytes.
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness>;
}

/// HTTP to other parties.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait Network {
    /// Sends one request and reads the whole answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Workers KV: values that may be lost or late. Failures look like a miss.
#[allow(async_fn_in_trait, reason = "workers have one thread; nothing here is Send")]
pub trait KeyValue {
    /// The value, if it is there.
    async fn get(&self, key: &str) -> Option<String>;

    /// Stores a value for `ttl_seconds` (at least 60), without waiting for it.
    fn put_later(&self, key: String, value: String, ttl_seconds: u64);
}
