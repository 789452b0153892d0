//! The scripted model over the Responses API: the same script as chat completions, in its own shape.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use deputy_offline::{model, options::Options, world::World};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn send(world: &Arc<World>, key: bool, body: &Value) -> (StatusCode, String) {
    let mut request = Request::post("/v1/responses").header(header::CONTENT_TYPE, "application/json");
    if key {
        request = request.header(header::AUTHORIZATION, "Bearer any");
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = model::router(Arc::clone(world)).oneshot(request).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

fn request(input: Value) -> Value {
    let tool =
        |name: &str| json!({"type": "function", "name": name, "parameters": {"type": "object"}, "strict": false});
    json!({"model": "scripted", "instructions": "Be kind.\nTime zone: Europe/Berlin", "input": input, "tools": [tool("getLocalTime"), tool("getWeatherInformation")]})
}

#[tokio::test]
async fn a_sentence_leads_to_parallel_calls_and_their_results_to_a_text() {
    let world = World::new(Options::default()).unwrap();
    let sentence = "Two things: weather in Paris and time in Tokyo";
    let (status, text) = send(&world, true, &request(json!(sentence))).await;
    assert_eq!(status, StatusCode::OK);
    let asked: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&asked["object"], &asked["status"]), (&json!("response"), &json!("completed")));
    let calls = asked["output"].as_array().unwrap();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call["type"] == "function_call" && call["status"] == "completed"));
    let mut input = vec![json!({"role": "user", "content": sentence})];
    input.extend(calls.iter().cloned());
    input.extend(
        calls.iter().map(|call| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"})),
    );
    let (_, text) = send(&world, true, &request(json!(input))).await;
    let said: Value = serde_json::from_str(&text).unwrap();
    let said = said["output"][0]["content"][0]["text"].as_str().unwrap();
    assert!(said.contains("sunny") && said.contains("Tokyo"), "{said}");
}

#[tokio::test]
async fn a_stream_ends_with_the_completed_response() {
    let world = World::new(Options::default()).unwrap();
    let mut body = request(json!("Hello"));
    body["stream"] = json!(true);
    let (status, text) = send(&world, true, &body).await;
    assert_eq!(status, StatusCode::OK);
    let events: Vec<(String, Value)> = text
        .split("\n\n")
        .filter(|event| !event.is_empty())
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            (name.strip_prefix("event: ").unwrap().to_owned(), data)
        })
        .collect();
    assert!(events.iter().all(|(name, data)| data["type"] == name.as_str()));
    let said: String = events
        .iter()
        .filter(|(name, _)| name == "response.output_text.delta")
        .map(|(_, data)| data["delta"].as_str().unwrap())
        .collect();
    let (name, last) = events.last().unwrap();
    assert_eq!(name, "response.completed");
    assert_eq!(last["response"]["output"][0]["content"][0]["text"], said.as_str());
    assert!(last["response"]["usage"]["total_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn requests_are_refused_in_openais_shape() {
    let world = World::new(Options::default()).unwrap();
    assert_eq!(send(&world, false, &request(json!("Hello"))).await.0, StatusCode::UNAUTHORIZED);
    for (body, param) in [
        (json!({"input": "x"}), "model"),
        (json!({"model": "m"}), "input"),
        (json!({"model": "m", "input": []}), "messages"),
        (json!({"model": "m", "input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]}), "input"),
    ] {
        let (status, text) = send(&world, true, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["error"]["param"], param, "{text}");
    }
    let rules = json!([{"name": "down", "when": "^down$", "error": {"status": 503, "code": "overloaded"}}]);
    model::set_rules(&world, &rules).unwrap();
    assert_eq!(send(&world, true, &request(json!("down"))).await.0, StatusCode::SERVICE_UNAVAILABLE);
}
