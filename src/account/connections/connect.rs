use std::collections::BTreeMap;

use deputy_auth0::{
    ConnectCode, ConnectInput, ConnectTransaction, MyAccountError, Randomness, ReturnTo, Scopes, Tenant, Transaction,
    complete_request, complete_response, connect_callback, connect_request, connect_response, my_account_token_request,
};
use deputy_http::{Request, Response, Secret};
use serde::{Deserialize, Serialize};

use crate::account::core::{Core, Ports};
use crate::account::name::keyed_hash;
use crate::account::request::AccountRequest;
use crate::account::sessions::Session;
use crate::account::sessions::tokens::NoToken;
use crate::account::vault::token_cache::CachedToken;
use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};

/// Flows of one user that may be open at the same time; older ones are forgotten.
const OPEN_FLOWS: u64 = 10;

/// Starts the Connected Accounts flow.
#[derive(Debug, Serialize, Deserialize)]
pub struct StartConnect {
    /// Session id.
    pub session: String,
    /// Connection name.
    pub connection: String,
    /// Scopes to ask for.
    pub scopes: Vec<String>,
    /// Same-origin path to return to.
    pub return_to: String,
    /// Goes to `authorization_params` (TV-18).
    pub parameters: BTreeMap<String, String>,
}

/// A flow that was started.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectStarted {
    /// Where the browser goes.
    pub redirect: String,
}

impl AccountRequest for StartConnect {
    const NAME: &'static str = "start_connect";
    type Reply = ConnectStarted;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ConnectStarted, Refusal> {
        account.start_connect(&self).await
    }
}

/// Completes the Connected Accounts flow.
#[derive(Debug, Serialize, Deserialize)]
pub struct CompleteConnect {
    /// Session id of the browser that came back.
    pub session: String,
    /// `state` of the callback.
    pub state: String,
    /// `connect_code`, or none when the user cancelled.
    pub connect_code: Option<String>,
}

/// A flow that was completed.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectCompleted {
    /// Same-origin path to return to.
    pub return_to: String,
    /// Connection name.
    pub connection: String,
    /// What became of it.
    pub outcome: ConnectOutcome,
}

/// How a Connected Accounts flow ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectOutcome {
    /// The account is connected and in use.
    Connected,
    /// The user cancelled, or the provider refused.
    Cancelled,
    /// Another account than the one in use, or than the one asked for. Nothing was replaced: the user chooses.
    OtherAccount,
}

impl AccountRequest for CompleteConnect {
    const NAME: &'static str = "complete_connect";
    type Reply = ConnectCompleted;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<ConnectCompleted, Refusal> {
        account.complete_connect(&self.session, &self.state, self.connect_code.as_deref()).await
    }
}

impl<P: Ports> Core<P> {
    /// Starts the Connected Accounts flow. What has to be remembered stays here, sealed, under the hash of `state`.
    async fn start_connect(&self, start: &StartConnect) -> Result<ConnectStarted, Refusal> {
        let session = self.live_session(&start.session)?;
        let token = self.my_account_token(&session).await.map_err(refusal_of)?;
        let input = ConnectInput {
            connection: start.connection.clone(),
            scopes: start.scopes.iter().collect(),
            authorization_params: start
                .parameters
                .iter()
                .map(|(name, value)| (name.to_owned(), value.as_str().into()))
                .collect(),
            subject: session.sub.clone(),
            return_to: ReturnTo::parse(&self.settings.base_url, &start.return_to).unwrap_or_else(ReturnTo::root),
        };
        let random = self.ports.random::<96>()?;
        let randomness = Randomness::from_source(|bytes| {
            bytes.copy_from_slice(&random);
            Ok::<(), Refusal>(())
        })?;
        let tenant = &self.settings.tenant;
        let (request, pending) =
            connect_request(tenant, &token, &input, randomness).map_err(|e| my_account_refusal(&e))?;
        let answer = self.ask_my_account(request).await?;
        let (redirect, transaction) =
            connect_response(tenant, answer, pending, self.ports.now()).map_err(|e| my_account_refusal(&e))?;
        let login_hint = start.parameters.get("login_hint").filter(|hint| !hint.is_empty());
        self.keep_flow(&session.id, transaction, &input.scopes, login_hint.map(String::as_str))?;
        Ok(ConnectStarted { redirect })
    }

