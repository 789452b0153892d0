use deputy_auth0::{
    Envelope, JwtError, Scopes, Tenant, TokenError, TokenSet, refresh_request, token_response, validate_refreshed,
};
use deputy_http::{Request, Secret};

use super::session::Session;
use crate::account::core::{Core, Ports};
use crate::account::leases::{Lease, LeaseOutcome};
use crate::account::tenant_keys;
use crate::objects::{Refusal, TokenEnvelope};
use crate::platform::log::{Level, note_error};

/// A refresh takes at most this long; after that somebody else may try.
const REFRESH_DEADLINE_MS: u64 = 15_000;

/// Why there is no access token.
#[derive(Debug)]
pub enum NoToken {
    /// The session has ended: only a new login helps.
    SessionEnded,
    /// Not now.
    Refused(Refusal),
}

impl<P: Ports> Core<P> {
    /// The session's tokens with an access token that is good for at least another minute. One refresh at a time; what it
    /// gives is stored before it is used, so that a rotated refresh token is never lost (S-05).
    pub async fn fresh_tokens(&self, session: &str) -> Result<TokenSet, NoToken> {
        const ATTEMPTS: u32 = 4;
        for _ in 0..ATTEMPTS {
            let session = self.session(session)?.ok_or(NoToken::SessionEnded)?;
            let tokens = self.tokens_of(&session)?;
            if tokens.is_fresh(self.ports.now()) {
                return Ok(tokens);
            }
            let Some(refresh_token) = tokens.refresh_token.clone() else {
                // A bearer token cannot be had again, so it serves to its end.
                return if tokens.expires_at > self.ports.now() { Ok(tokens) } else { Err(NoToken::SessionEnded) };
            };
            match self.acquire_lease(&format!("refresh:{}", session.id), REFRESH_DEADLINE_MS).await? {
                LeaseOutcome::Released | LeaseOutcome::Failed(_) => {}
                LeaseOutcome::Acquired(lease) => {
                    let outcome = self.refresh(&session, tokens, &refresh_token, &lease).await;
                    self.release_lease(&lease, None)?;
                    return outcome;
                }
            }
        }
        Err(NoToken::Refused(Refusal::new(
            503,
            "refresh_pending",
            "The login service is slow right now. Please try again.",
        )))
    }

    /// The session's tokens as they are stored; under an older key they are sealed anew. Tokens that no key opens any more end
    /// the session (UA-09).
    pub fn tokens_of(&self, session: &Session) -> Result<TokenSet, NoToken> {
        match self.open_tokens(&session.id, &session.tokens) {
            Some((tokens, false)) => Ok(tokens),
            Some((tokens, true)) => {
                // Not a change of the tokens: whoever is about to store newer ones still does.
                let sealed = self.seal_tokens(&session.id, tokens.clone())?;
                let query = "UPDATE sessions SET tokens = ? WHERE id = ? AND tokens = ?";
                self.exec(
                    query,
                    &[sealed.as_str().into(), session.id.as_str().into(), session.tokens.as_str().into()],
                )?;
                Ok(tokens)
            }
            None => {
                self.forget_session(&session.id)?;
                Err(NoToken::SessionEnded)
            }
        }
    }

    /// Stores a refresh token that came with another token, if the tenant rotates them.
    pub fn keep_rotated(&self, session: &Session, new: &TokenSet) -> Result<(), NoToken> {
        let tokens = self.tokens_of(session)?;
        if new.refresh_token.is_some() && new.refresh_token != tokens.refresh_token {
            self.store_tokens(session, TokenSet { refresh_token: new.refresh_token.clone(), ..tokens })?;
        }
        Ok(())
    }

    /// The second value is true for tokens that an older key sealed.
    pub fn open_tokens(&self, session: &str, sealed: &str) -> Option<(TokenSet, bool)> {
        let data = self.associated_data(&["session", session]);
        Envelope::open(&self.settings.keys, &data, sealed).ok().map(|(Envelope(tokens), reseal)| (tokens, reseal))
    }

    /// Tokens of a session, sealed for its row. The ID token is not kept: its claims are.
    pub fn seal_tokens(&self, session: &str, tokens: TokenSet) -> Result<String, Refusal> {
        let nonce = self.ports.random()?;
        let data = self.associated_data(&["session", session]);
        Ok(Envelope(TokenSet { id_token: None, ..tokens }).seal(&self.settings.keys, nonce, &data)?)
    }

