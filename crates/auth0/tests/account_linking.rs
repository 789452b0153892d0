//! Account linking (UA-25): the requests to the Management API, and what its answers mean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_auth0::{
    Client, Identity, KeyRing, LinkTransaction, LinkingError, LoginInput, ReturnTo, Transaction, authorize,
    identities_request, identities_response, link_request, link_response, linking_token_request,
    linking_token_response, unlink_request, unlink_response,
};
use deputy_error::Explained as _;
use deputy_http::{Method, ReadResponse as _, Secret};
use serde_json::json;
use support::*;

const ANA: &str = "auth0|ana";

fn token() -> Secret {
    Secret::new("management-token")
}

fn identities() -> Vec<Identity> {
    let body = json!({ "user_id": ANA, "email": "ana@example.com", "name": "Ana", "identities": [
        { "provider": "github", "connection": "github", "user_id": 17, "isSocial": true },
        { "provider": "auth0", "connection": "Username-Password-Authentication", "user_id": "ana", "isSocial": false },
        { "provider": "samlp", "connection": "acme", "user_id": "acme|a/1", "profileData": { "email": "a@acme.example" } },
    ]});
    identities_response(answer(200, &body), NOW).unwrap()
}

#[test]
fn ua_25_the_token_is_the_management_clients_with_least_scopes() {
    let client = Client::with_secret("linking", Secret::new("secret-of-linking"));
    let form = form_of(&linking_token_request(&tenant(), &client));
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["audience"], "https://tenant.example.com/api/v2/", "the trailing slash matters");
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("linking", "secret-of-linking"));
    assert_eq!(form["scope"], "read:users update:users");
    let refused = |status, body| linking_token_response(answer(status, &body), NOW).unwrap_err();
    assert_eq!(refused(403, json!({ "error": "access_denied" })), LinkingError::Unauthorized);
    assert_eq!(refused(401, json!({ "error": "invalid_client" })), LinkingError::Unauthorized);
    assert_eq!(refused(500, json!({})), LinkingError::Down { status: Some(500) });
    assert_eq!(refused(200, json!({})), LinkingError::Malformed);
}

#[test]
fn ua_25_identities_are_read_the_primary_first_whatever_the_tenants_order() {
    let request = identities_request(&tenant(), &token(), ANA);
    assert_eq!(request.uri().path(), "/api/v2/users/auth0%7Cana");
    assert_eq!(query_of(&request.uri().to_string())["fields"], "user_id,email,name,identities");
    assert_eq!(request.headers()["authorization"], "Bearer management-token");
    let all = identities();
    let seen: Vec<_> = all.iter().map(|one| (one.subject(), one.primary, one.email.as_deref())).collect();
    let expected = [
        (ANA.to_owned(), true, Some("ana@example.com")),
        ("github|17".to_owned(), false, None),
        ("samlp|acme|a/1".to_owned(), false, Some("a@acme.example")),
    ];
    assert_eq!(seen, expected);
    for wrong in [
        json!({}),
        json!({ "user_id": ANA, "identities": [] }),
        json!({ "user_id": ANA, "identities": [{ "provider": "auth0", "connection": "c", "user_id": "ben" }] }),
        json!({ "user_id": ANA, "identities": [{ "provider": "auth0", "connection": "c", "user_id": null }] }),
    ] {
        assert_eq!(identities_response(answer(200, &wrong), NOW), Err(LinkingError::Malformed), "{wrong}");
    }
}

#[test]
fn ua_25_a_link_names_the_second_log_in_and_an_unlink_never_the_first() {
    let request = link_request(&tenant(), &token(), ANA, "samlp|acme|a/1").unwrap();
    assert_eq!(request.uri().path(), "/api/v2/users/auth0%7Cana/identities");
    assert_eq!(json_of(&request), json!({ "provider": "samlp", "user_id": "acme|a/1" }));
    assert_eq!(link_request(&tenant(), &token(), ANA, ANA).unwrap_err(), LinkingError::Own);
    for nobody in ["machine@clients", "|x", "auth0|", ""] {
        assert_eq!(link_request(&tenant(), &token(), ANA, nobody).unwrap_err(), LinkingError::NoIdentity, "{nobody}");
    }
    let all = identities();
    let request = unlink_request(&tenant(), &token(), ANA, &all[2]).unwrap();
    assert_eq!(request.method(), Method::DELETE);
    assert_eq!(request.uri().path(), "/api/v2/users/auth0%7Cana/identities/samlp/acme%7Ca%2F1");
    assert_eq!(unlink_request(&tenant(), &token(), ANA, &all[0]).unwrap_err(), LinkingError::Primary);
    let disguised = Identity { primary: false, ..all[0].clone() };
    assert_eq!(unlink_request(&tenant(), &token(), ANA, &disguised).unwrap_err(), LinkingError::Primary);
}

#[test]
fn ua_25_every_refusal_of_the_tenant_has_its_code() {
    for (status, code, shown) in [
        (400, "linking_refused", 400),
        (401, "linking_unauthorized", 503),
        (403, "linking_forbidden", 503),
        (404, "identity_unknown", 404),
        (409, "identity_linked_elsewhere", 409),
        (418, "linking_unexpected_status", 502),
        (429, "tenant_rate_limited", 429),
        (503, "tenant_down", 503),
    ] {
        let body = json!({ "statusCode": status, "message": "a reason" });
        let error = link_response(answer(status, &body), NOW).unwrap_err();
        assert_eq!((error.code(), error.status()), (code, shown), "{status}");
        assert_eq!(unlink_response(answer(status, &body), NOW).unwrap_err(), error);
    }
    let waits = deputy_http::response(429, "{}").with_header("retry-after", "7");
    assert_eq!(link_response(waits, NOW), Err(LinkingError::RateLimited { retry_at: NOW + 7000 }));
    assert_eq!(link_response(answer(201, &json!([])), NOW), Ok(()));
}

/// S-20: the cookie says whose session began, and is no log-in's.
#[test]
fn ua_25_s_20_a_proof_asks_for_no_lasting_token_and_is_sealed_with_its_session() {
    let input = LoginInput {
        identity_only: true,
        prompt: Some("login".to_owned()),
        ..LoginInput::new(ReturnTo::parse(ORIGIN, "/connections").unwrap())
    };
    let (url, login) = authorize(&tenant(), input, randomness(5), NOW);
    let query = query_of(&url);
    assert_eq!((query["scope"].as_str(), query["prompt"].as_str()), ("openid profile email", "login"));
    assert!(!query.contains_key("audience") && query.contains_key("nonce") && query.contains_key("code_challenge"));
    let ring = KeyRing::parse(&Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let link = LinkTransaction { login: login.clone(), session: "session-1".to_owned() };
    let sealed = Transaction::Link(link.clone()).seal(&ring, [1; 12], &issuer()).unwrap();
    assert!(!sealed.contains("session-1"));
    assert_eq!(Transaction::open(&ring, &issuer(), &login.state, &sealed).unwrap(), Transaction::Link(link));
    assert!(Transaction::open(&ring, &issuer(), "another-state", &sealed).is_err());
}
