use std::borrow::Cow;

use deputy_http::{ReadResponse, Request, Response, Secret};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oauth::tenant::{Client, Tenant};
use crate::oauth::token::{expires_at, token_request};
use crate::scopes::Scopes;
use crate::sealing::envelope::{Confidential, private, to_json};
use crate::sealing::key_ring::Purpose;
use crate::token_vault::exchange_error::ExchangeError;
use crate::token_vault::privileged_worker::PrivilegedRequest;

/// What a tool's error says when the provider refuses the token (GC-05).
pub const AUTHORIZATION_REQUIRED: &str = "Authorization required to access the Federated Connection";

/// A provider's token lives at least this long in the absence of `expires_in`, as Auth0 assumes for opaque tokens.
const ASSUMED_LIFETIME_SECONDS: u64 = 600;

const GRANT: &str = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";
const REQUESTED_TOKEN_TYPE: &str = "http://auth0.com/oauth/token-type/federated-connection-access-token";
const REFRESH_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const PRIVILEGED_TOKEN_TYPE: &str = "http://auth0.com/oauth/token-type/token-vault-access-token";
const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// On whose behalf the exchange is made (RFC 8693, 2.1 `subject_token`).
#[derive(Debug, Clone, Copy)]
pub enum SubjectToken<'a> {
    /// The session's refresh token, with the web application's credentials (TV-04).
    RefreshToken(&'a Secret),
    /// The access token our API received, with the credentials of the custom API client tied to that API (TV-05).
    AccessToken {
        /// The token.
        token: &'a Secret,
        /// `AUTH0_CUSTOM_API_CLIENT_ID` and its secret.
        client: &'a Client,
    },
    /// A worker's own signed request, without anything of the user's (Auth0's early access).
    PrivilegedWorker {
        /// For one user, once.
        request: &'a PrivilegedRequest,
        /// The worker's client.
        client: &'a Client,
    },
}

/// A provider's access token, on the user's behalf. Stored only through [`Envelope`](crate::Envelope).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderToken {
    /// The token.
    pub token: Secret,
    /// What it may do; empty where the provider does not say (GitHub Apps).
    pub scopes: Scopes,
    /// When it ends, milliseconds since the epoch.
    pub expires_at: u64,
}

impl ProviderToken {
    /// Until when it may be used again: 60 seconds before its end. `None` if that time has come.
    pub fn usable_until(&self, now_ms: u64) -> Option<u64> {
        const MARGIN_MS: u64 = 60_000;
        self.expires_at.checked_sub(MARGIN_MS).filter(|until| *until > now_ms)
    }

    /// As [`usable_until`](Self::usable_until), for Workers KV. `None` if that is less than 60 seconds away, because KV
    /// keeps nothing for less.
    pub fn keep_until(&self, now_ms: u64) -> Option<u64> {
        const SHORTEST_MS: u64 = 60_000;
        self.usable_until(now_ms).filter(|until| *until >= now_ms.saturating_add(SHORTEST_MS))
    }
}

/// RFC 8693, 2.1 with Auth0's grant type. No `scope`, `audience` or `resource` is sent: the vault gives what the user
/// has consented to. `login_hint` chooses among several accounts of one connection by the provider's user id.
pub fn exchange_request(
    tenant: &Tenant,
    subject: SubjectToken<'_>,
    connection: &str,
    login_hint: Option<&str>,
) -> Request {
    let (token, token_type, requested, client) = match subject {
        SubjectToken::RefreshToken(token) => (token, REFRESH_TOKEN_TYPE, REQUESTED_TOKEN_TYPE, &tenant.client),
        SubjectToken::AccessToken { token, client } => (token, ACCESS_TOKEN_TYPE, REQUESTED_TOKEN_TYPE, client),
        SubjectToken::PrivilegedWorker { request, client } => {
            (request.secret(), JWT_TYPE, PRIVILEGED_TOKEN_TYPE, client)
        }
    };
    let mut pairs = vec![
        ("grant_type", GRANT),
        ("subject_token_type", token_type),
        ("subject_token", token.expose()),
        ("connection", connection),
        ("requested_token_type", requested),
    ];
    pairs.extend(login_hint.map(|hint| ("login_hint", hint)));
    client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// RFC 8693, 2.2: a token that has the scopes the tool requires, or the one thing that is to be done about it.
/// Whatever is not understood is the operator's problem or the tenant's, never a consent prompt (S-23).
pub fn exchange_response(response: Response, required: &Scopes, now_ms: u64) -> Result<ProviderToken, ExchangeError> {
    if !response.status().is_success() {
        return Err(ExchangeError::from_response(&response, now_ms));
    }
    let granted =
        granted(&response, now_ms).ok_or(ExchangeError::TenantDown { status: Some(response.status().as_u16()) })?;
    let missing = required.missing_from(&granted.scopes);
    if !missing.is_empty() {
        return Err(ExchangeError::NeedsScopes { missing, granted: granted.scopes });
    }
    Ok(granted)
}

/// None for an answer that is not as it has to be.
fn granted(response: &Response, now_ms: u64) -> Option<ProviderToken> {
    let body: Body = response.json().ok()?;
    let assumed = Value::from(ASSUMED_LIFETIME_SECONDS);
    Some(ProviderToken {
        token: body.access_token.filter(|token| !token.is_empty())?,
        scopes: Scopes::parse(body.scope.as_deref().unwrap_or_default()),
        expires_at: expires_at(Some(body.expires_in.as_ref().unwrap_or(&assumed)), now_ms)?,
    })
}

#[derive(Deserialize)]
struct Body {
    access_token: Option<Secret>,
    expires_in: Option<Value>,
    scope: Option<String>,
}

impl Confidential for ProviderToken {
    const PURPOSE: Purpose = Purpose::ProviderToken;
}

#[derive(Serialize, Deserialize)]
struct ProviderTokenJson<'a> {
    token: Cow<'a, str>,
    scopes: Cow<'a, Scopes>,
    expires_at: u64,
}

impl private::Plain for ProviderToken {
    fn write(&self) -> String {
        to_json(&ProviderTokenJson {
            token: self.token.expose().into(),
            scopes: Cow::Borrowed(&self.scopes),
            expires_at: self.expires_at,
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let plain: ProviderTokenJson<'_> = serde_json::from_slice(json).ok()?;
        Some(Self { token: Secret::new(plain.token), scopes: plain.scopes.into_owned(), expires_at: plain.expires_at })
    }
}
