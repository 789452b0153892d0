//! The account's decisions over a real SQLite, with a tenant that a test writes in a few lines.

mod approval_binding;
mod approval_details;
mod approvals;
mod bearers;
mod budgets;
mod chats;
mod choice;
mod client_key;
mod connections;
mod ledger;
mod logins;
mod mcp_logins;
mod mcp_servers;
mod parallel_limits;
mod repeated_approvals;
mod sessions;
mod threads;
mod tokens;
mod vault;

use std::borrow::Cow;
use std::convert::Infallible;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use deputy_agent::{Authority, Effect, Relation};
use deputy_auth0::{AssertionSigner, Randomness, SignerError, Tenant, revoke_request};
use deputy_http::{Request, Response, Secret, TransportError};
use deputy_mcp::client::BodyStream;
use futures::executor::block_on;
use futures::{FutureExt, StreamExt as _};
use serde_json::{Value, json};

use super::AccountRequest;
use super::approvals::*;
use super::authority::*;
use super::chats::*;
use super::connections::*;
use super::core::{Core, Ports};
use super::events::ChatEvent;
use super::name::account_name;
use super::requests::{answer, dispatch};
use super::sessions::*;
use super::vault::DropProviderToken;
use crate::config::Settings;
use crate::config::testing::settings;
use crate::objects::{Refusal, TokenEnvelope};
use crate::platform::ports::{Clock, Network, Random};
use crate::platform::testing::{FakeHost, SIGNATURE};

impl Ports for FakeHost {
    async fn send_to_server(&self, request: Request) -> Result<http::Response<BodyStream>, TransportError> {
        let answer = self.send(request).await?;
        Ok(answer.map(|body| futures::stream::once(std::future::ready(Ok(body.to_vec()))).boxed_local()))
    }

    fn tell_later(&self, chat: String, event: ChatEvent) {
        self.tell(chat, serde_json::to_string(&event).unwrap());
    }

    async fn prepared<'a>(&self, settings: &'a Settings) -> Result<Cow<'a, Tenant>, Refusal> {
        let randomness = Randomness::from_source(|out| {
            out.fill_with(|| self.random::<1>().map_or(0, |[byte]| byte));
            Ok::<(), Infallible>(())
        });
        let randomness = randomness.unwrap_or_else(|never| match never {});
        Ok(settings.tenant.prepared(&FakeSigner, randomness, self.now()).await?)
    }

    fn revoke_later(&self, settings: Rc<Settings>, refresh_token: Secret) {
        let tenant = self.prepared(&settings).now_or_never().unwrap().unwrap();
        self.send_later(revoke_request(&tenant, &refresh_token));
    }
}

/// Says what it signed with, which no tenant would take for a signature.
struct FakeSigner;

impl AssertionSigner for FakeSigner {
    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(b"signed with the client's key".to_vec())
    }
}

/// Ana's account over the host, with these settings changed.
fn account(host: &FakeHost, change: &[(&str, &str)]) -> Core<FakeHost> {
    account_named(host, &ana(), change)
}

/// Name of Ana's account.
fn ana() -> String {
    account_name("http://localhost:4400/", "auth0|ana")
}

fn account_named(host: &FakeHost, name: &str, change: &[(&str, &str)]) -> Core<FakeHost> {
    Core::open(host.clone(), Rc::new(settings(change).unwrap()), name.to_owned()).unwrap()
}

/// Asks as the edge and the chats do: by name, JSON in, JSON out.
fn ask<R: AccountRequest>(core: &Core<FakeHost>, request: R) -> Result<R::Reply, Refusal> {
    let body = serde_json::to_string(&request).unwrap();
    block_on(dispatch(core, R::NAME, &body)).map(|reply| serde_json::from_str(&reply).unwrap())
}

/// A login of ana whose access token lives an hour; gives the session id.
fn login(core: &Core<FakeHost>, host: &FakeHost) -> String {
    login_with(core, host, 3_600_000, Some("refresh-token-1"))
}

fn login_with(core: &Core<FakeHost>, host: &FakeHost, lifetime_ms: u64, refresh_token: Option<&str>) -> String {
    let login = OpenSession {
        claims: json!({ "sub": "auth0|ana", "sid": "tenant-session-1", "name": "Ana" }).as_object().unwrap().clone(),
        replaces: None,
        browser: Some("Firefox on Windows".to_owned()),
        tokens: TokenEnvelope {
            access_token: Secret::new("access-token-1"),
            refresh_token: refresh_token.map(Secret::new),
            scope: Some("openid profile".to_owned()),
            expires_at: now(host) + lifetime_ms,
        },
    };
    ask(core, login).unwrap().session
}

fn now(host: &FakeHost) -> u64 {
    use crate::platform::ports::Clock;
    host.now()
}

