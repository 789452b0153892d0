use serde_json::json;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::objects::Refusal;

/// `GET /api/identity`: who the caller is, as the agent is told of a bearer (UA-17). For developers who wonder what their token says:
/// the token itself is not in it.
pub async fn verified(visit: &mut Visit) -> Result<Response, Refusal> {
    reply::json(&identity::caller(visit, None).await?.identity())
}

/// `GET /user`: the ID-token claims of the session. Anonymous visitors get exactly what the starter's front end expects.
pub async fn user(visit: &mut Visit) -> Result<Response, Refusal> {
    match identity::session(visit, None).await? {
        Some(caller) => reply::json(&caller.claims),
        None => {
            Ok(reply::json(&json!({ "error": "User not authenticated", "code": "unauthenticated", "id": visit.id }))?
                .with_status(401))
        }
    }
}
