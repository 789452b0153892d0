//! Answers that are no refusals.

use std::sync::Arc;

use deputy_http::{ReadResponse as _, Response, json, response};
use serde::Serialize;

use super::refusal::{MODEL_HEADER, Refusal};
use super::rules::{Pattern, unless_empty};
use super::storage::Stores;
use crate::error::FgaError;
use crate::system::TypeSystem;

pub(super) fn ok(body: &impl Serialize) -> Response {
    of_status(200, body)
}

pub(super) fn of_status(status: u16, body: &impl Serialize) -> Response {
    response(status, json::write(body)).with_header("content-type", "application/json")
}

pub(super) fn no_content() -> Response {
    response(204, Vec::new())
}

/// Lets the model answer, the newest where `id` is empty. The answer names it, a refusal too. `message` is the request's name.
pub(super) fn by_model<S: Stores>(
    stores: &mut S,
    store: &str,
    message: &'static str,
    id: &str,
    answer: impl FnOnce(&mut S, &TypeSystem) -> Result<Response, Refusal>,
) -> Result<Response, Refusal> {
    unless_empty(message, "AuthorizationModelId", Pattern::Id, id)?;
    let system = model(stores, store, id)?;
    let id = &system.model().id;
    match answer(stores, &system) {
        Ok(answered) => Ok(answered.with_header(MODEL_HEADER, id)),
        Err(refusal) => Err(refusal.of_model(id)),
    }
}

fn model<S: Stores>(stores: &S, store: &str, id: &str) -> Result<Arc<TypeSystem>, Refusal> {
    let wanted = (!id.is_empty()).then_some(id);
    let missing = || match wanted {
        Some(id) => FgaError::ModelNotFound(id.to_owned()),
        None => FgaError::NoModel(store.to_owned()),
    };
    Ok(stores.model(store, wanted)?.ok_or_else(missing)?)
}