fn chat(core: &Core<FakeHost>) -> String {
    ask(core, CreateChat {}).unwrap().id
}

/// A task that runs then.
fn schedule(id: &str, next_run: u64) -> ScheduleSummary {
    let (description, kind) = ("d".to_owned(), "delayed".to_owned());
    ScheduleSummary { id: id.to_owned(), description, kind, cron: None, time_zone: None, next_run }
}

/// A tool call that asks for this authority.
fn call_for(chat: &str, call_id: &str, session: Option<&str>, authority: &[Authority]) -> ObtainAuthority {
    ObtainAuthority {
        chat: chat.to_owned(),
        call_id: call_id.to_owned(),
        tool: "tool".to_owned(),
        effect: Effect::Reads,
        digest: "digest".to_owned(),
        session: session.map(str::to_owned),
        authority: authority.to_vec(),
    }
}

fn vault(connection: &str, scopes: &[&str]) -> Authority {
    Authority::Vault { connection: connection.to_owned(), scopes: scopes.iter().map(|s| (*s).to_owned()).collect() }
}

fn obtain(core: &Core<FakeHost>, call: ObtainAuthority) -> Obtained {
    ask(core, call).unwrap()
}

fn code_of(obtained: &Obtained) -> String {
    match obtained {
        Obtained::Refused { code, .. } => code.clone(),
        other => format!("not refused: {other:?}"),
    }
}

/// Body of a request, for telling the grants apart.
fn body(request: &Request) -> String {
    request.body().text()
}

fn json_answer(status: u16, value: Value) -> Result<Response, TransportError> {
    Ok(deputy_http::response(status, value.to_string()))
}

/// A tenant that answers refreshes (also for the My Account API) and exchanges with numbered tokens.
fn tenant(provider_scopes: &'static str) -> impl Fn(&Request) -> Result<Response, TransportError> {
    let count = std::cell::Cell::new(0);
    move |request| {
        count.set(count.get() + 1);
        let number = count.get();
        let body = body(request);
        if body.contains("federated-connection-access-token") {
            return json_answer(
                200,
                json!({ "access_token": format!("provider-token-{number}"), "token_type": "Bearer", "expires_in": 3600,
                    "scope": provider_scopes }),
            );
        }
        if body.contains("grant_type=refresh_token") {
            return json_answer(
                200,
                json!({ "access_token": format!("fresh-token-{number}"), "token_type": "Bearer", "expires_in": 3600 }),
            );
        }
        json_answer(404, json!({}))
    }
}

/// The tenant's keys, if the request is for them.
fn keys_for(request: &Request) -> Option<Result<Response, TransportError>> {
    let modulus = Base64UrlUnpadded::encode_string(&[0xAB; 256]);
    let keys = json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": "k1", "n": modulus, "e": "AQAB" }] });
    request.uri().to_string().ends_with("/.well-known/jwks.json").then(|| json_answer(200, keys))
}

/// An ID token of ana's for our client, with some claims changed.
fn id_token(change: Value) -> String {
    let mut claims = json!({ "iss": "http://localhost:4400/", "aud": "client", "sub": "auth0|ana",
        "iat": 1_790_000_000, "exp": 1_791_000_000 });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    signed(&claims, SIGNATURE)
}

fn signed(claims: &Value, signature: &[u8]) -> String {
    let part = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }).to_string();
    format!("{}.{}.{}", part(header.as_bytes()), part(claims.to_string().as_bytes()), part(signature))
}

/// ID tokens that nothing may be believed on, with why.
fn bad_id_tokens() -> Vec<(&'static str, String)> {
    let (input, _) =
        id_token(json!({})).rsplit_once('.').map(|(input, rest)| (input.to_owned(), rest.to_owned())).unwrap();
    vec![
        ("another user", id_token(json!({ "sub": "auth0|ben" }))),
        ("another key", format!("{input}.{}", Base64UrlUnpadded::encode_string(b"signed by a stranger"))),
        ("another issuer", id_token(json!({ "iss": "https://evil.example/" }))),
        ("another client", id_token(json!({ "aud": "another-client" }))),
        ("expired", id_token(json!({ "exp": 1_789_999_000 }))),
        ("no user", id_token(json!({ "sub": "" }))),
        ("no token at all", "x".to_owned()),
    ]
}

/// Two rings: the older key alone, and the same behind a new first one.
const OLD_RING: (&str, &str) = ("AUTH0_SESSION_ENCRYPTION_KEY", "k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=");
const NEW_RING: (&str, &str) = (
    "AUTH0_SESSION_ENCRYPTION_KEY",
    "k2:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=,k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
);
const NEW_KEY_ALONE: (&str, &str) = ("AUTH0_SESSION_ENCRYPTION_KEY", "k2:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=");
