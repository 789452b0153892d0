//! Logout tokens of back-channel logout (S-16): a table of what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_auth0::{JwtError, VerifiedLogoutToken, validate_logout_token, verify_signature};
use serde_json::{Value, json};
use support::*;

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT_ID, "iat": NOW_SECONDS, "exp": NOW_SECONDS + 120, "jti": "token-1",
        "sub": "auth0|ana", "sid": "sid-1", "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

fn validate(header: &Value, changes: &Value) -> Result<VerifiedLogoutToken, JwtError> {
    let token = unsigned(header, &with(claims(), changes));
    let accepted = block_on(verify_signature(&token, &keys(), &Always(true))).unwrap();
    validate_logout_token(accepted, &tenant(), NOW)
}

#[test]
fn s_16_a_good_logout_token_names_whose_session_ends_once() {
    let typed = with(header(), &json!({ "typ": "logout+jwt" }));
    let token = validate(&typed, &json!({})).unwrap();
    assert_eq!((token.subject(), token.sid(), token.jti()), (Some("auth0|ana"), Some("sid-1"), "token-1"));
    assert!(token.remember_until() > NOW + 120_000);
    assert_eq!(validate(&header(), &json!({ "sid": null })).unwrap().sid(), None);
    assert_eq!(validate(&header(), &json!({ "sub": null })).unwrap().subject(), None);
}

/// S-16: a `sid` or `sub` that is there and no text ends nothing: the other of the two would end all sessions of the user.
#[test]
fn s_16_a_sid_that_is_no_text_is_refused() {
    for name in ["sid", "sub"] {
        for value in [json!(7), json!(["sid-1"]), json!({"sid": "sid-1"}), json!(true), json!("")] {
            assert_eq!(validate(&header(), &json!({ name: value })), Err(JwtError::Malformed), "{name}: {value}");
        }
        let mut null = claims();
        null[name] = Value::Null;
        let accepted = block_on(verify_signature(&unsigned(&header(), &null), &keys(), &Always(true))).unwrap();
        assert_eq!(validate_logout_token(accepted, &tenant(), NOW), Err(JwtError::Malformed), "{name}: null");
    }
}

#[test]
fn s_16_everything_else_is_refused() {
    let cases = [
        (json!({ "iss": "https://other.example/" }), JwtError::IssuerMismatch),
        (json!({ "aud": "another-client" }), JwtError::AudienceMismatch),
        (json!({ "exp": NOW_SECONDS - 60 }), JwtError::Expired),
        (json!({ "iat": NOW_SECONDS + 60 }), JwtError::NotYetValid),
        (json!({ "events": null }), JwtError::MissingClaim { name: "events" }),
        (json!({ "events": { "something-else": {} } }), JwtError::MissingClaim { name: "events" }),
        (
            json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": true } }),
            JwtError::MissingClaim { name: "events" },
        ),
        (json!({ "nonce": "n" }), JwtError::TypeRefused),
        (json!({ "sub": null, "sid": null }), JwtError::MissingClaim { name: "sub" }),
        (json!({ "jti": null }), JwtError::MissingClaim { name: "jti" }),
    ];
    for (changes, expected) in cases {
        assert_eq!(validate(&header(), &changes), Err(expected), "{changes}");
    }
    let access = with(header(), &json!({ "typ": "at+jwt" }));
    assert_eq!(validate(&access, &json!({})), Err(JwtError::TypeRefused));
}
