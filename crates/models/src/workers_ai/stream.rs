use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::error::of_errors;
use crate::SseEvent;
use crate::answer::{Answer, EventReader};
use crate::completions::Chunks;
use crate::error_dress::error_in;
use crate::text::{Arguments, Text};

/// What a text model puts out.
#[derive(Debug)]
pub(crate) struct Outputs;

/// One event of the platform's own.
#[derive(Deserialize)]
struct Output<'a> {
    /// Text; a model whose text is a number, or JSON by request, makes it that.
    #[serde(borrow, default)]
    response: Arguments<'a>,
    #[serde(default)]
    tool_calls: Value,
    #[serde(default)]
    usage: Value,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(default)]
    errors: Value,
    /// There in the events of newer models.
    choices: Option<IgnoredAny>,
}

impl EventReader for Outputs {
    fn read(&mut self, event: SseEvent<'_>, answer: &mut Answer) {
        let json = event.data.trim();
        if json == "[DONE]" {
            return answer.complete();
        }
        if event.event == "error" {
            return match serde_json::from_str::<Value>(json) {
                Ok(value) => fail(&value, answer),
                Err(_) => answer.fail_with_event(json),
            };
        }
        match serde_json::from_str::<Output<'_>>(json) {
            Ok(output) if output.choices.is_none() => {
                if !add(&output, answer)
                    && let Ok(value) = serde_json::from_str::<Value>(json)
                {
                    fail(&value, answer);
                }
            }
            // Also what cannot be read at all: there it is known what becomes of it.
            _ => Chunks.read(event, answer),
        }
    }

    fn read_whole(&mut self, json: &str, answer: &mut Answer) {
        let Ok(mut value) = serde_json::from_str::<Value>(json) else { return answer.odd() };
        // The HTTP API puts it into an envelope.
        if let Some(result) =
            value.get_mut("result").filter(|result| result.as_object().is_some_and(|one| !one.is_empty()))
        {
            value = result.take();
        }
        if value.get("choices").is_some_and(Value::is_array) {
            return Chunks.read_whole(&value.to_string(), answer);
        }
        match Output::deserialize(&value) {
            Ok(output) if add(&output, answer) => answer.complete(),
            _ => fail(&value, answer),
        }
    }
}

/// False when it says nothing of an answer.
fn add(output: &Output<'_>, answer: &mut Answer) -> bool {
    answer.add_text(&output.response.0);
    if let Some(error) = of_errors(&output.errors, answer.model()) {
        answer.fail(error);
        return true;
    }
    let has = |value: &Value| error_in(value).is_some();
    let (calls, usage, reason) = (has(&output.tool_calls), has(&output.usage), !output.finish_reason.0.is_empty());
    if calls || usage || reason {
        // The rest is written as chat completions write it.
        let mut chunk = Map::new();
        if calls || reason {
            let delta = json!({ "tool_calls": output.tool_calls });
            let choice = json!({ "delta": delta, "finish_reason": output.finish_reason.0 });
            chunk.insert("choices".to_owned(), json!([choice]));
        }
        chunk.insert("usage".to_owned(), output.usage.clone());
        let chunk = Value::Object(chunk).to_string();
        Chunks.read(SseEvent { event: "message", data: &chunk }, answer);
    }
    calls || usage || reason || !output.response.0.is_empty()
}

fn fail(value: &Value, answer: &mut Answer) {
    match value.get("errors").and_then(|errors| of_errors(errors, answer.model())) {
        Some(error) => answer.fail(error),
        None => answer.fail_if_error(value),
    }
}
