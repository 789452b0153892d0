//! The way to a token: discovery, registration, log-in, refresh, more permission.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use deputy_http::{Secret, parse_query};
use deputy_mcp::authorization::ClientMetadata;
use deputy_mcp::client::authorization::{
    AuthorizationError, Challenge, ClientCredentials, Grant, LoginInput, PendingLogin, begin_login, finish_login,
    refresh,
};
use deputy_mcp::client::{AddressError, Reach};
use serde_json::{Value, json};
use support::{Fake, Reply, SERVER, Seen, address, done};

const ISSUER: &str = "https://as.example";

/// A server with metadata at its path, and an authorization server that registers clients; `change` sees and changes each answer.
fn world(change: impl Fn(&Seen, Reply) -> Reply + 'static) -> Fake {
    Fake::new(move |seen| {
        let answer = match seen.url.as_str() {
            "https://mcp.example/.well-known/oauth-protected-resource/mcp" => Reply::json(
                200,
                json!({ "resource": SERVER, "authorization_servers": [ISSUER], "scopes_supported": ["read"] }),
            ),
            "https://as.example/.well-known/openid-configuration" => Reply::json(
                200,
                json!({
                    "issuer": ISSUER, "authorization_endpoint": "https://as.example/authorize",
                    "token_endpoint": "https://as.example/token", "registration_endpoint": "https://as.example/register",
                    "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": true,
                    "scopes_supported": ["offline_access"], "token_endpoint_auth_methods_supported": ["none"],
                }),
            ),
            "https://as.example/register" => Reply::json(201, json!({ "client_id": "registered" })),
            "https://as.example/token" => Reply::json(
                200,
                json!({ "access_token": "t1", "token_type": "Bearer", "refresh_token": "r1", "expires_in": 60 }),
            ),
            _ => Reply::status(404),
        };
        Some(change(seen, answer))
    })
}

fn begin(
    network: &Fake,
    challenge: &Challenge,
    client: Option<&ClientCredentials>,
    grant: Option<&Grant>,
) -> Result<(String, PendingLogin), AuthorizationError> {
    let server = address(SERVER);
    let metadata = ClientMetadata::of_application("Deputy", "https://app.example", "/auth/mcp/callback");
    let randomness = [[1; 32], [2; 32]];
    let reach = Reach::Public;
    done(begin_login(
        network,
        LoginInput { server: &server, reach, challenge, metadata: &metadata, client, grant, randomness },
    ))
}

fn finish(network: &Fake, login: PendingLogin) -> Result<Grant, AuthorizationError> {
    let query = parse_query(&format!("code=c&state={}&iss={ISSUER}", login.state));
    done(finish_login(network, &query, login))
}

fn asked_for(url: &str) -> String {
    let query = parse_query(url.split_once('?').unwrap().1);
    query.into_iter().find(|(name, _)| name == "scope").map_or(String::new(), |(_, scope)| scope)
}

