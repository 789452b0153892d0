use axum::http::{HeaderMap, header};

use super::error::ModelError;

/// Any bearer key will do.
///
/// # Errors
/// [`ModelError::NoKey`] without one.
pub fn check_key(headers: &HeaderMap) -> Result<(), ModelError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, key) = value.split_once(' ').unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty() { Ok(()) } else { Err(ModelError::NoKey) }
}
