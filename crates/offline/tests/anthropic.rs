//! The scripted model over Anthropic's Messages API: the same script in blocks, and every refusal of the API that a client can run into.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use deputy_offline::{model, options::Options, world::World};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

fn world() -> Arc<World> {
    World::new(Options::default()).unwrap()
}

async fn ask(world: &Arc<World>, headers: &[(&str, &str)], body: &Value) -> Response {
    let mut request = Request::post("/v1/messages").header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    model::router(Arc::clone(world)).oneshot(request).await.unwrap()
}

async fn send(world: &Arc<World>, body: &Value) -> (StatusCode, String) {
    let response = ask(world, &[("x-api-key", "any"), ("anthropic-version", "2023-06-01")], body).await;
    let status = response.status();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

async fn message(world: &Arc<World>, body: &Value) -> Value {
    let (status, text) = send(world, body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn refused(world: &Arc<World>, body: &Value) -> String {
    let (status, text) = send(world, body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&body["type"], &body["error"]["type"]), (&json!("error"), &json!("invalid_request_error")));
    body["error"]["message"].as_str().unwrap().to_owned()
}

fn request(messages: Value) -> Value {
    let tool = |name: &str| json!({"name": name, "description": name, "input_schema": {"type": "object"}});
    json!({
        "model": "claude-sonnet-4-5", "max_tokens": 1000, "system": [{"type": "text", "text": "Time zone: Europe/Berlin", "cache_control": {"type": "ephemeral"}}],
        "messages": messages, "tools": [tool("getLocalTime"), tool("getWeatherInformation")],
    })
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

/// A model that thinks before it calls.
fn thoughtful(world: &Arc<World>) {
    let rules = json!([{"name": "ponder", "when": "^ponder", "think": "Tokyo is far away.", "call": [{"tool": "getLocalTime", "arguments": {}}],
        "then": [{"is": "present", "say": "It is {{result}}."}]}]);
    model::set_rules(world, &rules).unwrap();
}

#[tokio::test]
async fn a_sentence_leads_to_parallel_calls_and_their_results_to_a_text() {
    let world = world();
    let sentence = "Two things: weather in Paris and time in Tokyo";
    let asked = message(&world, &request(json!([user(sentence)]))).await;
    assert_eq!((&asked["type"], &asked["stop_reason"]), (&json!("message"), &json!("tool_use")));
    let calls = asked["content"].as_array().unwrap();
    assert!(calls.len() == 2 && calls.iter().all(|call| call["type"] == "tool_use" && call["input"].is_object()));
    let result = |call: &Value| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "sunny"});
    let results: Vec<Value> = calls.iter().map(result).collect();
    let messages =
        json!([user(sentence), {"role": "assistant", "content": calls}, {"role": "user", "content": results}]);
    let said = message(&world, &request(messages)).await;
    let text = said["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("sunny") && text.contains("Tokyo"), "{text}");
    assert_eq!(said["stop_reason"], "end_turn");
    assert!(
        said["usage"]["input_tokens"].as_u64().unwrap() > 0 && said["usage"]["output_tokens"].as_u64().unwrap() > 0
    );
}

#[tokio::test]
async fn a_stream_has_a_start_blocks_and_a_stop() {
    let world = world();
    thoughtful(&world);
    let mut body = request(json!([user("ponder")]));
    body["stream"] = json!(true);
    let (status, text) = send(&world, &body).await;
    assert_eq!(status, StatusCode::OK);
    let events: Vec<Value> = text
        .split("\n\n")
        .filter(|event| !event.is_empty())
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(data["type"], name.strip_prefix("event: ").unwrap());
            data
        })
        .collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[1], kinds[kinds.len() - 1]), ("message_start", "ping", "message_stop"));
    let blocks: Vec<&Value> = events.iter().filter(|event| event["type"] == "content_block_start").collect();
    assert_eq!(blocks[0]["content_block"]["type"], "thinking");
    assert_eq!(blocks[1]["content_block"]["name"], "getLocalTime");
    assert!(events.iter().any(|event| event["delta"]["type"] == "signature_delta"));
    assert_eq!(events[events.len() - 2]["delta"]["stop_reason"], "tool_use");
}

#[tokio::test]
async fn thoughts_come_back_as_they_were_signed() {
    let world = world();
    thoughtful(&world);
    let asked = message(&world, &request(json!([user("ponder")]))).await;
    let blocks = asked["content"].as_array().unwrap();
    let result = json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": blocks[1]["id"], "content": "12:00"}]});
    let with = |content: Value| request(json!([user("ponder"), {"role": "assistant", "content": content}, result]));
    let said = message(&world, &with(json!(blocks))).await;
    assert_eq!(said["content"][0]["text"], "It is 12:00.");
    let without = refused(&world, &with(json!([blocks[1]]))).await;
    assert!(without.contains("must start with a thinking block"), "{without}");
    let mut changed = blocks[0].clone();
    changed["thinking"] = json!("Tokyo is near.");
    let changed = refused(&world, &with(json!([changed, blocks[1]]))).await;
    assert!(changed.contains("Invalid `signature` in `thinking` block"), "{changed}");
}

