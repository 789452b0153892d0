//! A world without sockets: requests go straight into the routers.

#![allow(dead_code, clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

pub mod keys;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deputy_offline::{
    options::Options,
    server,
    world::{Decision, Service, User, World},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use url::Url;

pub const CLIENT: &str = "deputy-offline";
pub const SECRET: &str = "offline-client-secret-not-a-real-one";
pub const API_CLIENT: &str = "deputy-offline-api";
pub const API_SECRET: &str = "offline-custom-api-secret-not-a-real-one";
pub const API: &str = "https://deputy.example/api";
pub const CALLBACK: &str = "http://localhost:3000/auth/callback";
pub const ISSUER: &str = "http://localhost:4400/";
pub const VAULT_GRANT: &str = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";
pub const VAULT_TYPE: &str = "http://auth0.com/oauth/token-type/federated-connection-access-token";
pub const FREEBUSY: &str = "https://www.googleapis.com/auth/calendar.freebusy";
pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";
pub const ME_SCOPES: &str = "openid profile offline_access create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts";

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn location(&self) -> Url {
        let location = self.headers.get(header::LOCATION).unwrap_or_else(|| panic!("no location: {self:?}"));
        Url::parse(ISSUER).unwrap().join(location.to_str().unwrap()).unwrap()
    }

