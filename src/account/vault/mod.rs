//! Provider tokens of Token Vault: memory, then KV, then one exchange for everybody who waits.

mod api_client;
mod backoff;
mod key;
pub mod token_cache;

use deputy_auth0::{Envelope, ExchangeError, ProviderToken, Scopes, SubjectToken, exchange_request, exchange_response};
use deputy_error::Explained;
use deputy_http::{Response, Secret, TransportError};

use serde::{Deserialize, Serialize};

use super::connections::usage::PROVIDER_REFUSED;
use super::core::{Core, Ports};
use super::leases::LeaseOutcome;
use super::request::AccountRequest;
use super::sessions::tokens::NoToken;
use crate::objects::Refusal;
use api_client::{ApiClient, Names};
use key::VaultKey;
use token_cache::CachedToken;

/// An exchange takes at most this long; after that somebody else may try.
const EXCHANGE_DEADLINE_MS: u64 = 15_000;
/// Tokens kept in memory at most.
const MEMORY_TOKENS: usize = 64;

/// The provider refused the cached token (401): drop it, so that the next one is exchanged again.
#[derive(Debug, Serialize, Deserialize)]
pub struct DropProviderToken {
    /// Connection name.
    pub connection: String,
}

impl AccountRequest for DropProviderToken {
    const NAME: &'static str = "drop_provider_token";
    type Reply = ();

    /// The generation is raised, so that neither memory nor a late copy in KV can give the token again.
    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<(), Refusal> {
        account.raise_generation(&self.connection)?;
        account.note_problem(&self.connection, Some(PROVIDER_REFUSED))
    }
}

/// Why there is no provider token.
#[derive(Debug)]
pub enum NoProviderToken {
    /// Token Vault's answer.
    Exchange(ExchangeError),
    /// Ours.
    NoToken(NoToken),
}

impl<P: Ports> Core<P> {
    /// A provider token for the connection with the scopes: from memory, else from KV, else by an exchange. Calls that come
    /// together make one exchange.
    pub async fn provider_token(
        &self,
        session: &str,
        connection: &str,
        required: &Scopes,
    ) -> Result<ProviderToken, NoProviderToken> {
        const ATTEMPTS: u32 = 4;
        for _ in 0..ATTEMPTS {
            let key = self.vault_key(connection, required)?;
            if let Some(token) = self.cached(&key).await {
                // A generation raised while KV was read makes the entry unreachable.
                if self.vault_key(connection, required)? == key {
                    return Ok(token);
                }
                continue;
            }
            match self.acquire_lease(&key.name(), EXCHANGE_DEADLINE_MS).await? {
                LeaseOutcome::Released => {}
                LeaseOutcome::Failed(failure) => return Err(NoProviderToken::Exchange(failure)),
                LeaseOutcome::Acquired(lease) => {
                    let outcome = self.exchange(session, connection, required).await;
                    let current = self.vault_key(connection, required)? == key;
                    if let Ok(_) | Err(NoProviderToken::Exchange(_)) = &outcome {
                        let failed = outcome.as_ref().err().and_then(NoProviderToken::code);
                        self.note_problem(connection, failed)?;
                    }
                    if let Ok(token) = &outcome
                        && current
                        && self.holds_lease(&lease)?
                    {
                        self.keep(&key, token)?;
                    }
                    // The end of one session is not the end of the others that wait.
                    let failure = match &outcome {
                        Err(NoProviderToken::Exchange(error)) if *error != ExchangeError::SessionEnded => Some(error),
                        _ => None,
                    };
                    self.release_lease(&lease, failure.filter(|_| current))?;
                    if current {
                        return outcome;
                    }
                }
            }
        }
        let message = "Your connected account is changing right now. Please try again.";
        Err(Refusal::new(503, "exchange_pending", message).into())
    }

    /// Any token of the connection, whatever its scopes: the one at hand, else by an exchange.
    pub async fn any_token(&self, session: &str, connection: &str) -> Option<Secret> {
        match self.provider_tokens.of_connection(connection, self.ports.now()) {
            Some(cached) => Some(cached.token),
            None => self.provider_token(session, connection, &Scopes::default()).await.ok().map(|token| token.token),
        }
    }

    /// Makes every cached token of the connection unreachable.
    pub fn raise_generation(&self, connection: &str) -> Result<(), Refusal> {
        self.exec(
            "INSERT INTO connections (name, generation, scopes, asked_scopes) VALUES (?, 1, '', '')
                ON CONFLICT (name) DO UPDATE SET generation = generation + 1",
            &[connection.into()],
        )?;
        self.provider_tokens.clear();
        Ok(())
    }

    /// Makes every cached token of the account unreachable.
    pub fn raise_all_generations(&self) -> Result<(), Refusal> {
        let generation = self.account_generation()?.saturating_add(1);
        self.set_meta("vault_generation", &generation.to_string())?;
        self.provider_tokens.clear();
        Ok(())
    }

