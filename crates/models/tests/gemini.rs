//! Streams of Google's Gemini API (`vectors/`), cut in every way, and what goes wrong with them.

mod support;

use deputy_models::{FinishReason, ModelApi, ModelError, ModelEvent};
use serde_json::{Value, json};

use support::{Reader, bare, call, event, finished, provided, reasoning, text, usage};

const API: Reader = Reader { api: ModelApi::Gemini, bare: false };
const TEXT: &str = include_str!("vectors/gemini-text.sse");
const TOOLS: &str = include_str!("vectors/gemini-tools.sse");
const OVERLOADED: &str = include_str!("vectors/gemini-overloaded.sse");

fn said(parts: Value, reason: Option<&str>) -> String {
    let candidate = json!({ "content": { "parts": parts, "role": "model" }, "finishReason": reason, "index": 0 });
    event(&json!({ "candidates": [candidate] }))
}

/// OA-09, CF-14: thoughts are told from text; what was thought is counted with the answer, what was cached with the prompt.
#[test]
fn oa_09_cf_14_text_thoughts_and_a_prompt_that_was_cached() {
    let cost = ModelEvent::Usage { input_tokens: 1021, output_tokens: 13, cached_tokens: 900 };
    let expected = vec![reasoning("**Greeting**\n"), text("Grüße, \"Ada\" 🦀\n"), cost, finished(FinishReason::Stop)];
    assert_eq!(API.whole(TEXT), (expected, None));
}