    pub fn parameter(&self, name: &str) -> Option<String> {
        self.location().query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    pub fn cookie(&self) -> Option<String> {
        let cookie = self.headers.get(header::SET_COOKIE)?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    /// Status and `error` of an OAuth refusal.
    #[track_caller]
    pub fn refused(&self, status: u16, error: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        let body = self.json();
        assert_eq!(body["error"], error, "{}", self.text);
        assert!(!body["error_description"].as_str().unwrap().is_empty());
    }
}

/// The world and its routers.
pub struct Harness {
    pub world: Arc<World>,
    tenant: Router,
    providers: Router,
    control: Router,
}

impl Harness {
    pub fn new() -> Self {
        let world = World::new(Options { quiet: true, ..Options::default() }).expect("the seeded data is good");
        let tenant = server::router(Service::Tenant, &world);
        let providers = server::router(Service::Providers, &world);
        let control = server::router(Service::Control, &world);
        Self { world, tenant, providers, control }
    }

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        send(&self.tenant, request.body(Body::empty()).unwrap()).await
    }

    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)], cookie: Option<&str>) -> Answer {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        send(&self.tenant, request.body(Body::from(body)).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.tenant, request).await
    }

    /// A call of a provider.
    pub async fn provider(&self, request: Request<Body>) -> Answer {
        send(&self.providers, request).await
    }

    /// A provider's token of Ana with these scopes.
    pub async fn provider_token(&self, connection: &str, account: &str, scopes: &[&str]) -> String {
        let user_id = self.user("ana").user_id;
        let account = json!({ "user_id": user_id, "connection": connection, "account": account, "scopes": scopes });
        let seeded = self.control("POST", "/seed", Some(json!({ "connected_accounts": [account] }))).await;
        assert_eq!(seeded.status, 200, "{}", seeded.text);
        let refresh_token = text(&self.tokens("ana@example.com").await, "refresh_token");
        text(&self.exchange(&refresh_token, &[("connection", connection)]).await.json(), "access_token")
    }

    /// A seeded user by the beginning of the address.
    pub fn user(&self, name: &str) -> User {
        self.world.users().into_iter().find(|user| user.email.starts_with(name)).expect("a seeded user")
    }

    /// Moves the clock to so many milliseconds ahead.
    pub async fn clock(&self, offset_ms: u64) {
        assert_eq!(self.control("POST", "/clock", Some(json!({ "offset_ms": offset_ms }))).await.status, 200);
    }

    /// Replaces members of a record.
    pub async fn patch(&self, path: &str, changes: Value) {
        let answer = self.control("PATCH", path, Some(changes)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// A JSON call with a bearer token.
    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        send(&self.tenant, request.body(body).unwrap()).await
    }

    pub async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:4403");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        send(&self.control, request.body(body).unwrap()).await
    }

    pub async fn control_raw(&self, request: Request<Body>) -> Answer {
        send(&self.control, request).await
    }

    pub async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        self.post_form("/oauth/token", fields, None).await
    }

    /// `/authorize` of the default client with some parameters replaced, added or (when empty) left out.
    pub async fn authorize(&self, changes: &[(&str, &str)], cookie: Option<&str>) -> Answer {
        self.get(&authorize_path(changes), cookie).await
    }

    /// Logs a user in and gives the redirect to the application.
    pub async fn log_in(&self, email: &str, changes: &[(&str, &str)]) -> Answer {
        let login = self.authorize(changes, None).await;
        let state = login.parameter("state").expect("the login page has a state");
        let password = format!("{}-offline", email.split('@').next().unwrap());
        self.post_form(
            "/u/login",
            &[("state", &state), ("username", email), ("password", &password), ("action", "default")],
            None,
        )
        .await
    }

    /// The token answer of a login.
    pub async fn tokens(&self, email: &str) -> Value {
        let code = self.log_in(email, &[]).await.parameter("code").expect("a code");
        let answer = self.token(&code_grant(&code)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// A My Account token for a user's refresh token.
    pub async fn my_account_token(&self, refresh_token: &str, scope: &str) -> String {
        let audience = format!("{ISSUER}me/");
        let answer = self
            .token(&[
                ("grant_type", "refresh_token"),
                ("client_id", CLIENT),
                ("client_secret", SECRET),
                ("refresh_token", refresh_token),
                ("audience", &audience),
                ("scope", scope),
            ])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        text(&answer.json(), "access_token")
    }

    /// Runs the flow up to the connect code: gives auth session and code.
    pub async fn connect_code(
        &self,
        token: &str,
        connection: &str,
        account: &str,
        scopes: &[&str],
    ) -> (String, String) {
        let started =
            self.call("POST", "/me/v1/connected-accounts/connect", token, Some(connect_body(connection, scopes))).await;
        assert_eq!(started.status, 201, "{}", started.text);
        let ticket = started.json()["connect_params"]["ticket"].as_str().unwrap().to_owned();
        let consent = self.get(&format!("/connected-accounts/connect?ticket={ticket}"), None).await;
        assert_eq!(consent.status, 302, "{}", consent.text);
        let asked = self.world.consent_ticket(&ticket).expect("the provider knows the ticket");
        let decision = Decision::Allow { account: account.to_owned(), scopes: asked.scopes };
        let back = self.world.decide_consent(&ticket, decision).expect("the first answer counts");
        let path = back.strip_prefix("http://localhost:4400").unwrap();
        let end = self.get(path, None).await;
        assert_eq!(end.parameter("state").as_deref(), Some("connect-state"));
        (text(&started.json(), "auth_session"), end.parameter("connect_code").expect("a connect code"))
    }

    /// Connects an account.
    pub async fn connect(&self, token: &str, connection: &str, account: &str, scopes: &[&str]) -> Value {
        let (auth_session, connect_code) = self.connect_code(token, connection, account, scopes).await;
        let done = self.complete(token, &auth_session, &connect_code).await;
        assert_eq!(done.status, 201, "{}", done.text);
        done.json()
    }

    pub async fn complete(&self, token: &str, auth_session: &str, connect_code: &str) -> Answer {
        let body = complete_body(auth_session, connect_code);
        self.call("POST", "/me/v1/connected-accounts/complete", token, Some(body)).await
    }

    /// The Token Vault exchange with some parameters replaced, added or (when empty) left out.
    pub async fn exchange(&self, subject: &str, changes: &[(&str, &str)]) -> Answer {
        let base = [
            ("grant_type", VAULT_GRANT),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("subject_token", subject),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
            ("requested_token_type", VAULT_TYPE),
            ("connection", "google-oauth2"),
        ];
        let fields = changed(&base, changes);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.token(&fields).await
    }
}

pub fn connect_body(connection: &str, scopes: &[&str]) -> Value {
    json!({
        "connection": connection,
        "redirect_uri": CALLBACK,
        "state": "connect-state",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
        "scopes": scopes,
        "authorization_params": { "prompt": "login" },
    })
}

pub fn complete_body(auth_session: &str, connect_code: &str) -> Value {
    json!({ "auth_session": auth_session, "connect_code": connect_code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER })
}

pub fn code_grant(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

pub fn authorize_path(changes: &[(&str, &str)]) -> String {
    let challenge = challenge(VERIFIER);
    let base = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email offline_access agent:chat"),
        ("audience", API),
        ("state", "app-state"),
        ("nonce", "app-nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(changed(&base, changes)).finish();
    format!("/authorize?{query}")
}

pub fn changed(base: &[(&str, &str)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = base
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    fields
        .extend(changes.iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    fields
}

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}