#[tokio::test]
async fn what_the_api_refuses_is_refused_in_its_words() {
    let world = world();
    let call = json!({"type": "tool_use", "id": "toolu_p1", "name": "getLocalTime", "input": {}});
    let called = json!({"role": "assistant", "content": [call]});
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_p1", "content": "12:00"});
    let change = |name: &str, value: Value| {
        let mut body = request(json!([user("hello")]));
        body[name] = value;
        body
    };
    let drop = |name: &str| {
        let mut body = request(json!([user("go"), called, {"role": "user", "content": [result]}]));
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let messages = |messages: Value| request(messages);
    let text = |text: &str| json!({"type": "text", "text": text});
    let cases = [
        (drop("max_tokens"), "max_tokens: Field required"),
        (drop("model"), "model: Field required"),
        (drop("messages"), "at least one message is required"),
        (drop("tools"), "must define tools"),
        (change("max_tokens", json!(0)), "greater than or equal to 1"),
        (change("stream_options", json!({})), "stream_options: Extra inputs are not permitted"),
        (
            messages(json!([{"role": "assistant", "content": "Hi."}, user("hello")])),
            "first message must use the \"user\" role",
        ),
        (messages(json!([user("a"), user("b")])), "roles must alternate"),
        (
            messages(json!([user("a"), {"role": "assistant", "content": "b"}])),
            "does not support assistant message prefill",
        ),
        (messages(json!([{"role": "system", "content": "x"}])), "top-level `system` parameter"),
        (messages(json!([user("")])), "must be non-empty"),
        (messages(json!([user(" \n")])), "must contain non-whitespace text"),
        (messages(json!([{"role": "user", "content": []}])), "must have non-empty content"),
        (
            messages(json!([user("go"), called, user("and?")])),
            "without `tool_result` blocks immediately after: toolu_p1",
        ),
        (
            messages(json!([user("go"), {"role": "assistant", "content": "x"}, {"role": "user", "content": [result]}])),
            "unexpected `tool_use_id`",
        ),
        (
            messages(json!([user("go"), called, {"role": "user", "content": [text("x"), result]}])),
            "must come before all other content",
        ),
        (
            messages(
                json!([user("go"), {"role": "assistant", "content": [{"type": "tool_use", "id": "a.b", "name": "x", "input": {}}]}]),
            ),
            "should match pattern",
        ),
        (
            messages(
                json!([user("go"), {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "a.b", "input": {}}]}]),
            ),
            "should match pattern",
        ),
        (
            messages(
                json!([user("go"), {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "b", "input": "{}"}]}]),
            ),
            "valid dictionary",
        ),
        (change("tools", json!([{"name": "a b", "input_schema": {"type": "object"}}])), "should match pattern"),
        (change("tools", json!([{"name": "a", "input_schema": {}}])), "input_schema.type"),
        (
            change("tools", json!([{"name": "a", "input_schema": {"type": "object"}, "strict": false}])),
            "strict: Extra inputs",
        ),
        (change("system", json!([{"type": "text", "text": ""}])), "must be non-empty"),
        (
            change("system", json!([{"type": "text", "text": "x", "cache_control": {"type": "for ever"}}])),
            "should be 'ephemeral'",
        ),
    ];
    for (body, words) in cases {
        let message = refused(&world, &body).await;
        assert!(message.contains(words), "{words}: {message}");
    }
    let marked = json!({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}});
    let many = change("messages", json!([{"role": "user", "content": [marked, marked, marked, marked]}]));
    assert!(refused(&world, &many).await.contains("Found 5"));
}

#[tokio::test]
async fn key_version_and_scripted_faults() {
    let world = world();
    let body = request(json!([user("hello")]));
    let response = ask(&world, &[("anthropic-version", "2023-06-01")], &body).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    for headers in [vec![("x-api-key", "k")], vec![("x-api-key", "k"), ("anthropic-version", "tomorrow")]] {
        assert_eq!(ask(&world, &headers, &body).await.status(), StatusCode::BAD_REQUEST);
    }
    let overloaded = |in_stream: bool| {
        json!([{"name": "full", "when": "^full$", "say": "One two three four.",
        "error": {"status": 529, "code": "overloaded", "message": "Overloaded", "retry_after": 3, "in_stream": in_stream}}])
    };
    model::set_rules(&world, &overloaded(false)).unwrap();
    let mut full = request(json!([user("full")]));
    full["stream"] = json!(true);
    let response = ask(&world, &[("x-api-key", "k"), ("anthropic-version", "2023-06-01")], &full).await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (529, "3"));
    model::set_rules(&world, &overloaded(true)).unwrap();
    let (status, text) = send(&world, &full).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("One ") && text.contains("event: error\n") && text.contains("overloaded_error"), "{text}");
    assert!(!text.contains("message_stop"));
}
