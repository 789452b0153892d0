//! Authorization request and response.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deputy_auth0::{
    CallbackError, Endpoints, KeyRing, LoginInput, LoginTransaction, ReturnTo, Transaction, authorize, callback,
    code_request, par_request,
};
use deputy_error::Explained as _;
use deputy_http::Secret;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use support::*;

fn begin() -> (String, LoginTransaction) {
    authorize(&tenant(), LoginInput::new(ReturnTo::root()), randomness(1), NOW)
}

fn come_back(query: &[(&str, &str)]) -> Result<(), CallbackError> {
    let (_, transaction) = begin();
    let state = transaction.state.clone();
    let query: Vec<_> =
        query.iter().map(|(name, value)| (*name, if *value == "STATE" { &state } else { *value })).collect();
    callback(&tenant(), &pairs(&query), transaction, NOW + 1000).map(|_| ())
}

/// UA-01, UA-11, UA-12, S-14
#[test]
fn ua_01_ua_11_the_request_names_scope_audience_pkce_state_and_nonce() {
    let (url, transaction) = begin();
    assert!(url.starts_with("https://tenant.example.com/authorize?"));
    let query = query_of(&url);
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["client_id"], CLIENT_ID);
    assert_eq!(query["redirect_uri"], REDIRECT_URI);
    assert_eq!(query["scope"], "openid profile email offline_access");
    assert_eq!(query["audience"], AUDIENCE);
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["state"], transaction.state);
    assert_eq!(query["nonce"], transaction.nonce);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(transaction.code_verifier.expose()));
    assert_eq!(query["code_challenge"], challenge);
    assert_eq!(query.len(), 9);
    assert!(!url.contains(transaction.code_verifier.expose()), "the verifier never travels");
    assert!(!url.contains(CLIENT_SECRET));
}

#[test]
fn two_logins_have_nothing_in_common() {
    let (_, one) = authorize(&tenant(), LoginInput::new(ReturnTo::root()), randomness(1), NOW);
    let (_, two) = authorize(&tenant(), LoginInput::new(ReturnTo::root()), randomness(2), NOW);
    assert!(one.state != two.state && one.nonce != two.nonce && one.code_verifier != two.code_verifier);
}

