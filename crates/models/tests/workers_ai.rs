//! Streams of Workers AI (`vectors/`), in the platform's own form and in that of newer models, and what goes wrong with them.

mod support;

use deputy_models::{FinishReason, ModelApi, ModelError, ModelEvent};
use serde_json::json;

use support::{Reader, call, finished, text, usage};

const API: Reader = Reader { api: ModelApi::WorkersAi, bare: true };
const NATIVE: &str = include_str!("vectors/workers-ai-native.sse");
const TOOLS: &str = include_str!("vectors/workers-ai-native-tools.sse");
const CHAT: &str = include_str!("vectors/workers-ai-chat.sse");

/// OA-09: the platform's own form. A piece that looks like a number comes as one.
#[test]
fn oa_09_text_in_the_platforms_own_form() {
    let cost = ModelEvent::Usage { input_tokens: 21, output_tokens: 7, cached_tokens: 16 };
    assert_eq!(API.whole(NATIVE), (vec![text("Grüße, \"Ada\" 🦀\n4"), cost, finished(FinishReason::Stop)], None));
}

/// T8: calls come whole, with arguments that are objects, and without ids.
#[test]
fn t08_calls_with_arguments_that_are_objects() {
    let expected = vec![
        text("Let me see."),
        call("call_s1_0", "checkUsersCalendar", json!({ "date": "2026-11-24T09:00" })),
        call("call_s1_1", "getLocalTime", json!({})),
        usage(40, 31),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.whole(TOOLS), (expected, None));
}

/// CF-14: newer models stream chat completions; an empty piece ends each call.
#[test]
fn cf_14_newer_models_stream_chat_completions() {
    let expected = vec![
        ModelEvent::Reasoning("Let me think.".into()),
        call("chatcmpl-tool-1", "getWeatherInformation", json!({ "city": "Paris" })),
        usage(5, 9),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.whole(CHAT), (expected, None));
}

#[test]
fn text_before_a_failure_is_kept_and_the_failure_has_its_type() {
    let half = "data: {\"response\":\"Half\"}\n\n";
    let error = |code: u64, message: &str| {
        format!("{half}data: {}\n\n", json!({ "success": false, "errors": [{ "code": code, "message": message }] }))
    };
    assert_eq!(
        API.whole(&error(3040, "Capacity temporarily exceeded")),
        (vec![text("Half")], Some(ModelError::Overloaded { retry_at: None }))
    );
    assert_eq!(
        API.whole(&error(9, "AiError: 3021: rate limiting")).1,
        Some(ModelError::RateLimited { retry_at: None })
    );
    assert_eq!(API.whole(half), (vec![text("Half")], Some(ModelError::EndedEarly)));
}

/// Any cut of the same bytes gives the same answer; wherever the connection breaks, that is said.
#[test]
fn cuts_do_not_matter_and_a_stream_that_breaks_off_is_known() {
    for vector in [NATIVE, TOOLS, CHAT] {
        let bytes = vector.as_bytes();
        let expected = API.whole(vector);
        for size in 1..48 {
            assert_eq!(API.run(bytes.chunks(size)), expected, "pieces of {size}");
        }
        let end =
            ["data: [DONE]", "\"finish_reason\":\"tool_calls\""].iter().filter_map(|mark| vector.find(mark)).min();
        for cut in 0..vector.len() {
            let (events, failure) = API.run([&bytes[..cut]]);
            let complete = matches!(events.last(), Some(ModelEvent::Finished(_)));
            assert_eq!(failure, (!complete).then_some(ModelError::EndedEarly), "cut at {cut}");
            assert!(!complete || cut > end.unwrap());
        }
    }
}

/// OA-09: what the binding answers when it does not stream, and the same in the envelope of the HTTP API.
#[test]
fn oa_09_an_answer_that_is_not_streamed() {
    let calls = json!([{ "name": "listChannels", "arguments": { "a": 1 } }]);
    let native = json!({ "response": "Let me see.", "tool_calls": calls, "usage": { "prompt_tokens": 8, "completion_tokens": 3 } });
    let function = json!({ "name": "listChannels", "arguments": "{\"a\":1}" });
    let message = json!({ "content": "Let me see.", "tool_calls": [{ "type": "function", "function": function }] });
    let newer = json!({ "choices": [{ "message": message, "finish_reason": "tool_calls" }], "usage": { "prompt_tokens": 8, "completion_tokens": 3 } });
    let expected = vec![
        text("Let me see."),
        call("call_s1_0", "listChannels", json!({ "a": 1 })),
        usage(8, 3),
        finished(FinishReason::ToolCalls),
    ];
    for body in [native, newer] {
        assert_eq!(API.answer(200, &body), Ok(expected.clone()), "{body}");
        assert_eq!(API.answer(200, &json!({ "result": body, "success": true, "errors": [] })), Ok(expected.clone()));
    }
    let refused = json!({ "result": {}, "success": false, "errors": [{ "code": 3040, "message": "Capacity temporarily exceeded" }] });
    assert_eq!(API.answer(200, &refused), Err(ModelError::Overloaded { retry_at: None }));
    assert_eq!(API.answer(503, &refused), Err(ModelError::Overloaded { retry_at: None }));
    assert_eq!(API.answer(200, &json!({})), Err(ModelError::Malformed));
}
