//! A conversation as it is sent, whoever wrote it: every rule that a strict provider has.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "all of it is test code")]

use deputy_http::Secret;
use deputy_models::{
    ModelApi, ModelConfig, ModelMessage, ModelRequest, Profile, Provided, ReasoningBack, ToolCall, ToolDefinition,
};
use serde_json::{Map, Value, json};

fn at(host: &str) -> ModelConfig {
    ModelConfig::new(format!("https://{host}/v1"), Secret::new("k"), "m")
}

fn user(text: &str) -> ModelMessage {
    ModelMessage::User { text: text.into() }
}

fn said(text: &str) -> ModelMessage {
    ModelMessage::Assistant { text: text.into(), calls: Vec::new() }
}

fn made(calls: Vec<ToolCall>) -> ModelMessage {
    ModelMessage::Assistant { text: String::new(), calls }
}

fn result(call_id: &str, content: &str) -> ModelMessage {
    ModelMessage::ToolResult { call_id: call_id.into(), tool: "x".into(), content: content.into() }
}

fn asked(messages: Vec<ModelMessage>) -> ModelRequest {
    ModelRequest { system: "You help.".into(), messages, ..ModelRequest::default() }
}

fn sent(config: &ModelConfig, request: &ModelRequest) -> Value {
    let http = config.api.request(config, request);
    serde_json::from_str(&http.body().text()).unwrap()
}

/// What the strictest chat templates and APIs refuse, all at once.
fn check(body: &Value) {
    let messages = body["messages"].as_array().unwrap();
    let roles: Vec<_> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    let plain: Vec<_> = roles.iter().copied().filter(|role| matches!(*role, "user" | "assistant")).collect();
    assert_eq!(roles[0], "system");
    assert_eq!(roles[1], "user", "{body}");
    let mut before = "system";
    for role in roles.iter().copied().skip(1) {
        let follows = match role {
            "user" => matches!(before, "system" | "assistant"),
            "assistant" => matches!(before, "user" | "tool"),
            _ => matches!(before, "assistant" | "tool"),
        };
        assert!(follows, "{role} after {before}: {body}");
        before = role;
    }
    assert!(!plain.is_empty() && before != "assistant", "{body}");
    let mut ids = std::collections::HashSet::new();
    let mut messages = messages.iter().peekable();
    while let Some(message) = messages.next() {
        let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        let empty = message["content"].as_str().unwrap_or_default().trim().is_empty();
        assert!(!empty || !calls.is_empty(), "an empty message: {body}");
        for call in calls {
            let id = call["id"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice: {body}");
            assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}: {body}");
            let name = call["function"]["name"].as_str().unwrap();
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            assert!((1..=64).contains(&name.len()) && name.bytes().all(legal), "{name:?}");
            let arguments = call["function"]["arguments"].as_str().unwrap();
            assert!(serde_json::from_str::<Value>(arguments).unwrap().is_object());
        }
        for call in calls {
            assert_eq!(messages.next().map(|result| &result["tool_call_id"]), Some(&call["id"]), "{body}");
        }
        assert_ne!(messages.peek().map(|next| next["role"] == "tool"), Some(true), "a result of no call: {body}");
    }
}

/// T22: names that a model made up are sent back in a legal form, and the call's result with them.
#[test]
fn t22_names_are_legal_whatever_a_model_made_up() {
    let names = ["multi_tool_use.parallel", "", "a b/c", "Ünïcode", &"long".repeat(40), "functions:look"];
    let mut messages = vec![user("Hi")];
    for (at, name) in names.iter().enumerate() {
        messages.push(made(vec![ToolCall::new(format!("call_{at}"), *name, json!({}))]));
        messages.push(result(&format!("call_{at}"), "Error: There is no tool of that name."));
    }
    let body = sent(&at("strict.example"), &asked(messages));
    check(&body);
    assert_eq!(body["messages"][2]["tool_calls"][0]["function"]["name"], "multi_tool_use_parallel");
}

