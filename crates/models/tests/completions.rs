//! Streams as providers send them (`vectors/`), cut in every way, and what goes wrong with them.

mod support;

use deputy_models::{FinishReason, ModelApi, ModelError, ModelEvent, ModelStream};
use serde_json::json;

use support::{Reader, call, config, finished, text, usage};

const API: Reader = Reader { api: ModelApi::ChatCompletions, bare: true };
const OPENAI_TEXT: &str = include_str!("vectors/openai-text.sse");
const OPENAI_TOOLS: &str = include_str!("vectors/openai-parallel-tools.sse");
const DEEPSEEK: &str = include_str!("vectors/deepseek-reasoning.sse");
const OPENROUTER_ERROR: &str = include_str!("vectors/openrouter-error.sse");
const GOOGLE: &str = include_str!("vectors/google-tools.sse");
const MISTRAL: &str = include_str!("vectors/mistral-parts.sse");

fn stream() -> ModelStream {
    ModelApi::ChatCompletions.stream(&config(), "call_s1")
}

/// OA-09: text, usage and end of OpenAI's own stream; one read gives one piece of text.
#[test]
fn oa_09_text_of_one_read_is_one_event() {
    let mut stream = stream();
    let events = stream.feed(OPENAI_TEXT.as_bytes()).unwrap();
    assert_eq!(events, [text("Grüße, \"Ada\" 🦀\n"), usage(21, 7), finished(FinishReason::Stop)]);
    assert!(stream.is_over());
    assert_eq!(stream.feed(b"data: garbage after the end\n\n"), Ok(vec![]));
    assert_eq!(stream.finish(), Ok(vec![]));
}

#[test]
fn parallel_calls_are_handed_out_complete() {
    let expected = vec![
        call("call_abc", "checkUsersCalendar", json!({ "date": "2026-11-24T09:00" })),
        call("call_def", "getLocalTime", json!({})),
        usage(21, 7),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.whole(OPENAI_TOOLS), (expected, None));
}

/// CF-14: reasoning parts are there to be sent.
#[test]
fn cf_14_reasoning_is_told_from_text() {
    let expected =
        vec![ModelEvent::Reasoning("Let me think.".into()), text("42"), usage(5, 9), finished(FinishReason::Stop)];
    assert_eq!(API.whole(DEEPSEEK), (expected, None));
}

#[test]
fn text_before_an_error_is_kept_and_the_error_has_its_type() {
    let mut stream = stream();
    let events = stream.feed(OPENROUTER_ERROR.as_bytes()).unwrap();
    assert_eq!(events, [ModelEvent::Reasoning("Hm".into()), text("Half")]);
    assert!(stream.is_over());
    assert_eq!(stream.feed(b": more\n\n"), Err(ModelError::Down { status: 502 }));
    assert_eq!(stream.finish(), Err(ModelError::Down { status: 502 }));
}

#[test]
fn no_done_unnumbered_calls_and_the_reason_stop_are_understood() {
    let expected = vec![
        call("function-call-1", "getWeatherInformation", json!({ "city": "Paris" })),
        call("call_s1_1", "getLocalTime", json!({})),
        usage(4, 3),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.whole(GOOGLE), (expected, None));
}

#[test]
fn content_in_parts_and_an_answer_cut_by_its_limit() {
    let expected =
        vec![ModelEvent::Reasoning("Hm".into()), text("Bonjour"), usage(1, 2), finished(FinishReason::Length)];
    assert_eq!(API.whole(MISTRAL), (expected, None));
}

/// Any cut of the same bytes gives the same answer.
#[test]
fn cuts_do_not_matter() {
    for vector in [OPENAI_TEXT, OPENAI_TOOLS, DEEPSEEK, OPENROUTER_ERROR, GOOGLE, MISTRAL] {
        let bytes = vector.as_bytes();
        let expected = API.whole(vector);
        for size in 1..64 {
            assert_eq!(API.run(bytes.chunks(size)), expected, "pieces of {size}");
        }
        for cut in 0..bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(API.run([head, tail]), expected, "cut at {cut}");
        }
    }
}

/// Wherever the connection breaks, the answer is complete or said to be incomplete, and no half call gets out.
#[test]
fn a_stream_that_breaks_off_is_never_taken_for_complete() {
    for vector in [OPENAI_TEXT, OPENAI_TOOLS, DEEPSEEK, GOOGLE, MISTRAL] {
        let (all, _) = API.whole(vector);
        let reason_at = ["\"finish_reason\":\"", "data: [DONE]"].iter().filter_map(|mark| vector.find(mark)).min();
        for cut in 0..vector.len() {
            let (events, failure) = API.run([&vector.as_bytes()[..cut]]);
            let complete = matches!(events.last(), Some(ModelEvent::Finished(_)));
            assert_eq!(failure, (!complete).then_some(ModelError::EndedEarly), "cut at {cut}");
            assert!(!complete || cut > reason_at.unwrap());
            let calls = events.iter().filter(|event| matches!(event, ModelEvent::ToolCall(_)));
            assert!(calls.into_iter().all(|event| all.contains(event)));
        }
    }
}

