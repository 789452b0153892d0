use serde_json::json;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::objects::Refusal;

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
