use std::borrow::Cow;

use deputy_http::{ReadResponse, Request, Response, Secret};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ciba::backchannel::PendingAuthorization;
use crate::ciba::poll_error::PollError;
use crate::oauth::tenant::Tenant;
use crate::oauth::token::{expires_at, token_request};
use crate::scopes::Scopes;
use crate::sealing::envelope::{Confidential, private, to_json};
use crate::sealing::key_ring::Purpose;

const GRANT: &str = "urn:openid:params:grant-type:ciba";

/// OpenID CIBA Core 1.0, 10.1: asks once whether the user has answered.
pub fn poll_request(tenant: &Tenant, pending: &PendingAuthorization) -> Request {
    let mut pairs = vec![("grant_type", GRANT), ("auth_req_id", pending.auth_req_id.expose())];
    tenant.client.authenticate(&mut pairs);
    token_request(tenant, pairs)
}

/// What the user's approval gave: for one call, the one it was asked for (S-09). Stored only through
/// [`Envelope`](crate::Envelope), and gone once used.
///
/// Who approved is in the ID token: check it with [`verify_signature`](crate::verify_signature) and
/// [`validate_approver`](crate::validate_approver) before the yes counts (AA-12).
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovedTokens {
    /// For the API the request named.
    pub access_token: Secret,
    /// OpenID Connect Core 1.0, 2; not verified yet.
    pub id_token: Option<Secret>,
    /// When the access token ends, milliseconds since the epoch.
    pub expires_at: u64,
    /// What was granted; `None` means what was asked for (RFC 6749, 5.1).
    pub scopes: Option<Scopes>,
    /// RFC 9396, 7: the details that were granted, if the tenant says; compare them by
    /// [`AuthorizationDetails::granted_by`](crate::AuthorizationDetails::granted_by).
    pub authorization_details: Option<Vec<Value>>,
}

/// OpenID CIBA Core 1.0, 10.1.1 and 11. `now_ms` is the time the answer came. A refresh token is dropped: an approval is
/// for one call.
pub fn poll_response(
    response: Response,
    now_ms: u64,
    pending: &PendingAuthorization,
) -> Result<ApprovedTokens, PollError> {
    if !response.status().is_success() {
        return Err(PollError::from_response(&response, now_ms, pending));
    }
    approved(&response, now_ms).ok_or(PollError::TenantDown { status: Some(response.status().as_u16()) })
}

/// None for an answer that is not as it has to be.
fn approved(response: &Response, now_ms: u64) -> Option<ApprovedTokens> {
    let body: Body = response.json().ok()?;
    if !body.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return None;
    }
    Some(ApprovedTokens {
        access_token: body.access_token.filter(|token| !token.is_empty())?,
        expires_at: expires_at(body.expires_in.as_ref(), now_ms)?,
        id_token: body.id_token.filter(|token| !token.is_empty()),
        scopes: body.scope.as_deref().map(Scopes::parse),
        authorization_details: body.authorization_details,
    })
}

#[derive(Deserialize)]
struct Body {
    access_token: Option<Secret>,
    // Auth0's documentation leaves it out of this one answer.
    token_type: Option<String>,
    id_token: Option<Secret>,
    expires_in: Option<Value>,
    scope: Option<String>,
    authorization_details: Option<Vec<Value>>,
}

/// What to do after a poll that gave no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextPoll {
    /// Poll again at this time, milliseconds since the epoch.
    At(u64),
    /// Do not poll again before the request ends: at this time, say that it has expired.
    ExpiresAt(u64),
    /// It is settled.
    Never,
}

impl PendingAuthorization {
    /// When to poll for the first time, milliseconds since the epoch.
    pub fn first_poll_at(&self) -> u64 {
        self.requested_at.saturating_add(self.interval_ms())
    }

    /// True if the user can no longer answer.
    pub fn is_expired(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_at
    }

    /// What to do after `error`. Store this value again before the next poll: `slow_down` lengthens the interval for all
    /// polls to come (OpenID CIBA Core 1.0, 11), an outage doubles it up to a minute.
    pub fn after(&mut self, error: &PollError, now_ms: u64) -> NextPoll {
        const LONGEST_BACKOFF_SECONDS: u64 = 60;
        const GRACE_MS: u64 = 10_000;
        let earliest = match error {
            PollError::Pending { retry_at } => retry_at.unwrap_or(now_ms),
            PollError::SlowDown { retry_at, interval_seconds } => {
                self.interval_seconds = self.interval_seconds.max(*interval_seconds);
                *retry_at
            }
            PollError::RateLimited { retry_at } => *retry_at,
            PollError::TenantDown { .. } => {
                let doubled = self.interval_seconds.saturating_mul(2).min(LONGEST_BACKOFF_SECONDS);
                self.interval_seconds = self.interval_seconds.max(doubled);
                now_ms
            }
            PollError::Denied | PollError::Expired | PollError::Invalid | PollError::Misconfigured(_) => {
                return NextPoll::Never;
            }
        };
        // One poll may come after the end: it hears of an answer given in the last seconds, without polling too often.
        let at = earliest.max(now_ms.saturating_add(self.interval_ms()));
        if self.is_expired(now_ms) {
            NextPoll::ExpiresAt(now_ms)
        } else if at > self.expires_at.saturating_add(GRACE_MS) {
            NextPoll::ExpiresAt(self.expires_at)
        } else {
            NextPoll::At(at)
        }
    }

    fn interval_ms(&self) -> u64 {
        self.interval_seconds.saturating_mul(1000)
    }
}

impl Confidential for ApprovedTokens {
    const PURPOSE: Purpose = Purpose::Approval;
}

#[derive(Serialize, Deserialize)]
struct ApprovedJson<'a> {
    access_token: Cow<'a, str>,
    id_token: Option<Cow<'a, str>>,
    expires_at: u64,
    scopes: Option<Cow<'a, Scopes>>,
    authorization_details: Option<Cow<'a, [Value]>>,
}

impl private::Plain for ApprovedTokens {
    fn write(&self) -> String {
        to_json(&ApprovedJson {
            access_token: self.access_token.expose().into(),
            id_token: self.id_token.as_ref().map(|token| token.expose().into()),
            expires_at: self.expires_at,
            scopes: self.scopes.as_ref().map(Cow::Borrowed),
            authorization_details: self.authorization_details.as_deref().map(Cow::Borrowed),
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let plain: ApprovedJson<'_> = serde_json::from_slice(json).ok()?;
        Some(Self {
            access_token: Secret::new(plain.access_token),
            id_token: plain.id_token.map(Secret::new),
            expires_at: plain.expires_at,
            scopes: plain.scopes.map(Cow::into_owned),
            authorization_details: plain.authorization_details.map(Cow::into_owned),
        })
    }
}
