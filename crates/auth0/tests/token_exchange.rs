//! Token exchange between APIs: on behalf of a user, and by a custom profile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_auth0::{
    ApiExchange, Client, ExchangeGrant, SubjectTokenType, TokenError, api_exchange_request, api_exchange_response,
};
use deputy_http::Secret;
use serde_json::{Value, json};
use support::*;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn form(grant: &ExchangeGrant, scope: Option<&str>) -> std::collections::HashMap<String, String> {
    let client = Client::with_secret("mcp-server", Secret::new("mcp-secret"));
    let subject_token = Secret::new("caller-token");
    let audience = "http://localhost:8787/";
    let exchange = ApiExchange { client: &client, grant, subject_token: &subject_token, audience, scope };
    let request = api_exchange_request(&tenant(), &exchange);
    assert_eq!(request.uri(), "https://tenant.example.com/oauth/token");
    assert!(!format!("{request:?}").contains("caller-token"));
    form_of(&request)
}

/// MC-18: the request of the on-behalf-of exchange; the scope is sent only if it is set.
#[test]
fn mc_18_on_behalf_of() {
    let sent = form(&ExchangeGrant::OnBehalfOf, Some("read:private"));
    let expected = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", "caller-token"),
        ("subject_token_type", ACCESS_TOKEN),
        ("requested_token_type", ACCESS_TOKEN),
        ("audience", "http://localhost:8787/"),
        ("scope", "read:private"),
        ("client_id", "mcp-server"),
        ("client_secret", "mcp-secret"),
    ];
    for (name, value) in expected {
        assert_eq!(sent[name], value, "{name}");
    }
    assert_eq!(sent.len(), expected.len());
    assert!(!form(&ExchangeGrant::OnBehalfOf, None).contains_key("scope"));
}

/// MC-18, MC-20: the same by a profile of the tenant's.
#[test]
fn mc_18_mc_20_custom_profile() {
    let kind = SubjectTokenType::parse("urn:fastmcp:mcp").unwrap();
    let sent = form(&ExchangeGrant::Custom(kind), Some("openid offline_access read:private"));
    assert_eq!(sent["subject_token_type"], "urn:fastmcp:mcp");
    assert_eq!(sent["scope"], "openid offline_access read:private");
}

/// MC-19: a token, or the failure as it is; a refresh token is not kept.
#[test]
fn mc_19_answers() {
    let body = |changes: Value| {
        let good = json!({
            "access_token": "api-token", "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 120,
            "scope": "read:private", "refresh_token": "rt", "id_token": "it",
        });
        with(good, &changes)
    };
    let read = |status, body: Value| api_exchange_response(answer(status, &body), NOW);
    let tokens = read(200, body(json!({}))).unwrap();
    assert_eq!((tokens.access_token.expose(), tokens.expires_at), ("api-token", NOW + 120_000));
    assert_eq!(tokens.scope.unwrap().to_string(), "read:private");
    assert!(tokens.refresh_token.is_none() && tokens.id_token.is_none());
    assert!(read(200, body(json!({ "issued_token_type": null }))).is_ok(), "older tenants do not say it");
    let other = json!({ "issued_token_type": "urn:ietf:params:oauth:token-type:refresh_token" });
    assert_eq!(read(200, body(other)), Err(TokenError::Malformed { field: "issued_token_type" }));
    let refused = |error: &str| json!({ "error": error, "error_description": "no" });
    assert_eq!(read(403, refused("invalid_grant")), Err(TokenError::InvalidGrant));
    assert_eq!(read(401, refused("invalid_client")), Err(TokenError::InvalidClient));
    assert_eq!(read(503, json!("down")), Err(TokenError::TenantDown { status: Some(503) }));
    assert!(matches!(read(400, refused("invalid_request")), Err(TokenError::Misconfigured(_))));
}
