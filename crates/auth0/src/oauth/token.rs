use deputy_error::{Explained, Explanation};
use std::borrow::Cow;
use strum::EnumIter;

use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret, TransportError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oauth::authorization::AuthorizationCode;
use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::AUDIENCE_NOT_AUTHORIZED;
use crate::oauth::misconfiguration::CLIENT_CREDENTIALS;
use crate::oauth::misconfiguration::Misconfiguration;
use crate::oauth::tenant::Tenant;
use crate::scopes::Scopes;
use crate::sealing::envelope::{Confidential, private, to_json};
use crate::sealing::key_ring::Purpose;
use crate::words::{
    CHECK_TENANT, MFA_ALWAYS, NOT_SET_UP, SECOND_FACTOR, SESSION_ENDED, TENANT_DOWN, rate_limited, tenant_down,
};

/// Tokens of the tenant for one audience. Stored only through [`Envelope`](crate::Envelope).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSet {
    /// RFC 6749, 1.4
    pub access_token: Secret,
    /// OpenID Connect Core 1.0, 2; not verified yet.
    pub id_token: Option<Secret>,
    /// RFC 6749, 1.5
    pub refresh_token: Option<Secret>,
    /// What was granted; `None` means what was asked for (RFC 6749, 5.1).
    pub scope: Option<Scopes>,
    /// When the access token ends, milliseconds since the epoch.
    pub expires_at: u64,
}

impl TokenSet {
    /// This set after a refresh: what the answer leaves out stays (RFC 6749, 6).
    #[must_use]
    pub fn refreshed_by(self, new: Self) -> Self {
        Self {
            access_token: new.access_token,
            id_token: new.id_token.or(self.id_token),
            refresh_token: new.refresh_token.or(self.refresh_token),
            scope: new.scope.or(self.scope),
            expires_at: new.expires_at,
        }
    }

    /// True if the access token is good for at least another 60 seconds.
    pub fn is_fresh(&self, now_ms: u64) -> bool {
        const MARGIN_MS: u64 = 60_000;
        self.expires_at > now_ms.saturating_add(MARGIN_MS)
    }
}

/// RFC 6749, 4.1.3 and RFC 7636, 4.5: exchanges the authorization code.
pub fn code_request(tenant: &Tenant, code: &AuthorizationCode) -> Request {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code.code.expose()),
        ("redirect_uri", tenant.redirect_uri.as_str()),
        ("code_verifier", code.code_verifier.expose()),
    ];
    tenant.client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// RFC 6749, 6. With `audience` and `scope` it asks a multi-resource refresh token for another API
/// (UA-12); the answer may come without a refresh token, the old one stays good.
pub fn refresh_request(
    tenant: &Tenant,
    refresh_token: &Secret,
    audience: Option<&str>,
    scope: Option<&str>,
) -> Request {
    let mut pairs = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
    pairs.extend(audience.map(|audience| ("audience", audience)));
    pairs.extend(scope.map(|scope| ("scope", scope)));
    tenant.client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// RFC 6749, 5.1 and 5.2; OpenID Connect Core 1.0, 3.1.3.3. `now_ms` is the time the answer came.
pub fn token_response(response: Response, now_ms: u64) -> Result<TokenSet, TokenError> {
    if !response.status().is_success() {
        return Err(refusal(&response, now_ms));
    }
    let body: Body = response.json().map_err(|_| TokenError::Malformed { field: "body" })?;
    let access_token =
        body.access_token.filter(|token| !token.is_empty()).ok_or(TokenError::Malformed { field: "access_token" })?;
    if !body.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(TokenError::Malformed { field: "token_type" });
    }
    let expires_at =
        expires_at(body.expires_in.as_ref(), now_ms).ok_or(TokenError::Malformed { field: "expires_in" })?;
    Ok(TokenSet {
        access_token,
        id_token: body.id_token,
        refresh_token: body.refresh_token.filter(|token| !token.is_empty()),
        scope: body.scope.as_deref().map(Scopes::parse),
        expires_at,
    })
}

pub(crate) fn token_request(tenant: &Tenant, pairs: Vec<(&str, &str)>) -> Request {
    deputy_http::post(&tenant.endpoints.token).header("accept", "application/json").form(pairs)
}

/// `now` plus a lifetime in seconds: always relative, never the sum of two absolute times (S-04). `None` if the
/// lifetime is not a whole number of seconds, or absurd.
pub(crate) fn expires_at(expires_in: Option<&Value>, now_ms: u64) -> Option<u64> {
    const LONGEST_SECONDS: u64 = 366 * 86_400;
    let seconds = seconds(expires_in?)?;
    if seconds > LONGEST_SECONDS {
        return None;
    }
    now_ms.checked_add(seconds.checked_mul(1000)?)
}

