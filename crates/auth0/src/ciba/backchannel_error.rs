use deputy_error::{Explained, Explanation};
use deputy_http::{Response, TransportError};
use strum::EnumIter;

use crate::ciba::authorization_details_error::AuthorizationDetailsError;
use crate::oauth::error_response::{OAuthError, retry_at};
use crate::oauth::misconfiguration::Misconfiguration;
use crate::words::NOT_SET_UP;

/// What a tool call answers when the user said no (AA-05).
pub const USER_DENIED: &str = "The user has denied the request";

/// Why the user was not asked for approval, or why nobody knows whether they were.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum BackchannelError {
    /// The user has no device and no other channel that can be asked: not enrolled, or the channel is off (AA-21).
    #[error("the user has no device that can be asked")]
    NoDevice,
    /// The user would be asked by e-mail, and the address is not verified (AA-21).
    #[error("the user's e-mail address is not verified")]
    EmailNotVerified,
    /// `unknown_user_id`: the tenant does not know the user.
    #[error("the tenant does not know the user")]
    UnknownUser,
    /// `access_denied`: refused before anybody was asked, by the tenant's rules or on the device.
    #[error("the request was denied")]
    Denied,
    /// `invalid_binding_message`
    #[error("the tenant does not take the binding message")]
    BindingMessage,
    /// `invalid_authorization_details` (RFC 9396, 5): a type not registered, or beyond the limits.
    #[error("the tenant does not take the authorization details")]
    AuthorizationDetails,
    /// The call cannot be described within the limits, so nobody was asked (S-09).
    #[error(transparent)]
    #[strum(disabled)]
    NotDescribable(#[from] AuthorizationDetailsError),
    /// `requested_expiry` is beyond what the tenant takes.
    #[error("the tenant does not take the requested expiry")]
    RequestedExpiry,
    /// `invalid_scope`
    #[error("the tenant does not give the scopes")]
    Scope,
    /// `unauthorized_client`: the client may not use CIBA.
    #[error("the client may not ask for approvals")]
    UnauthorizedClient,
    /// `invalid_request` for a reason not known here.
    #[error("the tenant refused the request: {description}")]
    InvalidRequest {
        /// The tenant's words, made printable: for a developer.
        description: String,
    },
    /// Too many requests, of this app or to this user. Nobody was asked.
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// The tenant is down, or its answer was lost or not understood: the user MAY have been asked. The request is never
    /// sent again by itself, or the user's phone rings for every hiccup of the network (S-24); that is the user's choice.
    #[error("nobody knows whether the user was asked")]
    Unknown {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// A setting is wrong.
    #[error(transparent)]
    #[strum(disabled)]
    Misconfigured(Misconfiguration),
}

/// What Auth0 says in the description of an `invalid_request`, for lack of codes; the first row that has a phrase in it.
const DESCRIPTIONS: &[(&[&str], BackchannelError)] = &[
    (&["binding_message", "binding message"], BackchannelError::BindingMessage),
    (&["authorization_details", "authorization details"], BackchannelError::AuthorizationDetails),
    (&["requested_expiry", "requested expiry", "request_expiry"], BackchannelError::RequestedExpiry),
    (
        &["verified email", "email not verified", "email is not verified", "unverified"],
        BackchannelError::EmailNotVerified,
    ),
    (
        &["push", "enrol", "notification channel", "no channel", "no device", "guardian", "authenticator"],
        BackchannelError::NoDevice,
    ),
    (
        &["unknown user", "user not found", "user does not exist", "unknown_user", "no such user", "login_hint"],
        BackchannelError::UnknownUser,
    ),
];

impl BackchannelError {
    /// OpenID CIBA Core 1.0, 13; RFC 9396, 5.
    pub(crate) fn from_response(response: &Response, now_ms: u64) -> Self {
        let error = OAuthError::from_response(response);
        match (response.status().as_u16(), error.error.as_str()) {
            (429, _) | (_, "too_many_requests" | "slow_down") => {
                Self::RateLimited { retry_at: retry_at(response, now_ms) }
            }
            (500.., _) => Self::Unknown { status: Some(response.status().as_u16()) },
            (_, "unknown_user_id") => Self::UnknownUser,
            (_, "invalid_binding_message") => Self::BindingMessage,
            (_, "invalid_authorization_details") => Self::AuthorizationDetails,
            (_, "invalid_scope") => Self::Scope,
            (_, "access_denied") => Self::Denied,
            (_, "unauthorized_client" | "unsupported_grant_type") => Self::UnauthorizedClient,
            (_, "invalid_request") => Self::from_description(error),
            _ => Self::Misconfigured(Misconfiguration::from_oauth(&error)),
        }
    }

    fn from_description(error: OAuthError) -> Self {
        if let misconfigured @ Misconfiguration::AudienceNotAuthorized = Misconfiguration::from_oauth(&error) {
            return Self::Misconfigured(misconfigured);
        }
        DESCRIPTIONS
            .iter()
            .find(|(phrases, _)| phrases.iter().any(|phrase| error.mentions(phrase)))
            .map(|(_, known)| known.clone())
            .unwrap_or(Self::InvalidRequest { description: error.description })
    }
}

impl Explained for BackchannelError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NoDevice => Explanation::new(
                "approval_no_device",
                "You have no device set up to approve this. Set up push notifications for your account, then try again.",
                "Normal for a user without a device. Enrolment: Security, Multi-factor Auth, Push Notification. Channels: the application's async_approval_notification_channels; push serves up to 300 seconds of requested expiry, e-mail more.",
            ),
            Self::EmailNotVerified => Explanation::new(
                "approval_email_not_verified",
                "You would be asked by e-mail, but your address is not verified. Verify it, then try again.",
                "Normal for a user with an unverified address: Auth0 asks by e-mail only where it is verified.",
            ),
            Self::UnknownUser => Explanation::new(
                "approval_unknown_user",
                "Your account was not found. Please log in again.",
                "Check that AUTH0_DOMAIN (or AUTH0_ISSUER) is the domain in the user's tokens: login_hint names issuer and user.",
            ),
            Self::Denied => Explanation::new(
                "approval_denied",
                USER_DENIED,
                "Normal when the user declines; else look for a rule or Action in the tenant's log.",
            ),
            Self::BindingMessage => Explanation::new(
                "approval_binding_message_refused",
                NOT_SET_UP,
                "Auth0 takes 1 to 64 of letters, digits and +-_.,:#. If the tenant takes no blanks, fit the message without them.",
            ),
            Self::AuthorizationDetails => Explanation::new(
                "approval_details_refused",
                NOT_SET_UP,
                "Register the type in AUTH0_APPROVAL_DETAILS_TYPE for the API (APIs, Permissions, Authorization Details). The Guardian app takes one object in Auth0's own schema.",
            ),
            Self::NotDescribable(cause) => cause.explanation(),
            Self::RequestedExpiry => Explanation::new(
                "approval_expiry_refused",
                NOT_SET_UP,
                "Ask for 1 to 259200 seconds; 300 at most where only push is enabled.",
            ),
            Self::Scope => Explanation::new(
                "approval_scope_refused",
                NOT_SET_UP,
                "Add the scopes to the API, and permit the application to ask for them.",
            ),
            Self::UnauthorizedClient => Explanation::new(
                "approval_client_not_authorized",
                NOT_SET_UP,
                "In the Auth0 dashboard open the application, Advanced Settings, Grant Types, and enable Client Initiated Backchannel Authentication (CIBA). It has to be a confidential first-party application.",
            ),
            Self::InvalidRequest { .. } => Explanation::new(
                "approval_request_refused",
                NOT_SET_UP,
                "Read the tenant's words, or look up its log at the time of this request.",
            ),
            Self::RateLimited { retry_at } => Explanation::new(
                "approval_rate_limited",
                "Too many approvals were asked for. Please wait a moment before you try again.",
                "Auth0 sends a user at most 5 requests a minute. Merge identical ones.",
            )
            .not_before(*retry_at),
            Self::Unknown { .. } => Explanation::new(
                "approval_outcome_unknown",
                "It is not certain whether you were asked to approve this. If a request appears on your device, decline it, then try again here.",
                "Check the tenant's status page and AUTH0_DOMAIN. Never send the request again by itself.",
            ),
            Self::Misconfigured(cause) => cause.explanation(),
        }
    }
}

impl From<TransportError> for BackchannelError {
    fn from(_: TransportError) -> Self {
        Self::Unknown { status: None }
    }
}
