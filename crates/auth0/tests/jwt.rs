//! Signatures, ID tokens and access tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use deputy_auth0::{
    ApproverError, AuthorizationCode, BearerError, JwtError, LoginInput, ResourceServer, ReturnTo, Scopes,
    SignatureVerified, VerifiedAccessToken, VerifiedIdToken, authorize, callback, jwks_response, validate_access_token,
    validate_approver, validate_login, validate_refreshed, verify_signature,
};
use deputy_error::Explained as _;
use deputy_http::Secret;
use serde_json::{Value, json};
use support::*;

fn id_claims(nonce: &str) -> Value {
    json!({
        "iss": ISSUER, "sub": "auth0|ana", "aud": CLIENT_ID, "iat": NOW_SECONDS, "exp": NOW_SECONDS + 3600,
        "nonce": nonce, "sid": "sid-1", "name": "Ana", "email": "ana@example.com",
    })
}

fn access_claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "auth0|ana", "aud": [AUDIENCE, "https://tenant.example.com/userinfo"],
        "iat": NOW_SECONDS, "exp": NOW_SECONDS + 3600, "azp": CLIENT_ID, "scope": "openid profile stock:trade",
        "permissions": ["read:documents"],
    })
}

fn accepted(token: &Secret) -> SignatureVerified {
    block_on(verify_signature(token, &keys(), &Always(true))).unwrap()
}

fn login(organization: Option<&str>) -> AuthorizationCode {
    let mut input = LoginInput::new(ReturnTo::root());
    input.organization = organization.map(str::to_owned);
    let (_, transaction) = authorize(&tenant(), input, randomness(1), NOW);
    callback(&tenant(), &pairs(&[("state", &transaction.state.clone()), ("code", "c")]), transaction, NOW).unwrap()
}

fn nonce() -> String {
    authorize(&tenant(), LoginInput::new(ReturnTo::root()), randomness(1), NOW).1.nonce
}

fn id_token(changes: &Value) -> Result<VerifiedIdToken, JwtError> {
    let token = unsigned(&header(), &with(id_claims(&nonce()), changes));
    validate_login(accepted(&token), &tenant(), &login(None), NOW)
}

fn resource_server() -> ResourceServer {
    ResourceServer { issuer: issuer(), audience: AUDIENCE.to_owned(), allowed_clients: None }
}

fn access_token(changes: &Value) -> Result<VerifiedAccessToken, JwtError> {
    let token = unsigned(&header(), &with(access_claims(), changes));
    validate_access_token(accepted(&token), &resource_server(), NOW)
}

