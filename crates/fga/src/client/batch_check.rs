use std::collections::HashMap;

use deputy_http::{Request, Response};
use serde::{Deserialize, Serialize};

use super::connection::{Access, Consistency, success};
use super::error::ApiError;
use super::error_code::ErrorCode;
use super::question::{Question, question_key, validate};
use crate::decision::Decision;
use crate::questions::CheckRequest;

/// The most questions of one call.
pub const BATCH_LIMIT: usize = 50;

/// Questions, cut into calls.
#[derive(Debug, Default)]
pub struct BatchCheck {
    /// The calls. Each answer is read by [`BatchCall::answers`].
    pub calls: Vec<BatchCall>,
    /// What is not asked, because the service could not read it: by the number of the question.
    pub not_asked: Vec<(usize, ApiError)>,
}

/// One call of [`BATCH_LIMIT`] questions at most.
#[derive(Debug)]
pub struct BatchCall {
    /// `POST /stores/{id}/batch-check`.
    pub request: Request,
    /// Of each item, by its correlation id: the numbers of the questions that it answers.
    questions: Vec<Vec<usize>>,
}

#[derive(Serialize)]
struct BatchBody<'a> {
    checks: Vec<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_model_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Consistency::is_default")]
    consistency: Consistency,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(flatten)]
    question: Question<'a>,
    correlation_id: String,
}

/// Cuts questions into calls. Questions that are the same in everything, context and contextual tuples too, are asked once.
pub fn batch_check_requests(access: &Access<'_>, questions: &[CheckRequest]) -> BatchCheck {
    let mut batch = BatchCheck::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut items: Vec<(&CheckRequest, Vec<usize>)> = Vec::new();
    for (number, question) in questions.iter().enumerate() {
        if let Err(error) = validate(question) {
            batch.not_asked.push((number, error));
            continue;
        }
        let place = *places.entry(question_key(question)).or_insert(items.len());
        match items.get_mut(place) {
            Some((_, numbers)) => numbers.push(number),
            None => items.push((question, vec![number])),
        }
    }
    for items in items.chunks(BATCH_LIMIT) {
        let checks = items
            .iter()
            .enumerate()
            .map(|(id, (question, _))| Item { question: (*question).into(), correlation_id: id.to_string() })
            .collect();
        let body = BatchBody { checks, authorization_model_id: access.model_id(), consistency: access.consistency };
        batch.calls.push(BatchCall {
            request: access.post(access.in_store("batch-check"), &body),
            questions: items.iter().map(|(_, numbers)| numbers.clone()).collect(),
        });
    }
    batch
}

impl BatchCall {
    /// The numbers of the questions that this call asks.
    pub fn questions(&self) -> impl Iterator<Item = usize> {
        self.questions.iter().flatten().copied()
    }

    /// Reads the answer: a decision for every question of the call. One that the answer leaves out was not checked.
    ///
    /// Errors: the call as a whole failed.
    pub fn answers(&self, response: &Response, now_ms: u64) -> Result<Vec<(usize, Decision<ApiError>)>, ApiError> {
        let mut answer: Answer = success(response, now_ms)?;
        let mut decisions = Vec::new();
        for (id, numbers) in self.questions.iter().enumerate() {
            let single = answer.result.remove(&id.to_string()).unwrap_or_default();
            let decision = Decision::from(single.decided());
            decisions.extend(numbers.iter().map(|number| (*number, decision.clone())));
        }
        Ok(decisions)
    }
}

#[derive(Deserialize)]
struct Answer {
    result: HashMap<String, Single>,
}

#[derive(Deserialize, Default)]
struct Single {
    allowed: Option<bool>,
    error: Option<SingleError>,
}

#[derive(Deserialize)]
struct SingleError {
    input_error: Option<String>,
    internal_error: Option<String>,
    message: Option<String>,
}

impl Single {
    fn decided(self) -> Result<bool, ApiError> {
        match (self.error, self.allowed) {
            (Some(error), _) => {
                let code = error.input_error.or(error.internal_error).and_then(|code| code.parse::<ErrorCode>().ok());
                Err(code.map_or(ApiError::Malformed { field: "error" }, |code| ApiError::refused(code, error.message)))
            }
            (None, Some(allowed)) => Ok(allowed),
            (None, None) => Err(ApiError::Malformed { field: "allowed" }),
        }
    }
}
