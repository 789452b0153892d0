//! Streams of the Responses API (`vectors/`), cut in every way, and what goes wrong with them.

mod support;

use deputy_models::{FinishReason, ModelApi, ModelError, ModelEvent};
use serde_json::{Value, json};

use support::{Reader, call, config, event, finished, reasoning, text, usage};

const API: Reader = Reader { api: ModelApi::Responses, bare: true };
const TEXT: &str = include_str!("vectors/responses-text.sse");
const TOOLS: &str = include_str!("vectors/responses-tools.sse");
const INCOMPLETE: &str = include_str!("vectors/responses-incomplete.sse");
const FAILED: &str = include_str!("vectors/responses-failed.sse");
const ERROR: &str = include_str!("vectors/responses-error.sse");
const OPEN: &str = include_str!("vectors/responses-open.sse");

fn completed(output: Value) -> String {
    event(&json!({ "type": "response.completed", "response": { "status": "completed", "output": output } }))
}

/// OA-09: text, usage and end; one read gives one piece of text.
#[test]
fn oa_09_text_of_one_read_is_one_event() {
    let mut stream = ModelApi::Responses.stream(&config(), "call_s1");
    let events = stream.feed(TEXT.as_bytes()).unwrap();
    assert_eq!(events, [text("Grüße, \"Ada\" 🦀\n"), usage(21, 7), finished(FinishReason::Stop)]);
    assert!(stream.is_over());
    assert_eq!(stream.feed(b"data: garbage after the end\n\n"), Ok(vec![]));
    assert_eq!(stream.finish(), Ok(vec![]));
}

/// CF-14: the summary of the reasoning is told from text, its parts from one another; parallel calls come complete.
#[test]
fn cf_14_reasoning_text_and_parallel_calls_of_one_step() {
    let expected = vec![
        reasoning("**Dates** first.\n\nThen time."),
        text("Let me see."),
        call("call_abc", "checkUsersCalendar", json!({ "date": "2026-11-24T09:00" })),
        call("call_def", "getLocalTime", json!({})),
        usage(40, 31),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.whole(TOOLS), (expected, None));
}

#[test]
fn an_answer_cut_by_its_limit_or_filter_says_so() {
    assert_eq!(API.whole(INCOMPLETE), (vec![text("Bonjour"), usage(1, 16), finished(FinishReason::Length)], None));
    let filtered = INCOMPLETE.replace("\"reason\":\"max_output_tokens\"", "\"reason\":\"content_filter\"");
    assert_eq!(API.whole(&filtered).0.last(), Some(&finished(FinishReason::ContentFilter)));
    let unsaid = INCOMPLETE.replace("{\"reason\":\"max_output_tokens\"}", "null");
    assert_eq!(API.whole(&unsaid).0.last(), Some(&finished(FinishReason::Other)));
}

#[test]
fn text_before_a_failure_is_kept_and_the_failure_has_its_type() {
    assert_eq!(API.whole(FAILED), (vec![text("Half")], Some(ModelError::Down { status: 500 })));
    assert_eq!(API.whole(ERROR), (vec![], Some(ModelError::RateLimited { retry_at: None })));
    let flat = json!({ "type": "error", "code": "context_length_exceeded", "message": "", "param": null });
    assert_eq!(API.whole(&event(&flat)).1, Some(ModelError::ContextTooLong));
    let credit =
        json!({ "type": "error", "error": { "type": "insufficient_quota", "code": "credit_balance_exhausted" } });
    assert_eq!(API.whole(&event(&credit)).1, Some(ModelError::QuotaExhausted));
    let prompt = FAILED.replace("\"server_error\"", "\"invalid_prompt\"");
    assert_eq!(API.whole(&prompt).1, Some(ModelError::ContentFiltered));
    let proxy = json!({ "error": { "code": 502, "message": "upstream" } });
    assert_eq!(API.whole(&event(&proxy)).1, Some(ModelError::Down { status: 502 }));
}

