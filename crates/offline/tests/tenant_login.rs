//! Login at the offline tenant: the happy path and every refusal of `/authorize`.

mod support;

use support::{API, CALLBACK, CLIENT, Harness, ISSUER, authorize_path, claims, code_grant, text};

#[tokio::test]
async fn ua_01_ua_12_a_login_ends_in_tokens_of_auth0s_shape() {
    let offline = Harness::new();
    let done = offline.log_in("ana@example.com", &[]).await;
    assert_eq!(done.status, 302);
    assert!(done.location().as_str().starts_with(CALLBACK));
    assert_eq!(done.parameter("state").as_deref(), Some("app-state"));
    let code = done.parameter("code").unwrap();
    let tokens = offline.token(&code_grant(&code)).await.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 86400);
    assert_eq!(tokens["scope"], "openid profile email offline_access agent:chat");
    let access = claims(&text(&tokens, "access_token"));
    assert_eq!(access["iss"], ISSUER);
    assert_eq!(access["aud"], serde_json::json!([API, format!("{ISSUER}userinfo")]));
    assert_eq!(access["azp"], CLIENT);
    assert_eq!(access["permissions"], serde_json::json!(["agent:chat", "stock:trade"]));
    let id = claims(&text(&tokens, "id_token"));
    assert_eq!((&id["iss"], &id["aud"], &id["nonce"]), (&ISSUER.into(), &CLIENT.into(), &"app-nonce".into()));
    assert_eq!((&id["name"], &id["sub"]), (&"Ana Ferreira".into(), &access["sub"]));
    assert!(id["sid"].is_string() && id["exp"].is_u64() && id["iat"].is_u64());
    assert!(text(&tokens, "refresh_token").len() > 20);
    let userinfo = offline.call("GET", "/userinfo", &text(&tokens, "access_token"), None).await;
    assert_eq!((userinfo.status.as_u16(), &userinfo.json()["email"]), (200, &"ana@example.com".into()));
}