/// UA-14, CF-07: four tokens, only the first passes.
#[test]
fn ua_14_cf_07_signature_issuer_and_audience_with_a_real_key() {
    let (key, stranger) = (KeyPair::generate(), KeyPair::generate());
    let keys = jwks_response(answer(200, &json!({"keys": [key.jwk("k1")]}))).unwrap();
    let check = |token: Secret| {
        let verified = block_on(verify_signature(&token, &keys, &RsaVerifier))?;
        validate_access_token(verified, &resource_server(), NOW)
    };
    let good = key.sign(&header(), &access_claims());
    let verified = check(good.clone()).unwrap();
    assert_eq!(verified.subject(), "auth0|ana");
    assert_eq!(verified.client_id(), Some(CLIENT_ID));
    assert_eq!(verified.expires_at(), NOW + 3_600_000);
    assert!(verified.scopes().contains("stock:trade") && verified.permissions().contains("read:documents"));
    assert_eq!(check(stranger.sign(&header(), &access_claims())), Err(JwtError::SignatureInvalid));
    let elsewhere = with(access_claims(), &json!({"iss": "https://evil.example/"}));
    assert_eq!(check(key.sign(&header(), &elsewhere)), Err(JwtError::IssuerMismatch));
    let other_api = with(access_claims(), &json!({"aud": "https://other.example/api"}));
    assert_eq!(check(key.sign(&header(), &other_api)), Err(JwtError::AudienceMismatch));
    // S-14: a corrupted signature, and claims swapped under a good one.
    let (input, signature) = good.expose().rsplit_once('.').unwrap();
    let flipped = format!("{input}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
    assert_eq!(check(Secret::new(flipped)), Err(JwtError::SignatureInvalid));
    let forged = signing_input(&header(), &with(access_claims(), &json!({"sub": "auth0|ben"})));
    assert_eq!(check(Secret::new(format!("{forged}.{signature}"))), Err(JwtError::SignatureInvalid));
}

#[test]
fn only_rs256_by_a_key_of_the_tenant() {
    let check = |header: Value| {
        let token = unsigned(&header, &access_claims());
        block_on(verify_signature(&token, &keys(), &Always(true))).map(|_| ()).unwrap_err()
    };
    for algorithm in ["none", "HS256", "PS256", "RS512", "rs256", ""] {
        assert_eq!(check(with(header(), &json!({"alg": algorithm}))), JwtError::AlgorithmRefused, "{algorithm}");
    }
    assert_eq!(check(with(header(), &json!({"crit": ["b64"]}))), JwtError::CriticalExtension);
    assert_eq!(check(with(header(), &json!({"kid": "k2"}))), JwtError::UnknownKey);
    assert_eq!(check(with(header(), &json!({"kid": null, "jku": "https://evil.example/"}))), JwtError::UnknownKey);
    let token = unsigned(&header(), &access_claims());
    let outcome = |valid: bool| block_on(verify_signature(&token, &keys(), &Always(valid))).map(|_| ());
    assert_eq!(outcome(false), Err(JwtError::SignatureInvalid));
    assert_eq!(block_on(verify_signature(&token, &keys(), &Broken)).unwrap_err().code(), "token_verifier_failed");
}

/// T35b: groups of a large organization make tokens of this size; what is larger is refused by name.
#[test]
fn t35b_a_token_of_64_kb_is_read_and_a_larger_one_named() {
    let token = |characters: usize| {
        let claims = |filling: usize| {
            let groups: Vec<String> = (0..filling / 40).map(|n| format!("department-{n:027}")).collect();
            let rest = "x".repeat(filling % 40);
            with(id_claims(&nonce()), &json!({"groups": groups, "rest": rest}))
        };
        // Base64 makes four characters of three bytes: look for the filling that gives this length.
        let length = |filling: usize| unsigned(&header(), &claims(filling)).expose().len();
        let filling = (0..characters).collect::<Vec<_>>().partition_point(|filling| length(*filling) < characters);
        (unsigned(&header(), &claims(filling)), length(filling))
    };
    let (fits, length) = token(65_530);
    assert!((65_500..=65_536).contains(&length), "{length}");
    let verified = block_on(verify_signature(&fits, &keys(), &Always(true))).unwrap();
    let user = validate_login(verified, &tenant(), &login(None), NOW).unwrap();
    assert!(user.claims()["groups"].as_array().unwrap().len() > 1_000);
    let (larger, length) = token(65_537);
    assert!(length > 65_536);
    let refused = block_on(verify_signature(&larger, &keys(), &Always(true))).unwrap_err();
    assert_eq!((&refused, refused.code()), (&JwtError::TooLarge, "token_too_large"));
    assert!(refused.developer_fix().contains("65536"));
}

/// T35a: keys that are none of ours to use, or oddly written, do not hide the one that signs.
#[test]
fn t35a_the_signing_key_is_found_among_odd_ones() {
    let key = KeyPair::generate();
    let token = key.sign(&with(header(), &json!({"kid": "signer"})), &access_claims());
    let good = key.jwk("signer");
    let padded = |jwk: &Value| {
        let pad = |text: &str| format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
        with(jwk.clone(), &json!({"n": pad(jwk["n"].as_str().unwrap()), "e": pad(jwk["e"].as_str().unwrap())}))
    };
    let elliptic = json!({"kty": "EC", "crv": "P-256", "kid": "signer", "x": "AA", "y": "AA"});
    for (why, keys) in [
        ("a post-quantum key first", json!([{"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": "AQID"}, good])),
        ("no objects", json!([null, 7, "key", [], {}, good])),
        ("a key id that is no text", json!([with(good.clone(), &json!({"kid": 12})), good])),
        ("only a certificate", json!([{"kty": "RSA", "use": "sig", "kid": "signer", "x5c": ["MIIB"]}, good])),
        ("key_ops for use", json!([with(good.clone(), &json!({"use": null, "key_ops": ["verify"]}))])),
        ("the same id on a key of another kind", json!([elliptic, good])),
        ("padded numbers", json!([padded(&good)])),
    ] {
        let keys = jwks_response(answer(200, &json!({"keys": keys}))).unwrap_or_else(|error| panic!("{why}: {error}"));
        assert!(block_on(verify_signature(&token, &keys, &RsaVerifier)).is_ok(), "{why}");
    }
    let encryption = with(good, &json!({"use": "enc"}));
    let none = jwks_response(answer(200, &json!({"keys": [encryption]}))).unwrap_err();
    assert_eq!(none.code(), "jwks_no_usable_key");
}

/// OpenID Connect Core 1.0, 3.1.3.7, step 13.
#[test]
fn s_13_max_age_is_checked() {
    let (_, transaction) = {
        let mut input = LoginInput::new(ReturnTo::root());
        input.max_age = Some("60".to_owned());
        authorize(&tenant(), input, randomness(1), NOW)
    };
    let query = pairs(&[("state", &transaction.state.clone()), ("code", "c")]);
    let code = callback(&tenant(), &query, transaction, NOW).unwrap();
    let outcome = |changes: &Value| {
        let token = unsigned(&header(), &with(id_claims(&nonce()), changes));
        validate_login(accepted(&token), &tenant(), &code, NOW).map(|_| ())
    };
    assert_eq!(outcome(&json!({"auth_time": NOW_SECONDS - 60})), Ok(()));
    assert_eq!(outcome(&json!({"auth_time": NOW_SECONDS - 91})), Err(JwtError::LoginTooOld));
    assert_eq!(outcome(&json!({})), Err(JwtError::MissingClaim { name: "auth_time" }));
    assert_eq!(outcome(&json!({"auth_time": "now"})), Err(JwtError::MissingClaim { name: "auth_time" }));
}

/// OpenID Connect Core 1.0, 3.1.3.7, step 12: a log-in that was asked for with a second factor had one.
#[test]
fn s_13_acr_values_are_checked() {
    const MFA: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    let outcome = |asked: &str, changes: &Value| {
        let mut input = LoginInput::new(ReturnTo::root());
        input.acr_values = Some(asked.to_owned());
        let (_, transaction) = authorize(&tenant(), input, randomness(1), NOW);
        let query = pairs(&[("state", &transaction.state.clone()), ("code", "c")]);
        let code = callback(&tenant(), &query, transaction, NOW).unwrap();
        let token = unsigned(&header(), &with(id_claims(&nonce()), changes));
        validate_login(accepted(&token), &tenant(), &code, NOW).map(|_| ())
    };
    for (asked, claims) in [
        (MFA, json!({"acr": MFA})),
        (MFA, json!({"amr": ["pwd", "mfa"]})),
        ("urn:silver urn:gold", json!({"acr": "urn:gold"})),
        (" ", json!({})),
    ] {
        assert_eq!(outcome(asked, &claims), Ok(()), "{asked} {claims}");
    }
    for (asked, claims) in [
        (MFA, json!({})),
        (MFA, json!({"acr": "urn:other", "amr": ["pwd"]})),
        (MFA, json!({"acr": [MFA], "amr": "mfa"})),
        ("urn:gold", json!({"amr": ["mfa"]})),
        ("urn:silver urn:gold", json!({"acr": "urn:silver urn:gold"})),
    ] {
        assert_eq!(outcome(asked, &claims), Err(JwtError::ContextNotMet), "{asked} {claims}");
    }
}

#[test]
fn garbage_is_malformed() {
    let long = "a".repeat(20_000);
    for text in ["", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "é.é.é", long.as_str()] {
        let outcome = block_on(verify_signature(&Secret::new(text), &keys(), &Always(true)));
        assert!(matches!(outcome, Err(JwtError::Malformed)), "{text}");
    }
    let list = unsigned(&header(), &json!(["not", "an", "object"]));
    assert!(matches!(block_on(verify_signature(&list, &keys(), &Always(true))), Err(JwtError::Malformed)));
    for claim in ["exp", "iat", "nbf"] {
        let odd = unsigned(&header(), &with(access_claims(), &json!({claim: "tomorrow"})));
        assert!(matches!(block_on(verify_signature(&odd, &keys(), &Always(true))), Err(JwtError::Malformed)));
    }
    assert_eq!(access_token(&json!({"exp": -5})), Err(JwtError::Malformed));
}

#[test]
fn a_good_id_token_gives_the_user() {
    let user = id_token(&json!({})).unwrap();
    assert_eq!((user.issuer(), user.subject(), user.sid()), (ISSUER, "auth0|ana", Some("sid-1")));
    assert_eq!(user.claims()["name"], "Ana");
    assert_eq!(user.claims()["exp"], NOW_SECONDS + 3600, "/user shows all claims");
    assert!(id_token(&json!({"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID})).is_ok());
    assert!(id_token(&json!({"sid": null})).unwrap().sid().is_none());
}

/// S-14, OpenID Connect Core 1.0, 3.1.3.7
#[test]
fn s_14_wrong_id_tokens_are_refused() {
    for (changes, expected) in [
        (json!({"iss": "https://tenant.example.com"}), JwtError::IssuerMismatch),
        (json!({"iss": null}), JwtError::IssuerMismatch),
        (json!({"aud": "other"}), JwtError::AudienceMismatch),
        (json!({"aud": []}), JwtError::AudienceMismatch),
        (json!({"aud": AUDIENCE}), JwtError::AudienceMismatch),
        (json!({"aud": [CLIENT_ID, "other"]}), JwtError::ClientMismatch),
        (json!({"azp": "other"}), JwtError::ClientMismatch),
        (json!({"azp": 7}), JwtError::ClientMismatch),
        (json!({"nonce": "other"}), JwtError::NonceMismatch),
        (json!({"nonce": null}), JwtError::NonceMismatch),
        (json!({"sub": ""}), JwtError::MissingClaim { name: "sub" }),
        (json!({"sub": null}), JwtError::MissingClaim { name: "sub" }),
        (json!({"exp": null}), JwtError::MissingClaim { name: "exp" }),
        (json!({"iat": null}), JwtError::MissingClaim { name: "iat" }),
    ] {
        assert_eq!(id_token(&changes), Err(expected), "{changes}");
    }
    let logout = unsigned(&with(header(), &json!({"typ": "logout+jwt"})), &id_claims(&nonce()));
    assert_eq!(validate_login(accepted(&logout), &tenant(), &login(None), NOW), Err(JwtError::TypeRefused));
    let access = unsigned(&with(header(), &json!({"typ": "at+jwt"})), &id_claims(&nonce()));
    assert_eq!(validate_login(accepted(&access), &tenant(), &login(None), NOW), Err(JwtError::TypeRefused));
}

#[test]
fn times_have_thirty_seconds_of_leeway() {
    for (changes, expected) in [
        (json!({"exp": NOW_SECONDS - 29}), None),
        (json!({"exp": NOW_SECONDS - 30}), Some(JwtError::Expired)),
        (json!({"nbf": NOW_SECONDS + 30}), None),
        (json!({"nbf": NOW_SECONDS + 31}), Some(JwtError::NotYetValid)),
        (json!({"iat": NOW_SECONDS + 30}), None),
        (json!({"iat": NOW_SECONDS + 31}), Some(JwtError::NotYetValid)),
    ] {
        assert_eq!(id_token(&changes).err(), expected, "{changes}");
        assert_eq!(access_token(&changes).err(), expected, "{changes}");
    }
}

#[test]
fn an_organization_that_was_asked_for_is_compared() {
    let check = |asked: &str, changes: &Value| {
        let token = unsigned(&header(), &with(id_claims(&nonce()), changes));
        validate_login(accepted(&token), &tenant(), &login(Some(asked)), NOW).err()
    };
    assert_eq!(check("org_1", &json!({"org_id": "org_1"})), None);
    assert_eq!(check("Acme", &json!({"org_name": "acme", "org_id": "org_1"})), None);
    assert_eq!(check("org_1", &json!({"org_id": "org_2"})), Some(JwtError::OrganizationMismatch));
    assert_eq!(check("org_1", &json!({})), Some(JwtError::OrganizationMismatch));
    assert_eq!(check("acme", &json!({"org_name": "other"})), Some(JwtError::OrganizationMismatch));
}

/// S-03: a refresh never turns one user's session into another's.
#[test]
fn s_03_a_refreshed_id_token_is_of_the_same_user() {
    let token = || accepted(&unsigned(&header(), &with(id_claims(""), &json!({"nonce": null}))));
    assert_eq!(validate_refreshed(token(), &tenant(), "auth0|ana", NOW).unwrap().subject(), "auth0|ana");
    assert_eq!(validate_refreshed(token(), &tenant(), "auth0|ben", NOW), Err(JwtError::SubjectMismatch));
}

/// S-27
#[test]
fn s_27_an_access_token_without_a_subject_is_nobody() {
    for sub in [json!(null), json!(""), json!(7)] {
        let token = unsigned(&header(), &with(access_claims(), &json!({"sub": sub})));
        let outcome = validate_access_token(accepted(&token), &resource_server(), NOW);
        assert_eq!(outcome, Err(JwtError::MissingClaim { name: "sub" }), "{sub}");
    }
}

/// S-28
#[test]
fn s_28_type_client_and_scopes_are_policy() {
    let check = |header: &Value, changes: &Value, clients: &[&str]| {
        let mut server = resource_server();
        server.allowed_clients = Some(clients.iter().map(|client| (*client).to_owned()).collect());
        let token = unsigned(header, &with(access_claims(), changes));
        validate_access_token(accepted(&token), &server, NOW).map(|_| ())
    };
    let typ = |typ: &str| with(header(), &json!({"typ": typ}));
    assert_eq!(check(&header(), &json!({}), &[CLIENT_ID]), Ok(()));
    assert_eq!(check(&header(), &json!({}), &["other"]), Err(JwtError::ClientMismatch));
    assert_eq!(check(&header(), &json!({"azp": null}), &[CLIENT_ID]), Err(JwtError::ClientMismatch));
    assert_eq!(check(&header(), &json!({"azp": null, "client_id": CLIENT_ID}), &[CLIENT_ID]), Ok(()));
    for accepted_type in ["JWT", "at+jwt", "application/AT+JWT"] {
        assert_eq!(check(&typ(accepted_type), &json!({}), &[CLIENT_ID]), Ok(()), "{accepted_type}");
    }
    for refused in ["logout+jwt", "token-vault-req+jwt", "dpop+jwt"] {
        assert_eq!(check(&typ(refused), &json!({}), &[CLIENT_ID]), Err(JwtError::TypeRefused), "{refused}");
    }
    let token = access_token(&json!({})).unwrap();
    assert!(token.missing_scopes(&Scopes::parse("stock:trade read:documents")).is_empty());
    assert_eq!(token.missing_scopes(&Scopes::parse("stock:trade admin")).to_string(), "admin");
    let nowhere = ResourceServer { audience: String::new(), ..resource_server() };
    let empty = accepted(&unsigned(&header(), &with(access_claims(), &json!({"aud": ""}))));
    assert_eq!(
        validate_access_token(empty, &nowhere, NOW),
        Err(JwtError::AudienceMismatch),
        "S-02: no setting, no entry"
    );
}

/// UA-17
#[test]
fn ua_17_the_identity_is_a_fixed_set_of_fields() {
    let identity = access_token(&json!({"email": "ana@example.com", "auth_type": "forged"})).unwrap().identity();
    assert_eq!(identity["identity"], "auth0|ana");
    assert_eq!(identity["email"], "ana@example.com");
    assert_eq!(identity["permissions"], json!(["openid", "profile", "stock:trade"]));
    assert_eq!(identity["auth_type"], "auth0");
    assert_eq!(identity["sub"], "auth0|ana");
    assert_eq!(access_token(&json!({"scope": null})).unwrap().identity()["permissions"], json!([]));
}

#[test]
fn unusable_keys_are_skipped() {
    let key = |changes| with(serde_json::to_value(keys()).unwrap()["keys"][0].clone(), &changes);
    let read = |list: Value| jwks_response(answer(200, &json!({"keys": list})));
    let usable = read(json!([
        key(json!({"kid": "small", "n": "AQAB"})),
        key(json!({"kid": "enc", "use": "enc"})),
        key(json!({"kid": "ps", "alg": "PS256"})),
        key(json!({"kid": "ec", "kty": "EC"})),
        key(json!({"kid": null})),
        {"kty": "oct"},
        key(json!({"kid": "good"})),
    ]));
    let usable = usable.unwrap();
    assert_eq!(usable.len(), 1);
    assert!(usable.find("good").is_some() && usable.find("small").is_none());
    assert_eq!(read(json!([])).unwrap_err().code(), "jwks_no_usable_key");
    assert_eq!(jwks_response(answer(200, &json!({}))).unwrap_err().code(), "jwks_malformed");
    assert_eq!(jwks_response(answer(500, &json!({}))).unwrap_err().code(), "jwks_unavailable");
}

/// AA-12 (OpenID CIBA Core 1.0, 10.1.1): without a nonce, for our client, of the user who was asked.
#[test]
fn aa_12_the_approver_is_the_user_who_was_asked() {
    let check = |changes: &Value| {
        let token = unsigned(&header(), &with(with(id_claims("-"), &json!({"nonce": null})), changes));
        validate_approver(accepted(&token), &tenant(), |subject| subject == "auth0|ana", NOW)
    };
    assert_eq!(check(&json!({})).unwrap().subject(), "auth0|ana");
    assert_eq!(check(&json!({"sub": "auth0|ben"})).unwrap_err(), ApproverError::OtherUser);
    for (changes, error) in [
        (json!({"sub": null}), JwtError::MissingClaim { name: "sub" }),
        (json!({"aud": "another"}), JwtError::AudienceMismatch),
        (json!({"iss": "https://evil.example/"}), JwtError::IssuerMismatch),
        (json!({"exp": NOW_SECONDS - 31}), JwtError::Expired),
        (json!({"exp": null}), JwtError::MissingClaim { name: "exp" }),
    ] {
        assert_eq!(check(&changes).unwrap_err(), ApproverError::NotAccepted(error), "{changes}");
    }
}

/// S-28: a token of a client that is not allowed is told apart from one that is not good, by code alone.
#[test]
fn s_28_a_client_that_is_not_allowed_has_a_code_of_its_own() {
    let refused = BearerError::from(JwtError::ClientMismatch);
    assert_eq!(
        (refused.code(), refused.to_string().as_str()),
        ("bearer_client_not_allowed", "Invalid Authorization token provided.")
    );
    assert_eq!(BearerError::from(JwtError::Expired), BearerError::Rejected);
}
