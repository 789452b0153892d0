use deputy_error::{Explained, Explanation};
use deputy_http::Secret;
use strum::EnumIter;

use crate::encoding::{printable, same};
use crate::oauth::tenant::Tenant;
use crate::words::TENANT_DOWN;

/// The parameters of a callback that have a meaning, each at most once.
pub(crate) struct CallbackParameters<'a>(&'a [(String, String)]);

impl<'a> CallbackParameters<'a> {
    /// RFC 6749, 3.1: parameters are not repeated. Tokens in the query are refused: we never ask for them.
    pub(crate) fn read(query: &'a [(String, String)]) -> Result<Self, CallbackError> {
        const ONCE: [&str; 5] = ["state", "code", "connect_code", "iss", "error"];
        if ONCE.iter().any(|name| query.iter().filter(|(key, _)| key == name).count() > 1) {
            return Err(CallbackError::RepeatedParameter);
        }
        if query.iter().any(|(key, _)| matches!(key.as_str(), "access_token" | "id_token" | "token" | "response")) {
            return Err(CallbackError::UnexpectedParameter);
        }
        Ok(Self(query))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// RFC 6749, 10.12 and RFC 9700, 4.7
    pub(crate) fn check_state(&self, expected: &str) -> Result<(), CallbackError> {
        let state = self.get("state").ok_or(CallbackError::MissingState)?;
        if same(state, expected) { Ok(()) } else { Err(CallbackError::StateMismatch) }
    }

    /// RFC 9207, 2.4: compared if present, required if the tenant says that it sends it, or promised it in the beginning.
    pub(crate) fn check_issuer(&self, tenant: &Tenant, promised: bool) -> Result<(), CallbackError> {
        match self.get("iss") {
            Some(issuer) if issuer == tenant.issuer.as_str() => Ok(()),
            None if !promised && !tenant.endpoints.iss_parameter => Ok(()),
            _ => Err(CallbackError::IssuerMismatch),
        }
    }

    pub(crate) fn has_issuer(&self) -> bool {
        self.get("iss").is_some()
    }

    pub(crate) fn check_age(&self, created_at: u64, lifetime_ms: u64, now_ms: u64) -> Result<(), CallbackError> {
        // Cookies travel between machines whose clocks differ a little.
        const SKEW_MS: u64 = 30_000;
        let too_old = now_ms > created_at.saturating_add(lifetime_ms);
        let not_begun = now_ms.saturating_add(SKEW_MS) < created_at;
        if too_old || not_begun { Err(CallbackError::Expired) } else { Ok(()) }
    }

    /// RFC 6749, 4.1.2 and 4.1.2.1
    pub(crate) fn code(&self, name: &str) -> Result<Secret, CallbackError> {
        if let Some(error) = self.get("error") {
            return Err(CallbackError::from_error(error, self.get("error_description").unwrap_or_default()));
        }
        self.get(name).map(Secret::new).ok_or(CallbackError::MissingCode)
    }
}

/// Why a callback gave no code. Nothing of it was acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, EnumIter)]
pub enum CallbackError {
    /// No `state`.
    #[error("the callback has no state")]
    MissingState,
    /// The `state` is not that of the transaction.
    #[error("the callback's state is not that of the transaction")]
    StateMismatch,
    /// The `iss` is not our tenant's, or missing although the tenant promises it (RFC 9207).
    #[error("the callback is from another issuer")]
    IssuerMismatch,
    /// A parameter that may come once came twice.
    #[error("the callback repeats a parameter")]
    RepeatedParameter,
    /// A token or response object that was not asked for.
    #[error("the callback carries a parameter that was not asked for")]
    UnexpectedParameter,
    /// Neither a code nor an error.
    #[error("the callback has no code")]
    MissingCode,
    /// The transaction is too old.
    #[error("the transaction has expired")]
    Expired,
    /// The flow was begun by another user than the one who is logged in now.
    #[error("the transaction belongs to another user")]
    OtherUser,
    /// `access_denied`: the user said no, or the tenant did.
    #[error("access was denied")]
    AccessDenied {
        /// The tenant's explanation, made printable, at most 300 characters.
        description: String,
    },
    /// `login_required`, `interaction_required`, `consent_required`, `account_selection_required`
    /// (OpenID Connect Core 1.0, 3.1.2.6): a silent login is not possible.
    #[error("the user has to take part")]
    InteractionRequired,
    /// `temporarily_unavailable`, `server_error`
    #[error("the tenant is unavailable")]
    TenantDown,
    /// Any other error code.
    #[error("the tenant refused the request: {error}")]
    Refused {
        /// The error code, made printable, at most 80 characters.
        error: String,
        /// The tenant's explanation, made printable, at most 300 characters.
        description: String,
    },
}

const STALE: &str = "This page was opened too late or in another browser. Please start again.";
const STALE_FIX: &str = "Normal for a stale tab. If it happens at each login, check that BASE_URL is the origin the browser uses, so that the transaction cookie comes back.";
const UNEXPECTED: &str = "The answer of the login service was not as expected. Please start again.";
const UNEXPECTED_FIX: &str = "Check that the application uses the authorization code flow with query response mode.";
const LOOK_UP: &str =
    "Look up the request in the tenant's log; the description says what an Action, a policy or the user refused.";

impl CallbackError {
    fn from_error(error: &str, description: &str) -> Self {
        let description = printable(description, 300);
        match error {
            "access_denied" => Self::AccessDenied { description },
            "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
                Self::InteractionRequired
            }
            "temporarily_unavailable" | "server_error" => Self::TenantDown,
            other => Self::Refused { error: printable(other, 80), description },
        }
    }
}

impl Explained for CallbackError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::MissingState => Explanation::new("callback_missing_state", STALE, STALE_FIX),
            Self::StateMismatch => Explanation::new("callback_state_mismatch", STALE, STALE_FIX),
            Self::IssuerMismatch => Explanation::new(
                "callback_issuer_mismatch",
                UNEXPECTED,
                "Set AUTH0_DOMAIN (or AUTH0_ISSUER) to the domain that answers, custom domain included.",
            ),
            Self::RepeatedParameter => Explanation::new("callback_repeated_parameter", UNEXPECTED, UNEXPECTED_FIX),
            Self::UnexpectedParameter => Explanation::new("callback_unexpected_parameter", UNEXPECTED, UNEXPECTED_FIX),
            Self::MissingCode => Explanation::new("callback_missing_code", UNEXPECTED, UNEXPECTED_FIX),
            Self::Expired => Explanation::new("callback_expired", STALE, STALE_FIX),
            Self::OtherUser => Explanation::new(
                "callback_other_user",
                "You are logged in as somebody else now. Please start again.",
                "None: this protects one user's account from another user's consent.",
            ),
            Self::AccessDenied { .. } => {
                Explanation::new("access_denied", "Access was not granted. Nothing was changed.", LOOK_UP)
            }
            Self::InteractionRequired => Explanation::new(
                "interaction_required",
                "Please log in.",
                "Normal for prompt=none without a session at the tenant.",
            ),
            Self::TenantDown => Explanation::new("tenant_down", TENANT_DOWN, "Check the tenant's status page.").later(),
            Self::Refused { .. } => Explanation::new(
                "authorization_refused",
                "The login service refused the request. Please try again.",
                LOOK_UP,
            ),
        }
    }
}