#[test]
fn from_a_challenge_to_a_token_mc_04() {
    let network = world(|_, answer| answer);
    let (url, login) = begin(&network, &Challenge::default(), None, None).unwrap();
    assert_eq!(
        network.urls(),
        [
            "https://mcp.example/.well-known/oauth-protected-resource/mcp",
            "https://as.example/.well-known/oauth-authorization-server",
            "https://as.example/.well-known/openid-configuration",
            "https://as.example/register",
        ]
    );
    assert_eq!(asked_for(&url), "read offline_access");
    assert!(url.starts_with("https://as.example/authorize?") && url.contains("client_id=registered"));
    // What is kept between is a text.
    let login = PendingLogin::from_secret(&login.to_secret()).unwrap();
    let grant = finish(&network, login).unwrap();
    let form = parse_query(&network.last().text);
    for (name, value) in
        [("grant_type", "authorization_code"), ("code", "c"), ("resource", SERVER), ("client_id", "registered")]
    {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    assert_eq!((grant.tokens.access_token.clone(), grant.tokens.expires_at), (Secret::new("t1"), Some(61_000)));
    let renewed = done(refresh(&network, &grant)).unwrap();
    assert_eq!(renewed.scope, grant.scope);
    assert!(parse_query(&network.last().text).contains(&("resource".to_owned(), SERVER.to_owned())));
}

#[test]
fn more_permission_is_asked_for_twice_and_no_more() {
    let network = world(|_, answer| answer);
    let challenge = |scope: &str| Challenge {
        scope: deputy_mcp::client::authorization::ScopeSet::parse(scope),
        error: Some("insufficient_scope".to_owned()),
        ..Challenge::default()
    };
    let (_, login) = begin(&network, &Challenge::default(), None, None).unwrap();
    let mut grant = finish(&network, login).unwrap();
    for _ in 0..2 {
        let (url, login) = begin(&network, &challenge("write"), None, Some(&grant)).unwrap();
        assert_eq!(asked_for(&url), "read offline_access write");
        grant = finish(&network, login).unwrap();
    }
    assert_eq!(begin(&network, &challenge("write"), None, Some(&grant)).err(), Some(AuthorizationError::StepUpLimit));
    // An expired token is another matter, and so is the next call after one that went well.
    assert!(begin(&network, &Challenge::default(), None, Some(&grant)).is_ok());
    grant.settle();
    assert!(begin(&network, &challenge("admin"), None, Some(&grant)).is_ok());
}

/// Credentials of one authorization server are not shown to another.
#[test]
fn when_the_authorization_server_changes_the_client_registers_anew() {
    let network = world(|_, answer| answer);
    let (_, login) = begin(&network, &Challenge::default(), None, None).unwrap();
    let grant = finish(&network, login).unwrap();
    let registered = |network: &Fake| network.urls().iter().filter(|url| url.ends_with("/register")).count();
    begin(&network, &Challenge::default(), None, Some(&grant)).unwrap();
    assert_eq!(registered(&network), 1);
    let mut other = grant;
    other.client.issuer = Some("https://other.example".to_owned());
    begin(&network, &Challenge::default(), None, Some(&other)).unwrap();
    assert_eq!(registered(&network), 2);
    let mut by_hand = ClientCredentials::preregistered("mine", None);
    by_hand.issuer = Some("https://other.example".to_owned());
    let refused = begin(&network, &Challenge::default(), Some(&by_hand), None);
    assert_eq!(refused.err(), Some(AuthorizationError::OtherServersClient));
}

#[test]
fn metadata_leads_nowhere_private() {
    let private = Err(AuthorizationError::Address(AddressError::NotPublic));
    let redirected = world(|seen, answer| {
        let is_first = seen.url.ends_with("oauth-protected-resource/mcp");
        if is_first { Reply::status(302).with("location", "http://169.254.169.254/latest") } else { answer }
    });
    assert_eq!(begin(&redirected, &Challenge::default(), None, None).map(drop), private);
    let issuer = world(|seen, answer| {
        let is_first = seen.url.ends_with("oauth-protected-resource/mcp");
        let body = json!({ "resource": SERVER, "authorization_servers": ["https://10.0.0.1"] });
        if is_first { Reply::json(200, body) } else { answer }
    });
    assert_eq!(begin(&issuer, &Challenge::default(), None, None).map(drop), private);
    for network in [redirected, issuer] {
        assert!(network.urls().iter().all(|url| url.starts_with("https://mcp.example/")), "{:?}", network.urls());
    }
}

#[test]
fn a_redirect_of_metadata_is_followed_a_few_times() {
    let network = world(|seen, answer| match seen.url.as_str() {
        "https://mcp.example/.well-known/oauth-protected-resource/mcp" => Reply::status(301).with("location", "/moved"),
        "https://mcp.example/moved" => {
            Reply::json(200, json!({ "resource": SERVER, "authorization_servers": [ISSUER] }))
        }
        _ => answer,
    });
    assert!(begin(&network, &Challenge::default(), None, None).is_ok());
    let endless = world(|_, _| Reply::status(307).with("location", "/again"));
    assert_eq!(begin(&endless, &Challenge::default(), None, None).err(), Some(AuthorizationError::NoServerMetadata));
    assert!(endless.seen.borrow().len() < 20);
}

/// Revision 2025-03-26: no metadata of the resource, the server's origin is the issuer.
#[test]
fn a_server_without_metadata_is_its_own_authorization_server() {
    let network = Fake::new(|seen| {
        let origin = "https://mcp.example";
        Some(match seen.url.as_str() {
            "https://mcp.example/.well-known/oauth-authorization-server" => Reply::json(
                200,
                json!({
                    "issuer": origin, "authorization_endpoint": "https://mcp.example/authorize", "token_endpoint": "https://mcp.example/token",
                    "registration_endpoint": "https://mcp.example/register", "code_challenge_methods_supported": ["S256"],
                }),
            ),
            "https://mcp.example/register" => Reply::json(201, json!({ "client_id": "c" })),
            _ => Reply::status(404),
        })
    });
    let (url, _) = begin(&network, &Challenge::default(), None, None).unwrap();
    assert!(url.starts_with("https://mcp.example/authorize?"));
    assert_eq!(asked_for(&url), "");
}

#[test]
fn a_silent_or_broken_authorization_server_is_told() {
    let silent = Fake::new(|_| None);
    assert_eq!(
        begin(&silent, &Challenge::default(), None, None).err(),
        Some(AuthorizationError::Down { status: None })
    );
    let large = world(|_, _| Reply::json(200, Value::String("x".repeat(300_000))));
    assert_eq!(begin(&large, &Challenge::default(), None, None).err(), Some(AuthorizationError::Down { status: None }));
}
