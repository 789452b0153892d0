use deputy_error::{Explained, Explanation};
use deputy_http::{ReadResponse, Response, TransportError};
use serde::Deserialize;
use strum::EnumIter;

use crate::encoding::printable;
use crate::oauth::error_response::retry_at;
use crate::oauth::token::TokenError;
use crate::words::{CHECK_TENANT, NOT_SET_UP, TENANT_DOWN, rate_limited, tenant_down};

/// Why a log-in was not linked or unlinked, or the user's log-ins cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum LinkingError {
    /// The settings name no client for it.
    #[error("account linking is not set up")]
    NotSetUp,
    /// It is the log-in that the user is here with.
    #[error("the log-in is the user's own")]
    Own,
    /// It is linked to this user already.
    #[error("the log-in is linked to the user already")]
    AlreadyLinked,
    /// The user it belongs to has other log-ins linked, all of which would change hands.
    #[error("the log-in's user has other log-ins")]
    HasOthers,
    /// 409: it is linked to another user.
    #[error("the log-in is linked to another user")]
    OtherUsers,
    /// The log-in the user's `sub` is made of.
    #[error("the primary identity cannot be unlinked")]
    Primary,
    /// 404, or no identity by that name.
    #[error("there is no such user or identity")]
    NotFound,
    /// A `sub` that names no identity of a provider: that of a machine, for example.
    #[error("the subject names no identity")]
    NoIdentity,
    /// Begun by another session than the one that came back.
    #[error("the linking was begun in another session")]
    OtherSession,
    /// 400: a rule of the tenant.
    #[error("the request was refused: {detail}")]
    BadRequest {
        /// The API's explanation, made printable, at most 300 characters.
        detail: String,
    },
    /// 401, or the client gets no token.
    #[error("the management client is not accepted")]
    Unauthorized,
    /// 403: the client lacks a scope.
    #[error("the management client lacks a scope")]
    Forbidden,
    /// 429
    #[error("the tenant limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch.
        retry_at: u64,
    },
    /// 5xx or no answer.
    #[error("the tenant cannot be reached")]
    Down {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
    },
    /// Any other status.
    #[error("the tenant answered with status {status}")]
    Unexpected {
        /// HTTP status.
        status: u16,
    },
    /// A success without what the API promises.
    #[error("the answer of the Management API is malformed")]
    Malformed,
}

const CANNOT_LINK: &str = "This log-in cannot be linked. The operator of this app may have to change a setting.";
const SCOPES: &str = "Authorize the application in AUTH0_MANAGEMENT_CLIENT_ID for the Auth0 Management API with read:users and update:users; AUTH0_DOMAIN has to be the tenant's own host, not a custom domain.";

impl LinkingError {
    pub(crate) fn from_response(response: &Response, now_ms: u64) -> Self {
        let status = response.status().as_u16();
        match status {
            400 | 422 => {
                let problem: Problem = response.json().unwrap_or_default();
                Self::BadRequest { detail: printable(&problem.message.unwrap_or_default(), 300) }
            }
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::OtherUsers,
            429 => Self::RateLimited { retry_at: retry_at(response, now_ms) },
            500.. => Self::Down { status: Some(status) },
            status => Self::Unexpected { status },
        }
    }

    pub(crate) fn from_token(error: TokenError) -> Self {
        match error {
            TokenError::RateLimited { retry_at } => Self::RateLimited { retry_at },
            TokenError::TenantDown { status } => Self::Down { status },
            TokenError::Malformed { .. } => Self::Malformed,
            _ => Self::Unauthorized,
        }
    }

    /// The HTTP status for whoever asked.
    pub fn status(&self) -> u16 {
        match self {
            Self::Own | Self::AlreadyLinked | Self::HasOthers | Self::OtherUsers | Self::Primary => 409,
            Self::NoIdentity | Self::BadRequest { .. } => 400,
            Self::OtherSession => 403,
            Self::NotFound => 404,
            Self::RateLimited { .. } => 429,
            Self::NotSetUp | Self::Unauthorized | Self::Forbidden | Self::Down { .. } => 503,
            Self::Unexpected { .. } | Self::Malformed => 502,
        }
    }
}

impl Explained for LinkingError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::NotSetUp => Explanation::new(
                "linking_not_set_up",
                "Linking log-ins is not offered here.",
                "Set AUTH0_MANAGEMENT_CLIENT_ID and AUTH0_MANAGEMENT_CLIENT_SECRET, and ACCOUNT_LINKING=1 so that npm start and npm run deploy hand them on.",
            ),
            Self::Own => Explanation::new(
                "identity_own",
                "That is the log-in you are here with. Choose another one to link.",
                "None: the second log-in was the first one's.",
            ),
            Self::AlreadyLinked => Explanation::new(
                "identity_already_linked",
                "That log-in is yours already.",
                "None: it leads to the same user.",
            ),
            Self::HasOthers => Explanation::new(
                "identity_has_others",
                "That log-in has others linked to it. Log in with it and unlink them first.",
                "None: linking would move all of them, and the user has shown one.",
            ),
            Self::OtherUsers => Explanation::new(
                "identity_linked_elsewhere",
                "That log-in is linked to another user. Unlink it there first.",
                "None: an identity belongs to one user.",
            ),
            Self::Primary => Explanation::new(
                "identity_primary",
                "Your first log-in cannot be unlinked: everything here belongs to it.",
                "None: the subject is made of it.",
            ),
            Self::NotFound => Explanation::new(
                "identity_unknown",
                "There is no such log-in any more.",
                "None: it was unlinked or deleted meanwhile.",
            ),
            Self::NoIdentity => Explanation::new(
                "identity_unusable",
                CANNOT_LINK,
                "Link users of a connection: their subject is provider and id with a bar between them.",
            ),
            Self::OtherSession => Explanation::new(
                "linking_other_session",
                "This linking was begun in another session. Nothing was linked.",
                "None: a link is finished only by the session that began it.",
            ),
            Self::BadRequest { .. } => {
                Explanation::new("linking_refused", CANNOT_LINK, "Read the tenant's log (type sapi) for the reason.")
            }
            Self::Unauthorized => Explanation::new("linking_unauthorized", NOT_SET_UP, SCOPES),
            Self::Forbidden => Explanation::new("linking_forbidden", NOT_SET_UP, SCOPES),
            Self::RateLimited { retry_at } => {
                rate_limited(*retry_at, "Wait until the time given: the Management API has a limit of its own.")
            }
            Self::Down { .. } => tenant_down(),
            Self::Unexpected { .. } => Explanation::new("linking_unexpected_status", CANNOT_LINK, CHECK_TENANT),
            Self::Malformed => Explanation::new("linking_malformed", TENANT_DOWN, CHECK_TENANT).later(),
        }
    }
}

impl From<TransportError> for LinkingError {
    fn from(_: TransportError) -> Self {
        Self::Down { status: None }
    }
}

#[derive(Deserialize, Default)]
struct Problem {
    message: Option<String>,
}
