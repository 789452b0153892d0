use std::collections::BTreeMap;

use deputy_http::JsonError;
use deputy_http::json::read_value;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::{RpcError, code};
use super::sampling::{CreateMessageRequest, CreateMessageResult};
use super::{Object, method};

/// What a server wants of the client in the course of a request: in a result that is `input_required` (2026-07-28), or as a request of
/// its own on the stream of the request (before).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Wanted", into = "Wanted")]
pub enum InputRequest {
    /// An answer of the user.
    Elicitation(ElicitRequest),
    /// An answer of the client's model.
    Sampling(Box<CreateMessageRequest>),
    /// The client's roots.
    Roots,
}

impl InputRequest {
    /// Its method.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Elicitation(_) => method::ELICIT,
            Self::Sampling(_) => method::CREATE_MESSAGE,
            Self::Roots => method::ROOTS_LIST,
        }
    }

    /// Its parameters.
    pub fn params(&self) -> Object {
        let params = match self {
            Self::Elicitation(request) => json!(request),
            Self::Sampling(request) => json!(request),
            Self::Roots => json!({}),
        };
        if let Value::Object(params) = params { params } else { Object::new() }
    }

    /// Reads method and parameters.
    ///
    /// Errors: no such request of a server (-32601); parameters that do not fit (-32602).
    pub fn read(name: &str, params: &Object) -> Result<Self, RpcError> {
        let params = Value::Object(params.clone());
        let refused = |error: JsonError| RpcError::new(code::INVALID_PARAMS, format!("{error}."));
        match name {
            method::ELICIT => read_value(&params).map(Self::Elicitation).map_err(refused),
            method::CREATE_MESSAGE => read_value(&params).map(Self::Sampling).map_err(refused),
            method::ROOTS_LIST => Ok(Self::Roots),
            _ => Err(RpcError::new(code::METHOD_NOT_FOUND, "A server cannot ask that.")),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Wanted {
    method: String,
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    params: Object,
}

impl TryFrom<Wanted> for InputRequest {
    type Error = RpcError;

    fn try_from(wanted: Wanted) -> Result<Self, RpcError> {
        Self::read(&wanted.method, &wanted.params)
    }
}

impl From<InputRequest> for Wanted {
    fn from(request: InputRequest) -> Self {
        Self { method: request.method().to_owned(), params: request.params() }
    }
}

/// What a server asks the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum ElicitRequest {
    /// To visit an address (2025-11-25 and later).
    Url {
        /// `url`
        mode: UrlMode,
        /// Why.
        message: String,
        /// Where. Nothing of the user's is in it.
        url: String,
        /// By which the server tells that it is done (2025-11-25).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elicitation_id: Option<String>,
    },
    /// To fill in a form.
    Form {
        /// Why.
        message: String,
        /// JSON Schema of an object whose members are texts, numbers, truth values and choices.
        requested_schema: Value,
    },
}

/// The word `url`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UrlMode {
    /// `url`
    #[default]
    #[serde(rename = "url")]
    Url,
}

impl ElicitRequest {
    /// A form.
    pub fn form(message: impl Into<String>, requested_schema: Value) -> Self {
        Self::Form { message: message.into(), requested_schema }
    }

    /// An address to visit.
    pub fn url(message: impl Into<String>, url: impl Into<String>, elicitation_id: Option<String>) -> Self {
        Self::Url { mode: UrlMode::Url, message: message.into(), url: url.into(), elicitation_id }
    }
}

/// What the client gives for an [`InputRequest`], as it came: which of the three it is, the request says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InputResponse(pub Value);

impl InputResponse {
    /// As the answer of the user.
    ///
    /// Errors: it is none.
    pub fn elicitation(&self) -> Result<ElicitResult, JsonError> {
        read_value(&self.0)
    }

    /// As the answer of the client's model.
    ///
    /// Errors: it is none.
    pub fn sampling(&self) -> Result<CreateMessageResult, JsonError> {
        read_value(&self.0)
    }

    /// As the client's roots.
    ///
    /// Errors: it is none.
    pub fn roots(&self) -> Result<ListRootsResult, JsonError> {
        read_value(&self.0)
    }
}

/// What the user answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElicitResult {
    /// Whether at all.
    pub action: ElicitAction,
    /// The form, if it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<BTreeMap<String, Value>>,
}

/// What the user did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElicitAction {
    /// Agreed; in mode `url` to visit the address.
    Accept,
    /// Refused.
    Decline,
    /// Closed it without an answer.
    Cancel,
}

/// The client's roots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ListRootsResult {
    /// In no order.
    pub roots: Vec<Root>,
}

/// A place that a server may work in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// `file://…`
    pub uri: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_requests_are_read_and_written() {
        for value in [
            json!({ "method": "elicitation/create", "params": { "message": "m", "requestedSchema": { "type": "object" } } }),
            json!({ "method": "elicitation/create", "params": { "mode": "url", "message": "m", "url": "https://a/", "elicitationId": "e" } }),
            json!({ "method": "sampling/createMessage", "params": { "maxTokens": 5, "messages": [
                { "role": "user", "content": { "type": "text", "text": "t" } },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "1", "name": "n", "input": {} }] },
            ] } }),
            json!({ "method": "roots/list" }),
        ] {
            let request: InputRequest = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&request).unwrap(), value);
        }
        assert!(serde_json::from_value::<InputRequest>(json!({ "method": "tools/call" })).is_err());
    }

    #[test]
    fn a_form_says_its_mode_or_not() {
        let form = json!({ "mode": "form", "message": "m", "requestedSchema": {} });
        let read: ElicitRequest = serde_json::from_value(form).unwrap();
        assert_eq!(read, ElicitRequest::form("m", json!({})));
    }
}
