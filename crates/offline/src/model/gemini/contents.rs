//! The contents of a conversation and their parts, and what the API takes for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::error::ModelError;
use super::error::{invalid, only};

/// One turn of the conversation.
#[derive(Debug)]
pub struct Content {
    /// Written by the user, or by functions.
    pub user: bool,
    pub parts: Vec<Part>,
}

/// One part of a content.
#[derive(Debug)]
pub enum Part {
    Text(String),
    Thought,
    Call { id: Option<String>, name: String, args: Value, signed: bool },
    Response { id: Option<String>, name: String, response: Value },
}

/// What the documentation gives for calls that another model made.
const DUMMY_SIGNATURES: [&str; 2] = ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"];

/// The signature of a part: of a call with its arguments, or of a text.
pub fn signature(part: &Value) -> String {
    let signed = json!({"functionCall": part.get("functionCall"), "text": part.get("text")});
    STANDARD.encode(Sha256::digest(format!("gemini thought: {signed}")))
}

impl Content {
    /// Reads the `at`th content.
    ///
    /// # Errors
    /// [`ModelError::Invalid`] with the API's sentence.
    pub fn read(content: &Value, at: usize) -> Result<Self, ModelError> {
        only(content, &["role", "parts"], &format!("contents[{at}]"))?;
        let user = match content.get("role").and_then(Value::as_str) {
            Some("user" | "function") | None => true,
            Some("model") => false,
            Some(_) => return Err(invalid("Please use a valid role: user, model.")),
        };
        let parts = content.get("parts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if parts.is_empty() {
            return Err(invalid(format!(
                "* GenerateContentRequest.contents[{at}].parts: contents.parts must not be empty.\n"
            )));
        }
        let part = |(number, part): (usize, &Value)| Part::read(part, at, number, user);
        Ok(Self { user, parts: parts.iter().enumerate().map(part).collect::<Result<_, _>>()? })
    }

    /// The calls: id, name, whether they are signed.
    pub fn calls(&self) -> impl Iterator<Item = (Option<&str>, &str, bool)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Call { id, name, signed, .. } => Some((id.as_deref(), name.as_str(), *signed)),
            _ => None,
        })
    }

    /// The results of calls: id and name.
    pub fn responses(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Response { id, name, .. } => Some((id.as_deref(), name.as_str())),
            _ => None,
        })
    }

    /// What is said in it, thoughts left out.
    pub fn text(&self) -> String {
        let texts =
            self.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None });
        texts.collect::<Vec<_>>().join("\n")
    }
}

impl Part {
    fn read(part: &Value, content: usize, number: usize, user: bool) -> Result<Self, ModelError> {
        let at = format!("contents[{content}].parts[{number}]");
        only(part, &["text", "thought", "thoughtSignature", "functionCall", "functionResponse"], &at)?;
        let signed = match part.get("thoughtSignature") {
            None => false,
            Some(Value::String(given)) if DUMMY_SIGNATURES.contains(&given.as_str()) || *given == signature(part) => {
                true
            }
            Some(_) => return Err(invalid("Thought signature is not valid.")),
        };
        let data = ["text", "functionCall", "functionResponse"].map(|name| part.get(name));
        match data {
            [Some(Value::String(_)), None, None] if part.get("thought") == Some(&Value::Bool(true)) => {
                Ok(Self::Thought)
            }
            [Some(Value::String(text)), None, None] if text.trim().is_empty() && !signed => {
                Err(invalid(format!("Unable to submit request because it must have a text parameter ({at}).")))
            }
            [Some(Value::String(text)), None, None] => Ok(Self::Text(text.clone())),
            [None, Some(call), None] if !user => {
                only(call, &["id", "name", "args"], &format!("{at}.function_call"))?;
                let args = call.get("args").cloned().unwrap_or_else(|| json!({}));
                structure(&args, &format!("{at}.function_call.args"))?;
                Ok(Self::Call { id: text(call, "id"), name: name(call)?, args, signed })
            }
            [None, None, Some(result)] if user => {
                only(
                    result,
                    &["id", "name", "response", "willContinue", "scheduling", "parts"],
                    &format!("{at}.function_response"),
                )?;
                let response = result.get("response").cloned().unwrap_or_default();
                structure(&response, &format!("{at}.function_response.response"))?;
                Ok(Self::Response { id: text(result, "id"), name: name(result)?, response })
            }
            [_, Some(_), _] => Err(invalid(
                "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
            )),
            _ => Err(invalid(format!(
                "* GenerateContentRequest.{at}.data: required oneof field 'data' must have one initialized field\n"
            ))),
        }
    }
}

fn structure(value: &Value, at: &str) -> Result<(), ModelError> {
    if value.is_object() {
        return Ok(());
    }
    Err(invalid(format!("Invalid value at '{at}' (type.googleapis.com/google.protobuf.Struct), {value}")))
}

fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member).and_then(Value::as_str).map(str::to_owned)
}

fn name(value: &Value) -> Result<String, ModelError> {
    text(value, "name").filter(|name| is_legal_name(name)).ok_or_else(|| {
        invalid("* GenerateContentRequest.contents.parts.function_call.name: Name cannot be empty or has characters that are not allowed.\n")
    })
}

/// A letter or underscore, then letters, digits and `_ . : -`; 64 at most.
pub fn is_legal_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'))
}
