use deputy_auth0::{
    ConnectInput, MyAccountError, Randomness, ReturnTo, Scopes, Transaction, complete_request, complete_response,
    connect_callback, connect_request, connect_response, my_account_token_request,
};
use deputy_http::Secret;
use serde::Deserialize;

use super::call::{ConnectCompleted, ConnectOutcome, ConnectStarted, Refusal, StartConnect};
use super::core::{Core, Host};
use super::name::keyed_hash;
use super::session_tokens::NoToken;
use super::sessions::Session;
use super::vault::CachedToken;
use crate::platform::log::{Level, Line};

/// Flows of one user that may be open at the same time; older ones are forgotten.
const OPEN_FLOWS: u64 = 10;

/// What the user was last asked for, and when they said yes.
pub(super) struct Consent {
    asked: Scopes,
    at: u64,
}

impl Consent {
    /// True when all of `missing` was asked for just now: asking again would ask the same.
    pub(super) fn covers(&self, missing: &Scopes, now: u64) -> bool {
        const JUST_NOW_MS: u64 = 10 * 60_000;
        now.saturating_sub(self.at) < JUST_NOW_MS && missing.iter().all(|scope| self.asked.contains(scope))
    }
}

impl<H: Host> Core<H> {
    /// Starts the Connected Accounts flow. What has to be remembered stays here, sealed, under the hash of `state`.
    pub(super) async fn start_connect(&self, start: StartConnect) -> Result<ConnectStarted, Refusal> {
        let session = self.session(&start.session)?.ok_or_else(Refusal::session_ended)?;
        let token = self.my_account_token(&session).await.map_err(refusal_of)?;
        let scopes: Scopes = start.scopes.iter().collect();
        let login_hint = start.parameters.get("login_hint").filter(|hint| !hint.is_empty()).cloned();
        let return_to = ReturnTo::parse(&self.settings.base_url, &start.return_to).unwrap_or_else(ReturnTo::root);
        let input = ConnectInput {
            connection: start.connection.clone(),
            scopes: scopes.clone(),
            authorization_params: start.parameters.into_iter().map(|(name, value)| (name, value.into())).collect(),
            subject: session.sub.clone(),
            return_to: return_to.clone(),
        };
        let random = self.host.random::<96>()?;
        let randomness = Randomness::from_source(|bytes| {
            bytes.copy_from_slice(&random);
            Ok::<(), Refusal>(())
        })?;
        let tenant = &self.settings.tenant;
        let (request, pending) =
            connect_request(tenant, &token, input, randomness).map_err(|e| my_account_refusal(&e))?;
        let answer = self.host.send(request).await.map_err(|e| my_account_refusal(&e.into()))?;
        let now = self.host.now();
        let (redirect, transaction) =
            connect_response(tenant, answer, pending, now).map_err(|e| my_account_refusal(&e))?;
        let (state, expires_at) = (transaction.state.clone(), transaction.expires_at);
        let sealed =
            Transaction::Connect(transaction).seal(&self.settings.keys, self.host.random()?, &tenant.issuer)?;
        self.host.exec("DELETE FROM connect_transactions WHERE expires_at <= ?", &[now.into()])?;
        self.host.exec(
            "DELETE FROM connect_transactions WHERE state_hash NOT IN
                (SELECT state_hash FROM connect_transactions ORDER BY expires_at DESC LIMIT ?)",
            &[OPEN_FLOWS.saturating_sub(1).into()],
        )?;
        self.host.exec(
            "INSERT INTO connect_transactions
                (state_hash, session, connection, scopes, return_to, sealed, expires_at, login_hint)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            &[
                state_hash(&state).as_str().into(),
                session.id.as_str().into(),
                start.connection.as_str().into(),
                scopes.to_string().as_str().into(),
                return_to.as_str().into(),
                sealed.as_str().into(),
                expires_at.into(),
                login_hint.as_deref().into(),
            ],
        )?;
        Ok(ConnectStarted { redirect })
    }

