//! The blocks of which messages are made, and what the API takes for one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::conversation::text_of;
use super::super::error::ModelError;
use super::error::invalid;

/// One block of a message.
#[derive(Debug)]
pub enum Block {
    Text(String),
    /// What the model thought, with its signature.
    Thinking,
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
    ToolResult {
        id: String,
        text: String,
    },
}

/// Begins the ids of calls that a model made after it had thought: they want its thoughts back.
pub const THOUGHT_ID: &str = "toolu_t";
/// Begins the ids of the other calls.
pub const PLAIN_ID: &str = "toolu_p";

/// The signature of a thought: whoever changes a letter of it has none that fits.
pub fn signature(thought: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("anthropic thinking: {thought}")))
}

/// The blocks of a message's content, a string counts as one. `at` names the message, `user` who wrote it.
pub fn read(content: &Value, at: &str, user: bool) -> Result<Vec<Block>, ModelError> {
    match content {
        Value::String(text) => Ok(vec![text_block(text, at)?]),
        Value::Array(blocks) => {
            let block = |(index, block): (usize, &Value)| read_block(block, &format!("{at}.content.{index}"), user);
            blocks.iter().enumerate().map(block).collect()
        }
        _ => Err(invalid(format!("{at}.content: Input should be a valid list"))),
    }
}

fn read_block(block: &Value, at: &str, user: bool) -> Result<Block, ModelError> {
    let text = |name: &str| block.get(name).and_then(Value::as_str);
    let needed = |name: &str| text(name).ok_or_else(|| invalid(format!("{at}.{name}: Field required")));
    let kind = needed("type")?;
    match (kind, user) {
        ("text", _) => {
            only(block, &["type", "text", "cache_control", "citations"], at)?;
            text_block(needed("text")?, at)
        }
        ("thinking", false) => {
            only(block, &["type", "thinking", "signature"], at)?;
            let fits = needed("signature")? == signature(needed("thinking")?);
            if fits {
                Ok(Block::Thinking)
            } else {
                Err(invalid(format!("{at}: Invalid `signature` in `thinking` block")))
            }
        }
        ("redacted_thinking", false) => Err(invalid(format!("{at}: Invalid `data` in `redacted_thinking` block"))),
        ("tool_use", false) => {
            only(block, &["type", "id", "name", "input", "cache_control"], at)?;
            let (id, name) = (needed("id")?, needed("name")?);
            matches_pattern(id, usize::MAX, &format!("{at}.tool_use.id"), "^[a-zA-Z0-9_-]+$")?;
            matches_pattern(name, 128, &format!("{at}.tool_use.name"), "^[a-zA-Z0-9_-]{1,128}$")?;
            let input = block.get("input").cloned().unwrap_or_default();
            if !input.is_object() {
                return Err(invalid(format!("{at}.tool_use.input: Input should be a valid dictionary")));
            }
            Ok(Block::ToolUse { id: id.to_owned(), name: name.to_owned(), input })
        }
        ("tool_result", true) => {
            only(block, &["type", "tool_use_id", "content", "is_error", "cache_control"], at)?;
            let content = block.get("content").cloned().unwrap_or_default();
            Ok(Block::ToolResult { id: needed("tool_use_id")?.to_owned(), text: text_of(&content) })
        }
        (other, _) => Err(invalid(format!(
            "{at}: Input tag '{other}' found using 'type' does not match any of the expected tags"
        ))),
    }
}

fn text_block(text: &str, at: &str) -> Result<Block, ModelError> {
    if text.is_empty() {
        return Err(invalid(format!("{at}: text content blocks must be non-empty")));
    }
    if text.trim().is_empty() {
        return Err(invalid(format!("{at}: text content blocks must contain non-whitespace text")));
    }
    Ok(Block::Text(text.to_owned()))
}

/// Refuses members that the API does not know.
pub fn only(value: &Value, known: &[&str], at: &str) -> Result<(), ModelError> {
    let dot = if at.is_empty() { "" } else { "." };
    let unknown = value.as_object().and_then(|members| members.keys().find(|name| !known.contains(&name.as_str())));
    match unknown {
        Some(name) => Err(invalid(format!("{at}{dot}{name}: Extra inputs are not permitted"))),
        None => Ok(()),
    }
}

/// Ids and names: letters, digits, `_` and `-`.
pub fn matches_pattern(text: &str, longest: usize, at: &str, pattern: &str) -> Result<(), ModelError> {
    let legal = !text.is_empty()
        && text.len() <= longest
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if legal { Ok(()) } else { Err(invalid(format!("{at}: String should match pattern '{pattern}'"))) }
}
