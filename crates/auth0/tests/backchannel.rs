//! CIBA: the request, the polls, and every known outcome as data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;

use deputy_auth0::{
    ApprovedTokens, AssociatedData, AuthorizationDetails, BackchannelError, BackchannelInput, BindingMessage, Envelope,
    JwtError, KeyRing, NextPoll, PendingAuthorization, PollError, Scopes, TokenSet, USER_DENIED, backchannel_request,
    backchannel_response, poll_request, poll_response, validate_refreshed, verify_signature,
};
use deputy_error::{Explained as _, Retry};
use deputy_http::{Method, Response, Secret, TransportError};
use serde::Deserialize;
use serde_json::{Value, json};
use support::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    name: String,
    #[serde(rename = "source")]
    _source: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    later_ms: u64,
    body: Value,
    error: String,
    again: Option<String>,
    retry_after_ms: Option<u64>,
    next: Option<String>,
    next_ms: Option<u64>,
    interval: Option<u64>,
}

impl Outcome {
    fn response(&self) -> Response {
        answer_with(self.status, &self.headers, &self.body)
    }
}

fn input(subject: &str) -> BackchannelInput<'_> {
    BackchannelInput {
        subject,
        binding_message: BindingMessage::fit("Do you want to buy 3 shares of GOOGL"),
        scopes: Scopes::parse("stock:trade"),
        audience: "sample-stock-api",
        requested_expiry: None,
        authorization_details: None,
    }
}

fn pending() -> PendingAuthorization {
    let body = json!({"auth_req_id": "req-secret", "expires_in": 300, "interval": 5});
    backchannel_response(answer(200, &body), NOW).unwrap()
}

fn approved() -> Value {
    json!({"access_token": "at-1", "id_token": "it-1", "expires_in": 86400, "scope": "openid stock:trade"})
}

/// AA-02, AA-06, AA-07, AA-12: the wire names, the message word for word, audience, scopes and the user of the session.
#[test]
fn aa_02_aa_06_aa_07_aa_12_the_request() {
    let request = backchannel_request(&tenant(), &input("auth0|\"ana\""));
    assert_eq!(
        (request.method(), request.uri().to_string().as_str()),
        (&Method::POST, "https://tenant.example.com/bc-authorize")
    );
    let mut form = form_of(&request);
    let hint: Value = serde_json::from_str(&form.remove("login_hint").unwrap()).unwrap();
    assert_eq!(hint, json!({"format": "iss_sub", "iss": ISSUER, "sub": "auth0|\"ana\""}));
    let expected = [
        ("binding_message", "Do you want to buy 3 shares of GOOGL"),
        ("scope", "openid stock:trade"),
        ("audience", "sample-stock-api"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), expected.len(), "nothing else: no expiry, no details");
    let other = form_of(&backchannel_request(&tenant(), &input("google-oauth2|42")));
    assert!(other["login_hint"].contains("google-oauth2|42"), "the second user's tool asks the second user");
}

#[test]
fn aa_07_openid_is_added_once_and_an_empty_audience_left_out() {
    let ask = BackchannelInput { scopes: Scopes::parse("product:buy openid"), audience: "", ..input("auth0|ana") };
    let form = form_of(&backchannel_request(&tenant(), &ask));
    assert_eq!(form["scope"], "openid product:buy");
    assert!(!form.contains_key("audience"));
}

/// AA-11, AA-20: the expiry is passed through, and only if it is set.
#[test]
fn aa_11_aa_20_requested_expiry() {
    let ask = BackchannelInput { requested_expiry: Some(301), ..input("auth0|ana") };
    assert_eq!(form_of(&backchannel_request(&tenant(), &ask))["requested_expiry"], "301");
}