/// Servers of open models: no event names, the reasoning itself, a refusal, `[DONE]`.
#[test]
fn other_servers_are_understood() {
    let expected =
        vec![reasoning("Hm, no."), text("Sorry.\n\nI can't do that."), usage(3, 9), finished(FinishReason::Stop)];
    assert_eq!(API.whole(OPEN), (expected, None));
}

/// Any cut of the same bytes gives the same answer.
#[test]
fn cuts_do_not_matter() {
    for vector in [TEXT, TOOLS, INCOMPLETE, FAILED, ERROR, OPEN] {
        let bytes = vector.as_bytes();
        let expected = API.whole(vector);
        for size in 1..64 {
            assert_eq!(API.run(bytes.chunks(size)), expected, "pieces of {size}");
        }
        for cut in (0..bytes.len()).step_by(7) {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(API.run([head, tail]), expected, "cut at {cut}");
        }
    }
}

/// Wherever the connection breaks, the answer is said to be incomplete, and no half call gets out.
#[test]
fn a_stream_that_breaks_off_is_never_taken_for_complete() {
    for vector in [TEXT, TOOLS, INCOMPLETE, OPEN] {
        let last = vector.rfind("\"type\":\"response.").unwrap();
        for cut in 0..vector.len() {
            let (events, failure) = API.run([&vector.as_bytes()[..cut]]);
            let complete = matches!(events.last(), Some(ModelEvent::Finished(_)));
            assert_eq!(failure, (!complete).then_some(ModelError::EndedEarly), "cut at {cut}");
            assert!(!complete || cut > last);
            assert!(complete || !events.iter().any(|event| matches!(event, ModelEvent::ToolCall(_))));
        }
    }
}

#[test]
fn what_is_no_answer_is_malformed() {
    let endings = [
        ("<!doctype html>\n<title>Proxy</title>\n", ModelError::Malformed),
        ("{\"not\":\"an event stream\"}", ModelError::Malformed),
        ("data: not json\n\n", ModelError::Malformed),
        ("data: 7\n\n", ModelError::Malformed),
        ("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n", ModelError::Malformed),
        ("data: {\"type\":\"response.output_text.delta\",\"delta\":5}\n\n", ModelError::EndedEarly),
        ("data: {\"type\":\"response.completed\"}\n\n", ModelError::Malformed),
        ("", ModelError::EndedEarly),
        (": only comments\n\n", ModelError::EndedEarly),
        ("data: [DONE]\n\n", ModelError::EndedEarly),
        ("data: {\"type\":\"response.of_tomorrow\",\"delta\":{}}\n\n", ModelError::EndedEarly),
    ];
    for (body, expected) in endings {
        assert_eq!(API.whole(body), (vec![], Some(expected)), "{body}");
    }
    let nameless = completed(json!([{ "type": "function_call", "call_id": "c", "arguments": "{}" }]));
    let (events, failure) = API.whole(&nameless);
    let slip = |event: &ModelEvent| matches!(event, ModelEvent::ToolCall(call) if call.arguments_error.is_some());
    assert!(events.first().is_some_and(slip) && failure.is_none(), "t22 {events:?}");
    let odd = "data: {\"type\":\"response.completed\",\"response\":{\"output\":7}}\n\n";
    assert_eq!(API.whole(odd), (vec![finished(FinishReason::Stop)], None));
    let endless = [b'x'; 4096];
    assert_eq!(API.run(std::iter::repeat_n(endless.as_slice(), 600)), (vec![], Some(ModelError::Malformed)));
}

