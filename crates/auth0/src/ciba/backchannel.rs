use std::borrow::Cow;

use deputy_http::{BuildRequest, ReadResponse, Request, Response, Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ciba::authorization_details::AuthorizationDetails;
use crate::ciba::backchannel_error::BackchannelError;
use crate::ciba::binding_message::BindingMessage;
use crate::oauth::tenant::Tenant;
use crate::oauth::token::{expires_at, seconds};
use crate::scopes::Scopes;
use crate::sealing::envelope::{Confidential, private, to_json};
use crate::sealing::key_ring::Purpose;

/// Up to this `requested_expiry`, in seconds, Auth0 asks by push; beyond it by e-mail (AA-20).
pub const PUSH_EXPIRY_SECONDS: u32 = 300;

/// The longest `requested_expiry` Auth0 takes, in seconds: three days.
pub const LONGEST_EXPIRY_SECONDS: u32 = 259_200;

/// Whom to ask for what. One request is one question to a person: build it once for one pending call (S-24).
#[derive(Debug, Clone, PartialEq)]
pub struct BackchannelInput<'a> {
    /// The approving user (`sub`), from a verified token (AA-12).
    pub subject: &'a str,
    /// What the device shows.
    pub binding_message: BindingMessage,
    /// Scopes of the token; `openid` is added.
    pub scopes: Scopes,
    /// The API the token is for; an empty one is left out.
    pub audience: &'a str,
    /// How long the user has, in seconds, 1 to [`LONGEST_EXPIRY_SECONDS`]; the tenant's choice (300) if not said (AA-11).
    pub requested_expiry: Option<u32>,
    /// What exactly is to be approved (AA-13).
    pub authorization_details: Option<AuthorizationDetails>,
}

/// OpenID CIBA Core 1.0, 7.1 with Auth0's `login_hint` and RFC 9396, 5. Sends a push or an e-mail to the user: an
/// answer that was lost is no reason to send it again, see [`BackchannelError::Unknown`].
pub fn backchannel_request(tenant: &Tenant, input: &BackchannelInput<'_>) -> Request {
    let hint = json!({ "format": "iss_sub", "iss": tenant.issuer.as_str(), "sub": input.subject }).to_string();
    let scope = ["openid"].into_iter().chain(input.scopes.iter()).collect::<Scopes>().to_string();
    let expiry = input.requested_expiry.map(|seconds| seconds.to_string());
    let details = input.authorization_details.as_ref().map(AuthorizationDetails::to_json);
    let mut pairs = vec![
        ("scope", scope.as_str()),
        ("binding_message", input.binding_message.as_str()),
        ("login_hint", hint.as_str()),
    ];
    let audience = Some(input.audience).filter(|audience| !audience.is_empty());
    pairs.extend(audience.map(|audience| ("audience", audience)));
    pairs.extend(expiry.as_deref().map(|expiry| ("requested_expiry", expiry)));
    pairs.extend(details.as_deref().map(|details| ("authorization_details", details)));
    tenant.client.authenticate(&mut pairs);
    deputy_http::post(&tenant.endpoints.backchannel_authentication).header("accept", "application/json").form(pairs)
}

/// A request the user has not answered yet. Stored only through [`Envelope`](crate::Envelope); `auth_req_id` is the key
/// to the tokens and stays on the server (S-24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// OpenID CIBA Core 1.0, 7.3
    pub auth_req_id: Secret,
    /// When it was asked, milliseconds since the epoch.
    pub requested_at: u64,
    /// When it ends unanswered, milliseconds since the epoch.
    pub expires_at: u64,
    /// Seconds between two polls; grows when the tenant says `slow_down` or cannot be reached.
    pub interval_seconds: u64,
}

/// OpenID CIBA Core 1.0, 7.3 and 13. `now_ms` is the time the answer came.
pub fn backchannel_response(response: Response, now_ms: u64) -> Result<PendingAuthorization, BackchannelError> {
    if !response.status().is_success() {
        return Err(BackchannelError::from_response(&response, now_ms));
    }
    // The user has been asked, though nobody can say under which id.
    asked(&response, now_ms).ok_or(BackchannelError::Unknown { status: Some(response.status().as_u16()) })
}

/// None for an answer that is not as it has to be.
fn asked(response: &Response, now_ms: u64) -> Option<PendingAuthorization> {
    let body: Body = response.json().ok()?;
    Some(PendingAuthorization {
        auth_req_id: body.auth_req_id.filter(|id| !id.is_empty())?,
        requested_at: now_ms,
        expires_at: expires_at(body.expires_in.as_ref(), now_ms)?,
        interval_seconds: first_interval(body.interval.as_ref()),
    })
}

/// Seconds between two polls as the tenant's first answer has them, within bounds (7.3, and RFC 8628, 3.2).
pub(crate) fn first_interval(said: Option<&Value>) -> u64 {
    /// What both say where the tenant says nothing.
    const DEFAULT_SECONDS: u64 = 5;
    asked_interval(said).unwrap_or(DEFAULT_SECONDS).max(1)
}

/// The seconds between two polls that the tenant asks for, an hour at most; none where it says nothing that could be read.
pub(crate) fn asked_interval(said: Option<&Value>) -> Option<u64> {
    const LONGEST_SECONDS: u64 = 3_600;
    Some(seconds(said?)?.min(LONGEST_SECONDS))
}

#[derive(Deserialize)]
struct Body {
    auth_req_id: Option<Secret>,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

impl Confidential for PendingAuthorization {
    const PURPOSE: Purpose = Purpose::Approval;
}

#[derive(Serialize, Deserialize)]
struct PendingJson<'a> {
    auth_req_id: Cow<'a, str>,
    requested_at: u64,
    expires_at: u64,
    interval_seconds: u64,
}

impl private::Plain for PendingAuthorization {
    fn write(&self) -> String {
        to_json(&PendingJson {
            auth_req_id: self.auth_req_id.expose().into(),
            requested_at: self.requested_at,
            expires_at: self.expires_at,
            interval_seconds: self.interval_seconds,
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let plain: PendingJson<'_> = serde_json::from_slice(json).ok()?;
        Some(Self {
            auth_req_id: Secret::new(plain.auth_req_id),
            requested_at: plain.requested_at,
            expires_at: plain.expires_at,
            interval_seconds: plain.interval_seconds,
        })
    }
}
