use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Object;
use super::error::{RpcError, code};
use super::id::Id;

/// Parameters of a request or notification, by name.
pub type Params = Object;

/// A message of JSON-RPC 2.0. Lists of messages (batches) are in no revision that is spoken.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Wants a response.
    Request(Request),
    /// Wants none.
    Notification(Notification),
    /// Answers a request.
    Response(Response),
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Unique among those of its sender that are not answered.
    pub id: Id,
    /// One of [`method`](super::method), or one that is not known.
    pub method: String,
    /// Empty where there are none.
    pub params: Params,
}

/// A notification.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// One of [`method`](super::method), or one that is not known.
    pub method: String,
    /// Empty where there are none.
    pub params: Params,
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Of the request; `None` in an error about a request whose id could not be read.
    pub id: Option<Id>,
    /// What came of it.
    pub outcome: Result<Value, RpcError>,
}

/// What came is no message.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct Unreadable {
    /// The id that it had, to be answered.
    pub id: Option<Id>,
    /// The answer.
    pub error: RpcError,
}

impl Message {
    /// Reads a message.
    ///
    /// Errors: no JSON (-32700); no message of JSON-RPC 2.0, a list of messages, an id that is none, parameters that are no object (-32600).
    pub fn read(text: &[u8]) -> Result<Self, Unreadable> {
        let value = serde_json::from_slice(text)
            .map_err(|_| Unreadable { id: None, error: RpcError::new(code::PARSE_ERROR, "The body is no JSON.") })?;
        Self::of(value)
    }

    /// Reads a message out of JSON.
    ///
    /// Errors: as of [`read`](Self::read).
    pub fn of(value: Value) -> Result<Self, Unreadable> {
        let Value::Object(mut members) = value else {
            return Err(invalid(
                None,
                "One message is expected, which is a JSON object; lists of messages are not taken.",
            ));
        };
        let sent_id = members.remove("id");
        let id = sent_id.as_ref().and_then(Id::of);
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(invalid(id, "`jsonrpc` has to be \"2.0\"."));
        }
        match (members.remove("method"), sent_id) {
            (Some(Value::String(method)), sent_id) => {
                let params = match members.remove("params") {
                    None => Params::new(),
                    Some(Value::Object(params)) => params,
                    Some(_) => return Err(invalid(id, "`params` has to be an object.")),
                };
                match (id, sent_id) {
                    (Some(id), _) => Ok(Self::Request(Request { id, method, params })),
                    (None, None) => Ok(Self::Notification(Notification { method, params })),
                    (None, Some(_)) => Err(invalid(None, "`id` has to be a text or a whole number.")),
                }
            }
            (Some(_), _) => Err(invalid(id, "`method` has to be a text.")),
            (None, _) => Self::response(id, members.remove("result"), members.remove("error")),
        }
    }

    fn response(id: Option<Id>, result: Option<Value>, error: Option<Value>) -> Result<Self, Unreadable> {
        let outcome = match (result, error) {
            (Some(result), None) if id.is_some() => Ok(result),
            (None, Some(error)) => match serde_json::from_value(error) {
                Ok(error) => Err(error),
                Err(_) => return Err(invalid(id, "`error` has to have `code` and `message`.")),
            },
            _ => return Err(invalid(id, "A message has `method`, or `id` and one of `result` and `error`.")),
        };
        Ok(Self::Response(Response { id, outcome }))
    }

    /// The message as JSON.
    pub fn to_value(&self) -> Value {
        let mut members = Params::new();
        members.insert("jsonrpc".to_owned(), "2.0".into());
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        match self {
            Self::Request(Request { id, method, params }) => {
                add("id", json!(id));
                add("method", json!(method));
                if !params.is_empty() {
                    add("params", json!(params));
                }
            }
            Self::Notification(Notification { method, params }) => {
                add("method", json!(method));
                if !params.is_empty() {
                    add("params", json!(params));
                }
            }
            Self::Response(Response { id, outcome }) => {
                if let Some(id) = id {
                    add("id", json!(id));
                }
                match outcome {
                    Ok(result) => add("result", result.clone()),
                    Err(error) => add("error", json!(error)),
                };
            }
        }
        Value::Object(members)
    }
}

fn invalid(id: Option<Id>, message: &str) -> Unreadable {
    Unreadable { id, error: RpcError::new(code::INVALID_REQUEST, message) }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl Request {
    /// A request.
    pub fn new(id: impl Into<Id>, method: &str, params: Params) -> Self {
        Self { id: id.into(), method: method.to_owned(), params }
    }
}

impl Notification {
    /// A notification.
    pub fn new(method: &str, params: Params) -> Self {
        Self { method: method.to_owned(), params }
    }
}

impl Response {
    /// What came of the request of that id.
    pub fn new(id: Id, outcome: Result<Value, RpcError>) -> Self {
        Self { id: Some(id), outcome }
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Notification> for Message {
    fn from(notification: Notification) -> Self {
        Self::Notification(notification)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(text: &str) -> (i64, Option<Id>) {
        let refused = Message::read(text.as_bytes()).unwrap_err();
        (refused.error.code, refused.id)
    }

    #[test]
    fn what_is_written_is_read() {
        let params = json!({ "a": [1, null] }).as_object().cloned().unwrap();
        for message in [
            Message::from(Request::new(7, "tools/call", params.clone())),
            Request::new("x", "ping", Params::new()).into(),
            Notification::new("notifications/initialized", params).into(),
            Response::new(1.into(), Ok(Value::Null)).into(),
            Response { id: None, outcome: Err(RpcError::new(-1, "no").with_data(json!(1))) }.into(),
        ] {
            let text = deputy_http::json::write(&message);
            assert_eq!(Message::read(text.as_bytes()), Ok(message), "{text}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused_with_its_id() {
        assert_eq!(code_of("{"), (code::PARSE_ERROR, None));
        assert_eq!(code_of(""), (code::PARSE_ERROR, None));
        let one = Some(Id::from(1));
        for (text, id) in [
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, None),
            ("[]", None),
            ("null", None),
            (r#"{"id":1,"method":"ping"}"#, one.clone()),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, one.clone()),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, None),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, None),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, one.clone()),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, one.clone()),
            (r#"{"jsonrpc":"2.0","id":1}"#, one.clone()),
            (r#"{"jsonrpc":"2.0","result":{}}"#, None),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}"#, one.clone()),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}"#, one),
        ] {
            assert_eq!(code_of(text), (code::INVALID_REQUEST, id), "{text}");
        }
    }
}
