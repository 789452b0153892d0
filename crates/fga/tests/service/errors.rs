use std::collections::HashSet;

use deputy_error::{Explained, Retry};
use deputy_fga::client::{
    AccessToken, ApiError, ClientCredentials, ErrorCode, Repeatable, RetryPolicy, check_response, token_request,
    token_response,
};
use deputy_fga::decision::Decision;
use deputy_http::{ReadResponse, Response, Secret, response};
use serde_json::json;
use strum::IntoEnumIterator;

use crate::{NOW, answer};

fn error(response: &Response) -> ApiError {
    check_response(response, NOW).unwrap_err()
}

#[test]
fn every_code_of_the_api_is_typed_and_counts_as_no() {
    let mut codes = HashSet::new();
    for code in ErrorCode::iter() {
        let body = json!({ "code": code.as_str(), "message": "about user:anne\u{7}" });
        let found = error(&answer(code.status(), &body));
        if let ApiError::Refused { code: typed, message } = &found {
            assert_eq!((*typed, message.as_str()), (code, "about user:anne "));
        }
        // What a log or a user reads names nobody.
        let explanation = found.explanation();
        for text in [&found.to_string(), &*explanation.user_message, &*explanation.developer_fix] {
            assert!(!text.contains("anne"), "{code}: {text}");
        }
        codes.insert(explanation.code);
        let decision = Decision::from(Err::<bool, _>(found.clone()));
        assert!(!decision.is_allowed() && decision.error() == Some(&found) && decision.user_message().is_some());
    }
    assert!(codes.len() >= 12, "{codes:?}");
    assert_eq!(Decision::from(Ok::<_, ApiError>(true)).user_message(), None);
    assert!(!Decision::from(Ok::<_, ApiError>(false)).is_allowed());
}

#[test]
fn statuses_without_words() {
    for (status, expected) in [
        (401, ApiError::Unauthenticated),
        (403, ApiError::Forbidden),
        (404, ApiError::NotKnown { status: 404 }),
        (409, ApiError::Conflict),
        (429, ApiError::RateLimited { retry_at: None }),
        (502, ApiError::Down { status: Some(502), retry_at: None }),
    ] {
        assert_eq!(error(&response(status, "<html>no</html>")), expected);
        assert_eq!(error(&answer(status, &json!({ "code": "never_heard_of" }))), expected);
    }
}

#[test]
fn when_to_come_back_is_typed() {
    let limited = error(&response(429, "").with_header("Retry-After", "3"));
    assert_eq!(limited, ApiError::RateLimited { retry_at: Some(NOW + 3_000) });
    assert_eq!(limited.retry(), Retry::NotBefore(NOW + 3_000));
    let reset = (NOW / 1000 + 7).to_string();
    let limited = error(&response(429, "").with_header("X-RateLimit-Reset", reset));
    assert_eq!(limited, ApiError::RateLimited { retry_at: Some(NOW + 7_000) });
    let down = error(&response(503, "").with_header("Retry-After", "1"));
    assert_eq!(down, ApiError::Down { status: Some(503), retry_at: Some(NOW + 1_000) });
    assert_eq!(error(&response(503, "")).retry(), Retry::Later);
    assert_eq!(error(&response(404, "")).retry(), Retry::Never);
}