/// AA-13
#[test]
fn aa_13_details_are_sent_as_json() {
    let details = vec![json!({"type": "money_transfer", "instructedAmount": {"amount": 2500, "currency": "USD"}})];
    let ask = BackchannelInput {
        authorization_details: Some(AuthorizationDetails::new(details.clone()).unwrap()),
        ..input("auth0|ana")
    };
    let form = form_of(&backchannel_request(&tenant(), &ask));
    assert_eq!(serde_json::from_str::<Vec<Value>>(&form["authorization_details"]).unwrap(), details);
}

/// AA-03
#[test]
fn aa_03_the_answer_is_an_id_to_poll_with() {
    let pending = pending();
    assert_eq!(pending.auth_req_id.expose(), "req-secret");
    assert_eq!((pending.requested_at, pending.expires_at, pending.interval_seconds), (NOW, NOW + 300_000, 5));
    assert_eq!(pending.first_poll_at(), NOW + 5_000);
    assert!(!pending.is_expired(NOW + 299_999) && pending.is_expired(NOW + 300_000));
    let request = poll_request(&tenant(), &pending);
    assert_eq!(request.uri(), "https://tenant.example.com/oauth/token");
    let form = form_of(&request);
    assert_eq!(form["grant_type"], "urn:openid:params:grant-type:ciba");
    assert_eq!(form["auth_req_id"], "req-secret");
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT_ID, CLIENT_SECRET));
    assert_eq!(form.len(), 4);
    assert!(!format!("{pending:?} {request:?}").contains("req-secret"), "S-24: the id is a secret");
}

/// OpenID CIBA Core 1.0, 7.3: five seconds where the tenant says nothing; absurd values are bounded.
#[test]
fn aa_27_the_interval_has_a_default_and_bounds() {
    for (interval, seconds) in
        [(Value::Null, 5), (json!(0), 1), (json!(2), 2), (json!(u64::MAX), 3_600), (json!("x"), 5), (json!("7"), 7)]
    {
        let body = json!({"auth_req_id": "x", "expires_in": "60", "interval": interval});
        let pending = backchannel_response(answer(200, &body), NOW).unwrap();
        assert_eq!((pending.interval_seconds, pending.expires_at), (seconds, NOW + 60_000));
    }
}

