use serde::Serialize;
use worker::Response;

use super::reply;
use super::visit::Visit;
use crate::account::call::Refusal;

/// `GET /api/environment`, public: whether this is the offline world, and which model answers.
pub fn environment(visit: &Visit) -> Result<Response, Refusal> {
    let settings = &visit.settings;
    reply::json(&Environment { offline: settings.offline, model: &settings.model.model })
}

#[derive(Serialize)]
struct Environment<'a> {
    offline: bool,
    model: &'a str,
}
