//! Google's error bodies.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::providers::bearer::Refusal;

/// How Google refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoogleError {
    /// The token is missing, unknown, expired or revoked, or lacks the scope.
    Token(Refusal),
    /// The body is not JSON of the right shape.
    Payload,
    /// A parameter is missing or wrong: reason and sentence.
    Parameter {
        /// Google's reason, such as `required` or `timeRangeEmpty`.
        reason: &'static str,
        /// Google's sentence.
        message: String,
        /// The parameter.
        location: &'static str,
    },
    /// No such calendar, or none that this account can see.
    NotFound,
}

impl GoogleError {
    /// A missing parameter.
    pub fn required(location: &'static str) -> Self {
        Self::Parameter { reason: "required", message: format!("Missing {location} parameter."), location }
    }

    /// A parameter that cannot be read.
    pub fn invalid(location: &'static str, value: &str) -> Self {
        Self::Parameter { reason: "invalid", message: format!("Invalid value for {location}: {value}"), location }
    }

    fn parts(&self) -> (StatusCode, &'static str, String, Value) {
        match self {
            Self::Token(Refusal::Scope { .. }) => (
                StatusCode::FORBIDDEN,
                "PERMISSION_DENIED",
                "Request had insufficient authentication scopes.".to_owned(),
                json!({"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}),
            ),
            Self::Token(Refusal::Missing) => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid \
                 authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
                    .to_owned(),
                json!({
                    "message": "Login Required.", "domain": "global", "reason": "required",
                    "location": "Authorization", "locationType": "header",
                }),
            ),
            Self::Token(_) => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
                 authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
                    .to_owned(),
                json!({
                    "message": "Invalid Credentials", "domain": "global", "reason": "authError",
                    "location": "Authorization", "locationType": "header",
                }),
            ),
            Self::Payload => (
                StatusCode::BAD_REQUEST,
                "INVALID_ARGUMENT",
                "Invalid JSON payload received.".to_owned(),
                json!({"message": "Parse Error", "domain": "global", "reason": "parseError"}),
            ),
            Self::Parameter { reason, message, location } => (
                StatusCode::BAD_REQUEST,
                "INVALID_ARGUMENT",
                message.clone(),
                json!({
                    "message": message, "domain": "global", "reason": reason, "location": location, "locationType": "parameter",
                }),
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "Not Found".to_owned(),
                json!({"message": "Not Found", "domain": "global", "reason": "notFound"}),
            ),
        }
    }
}

impl From<Refusal> for GoogleError {
    fn from(refusal: Refusal) -> Self {
        Self::Token(refusal)
    }
}

impl IntoResponse for GoogleError {
    fn into_response(self) -> Response {
        let (status, name, message, detail) = self.parts();
        let mut body =
            json!({"error": {"code": status.as_u16(), "message": message, "errors": [detail], "status": name}});
        if let (Self::Token(Refusal::Scope { .. }), Some(error)) =
            (&self, body.get_mut("error").and_then(Value::as_object_mut))
        {
            let info = "type.googleapis.com/google.rpc.ErrorInfo";
            let details =
                json!([{"@type": info, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com"}]);
            error.insert("details".to_owned(), details);
        }
        let mut response = (status, Json(body)).into_response();
        let challenge = match &self {
            Self::Token(Refusal::Missing) => Some("Bearer realm=\"https://accounts.google.com/\""),
            Self::Token(Refusal::Scope { .. }) => {
                Some("Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\"")
            }
            Self::Token(_) => Some("Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""),
            _ => None,
        };
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
