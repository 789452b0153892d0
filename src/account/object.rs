// The macro writes methods without documentation.
#![allow(missing_docs)]

use std::borrow::Cow;
use std::cell::OnceCell;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use deputy_auth0::{Tenant, revoke_request};
use deputy_http::{Request, Response, Secret, TransportError};
use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{DurableObject, Env, State, durable_object};

use super::call::{AccountCall, Refusal};
use super::core::{Core, Host};
use crate::chat::call::ChatCall;
use crate::config::Settings;
use crate::platform::fetch::{self, Limits};
use crate::platform::kv::Vault;
use crate::platform::later::later;
use crate::platform::log::{Level, note};
use crate::platform::ports::{Bind, Clock, KeyValue, Network, Random, Sql, SqlError};
use crate::platform::random::{self, NoRandomness};
use crate::platform::sql::Database;
use crate::platform::{client_proof, clock, object};

/// The account object. Its only door is `POST /call` with an [`AccountCall`].
#[durable_object(fetch)]
pub struct Account {
    inner: AssertUnwindSafe<Inner>,
}

struct Inner {
    state: Rc<State>,
    env: Env,
    core: OnceCell<Rc<Core<WorkerHost>>>,
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        Self { inner: AssertUnwindSafe(Inner { state: Rc::new(state), env, core: OnceCell::new() }) }
    }

    async fn fetch(&self, mut request: worker::Request) -> worker::Result<worker::Response> {
        let answer = match self.inner.core() {
            Err(refusal) => Err(refusal),
            Ok(core) => {
                match request.text().await.map(|body| deputy_http::json::read::<AccountCall>(body.as_bytes())) {
                    Ok(Ok(call)) => core.answer(call).await,
                    _ => Err(Refusal::new(400, "call_unreadable", "The account did not understand this.")),
                }
            }
        };
        object::answer_text(answer)
    }
}

impl Inner {
    fn core(&self) -> Result<Rc<Core<WorkerHost>>, Refusal> {
        if let Some(core) = self.core.get() {
            return Ok(core.clone());
        }
        let settings = Settings::of(&self.env).map_err(|e| Refusal::new(503, e.code(), e.user_message()))?;
        let name = self.state.id().name().ok_or_else(|| Refusal::internal("account_without_name"))?;
        let host = WorkerHost {
            state: self.state.clone(),
            env: self.env.clone(),
            database: Database::of(&self.state),
            vault: Vault::of(&self.env),
        };
        let core = Rc::new(Core::open(host, settings, name)?);
        Ok(self.core.get_or_init(|| core).clone())
    }
}

/// A call that is being carried out. One type for all of them: who waits for it is written once.
type Answering<'a> = LocalBoxFuture<'a, Result<String, Refusal>>;

impl<H: Host> Core<H> {
    /// Carries out one call. Every reply is JSON.
    pub(super) async fn answer(&self, call: AccountCall) -> Result<String, Refusal> {
        self.carry_out(&call).await
    }

    fn carry_out<'a>(&'a self, call: &'a AccountCall) -> Answering<'a> {
        let done = match call {
            AccountCall::Obtain(call) => return waiting(self.obtain(call)),
            AccountCall::AskApproval(call) => return waiting(self.ask_approval(call)),
            AccountCall::PollApproval { chat, call_id } => return waiting(self.poll_approval(chat, call_id)),
            AccountCall::StartConnect(start) => return waiting(self.start_connect(start)),
            AccountCall::CompleteConnect { session, state, connect_code } => {
                return waiting(self.complete_connect(session, state, connect_code.as_deref()));
            }
            AccountCall::ListConnections { session } => return waiting(self.list_connections(session.as_deref())),
            AccountCall::UseAccount { session, id } => return waiting(self.use_account(session.as_deref(), id)),
            AccountCall::Disconnect { session, id } => return waiting(self.disconnect(session.as_deref(), id)),
            AccountCall::OpenSession(login) => json(self.open_session(login)),
            AccountCall::OpenBearer(bearer) => json(self.open_bearer(bearer)),
            AccountCall::CheckSession { session, socket } => json(self.check_session(session, socket.as_deref())),
            AccountCall::CloseSession { session } => json(self.close_session(session)),
            AccountCall::TenantLogout { sid, jti, expires_at } => {
                json(self.tenant_logout(sid.as_deref(), jti, *expires_at))
            }
            AccountCall::CreateChat {} => json(self.create_chat()),
            AccountCall::OpenThread { name, begin } => json(self.open_thread(name.as_deref(), *begin)),
            AccountCall::ListChats { limit, before, query } => json(self.list_chats(*limit, *before, query.as_deref())),
            AccountCall::OwnsChat { chat } => json(self.owns_chat(chat)),
            AccountCall::RenameChat { chat, title, automatic } => json(self.rename_chat(chat, title, *automatic)),
            AccountCall::DeleteChat { chat } => json(self.delete_chat(chat)),
            AccountCall::SetTimeZone { time_zone } => json(self.set_time_zone(time_zone)),
            AccountCall::BeginTurn { chat, session } => json(self.begin_turn(chat, session.as_deref())),
            AccountCall::Settle(call) => json(self.settle(call)),
            AccountCall::AwaitConnection { chat, call_id, connection } => {
                json(self.await_connection(chat, call_id, connection))
            }
            AccountCall::DropProviderToken { connection, scopes: _ } => json(self.drop_provider_token(connection)),
            AccountCall::SpendTokens { tokens } => json(self.spend_tokens(*tokens)),
            AccountCall::IndexSchedules { chat, schedules, added } => {
                json(self.index_schedules(chat, schedules, *added))
            }
            AccountCall::ListSchedules {} => json(self.list_schedules()),
        };
        Box::pin(ready(done))
    }
}

