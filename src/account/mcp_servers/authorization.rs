//! Log-ins to servers: begun here, finished by the browser that comes back, renewed one at a time. Registration and tokens are sealed for
//! the server they are for; a token is sent to that server and nowhere else.

use std::ops::ControlFlow;

use deputy_auth0::{Purpose, ReturnTo};
use deputy_http::Secret;
use deputy_mcp::authorization::ClientMetadata;
use deputy_mcp::client::Address;
use deputy_mcp::client::authorization::{
    AuthorizationError, Challenge, Grant, LOGIN_LIFETIME_MS, LoginInput, PendingLogin, ScopeSet, Tokens, begin_login,
    finish_login, refresh,
};
use serde::{Deserialize, Serialize};

use super::remote::Line;
use super::rows::Server;
use crate::account::core::{Core, Ports};
use crate::account::leases::LeaseOutcome;
use crate::account::name::keyed_hash;
use crate::account::request::AccountRequest;
use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};
use crate::tools::mcp::ServerProblem;

/// Where the browser comes back to.
pub const CALLBACK_PATH: &str = "/auth/mcp/callback";
/// Log-ins of one user that may be on their way at the same time; older ones are forgotten.
const OPEN_LOGINS: u64 = 10;
/// A renewal takes at most this long; after that somebody else may try.
const REFRESH_DEADLINE_MS: u64 = 15_000;

/// What Deputy says of itself to authorization servers: also at [`CLIENT_METADATA_PATH`](deputy_mcp::authorization::CLIENT_METADATA_PATH).
pub fn client_metadata(base_url: &str) -> ClientMetadata {
    ClientMetadata::of_application("Deputy", base_url, CALLBACK_PATH)
}

/// Begins a log-in to a server, or asks for more permission at it.
#[derive(Debug, Serialize, Deserialize)]
pub struct BeginMcpLogin {
    /// Server id.
    pub server: String,
    /// Session id of the browser: it alone may finish.
    pub session: String,
    /// Same-origin path to return to.
    pub return_to: String,
}

/// A log-in that was begun.
#[derive(Debug, Serialize, Deserialize)]
pub struct McpLoginBegun {
    /// Where the browser goes.
    pub redirect: String,
}

impl AccountRequest for BeginMcpLogin {
    const NAME: &'static str = "begin_mcp_login";
    type Reply = McpLoginBegun;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<McpLoginBegun, Refusal> {
        account.begin_server_login(&self).await
    }
}

/// Finishes a log-in to a server.
#[derive(Debug, Serialize, Deserialize)]
pub struct CompleteMcpLogin {
    /// Session id of the browser that came back.
    pub session: String,
    /// The decoded query of the callback.
    pub query: Vec<(String, String)>,
}

/// A log-in that was finished.
#[derive(Debug, Serialize, Deserialize)]
pub struct McpLoginCompleted {
    /// Same-origin path to return to.
    pub return_to: String,
}

impl AccountRequest for CompleteMcpLogin {
    const NAME: &'static str = "complete_mcp_login";
    type Reply = McpLoginCompleted;

    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<McpLoginCompleted, Refusal> {
        account.complete_server_login(&self.session, &self.query).await
    }
}

/// What a server said when it wanted a log-in: kept until the user begins one.
#[derive(Serialize, Deserialize)]
struct KeptChallenge {
    resource_metadata: Option<String>,
    scope: String,
    error: Option<String>,
}

/// A token for a server, none without a log-in; or that it cannot be had now.
type Token = Result<Option<Secret>, ServerProblem>;

#[derive(Deserialize)]
struct OpenLogin {
    server: String,
    session: String,
    return_to: String,
    sealed: String,
}

impl<P: Ports> Core<P> {
    /// Keeps what a server said when it refused.
    pub(super) fn keep_challenge(&self, server: &str, challenge: &Challenge) -> Result<(), Refusal> {
        let Challenge { resource_metadata, scope, error, .. } = challenge;
        let kept = KeptChallenge {
            resource_metadata: resource_metadata.clone(),
            scope: scope.to_string(),
            error: error.clone(),
        };
        let text = deputy_http::json::write(&kept);
        self.exec("UPDATE mcp_servers SET challenge = ? WHERE id = ?", &[text.as_str().into(), server.into()])
    }

    async fn begin_server_login(&self, begin: &BeginMcpLogin) -> Result<McpLoginBegun, Refusal> {
        let session = self.live_session(&begin.session)?;
        let server = self.known_server(&begin.server)?;
        let endpoint = Address::parse(&server.url, self.reach()).map_err(|error| Refusal::explained(400, &error))?;
        let grant = self.server_grant(&server)?;
        let randomness = [self.ports.random::<32>()?, self.ports.random::<32>()?];
        let input = LoginInput {
            server: &endpoint,
            reach: self.reach(),
            challenge: &challenge_of(&server),
            metadata: &client_metadata(&self.settings.base_url),
            client: None,
            grant: grant.as_ref(),
            randomness,
        };
        let (redirect, pending) =
            begin_login(&Line(&self.ports), input).await.map_err(|error| login_refused(&error))?;
        self.keep_login(&server.id, &session.id, &begin.return_to, &pending)?;
        Ok(McpLoginBegun { redirect })
    }

