//! Token responses, refresh, the envelope.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_auth0::{
    AssociatedData, Envelope, KeyRing, ProviderToken, Scopes, TokenError, TokenSet, logout_url, refresh_request,
    revoke_request, revoke_response, token_response, userinfo_request, userinfo_response,
};
use deputy_error::Explained as _;
use deputy_http::{ReadResponse, Secret, TransportError};
use serde_json::{Value, json};
use support::*;

fn good() -> Value {
    json!({
        "access_token": "at-1", "id_token": "it-1", "refresh_token": "rt-1",
        "token_type": "Bearer", "expires_in": 86400, "scope": "openid profile email offline_access",
    })
}

fn read(body: &Value) -> Result<TokenSet, TokenError> {
    token_response(answer(200, body), NOW)
}

/// UA-12
#[test]
fn ua_12_a_login_gives_a_refresh_token() {
    let tokens = read(&good()).unwrap();
    assert_eq!(tokens.access_token.expose(), "at-1");
    assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), Some("rt-1"));
    assert!(tokens.scope.as_ref().unwrap().contains("offline_access"));
    assert!(!format!("{tokens:?}").contains("t-1"), "no token in Debug");
}

/// S-04: the end is always now plus a lifetime, however often the set was refreshed before.
#[test]
fn s_04_expiry_is_relative_and_checked() {
    let first = read(&good()).unwrap();
    assert_eq!(first.expires_at, NOW + 86_400_000);
    let later = NOW + 86_000_000;
    let second = token_response(answer(200, &good()), later).unwrap();
    assert_eq!(first.refreshed_by(second).expires_at, later + 86_400_000);
    assert_eq!(read(&with(good(), &json!({"expires_in": "60"}))).unwrap().expires_at, NOW + 60_000);
    for absurd in [json!(u64::MAX), json!(-1), json!(1.5), json!("soon"), json!(1_795_500_000_u64), json!([1])] {
        let error = read(&with(good(), &json!({"expires_in": absurd}))).unwrap_err();
        assert_eq!(error, TokenError::Malformed { field: "expires_in" }, "{absurd}");
    }
    assert!(token_response(answer(200, &good()), u64::MAX).is_err(), "no overflow");
    let fresh = read(&with(good(), &json!({"expires_in": 61}))).unwrap();
    assert!(fresh.is_fresh(NOW) && !fresh.is_fresh(NOW + 1000));
}

/// RFC 6749, 6: what a refresh leaves out stays.
#[test]
fn a_refresh_keeps_what_it_does_not_replace() {
    let renewed = json!({"access_token": "at-2", "token_type": "bearer", "expires_in": 10});
    let tokens = read(&good()).unwrap().refreshed_by(read(&renewed).unwrap());
    assert_eq!(tokens.access_token.expose(), "at-2");
    assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), Some("rt-1"));
    assert_eq!(tokens.id_token.as_ref().map(Secret::expose), Some("it-1"));
    let rotated = with(good(), &json!({"refresh_token": "rt-2"}));
    let tokens = tokens.refreshed_by(read(&rotated).unwrap());
    assert_eq!(tokens.refresh_token.as_ref().map(Secret::expose), Some("rt-2"));
}

#[test]
fn a_success_without_the_required_members_is_malformed() {
    let field = |changes| match read(&with(good(), &changes)) {
        Err(TokenError::Malformed { field }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(json!({"access_token": null})), "access_token");
    assert_eq!(field(json!({"access_token": ""})), "access_token");
    assert_eq!(field(json!({"token_type": "mac"})), "token_type");
    assert_eq!(field(json!({"token_type": null})), "token_type");
    assert_eq!(field(json!({"expires_in": null})), "expires_in");
    assert_eq!(token_response(deputy_http::response(200, "<html>"), NOW), Err(TokenError::Malformed { field: "body" }));
}

#[test]
fn every_refusal_of_the_token_endpoint_has_a_type() {
    let refusal = |status: u16, error: &str, description: &str| {
        let body = json!({"error": error, "error_description": description});
        token_response(answer(status, &body), NOW).unwrap_err()
    };
    assert_eq!(refusal(403, "invalid_grant", "Unknown or invalid refresh token."), TokenError::InvalidGrant);
    assert_eq!(refusal(400, "invalid_grant", ""), TokenError::InvalidGrant);
    assert_eq!(refusal(401, "invalid_client", ""), TokenError::InvalidClient);
    // What Auth0 says to a wrong secret.
    assert_eq!(refusal(401, "access_denied", "Unauthorized").code(), "tenant_client_credentials");
    assert_eq!(refusal(401, "mfa_required", ""), TokenError::MfaRequired);
    assert_eq!(refusal(400, "invalid_target", ""), TokenError::InvalidTarget);
    assert_eq!(refusal(503, "invalid_grant", ""), TokenError::TenantDown { status: Some(503) });
    for (status, error, description, code) in [
        (403, "unauthorized_client", "", "tenant_grant_not_enabled"),
        (400, "unsupported_grant_type", "", "tenant_grant_not_enabled"),
        (403, "access_denied", "Service not enabled within domain: x", "tenant_audience_not_authorized"),
        (403, "x", "Client is not authorized to access resource server \"y\"", "tenant_audience_not_authorized"),
        (400, "invalid_request", "", "tenant_refused"),
        (418, "", "", "tenant_refused"),
    ] {
        let error = refusal(status, error, description);
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.is_transient() && !error.developer_fix().is_empty() && !error.user_message().is_empty());
    }
    assert_eq!(token_response(deputy_http::response(502, "<html>"), NOW).unwrap_err().code(), "tenant_down");
    let down = TokenError::from(TransportError::TimedOut { host: "tenant.example.com".into() });
    assert_eq!(down, TokenError::TenantDown { status: None });
    let limited = deputy_http::response(429, "{}").with_header("retry-after", "7");
    assert_eq!(token_response(limited, NOW), Err(TokenError::RateLimited { retry_at: NOW + 7000 }));
    assert_eq!(
        token_response(deputy_http::response(429, ""), NOW),
        Err(TokenError::RateLimited { retry_at: NOW + 10_000 })
    );
}