/// UA-04, S-13
#[test]
fn ua_04_s_13_only_allow_listed_parameters_are_passed_on() {
    let query = pairs(&[
        ("screen_hint", "signup"),
        ("login_hint", "ana@example.com"),
        ("connection", "google-oauth2"),
        ("prompt", "login"),
        ("ui_locales", "de"),
        ("organization", "org_1"),
        ("returnTo", "/c/1"),
        ("scope", "openid admin"),
        ("audience", "https://evil.example"),
        ("redirect_uri", "https://evil.example"),
        ("connection_scope", "everything"),
        ("access_type", "offline"),
        ("state", "chosen"),
        ("response_mode", "fragment"),
    ]);
    let input = LoginInput::from_query(&query, ORIGIN);
    let (url, transaction) = authorize(&tenant(), input, randomness(1), NOW);
    let sent = query_of(&url);
    for (name, value) in [
        ("screen_hint", "signup"),
        ("login_hint", "ana@example.com"),
        ("connection", "google-oauth2"),
        ("prompt", "login"),
        ("ui_locales", "de"),
        ("organization", "org_1"),
        ("scope", "openid profile email offline_access"),
        ("audience", AUDIENCE),
        ("redirect_uri", REDIRECT_URI),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    for absent in ["connection_scope", "access_type", "response_mode", "returnTo"] {
        assert!(!sent.contains_key(absent), "{absent}");
    }
    assert_ne!(sent["state"], "chosen");
    assert_eq!(transaction.return_to.as_str(), "/c/1");
    let odd =
        pairs(&[("prompt", "evil"), ("screen_hint", "x"), ("login_hint", "a\nb"), ("return_to", "//evil.example")]);
    assert_eq!(LoginInput::from_query(&odd, ORIGIN), LoginInput::new(ReturnTo::root()));
    let alias = LoginInput::from_query(&pairs(&[("return_to", "/close")]), ORIGIN);
    assert_eq!(alias.return_to.as_str(), "/close");
}

/// T32: an invitation link of an organization reaches the tenant whole, through the URL and through PAR, and leads back.
#[test]
fn t32_invitation_and_organization_are_passed_on() {
    let query = pairs(&[
        ("invitation", "bX9-ticket_1"),
        ("organization", "org_Zq81"),
        ("organization_name", "gardeners"),
        ("returnTo", "/c/7"),
    ]);
    let input = LoginInput::from_query(&query, ORIGIN);
    let (url, transaction) = authorize(&tenant(), input.clone(), randomness(1), NOW);
    let sent = query_of(&url);
    assert_eq!((sent["invitation"].as_str(), sent["organization"].as_str()), ("bX9-ticket_1", "org_Zq81"));
    assert!(!sent.contains_key("organization_name"));
    assert_eq!((transaction.organization.as_deref(), transaction.return_to.as_str()), (Some("org_Zq81"), "/c/7"));
    let (pushed, _) = par_request(&tenant(), &input, randomness(1), NOW).unwrap();
    let form = form_of(&pushed);
    assert_eq!((form["invitation"].as_str(), form["organization"].as_str()), ("bX9-ticket_1", "org_Zq81"));
}

/// What else the contract's list of a login has; a `max_age` that is no number is left out.
#[test]
fn s_13_acr_values_and_max_age_are_passed_on() {
    let sent = |query: &[(&str, &str)]| {
        query_of(&authorize(&tenant(), LoginInput::from_query(&pairs(query), ORIGIN), randomness(1), NOW).0)
    };
    let mfa = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    let both = sent(&[("acr_values", mfa), ("max_age", "60")]);
    assert_eq!((both["acr_values"].as_str(), both["max_age"].as_str()), (mfa, "60"));
    for odd in ["-1", "soon", "1.5", "99999999999"] {
        assert!(!sent(&[("max_age", odd)]).contains_key("max_age"), "{odd}");
    }
}

/// T35c: a way back in any script is kept, in ASCII.
#[test]
fn t35c_a_return_target_in_any_script_is_percent_encoded() {
    let input = LoginInput::from_query(&pairs(&[("returnTo", "/c/1?q=Привет мир")]), ORIGIN);
    assert_eq!(input.return_to.as_str(), "/c/1?q=%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%D0%BC%D0%B8%D1%80");
}

#[test]
fn the_code_goes_to_the_token_endpoint_with_its_verifier() {
    let (_, transaction) = begin();
    let verifier = transaction.code_verifier.clone();
    let query = pairs(&[("state", &transaction.state), ("code", "abc")]);
    let code = callback(&tenant(), &query, transaction, NOW + 1000).unwrap();
    let request = code_request(&tenant(), &code);
    assert_eq!(request.uri(), "https://tenant.example.com/oauth/token");
    let form = form_of(&request);
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "abc");
    assert_eq!(form["redirect_uri"], REDIRECT_URI);
    assert_eq!(form["code_verifier"], verifier.expose());
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT_ID, CLIENT_SECRET));
    assert_eq!(form.len(), 6);
    for shown in [format!("{request:?}"), format!("{code:?}")] {
        assert!(
            !shown.contains(verifier.expose()) && !shown.contains(CLIENT_SECRET) && !shown.contains("abc"),
            "{shown}"
        );
    }
}

