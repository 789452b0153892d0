use serde::Deserialize as _;
use serde_json::Value;

use super::content::{CONTENT, KeptContent};
use super::wire::{Block, Delta, Event, Usage};
use crate::answer::{Answer, EventReader};
use crate::calls::CallPiece;
use crate::{FinishReason, SseEvent};

/// Blocks of text with something else between them stand one below the other.
const PARAGRAPH: &str = "\n\n";

/// Events of the Messages API.
#[derive(Debug, Default)]
pub(crate) struct MessageEvents {
    usage: Usage,
    content: KeptContent,
    /// There was a text, there was a thought: the next one begins a paragraph.
    said: bool,
    thought: bool,
    last: LastBlock,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum LastBlock {
    #[default]
    None,
    Text,
    Thinking,
    /// A call; true once any of its input has come.
    Call {
        index: Option<u64>,
        begun: bool,
    },
    Other,
}

impl EventReader for MessageEvents {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        match json {
            "" => return,
            // Proxies end every stream so.
            "[DONE]" => return answer.complete(),
            _ if event.event == "error" => return answer.fail_with_event(json),
            _ => {}
        }
        match serde_json::from_str::<Event<'_>>(json) {
            Ok(read) => self.add(&read, event.event, json, answer),
            // A member that stands twice is no reason to lose an answer.
            Err(_) => match serde_json::from_str::<Value>(json) {
                Ok(value) => match Event::deserialize(&value) {
                    Ok(read) => self.add(&read, event.event, json, answer),
                    Err(_) => answer.odd(),
                },
                Err(_) => answer.odd(),
            },
        }
    }

    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        let Ok(value) = serde_json::from_str::<Value>(json) else { return answer.odd() };
        let value = value.get(0).unwrap_or(&value);
        let message = value.get("content").is_some_and(Value::is_array);
        match Event::deserialize(value) {
            Ok(event) if message => self.add_message(&event, answer),
            _ => answer.fail_if_error(value),
        }
    }
}

