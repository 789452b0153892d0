//! Log-in of a command line (RFC 8628, UA-24): what is asked, what is shown, and every answer to a poll.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_auth0::{
    Client, DeviceAuthorization, Misconfiguration, NextPoll, PollError, Tenant, TokenError, device_request,
    device_response, device_token_request, device_token_response,
};
use serde_json::{Value, json};
use support::*;

fn command_line() -> Tenant {
    Tenant { client: Client::public("command-line"), ..tenant() }
}

fn good() -> Value {
    json!({
        "device_code": "the-device-code",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://tenant.example.com/activate",
        "verification_uri_complete": "https://tenant.example.com/activate?user_code=WDJB-MJHT",
        "expires_in": 900,
        "interval": 5,
    })
}

fn begun(changes: &Value) -> Result<DeviceAuthorization, TokenError> {
    device_response(&command_line(), answer(200, &with(good(), changes)), NOW)
}

#[test]
fn ua_24_a_public_client_asks_without_a_secret_and_shows_no_device_code() {
    let request = device_request(&command_line());
    assert_eq!(request.uri(), "https://tenant.example.com/oauth/device/code");
    let form = form_of(&request);
    assert_eq!(form["client_id"], "command-line");
    assert_eq!(form["scope"], "openid profile email offline_access");
    assert_eq!(form["audience"], AUDIENCE);
    assert_eq!(form.len(), 3);
    let device = begun(&json!({})).unwrap();
    assert_eq!(device.user_code, "WDJB-MJHT");
    assert_eq!(device.pending.expires_at, NOW + 900_000);
    assert_eq!(device.pending.first_poll_at(), NOW + 5_000);
    let poll = device_token_request(&command_line(), &device);
    let form = form_of(&poll);
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!((form["device_code"].as_str(), form["client_id"].as_str()), ("the-device-code", "command-line"));
    assert_eq!(form.len(), 3);
    assert!(!format!("{device:?}{poll:?}").contains("the-device-code"));
}

/// What is shown in a terminal or opened in a browser is the tenant's and nothing that a terminal would carry out.
#[test]
fn ua_24_an_answer_that_is_none_begins_nothing() {
    for (field, value) in [
        ("device_code", json!("")),
        ("device_code", json!(null)),
        ("user_code", json!("")),
        ("user_code", json!("A\u{1b}[2J")),
        ("user_code", json!("A\nB")),
        ("user_code", json!("   ")),
        ("user_code", json!("ABCD\u{202e}EFGH")),
        ("user_code", json!("A".repeat(65))),
        ("verification_uri", json!("http://tenant.example.com/activate")),
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri", json!("https://tenant.example.com/\u{1b}[2J")),
        ("verification_uri", json!(null)),
        ("expires_in", json!("soon")),
        ("expires_in", json!(null)),
    ] {
        assert_eq!(begun(&json!({ field: value })), Err(TokenError::Malformed { field }), "{value}");
    }
    let odd = begun(&json!({ "verification_uri_complete": "http://evil.example/", "interval": null })).unwrap();
    assert_eq!((odd.verification_uri_complete, odd.pending.interval_seconds), (None, 5));
    assert_eq!(begun(&json!({ "interval": 0 })).unwrap().pending.interval_seconds, 1, "never without a pause");
    for code in ["WDJB MJHT", "123 456 789", "wdjb.mjht"] {
        assert_eq!(
            begun(&json!({ "user_code": code })).unwrap().user_code,
            code,
            "RFC 8628, 6.1 leaves the form to the server"
        );
    }
    for (interval, seconds) in
        [(json!("7"), 7), (json!("soon"), 5), (json!([]), 5), (json!(1.5), 5), (json!(9_999), 3_600)]
    {
        assert_eq!(begun(&json!({ "interval": interval })).unwrap().pending.interval_seconds, seconds, "{interval}");
    }
    let refused = |status, body| device_response(&command_line(), answer(status, &body), NOW).unwrap_err();
    assert_eq!(refused(401, json!({ "error": "invalid_client" })), TokenError::InvalidClient);
    assert!(matches!(
        refused(403, json!({ "error": "unauthorized_client", "error_description": "Grant type not allowed" })),
        TokenError::Misconfigured(Misconfiguration::GrantNotEnabled)
    ));
    assert_eq!(refused(503, json!({})), TokenError::TenantDown { status: Some(503) });
}

#[test]
fn ua_24_polls_end_in_tokens_a_no_or_the_end_of_the_code() {
    let device = begun(&json!({})).unwrap();
    let poll = |status, body: Value, now| device_token_response(answer(status, &body), now, &device);
    let error = |name: &str| json!({ "error": name });
    let tokens = json!({ "access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 60 });
    let set = poll(200, tokens, NOW).unwrap();
    assert_eq!((set.access_token.expose(), set.refresh_token.unwrap().expose().to_owned()), ("a", "r".to_owned()));
    assert_eq!(poll(403, error("authorization_pending"), NOW), Err(PollError::Pending { retry_at: None }));
    assert!(matches!(poll(429, error("slow_down"), NOW), Err(PollError::SlowDown { interval_seconds: 10, .. })));
    assert_eq!(poll(403, error("access_denied"), NOW), Err(PollError::Denied));
    assert_eq!(poll(403, error("expired_token"), NOW), Err(PollError::Expired));
    assert_eq!(poll(403, error("authorization_pending"), NOW + 900_000), Err(PollError::Expired));
    assert_eq!(poll(403, error("invalid_grant"), NOW), Err(PollError::Invalid));
    assert_eq!(poll(200, json!({}), NOW), Err(PollError::TenantDown { status: Some(200) }));
    let mut pending = device.pending.clone();
    let slow = poll(429, error("slow_down"), NOW).unwrap_err();
    assert_eq!(pending.after(&slow, NOW), NextPoll::At(NOW + 10_000));
    assert_eq!(pending.interval_seconds, 10, "for all polls to come");
    assert_eq!(pending.after(&PollError::Denied, NOW), NextPoll::Never);
}
