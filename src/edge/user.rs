use serde_json::json;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::call::Refusal;
use crate::platform::answer::Answer;

/// `GET /user`: the ID-token claims of the session. Anonymous visitors get exactly what the starter's front end expects.
pub async fn user(visit: &mut Visit) -> Result<Answer, Refusal> {
    match identity::session(visit, None).await? {
        Some(caller) => Ok(reply::json(&caller.claims)),
        None => {
            let body = json!({ "error": "User not authenticated", "code": "unauthenticated", "id": visit.id });
            Ok(reply::json(&body).with_status(401))
        }
    }
}