/// T5: a signature is kept with the call it came with; ids only where the provider gave them.
#[test]
fn t05_a_signature_is_kept_with_its_call() {
    let (events, failure) = API.whole(TOOLS);
    let expected = vec![
        reasoning("Dates first."),
        text("Let me see."),
        call("fc_1", "checkUsersCalendar", json!({ "date": "2026-11-24T09:00" })),
        call("call_s1_1", "getLocalTime", json!({})),
        call("call_s1_2", "getLocalTime", json!({})),
        usage(40, 36),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!((bare(events.clone()), failure), (expected, None));
    let provided = provided(&events);
    assert_eq!(Value::from(provided[0].call.clone()), json!({ "thoughtSignature": "CskBAY89a18t" }));
    assert!(provided[1].call.is_empty() && provided[1].id.is_empty() && provided[0].id == "fc_1");
    let signed = said(
        json!([{ "text": "One. " }, { "text": "Two.", "thoughtSignature": "c2ln" }, { "functionCall": { "name": "a" } }]),
        Some("STOP"),
    );
    let (events, _) = API.whole(&signed);
    let ModelEvent::ToolCall(call) = &events[1] else { panic!("{events:?}") };
    assert_eq!(
        call.provided.as_ref().unwrap().step["signedText"],
        json!({ "text": "Two.", "thoughtSignature": "c2ln" })
    );
}

#[test]
fn text_before_a_failure_is_kept_and_the_failure_has_its_type() {
    assert_eq!(API.whole(OVERLOADED), (vec![text("Half")], Some(ModelError::Overloaded { retry_at: None })));
    let internal = OVERLOADED
        .replace("503", "500")
        .replace("UNAVAILABLE", "INTERNAL")
        .replace("The model is overloaded. Please try again later.", "no");
    assert_eq!(API.whole(&internal), (vec![text("Half")], Some(ModelError::Down { status: 500 })));
}

#[test]
fn a_prompt_that_is_blocked_is_not_answered() {
    let blocked = json!({ "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" }, "usageMetadata": { "promptTokenCount": 9 } });
    assert_eq!(API.whole(&event(&blocked)), (vec![], Some(ModelError::ContentFiltered)));
    let ratings = json!([{ "category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true }]);
    let safety = json!({ "candidates": [{ "finishReason": "SAFETY", "index": 0, "safetyRatings": ratings }] });
    assert_eq!(API.whole(&event(&safety)), (vec![finished(FinishReason::ContentFilter)], None));
    let after = said(json!([{ "text": "Half" }]), None) + &event(&safety);
    assert_eq!(API.whole(&after), (vec![text("Half"), finished(FinishReason::ContentFilter)], None));
}

#[test]
fn why_it_stopped() {
    let reasons = [
        ("MAX_TOKENS", Ok(FinishReason::Length)),
        ("RECITATION", Ok(FinishReason::ContentFilter)),
        ("SPII", Ok(FinishReason::ContentFilter)),
        ("LANGUAGE", Ok(FinishReason::Other)),
        ("OF_TOMORROW", Ok(FinishReason::Other)),
        ("MALFORMED_FUNCTION_CALL", Err(ModelError::CallSlip)),
        ("UNEXPECTED_TOOL_CALL", Err(ModelError::CallSlip)),
    ];
    for (reason, expected) in reasons {
        let (events, failure) = API.whole(&said(json!([{ "text": "Hi" }]), Some(reason)));
        match expected {
            Ok(expected) => assert_eq!((events, failure), (vec![text("Hi"), finished(expected)], None), "{reason}"),
            Err(expected) => assert_eq!((events, failure), (vec![text("Hi")], Some(expected)), "{reason}"),
        }
    }
}

/// T14: what nobody knows is nothing, the cost never ends a turn, and a reason in every event ends nothing.
#[test]
fn t14_odd_streams_are_understood() {
    let odd = [
        json!({ "candidates": [{ "content": { "parts": [{ "text": "One" }] }, "finishReason": "STOP" }], "usageMetadata": { "promptTokenCount": -1 } }),
        json!({ "candidates": [{ "content": { "parts": [{ "text": " two" }, { "inlineData": { "data": "x" } }, null, 5] }, "finishReason": "STOP" }] }),
        json!({ "candidates": [{ "content": null, "finishReason": null, "groundingMetadata": {} }], "usageMetadata": "none" }),
        json!({ "candidates": [], "usageMetadata": { "promptTokenCount": 8.0, "candidatesTokenCount": "3" } }),
        json!({ "responseId": "r" }),
    ];
    let body: String = odd.iter().map(event).collect();
    assert_eq!(API.whole(&body), (vec![text("One two"), usage(8, 3), finished(FinishReason::Stop)], None));
}

/// Any cut of the same bytes gives the same answer.
#[test]
fn cuts_do_not_matter() {
    for vector in [TEXT, TOOLS, OVERLOADED] {
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

/// Wherever the connection breaks, the answer is complete or said to be incomplete, and no call gets out of a half answer.
#[test]
fn a_stream_that_breaks_off_is_never_taken_for_complete() {
    for vector in [TEXT, TOOLS] {
        let reason_at = vector.find("\"finishReason\"").unwrap();
        for cut in 0..vector.len() {
            let (events, failure) = API.run([&vector.as_bytes()[..cut]]);
            let complete = matches!(events.last(), Some(ModelEvent::Finished(_)));
            assert_eq!(failure, (!complete).then_some(ModelError::EndedEarly), "cut at {cut}");
            assert!(!complete || cut > reason_at);
            assert!(complete || !events.iter().any(|event| matches!(event, ModelEvent::ToolCall(_))));
        }
    }
}

/// OA-09: one object, or the list that a stream is without `alt=sse`.
#[test]
fn oa_09_an_answer_that_is_not_streamed() {
    let chunk = |parts: Value, reason: Option<&str>| json!({ "candidates": [{ "content": { "parts": parts }, "finishReason": reason }], "usageMetadata": { "promptTokenCount": 8, "candidatesTokenCount": 3 } });
    let one = chunk(
        json!([{ "text": "Let me see." }, { "functionCall": { "name": "listChannels", "args": { "a": 1 } } }]),
        Some("STOP"),
    );
    let list = json!([
        chunk(json!([{ "text": "Let me" }]), None),
        chunk(
            json!([{ "text": " see." }, { "functionCall": { "name": "listChannels", "args": { "a": 1 } } }]),
            Some("STOP")
        ),
    ]);
    let expected = vec![
        text("Let me see."),
        call("call_s1_0", "listChannels", json!({ "a": 1 })),
        usage(8, 3),
        finished(FinishReason::ToolCalls),
    ];
    assert_eq!(API.answer(200, &one), Ok(expected.clone()));
    assert_eq!(API.answer(200, &list), Ok(expected));
    assert_eq!(
        API.answer(200, &json!([{ "error": { "code": 503, "status": "UNAVAILABLE" } }])),
        Err(ModelError::Overloaded { retry_at: None })
    );
    for nothing in [json!({}), json!([]), json!({ "choices": [] })] {
        assert_eq!(API.answer(200, &nothing), Err(ModelError::Malformed), "{nothing}");
    }
}

/// OA-09: what the API answers instead of an answer, from its documentation and from reports.
#[test]
fn oa_09_each_error_has_its_meaning() {
    let error = |code: u16, status: &str, message: &str, details: Value| json!({ "error": { "code": code, "message": message, "status": status, "details": details } });
    let info = |reason: &str| json!([{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com" }]);
    let retry = json!([
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure" },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "22.5s" },
    ]);
    let none = || json!([]);
    let table = [
        (
            400,
            error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", info("API_KEY_INVALID")),
            ModelError::Unauthorized,
        ),
        (
            400,
            error(
                400,
                "INVALID_ARGUMENT",
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                none(),
            ),
            ModelError::ContextTooLong,
        ),
        (401, error(401, "UNAUTHENTICATED", "no", none()), ModelError::Unauthorized),
        (
            403,
            error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers", none()),
            ModelError::Forbidden,
        ),
        (
            404,
            error(404, "NOT_FOUND", "models/gemini-0 is not found for API version v1beta", none()),
            ModelError::NotFound("gpt-4o".into()),
        ),
        (
            429,
            error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", retry),
            ModelError::RateLimited { retry_at: Some(22_500) },
        ),
        (
            429,
            error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted", none()),
            ModelError::RateLimited { retry_at: None },
        ),
        (500, error(500, "INTERNAL", "An internal error has occurred", none()), ModelError::Down { status: 500 }),
        (503, error(503, "UNAVAILABLE", "The model is overloaded.", none()), ModelError::Overloaded { retry_at: None }),
        (504, error(504, "DEADLINE_EXCEEDED", "Deadline expired", none()), ModelError::TimedOut),
    ];
    for (status, body, expected) in table {
        assert_eq!(API.answer(status, &body), Err(expected.clone()), "{status} {body}");
        assert_eq!(API.answer(status, &json!([body])), Err(expected), "as a list: {status} {body}");
    }
}