/// A call that waits for something.
fn waiting<'a, T: Serialize>(work: impl Future<Output = Result<T, Refusal>> + 'a) -> Answering<'a> {
    Box::pin(async move { json(work.await) })
}

fn json<T: Serialize>(outcome: Result<T, Refusal>) -> Result<String, Refusal> {
    outcome.map(|reply| deputy_http::json::write(&reply))
}

/// The platform, as the account sees it.
struct WorkerHost {
    state: Rc<State>,
    env: Env,
    database: Database,
    vault: Vault,
}

impl Sql for WorkerHost {
    fn rows<T: DeserializeOwned>(&self, query: &str, binds: &[Bind<'_>]) -> Result<Vec<T>, SqlError> {
        self.database.rows(query, binds)
    }

    fn exec(&self, query: &str, binds: &[Bind<'_>]) -> Result<(), SqlError> {
        self.database.exec(query, binds)
    }
}

impl Clock for WorkerHost {
    fn now(&self) -> u64 {
        clock::now_ms()
    }

    async fn sleep(&self, ms: u64) {
        clock::sleep(ms).await;
    }
}

impl Random for WorkerHost {
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        random::bytes()
    }
}

impl Network for WorkerHost {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        fetch::send(request, Limits::default()).await
    }
}

async fn send_to_the_end(request: Request) {
    let host = fetch::host_of(&request.url);
    let failed = match fetch::send(request, Limits::default()).await {
        Ok(answer) => !answer.is_success(),
        Err(_) => true,
    };
    if failed {
        note(Level::Warn, "later_request_failed", None, Some(&host));
    }
}

impl KeyValue for WorkerHost {
    async fn get(&self, key: &str) -> Option<String> {
        self.vault.get(key).await
    }

    fn put_later(&self, key: String, value: String, ttl_seconds: u64) {
        let vault = self.vault.clone();
        later(&self.state, async move { vault.put(&key, value, ttl_seconds).await });
    }
}

impl Host for WorkerHost {
    async fn prepared<'a>(&self, settings: &'a Settings) -> Result<Cow<'a, Tenant>, Refusal> {
        client_proof::prepared(settings).await
    }

    fn revoke_later(&self, settings: Rc<Settings>, refresh_token: Secret) {
        later(&self.state, async move {
            let Ok(tenant) = client_proof::prepared(&settings).await else { return };
            send_to_the_end(revoke_request(&tenant, &refresh_token)).await;
        });
    }

    fn tell_later(&self, chat: String, call: ChatCall) {
        let env = self.env.clone();
        later(&self.state, async move {
            // Once more after a failure: objects restart on deploys. After that the chat learns it when it asks next.
            let call = deputy_http::json::write(&call);
            for _ in 0..2 {
                let told = match object::stub(&env, "CHAT", &chat) {
                    Ok(stub) => object::exchange(&stub, call.clone()).await,
                    Err(refusal) => Err(refusal),
                };
                match told {
                    Ok(_) => return,
                    Err(refusal) => note(Level::Warn, "chat_not_told", Some(&refusal.code), None),
                }
            }
        });
    }
}
