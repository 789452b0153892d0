use deputy_error::{Explained, Explanation};
use deputy_http::{ReadResponse, Response, TransportError, retry_after};
use serde::Deserialize;
use serde_json::Value;
use strum::EnumIter;

use crate::ciba::backchannel::{PendingAuthorization, asked_interval};
use crate::ciba::backchannel_error::USER_DENIED;
use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;
use crate::words::CHECK_TENANT;

/// Why a poll gave no tokens. [`PendingAuthorization::after`] says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum PollError {
    /// `authorization_pending`: the user has not answered yet.
    #[error("the user has not answered yet")]
    Pending {
        /// When to poll again at the earliest, milliseconds since the epoch, where the tenant says so (`Retry-After`).
        retry_at: Option<u64>,
    },
    /// `slow_down`: not answered yet, and polled too often.
    #[error("the tenant wants to be polled less often")]
    SlowDown {
        /// When to poll again, milliseconds since the epoch: the longer interval, or `Retry-After` if that is later.
        retry_at: u64,
        /// The interval of all polls to come: 5 seconds longer than before, or what the tenant says if that is more.
        interval_seconds: u64,
    },
    /// `access_denied`: the user said no.
    #[error("the user denied the request")]
    Denied,
    /// `expired_token`, or nobody answered in time by our own clock.
    #[error("the request has expired")]
    Expired,
    /// `invalid_grant`, `invalid_request`: the tenant no longer knows the request, or its tokens were given out before.
    #[error("the request is no longer valid")]
    Invalid,
    /// Too many requests.
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to poll again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// The tenant cannot be reached, fails, or answers nonsense. The request stays pending: polling goes on, and no
    /// second request is made (S-24).
    #[error("the tenant cannot be reached")]
    TenantDown {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// A setting is wrong.
    #[error(transparent)]
    #[strum(disabled)]
    Misconfigured(Misconfiguration),
}

const WAITING: &str = "Waiting for your approval on your device.";
const WAITING_FOR_TENANT: &str = "Waiting for your approval. The login service cannot be reached right now.";

impl PollError {
    /// OpenID CIBA Core 1.0, 11; RFC 6749, 5.2.
    pub(crate) fn from_response(response: &Response, now_ms: u64, pending: &PendingAuthorization) -> Self {
        let error = OAuthError::from_response(response);
        let in_time = !pending.is_expired(now_ms);
        match (response.status().as_u16(), error.error.as_str()) {
            (_, "authorization_pending") if in_time => Self::Pending { retry_at: told_to_wait(response, now_ms) },
            // With status 429 too: the code says more than the status.
            (_, "slow_down") if in_time => Self::slow_down(response, now_ms, pending),
            (_, "access_denied") if in_time => Self::Denied,
            // Auth0 says `access_denied` for a request nobody answered as well: "... or it has been expired".
            (_, "authorization_pending" | "slow_down" | "access_denied" | "expired_token") => Self::Expired,
            (429, _) | (_, "too_many_requests") => Self::RateLimited { retry_at: retry_at(response, now_ms) },
            (500.., _) => Self::TenantDown { status: Some(response.status().as_u16()) },
            (_, "invalid_grant" | "invalid_request" | "transaction_failed") => Self::Invalid,
            _ => Self::Misconfigured(Misconfiguration::from_oauth(&error)),
        }
    }

    /// OpenID CIBA Core 1.0, 11: at least 5 seconds more, for this and all polls to come; Auth0 adds `interval` and
    /// `Retry-After`.
    fn slow_down(response: &Response, now_ms: u64, pending: &PendingAuthorization) -> Self {
        let body = response.json::<SlowDown>().unwrap_or_default();
        let longer = pending.interval_seconds.saturating_add(5);
        let interval_seconds = longer.max(asked_interval(body.interval.as_ref()).unwrap_or_default());
        let by_interval = now_ms.saturating_add(interval_seconds.saturating_mul(1000));
        let retry_at = retry_after(response, now_ms).unwrap_or_default().max(by_interval);
        Self::SlowDown { retry_at, interval_seconds }
    }

    /// True if the user may still answer: keep the request, ask for no other.
    pub fn is_pending(&self) -> bool {
        matches!(
            self,
            Self::Pending { .. } | Self::SlowDown { .. } | Self::RateLimited { .. } | Self::TenantDown { .. }
        )
    }
}

impl Explained for PollError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Pending { retry_at } => {
                let pending = Explanation::new("approval_pending", WAITING, "Normal until the user answers.");
                match retry_at {
                    Some(at) => pending.not_before(*at),
                    None => pending.later(),
                }
            }
            Self::SlowDown { retry_at, .. } => {
                Explanation::new("approval_slow_down", WAITING, "Store the longer interval and keep to it.")
                    .not_before(*retry_at)
            }
            Self::Denied => Explanation::new("approval_denied", USER_DENIED, "Normal when the user declines."),
            Self::Expired => Explanation::new(
                "approval_expired",
                "The request for your approval has expired.",
                "Normal when the user does not answer. If nobody is ever asked, check the user's device and the application's notification channels.",
            ),
            Self::Invalid => Explanation::new(
                "approval_invalid",
                "The request for your approval is no longer valid.",
                "A request's tokens are given out once: look for a second poller.",
            ),
            Self::RateLimited { retry_at } => Explanation::new(
                "tenant_rate_limited",
                WAITING_FOR_TENANT,
                "Poll at the interval the tenant gave, each request by itself.",
            )
            .not_before(*retry_at),
            Self::TenantDown { .. } => Explanation::new("tenant_down", WAITING_FOR_TENANT, CHECK_TENANT).later(),
            Self::Misconfigured(cause) => cause.explanation(),
        }
    }
}

/// `Retry-After` alone: every answer of Auth0's has `x-ratelimit-reset`, which says nothing about this request.
fn told_to_wait(response: &Response, now_ms: u64) -> Option<u64> {
    response.header("retry-after")?;
    retry_after(response, now_ms)
}

impl From<TransportError> for PollError {
    fn from(_: TransportError) -> Self {
        Self::TenantDown { status: None }
    }
}

#[derive(Default, Deserialize)]
struct SlowDown {
    interval: Option<Value>,
}