/// T23, T29: failed and stopped answers, queued and empty messages: roles alternate, and nothing is empty.
#[test]
fn t23_roles_alternate_and_t29_nothing_is_empty() {
    let histories = [
        vec![user("One"), user("Two")],
        vec![user("One"), said(""), user("Two"), user(" \n"), user("Three")],
        vec![user(""), user("\u{a0}"), user("One")],
        vec![said("Hello!"), user("One")],
        vec![user("One"), said("a"), said("b"), said("  "), user("Two")],
        vec![user("One"), made(vec![ToolCall::new("c", "look", json!({}))]), result("c", ""), user("Two")],
        vec![user("One"), made(vec![ToolCall::new("c", "look", json!({}))]), user("Two")],
        vec![user("One"), said("Two")],
        vec![user("One"), result("nobody", "1"), user("Two")],
        vec![user("One"), made(vec![ToolCall::new("c", "look", json!([1]))]), result("c", "1"), result("c", "2")],
    ];
    for history in histories {
        let body = sent(&at("strict.example"), &asked(history.clone()));
        check(&body);
        let responses = at("strict.example").with_api(ModelApi::Responses);
        let items = sent(&responses, &asked(history));
        assert!(!items["input"].as_array().unwrap().is_empty());
    }
    let joined = sent(&at("strict.example"), &asked(vec![user("One"), user("Two")]));
    assert_eq!(
        joined["messages"],
        json!([
            { "role": "system", "content": "You help." },
            { "role": "user", "content": "One\n\nTwo" },
        ])
    );
}

/// T22: a result for every call, right behind it and in the order of the calls, each id once.
#[test]
fn t22_every_call_has_its_result() {
    let calls = vec![
        ToolCall::new("a", "one", json!({})),
        ToolCall::new("b", "two", json!({})),
        ToolCall::new("c", "three", json!({})),
    ];
    let history = vec![
        user("Hi"),
        made(calls.clone()),
        result("c", "3"),
        result("a", "1"),
        user("And?"),
        made(calls),
        result("b", "2"),
    ];
    let body = sent(&at("strict.example"), &asked(history));
    check(&body);
    let contents: Vec<_> = (3..6).map(|at| body["messages"][at]["content"].as_str().unwrap()).collect();
    assert_eq!(contents, ["1", "Error: No result of this call was recorded.", "3"]);
}

