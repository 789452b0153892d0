//! What providers send, by kind (`vectors/kinds.json`): the trials from public bug reports and others like them. Each is read whole,
//! cut in two at every place, and in small pieces.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "all of it is test code")]

mod support;

use deputy_error::Explained as _;
use deputy_models::{FinishReason, ModelApi, ModelError, ModelEvent, Provided};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Vector {
    name: String,
    api: String,
    body: String,
    text: String,
    reasoning: String,
    /// Name, arguments, what is wrong with them.
    calls: Vec<(String, Value, Option<String>)>,
    /// Input, output, cached.
    usage: Option<(u64, u64, u64)>,
    finish: Option<FinishReason>,
    /// Code of the failure that is told last.
    error: Option<String>,
    /// What the provider wants back with each call.
    #[serde(default)]
    provided: Option<Vec<Value>>,
}

/// An answer as it reached the engine.
#[derive(Debug, Default, PartialEq)]
struct Read {
    text: String,
    reasoning: String,
    calls: Vec<(String, Value, Option<String>)>,
    provided: Vec<Provided>,
    usage: Option<(u64, u64, u64)>,
    finish: Option<FinishReason>,
    error: Option<String>,
}

fn read((events, error): (Vec<ModelEvent>, Option<ModelError>)) -> Read {
    let mut read = Read { error: error.map(|error| error.code().to_owned()), ..Read::default() };
    for event in events {
        match event {
            ModelEvent::Text(text) => read.text.push_str(&text),
            ModelEvent::Reasoning(text) => read.reasoning.push_str(&text),
            ModelEvent::ToolCall(call) => {
                read.calls.push((call.name, call.arguments, call.arguments_error));
                read.provided.extend(call.provided);
            }
            ModelEvent::Usage { input_tokens, output_tokens, cached_tokens } => {
                read.usage = Some((input_tokens, output_tokens, cached_tokens));
            }
            ModelEvent::Finished(reason) => read.finish = Some(reason),
        }
    }
    read
}

fn trial(number: &str) {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors/kinds.json")).unwrap();
    let of_it: Vec<_> = vectors.into_iter().filter(|vector| vector.name.starts_with(number)).collect();
    assert!(!of_it.is_empty(), "{number}");
    for vector in of_it {
        let api = ModelApi::named(&vector.api).unwrap();
        let bytes = vector.body.as_bytes();
        let whole = read(support::run(api, [bytes]));
        let expected = Read {
            text: vector.text,
            reasoning: vector.reasoning,
            calls: vector.calls,
            usage: vector.usage,
            finish: vector.finish,
            error: vector.error,
            provided: whole.provided.clone(),
        };
        assert_eq!(whole, expected, "{}", vector.name);
        if let Some(provided) = vector.provided {
            let origin = support::config().origin();
            let wanted = provided.into_iter().map(|one| {
                let of = |name: &str| one[name].as_object().cloned().unwrap_or_default();
                let id = one["id"].as_str().unwrap_or_default().to_owned();
                Provided { origin: origin.clone(), id, call: of("call"), step: of("step") }
            });
            assert_eq!(whole.provided, wanted.collect::<Vec<_>>(), "{}", vector.name);
        }
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(read(support::run(api, [head, tail])), whole, "{}, cut at {cut}", vector.name);
        }
        for size in [1, 3, 7, 50] {
            assert_eq!(read(support::run(api, bytes.chunks(size))), whole, "{}, pieces of {size}", vector.name);
        }
        // A body that is here whole says the same.
        let response = deputy_http::response(200, &*vector.body);
        let answer = support::answered(api, &response, &support::config());
        assert_eq!(answer.err().map(|error| error.code().to_owned()), whole.error, "{}", vector.name);
    }
}

#[test]
fn t05_what_a_provider_wants_back_is_kept() {
    trial("t05");
}

#[test]
fn t08_arguments_in_every_form() {
    trial("t08");
}

#[test]
fn t10_names_in_pieces_and_calls_without_ids() {
    trial("t10");
}

#[test]
fn t11_the_first_bytes_tell_a_stream_from_json() {
    trial("t11");
}

#[test]
fn t12_events_parted_by_one_line_end() {
    trial("t12");
}

#[test]
fn t14_no_member_ends_an_answer() {
    trial("t14");
}

#[test]
fn t15_errors_in_every_dress() {
    trial("t15");
}

#[test]
fn t16_a_slip_of_the_model_is_no_fault_of_the_settings() {
    trial("t16");
}

#[test]
fn t18_whole_numbers_of_arguments() {
    trial("t18");
}

#[test]
fn t22_calls_without_names() {
    trial("t22");
}