    /// Sends a request to the tenant's My Account API.
    pub async fn ask_my_account(&self, request: Request) -> Result<Response, Refusal> {
        self.ports.send(request).await.map_err(|error| my_account_refusal(&error.into()))
    }

    fn keep_flow(
        &self,
        session: &str,
        transaction: ConnectTransaction,
        scopes: &Scopes,
        login_hint: Option<&str>,
    ) -> Result<(), Refusal> {
        let (connection, return_to) = (transaction.connection.clone(), transaction.return_to.clone());
        let (hash, expires_at) = (state_hash(&transaction.state), transaction.expires_at);
        let issuer = &self.settings.tenant.issuer;
        let sealed = Transaction::Connect(transaction).seal(&self.settings.keys, self.ports.random()?, issuer)?;
        self.exec("DELETE FROM connect_transactions WHERE expires_at <= ?", &[self.ports.now().into()])?;
        self.exec(
            "DELETE FROM connect_transactions WHERE state_hash NOT IN
                (SELECT state_hash FROM connect_transactions ORDER BY expires_at DESC LIMIT ?)",
            &[OPEN_FLOWS.saturating_sub(1).into()],
        )?;
        self.exec(
            "INSERT INTO connect_transactions
                (state_hash, session, connection, scopes, return_to, sealed, expires_at, login_hint)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                hash.as_str().into(),
                session.into(),
                connection.as_str().into(),
                scopes.to_string().as_str().into(),
                return_to.as_str().into(),
                sealed.as_str().into(),
                expires_at.into(),
                login_hint.into(),
            ],
        )
    }

    /// The browser came back. The flow is spent whatever happens; calls that waited for the connection go on.
    async fn complete_connect(
        &self,
        session: &str,
        state: &str,
        connect_code: Option<&str>,
    ) -> Result<ConnectCompleted, Refusal> {
        let flow = self.take_flow(state)?.ok_or_else(unknown_flow)?;
        let session = self.live_session(session)?;
        if flow.session != session.id {
            let message = "This connection attempt was begun in another session.";
            return Err(Refusal::new(403, "connect_other_session", message));
        }
        let Some(connect_code) = connect_code else {
            self.tell_connection(&flow.connection, false)?;
            return Ok(flow.ended(ConnectOutcome::Cancelled));
        };
        let code = self.check_callback(&flow, &session, state, connect_code)?;
        let token = self.my_account_token(&session).await.map_err(refusal_of)?;
        let answer = self.ask_my_account(complete_request(&self.settings.tenant, &token, &code)).await?;
        let account = complete_response(answer, self.ports.now()).map_err(|e| my_account_refusal(&e))?;
        let outcome = self.consent_given(&session, &flow, account).await?;
        Ok(flow.ended(outcome))
    }

    fn check_callback(
        &self,
        flow: &Flow,
        session: &Session,
        state: &str,
        connect_code: &str,
    ) -> Result<ConnectCode, Refusal> {
        let tenant = &self.settings.tenant;
        let Ok(Transaction::Connect(transaction)) =
            Transaction::open(&self.settings.keys, &tenant.issuer, state, &flow.sealed)
        else {
            return Err(unknown_flow());
        };
        let query = [("state", state), ("connect_code", connect_code)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        connect_callback(tenant, &query, transaction, &session.sub, self.ports.now())
            .map_err(|error| Refusal::explained(400, &error))
    }

    /// True when the user has said yes just now to all of `missing`: asking again would ask the same.
    pub fn asked_just_now(&self, connection: &str, missing: &Scopes) -> Result<bool, Refusal> {
        const JUST_NOW_MS: u64 = 10 * 60_000;
        let query = "SELECT asked_scopes AS value FROM connections WHERE name = ? AND consented_at > ?";
        let asked = self.text(query, &[connection.into(), self.ports.now().saturating_sub(JUST_NOW_MS).into()])?;
        Ok(asked.is_some_and(|asked| {
            let asked = Scopes::parse(&asked);
            missing.iter().all(|scope| asked.contains(scope))
        }))
    }

    /// A token for the My Account API, by the session's multi-resource refresh token. Kept in memory only, apart from the
    /// session's own tokens.
    pub async fn my_account_token(&self, session: &Session) -> Result<Secret, NoToken> {
        let now = self.ports.now();
        if let Some(kept) = self.my_account_tokens.get(&session.id, now) {
            return Ok(kept.token);
        }
        let refresh_token = self.tokens_of(session)?.refresh_token.ok_or(NoToken::SessionEnded)?;
        let request = |tenant: &Tenant| my_account_token_request(tenant, &refresh_token);
        let tokens = match self.ask_for_tokens(&request).await? {
            Ok(tokens) => tokens,
            Err(error) => return Err(self.token_failure(&session.id, &error)?),
        };
        self.keep_rotated(session, &tokens)?;
        self.check_refreshed(session, &tokens).await?;
        const MARGIN_MS: u64 = 60_000;
        let kept = CachedToken {
            connection: String::new(),
            token: tokens.access_token.clone(),
            scopes: tokens.scope.unwrap_or_default(),
            expires_at: tokens.expires_at,
            keep_until: tokens.expires_at.saturating_sub(MARGIN_MS),
        };
        self.my_account_tokens.put(&session.id, kept, usize::MAX);
        Ok(tokens.access_token)
    }

    fn take_flow(&self, state: &str) -> Result<Option<Flow>, Refusal> {
        let hash = state_hash(state);
        let query = "SELECT session, connection, scopes, return_to, sealed, login_hint FROM connect_transactions WHERE state_hash = ?";
        let flow = self.row(query, &[hash.as_str().into()])?;
        self.exec("DELETE FROM connect_transactions WHERE state_hash = ?", &[hash.as_str().into()])?;
        Ok(flow)
    }
}

