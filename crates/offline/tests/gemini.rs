//! The scripted model over Google's Gemini API: the same script in contents and parts, and every refusal that a client can run into.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use deputy_offline::{model, options::Options, world::World};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

fn world() -> Arc<World> {
    World::new(Options::default()).unwrap()
}

async fn call(world: &Arc<World>, path: &str, key: Option<&str>, body: &Value) -> (StatusCode, String) {
    let mut request = Request::post(format!("/v1beta/models/{path}")).header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header("x-goog-api-key", key);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = model::router(Arc::clone(world)).oneshot(request).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

async fn generate(world: &Arc<World>, model: &str, body: &Value) -> Vec<Value> {
    let (status, text) = call(world, &format!("{model}:generateContent"), Some("any"), body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["candidates"][0]["content"]["parts"].as_array().unwrap().clone()
}

async fn refused(world: &Arc<World>, body: &Value) -> String {
    let (status, text) = call(world, "gemini-3-flash:streamGenerateContent?alt=sse", Some("any"), body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&body["error"]["code"], &body["error"]["status"]), (&json!(400), &json!("INVALID_ARGUMENT")));
    body["error"]["message"].as_str().unwrap().to_owned()
}

fn request(contents: Value) -> Value {
    let city = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    json!({
        "contents": contents, "systemInstruction": {"parts": [{"text": "Time zone: Europe/Berlin"}]},
        "tools": [{"functionDeclarations": [{"name": "getLocalTime", "description": "t"}, {"name": "getWeatherInformation", "description": "w", "parameters": city}]}],
        "generationConfig": {"maxOutputTokens": 1000},
    })
}

fn user(text: &str) -> Value {
    json!({"role": "user", "parts": [{"text": text}]})
}

fn results(parts: &[Value]) -> Value {
    let result = |part: &Value| {
        let call = &part["functionCall"];
        json!({"functionResponse": {"id": call["id"], "name": call["name"], "response": {"output": "sunny"}}})
    };
    json!({"role": "user", "parts": parts.iter().map(result).collect::<Vec<_>>()})
}

#[tokio::test]
async fn a_sentence_leads_to_parallel_calls_and_their_results_to_a_text() {
    let world = world();
    let sentence = "Two things: weather in Paris and time in Tokyo";
    let asked = generate(&world, "gemini-3-flash", &request(json!([user(sentence)]))).await;
    assert_eq!(asked.len(), 2);
    assert!(asked[0]["thoughtSignature"].is_string() && asked[1].get("thoughtSignature").is_none());
    let contents = json!([user(sentence), {"role": "model", "parts": asked}, results(&asked)]);
    let said = generate(&world, "gemini-3-flash", &request(contents)).await;
    let text = said[0]["text"].as_str().unwrap();
    assert!(text.contains("sunny") && text.contains("Tokyo"), "{text}");
}

/// Older models give no ids and take calls without a signature.
#[tokio::test]
async fn older_models_have_neither_ids_nor_signatures() {
    let world = world();
    let sentence = "weather in Paris";
    let mut asked = generate(&world, "gemini-2.5-flash", &request(json!([user(sentence)]))).await;
    assert!(asked[0]["functionCall"].get("id").is_none());
    asked[0].as_object_mut().unwrap().remove("thoughtSignature");
    let result = json!({"role": "user", "parts": [{"functionResponse": {"name": "getWeatherInformation", "response": {"sky": "blue"}}}]});
    let contents = json!([user(sentence), {"role": "model", "parts": asked}, result]);
    generate(&world, "gemini-2.5-flash", &request(contents)).await;
}

#[tokio::test]
async fn a_stream_ends_with_the_reason_and_the_usage() {
    let world = world();
    let rules = json!([{"name": "ponder", "when": "^ponder", "think": "Hm, let me see.", "say": "Forty two."}]);
    model::set_rules(&world, &rules).unwrap();
    let (status, text) =
        call(&world, "gemini-3-flash:streamGenerateContent?alt=sse", Some("any"), &request(json!([user("ponder")])))
            .await;
    assert_eq!(status, StatusCode::OK);
    let chunks: Vec<Value> = text
        .split("\r\n\r\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let texts = |thought: bool| {
        chunks
            .iter()
            .flat_map(|chunk| chunk["candidates"][0]["content"]["parts"].as_array().unwrap())
            .filter(|part| part.get("thought").is_some() == thought)
            .map(|part| part["text"].as_str().unwrap())
            .collect::<String>()
    };
    assert_eq!((texts(true).as_str(), texts(false).as_str()), ("Hm, let me see.", "Forty two."));
    let last = chunks.last().unwrap();
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    assert_eq!(
        (last["usageMetadata"]["thoughtsTokenCount"].as_u64(), last["usageMetadata"]["candidatesTokenCount"].as_u64()),
        (Some(4), Some(2))
    );
}

#[tokio::test]
async fn signatures_come_back_on_their_part() {
    let world = world();
    let asked = generate(&world, "gemini-3-flash", &request(json!([user("weather in Paris")]))).await;
    let with =
        |part: Value| request(json!([user("weather in Paris"), {"role": "model", "parts": [part]}, results(&asked)]));
    let change = |name: &str, value: Value| {
        let mut part = asked[0].clone();
        part[name] = value;
        part
    };
    let mut bare = asked[0].clone();
    bare.as_object_mut().unwrap().remove("thoughtSignature");
    assert!(refused(&world, &with(bare)).await.contains("missing a thought_signature"));
    assert_eq!(
        refused(&world, &with(change("thoughtSignature", json!("AAAA")))).await,
        "Thought signature is not valid."
    );
    let mut call = asked[0]["functionCall"].clone();
    call["args"] = json!({"city": "Rome"});
    assert_eq!(refused(&world, &with(change("functionCall", call))).await, "Thought signature is not valid.");
    generate(&world, "gemini-3-flash", &with(change("thoughtSignature", json!("skip_thought_signature_validator"))))
        .await;
}

#[tokio::test]
async fn what_the_api_refuses_is_refused_in_its_words() {
    let world = world();
    let called = json!({"role": "model", "parts": [{"functionCall": {"name": "getLocalTime", "args": {}}, "thoughtSignature": "skip_thought_signature_validator"}]});
    let response = |name: &str, response: Value| json!({"role": "user", "parts": [{"functionResponse": {"name": name, "response": response}}]});
    let change = |name: &str, value: Value| {
        let mut body = request(json!([user("hello")]));
        body[name] = value;
        body
    };
    let declared = |function: Value| json!([{"functionDeclarations": [function]}]);
    let cases = [
        (change("contents", json!([])), "contents is not specified"),
        (change("max_tokens", json!(1)), "Unknown name \"max_tokens\""),
        (change("systemInstruction", json!({"parts": [{"text": ""}]})), "must not be empty"),
        (change("generationConfig", json!({"maxOutputTokens": 0})), "must be positive"),
        (request(json!([{"role": "user", "parts": []}])), "contents.parts must not be empty"),
        (request(json!([{"role": "user", "parts": [{"text": ""}]}])), "must have a text parameter"),
        (request(json!([{"role": "user", "parts": [{}]}])), "must have one initialized field"),
        (request(json!([{"role": "assistant", "parts": [{"text": "x"}]}])), "valid role: user, model"),
        (request(json!([user("a"), user("b")])), "alternate between user and model"),
        (
            request(json!([{"role": "model", "parts": [{"text": "x"}]}, user("a")])),
            "comes immediately after a user turn",
        ),
        (request(json!([user("a"), {"role": "model", "parts": [{"text": "x"}]}])), "end with a user role"),
        (request(json!([user("a"), called, user("b")])), "number of function response parts is equal"),
        (
            request(json!([user("a"), called, response("getWeatherInformation", json!({}))])),
            "number of function response parts is equal",
        ),
        (request(json!([user("a"), called, response("getLocalTime", json!("12:00"))])), "google.protobuf.Struct"),
        (change("tools", declared(json!({"name": "a b"}))), "Invalid function name"),
        (
            change("tools", declared(json!({"name": "a", "parameters": {"type": "object", "properties": {}}}))),
            "should be non-empty",
        ),
        (
            change(
                "tools",
                declared(json!({"name": "a", "parameters": {"type": "object", "additionalProperties": false}})),
            ),
            "additionalProperties",
        ),
        (change("tools", declared(json!({"name": "a", "strict": true}))), "Unknown name \"strict\""),
    ];
    for (body, words) in cases {
        let message = refused(&world, &body).await;
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[tokio::test]
async fn keys_addresses_and_faults() {
    let world = world();
    let body = request(json!([user("hello")]));
    let (status, text) = call(&world, "gemini-3-flash:streamGenerateContent", None, &body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let error: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(error[0]["error"]["status"], "PERMISSION_DENIED", "a list without alt=sse");
    assert_eq!(call(&world, "gemini-3-flash:countTokens", Some("k"), &body).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call(&world, "gemini-3-flash:generateContent?key=k", None, &body).await.0, StatusCode::OK);
    let busy = call(&world, "gemini-3-flash:generateContent", Some("k"), &request(json!([user("be busy")]))).await;
    let error: Value = serde_json::from_str(&busy.1).unwrap();
    assert_eq!((busy.0, &error["error"]["status"]), (StatusCode::TOO_MANY_REQUESTS, &json!("RESOURCE_EXHAUSTED")));
    assert_eq!(error["error"]["details"][0]["retryDelay"], "2s");
    let rules = json!([{"name": "full", "when": "^full$", "say": "One two three four.",
        "error": {"status": 503, "code": "UNAVAILABLE", "message": "The model is overloaded.", "in_stream": true}}]);
    model::set_rules(&world, &rules).unwrap();
    let (status, text) =
        call(&world, "gemini-3-flash:streamGenerateContent?alt=sse", Some("k"), &request(json!([user("full")]))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("One ") && text.contains("UNAVAILABLE") && !text.contains("STOP"), "{text}");
}
