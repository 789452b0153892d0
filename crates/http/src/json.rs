//! JSON by serde: the same few lines everywhere, and errors that may be logged.

mod error;
mod place;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use error::{JsonError, JsonProblem};
use place::Place;

/// Reads a value.
///
/// Errors: no JSON, or not the JSON that the type has. The error names the place and never shows what was there.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    // Out of a str and not out of bytes, as everything else is read: each way of reading is compiled for each type.
    let text = std::str::from_utf8(text).map_err(|_| JsonError::NOT_JSON)?;
    // Whether it is JSON at all is asked of a type that takes all of it.
    serde_json::from_str(text)
        .map_err(|_| serde_json::from_str(text).map_or(JsonError::NOT_JSON, |value| find::<T>(&value)))
}

/// Reads a value out of a JSON value.
///
/// Errors: as of [`read`].
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T, JsonError> {
    T::deserialize(Place(value))
}

/// Writes a value. One that JSON does not have (a map whose names are no strings; none of ours is one) gives an empty text, which
/// nobody reads back.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Where and how the value is not what the type wants.
fn find<T: DeserializeOwned>(value: &Value) -> JsonError {
    T::deserialize(Place(value)).err().unwrap_or(JsonError::ANOTHER)
}