/// S-14: each wrong callback has its own outcome, and none gives a code.
#[test]
fn s_14_wrong_callbacks_are_refused() {
    let good_issuer = ("iss", ISSUER);
    assert_eq!(come_back(&[("state", "STATE"), ("code", "c")]), Ok(()));
    assert_eq!(come_back(&[("state", "STATE"), ("code", "c"), good_issuer]), Ok(()));
    assert_eq!(come_back(&[("code", "c")]), Err(CallbackError::MissingState));
    assert_eq!(come_back(&[("state", ""), ("code", "c")]), Err(CallbackError::MissingState));
    assert_eq!(come_back(&[("state", "other"), ("code", "c")]), Err(CallbackError::StateMismatch));
    assert_eq!(come_back(&[("state", "STATE")]), Err(CallbackError::MissingCode));
    assert_eq!(come_back(&[("state", "STATE"), ("connect_code", "c")]), Err(CallbackError::MissingCode));
    assert_eq!(come_back(&[("state", "STATE"), ("code", "c"), ("code", "d")]), Err(CallbackError::RepeatedParameter));
    assert_eq!(
        come_back(&[("state", "STATE"), ("code", "c"), ("access_token", "t")]),
        Err(CallbackError::UnexpectedParameter)
    );
    for foreign in ["https://evil.example/", "https://tenant.example.com"] {
        let query = [("state", "STATE"), ("code", "c"), ("iss", foreign)];
        assert_eq!(come_back(&query), Err(CallbackError::IssuerMismatch), "{foreign}");
    }
}

/// RFC 9207, 2.4
#[test]
fn a_promised_iss_has_to_come() {
    let mut tenant = tenant();
    tenant.endpoints.iss_parameter = true;
    let (_, transaction) = begin();
    let query = pairs(&[("state", &transaction.state), ("code", "c")]);
    assert_eq!(callback(&tenant, &query, transaction, NOW).err(), Some(CallbackError::IssuerMismatch));
}