    /// The browser came back. The flow is spent whatever happens; calls that waited for the connection go on.
    pub(super) async fn complete_connect(
        &self,
        session: &str,
        state: &str,
        connect_code: Option<&str>,
    ) -> Result<ConnectCompleted, Refusal> {
        let unknown =
            || Refusal::new(400, "connect_unknown", "This connection attempt is not known or was completed before.");
        let flow = self.take_flow(state)?.ok_or_else(unknown)?;
        let session = self.session(session)?.ok_or_else(Refusal::session_ended)?;
        if flow.session != session.id {
            return Err(Refusal::new(
                403,
                "connect_other_session",
                "This connection attempt was begun in another session.",
            ));
        }
        let Some(connect_code) = connect_code else {
            self.tell_connection(&flow.connection, false)?;
            return Ok(flow.ended(ConnectOutcome::Cancelled));
        };
        let tenant = &self.settings.tenant;
        let transaction = match Transaction::open(&self.settings.keys, &tenant.issuer, state, &flow.sealed) {
            Ok(Transaction::Connect(transaction)) => transaction,
            _ => return Err(unknown()),
        };
        let query = [("state", state), ("connect_code", connect_code)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let code = connect_callback(tenant, &query, transaction, &session.sub, self.host.now())
            .map_err(|error| Refusal::new(400, error.code(), error.user_message()))?;
        let token = self.my_account_token(&session).await.map_err(refusal_of)?;
        let answer =
            self.host.send(complete_request(tenant, &token, &code)).await.map_err(|e| my_account_refusal(&e.into()))?;
        let account = complete_response(answer, self.host.now()).map_err(|e| my_account_refusal(&e))?;
        let outcome = self.consent_given(&session, &flow, account).await?;
        Ok(flow.ended(outcome))
    }

    /// The last consent to a connection.
    pub(super) fn consent(&self, connection: &str) -> Result<Option<Consent>, Refusal> {
        #[derive(Deserialize)]
        struct Row {
            asked_scopes: String,
            consented_at: Option<u64>,
        }
        let query = "SELECT asked_scopes, consented_at FROM connections WHERE name = ?";
        let row = self.host.row::<Row>(query, &[connection.into()])?;
        Ok(row.and_then(|row| Some(Consent { asked: Scopes::parse(&row.asked_scopes), at: row.consented_at? })))
    }

    /// A token for the My Account API, by the session's multi-resource refresh token. Kept in memory only, apart from the
    /// session's own tokens.
    pub(super) async fn my_account_token(&self, session: &Session) -> Result<Secret, NoToken> {
        let now = self.host.now();
        let kept = self.my_account_tokens.borrow().get(&session.id).filter(|token| token.keep_until > now).cloned();
        if let Some(kept) = kept {
            return Ok(kept.token);
        }
        let refresh_token = self.tokens_of(session)?.refresh_token.ok_or(NoToken::SessionEnded)?;
        let request = my_account_token_request(&*self.tenant().await?, &refresh_token);
        let tokens = match self.ask_for_tokens(request).await? {
            Ok(tokens) => tokens,
            Err(error) => return Err(self.token_failure(&session.id, &error)?),
        };
        self.keep_rotated(session, &tokens)?;
        const MARGIN_MS: u64 = 60_000;
        let kept = CachedToken {
            connection: String::new(),
            token: tokens.access_token.clone(),
            scopes: tokens.scope.unwrap_or_default(),
            expires_at: tokens.expires_at,
            keep_until: tokens.expires_at.saturating_sub(MARGIN_MS),
        };
        self.my_account_tokens.borrow_mut().insert(session.id.clone(), kept);
        Ok(tokens.access_token)
    }

    fn take_flow(&self, state: &str) -> Result<Option<Flow>, Refusal> {
        let hash = state_hash(state);
        let query = "SELECT session, connection, scopes, return_to, sealed, login_hint FROM connect_transactions WHERE state_hash = ?";
        let flow = self.host.row(query, &[hash.as_str().into()])?;
        self.host.exec("DELETE FROM connect_transactions WHERE state_hash = ?", &[hash.as_str().into()])?;
        Ok(flow)
    }
}

/// A flow that was begun here and has come back.
#[derive(Deserialize)]
pub(super) struct Flow {
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
    fn ended(self, outcome: ConnectOutcome) -> ConnectCompleted {
        ConnectCompleted { return_to: self.return_to, connection: self.connection, outcome }
    }
}

fn state_hash(state: &str) -> String {
    keyed_hash(b"deputy connect state v1", &[state])
}

pub(super) fn refusal_of(cause: NoToken) -> Refusal {
    match cause {
        NoToken::SessionEnded => Refusal::session_ended(),
        NoToken::Refused(refusal) => refusal,
    }
}

pub(super) fn my_account_refusal(error: &MyAccountError) -> Refusal {
    let line = Line::new(Level::Warn, "my_account_failed");
    Line { code: Some(error.code()), detail: Some(error.developer_fix()), ..line }.write();
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
    Refusal::new(status, error.code(), error.user_message())
}
