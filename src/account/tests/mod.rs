//! The account's decisions over a real SQLite, with a tenant that a test writes in a few lines.

mod approval_binding;
mod approvals;
mod bearers;
mod budgets;
mod chats;
mod choice;
mod client_key;
mod connections;
mod ledger;
mod sessions;
mod threads;
mod tokens;
mod vault;

use std::borrow::Cow;
use std::convert::Infallible;
use std::rc::Rc;

use deputy_agent::{Authority, Effect};
use deputy_auth0::{AssertionSigner, Randomness, SignerError, Tenant, revoke_request};
use deputy_http::{Request, Response, Secret, TransportError};
use futures::FutureExt;
use futures::executor::block_on;
use serde_json::{Value, json};

use super::call::{AccountCall, ObtainCall, Obtained, OpenSession, Refusal, TokenEnvelope};
use super::core::{Core, Host};
use crate::chat::call::ChatCall;
use crate::config::Settings;
use crate::config::testing::settings;
use crate::platform::client_proof::unproven;
use crate::platform::ports::{Clock, Random};
use crate::platform::testing::FakeHost;

impl Host for FakeHost {
    fn tell_later(&self, chat: String, call: ChatCall) {
        self.tell(chat, call);
    }

    async fn prepared<'a>(&self, settings: &'a Settings) -> Result<Cow<'a, Tenant>, Refusal> {
        let randomness = Randomness::from_source(|out| {
            out.fill_with(|| self.random::<1>().map_or(0, |[byte]| byte));
            Ok::<(), Infallible>(())
        });
        let randomness = randomness.unwrap_or_else(|never| match never {});
        settings.tenant.prepared(&FakeSigner, randomness, self.now()).await.map_err(unproven)
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

/// An account named `account` over the host, with these settings changed.
fn account(host: &FakeHost, change: &[(&str, &str)]) -> Core<FakeHost> {
    account_named(host, "account", change)
}

fn account_named(host: &FakeHost, name: &str, change: &[(&str, &str)]) -> Core<FakeHost> {
    Core::open(host.clone(), Rc::new(settings(change).unwrap()), name.to_owned()).unwrap()
}

/// Asks as the edge and the chats do: a call in, JSON out.
fn ask(core: &Core<FakeHost>, call: AccountCall) -> Result<Value, Refusal> {
    let call = deputy_http::json::read(deputy_http::json::write(&call).as_bytes()).unwrap();
    block_on(core.answer(call)).map(|reply| serde_json::from_str(&reply).unwrap())
}

/// A login of ana whose access token lives an hour; gives the session id.
fn login(core: &Core<FakeHost>, host: &FakeHost) -> String {
    login_with(core, host, 3_600_000, Some("refresh-token-1"))
}

fn login_with(core: &Core<FakeHost>, host: &FakeHost, lifetime_ms: u64, refresh_token: Option<&str>) -> String {
    let login = OpenSession {
        claims: json!({ "sub": "auth0|ana", "sid": "tenant-session-1", "name": "Ana" }).as_object().unwrap().clone(),
        replaces: None,
        tokens: TokenEnvelope {
            access_token: Some("access-token-1".to_owned()),
            refresh_token: refresh_token.map(str::to_owned),
            scope: Some("openid profile".to_owned()),
            expires_at: Some(now(host) + lifetime_ms),
        },
    };
    let opened = ask(core, AccountCall::OpenSession(login)).unwrap();
    opened["session"].as_str().unwrap().to_owned()
}

fn now(host: &FakeHost) -> u64 {
    use crate::platform::ports::Clock;
    host.now()
}

fn chat(core: &Core<FakeHost>) -> String {
    ask(core, AccountCall::CreateChat {}).unwrap()["id"].as_str().unwrap().to_owned()
}

/// A tool call's wish for authority.
fn wish(chat: &str, call_id: &str, session: Option<&str>, authority: &[Authority]) -> ObtainCall {
    ObtainCall {
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

fn obtain(core: &Core<FakeHost>, call: ObtainCall) -> Obtained {
    deputy_http::json::read_value(&ask(core, AccountCall::Obtain(call)).unwrap()).unwrap()
}

fn code_of(obtained: &Obtained) -> String {
    match obtained {
        Obtained::Refused { code, .. } => code.clone(),
        other => format!("not refused: {other:?}"),
    }
}

/// Body of a request, for telling the grants apart.
fn body(request: &Request) -> String {
    request.body.text().unwrap_or_default().to_owned()
}

fn json_answer(status: u16, value: Value) -> Result<Response, TransportError> {
    Ok(Response::new(status, value.to_string()))
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