#[test]
fn a_call_is_made_again_three_times_with_growing_waits() {
    let policy = RetryPolicy::default();
    let down = ApiError::Down { status: Some(503), retry_at: None };
    let wait = |error: &ApiError, made, random| policy.wait_ms(error, Repeatable::Yes, made, random, NOW);
    for (made, least) in [(1, 100), (2, 200), (3, 400)] {
        for random in [0, 1, 99, 12_345, u64::MAX] {
            let wait = wait(&down, made, random).unwrap();
            assert!((least..least * 2).contains(&wait), "{made}: {wait}");
        }
    }
    assert_eq!(wait(&down, 4, 0), None);
    let told = |at| ApiError::RateLimited { retry_at: Some(at) };
    assert_eq!(wait(&told(NOW + 3_000), 1, 0), Some(3_000));
    assert_eq!(wait(&told(NOW - 1), 1, 0), Some(0));
    assert_eq!(wait(&told(NOW + 60_000), 1, 0), None);
    for error in [ApiError::Unauthenticated, ApiError::Forbidden, ApiError::NotKnown { status: 404 }] {
        assert_eq!(wait(&error, 1, 0), None);
    }
    let odd = RetryPolicy { most: u32::MAX, first_wait_ms: u64::MAX, longest_wait_ms: u64::MAX };
    assert!(odd.wait_ms(&down, Repeatable::Yes, u32::MAX - 1, u64::MAX, 0).is_some());
}

/// After a 5xx nobody knows whether a write was done: a second one would fail, or undo what came between.
#[test]
fn a_write_is_made_again_only_if_nothing_was_done() {
    let policy = RetryPolicy::default();
    let wait = |error: &ApiError| policy.wait_ms(error, Repeatable::No, 1, 0, NOW);
    assert_eq!(wait(&ApiError::Down { status: Some(503), retry_at: None }), None);
    assert_eq!(wait(&ApiError::Malformed { field: "body" }), None);
    assert!(wait(&ApiError::RateLimited { retry_at: None }).is_some());
    assert!(wait(&ApiError::Conflict).is_some());
}

fn client() -> ClientCredentials {
    ClientCredentials {
        token_url: "https://auth.fga.dev/oauth/token".to_owned(),
        audience: "https://api.us1.fga.dev/".to_owned(),
        client_id: "client".to_owned(),
        client_secret: Secret::new("hunter2&"),
    }
}

#[test]
fn a_token_is_asked_for_in_a_form() {
    let request = token_request(&client());
    assert_eq!(request.uri(), "https://auth.fga.dev/oauth/token");
    assert_eq!(
        request.body().text(),
        "grant_type=client_credentials&client_id=client&client_secret=hunter2%26&audience=https%3A%2F%2Fapi.us1.fga.dev%2F"
    );
    assert!(!format!("{request:?}{:?}", client()).contains("hunter2"));
}

#[test]
fn a_token_is_used_until_shortly_before_its_end() {
    let token =
        |seconds: u64| token_response(&answer(200, &json!({ "access_token": "t", "expires_in": seconds })), NOW);
    assert_eq!(token(86_400).unwrap().usable_until, NOW + 86_340_000);
    assert_eq!(token(100).unwrap().usable_until, NOW + 90_000);
    assert!(token(2).unwrap().is_usable(NOW));
    let AccessToken { usable_until, .. } = token(1).unwrap();
    assert_eq!(usable_until, NOW);
    for seconds in [0, u64::MAX] {
        assert_eq!(token(seconds).unwrap_err(), ApiError::Malformed { field: "expires_in" });
    }
    for body in [json!({}), json!({ "access_token": "", "expires_in": 5 }), json!({ "access_token": "t" }), json!([])] {
        assert!(token_response(&answer(200, &body), NOW).is_err());
    }
    assert!(!format!("{:?}", token(5)).contains("\"t\""));
}

#[test]
fn why_there_is_no_token() {
    let refused = |body| token_response(&answer(401, &body), NOW).unwrap_err();
    assert_eq!(
        refused(json!({ "error": "access_denied", "error_description": "hunter2" })),
        ApiError::CredentialsRefused { error: "access_denied".to_owned() }
    );
    assert_eq!(refused(json!({ "error": "a b" })), ApiError::CredentialsRefused { error: "unknown".to_owned() });
    let limited = token_response(&response(429, "").with_header("retry-after", "2"), NOW);
    assert_eq!(limited, Err(ApiError::RateLimited { retry_at: Some(NOW + 2_000) }));
    assert_eq!(token_response(&response(500, ""), NOW), Err(ApiError::Down { status: Some(500), retry_at: None }));
}
