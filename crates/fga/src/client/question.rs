use deputy_http::json;
use serde::Serialize;

use super::error::ApiError;
use crate::questions::CheckRequest;
use crate::tuple::{Context, Object, TupleKey, User};

/// A check as the API takes it.
#[derive(Serialize)]
pub(super) struct Question<'a> {
    tuple_key: PlainKey<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contextual_tuples: Option<TupleKeys<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Context>,
}

impl<'a> From<&'a CheckRequest> for Question<'a> {
    fn from(CheckRequest { user, relation, object, contextual_tuples, context }: &'a CheckRequest) -> Self {
        Self {
            tuple_key: PlainKey { user, relation, object },
            contextual_tuples: TupleKeys::of(contextual_tuples),
            context: context.as_ref(),
        }
    }
}

/// A tuple without condition.
#[derive(Serialize)]
pub(super) struct PlainKey<'a> {
    pub user: &'a str,
    pub relation: &'a str,
    pub object: &'a str,
}

/// Tuples, as the API wraps them.
#[derive(Serialize)]
pub(super) struct TupleKeys<'a> {
    tuple_keys: &'a [TupleKey],
}

impl<'a> TupleKeys<'a> {
    pub fn of(tuple_keys: &'a [TupleKey]) -> Option<Self> {
        (!tuple_keys.is_empty()).then_some(Self { tuple_keys })
    }
}

/// A text that two questions have in common only if they are the same in everything, context and contextual tuples too.
pub(crate) fn question_key(request: &CheckRequest) -> String {
    json::write(&Question::from(request))
}

/// Whether the service can read the question. One that it cannot is not sent: in a batch it would take the others down with it.
pub(super) fn validate(request: &CheckRequest) -> Result<(), ApiError> {
    let CheckRequest { user, relation, object, .. } = request;
    let short = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_whitespace);
    let relation_is_one = !relation.is_empty() && !relation.contains([':', '#', '@']) && short(relation, 50);
    if user.parse::<User>().is_err() || !short(user, 512) {
        return Err(ApiError::Question { field: "user" });
    }
    if !relation_is_one {
        return Err(ApiError::Question { field: "relation" });
    }
    if object.parse::<Object>().is_err() || !short(object, 256) {
        return Err(ApiError::Question { field: "object" });
    }
    Ok(())
}