/// AA-21, S-24: each row of the table. What may be lost on the way is never sent again by itself.
#[test]
fn aa_21_s_24_every_outcome_of_the_request_has_its_type() {
    let outcomes: Vec<Outcome> = serde_json::from_str(include_str!("data/backchannel_outcomes.json")).unwrap();
    for outcome in outcomes {
        let name = &outcome.name;
        let error = backchannel_response(outcome.response(), NOW).expect_err(name);
        assert_eq!(error.code(), outcome.error, "{name}");
        let again = match outcome.again.as_deref() {
            Some("never") => Retry::Never,
            Some("not_before") => Retry::NotBefore(NOW + outcome.retry_after_ms.unwrap()),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(error.retry(), again, "{name}");
        assert!(!error.user_message().is_empty() && !error.developer_fix().is_empty(), "{name}");
    }
}

/// S-24: a broken connection may have reached the tenant.
#[test]
fn s_24_a_transport_error_never_asks_twice() {
    let lost = [
        TransportError::Unreachable { host: "tenant.example.com".into() },
        TransportError::TimedOut { host: "tenant.example.com".into() },
        TransportError::Aborted,
    ];
    for error in lost {
        let request = BackchannelError::from(error.clone());
        assert_eq!(request, BackchannelError::Unknown { status: None });
        assert_eq!(request.retry(), Retry::Never, "that is the user's choice");
        let poll = PollError::from(error);
        assert!(poll.is_pending(), "the request stays, and is polled");
        assert_eq!(pending().after(&poll, NOW), NextPoll::At(NOW + 10_000));
    }
}

#[test]
fn the_tenants_words_are_for_developers_and_printable() {
    let body = json!({"error": "invalid_request", "error_description": "a\u{1b}[31m\nb"});
    let error = backchannel_response(answer(400, &body), NOW).unwrap_err();
    assert_eq!(error, BackchannelError::InvalidRequest { description: "a [31m b".into() });
    assert!(!error.user_message().contains("31m"));
}

/// AA-05, AA-27, T35d: each row of the table, with the poll that follows it.
#[test]
fn aa_05_aa_27_t35d_every_outcome_of_a_poll_has_its_type_and_its_next_step() {
    let outcomes: Vec<Outcome> = serde_json::from_str(include_str!("data/poll_outcomes.json")).unwrap();
    for outcome in outcomes {
        let name = &outcome.name;
        let now = NOW + outcome.later_ms;
        let mut pending = pending();
        let error = poll_response(outcome.response(), now, &pending).expect_err(name);
        assert_eq!(error.code(), outcome.error, "{name}");
        let next = match (outcome.next.as_deref(), outcome.next_ms) {
            (Some("at"), Some(after)) => NextPoll::At(NOW + after),
            (Some("expires"), Some(after)) => NextPoll::ExpiresAt(NOW + after),
            (Some("never"), None) => NextPoll::Never,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(pending.after(&error, now), next, "{name}");
        assert_eq!(Some(pending.interval_seconds), outcome.interval, "{name}");
        assert_eq!(error.is_pending(), next != NextPoll::Never, "{name}");
        assert!(!error.user_message().is_empty() && !error.developer_fix().is_empty(), "{name}");
    }
    assert_eq!(PollError::Denied.user_message(), "The user has denied the request");
    assert_eq!(USER_DENIED, PollError::Denied.user_message());
}

/// AA-27: `slow_down` holds for all polls to come, and adds up; an outage doubles the interval up to a minute.
#[test]
fn aa_27_the_longer_interval_stays() {
    let slow_down = |pending: &PendingAuthorization| {
        poll_response(answer(400, &json!({"error": "slow_down"})), NOW, pending).unwrap_err()
    };
    let mut pending = pending();
    for seconds in [10, 15, 20] {
        let error = slow_down(&pending);
        assert_eq!(error, PollError::SlowDown { retry_at: NOW + seconds * 1000, interval_seconds: seconds });
        assert_eq!(pending.after(&error, NOW), NextPoll::At(NOW + seconds * 1000));
        assert_eq!(pending.after(&PollError::Pending { retry_at: None }, NOW), NextPoll::At(NOW + seconds * 1000));
    }
    for seconds in [40, 60, 60] {
        let next = pending.after(&PollError::TenantDown { status: None }, NOW);
        assert_eq!(next, NextPoll::At(NOW + seconds * 1000));
    }
    for (said, seconds) in [(json!("90"), 90), (json!([]), 95)] {
        let told = answer(400, &json!({"error": "slow_down", "interval": said}));
        let error = poll_response(told, NOW, &pending).unwrap_err();
        assert_eq!(error, PollError::SlowDown { retry_at: NOW + seconds * 1000, interval_seconds: seconds });
        pending.after(&error, NOW);
    }
    pending.interval_seconds = 100;
    assert_eq!(pending.after(&PollError::TenantDown { status: None }, NOW), NextPoll::At(NOW + 100_000));
    pending.interval_seconds = u64::MAX;
    assert_eq!(pending.after(&slow_down(&pending), u64::MAX), NextPoll::ExpiresAt(u64::MAX), "no overflow");
}

/// AA-04
#[test]
fn aa_04_an_approval_gives_tokens() {
    let tokens = poll_response(answer(200, &approved()), NOW, &pending()).unwrap();
    assert_eq!(tokens.access_token.expose(), "at-1");
    assert_eq!(tokens.id_token.as_ref().map(Secret::expose), Some("it-1"));
    assert_eq!(tokens.expires_at, NOW + 86_400_000);
    assert_eq!(tokens.scopes, Some(Scopes::parse("openid stock:trade")));
    assert_eq!(tokens.authorization_details, None);
    assert!(!format!("{tokens:?}").contains("t-1"), "no token in Debug");
    let late = poll_response(answer(200, &approved()), NOW + 301_000, &pending());
    assert!(late.is_ok(), "an answer in the last second is an answer");
}

/// AA-13, RFC 9396, 7: what was granted is compared with what was asked for.
#[test]
fn aa_13_granted_details_are_compared() {
    let asked = json!({"type": "purchase", "arguments": {"qty": 3, "ticker": "GOOGL"}});
    let details = AuthorizationDetails::new(vec![asked.clone()]).unwrap();
    let grant = |granted: Value| {
        let body = with(approved(), &json!({"authorization_details": granted}));
        poll_response(answer(200, &body), NOW, &pending()).unwrap().authorization_details.unwrap()
    };
    assert!(details.granted_by(&grant(json!([asked]))));
    let more = json!({"type": "purchase", "arguments": {"qty": 3.0, "ticker": "GOOGL"}, "creationTime": 1});
    assert!(details.granted_by(&grant(json!([{"type": "other"}, more]))));
    for changed in [
        json!([]),
        json!([{"type": "purchase", "arguments": {"qty": 4, "ticker": "GOOGL"}}]),
        json!([{"type": "purchase", "arguments": {"ticker": "GOOGL"}}]),
        json!([{"type": "purchase", "arguments": {"qty": "3", "ticker": "GOOGL"}}]),
        json!([{"type": "sale", "arguments": {"qty": 3, "ticker": "GOOGL"}}]),
    ] {
        assert!(!details.granted_by(&grant(changed.clone())), "{changed}");
    }
    let large = AuthorizationDetails::new(vec![json!({"type": "x", "id": 9_007_199_254_740_993_u64})]).unwrap();
    assert!(
        !large.granted_by(&[json!({"type": "x", "id": 9_007_199_254_740_992_u64})]),
        "beyond what a float tells apart"
    );
}

/// AA-12: the ID token of an approval is of the user that was asked.
#[test]
fn aa_12_another_users_approval_is_refused() {
    let claims =
        json!({"iss": ISSUER, "aud": CLIENT_ID, "sub": "auth0|ana", "iat": NOW_SECONDS, "exp": NOW_SECONDS + 60});
    let verified = || block_on(verify_signature(&unsigned(&header(), &claims), &keys(), &Always(true))).unwrap();
    assert!(validate_refreshed(verified(), &tenant(), "auth0|ana", NOW).is_ok());
    assert_eq!(validate_refreshed(verified(), &tenant(), "auth0|ben", NOW), Err(JwtError::SubjectMismatch));
}

/// S-06, S-24: both are sealed, for one user and one call.
#[test]
fn s_06_requests_and_tokens_are_sealed_at_rest() {
    let ring = KeyRing::parse(&Secret::new("x".repeat(32))).unwrap();
    let call = AssociatedData::new([ISSUER, "auth0|ana", "chat-1", "call-1"]);
    let other = AssociatedData::new([ISSUER, "auth0|ana", "chat-1", "call-2"]);
    let pending = Envelope(pending());
    let sealed = pending.seal(&ring, [1; 12], &call).unwrap();
    assert!(!sealed.contains("req-secret"));
    assert_eq!(Envelope::open(&ring, &call, &sealed), Ok((pending.clone(), false)));
    assert!(Envelope::<PendingAuthorization>::open(&ring, &other, &sealed).is_err(), "another call");
    assert!(Envelope::<TokenSet>::open(&ring, &call, &sealed).is_err(), "another kind of value");
    assert!(Envelope::<ApprovedTokens>::open(&ring, &call, &sealed).is_err(), "a request is no approval");
    let body = with(approved(), &json!({"authorization_details": [{"type": "purchase"}]}));
    let tokens = Envelope(poll_response(answer(200, &body), NOW, &pending.0).unwrap());
    assert_eq!(Envelope::from_body(tokens.to_body().expose()), Ok(tokens.clone()));
    assert!(Envelope::<PendingAuthorization>::from_body(tokens.to_body().expose()).is_err());
}