/// A flow that was begun here and has come back.
#[derive(Deserialize)]
pub struct Flow {
    session: String,
    pub connection: String,
    /// What was asked for.
    pub scopes: String,
    return_to: String,
    sealed: String,
    /// The account at the provider that was asked for.
    pub login_hint: Option<String>,
}

impl Flow {
    pub fn ended(self, outcome: ConnectOutcome) -> ConnectCompleted {
        ConnectCompleted { return_to: self.return_to, connection: self.connection, outcome }
    }
}

/// Code of the refusal for a connection attempt that is not known here.
pub const UNKNOWN_FLOW: &str = "connect_unknown";

fn unknown_flow() -> Refusal {
    Refusal::new(400, UNKNOWN_FLOW, "This connection attempt is not known or was completed before.")
}

fn state_hash(state: &str) -> String {
    keyed_hash(b"deputy connect state v1", &[state])
}

pub fn refusal_of(cause: NoToken) -> Refusal {
    match cause {
        NoToken::SessionEnded => Refusal::session_ended(),
        NoToken::Refused(refusal) => refusal,
    }
}

pub fn my_account_refusal(error: &MyAccountError) -> Refusal {
    note_error(Level::Warn, "my_account_failed", error);
    let status = match error {
        MyAccountError::InvalidInput | MyAccountError::BadRequest { .. } | MyAccountError::Expired => 400,
        MyAccountError::Unauthorized => 401,
        MyAccountError::Forbidden => 403,
        MyAccountError::NotFound => 404,
        MyAccountError::Conflict => 409,
        MyAccountError::RateLimited { .. } => 429,
        MyAccountError::Down { .. } => 503,
        MyAccountError::Unexpected { .. } | MyAccountError::Malformed => 502,
    };
    Refusal::explained(status, error)
}
