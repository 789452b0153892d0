//! What of an answer's content goes back with its calls: the thoughts, signed, in the order in which they came.

use serde_json::{Value, json};

use crate::Provided;

/// The member of [`Provided::step`] that holds it.
pub(super) const CONTENT: &str = "content";
/// More than this is not kept; without its thoughts a step can still be sent.
const MAX_BYTES: usize = 48 * 1024;

/// The blocks of one answer, as they come.
#[derive(Debug, Default)]
pub(super) struct KeptContent {
    blocks: Vec<Kept>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    index: Option<u64>,
    block: Block,
}

#[derive(Debug)]
enum Block {
    Text(String),
    Thinking { thinking: String, signature: String },
    Redacted(String),
    Call,
}

impl KeptContent {
    /// A block begins.
    pub fn begin(&mut self, index: Option<u64>, kind: &str) {
        let block = match kind {
            "text" => Block::Text(String::new()),
            "thinking" => Block::Thinking { thinking: String::new(), signature: String::new() },
            "redacted_thinking" => Block::Redacted(String::new()),
            "tool_use" => Block::Call,
            _ => return,
        };
        self.blocks.push(Kept { index, block });
    }

    /// More of a block: its text, thought or data. A block that did not begin is none.
    pub fn add(&mut self, index: Option<u64>, more: &str) {
        if let Some(Block::Text(text) | Block::Thinking { thinking: text, .. } | Block::Redacted(text)) =
            grown(&mut self.blocks, &mut self.bytes, index, more)
        {
            text.push_str(more);
        }
    }

    /// More of a thought's signature.
    pub fn sign(&mut self, index: Option<u64>, more: &str) {
        if let Some(Block::Thinking { signature, .. }) = grown(&mut self.blocks, &mut self.bytes, index, more) {
            signature.push_str(more);
        }
    }

    /// The blocks as they are kept; none where the model did not think, or more than is kept.
    pub fn take(&mut self) -> Option<Value> {
        let thoughts = |kept: &Kept| matches!(kept.block, Block::Thinking { .. } | Block::Redacted(_));
        let blocks = std::mem::take(&mut self.blocks);
        if self.bytes > MAX_BYTES || !blocks.iter().any(thoughts) {
            return None;
        }
        let written = |kept: Kept| match kept.block {
            Block::Text(text) => json!({ "type": "text", "text": text }),
            Block::Thinking { thinking, signature } => {
                json!({ "type": "thinking", "thinking": thinking, "signature": signature })
            }
            Block::Redacted(data) => json!({ "type": "redacted_thinking", "data": data }),
            Block::Call => json!({ "type": "tool_use" }),
        };
        Some(blocks.into_iter().map(written).collect())
    }
}

/// The block of that number, unless it would become more than is kept.
fn grown<'a>(blocks: &'a mut [Kept], bytes: &mut usize, index: Option<u64>, more: &str) -> Option<&'a mut Block> {
    *bytes = bytes.saturating_add(more.len());
    if *bytes > MAX_BYTES {
        return None;
    }
    blocks.iter_mut().rev().find(|kept| kept.index == index).map(|kept| &mut kept.block)
}

/// The content of an assistant's message: what was kept of it, its text and its calls, each where it stood. Where the text is no longer
/// the one that was kept, the thoughts come first.
pub(super) fn written(provided: Option<&Provided>, text: &str, calls: Vec<Value>) -> Vec<Value> {
    let kept = provided.and_then(|provided| provided.step.get(CONTENT)).and_then(Value::as_array);
    let kept = kept.map(Vec::as_slice).unwrap_or_default();
    let texts = kept.iter().filter(|block| kind(block) == "text");
    let kept_text: String = texts.filter_map(|block| block.get("text").and_then(Value::as_str)).collect();
    let made = kept.iter().filter(|block| kind(block) == "tool_use").count();
    let mut blocks = Vec::new();
    if made == calls.len() && is_same_text(&kept_text, text) {
        let mut calls = calls.into_iter();
        for block in kept {
            match kind(block) {
                "tool_use" => blocks.extend(calls.next()),
                "text" if block.get("text").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) => {}
                _ => blocks.push(block.clone()),
            }
        }
        return blocks;
    }
    blocks.extend(kept.iter().filter(|block| is_thought(block)).cloned());
    if !text.trim().is_empty() {
        blocks.push(json!({ "type": "text", "text": text.trim_end() }));
    }
    blocks.extend(calls);
    blocks
}

/// What was shown has blank lines between the blocks.
fn is_same_text(kept: &str, shown: &str) -> bool {
    kept.split_whitespace().collect::<String>() == shown.split_whitespace().collect::<String>()
}

fn is_thought(block: &Value) -> bool {
    matches!(kind(block), "thinking" | "redacted_thinking")
}

fn kind(block: &Value) -> &str {
    block.get("type").and_then(Value::as_str).unwrap_or_default()
}
