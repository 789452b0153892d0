//! `/embeddings`: what is sent, what is read, and what comes of every answer that is none.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::HashSet;

use deputy_documents::embeddings::{
    EmbeddingsConfig, EmbeddingsError, Vector, embeddings_request, embeddings_response, nearest,
};
use deputy_error::{Explained, Retry};
use deputy_http::{ReadResponse as _, Secret, TransportError, response};
use proptest::prelude::*;
use serde_json::{Value, json};
use strum::IntoEnumIterator as _;

fn config(key: &str) -> EmbeddingsConfig {
    EmbeddingsConfig {
        base_url: "https://api.example/v1/".to_owned(),
        api_key: Secret::new(key),
        model: "text-embedding-3-small".to_owned(),
    }
}

/// `RG-11`
#[test]
fn rg_11_texts_are_sent_as_openai_wants_them() {
    let request = embeddings_request(&config("hunter2"), &["one", "two"]);
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "https://api.example/v1/embeddings")
    );
    assert_eq!(request.headers()["authorization"], "Bearer hunter2");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(
        body,
        json!({ "model": "text-embedding-3-small", "input": ["one", "two"], "encoding_format": "base64" })
    );
    let one: Value = serde_json::from_slice(embeddings_request(&config(""), &["one"]).body()).unwrap();
    assert_eq!(one["encoding_format"], "float", "what every server gives");
    assert!(!format!("{request:?} {:?}", config("hunter2")).contains("hunter2"));
    assert!(embeddings_request(&config(""), &["one"]).headers().get("authorization").is_none());
}

fn answer(data: &Value) -> Result<Vec<Vector>, EmbeddingsError> {
    embeddings_response(&response(200, json!({ "object": "list", "data": data }).to_string()), 2, 0)
}