impl MessageEvents {
    fn add(&mut self, event: &Event<'_>, name: &str, json: &str, answer: &mut Answer) {
        let kind = if event.kind.0.is_empty() { name } else { &event.kind.0 };
        let index = event.index.0;
        match kind {
            "message_start" => {
                let usage = event.message.0.as_ref().and_then(|message| message.usage.0.as_ref());
                self.add_usage(usage.or(event.usage.0.as_ref()), answer);
            }
            "content_block_start" => {
                if let Some(block) = &event.content_block.0 {
                    self.begin(index, block, answer);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = &event.delta.0 {
                    self.add_delta(index, delta, answer);
                }
            }
            "message_delta" => {
                self.add_usage(event.usage.0.as_ref(), answer);
                let reason = event.delta.0.as_ref().map(|delta| &delta.stop_reason.0);
                self.stop(reason.map_or("", |reason| reason), answer);
            }
            "message_stop" => {
                self.keep(answer);
                answer.complete();
            }
            "error" => answer.fail_with_event(json),
            // The SSE reader's name for an event without one: a whole message, what a proxy reports, or another API's event.
            "message" if !event.content.0.is_empty() => self.add_message(event, answer),
            "message" => match serde_json::from_str::<Value>(json) {
                Ok(value) => answer.fail_if_error(&value),
                Err(_) => answer.odd(),
            },
            // `ping`, `content_block_stop`, and what the API may bring at any time.
            _ => {}
        }
    }

    fn begin(&mut self, index: Option<u64>, block: &Block<'_>, answer: &mut Answer) {
        let kind = block.kind.0.as_ref();
        self.content.begin(index, kind);
        match kind {
            "text" => self.text(index, &block.text.0, answer),
            "thinking" => {
                self.thinking(index, &block.thinking.0, answer);
                self.content.sign(index, &block.signature.0);
            }
            "redacted_thinking" => {
                self.last = LastBlock::Other;
                self.content.add(index, &block.data.0);
            }
            "tool_use" => {
                let whole = block.input.as_object().is_some_and(|input| !input.is_empty());
                let input = if whole { block.input.to_string() } else { String::new() };
                self.last = LastBlock::Call { index, begun: whole };
                answer.add_call(piece(index, &block.id.0, &block.name.0, &input));
            }
            // Tools that run at the provider are not asked for.
            _ => self.last = LastBlock::Other,
        }
    }

    fn add_delta(&mut self, index: Option<u64>, delta: &Delta<'_>, answer: &mut Answer) {
        match delta.kind.0.as_ref() {
            "text_delta" => self.text(index, &delta.text.0, answer),
            "thinking_delta" => self.thinking(index, &delta.thinking.0, answer),
            "signature_delta" => self.content.sign(index, &delta.signature.0),
            "input_json_delta" => {
                let input = delta.partial_json.0.as_ref();
                if let LastBlock::Call { begun, .. } = &mut self.last {
                    *begun |= !input.trim().is_empty();
                }
                answer.add_call(piece(index, "", "", input));
            }
            _ => {}
        }
    }

    fn text(&mut self, index: Option<u64>, text: &str, answer: &mut Answer) {
        if self.said && self.last != LastBlock::Text && !text.is_empty() {
            answer.add_text(PARAGRAPH);
        }
        if !text.is_empty() {
            self.said = true;
            self.last = LastBlock::Text;
        }
        self.content.add(index, text);
        answer.add_text(text);
    }

    fn thinking(&mut self, index: Option<u64>, thought: &str, answer: &mut Answer) {
        if self.thought && self.last != LastBlock::Thinking && !thought.is_empty() {
            answer.add_reasoning(PARAGRAPH);
        }
        if !thought.is_empty() {
            self.thought = true;
            self.last = LastBlock::Thinking;
        }
        self.content.add(index, thought);
        answer.add_reasoning(thought);
    }

    fn add_message(&mut self, message: &Event<'_>, answer: &mut Answer) {
        for (block, index) in message.content.0.iter().zip(0_u64..) {
            self.begin(Some(index), block, answer);
        }
        self.add_usage(message.usage.0.as_ref(), answer);
        self.stop(&message.stop_reason.0, answer);
        self.keep(answer);
        answer.complete();
    }

    fn stop(&mut self, reason: &str, answer: &mut Answer) {
        let Some(reason) = finish_reason(reason) else { return };
        if let (FinishReason::Length, LastBlock::Call { index, begun: false }) = (reason, self.last) {
            // It was cut off before its input came: without input it would say something else than the model wanted.
            answer.add_call(piece(index, "", "", "{"));
        }
        self.keep(answer);
        answer.stopped(reason);
    }

    fn keep(&mut self, answer: &mut Answer) {
        if let Some(content) = self.content.take() {
            answer.keep(CONTENT, content);
        }
    }

    /// The counts of a stream are said more than once; the last word counts.
    fn add_usage(&mut self, usage: Option<&Usage>, answer: &mut Answer) {
        let Some(usage) = usage else { return };
        let known = &mut self.usage;
        for (known, told) in [
            (&mut known.input_tokens, usage.input_tokens),
            (&mut known.cache_creation_input_tokens, usage.cache_creation_input_tokens),
            (&mut known.cache_read_input_tokens, usage.cache_read_input_tokens),
            (&mut known.output_tokens, usage.output_tokens),
        ] {
            known.0 = told.0.or(known.0);
        }
        let prompt = [known.input_tokens, known.cache_creation_input_tokens, known.cache_read_input_tokens];
        let prompt = prompt.iter().filter_map(|count| count.0).reduce(u64::saturating_add);
        answer.set_usage(prompt, known.output_tokens.0, known.cache_read_input_tokens.0);
    }
}

fn piece<'a>(index: Option<u64>, id: &'a str, name: &'a str, arguments: &'a str) -> CallPiece<'a> {
    CallPiece { index: index.and_then(|index| index.try_into().ok()), id, name, arguments, ..CallPiece::default() }
}

fn finish_reason(text: &str) -> Option<FinishReason> {
    Some(match text {
        "" => return None,
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    })
}