/// Seconds as a number, or as a text, which some servers write.
pub(crate) fn seconds(said: &Value) -> Option<u64> {
    match said {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// RFC 6749, 5.2
pub(crate) fn refusal(response: &Response, now_ms: u64) -> TokenError {
    let error = OAuthError::from_response(response);
    match (response.status().as_u16(), error.error.as_str()) {
        (429, _) | (_, "too_many_requests") => TokenError::RateLimited { retry_at: retry_at(response, now_ms) },
        (500.., _) => TokenError::TenantDown { status: Some(response.status().as_u16()) },
        (_, "invalid_grant") => TokenError::InvalidGrant,
        (_, "invalid_client") => TokenError::InvalidClient,
        (_, "mfa_required") => TokenError::MfaRequired,
        (_, "invalid_target") => TokenError::InvalidTarget,
        _ => TokenError::Misconfigured(Misconfiguration::from_oauth(&error)),
    }
}

#[derive(Deserialize)]
struct Body {
    access_token: Option<Secret>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    id_token: Option<Secret>,
    refresh_token: Option<Secret>,
    scope: Option<String>,
}

/// Why the token endpoint gave no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum TokenError {
    /// `invalid_grant`: the code was used or is too old, or the refresh token was revoked.
    #[error("the grant is no longer valid")]
    InvalidGrant,
    /// `invalid_client`
    #[error("the tenant does not accept the client's credentials")]
    InvalidClient,
    /// Auth0's `mfa_required`: the tenant wants another factor before it gives this token.
    #[error("multi-factor authentication is required")]
    MfaRequired,
    /// `invalid_target` (RFC 8707, 2): the refresh token is not good for that audience.
    #[error("the refresh token is not good for that audience")]
    InvalidTarget,
    /// Too many requests.
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// The tenant cannot be reached or fails.
    #[error("the tenant cannot be reached")]
    TenantDown {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// A setting is wrong.
    #[error(transparent)]
    #[strum(disabled)]
    Misconfigured(Misconfiguration),
    /// A success without what RFC 6749, 5.1 requires.
    #[error("the token response has no usable {field}")]
    Malformed {
        /// The member that is missing or wrong.
        field: &'static str,
    },
}

impl Explained for TokenError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::InvalidGrant => Explanation::new(
                "invalid_grant",
                SESSION_ENDED,
                "Normal after a logout or a revocation. If it happens at each login, check that the callback URL and PKCE verifier are those of the authorization request.",
            ),
            Self::InvalidClient => Explanation::new("invalid_client", NOT_SET_UP, CLIENT_CREDENTIALS),
            Self::MfaRequired => Explanation::new("mfa_required", SECOND_FACTOR, MFA_ALWAYS),
            Self::InvalidTarget => Explanation::new("invalid_target", NOT_SET_UP, AUDIENCE_NOT_AUTHORIZED),
            Self::RateLimited { retry_at } => {
                rate_limited(*retry_at, "Wait until the time given; cache tokens until they expire.")
            }
            Self::TenantDown { .. } => tenant_down(),
            Self::Misconfigured(cause) => cause.explanation(),
            Self::Malformed { .. } => Explanation::new("token_response_malformed", TENANT_DOWN, CHECK_TENANT).later(),
        }
    }
}

impl From<TransportError> for TokenError {
    fn from(_: TransportError) -> Self {
        Self::TenantDown { status: None }
    }
}

impl Confidential for TokenSet {
    const PURPOSE: Purpose = Purpose::SessionTokens;
}

#[derive(Serialize, Deserialize)]
struct TokenSetJson<'a> {
    access_token: Cow<'a, str>,
    id_token: Option<Cow<'a, str>>,
    refresh_token: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, Scopes>>,
    expires_at: u64,
}

impl private::Plain for TokenSet {
    fn write(&self) -> String {
        to_json(&TokenSetJson {
            access_token: self.access_token.expose().into(),
            id_token: self.id_token.as_ref().map(|token| token.expose().into()),
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose().into()),
            scope: self.scope.as_ref().map(Cow::Borrowed),
            expires_at: self.expires_at,
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let plain: TokenSetJson<'_> = serde_json::from_slice(json).ok()?;
        Some(Self {
            access_token: Secret::new(plain.access_token),
            id_token: plain.id_token.map(Secret::new),
            refresh_token: plain.refresh_token.map(Secret::new),
            scope: plain.scope.map(Cow::into_owned),
            expires_at: plain.expires_at,
        })
    }
}
