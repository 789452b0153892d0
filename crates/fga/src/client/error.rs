use deputy_error::{Explained, Explanation};
use deputy_http::{JsonError, ReadResponse, Response, TransportError, retry_after};
use serde::Deserialize;
use serde_json::Value;

use super::error_code::ErrorCode;

/// Why the service gave no answer. Whatever was asked: it counts as no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::EnumIter)]
pub enum ApiError {
    /// The token is none, has ended, or is for another API (status 401). A cached one is dropped, and the call made once more.
    #[error("the authorization service does not know who asks")]
    Unauthenticated,
    /// The token does not allow this operation (status 403).
    #[error("the authorization service does not allow this operation")]
    Forbidden,
    /// The client's credentials give no token.
    #[error("the token endpoint refused the client: {error}")]
    CredentialsRefused {
        /// `error` of the answer (RFC 6749, 5.2).
        error: String,
    },
    /// Too many requests (status 429).
    #[error("the authorization service limits requests")]
    RateLimited {
        /// When to try again, milliseconds since the epoch, if it says so.
        retry_at: Option<u64>,
    },
    /// The service cannot be reached or fails. Whether a write was done is not known.
    #[error("the authorization service cannot be reached")]
    Down {
        /// HTTP status, if there was an answer.
        status: Option<u16>,
        /// When to try again, milliseconds since the epoch, if it says so.
        retry_at: Option<u64>,
    },
    /// Two writes met, and this one was not done (status 409).
    #[error("two writes met")]
    Conflict,
    /// The service says why not.
    #[error("the authorization service refused: {code}")]
    #[strum(disabled)]
    Refused {
        /// Its code.
        code: ErrorCode,
        /// Its words. They may name users and objects: for a developer's eyes, not for a log or a user.
        message: String,
    },
    /// It says no with a code that is not known.
    #[error("the authorization service refused with status {status}")]
    NotKnown {
        /// HTTP status.
        status: u16,
    },
    /// The question was not asked: a part of it cannot be right.
    #[error("the {field} of the question is malformed")]
    Question {
        /// `user`, `relation` or `object`.
        field: &'static str,
    },
    /// The answer is not one.
    #[error("the answer of the authorization service has no {field}")]
    Malformed {
        /// What is missing or wrong.
        field: &'static str,
    },
}

impl ApiError {
    /// Reads an answer that is not a success.
    pub(super) fn from_response(response: &Response, now_ms: u64) -> Self {
        let status = response.status().as_u16();
        let retry_at = retry_after(response, now_ms);
        let body: Body = response.json().unwrap_or_default();
        match (status, body.code()) {
            (401, _) => Self::Unauthenticated,
            (403, _) => Self::Forbidden,
            (429, _) => Self::RateLimited { retry_at },
            (409, _) | (_, Some(ErrorCode::Aborted)) => Self::Conflict,
            (500.., _) => Self::Down { status: Some(status), retry_at },
            (_, Some(code)) => Self::refused(code, body.message),
            (status, None) => Self::NotKnown { status },
        }
    }

    /// A code that came without a status: of an item of a batch, or in a stream.
    pub(super) fn refused(code: ErrorCode, message: Option<String>) -> Self {
        match code.status() {
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            409 => Self::Conflict,
            500 => Self::Down { status: Some(500), retry_at: None },
            _ => Self::Refused { code, message: printable(&message.unwrap_or_default()) },
        }
    }

    /// The code of the service, if it named one that is no state of its own here.
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the service did nothing for sure, so that even a write may be sent again.
    pub fn nothing_was_done(&self) -> bool {
        !matches!(self, Self::Down { .. } | Self::Malformed { .. })
    }
}

/// `{"code":"validation_error","message":"…"}`; the code is a number in some places.
#[derive(Deserialize, Default)]
pub(super) struct Body {
    #[serde(default)]
    code: Value,
    #[serde(default)]
    pub message: Option<String>,
}

