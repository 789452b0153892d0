//! Streams of Anthropic's Messages API (`vectors/`), cut in every way, and what goes wrong with them.

mod support;

use deputy_models::{FinishReason, ModelApi, ModelError, ModelEvent};
use serde_json::json;

use support::{Reader, bare, call, event, finished, provided, reasoning, text, usage};

const API: Reader = Reader { api: ModelApi::Anthropic, bare: false };
const TEXT: &str = include_str!("vectors/anthropic-text.sse");
const TOOLS: &str = include_str!("vectors/anthropic-tools.sse");
const OVERLOADED: &str = include_str!("vectors/anthropic-overloaded.sse");
const ODD: &str = include_str!("vectors/anthropic-odd.sse");

/// OA-09: text, end and cost: the prompt is counted in three parts, one of which came from the cache.
#[test]
fn oa_09_text_and_a_prompt_that_was_cached() {
    let cost = ModelEvent::Usage { input_tokens: 1011, output_tokens: 7, cached_tokens: 900 };
    assert_eq!(API.whole(TEXT), (vec![text("Grüße, \"Ada\" 🦀\n"), cost, finished(FinishReason::Stop)], None));
}

/// CF-14, T5: reasoning is told from text; its signature is kept, in the order of the blocks, with the first call.
#[test]
fn cf_14_t05_thoughts_are_shown_and_kept_with_their_signature() {
    let (events, failure) = API.whole(TOOLS);
    let expected = vec![
        reasoning("Dates first, then the time."),
        text("Let me see."),
        call("toolu_abc", "checkUsersCalendar", json!({ "date": "2026-11-24T09:00" })),
        call("toolu_def", "getLocalTime", json!({})),
        usage(40, 89),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!((bare(events.clone()), failure), (expected, None));
    let provided = provided(&events);
    assert_eq!((provided[0].id.as_str(), provided[1].id.as_str()), ("toolu_abc", "toolu_def"));
    assert_eq!(
        provided[0].step["content"],
        json!([
            { "type": "thinking", "thinking": "Dates first, then the time.", "signature": "EqQBCgIYAhIM" },
            { "type": "redacted_thinking", "data": "EmwKAhgBEgy3" },
            { "type": "text", "text": "Let me see." },
            { "type": "tool_use" },
            { "type": "tool_use" },
        ])
    );
    assert!(provided[1].step.is_empty() && !provided[0].origin.is_empty());
}

#[test]
fn text_before_a_failure_is_kept_and_the_failure_has_its_type() {
    assert_eq!(API.whole(OVERLOADED), (vec![text("Half")], Some(ModelError::Overloaded { retry_at: None })));
    let kinds = [
        ("rate_limit_error", ModelError::RateLimited { retry_at: None }),
        ("api_error", ModelError::Down { status: 500 }),
        ("authentication_error", ModelError::Unauthorized),
        ("permission_error", ModelError::Forbidden),
    ];
    for (kind, expected) in kinds {
        assert_eq!(
            API.whole(&OVERLOADED.replace("overloaded_error", kind).replace("Overloaded", "no")).1,
            Some(expected),
            "{kind}"
        );
    }
    let unnamed = OVERLOADED.replace("event: error\n", "");
    assert_eq!(
        API.whole(&unnamed),
        (vec![text("Half")], Some(ModelError::Overloaded { retry_at: None })),
        "by its type alone"
    );
}

#[test]
fn why_it_stopped() {
    let reasons = [
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::Length),
        ("refusal", FinishReason::ContentFilter),
        ("pause_turn", FinishReason::Other),
    ];
    for (reason, expected) in reasons {
        let (events, failure) = API.whole(&TEXT.replace("end_turn", reason));
        assert_eq!((events.last(), failure), (Some(&finished(expected)), None), "{reason}");
    }
}

/// T14: what nobody knows is nothing, the cost never ends a turn, and a stream without `message_stop` has its end all the same.
#[test]
fn t14_other_servers_are_understood() {
    let expected = vec![
        text("One.\n\nTwo."),
        call("call_1", "listChannels", json!({ "a": 1 })),
        usage(8, 3),
        finished(FinishReason::ToolCalls),
    ];
    let (events, failure) = API.whole(ODD);
    assert_eq!((bare(events), failure), (expected, None));
}

/// A call that the limit cut off before its input came is none without input.
#[test]
fn arguments_cut_off_by_the_limit_reach_the_engine_with_the_reason() {
    let cut = TOOLS.replace("\"stop_reason\":\"tool_use\"", "\"stop_reason\":\"max_tokens\"");
    let (events, _) = API.whole(&cut);
    let errors: Vec<bool> = events
        .iter()
        .filter_map(
            |event| if let ModelEvent::ToolCall(call) = event { Some(call.arguments_error.is_some()) } else { None },
        )
        .collect();
    assert_eq!((errors, events.last()), (vec![false, true], Some(&finished(FinishReason::Length))));
}