#[tokio::test]
async fn the_signature_verifies_with_the_published_key() {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
    use sha2::{Digest, Sha256};
    let offline = Harness::new();
    let token = text(&offline.tokens("ana@example.com").await, "id_token");
    let jwks = offline.get("/.well-known/jwks.json", None).await.json();
    let number =
        |name: &str| BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(jwks["keys"][0][name].as_str().unwrap()).unwrap());
    let key = RsaPublicKey::new(number("n"), number("e")).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let digest = Sha256::digest(input.as_bytes());
    key.verify(Pkcs1v15Sign::new::<Sha256>(), &digest, &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(input.split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!((&header["alg"], &header["kid"]), (&"RS256".into(), &jwks["keys"][0]["kid"]));
}

#[tokio::test]
async fn both_discovery_documents_name_the_endpoints_served() {
    let offline = Harness::new();
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let document = offline.get(path, None).await.json();
        assert_eq!(document["issuer"], ISSUER);
        assert_eq!(document["token_endpoint"], format!("{ISSUER}oauth/token"));
        assert_eq!(document["end_session_endpoint"], format!("{ISSUER}oidc/logout"));
        assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert_eq!(document["pushed_authorization_request_endpoint"], format!("{ISSUER}oauth/par"));
        assert_eq!(document["backchannel_authentication_endpoint"], format!("{ISSUER}bc-authorize"));
        assert_eq!(document["device_authorization_endpoint"], format!("{ISSUER}oauth/device/code"));
        assert!(document.get("registration_endpoint").is_none());
    }
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_gets_a_page_and_no_redirect() {
    let offline = Harness::new();
    for (changes, status) in [
        ([("client_id", "nobody")], 400),
        ([("client_id", "")], 400),
        ([("redirect_uri", "https://evil.example/callback")], 403),
        ([("redirect_uri", "http://localhost:3000/auth/callback/")], 403),
        ([("redirect_uri", "")], 403),
    ] {
        let answer = offline.authorize(&changes, None).await;
        assert_eq!(answer.status, status, "{changes:?}");
        assert!(answer.headers.get("location").is_none());
        assert!(answer.text.contains("invalid_request"));
    }
}

#[tokio::test]
async fn every_other_mistake_in_the_request_is_redirected_with_its_error() {
    let offline = Harness::new();
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("response_mode", "form_post")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("prompt", "sometimes")], "invalid_request"),
        (vec![("prompt", "none login")], "invalid_request"),
        (vec![("prompt", "none")], "login_required"),
        (vec![("max_age", "old")], "invalid_request"),
        (vec![("audience", "https://unknown.example")], "access_denied"),
        (vec![("connection", "github")], "invalid_request"),
        (vec![("connection", "unknown")], "invalid_request"),
        (vec![("request_uri", "urn:example:1")], "invalid_request"),
    ] {
        let answer = offline.authorize(&changes, None).await;
        assert_eq!(answer.parameter("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(answer.parameter("state").as_deref(), Some("app-state"));
        assert!(answer.parameter("code").is_none());
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let offline = Harness::new();
    let answer = offline.get(&format!("{}&state=two", authorize_path(&[])), None).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn ua_04_the_form_honours_hint_and_sign_up_and_escapes_what_it_shows() {
    let offline = Harness::new();
    let login = offline.authorize(&[("login_hint", "\"><script>alert(1)</script>")], None).await;
    let page = offline.get(&format!("/u/login?state={}", login.parameter("state").unwrap()), None).await;
    assert!(page.text.contains("&quot;&gt;&lt;script&gt;") && !page.text.contains("<script"));
    assert!(page.text.contains("ana@example.com") && page.text.contains("ana-offline"));
    let signup = offline.authorize(&[("screen_hint", "signup")], None).await;
    let state = signup.parameter("state").unwrap();
    let page = offline.get(&format!("/u/login?state={state}"), None).await;
    assert!(page.text.contains("Sign up to continue to Deputy"));
    let form = [("state", state.as_str()), ("action", "signup"), ("name", "Dora"), ("username", "Dora@example.com")];
    let weak = offline.post_form("/u/login", &[&form[..], &[("password", "short")]].concat(), None).await;
    assert!(weak.status == 400 && weak.text.contains("too weak"));
    let taken =
        [("state", state.as_str()), ("action", "signup"), ("username", "ana@example.com"), ("password", "long enough")];
    assert_eq!(offline.post_form("/u/login", &taken, None).await.status, 400);
    let done = offline.post_form("/u/login", &[&form[..], &[("password", "long enough")]].concat(), None).await;
    let code = done.parameter("code").unwrap();
    let tokens = offline.token(&code_grant(&code)).await.json();
    let id = claims(&text(&tokens, "id_token"));
    assert_eq!((&id["name"], &id["email"]), (&"Dora".into(), &"dora@example.com".into()));
    // A new user has no permissions yet, so RBAC grants no API scope.
    assert_eq!(tokens["scope"], "openid profile email offline_access");
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_and_logs_nobody_in() {
    let offline = Harness::new();
    let state = offline.authorize(&[], None).await.parameter("state").unwrap();
    for (username, password) in
        [("ana@example.com", "wrong"), ("ana@example.com", ""), ("gina@gmail.example", ""), ("x", "y")]
    {
        let form = [("state", state.as_str()), ("username", username), ("password", password)];
        let answer = offline.post_form("/u/login", &form, None).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains("Wrong email or password.") && answer.cookie().is_none());
    }
    let form = [("state", "unknown"), ("username", "ana@example.com"), ("password", "ana-offline")];
    assert!(offline.post_form("/u/login", &form, None).await.text.contains("invalid_state"));
}

#[tokio::test]
async fn ua_02_a_google_account_logs_in_as_well() {
    let offline = Harness::new();
    let login = offline.authorize(&[("connection", "google-oauth2")], None).await;
    let state = login.parameter("state").unwrap();
    let page = offline.get(&format!("/u/login?state={state}"), None).await;
    assert!(page.text.contains("gina@gmail.example") && !page.text.contains("type=\"password\""));
    let ana = "auth0|6620a0000000000000000001";
    let forged =
        offline.post_form("/u/login", &[("state", &state), ("action", "account"), ("account", ana)], None).await;
    assert_eq!(forged.status, 400);
    let password = [("state", state.as_str()), ("username", "ana@example.com"), ("password", "ana-offline")];
    assert_eq!(offline.post_form("/u/login", &password, None).await.status, 400);
    let gina = "google-oauth2|100000000000000000001";
    let done =
        offline.post_form("/u/login", &[("state", &state), ("action", "account"), ("account", gina)], None).await;
    let tokens = offline.token(&code_grant(&done.parameter("code").unwrap())).await.json();
    assert_eq!(claims(&text(&tokens, "id_token"))["sub"], gina);
}

#[tokio::test]
async fn ua_19_the_session_gives_single_sign_on_until_logout_and_prompt_login_asks_again() {
    let offline = Harness::new();
    let done = offline.log_in("ana@example.com", &[]).await;
    let cookie = done.cookie().unwrap();
    assert!(offline.authorize(&[], Some(&cookie)).await.parameter("code").is_some());
    assert!(offline.authorize(&[("prompt", "none")], Some(&cookie)).await.parameter("code").is_some());
    for changes in [[("prompt", "login")], [("max_age", "0")], [("connection", "google-oauth2")]] {
        // max_age=0 needs the clock to have moved.
        offline.control("POST", "/clock", Some(serde_json::json!({ "offset_ms": 2000 }))).await;
        let asked = offline.authorize(&changes, Some(&cookie)).await;
        assert_eq!(asked.location().path(), "/u/login", "{changes:?}");
    }
    let target = "http://localhost:3000";
    let out = offline
        .get(&format!("/oidc/logout?client_id={CLIENT}&post_logout_redirect_uri={target}&state=s"), Some(&cookie))
        .await;
    assert_eq!((out.status.as_u16(), out.parameter("state").as_deref()), (302, Some("s")));
    assert_eq!(offline.authorize(&[], Some(&cookie)).await.location().path(), "/u/login");
}

#[tokio::test]
async fn ua_20_a_logout_returns_to_allowed_addresses_only() {
    let offline = Harness::new();
    for path in [
        "/v2/logout?client_id=deputy-offline&returnTo=",
        "/oidc/logout?client_id=deputy-offline&post_logout_redirect_uri=",
    ] {
        let cookie = offline.log_in("ana@example.com", &[]).await.cookie().unwrap();
        let refused = offline.get(&format!("{path}https://evil.example"), Some(&cookie)).await;
        assert_eq!(refused.status, 400);
        assert!(refused.headers.get("location").is_none());
        assert!(offline.authorize(&[], Some(&cookie)).await.parameter("code").is_some(), "the session lives on");
        assert_eq!(offline.get(&format!("{path}http://localhost:3000"), Some(&cookie)).await.status, 302);
        assert_eq!(offline.authorize(&[], Some(&cookie)).await.location().path(), "/u/login");
    }
    assert_eq!(offline.get("/v2/logout?client_id=nobody", None).await.status, 400);
    assert_eq!(offline.get("/oidc/logout?id_token_hint=garbage", None).await.status, 400);
    let hint = text(&offline.tokens("ana@example.com").await, "id_token");
    let by_hint = format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri=http://localhost:3000");
    assert_eq!(offline.get(&by_hint, None).await.status, 302);
    assert_eq!(
        offline.get(&format!("/oidc/logout?id_token_hint={hint}&client_id=deputy-offline-api"), None).await.status,
        400
    );
}

#[tokio::test]
async fn a_third_party_application_needs_consent_once() {
    let offline = Harness::new();
    let third = [
        ("client_id", "deputy-offline-third-party"),
        ("redirect_uri", "http://localhost:3000/third-party/callback"),
        ("scope", "openid profile"),
        ("audience", ""),
    ];
    let login = offline.log_in("ana@example.com", &third).await;
    assert_eq!(login.location().path(), "/u/consent");
    let (cookie, state) = (login.cookie().unwrap(), login.parameter("state").unwrap());
    let page = offline.get(&format!("/u/consent?state={state}"), Some(&cookie)).await;
    assert!(page.text.contains("Somebody else&#39;s application is requesting access"));
    assert_eq!(offline.get(&format!("/u/consent?state={state}"), None).await.status, 400, "another browser");
    let none = offline.authorize(&[&third[..], &[("prompt", "none")]].concat(), Some(&cookie)).await;
    assert_eq!(none.parameter("error").as_deref(), Some("consent_required"));
    let declined = offline.post_form("/u/consent", &[("state", &state), ("action", "decline")], Some(&cookie)).await;
    assert_eq!(declined.parameter("error").as_deref(), Some("access_denied"));
    let again = offline.authorize(&third, Some(&cookie)).await;
    let state = again.parameter("state").unwrap();
    let accepted = offline.post_form("/u/consent", &[("state", &state), ("action", "accept")], Some(&cookie)).await;
    assert!(accepted.parameter("code").is_some());
    assert!(offline.authorize(&third, Some(&cookie)).await.parameter("code").is_some(), "consent is remembered");
    let asked = offline.authorize(&[&third[..], &[("prompt", "consent")]].concat(), Some(&cookie)).await;
    assert_eq!(asked.location().path(), "/u/consent");
}
