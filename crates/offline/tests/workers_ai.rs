//! The scripted model as Workers AI: the platform's own form, that of newer models, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use deputy_offline::{model, options::Options, world::World};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const LLAMA: &str = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
const NEWER: &str = "@cf/zai-org/glm-4.7-flash";

fn world() -> Arc<World> {
    World::new(Options::default()).unwrap()
}

async fn run(world: &Arc<World>, model: &str, key: bool, body: &Value) -> (StatusCode, String) {
    let mut request = Request::post(format!("/client/v4/accounts/a1/ai/run/{model}"))
        .header(header::CONTENT_TYPE, "application/json");
    if key {
        request = request.header(header::AUTHORIZATION, "Bearer any");
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = model::router(Arc::clone(world)).oneshot(request).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

async fn result(world: &Arc<World>, model: &str, body: &Value) -> Value {
    let (status, text) = run(world, model, true, body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["success"], true);
    answer["result"].clone()
}

fn request(sentence: &str, rest: &[Value]) -> Value {
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "description": name, "parameters": {"type": "object", "properties": {}}}});
    let mut messages = vec![
        json!({"role": "system", "content": "Time zone: Europe/Berlin"}),
        json!({"role": "user", "content": sentence}),
    ];
    messages.extend(rest.iter().cloned());
    json!({"messages": messages, "tools": [tool("getLocalTime"), tool("getWeatherInformation")], "max_tokens": 500})
}

#[tokio::test]
async fn a_sentence_leads_to_parallel_calls_and_their_results_to_a_text() {
    let world = world();
    let sentence = "Two things: weather in Paris and time in Tokyo";
    let asked = result(&world, LLAMA, &request(sentence, &[])).await;
    assert_eq!(asked["response"], "");
    let calls = asked["tool_calls"].as_array().unwrap();
    assert!(calls.len() == 2 && calls.iter().all(|call| call["arguments"].is_object() && call.get("id").is_none()));
    let sent = |(at, call): (usize, &Value)| {
        let function = json!({"name": call["name"], "arguments": call["arguments"].to_string()});
        json!({"id": format!("c{at}"), "type": "function", "function": function})
    };
    let sent: Vec<Value> = calls.iter().enumerate().map(sent).collect();
    let mut rest = vec![json!({"role": "assistant", "content": "", "tool_calls": sent})];
    rest.extend((0..2).map(|at| json!({"role": "tool", "tool_call_id": format!("c{at}"), "content": "sunny"})));
    let said = result(&world, LLAMA, &request(sentence, &rest)).await;
    let text = said["response"].as_str().unwrap();
    assert!(text.contains("sunny") && text.contains("Tokyo"), "{text}");
    let newer = result(&world, NEWER, &request(sentence, &[])).await;
    let call = &newer["choices"][0]["message"]["tool_calls"][0];
    assert!(call["id"].is_string() && call["function"]["arguments"].is_string(), "{newer}");
}

#[tokio::test]
async fn streams_in_both_forms_end_with_done() {
    let world = world();
    let mut body = request("weather in Paris", &[]);
    body["stream"] = json!(true);
    let (_, older) = run(&world, LLAMA, true, &body).await;
    assert!(
        older.contains("\"tool_calls\":[{\"arguments\":{\"city\":\"Paris\"},\"name\":\"getWeatherInformation\"}]"),
        "{older}"
    );
    assert!(older.contains("\"usage\"") && older.ends_with("data: [DONE]\n\n"));
    let (_, newer) = run(&world, NEWER, true, &body).await;
    assert!(newer.contains("chat.completion.chunk") && newer.ends_with("data: [DONE]\n\n"), "{newer}");
}

#[tokio::test]
async fn what_the_platform_refuses_has_its_number() {
    let world = world();
    let good = request("hello", &[]);
    let code = |text: &str| serde_json::from_str::<Value>(text).unwrap()["errors"][0]["code"].as_u64().unwrap();
    let (status, text) = run(&world, LLAMA, false, &good).await;
    assert_eq!((status, code(&text)), (StatusCode::UNAUTHORIZED, 10_000));
    let (status, text) = run(&world, "gpt-4o", true, &good).await;
    assert_eq!((status, code(&text)), (StatusCode::BAD_REQUEST, 5007));
    let call = json!({"id": "c", "type": "function", "function": {"name": "getLocalTime", "arguments": {}}});
    let bad = [
        (json!({"prompt_only": 1}), "'messages'"),
        (request("x", &[json!({"role": "assistant", "content": null})]), "'null' not in 'string'"),
        (
            request("x", &[json!({"role": "assistant", "content": "", "tool_calls": [call]})]),
            "'object' not in 'string'",
        ),
        (
            json!({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": "a"}}]}),
            "name,description,parameters",
        ),
        (json!({"messages": [{"role": "user", "content": "x"}], "max_tokens": "9"}), "'string' not in 'integer'"),
    ];
    for (body, words) in bad {
        let (status, text) = run(&world, LLAMA, true, &body).await;
        assert_eq!((status, code(&text)), (StatusCode::BAD_REQUEST, 5006), "{text}");
        assert!(text.contains(words), "{words}: {text}");
    }
    let (status, text) = run(&world, LLAMA, true, &request("be down", &[])).await;
    assert_eq!((status, code(&text)), (StatusCode::SERVICE_UNAVAILABLE, 3040));
}
