use deputy_http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::ApiError;
use super::question::{Question, validate};
use crate::questions::CheckRequest;

#[derive(Serialize)]
struct CheckBody<'a> {
    #[serde(flatten)]
    question: Question<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

/// `POST /stores/{id}/check`.
///
/// Errors: [`ApiError::Question`] for what the service could not read.
pub fn check_request(access: &Access<'_>, question: &CheckRequest) -> Result<Request, ApiError> {
    validate(question)?;
    let question = question.into();
    let body = CheckBody { question, authorization_model_id: access.model_id(), consistency: access.consistency };
    Ok(access.post(access.in_store("check"), &body))
}

/// Whether the user has the relation. An answer that does not say so is none.
pub fn check_response(response: &Response, now_ms: u64) -> Result<bool, ApiError> {
    let Answer { allowed } = success(response, now_ms)?;
    allowed.ok_or(ApiError::Malformed { field: "allowed" })
}

#[derive(Deserialize)]
struct Answer {
    allowed: Option<bool>,
}