/// What a tool call may make the agent keep is bounded, in pieces and at once.
#[test]
fn arguments_that_are_too_large_are_refused() {
    let too_large = Some(ModelError::ArgumentsTooLarge { limit: 256 * 1024 });
    let added = json!({ "type": "response.output_item.added", "output_index": 0,
        "item": { "type": "function_call", "call_id": "c", "name": "t", "arguments": "" } });
    let delta =
        json!({ "type": "response.function_call_arguments.delta", "output_index": 0, "delta": "x".repeat(65_536) });
    assert_eq!(API.whole(&(event(&added) + &event(&delta).repeat(4))).1, Some(ModelError::EndedEarly));
    assert_eq!(API.whole(&(event(&added) + &event(&delta).repeat(5))), (vec![], too_large.clone()));
    let item = json!({ "type": "function_call", "call_id": "c", "name": "t", "arguments": "x".repeat(300_000) });
    assert_eq!(API.whole(&completed(json!([item]))), (vec![], too_large));
}

#[test]
fn a_response_that_comes_only_at_the_end_is_read_there() {
    let output = json!([
        { "type": "web_search_call", "id": "ws_1", "content": 7 },
        { "type": "message", "content": [{ "type": "output_text", "text": "Hi" }] },
    ]);
    assert_eq!(API.whole(&completed(output)).0, [text("Hi"), finished(FinishReason::Stop)]);
    assert_eq!(API.whole(&completed(json!([]))).0, [finished(FinishReason::Stop)]);
}

#[test]
fn arguments_cut_off_by_the_limit_reach_the_engine_with_the_reason() {
    let item = json!({ "type": "function_call", "call_id": "c", "name": "t", "arguments": "{\"a\":" });
    let end = json!({ "type": "response.incomplete", "response": {
        "incomplete_details": { "reason": "max_output_tokens" }, "output": [item],
    } });
    let (events, failure) = API.whole(&event(&end));
    assert_eq!(failure, None);
    let [ModelEvent::ToolCall(call), ModelEvent::Finished(FinishReason::Length)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((call.id.as_str(), &call.arguments), ("c", &json!({})));
    assert!(call.arguments_error.as_ref().unwrap().contains("EOF"));
}

/// OA-09: a server that does not stream is read as well.
#[test]
fn oa_09_an_answer_that_is_not_streamed() {
    let body = json!({ "object": "response", "status": "completed", "error": null, "output": [
        { "type": "reasoning", "summary": [{ "type": "summary_text", "text": "Hm" }, { "type": "summary_text", "text": "Ah" }] },
        { "type": "message", "role": "assistant", "content": [
            { "type": "output_text", "text": "Let me see." }, { "type": "refusal", "refusal": "Not that." },
        ] },
        { "type": "function_call", "call_id": "c1", "name": "getLocalTime", "arguments": "{}" },
        { "type": "function_call", "call_id": "c2", "name": "listChannels", "arguments": { "a": 1 } },
    ], "usage": { "input_tokens": 8, "output_tokens": 3 } });
    let expected = vec![
        reasoning("Hm\n\nAh"),
        text("Let me see.\n\nNot that."),
        call("c1", "getLocalTime", json!({})),
        call("c2", "listChannels", json!({ "a": 1 })),
        usage(8, 3),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.answer_as("application/json; charset=utf-8", &body.to_string()), Ok(expected));
    assert_eq!(API.answer_as("text/event-stream", TEXT).map(|events| events.len()), Ok(3));
}

#[test]
fn a_whole_body_that_is_no_answer() {
    for body in ["[]", "{}", "<html>", "{\"choices\":[]}", "{\"status\":\"in_progress\",\"output\":[]}"] {
        assert_eq!(API.answer_as("application/json", body), Err(ModelError::Malformed), "{body}");
    }
    assert_eq!(
        API.answer_as("application/json", ""),
        Err(ModelError::EndedEarly),
        "what the Worker says of a body without a byte"
    );
    let failed = json!({ "status": "failed", "error": { "code": "rate_limit_exceeded" } }).to_string();
    assert_eq!(API.answer_as("application/json", &failed), Err(ModelError::RateLimited { retry_at: None }));
    let down = support::answered(ModelApi::Responses, &deputy_http::response(502, "<html>"), &config());
    assert_eq!(down, Err(ModelError::Down { status: 502 }));
}