    fn keep_login(&self, server: &str, session: &str, return_to: &str, pending: &PendingLogin) -> Result<(), Refusal> {
        let now = self.ports.now();
        let return_to = ReturnTo::parse(&self.settings.base_url, return_to).unwrap_or_else(ReturnTo::root);
        let sealed = self.seal_for_server(server, "login", &pending.to_secret())?;
        self.exec("DELETE FROM mcp_logins WHERE expires_at <= ?", &[now.into()])?;
        self.exec(
            "DELETE FROM mcp_logins WHERE state_hash NOT IN
                (SELECT state_hash FROM mcp_logins ORDER BY expires_at DESC LIMIT ?)",
            &[OPEN_LOGINS.saturating_sub(1).into()],
        )?;
        self.exec(
            "INSERT INTO mcp_logins (state_hash, server, session, return_to, sealed, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
            &[
                state_hash(&pending.state).as_str().into(),
                server.into(),
                session.into(),
                return_to.as_str().into(),
                sealed.as_str().into(),
                now.saturating_add(LOGIN_LIFETIME_MS).into(),
            ],
        )
    }

    /// The browser came back. The log-in is spent whatever happens.
    async fn complete_server_login(
        &self,
        session: &str,
        query: &[(String, String)],
    ) -> Result<McpLoginCompleted, Refusal> {
        let state = query.iter().find(|(name, _)| name == "state").map_or("", |(_, value)| value.as_str());
        let open = self.take_login(state)?.ok_or_else(unknown_login)?;
        let session = self.live_session(session)?;
        if open.session != session.id {
            let message = "This log-in was begun in another session.";
            return Err(Refusal::new(403, "mcp_login_other_session", message));
        }
        let server = self.known_server(&open.server)?;
        let secret = self.open_for_server(&server.id, "login", &open.sealed).ok_or_else(unknown_login)?;
        let pending = PendingLogin::from_secret(&secret).ok_or_else(unknown_login)?;
        let client_id = pending.client.client_id.clone();
        match finish_login(&Line(&self.ports), query, pending).await {
            Ok(grant) => self.keep_grant(&server.id, &grant)?,
            Err(error) => {
                if error == AuthorizationError::InvalidClient {
                    self.forget_client(&server.id, &client_id)?;
                }
                return Err(login_refused(&error));
            }
        }
        self.look_at_server(&server.id).await?;
        self.servers_changed()?;
        Ok(McpLoginCompleted { return_to: open.return_to })
    }

    fn take_login(&self, state: &str) -> Result<Option<OpenLogin>, Refusal> {
        let hash = state_hash(state);
        let query = "SELECT server, session, return_to, sealed FROM mcp_logins WHERE state_hash = ? AND expires_at > ?";
        let open = self.row(query, &[hash.as_str().into(), self.ports.now().into()])?;
        self.exec("DELETE FROM mcp_logins WHERE state_hash = ?", &[hash.as_str().into()])?;
        Ok(open)
    }

    /// The token for a server; none without a log-in. `refused` is one that the server did not take: then it is renewed although it looks
    /// good. One renewal at a time, and what it gives is stored before it is used: a refresh token may be good once.
    pub(super) async fn server_token(&self, id: &str, refused: Option<&Secret>) -> Result<Token, Refusal> {
        const ATTEMPTS: u32 = 4;
        for _ in 0..ATTEMPTS {
            let Some(grant) = self.kept_grant(id)? else { return Ok(Ok(None)) };
            let token = &grant.tokens.access_token;
            let now = self.ports.now();
            if grant.is_fresh(now) && refused != Some(token) {
                return Ok(Ok(Some(token.clone())));
            }
            if grant.tokens.refresh_token.is_none() {
                // One that has ended, or that the server did not take, is none: the server is asked without, and its refusal leads to a log-in.
                let is_good = refused != Some(token) && grant.tokens.expires_at.is_none_or(|ends| ends > now);
                return Ok(Ok(is_good.then(|| token.clone())));
            }
            match self.acquire_lease(&format!("mcp:{id}"), REFRESH_DEADLINE_MS).await? {
                LeaseOutcome::Released | LeaseOutcome::Failed(_) => {}
                LeaseOutcome::Acquired(lease) => {
                    let renewed = self.renew(id, &grant).await;
                    self.release_lease(&lease, None)?;
                    if let ControlFlow::Break(token) = renewed? {
                        return Ok(token);
                    }
                }
            }
        }
        Ok(Err(ServerProblem::Down))
    }

