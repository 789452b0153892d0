//! SQLite of an object.

use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use worker::SqlStorage;

use super::bindings::{RawSql, RawStorage};
use super::ports::{Bind, Sql, SqlError};

/// SQLite of this object, with every JavaScript exception caught.
///
/// `SqlCursor::one`, `next` and `to_array` of `worker` let errors of a row step escape past Rust, which hangs the call; they
/// are not used anywhere.
#[derive(Clone)]
pub struct Database(SqlStorage);

impl Database {
    /// The database of an object.
    pub fn of(state: &worker::State) -> Self {
        Self(state.storage().sql())
    }

    /// Runs `work` in one transaction: what it writes stays if it succeeds, and none of it if it fails.
    /// `storage_failed` makes the caller's error of the storage's own.
    pub fn transaction<E>(
        &self,
        state: &worker::State,
        storage_failed: impl Fn(SqlError) -> E,
        work: impl Fn() -> Result<(), E>,
    ) -> Result<(), E> {
        let storage = state.storage();
        let raw: &RawStorage = AsRef::<JsValue>::as_ref(storage.as_raw()).unchecked_ref();
        // After a panic inside, the transaction is rolled back and the object's memory is not used again by this call.
        let work = AssertUnwindSafe(work);
        let failed = AssertUnwindSafe(RefCell::new(None));
        let done = raw.transaction_sync(&mut || match (*work)() {
            Ok(()) => Ok(JsValue::UNDEFINED),
            Err(problem) => {
                failed.replace(Some(problem));
                Err(JsValue::from_str("rolled back"))
            }
        });
        match (failed.0.into_inner(), done) {
            (Some(problem), _) => Err(problem),
            (None, Err(thrown)) => Err(storage_failed(error(thrown))),
            (None, Ok(_)) => Ok(()),
        }
    }

    fn run(&self, query: &str, binds: &[Bind<'_>]) -> Result<Array, SqlError> {
        let raw: &RawSql = AsRef::<JsValue>::as_ref(&self.0).unchecked_ref();
        let cursor = raw.exec(query, binds.iter().map(value).collect()).map_err(error)?;
        cursor.to_array().map_err(error)
    }

    /// As text all rows cross from JavaScript at once.
    fn rows_as_json(&self, query: &str, binds: &[Bind<'_>]) -> Result<String, SqlError> {
        let rows = self.run(query, binds)?;
        js_sys::JSON::stringify(&rows).map(String::from).map_err(error)
    }
}

impl Sql for Database {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        deputy_http::json::read(self.rows_as_json(query, binds)?.as_bytes()).map_err(|e| SqlError(e.to_string()))
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        self.run(query, binds).map(|_| ())
    }
}

fn value(bind: &Bind<'_>) -> JsValue {
    match bind {
        Bind::Text(text) => JsValue::from_str(text),
        Bind::Integer(number) => JsValue::from_f64(*number as f64),
        Bind::Null => JsValue::NULL,
    }
}

fn error(thrown: JsValue) -> SqlError {
    let message = thrown.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    SqlError(message.or_else(|| thrown.as_string()).unwrap_or_else(|| "unknown error".to_owned()))
}