    fn account_generation(&self) -> Result<u64, Refusal> {
        Ok(self.meta("vault_generation")?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    fn vault_key(&self, connection: &str, required: &Scopes) -> Result<VaultKey, Refusal> {
        let row = self.connection_row(connection)?.unwrap_or_default();
        let generation = format!("{}.{}", self.account_generation()?, row.generation);
        let issuer = self.settings.tenant.issuer.as_str();
        let provider_account = row.account.unwrap_or_default();
        Ok(VaultKey::new([issuer, &self.account, connection, &provider_account, &generation], required))
    }

    async fn cached(&self, key: &VaultKey) -> Option<ProviderToken> {
        let name = key.name();
        if let Some(cached) = self.provider_tokens.get(&name, self.ports.now()) {
            let CachedToken { token, scopes, expires_at, .. } = cached;
            return Some(ProviderToken { token, scopes, expires_at });
        }
        let sealed = self.ports.get(&name).await?;
        let (Envelope(token), reseal): (Envelope<ProviderToken>, _) =
            Envelope::open(&self.settings.keys, &key.associated_data(), &sealed).ok()?;
        let until = token.usable_until(self.ports.now())?;
        if reseal {
            // Under the first key from now on. If that fails, an exchange gives the token another time.
            self.keep(key, &token).ok()?;
        }
        self.remember(key, &token, until);
        Some(token)
    }

    fn keep(&self, key: &VaultKey, token: &ProviderToken) -> Result<(), Refusal> {
        let now = self.ports.now();
        // In memory even what KV does not keep: a token in its last minutes must not cost an exchange a call.
        if let Some(until) = token.usable_until(now) {
            self.remember(key, token, until);
        }
        let Some(keep_until) = token.keep_until(now) else { return Ok(()) };
        let sealed = Envelope(token.clone()).seal(&self.settings.keys, self.ports.random()?, &key.associated_data())?;
        self.ports.put_later(key.name(), sealed, keep_until.saturating_sub(now) / 1000);
        Ok(())
    }

    fn remember(&self, key: &VaultKey, token: &ProviderToken, keep_until: u64) {
        let ProviderToken { token, scopes, expires_at } = token.clone();
        let cached = CachedToken { connection: key.connection().to_owned(), token, scopes, expires_at, keep_until };
        self.provider_tokens.put(&key.name(), cached, MEMORY_TOKENS);
    }

    async fn exchange(
        &self,
        session: &str,
        connection: &str,
        required: &Scopes,
    ) -> Result<ProviderToken, NoProviderToken> {
        let row = self.connection_row(connection)?.unwrap_or_default();
        if row.candidate.is_some() && row.login_hint.is_none() {
            // The tenant might give the token of either account.
            return Err(undecided().into());
        }
        self.exchange_for(session, connection, row.login_hint.as_deref(), required).await
    }

    /// One exchange, for the account that `login_hint` names among several of the connection.
    pub async fn exchange_for(
        &self,
        session: &str,
        connection: &str,
        login_hint: Option<&str>,
        required: &Scopes,
    ) -> Result<ProviderToken, NoProviderToken> {
        let tenant = &self.settings.tenant;
        // TV-07: who logged in here has a refresh token, a caller with a bearer token has that.
        let kept = self.session(session)?.ok_or(NoToken::SessionEnded)?;
        let refresh_token = self.tokens_of(&kept)?.refresh_token;
        let api_client = ApiClient::of(&self.settings, &kept);
        let request = match (&refresh_token, api_client.client) {
            // TV-04, CF-11.
            (Some(token), _) => {
                let tenant = self.tenant().await?;
                exchange_request(&tenant, SubjectToken::RefreshToken(token), connection, login_hint)
            }
            // TV-05: the access token, by the client tied to the API.
            (None, Some(client)) => {
                let token = &self.fresh_tokens(session).await?.access_token;
                exchange_request(tenant, SubjectToken::AccessToken { token, client }, connection, login_hint)
            }
            (None, None) => return Err(api_client.missing().into()),
        };
        if let Some(retry_at) = self.backing_off()? {
            return Err(NoProviderToken::Exchange(ExchangeError::RateLimited { retry_at }));
        }
        let answer = self.ports.send(request).await;
        self.exchanged(session, answer, required, refresh_token.is_none().then(|| api_client.names()))
    }

    /// What the tenant's answer means for the account.
    fn exchanged(
        &self,
        session: &str,
        answer: Result<Response, TransportError>,
        required: &Scopes,
        api_client: Option<Names>,
    ) -> Result<ProviderToken, NoProviderToken> {
        let answer = answer.map_err(ExchangeError::from);
        let result = answer.and_then(|answer| exchange_response(answer, required, self.ports.now()));
        match &result {
            Err(ExchangeError::RateLimited { retry_at }) => self.back_off(*retry_at)?,
            Err(ExchangeError::SessionEnded) => self.forget_session(session)?,
            Err(ExchangeError::TenantMisconfigured(cause)) => {
                if let Some(refusal) = api_client.and_then(|names| names.refused(cause)) {
                    return Err(refusal.into());
                }
            }
            _ => {}
        }
        result.map_err(NoProviderToken::Exchange)
    }
}

impl NoProviderToken {
    /// What the exchange ended with.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Exchange(error) => Some(error.code()),
            Self::NoToken(_) => None,
        }
    }
}

fn undecided() -> Refusal {
    let message = "Two accounts are connected where one is used. Choose under Connections which of them it is.";
    Refusal::new(409, "account_undecided", message)
}

impl From<NoToken> for NoProviderToken {
    fn from(cause: NoToken) -> Self {
        Self::NoToken(cause)
    }
}

impl From<Refusal> for NoProviderToken {
    fn from(refusal: Refusal) -> Self {
        Self::NoToken(NoToken::Refused(refusal))
    }
}