#[test]
fn what_is_no_answer_is_malformed() {
    let endings = [
        ("<!doctype html>\n<title>Proxy</title>\n", ModelError::Malformed),
        ("{\"not\":\"an event stream\"}", ModelError::Malformed),
        ("data: not json\n\n", ModelError::Malformed),
        ("data: {\"choices\":7}\n\n", ModelError::EndedEarly),
        ("data: {\"choices\":[{\"delta\":{\"content\":5}}]}\n\n", ModelError::EndedEarly),
        ("", ModelError::EndedEarly),
        (": only comments\n\n", ModelError::EndedEarly),
        ("data: [DONE]\n\n", ModelError::EndedEarly),
        ("event: ping\ndata: {\"type\":\"ping\"}\n\n", ModelError::EndedEarly),
    ];
    for (body, expected) in endings {
        assert_eq!(API.whole(body), (vec![], Some(expected)), "{body}");
    }
    let endless = [b'x'; 4096];
    assert_eq!(API.run(std::iter::repeat_n(endless.as_slice(), 300)), (vec![], Some(ModelError::Malformed)));
}

#[test]
fn an_end_without_a_finish_reason_counts_when_done_is_said() {
    let chunk = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    assert_eq!(API.whole(&format!("{chunk}data: [DONE]")).0, [text("Hi"), finished(FinishReason::Stop)]);
    assert_eq!(API.whole(chunk), (vec![text("Hi")], Some(ModelError::EndedEarly)));
    let filtered = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n";
    assert_eq!(API.whole(filtered), (vec![finished(FinishReason::ContentFilter)], None));
}

#[test]
fn a_message_repeated_in_the_last_chunk_is_not_said_twice() {
    let body = concat!(
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"message\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n",
    );
    assert_eq!(API.whole(body).0, [text("Hi"), finished(FinishReason::Stop)]);
}

#[test]
fn arguments_that_are_no_json_reach_the_engine_with_the_reason() {
    let body = concat!(
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"t\",",
        "\"arguments\":\"{\\\"a\\\":\"}}]},\"finish_reason\":\"length\"}]}\n\n"
    );
    let (events, failure) = API.whole(body);
    assert_eq!(failure, None);
    let [ModelEvent::ToolCall(call), ModelEvent::Finished(FinishReason::Length)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((call.id.as_str(), &call.arguments), ("c", &json!({})));
    assert!(call.arguments_error.as_ref().unwrap().contains("EOF"));
}

/// A call that is too large does not get out, even when it is complete.
#[test]
fn arguments_that_are_too_large_are_refused() {
    let function = json!({ "name": "t", "arguments": "x".repeat(300_000) });
    let choice = json!({ "delta": { "tool_calls": [{ "index": 0, "id": "c", "function": function }] }, "finish_reason": "tool_calls" });
    let body = format!("data: {}\n\n", json!({ "choices": [choice] }));
    assert_eq!(API.whole(&body), (vec![], Some(ModelError::ArgumentsTooLarge { limit: 256 * 1024 })));
}

/// OA-09: a server that does not stream is read as well.
#[test]
fn oa_09_an_answer_that_is_not_streamed() {
    let body = json!({ "object": "chat.completion", "choices": [{
        "index": 0,
        "message": { "role": "assistant", "content": "Let me see.", "reasoning": "Hm", "tool_calls": [
            { "id": "c1", "type": "function", "function": { "name": "getLocalTime", "arguments": "{}" } },
            { "id": "c2", "type": "function", "function": { "name": "listChannels", "arguments": "{\"a\":1}" } },
        ] },
        "finish_reason": "tool_calls",
    }], "usage": { "prompt_tokens": 8, "completion_tokens": 3 } });
    let expected = vec![
        ModelEvent::Reasoning("Hm".into()),
        text("Let me see."),
        call("c1", "getLocalTime", json!({})),
        call("c2", "listChannels", json!({ "a": 1 })),
        usage(8, 3),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.answer_as("application/json; charset=utf-8", &body.to_string()), Ok(expected));
    assert_eq!(API.answer_as("text/event-stream", OPENAI_TEXT).map(|events| events.len()), Ok(3));
}

#[test]
fn a_whole_body_that_is_no_answer() {
    for body in ["[]", "{}", "<html>", "{\"choices\":[]}", "{\"choices\":[{\"message\":{}}]}"] {
        assert_eq!(API.answer_as("application/json", body), Err(ModelError::Malformed), "{body}");
    }
    assert_eq!(
        API.answer_as("application/json", ""),
        Err(ModelError::EndedEarly),
        "what the Worker says of a body without a byte"
    );
    let error = json!({ "error": { "code": "rate_limit_exceeded" } }).to_string();
    assert_eq!(API.answer_as("application/json", &error), Err(ModelError::RateLimited { retry_at: None }));
    assert_eq!(API.answer_as("text/event-stream", "data: "), Err(ModelError::EndedEarly));
    let down = support::answered(ModelApi::ChatCompletions, &deputy_http::response(502, "<html>"), &config());
    assert_eq!(down, Err(ModelError::Down { status: 502 }));
}