#[test]
fn vectors_come_in_the_order_of_the_texts() {
    let (first, second) = (Vector::new(&[1.0, 0.0]).unwrap(), Vector::new(&[0.0, 1.0]).unwrap());
    let swapped =
        json!([{ "index": 1, "embedding": [0, 0.5] }, { "index": 0, "embedding": [0.25, 0.0], "object": "embedding" }]);
    assert_eq!(answer(&swapped).unwrap(), [first.clone(), second.clone()]);
    assert_eq!(answer(&json!([{ "embedding": [3.0, 0.0] }, { "embedding": [0.0, 9.0] }])).unwrap(), [first, second]);
    let none = embeddings_response(&response(200, r#"{"data":[]}"#), 0, 0);
    assert_eq!(none.unwrap(), []);
}

/// Numbers or base64, whatever was asked for, with padding or without.
#[test]
fn vectors_come_as_numbers_or_in_base64() {
    let both = [Vector::new(&[1.0, -0.5]).unwrap(), Vector::new(&[0.0, 2.0]).unwrap()];
    // Little-endian f32: 1.0, -0.5 and 0.0, 2.0.
    for first in ["AACAPwAAAL8=", "AACAPwAAAL8"] {
        let data = json!([{ "index": 1, "embedding": "AAAAAAAAAEA=" }, { "index": 0, "embedding": first }]);
        assert_eq!(answer(&data).unwrap(), both, "{first}");
        assert_eq!(answer(&json!([{ "embedding": first }, { "embedding": [0, 1] }])).unwrap(), both);
    }
    for bad in ["", "AACAPwAA", "AACAPwAAAL8AACAP", "not base64!", "AADAfwAAAAA="] {
        let data = json!([{ "embedding": bad }, { "embedding": "AAAAAAAAAEA=" }]);
        assert_eq!(answer(&data), Err(EmbeddingsError::Malformed), "{bad}");
    }
    let [vector, _] = both;
    assert_eq!(Vector::bytes_of(&vector.text()).unwrap(), vector.bytes());
    assert_eq!(Vector::bytes_of("no vector!"), None);
}

#[test]
fn what_is_not_one_vector_for_each_text_is_no_answer() {
    for data in [
        json!([]),
        json!([{ "index": 0, "embedding": [1.0] }]),
        json!([{ "index": 0, "embedding": [1.0] }, { "index": 0, "embedding": [1.0] }]),
        json!([{ "index": 0, "embedding": [1.0] }, { "index": 2, "embedding": [1.0] }]),
        json!([{ "index": 0, "embedding": [1.0] }, { "index": 1, "embedding": [1.0, 2.0] }]),
        json!([{ "index": 0, "embedding": [] }, { "index": 1, "embedding": [] }]),
        json!([{ "index": 0, "embedding": [0.0] }, { "index": 1, "embedding": [1.0] }]),
        json!([{ "index": 0, "embedding": [1e39] }, { "index": 1, "embedding": [1.0] }]),
        json!([{ "index": 0, "embedding": ["1"] }, { "index": 1, "embedding": [1.0] }]),
        json!("vectors"),
    ] {
        assert_eq!(answer(&data), Err(EmbeddingsError::Malformed), "{data}");
    }
    for body in ["", "<html>", "{}", r#"{"error":{"message":"hunter2"}}"#] {
        assert_eq!(embeddings_response(&response(200, body), 1, 0), Err(EmbeddingsError::Malformed), "{body}");
    }
}

#[test]
fn every_refusal_has_its_name() {
    let read = |status, body: &str| embeddings_response(&response(status, body), 1, 1_000).unwrap_err();
    assert_eq!((read(401, ""), read(403, "")), (EmbeddingsError::Unauthorized, EmbeddingsError::Unauthorized));
    assert_eq!((read(404, "<html>"), read(302, "")), (EmbeddingsError::NotFound, EmbeddingsError::NotFound));
    assert_eq!(read(429, ""), EmbeddingsError::RateLimited { retry_at: None });
    assert_eq!(read(429, r#"{"error":{"code":"insufficient_quota"}}"#), EmbeddingsError::QuotaExhausted);
    assert_eq!((read(413, ""), read(402, "")), (EmbeddingsError::TooLong, EmbeddingsError::QuotaExhausted));
    assert_eq!(
        (read(400, ""), read(503, "")),
        (EmbeddingsError::Rejected { status: 400 }, EmbeddingsError::Down { status: Some(503) })
    );
    let later = embeddings_response(&response(429, "").with_header("retry-after", "2"), 1, 1_000).unwrap_err();
    assert_eq!(later.retry(), Retry::NotBefore(3_000));
    let unreachable = TransportError::Unreachable { host: "api.example".to_owned() };
    assert_eq!(EmbeddingsError::from(unreachable), EmbeddingsError::Down { status: None });
    let codes: HashSet<_> = EmbeddingsError::iter().map(|error| error.code()).collect();
    assert_eq!(codes.len(), EmbeddingsError::iter().count());
    for error in EmbeddingsError::iter() {
        assert!(error.user_message().ends_with('.') && error.developer_fix().ends_with('.'), "{error}");
    }
}

#[test]
fn the_nearest_come_first() {
    let vector = |numbers: &[f32]| Vector::new(numbers).unwrap();
    let kept = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 0.0], [2.0, 0.0]].map(|numbers| vector(&numbers));
    let rows = || kept.iter().enumerate().map(|(key, vector)| (key, vector.bytes()));
    let keys = |found: Vec<(usize, f64)>| found.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let question = vector(&[0.5, 0.0]);
    assert_eq!(keys(nearest(&question, rows(), 9)), [0, 4, 2, 1, 3]);
    assert_eq!(keys(nearest(&question, rows(), 2)), [0, 4]);
    assert_eq!(keys(nearest(&question, rows(), 1)), [0]);
    assert_eq!(keys(nearest(&question, rows(), 0)), [0; 0]);
    assert_eq!(keys(nearest(&vector(&[1.0, 0.0, 0.0]), rows(), 9)), [0; 0], "vectors of another model");
    assert_eq!(question.cosine(&[0, 0]), None, "what is kept is no vector");
}

proptest! {
    #[test]
    fn a_cosine_is_kept_to_one_percent(
        left in prop::collection::vec(-1.0_f32..1.0, 64),
        right in prop::collection::vec(-1.0_f32..1.0, 64),
    ) {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let exact = product(&left, &right) / (product(&left, &left) * product(&right, &right)).sqrt();
        let (left, right) = (Vector::new(&left).unwrap(), Vector::new(&right).unwrap());
        let cosine = left.cosine(right.bytes()).unwrap();
        prop_assert!((cosine - exact).abs() < 0.01, "{cosine} for {exact}");
        prop_assert_eq!(Vector::from_bytes(left.bytes().to_vec()), left);
    }
}
