//! What clients prove with keys: `private_key_jwt`, DPoP; and what they push (PAR).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers outside of the test functions

mod support;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use support::{
    CALLBACK, CLIENT, Harness, ISSUER, SECRET, authorize_path, challenge, changed, claims, code_grant,
    keys::{Key, merged},
    text,
};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn assertion(key: &Key, now: u64, changes: &Value) -> String {
    let claims = json!({ "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "iat": now / 1000, "exp": now / 1000 + 60, "jti": format!("{changes}") });
    key.sign(&json!({ "alg": "ES256" }), &merged(claims, changes))
}

#[tokio::test]
async fn an_assertion_is_of_the_client_for_this_server_short_lived_and_used_once() {
    let offline = Harness::new();
    let refresh_token = text(&offline.tokens("ana@example.com").await, "refresh_token");
    let key = Key::new(7);
    offline.patch(&format!("/clients/{CLIENT}"), json!({ "public_keys": [key.jwk()] })).await;
    let now = offline.world.now_ms();
    let send = async |assertion: &str, more: &[(&str, &str)]| {
        let base = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str()),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        let fields = changed(&base, more);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        offline.token(&fields).await
    };
    let good = assertion(&key, now, &json!({}));
    assert_eq!(send(&good, &[]).await.status, 200);
    send(&good, &[]).await.refused(401, "invalid_client");
    let s = now / 1000;
    for changes in [
        json!({ "iss": "another" }),
        json!({ "sub": "another" }),
        json!({ "aud": "https://elsewhere.example/" }),
        json!({ "exp": s - 1 }),
        json!({ "exp": s + 7_200 }),
        json!({ "exp": null }),
        json!({ "jti": null }),
        json!({ "nbf": s + 120 }),
    ] {
        send(&assertion(&key, now, &changes), &[]).await.refused(401, "invalid_client");
    }
    send(&assertion(&Key::new(8), now, &json!({ "jti": "k" })), &[]).await.refused(401, "invalid_client");
    let fresh = |jti: &str| assertion(&key, now, &json!({ "jti": jti }));
    send(&fresh("a"), &[("client_id", "deputy-offline-api")]).await.refused(401, "invalid_client");
    send(&fresh("b"), &[("client_secret", SECRET)]).await.refused(400, "invalid_request");
    send(&fresh("c"), &[("client_assertion_type", "urn:other")]).await.refused(400, "invalid_request");
    let endpoint = assertion(&key, now, &json!({ "aud": format!("{ISSUER}oauth/token") }));
    assert_eq!(send(&endpoint, &[("client_id", CLIENT)]).await.status, 200);
    // With a key the secret is worth nothing.
    let secret = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("refresh_token", &refresh_token),
    ];
    offline.token(&secret).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn a_dpop_proof_is_for_its_request_fresh_and_used_once() {
    let offline = Harness::new();
    let refresh_token = text(&offline.tokens("ana@example.com").await, "refresh_token");
    let key = Key::new(9);
    let now = offline.world.now_ms();
    let url = format!("{ISSUER}oauth/token");
    let send = async |proofs: &[String]| {
        let body =
            format!("grant_type=refresh_token&client_id={CLIENT}&client_secret={SECRET}&refresh_token={refresh_token}");
        let mut request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        for proof in proofs {
            request = request.header("dpop", proof);
        }
        offline.send(request.body(Body::from(body)).unwrap()).await
    };
    let good = key.proof("POST", &url, now, &json!({}), &json!({}));
    let tokens = send(std::slice::from_ref(&good)).await.json();
    assert_eq!(tokens["token_type"], "DPoP");
    let access_token = text(&tokens, "access_token");
    assert!(claims(&access_token)["cnf"]["jkt"].is_string());
    send(std::slice::from_ref(&good)).await.refused(400, "invalid_dpop_proof");
    send(&[good.clone(), good]).await.refused(400, "invalid_dpop_proof");
    for (header, body) in [
        (json!({ "typ": "JWT" }), json!({})),
        (json!({ "jwk": Key::new(1).jwk() }), json!({})),
        (json!({ "jwk": merged(key.jwk(), &json!({ "d": "secret" })) }), json!({})),
        (json!({ "jwk": null }), json!({})),
        (json!({ "alg": "none" }), json!({})),
        (json!({}), json!({ "htm": "GET" })),
        (json!({}), json!({ "htu": format!("{ISSUER}userinfo") })),
        (json!({}), json!({ "iat": now / 1000 - 120 })),
        (json!({}), json!({ "iat": now / 1000 + 120 })),
        (json!({}), json!({ "jti": null })),
    ] {
        let proof = key.proof("POST", &url, now, &header, &body);
        send(&[proof]).await.refused(400, "invalid_dpop_proof");
    }
    // At an API: the proof names the token, and the token needs its proof.
    let info = format!("{ISSUER}userinfo");
    let ath = challenge(&access_token);
    let userinfo = async |scheme: &str, proof: Option<String>| {
        let mut request = Request::get("/userinfo").header("authorization", format!("{scheme} {access_token}"));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        offline.send(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(userinfo("Bearer", None).await, 401);
    assert_eq!(userinfo("DPoP", None).await, 401);
    assert_eq!(userinfo("DPoP", Some(key.proof("GET", &info, now, &json!({}), &json!({})))).await, 401);
    let other = Key::new(2).proof("GET", &info, now, &json!({}), &json!({ "ath": ath }));
    assert_eq!(userinfo("DPoP", Some(other)).await, 401);
    let proof = key.proof("GET", &info, now, &json!({}), &json!({ "ath": ath }));
    assert_eq!(userinfo("DPoP", Some(proof)).await, 200);
    offline.patch(&format!("/clients/{CLIENT}"), json!({ "require_proof_of_possession": true })).await;
    send(&[]).await.refused(400, "invalid_dpop_proof");
    offline.patch("/policies", json!({ "dpop_nonce": true })).await;
    let refused = send(&[key.proof("POST", &url, now, &json!({}), &json!({ "x": 1 }))]).await;
    refused.refused(400, "use_dpop_nonce");
    let nonce = refused.headers["dpop-nonce"].to_str().unwrap();
    assert_eq!(send(&[key.proof("POST", &url, now, &json!({}), &json!({ "nonce": nonce }))]).await.status, 200);
}

#[tokio::test]
async fn a_pushed_request_is_checked_when_pushed_and_used_once_by_its_client() {
    let offline = Harness::new();
    let fields = |changes: &[(&str, &str)]| -> Vec<(String, String)> {
        let path = authorize_path(&[]);
        let query = path.split_once('?').unwrap().1.to_owned();
        let base: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let base: Vec<(&str, &str)> = base.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        changed(&[&base[..], &[("client_secret", SECRET)]].concat(), changes)
    };
    let push = async |changes: &[(&str, &str)]| {
        let fields = fields(changes);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        offline.post_form("/oauth/par", &fields, None).await
    };
    for (changes, status, error) in [
        ([("client_secret", "wrong")], 401, "invalid_client"),
        ([("redirect_uri", "https://evil.example/")], 400, "invalid_request"),
        ([("redirect_uri", "")], 400, "invalid_request"),
        ([("response_type", "token")], 400, "unsupported_response_type"),
        ([("code_challenge", "")], 400, "invalid_request"),
        ([("audience", "https://unknown.example")], 403, "access_denied"),
        ([("request_uri", "urn:example")], 400, "invalid_request"),
    ] {
        push(&changes).await.refused(status, error);
    }
    let pushed = push(&[]).await;
    assert_eq!((pushed.status.as_u16(), pushed.json()["expires_in"].as_u64()), (201, Some(30)));
    let uri = text(&pushed.json(), "request_uri");
    let with = |client: &str| {
        format!(
            "/authorize?{}",
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("client_id", client)
                .append_pair("request_uri", &uri)
                .finish()
        )
    };
    assert_eq!(offline.get(&with("deputy-offline-third-party"), None).await.status, 400);
    assert!(offline.get(&with(CLIENT), None).await.location().path().starts_with("/u/login"));
    assert_eq!(offline.get(&with(CLIENT), None).await.status, 400);
    let late = text(&push(&[]).await.json(), "request_uri");
    offline.clock(31_000).await;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT)
        .append_pair("request_uri", &late)
        .finish();
    assert_eq!(offline.get(&format!("/authorize?{query}"), None).await.status, 400);
    offline.patch(&format!("/clients/{CLIENT}"), json!({ "require_pushed_authorization_requests": true })).await;
    let direct = offline.authorize(&[], None).await;
    assert_eq!(direct.parameter("error").as_deref(), Some("invalid_request"));
    assert!(direct.location().as_str().starts_with(CALLBACK));
}

#[tokio::test]
async fn a_code_bound_to_a_key_needs_its_proof() {
    let offline = Harness::new();
    let code = offline.log_in("ana@example.com", &[("dpop_jkt", "a-thumbprint")]).await.parameter("code").unwrap();
    offline.token(&code_grant(&code)).await.refused(400, "invalid_dpop_proof");
}