    /// Renews a grant and keeps what comes of it; to go on is to look at the grant again.
    async fn renew(&self, id: &str, grant: &Grant) -> Result<ControlFlow<Token>, Refusal> {
        let renewed = refresh(&Line(&self.ports), grant).await;
        // A log-in that was completed meanwhile, or a later renewal, is not written over.
        let Some(kept) = self.kept_grant(id)?.filter(|kept| kept.tokens == grant.tokens) else {
            return Ok(ControlFlow::Continue(()));
        };
        let error = match renewed {
            Ok(renewed) => {
                let renewed = Grant { step_ups: kept.step_ups, ..renewed };
                self.keep_grant(id, &renewed)?;
                return Ok(ControlFlow::Break(Ok(Some(renewed.tokens.access_token))));
            }
            Err(error) => error,
        };
        note_error(Level::Warn, "mcp_refresh_failed", &error);
        Ok(match error {
            AuthorizationError::Down { .. } => ControlFlow::Break(Err(ServerProblem::Down)),
            // It is spent: whoever waited does not send it again.
            AuthorizationError::InvalidGrant => {
                let tokens = Tokens { refresh_token: None, ..kept.tokens };
                self.keep_grant(id, &Grant { tokens, ..kept })?;
                ControlFlow::Continue(())
            }
            AuthorizationError::InvalidClient => {
                self.forget_client(id, &kept.client.client_id)?;
                ControlFlow::Continue(())
            }
            // Only a log-in helps: the server is asked without a token, and its refusal leads there.
            _ => ControlFlow::Break(Ok(None)),
        })
    }

    /// After a call that went well the next step-up is no repetition.
    pub(super) fn settle_grant(&self, id: &str) -> Result<(), Refusal> {
        let Some(mut grant) = self.kept_grant(id)? else { return Ok(()) };
        if grant.step_ups > 0 {
            grant.settle();
            self.keep_grant(id, &grant)?;
        }
        Ok(())
    }

    /// The authorization server does not know the client any more: with it goes what it was given, so that the next log-in registers anew.
    fn forget_client(&self, id: &str, client_id: &str) -> Result<(), Refusal> {
        match self.kept_grant(id)? {
            Some(kept) if kept.client.client_id == client_id => {
                self.exec("UPDATE mcp_servers SET sealed = NULL WHERE id = ?", &[id.into()])
            }
            _ => Ok(()),
        }
    }

    /// The grant as it is now: what was read before a wait may be spent.
    fn kept_grant(&self, id: &str) -> Result<Option<Grant>, Refusal> {
        self.server(id)?.map_or(Ok(None), |server| self.server_grant(&server))
    }

    /// What the last log-in gave. Sealed by a key that is gone it is as good as none.
    fn server_grant(&self, server: &Server) -> Result<Option<Grant>, Refusal> {
        let Some(sealed) = &server.sealed else { return Ok(None) };
        Ok(self.open_for_server(&server.id, "grant", sealed).as_ref().and_then(Grant::from_secret))
    }

    fn keep_grant(&self, server: &str, grant: &Grant) -> Result<(), Refusal> {
        let sealed = self.seal_for_server(server, "grant", &grant.to_secret())?;
        self.exec("UPDATE mcp_servers SET sealed = ? WHERE id = ?", &[sealed.as_str().into(), server.into()])
    }

    fn seal_for_server(&self, server: &str, what: &str, secret: &Secret) -> Result<String, Refusal> {
        let owner = self.associated_data(&["mcp", what, server]);
        let bytes = secret.expose().as_bytes();
        Ok(self.settings.keys.seal(Purpose::McpServer, self.ports.random()?, &owner, bytes)?)
    }

    fn open_for_server(&self, server: &str, what: &str, sealed: &str) -> Option<Secret> {
        let owner = self.associated_data(&["mcp", what, server]);
        let opened = self.settings.keys.open(Purpose::McpServer, &owner, sealed).ok()?;
        std::str::from_utf8(&opened.plaintext).ok().map(Secret::new)
    }
}

fn challenge_of(server: &Server) -> Challenge {
    let kept =
        server.challenge.as_ref().and_then(|text| deputy_http::json::read::<KeptChallenge>(text.as_bytes()).ok());
    kept.map_or_else(Challenge::default, |kept| Challenge {
        resource_metadata: kept.resource_metadata,
        scope: ScopeSet::parse(&kept.scope),
        error: kept.error,
        error_description: None,
    })
}

fn unknown_login() -> Refusal {
    Refusal::new(400, "mcp_login_unknown", "This log-in is not known or was completed before.")
}

fn login_refused(error: &AuthorizationError) -> Refusal {
    note_error(Level::Warn, "mcp_login_failed", error);
    let status = match error {
        AuthorizationError::Down { .. } => 503,
        AuthorizationError::Malformed { .. } | AuthorizationError::NoServerMetadata => 502,
        _ => 400,
    };
    Refusal::explained(status, error)
}

fn state_hash(state: &str) -> String {
    keyed_hash(b"deputy mcp login state v1", &[state])
}