#[test]
fn a_refresh_names_audience_and_scope_only_when_asked() {
    let token = Secret::new("rt-1");
    let form = form_of(&refresh_request(&tenant(), &token, None, None));
    assert_eq!(form["grant_type"], "refresh_token");
    assert_eq!(form["refresh_token"], "rt-1");
    assert_eq!(form.len(), 4);
    let form = form_of(&refresh_request(&tenant(), &token, Some("https://other/"), Some("a b")));
    assert_eq!((form["audience"].as_str(), form["scope"].as_str()), ("https://other/", "a b"));
}

/// UA-09, S-06
#[test]
fn s_06_tokens_are_written_out_by_the_envelope_alone() {
    let ring = KeyRing::parse(&Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let ana = AssociatedData::new([ISSUER, "auth0|ana"]);
    let ben = AssociatedData::new([ISSUER, "auth0|ben"]);
    let tokens = Envelope(read(&good()).unwrap());
    let sealed = tokens.seal(&ring, [1; 12], &ana).unwrap();
    for secret in ["at-1", "it-1", "rt-1"] {
        assert!(!sealed.contains(secret));
    }
    assert_eq!(Envelope::open(&ring, &ana, &sealed), Ok((tokens.clone(), false)));
    assert!(Envelope::<TokenSet>::open(&ring, &ben, &sealed).is_err(), "another user's row");
    assert!(Envelope::<ProviderToken>::open(&ring, &ana, &sealed).is_err(), "another kind of value");
    assert_eq!(Envelope::from_body(tokens.to_body().expose()), Ok(tokens));

    let token = Secret::new("ya29.\"quoted\" ü");
    let provider = Envelope(ProviderToken { token, scopes: Scopes::parse("a b"), expires_at: NOW });
    let sealed = provider.seal(&ring, [2; 12], &ana).unwrap();
    assert_eq!(Envelope::open(&ring, &ana, &sealed).unwrap().0, provider);
    assert_eq!(Envelope::from_body(provider.to_body().expose()), Ok(provider));
    assert!(Envelope::<ProviderToken>::from_body("{}").is_err());
}

/// UA-20
#[test]
fn ua_20_logout_goes_to_the_tenant_without_a_token_in_the_url() {
    let url = logout_url(&tenant(), "https://app.example.com/", Some("sid-1"));
    assert!(url.starts_with("https://tenant.example.com/oidc/logout?"));
    let query = query_of(&url);
    assert_eq!(query["post_logout_redirect_uri"], "https://app.example.com/");
    assert_eq!(query["client_id"], CLIENT_ID);
    assert_eq!(query["logout_hint"], "sid-1");
    assert!(!query.contains_key("id_token_hint"));
    let mut older = tenant();
    older.endpoints.end_session = None;
    let url = logout_url(&older, "https://app.example.com/", Some("sid-1"));
    assert!(url.starts_with("https://tenant.example.com/v2/logout?"));
    assert_eq!(query_of(&url)["returnTo"], "https://app.example.com/");
}

/// S-16
#[test]
fn s_16_logout_revokes_the_refresh_token() {
    let request = revoke_request(&tenant(), &Secret::new("rt-1"));
    assert_eq!(request.uri(), "https://tenant.example.com/oauth/revoke");
    let form = form_of(&request);
    assert_eq!((form["token"].as_str(), form["token_type_hint"].as_str()), ("rt-1", "refresh_token"));
    assert_eq!(form["client_secret"], CLIENT_SECRET);
    assert_eq!(revoke_response(deputy_http::response(200, ""), NOW), Ok(()));
    assert_eq!(revoke_response(answer(401, &json!({"error": "invalid_client"})), NOW), Err(TokenError::InvalidClient));
    assert_eq!(revoke_response(deputy_http::response(503, ""), NOW).unwrap_err().code(), "tenant_down");
}

#[test]
fn userinfo_is_believed_about_our_own_user_only() {
    let request = userinfo_request(&tenant(), &Secret::new("at-1"));
    assert_eq!(request.uri(), "https://tenant.example.com/userinfo");
    assert_eq!(request.headers()["authorization"], "Bearer at-1");
    let read = |status, body: Value| userinfo_response(answer(status, &body), "auth0|ana", NOW);
    assert_eq!(read(200, json!({"sub": "auth0|ana", "name": "Ana"})).unwrap()["name"], "Ana");
    for (status, body, code) in [
        (200, json!({"sub": "auth0|ben"}), "userinfo_subject_mismatch"),
        (200, json!({"name": "Ana"}), "userinfo_malformed"),
        (200, json!([]), "userinfo_malformed"),
        (401, json!({}), "userinfo_unauthorized"),
        (429, json!({}), "tenant_rate_limited"),
        (500, json!({}), "tenant_down"),
    ] {
        assert_eq!(read(status, body).unwrap_err().code(), code);
    }
}
