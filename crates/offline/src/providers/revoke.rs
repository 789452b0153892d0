//! Where providers take consent back: a token ends there, and every other one of the same account with it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use super::{bearer, registry};
use crate::world::{ProviderGrant, World};

/// Google's and Salesforce's take a form (RFC 7009), Slack's the token itself.
pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/google/revoke", post(google))
        .route("/salesforce/services/oauth2/revoke", post(salesforce))
        .route("/slack/api/auth.revoke", post(slack))
}

async fn google(State(world): State<Arc<World>>, body: Bytes) -> Response {
    by_form(&world, &body, "google")
}

async fn salesforce(State(world): State<Arc<World>>, body: Bytes) -> Response {
    by_form(&world, &body, "salesforce")
}

async fn slack(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    match bearer::grant(&world, &headers, "slack") {
        Ok(grant) => {
            withdraw(&world, &grant);
            Json(json!({ "ok": true, "revoked": true })).into_response()
        }
        Err(_) => Json(json!({ "ok": false, "error": "invalid_auth" })).into_response(),
    }
}

fn by_form(world: &World, body: &[u8], provider: &str) -> Response {
    let token =
        url::form_urlencoded::parse(body).find(|(name, _)| name == "token").map(|(_, token)| token.into_owned());
    let grant = token.and_then(|token| world.provider_token(&token)).filter(|grant| {
        !grant.revoked && registry::of_connection(&grant.connection).is_some_and(|found| found.id == provider)
    });
    match grant {
        Some(grant) => {
            withdraw(world, &grant);
            Json(json!({})).into_response()
        }
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_token" }))).into_response(),
    }
}

/// The application loses all it has of the account: its tokens, and the vault's way to new ones.
fn withdraw(world: &World, grant: &ProviderGrant) {
    let same = |other: &ProviderGrant| other.connection == grant.connection && other.account == grant.account;
    let tokens: Vec<_> = world
        .tokens()
        .into_iter()
        .filter(|issued| issued.provider.as_ref().is_some_and(same))
        .map(|issued| issued.token)
        .collect();
    for token in tokens {
        world.revoke_token(&token);
    }
    for account in &mut world.state().accounts {
        account.revoked |= account.connection == grant.connection && account.account == grant.account;
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::super::tests::{issue, send, world};
    use super::*;

    #[tokio::test]
    async fn a_revoked_token_opens_nothing_and_is_revoked_once() {
        for (connection, path, form) in [
            ("google-oauth2", "/google/revoke", true),
            ("salesforce", "/salesforce/services/oauth2/revoke", true),
            ("sign-in-with-slack", "/slack/api/auth.revoke", false),
        ] {
            let world = world();
            let token = issue(&world, connection, "ana@studio.example", &[]);
            let other = issue(&world, connection, "ben@studio.example", &[]);
            let revoke = |token: &str| {
                let body = if form { format!("token={token}") } else { String::new() };
                let bearer = (!form).then(|| token.to_owned());
                let world = Arc::clone(&world);
                async move {
                    let answer = send(&world, Method::POST, path, bearer.as_deref(), body).await;
                    answer.status == StatusCode::OK && answer.json()["ok"] != json!(false)
                }
            };
            assert!(revoke(&token).await, "{connection}");
            assert!(world.provider_token(&token).unwrap().revoked);
            assert!(!world.provider_token(&other).unwrap().revoked, "another account's stays");
            assert!(!revoke(&token).await && !revoke("made-up").await, "{connection}");
        }
    }
}