/// The tenant's promise is remembered from the start of the login, whatever is known at its end.
#[test]
fn an_iss_that_was_promised_when_the_login_began_has_to_come() {
    let mut promising = tenant();
    promising.endpoints.iss_parameter = true;
    let (_, transaction) = authorize(&promising, LoginInput::new(ReturnTo::root()), randomness(1), NOW);
    let ring = KeyRing::parse(&Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let state = transaction.state.clone();
    let sealed = Transaction::Login(transaction).seal(&ring, [1; 12], &issuer()).unwrap();
    let come_back = |iss: &[(&str, &str)]| {
        let Transaction::Login(transaction) = Transaction::open(&ring, &issuer(), &state, &sealed).unwrap() else {
            panic!("a login")
        };
        let query = [&[("state", state.as_str()), ("code", "c")], iss].concat();
        callback(&tenant(), &pairs(&query), transaction, NOW).map(|_| ())
    };
    assert_eq!(come_back(&[]), Err(CallbackError::IssuerMismatch));
    assert_eq!(come_back(&[("iss", ISSUER)]), Ok(()));
}

/// A silent login is told from one that the user sees.
#[test]
fn s_13_prompt_none_makes_a_silent_login() {
    for (prompt, silent) in [("none", true), ("login", false), ("bogus", false)] {
        let input = LoginInput::from_query(&pairs(&[("prompt", prompt)]), ORIGIN);
        assert_eq!(authorize(&tenant(), input, randomness(1), NOW).1.silent, silent, "{prompt}");
    }
}

#[test]
fn a_transaction_lives_one_hour() {
    let age = |later: u64| {
        let (_, transaction) = begin();
        let query = pairs(&[("state", &transaction.state), ("code", "c")]);
        callback(&tenant(), &query, transaction, later).err()
    };
    assert_eq!(age(NOW + 3_600_000), None);
    assert_eq!(age(NOW + 3_600_001), Some(CallbackError::Expired));
    assert_eq!(age(NOW - 10_000), None, "clocks differ a little");
    assert_eq!(age(NOW - 60_000), Some(CallbackError::Expired));
}

#[test]
fn errors_of_the_tenant_are_typed_and_made_printable() {
    let error = |code: &str| come_back(&[("state", "STATE"), ("error", code), ("error_description", "no\u{7}")]);
    assert_eq!(error("access_denied"), Err(CallbackError::AccessDenied { description: "no ".into() }));
    for silent in ["login_required", "interaction_required", "consent_required"] {
        assert_eq!(error(silent), Err(CallbackError::InteractionRequired));
    }
    assert_eq!(error("temporarily_unavailable"), Err(CallbackError::TenantDown));
    let refused = error("unauthorized").unwrap_err();
    assert_eq!(refused, CallbackError::Refused { error: "unauthorized".into(), description: "no ".into() });
    assert!(!refused.user_message().is_empty() && !refused.developer_fix().is_empty());
    let without_state = come_back(&[("error", "access_denied")]);
    assert_eq!(without_state, Err(CallbackError::MissingState), "an error without our state is nobody's answer");
}

/// S-14, UA-09
#[test]
fn a_sealed_transaction_opens_for_its_own_state_only() {
    let ring = KeyRing::parse(&Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let (_, login) = begin();
    let sealed = Transaction::Login(login.clone()).seal(&ring, [1; 12], &issuer()).unwrap();
    assert!(!sealed.contains(login.code_verifier.expose()) && sealed.len() < 4000, "fits a cookie");
    let opened = Transaction::open(&ring, &issuer(), &login.state, &sealed).unwrap();
    assert_eq!(opened, Transaction::Login(login.clone()));
    assert!(Transaction::open(&ring, &issuer(), "other-state", &sealed).is_err());
    let other = deputy_auth0::Issuer::from_domain("other.example.com").unwrap();
    assert!(Transaction::open(&ring, &other, &login.state, &sealed).is_err());
    assert!(!format!("{opened:?}").contains(login.code_verifier.expose()));
}

#[test]
fn discovery_has_to_name_our_issuer_and_secure_endpoints() {
    let document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://tenant.example.com/authorize",
        "pushed_authorization_request_endpoint": "https://tenant.example.com/oauth/par",
        "token_endpoint": "https://tenant.example.com/oauth/token",
        "jwks_uri": "https://tenant.example.com/.well-known/jwks.json",
        "end_session_endpoint": "https://tenant.example.com/oidc/logout",
    });
    let read = |changes| Endpoints::from_discovery(&issuer(), answer(200, &with(document.clone(), &changes)));
    assert_eq!(read(json!({})), Ok(Endpoints::auth0(&issuer())));
    assert_eq!(read(json!({"end_session_endpoint": null})).unwrap().end_session, None);
    let without_push = read(json!({"pushed_authorization_request_endpoint": null})).unwrap();
    assert_eq!(without_push.pushed_authorization_request, None, "never a guess: the client's secret goes there");
    assert!(read(json!({"authorization_response_iss_parameter_supported": true})).unwrap().iss_parameter);
    let code = |changes| read(changes).unwrap_err().code();
    assert_eq!(code(json!({"issuer": "https://tenant.example.com"})), "discovery_issuer_mismatch");
    assert_eq!(code(json!({"token_endpoint": "http://tenant.example.com/t"})), "discovery_untrusted_endpoint");
    let approval = json!({"backchannel_authentication_endpoint": "https://login.example.com/bc-authorize"});
    assert_eq!(read(approval).unwrap().backchannel_authentication, "https://login.example.com/bc-authorize");
    let insecure = json!({"backchannel_authentication_endpoint": "http://tenant.example.com/bc-authorize"});
    assert_eq!(code(insecure), "discovery_untrusted_endpoint");
    let insecure = json!({"pushed_authorization_request_endpoint": "http://tenant.example.com/oauth/par"});
    assert_eq!(code(insecure), "discovery_untrusted_endpoint");
    assert_eq!(code(json!({"jwks_uri": null})), "discovery_malformed");
    let down = Endpoints::from_discovery(&issuer(), answer(503, &json!({})));
    assert_eq!(down.unwrap_err().code(), "discovery_unavailable");
    assert_eq!(
        Endpoints::discovery_request(&issuer()).uri(),
        "https://tenant.example.com/.well-known/openid-configuration"
    );
}