impl Body {
    pub fn code(&self) -> Option<ErrorCode> {
        match &self.code {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }
}

fn printable(text: &str) -> String {
    const LONGEST: usize = 300;
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()
}

/// What the user reads whenever there is no answer: not that something is forbidden, and not that it exists.
pub const NOT_CHECKED: &str = "Your rights could not be checked, so nothing was shown or done.";

const NOT_CHECKED_NOW: &str =
    "Your rights could not be checked right now, so nothing was shown or done. Please try again later.";

impl Explained for ApiError {
    fn explanation(&self) -> Explanation<'_> {
        match self {
            Self::Unauthenticated => Explanation::new(
                "fga_unauthenticated",
                NOT_CHECKED,
                "Check FGA_API_TOKEN, or FGA_API_TOKEN_ISSUER and FGA_API_AUDIENCE: for Auth0 FGA the audience is the API's URL with a slash at its end.",
            ),
            Self::Forbidden => Explanation::new(
                "fga_forbidden",
                NOT_CHECKED,
                "Give the client the permission for this operation: dashboard of Auth0 FGA, Settings, Authorized Clients.",
            ),
            Self::CredentialsRefused { .. } => Explanation::new(
                "fga_credentials_refused",
                NOT_CHECKED,
                "Check FGA_CLIENT_ID, FGA_CLIENT_SECRET, FGA_API_TOKEN_ISSUER and FGA_API_AUDIENCE.",
            ),
            Self::RateLimited { retry_at } => {
                let row = Explanation::new(
                    "fga_rate_limited",
                    NOT_CHECKED_NOW,
                    "Wait until the time given. Ask in batches, and prefer batch checks to lists, whose limits are lower.",
                );
                retry_at.map_or(row.clone().later(), |at| row.not_before(at))
            }
            Self::Down { retry_at, .. } => {
                let row = Explanation::new(
                    "fga_down",
                    NOT_CHECKED_NOW,
                    "Check FGA_API_URL and the status page of the service. A write may have been done.",
                );
                retry_at.map_or(row.clone().later(), |at| row.not_before(at))
            }
            Self::Conflict => Explanation::new(
                "fga_writes_met",
                "Somebody changed the same rights at the same time. Please try again.",
                "Send the write again.",
            )
            .later(),
            Self::Refused { code, .. } => refusal(*code),
            Self::NotKnown { .. } => Explanation::new(
                "fga_refused",
                NOT_CHECKED,
                "Check FGA_API_URL: what answers there is not OpenFGA's API.",
            ),
            Self::Question { .. } => Explanation::new(
                "fga_question_malformed",
                NOT_CHECKED,
                "A user is `type:id`, `type:*` or `type:id#relation`, an object `type:id`, each without space.",
            ),
            Self::Malformed { .. } => Explanation::new(
                "fga_malformed",
                NOT_CHECKED,
                "Check FGA_API_URL: what answers there is not OpenFGA's API.",
            )
            .later(),
        }
    }
}

fn refusal(code: ErrorCode) -> Explanation<'static> {
    match code {
        ErrorCode::StoreIdNotFound => {
            Explanation::new("fga_store_not_found", NOT_CHECKED, "Check FGA_STORE_ID and the region in FGA_API_URL.")
        }
        ErrorCode::AuthorizationModelNotFound | ErrorCode::LatestAuthorizationModelNotFound => Explanation::new(
            "fga_model_not_found",
            NOT_CHECKED,
            "Write a model to the store, and set FGA_MODEL_ID to its id.",
        ),
        ErrorCode::TypeNotFound | ErrorCode::RelationNotFound | ErrorCode::UnknownRelation => Explanation::new(
            "fga_unknown_relation",
            NOT_CHECKED,
            "The model has no such type or relation: check FGA_RELATION, FGA_OBJECT_TYPE and FGA_MODEL_ID.",
        ),
        ErrorCode::ResolutionTooComplex => Explanation::new(
            "fga_too_complex",
            NOT_CHECKED,
            "The question leads too deep: shorten chains of groups or folders, and look for circles of tuples.",
        ),
        ErrorCode::ThrottledTimeout => Explanation::new(
            "fga_throttled",
            NOT_CHECKED_NOW,
            "The question is expensive: simplify the model, or ask for fewer objects.",
        )
        .later(),
        ErrorCode::WriteFailed => Explanation::new(
            "fga_write_conflict",
            "These rights have been changed already.",
            "A tuple to write exists, or one to delete does not; nothing was written. Send it with `ignore` where that is fine.",
        ),
        ErrorCode::InvalidTuple | ErrorCode::InvalidContextualTuple => Explanation::new(
            "fga_tuple_invalid",
            NOT_CHECKED,
            "The model does not allow the tuple: check its type restrictions and conditions.",
        ),
        ErrorCode::InvalidAuthorizationModel | ErrorCode::UnsupportedSchemaVersion | ErrorCode::ExceededEntityLimit => {
            Explanation::new(
                "fga_model_invalid",
                NOT_CHECKED,
                "Check the model, for example with `fga model validate`.",
            )
        }
        ErrorCode::InvalidContinuationToken | ErrorCode::QueryStringTypeContinuationTokenMismatch => Explanation::new(
            "fga_continuation_token_invalid",
            "The list has changed. Please load it again.",
            "A page's token belongs to the question it was given for: begin at the first page.",
        ),
        _ => Explanation::new(
            "fga_request_invalid",
            NOT_CHECKED,
            "The service does not take the request: the message names the part. For a check that may be a type or relation that the model lacks, or a condition's parameter without value.",
        ),
    }
}

impl From<TransportError> for ApiError {
    fn from(_: TransportError) -> Self {
        Self::Down { status: None, retry_at: None }
    }
}

impl From<JsonError> for ApiError {
    fn from(_: JsonError) -> Self {
        Self::Malformed { field: "body" }
    }
}
