//! `/v1/embeddings` of the offline model: what it takes, what it refuses, and that the same text is the same vector.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use deputy_offline::{model, options::Options, world::World};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

async fn send(key: bool, body: &str) -> (u16, Value) {
    let mut request = Request::post("/v1/embeddings").header(header::CONTENT_TYPE, "application/json");
    if key {
        request = request.header(header::AUTHORIZATION, "Bearer any");
    }
    let world = World::new(Options::default()).unwrap();
    let response = model::router(world).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap())
}

#[tokio::test]
async fn each_text_has_one_vector_in_numbers_or_base64() {
    let body = json!({"model": "offline-embedding-small", "input": ["otters", "river", "otters"]});
    let (status, numbers) = send(true, &body.to_string()).await;
    assert_eq!((status, &numbers["object"]), (StatusCode::OK.as_u16(), &json!("list")));
    let data = numbers["data"].as_array().unwrap();
    assert_eq!(data.iter().map(|one| one["index"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(data[0]["embedding"].as_array().unwrap().len(), 256);
    assert!(data[0]["embedding"] == data[2]["embedding"] && data[0]["embedding"] != data[1]["embedding"]);
    let mut packed = body;
    packed["encoding_format"] = json!("base64");
    let (_, packed) = send(true, &packed.to_string()).await;
    let text = packed["data"][1]["embedding"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    let read = bytes.chunks(4).map(|four| f64::from(f32::from_le_bytes(four.try_into().unwrap())));
    for (packed, number) in read.zip(data[1]["embedding"].as_array().unwrap()) {
        assert!((packed - number.as_f64().unwrap()).abs() < 1e-6);
    }
    let short = json!({"model": "offline-embedding-large", "input": "otters", "dimensions": 8});
    let (_, short) = send(true, &short.to_string()).await;
    assert_eq!(short["data"][0]["embedding"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn what_the_api_refuses() {
    let good = json!({"model": "offline-embedding-small", "input": "otters"});
    assert_eq!(send(false, &good.to_string()).await.0, 401);
    assert_eq!(send(true, "no JSON").await.0, 400);
    let (status, body) = send(true, &json!({"model": "text-embedding-3-small", "input": "x"}).to_string()).await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!("model_not_found")));
    for (name, value) in [
        ("input", json!("")),
        ("input", json!([])),
        ("input", json!(["x", ""])),
        ("input", json!(["x", 5])),
        ("input", json!(vec!["x"; 2_049])),
        ("input", json!("x".repeat(40_000))),
        ("encoding_format", json!("hex")),
        ("dimensions", json!(0)),
        ("dimensions", json!(257)),
        ("temperature", json!(1)),
        ("model", json!(null)),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        let (status, body) = send(true, &bad.to_string()).await;
        assert_eq!((status, &body["error"]["type"]), (400, &json!("invalid_request_error")), "{name} {value}");
    }
}