/// T7: the provider's own ids go back to it; to anybody else nine letters and digits, always the same ones.
#[test]
fn t07_ids_are_nine_letters_and_digits_or_the_providers_own() {
    let mistral = at("api.mistral.ai");
    let own = Provided { origin: mistral.origin(), id: "D681PevKs".into(), ..Provided::default() };
    let call = ToolCall { provided: Some(own), ..ToolCall::new("call_Zh-_4fT0a1b2c3d4e5f6g7", "look", json!({})) };
    let request = asked(vec![user("Hi"), made(vec![call]), result("call_Zh-_4fT0a1b2c3d4e5f6g7", "1")]);
    let id = |config: &ModelConfig| {
        let body = sent(config, &request);
        assert_eq!(body["messages"][2]["tool_calls"][0]["id"], body["messages"][3]["tool_call_id"]);
        body["messages"][3]["tool_call_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(id(&mistral), "D681PevKs");
    let other = id(&at("strict.example"));
    assert!(other.len() == 9 && other.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{other}");
    assert_eq!(id(&at("another.example")), other);
    assert_ne!(id(&ModelConfig { model: "another".into(), ..mistral.clone() }), "D681PevKs");
    assert_ne!(id(&mistral.with_profile(Profile { own_ids: false, ..Profile::default() })), "D681PevKs");
}

/// T7: servers that number their calls from 0 in every answer use the same id again.
#[test]
fn t07_ids_that_a_provider_uses_twice_are_sent_once() {
    let config = at("local.example");
    let call = |id: &str| {
        let provided = Provided { origin: config.origin(), id: "call_0".into(), ..Provided::default() };
        made(vec![ToolCall { provided: Some(provided), ..ToolCall::new(id, "look", json!({})) }])
    };
    let history = vec![user("Hi"), call("a"), result("a", "1"), call("b"), result("b", "2")];
    let body = sent(&config, &asked(history));
    let ids = [2, 4].map(|at| body["messages"][at]["tool_calls"][0]["id"].as_str().unwrap().to_owned());
    assert_eq!(ids[0], "call_0");
    assert_ne!(ids[1], "call_0");
    assert_eq!(body["messages"][5]["tool_call_id"], json!(ids[1]));
}

fn own(members: Value) -> Map<String, Value> {
    members.as_object().cloned().unwrap()
}

/// T5: what a provider wants back goes back untouched, and to nobody else; what another model's call lacks is filled where it is
/// demanded.
#[test]
fn t05_opaque_members_go_back_to_whoever_said_them() {
    let google =
        ModelConfig::new("https://generativelanguage.googleapis.com/v1beta/openai", Secret::new("k"), "gemini");
    let signature = json!({ "extra_content": { "google": { "thought_signature": "c2ln" } } });
    let provided = Provided {
        origin: google.origin(),
        id: "function-call-1".into(),
        call: own(signature.clone()),
        step: own(json!({ "extra_content": { "google": { "thought_signature": "step" } }, "reasoning_content": "hm" })),
    };
    let call = ToolCall { provided: Some(provided), ..ToolCall::new("c", "look", json!({ "a": 1 })) };
    let request = asked(vec![user("Hi"), made(vec![call]), result("c", "1")]);
    let message = sent(&google, &request)["messages"][2].clone();
    assert_eq!(
        message,
        json!({
            "role": "assistant",
            "content": null,
            "extra_content": { "google": { "thought_signature": "step" } },
            "tool_calls": [{
                "id": "function-call-1",
                "type": "function",
                "function": { "name": "look", "arguments": "{\"a\":1}" },
                "extra_content": { "google": { "thought_signature": "c2ln" } },
            }],
        })
    );
    let text = sent(&at("strict.example"), &request).to_string();
    assert!(!text.contains("thought_signature") && !text.contains("hm") && !text.contains("function-call-1"), "{text}");
    // A call that another model made.
    let foreign = asked(vec![user("Hi"), made(vec![ToolCall::new("c", "look", json!({}))]), result("c", "1")]);
    let filled = sent(&google, &foreign);
    assert_eq!(
        filled.pointer("/messages/2/tool_calls/0/extra_content/google/thought_signature"),
        Some(&json!("skip_thought_signature_validator"))
    );
}

/// T5: reasoning goes back where it is demanded: since the user spoke last, or with every call.
#[test]
fn t05_reasoning_goes_back_where_it_is_demanded() {
    let with = |config: &ModelConfig| {
        let call = |id: &str| {
            let step = own(json!({ "reasoning_content": format!("because {id}") }));
            let provided = Provided { origin: config.origin(), step, ..Provided::default() };
            made(vec![ToolCall { provided: Some(provided), ..ToolCall::new(id, "look", json!({})) }])
        };
        let foreign = made(vec![ToolCall::new("z", "look", json!({}))]);
        let history = vec![
            user("One"),
            foreign,
            result("z", "0"),
            said("so"),
            user("Two"),
            call("a"),
            result("a", "1"),
            user("Three"),
            call("b"),
            result("b", "2"),
        ];
        let body = sent(config, &asked(history));
        let messages = body["messages"].as_array().unwrap().clone();
        let calls = messages.iter().filter(|message| message.get("tool_calls").is_some());
        calls.map(|message| message["reasoning_content"].clone()).collect::<Vec<_>>()
    };
    for host in ["api.deepseek.com", "api.moonshot.ai"] {
        assert_eq!(with(&at(host)), [json!("I call a tool."), json!("because a"), json!("because b")], "{host}");
    }
    let mut recent = at("api.deepseek.com");
    recent.profile.reasoning =
        recent.profile.reasoning.map(|back| ReasoningBack { always: false, filler: None, ..back });
    assert_eq!(with(&recent), [Value::Null, Value::Null, json!("because b")]);
    assert_eq!(with(&at("api.groq.com")), [Value::Null, Value::Null, Value::Null]);
}

/// T19: no format of a Rust type leaves the house; T20: nor what an endpoint refuses.
#[test]
fn t19_schemas_are_written_in_the_dialect_of_the_endpoint() {
    let parameters = json!({
        "type": "object",
        "$defs": { "Money": { "type": "integer", "format": "uint64", "minimum": 0 } },
        "properties": {
            "qty": { "type": "integer", "format": "uint32", "default": 1 },
            "price": { "$ref": "#/$defs/Money", "description": "In cents" },
            "when": { "type": "string", "format": "date-time" },
            "mail": { "type": "array", "items": { "type": "string", "format": "email" } },
            "format": { "type": "string" },
            "loop": { "$ref": "#" },
        },
        "required": ["qty"],
        "additionalProperties": false,
    });
    let tool = ToolDefinition { name: "buy".into(), description: "Buy".into(), parameters };
    let request = ModelRequest { tools: vec![tool], ..asked(vec![user("Hi")]) };
    let schema = |config: &ModelConfig| sent(config, &request)["tools"][0]["function"]["parameters"].clone();
    for config in [
        at("api.openai.com"),
        at("strict.example"),
        at("api.mistral.ai"),
        at("generativelanguage.googleapis.com/v1beta/openai"),
    ] {
        let text = schema(&config).to_string();
        assert!(!text.contains("uint"), "{text}");
        assert!(text.contains("\"format\":{\"type\":\"string\"}"), "a property of that name stays: {text}");
    }
    let plain = schema(&at("strict.example"));
    assert_eq!(plain["properties"]["qty"], json!({ "type": "integer", "default": 1 }));
    assert_eq!(plain["properties"]["price"]["$ref"], "#/$defs/Money");
    let google = schema(&at("generativelanguage.googleapis.com/v1beta/openai"));
    assert_eq!(google["properties"]["price"], json!({ "type": "integer", "minimum": 0, "description": "In cents" }));
    assert_eq!(google["properties"]["mail"]["items"], json!({ "type": "string" }));
    assert_eq!(google["properties"]["when"]["format"], "date-time");
    assert!(["$defs", "additionalProperties"].iter().all(|keyword| google.get(keyword).is_none()));
}

/// T20: what each known endpoint refuses is not sent there.
#[test]
fn t20_profiles_say_what_an_endpoint_refuses() {
    let request = ModelRequest { max_output_tokens: Some(9), ..asked(vec![user("Hi")]) };
    let body = |config: &ModelConfig| sent(config, &request);
    assert_eq!(body(&at("api.mistral.ai")).get("stream_options"), None);
    assert_eq!(body(&at("api.openai.com"))["stream_options"], json!({ "include_usage": true }));
    assert_eq!(body(&at("api.openai.com"))["max_completion_tokens"], json!(9));
    assert_eq!(body(&at("notopenai.com"))["max_tokens"], json!(9));
    let azure = ModelConfig::new("https://mine.openai.azure.com/openai/v1", Secret::new("secret-key"), "m");
    let http = azure.api.request(&azure, &request);
    assert_eq!(
        (http.headers().get("authorization"), &http.headers()["api-key"]),
        (None, &"secret-key".parse().unwrap())
    );
    assert!(!format!("{http:?} {azure:?}").contains("secret-key"));
    let names: Vec<_> = Profile::names().collect();
    assert!(names.len() > 10 && names.iter().all(|name| Profile::named(name).is_some_and(|known| known.name == *name)));
    assert_eq!(Profile::of_host("LOCALHOST:11434").name, "ollama");
    assert_eq!(Profile::of_host("localhost:8080").name, "");
}