    async fn refresh(
        &self,
        session: &Session,
        tokens: TokenSet,
        refresh_token: &Secret,
        lease: &Lease,
    ) -> Result<TokenSet, NoToken> {
        let request = |tenant: &Tenant| refresh_request(tenant, refresh_token, None, None);
        match self.ask_for_tokens(&request).await? {
            Ok(new) => {
                if self.holds_lease(lease)? {
                    // First: whatever the check says, a rotated refresh token is not lost.
                    self.keep_rotated(session, &new)?;
                }
                self.check_refreshed(session, &new).await?;
                // Closed in the meantime: what came back must not be used.
                let session = self.session(&session.id)?.ok_or(NoToken::SessionEnded)?;
                let tokens = tokens.refreshed_by(new);
                if self.holds_lease(lease)? {
                    self.store_tokens(&session, tokens.clone())?;
                }
                Ok(tokens)
            }
            Err(error) => Err(self.token_failure(&session.id, &error)?),
        }
    }

    /// OpenID Connect Core 1.0, 12.2: an ID token that came with refreshed tokens is the tenant's, for us, and of the session's
    /// user; else nothing of the answer is used, and the session ends.
    pub async fn check_refreshed(&self, session: &Session, new: &TokenSet) -> Result<(), NoToken> {
        let Some(token) = &new.id_token else { return Ok(()) };
        let verified = tenant_keys::verify(&self.ports, &self.settings, token).await?;
        let user =
            verified.and_then(|token| validate_refreshed(token, &self.settings.tenant, &session.sub, self.ports.now()));
        match user {
            Ok(_) => Ok(()),
            Err(error @ (JwtError::Verifier(_) | JwtError::UnknownKey)) => {
                Err(NoToken::Refused(Refusal::explained(503, &error)))
            }
            Err(error) => {
                note_error(Level::Error, "refreshed_id_token", &error);
                self.forget_session(&session.id)?;
                Err(NoToken::SessionEnded)
            }
        }
    }

    /// Sends a token request, unless the tenant has said that there were too many.
    pub async fn ask_for_tokens(
        &self,
        request: &dyn Fn(&Tenant) -> Request,
    ) -> Result<Result<TokenSet, TokenError>, Refusal> {
        let request = request(&*self.tenant().await?);
        if let Some(retry_at) = self.backing_off()? {
            return Ok(Err(TokenError::RateLimited { retry_at }));
        }
        let answer = self.ports.send(request).await;
        let result = answer.map_err(TokenError::from).and_then(|answer| token_response(answer, self.ports.now()));
        if let Err(TokenError::RateLimited { retry_at }) = result {
            self.back_off(retry_at)?;
        }
        Ok(result)
    }

    /// What a failed token request means. A grant that is no longer valid ends the session.
    pub fn token_failure(&self, session: &str, error: &TokenError) -> Result<NoToken, Refusal> {
        if *error == TokenError::InvalidGrant {
            self.forget_session(session)?;
            return Ok(NoToken::SessionEnded);
        }
        note_error(Level::Warn, "token_request_failed", error);
        let status = match error {
            TokenError::RateLimited { .. } => 429,
            TokenError::TenantDown { .. } | TokenError::Malformed { .. } => 503,
            _ => 502,
        };
        Ok(NoToken::Refused(Refusal::explained(status, error)))
    }

    fn store_tokens(&self, session: &Session, tokens: TokenSet) -> Result<(), Refusal> {
        let sealed = self.seal_tokens(&session.id, tokens)?;
        self.exec(
            "UPDATE sessions SET tokens = ?, version = version + 1 WHERE id = ? AND version = ?",
            &[sealed.as_str().into(), session.id.as_str().into(), session.version.into()],
        )
    }
}

impl From<Refusal> for NoToken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The tokens of a login as they came from the edge.
pub fn token_set(envelope: TokenEnvelope) -> TokenSet {
    TokenSet {
        access_token: envelope.access_token,
        id_token: None,
        refresh_token: envelope.refresh_token.filter(|token| !token.is_empty()),
        scope: envelope.scope.as_deref().map(Scopes::parse),
        expires_at: envelope.expires_at,
    }
}

/// A token on its way to a tool, in the one named envelope.
pub fn envelope(token: &Secret, scopes: Option<&Scopes>, expires_at: u64) -> TokenEnvelope {
    TokenEnvelope { access_token: token.clone(), refresh_token: None, scope: scopes.map(Scopes::to_string), expires_at }
}