/// Any cut of the same bytes gives the same answer.
#[test]
fn cuts_do_not_matter() {
    for vector in [TEXT, TOOLS, OVERLOADED, ODD] {
        let bytes = vector.as_bytes();
        let expected = API.whole(vector);
        for size in 1..64 {
            assert_eq!(API.run(bytes.chunks(size)), expected, "pieces of {size}");
        }
        for cut in (0..bytes.len()).step_by(5) {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(API.run([head, tail]), expected, "cut at {cut}");
        }
    }
}

/// Wherever the connection breaks, the answer is complete or said to be incomplete, and no half call gets out.
#[test]
fn a_stream_that_breaks_off_is_never_taken_for_complete() {
    for vector in [TEXT, TOOLS, ODD] {
        let reason_at = vector.find("\"stop_reason\":\"").unwrap();
        for cut in 0..vector.len() {
            let (events, failure) = API.run([&vector.as_bytes()[..cut]]);
            let complete = matches!(events.last(), Some(ModelEvent::Finished(_)));
            assert_eq!(failure, (!complete).then_some(ModelError::EndedEarly), "cut at {cut}");
            assert!(!complete || cut > reason_at);
            assert!(complete || !events.iter().any(|event| matches!(event, ModelEvent::ToolCall(_))));
        }
    }
}

#[test]
fn what_is_no_answer_is_malformed() {
    for body in [
        "<!doctype html>\n<title>Proxy</title>\n",
        "{\"not\":\"an event stream\"}",
        "data: not json\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {",
    ] {
        let (events, failure) = API.whole(body);
        assert!(
            events.is_empty() && matches!(failure, Some(ModelError::Malformed | ModelError::EndedEarly)),
            "{body}: {failure:?}"
        );
    }
    assert_eq!(API.whole("").1, Some(ModelError::EndedEarly));
}

/// OA-09: a server that does not stream is read as well.
#[test]
fn oa_09_an_answer_that_is_not_streamed() {
    let body = json!({ "type": "message", "role": "assistant", "content": [
        { "type": "thinking", "thinking": "Hm", "signature": "c2ln" },
        { "type": "text", "text": "Let me see." },
        { "type": "tool_use", "id": "t1", "name": "getLocalTime", "input": {} },
        { "type": "tool_use", "id": "t2", "name": "listChannels", "input": { "a": 1 } },
    ], "stop_reason": "tool_use", "usage": { "input_tokens": 8, "output_tokens": 3 } });
    let expected = vec![
        reasoning("Hm"),
        text("Let me see."),
        call("t1", "getLocalTime", json!({})),
        call("t2", "listChannels", json!({ "a": 1 })),
        usage(8, 3),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.answer(200, &body), Ok(expected.clone()));
    assert_eq!(bare(API.whole(&event(&body)).0), expected, "the same as one event");
}

/// OA-09: what the API answers instead of an answer, from its documentation and from reports.
#[test]
fn oa_09_each_error_has_its_meaning() {
    let error = |kind: &str, message: &str| json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_1" });
    let table = [
        (
            400,
            error("invalid_request_error", "prompt is too long: 210313 tokens > 200000 maximum"),
            ModelError::ContextTooLong,
        ),
        (
            400,
            error(
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 195000 + 8192 > 200000, decrease input length or `max_tokens` and try again",
            ),
            ModelError::ContextTooLong,
        ),
        (
            400,
            error(
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
            ),
            ModelError::QuotaExhausted,
        ),
        (401, error("authentication_error", "invalid x-api-key"), ModelError::Unauthorized),
        (402, error("billing_error", "no"), ModelError::QuotaExhausted),
        (403, error("permission_error", "no"), ModelError::Forbidden),
        (404, error("not_found_error", "model: claude-0"), ModelError::NotFound("gpt-4o".into())),
        (413, error("request_too_large", "Request exceeds the maximum size"), ModelError::ContextTooLong),
        (
            429,
            error(
                "rate_limit_error",
                "This request would exceed your organization's rate limit of 50,000 input tokens per minute",
            ),
            ModelError::RateLimited { retry_at: None },
        ),
        (500, error("api_error", "Internal server error"), ModelError::Down { status: 500 }),
        (504, error("timeout_error", "Request timed out"), ModelError::Down { status: 504 }),
        (529, error("overloaded_error", "Overloaded"), ModelError::Overloaded { retry_at: None }),
    ];
    for (status, body, expected) in table {
        assert_eq!(API.answer(status, &body), Err(expected), "{status} {body}");
    }
}
