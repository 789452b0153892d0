//! Trials from public bug reports in which engine and model meet: what is asked next, and what the user sees.

use deputy_models::{ModelApi, ModelRequest};
use serde_json::{Value, json};

use super::client::{Client, Generation};
use super::model::config;
use super::stage::{Stage, text_of};

/// What would be sent to a strict chat completions server; its rules are checked.
fn sent(request: &ModelRequest) -> Value {
    let http = ModelApi::ChatCompletions.request(&config(), request);
    let body: Value = serde_json::from_slice(http.body()).unwrap();
    let mut before = "system";
    for message in body["messages"].as_array().unwrap().iter().skip(1) {
        let role = message["role"].as_str().unwrap();
        let alternates = match role {
            "user" => before != "user" && before != "tool",
            "assistant" => before != "assistant" && before != "system",
            _ => before == "assistant" || before == "tool",
        };
        assert!(alternates, "{role} after {before}: {body}");
        let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(!calls.is_empty() || !message["content"].as_str().unwrap_or_default().trim().is_empty(), "{body}");
        for call in calls {
            let name = call["function"]["name"].as_str().unwrap();
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{name}");
        }
        before = role;
    }
    body
}

fn last_sent(stage: &Stage) -> Value {
    let asked = stage.platform().model().asked();
    asked.iter().map(sent).next_back().unwrap()
}

/// The user's own words in a message, without what the model is told of the day.
fn said(message: &Value) -> Vec<&str> {
    let paragraphs = message["content"].as_str().unwrap().split("\n\n");
    paragraphs.filter(|paragraph| !paragraph.starts_with("[Now: ")).collect()
}

fn notices(client: &Client<'_>, turn: &str) -> usize {
    client.chunks(turn).iter().filter(|chunk| chunk["type"] == "data-notice").count()
}

/// T5: signature, reasoning and the provider's own id go back with the call: in the turn, after the object slept, in later turns.
#[test]
fn t05_what_a_provider_wants_back_goes_back_to_it() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turn = client.say("Sign");
    assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
    let signed = |body: &Value| body["messages"][2]["tool_calls"][0].clone();
    let second = signed(&last_sent(&stage));
    assert_eq!(second["extra_content"], json!({"google": {"thought_signature": "c2ln"}}));
    assert_eq!(second["id"], "function-call-9");
    stage.restart();
    let client = stage.open(Generation::G2);
    client.say("Thanks");
    assert_eq!(signed(&last_sent(&stage)), second);
    let history = stage.history();
    assert!(!json!(history).to_string().contains("c2ln"), "no client is told");
    let other = deputy_models::ModelConfig { model: "another".into(), ..config() };
    let request = stage.platform().model().asked().pop().unwrap();
    let http = ModelApi::ChatCompletions.request(&other, &request);
    let text = String::from_utf8(http.body().to_vec()).unwrap();
    assert!(!text.contains("c2ln") && !text.contains("function-call-9") && !text.contains("I look first"), "{text}");
}

/// T7: ids that every provider takes, also of calls that are in the chat already.
#[test]
fn t07_ids_are_nine_letters_and_digits() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("What is scheduled?");
    client.say("Thanks");
    for request in stage.platform().model().asked() {
        for message in sent(&request)["messages"].as_array().unwrap() {
            let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
            let ids = calls.iter().map(|call| &call["id"]).chain(message.get("tool_call_id"));
            for id in ids.map(|id| id.as_str().unwrap()) {
                assert!(id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
            }
        }
    }
}

/// T22: a made-up name is answered, sent back in a legal form, and the chat goes on.
#[test]
fn t22_a_made_up_name_does_not_poison_the_chat() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    for text in ["Make up a name", "Thanks"] {
        let turn = client.say(text);
        assert_eq!(client.outcome(&turn).as_deref(), Some("completed"), "{text}");
        stage.platform().model().asked().iter().for_each(|request| drop(sent(request)));
    }
    assert_eq!(last_sent(&stage)["messages"][2]["tool_calls"][0]["function"]["name"], "multi_tool_use_parallel");
}

/// T23: after a failure, after Stop before any word, and after both.
#[test]
fn t23_roles_alternate_after_failures_and_stops() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("Be down");
    client.say("Thanks");
    let stopped = client.say("Be busy twice");
    client.cancel(&stopped);
    assert_eq!(client.outcome(&stopped).as_deref(), Some("aborted"));
    client.say("Be down");
    let turn = client.say("Thanks");
    assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
    stage.platform().model().asked().iter().for_each(|request| drop(sent(request)));
    let messages = last_sent(&stage)["messages"].clone();
    assert_eq!(said(&messages[1]), ["Be down", "Thanks"]);
    assert_eq!(said(&messages[3]), ["Be busy twice", "Be down", "Thanks"]);
}

/// T25: asked again while nothing has been shown, visibly; clients of every generation end the turn well.
#[test]
fn t25_a_busy_model_is_asked_again() {
    for (generation, seen) in [(Generation::G2, 2), (Generation::G1, 0)] {
        let stage = Stage::new();
        let client = stage.open(generation);
        let turn = client.say("Be busy twice");
        assert_eq!(client.outcome(&turn), None);
        stage.pass(900);
        assert_eq!(stage.platform().model().asked().len(), 1);
        stage.pass(3_000);
        assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
        assert_eq!((client.text(&turn).as_str(), notices(&client, &turn)), ("You are welcome.", seen));
        assert_eq!(stage.platform().model().asked().len(), 3);
        assert_eq!(text_of(&stage.history()[1]), "You are welcome.", "the notice is not stored");
    }
}

/// T25, T16: after a tool has run its work is told, not done again; slips and lost lines are chance.
#[test]
fn t25_after_a_tool_the_model_is_asked_again_and_the_tool_is_not_run_again() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turn = client.say("Remind me, then be busy");
    stage.pass(1_900);
    assert_eq!(client.outcome(&turn), None, "as long as the provider says");
    stage.pass(200);
    assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
    assert_eq!(stage.tool_parts().len(), 1);
    let asked = stage.platform().model().asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[1].messages, asked[2].messages);
    for text in ["Slip once", "Lose the line once"] {
        let turn = client.say(text);
        stage.pass(1_100);
        assert_eq!(client.outcome(&turn).as_deref(), Some("completed"), "t16 {text}");
    }
}

/// T25: three times, not for ever; and nobody is kept waiting for what takes an hour.
#[test]
fn t25_patience_has_an_end() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turn = client.say("Be busy for ever");
    stage.pass(60_000);
    assert_eq!(stage.platform().model().asked().len(), 4);
    assert!(client.error(&turn).is_some_and(|error| error.contains("not available now")));
    let long = client.say("Be busy for an hour");
    assert!(client.error(&long).is_some(), "at once");
    let stopped = client.say("Be busy for ever");
    client.cancel(&stopped);
    stage.pass(60_000);
    assert_eq!(client.outcome(&stopped).as_deref(), Some("aborted"));
    assert_eq!(stage.platform().model().asked().len(), 6, "who stops is not asked for again");
}

/// T15: what is too long for the model is left out, visibly, and it is asked once more; later turns begin there at once.
#[test]
fn t15_a_chat_that_is_too_long_goes_on_without_its_oldest_part() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let long = |number: usize| format!("Read this {number}: {}", "word ".repeat(300));
    let turns: Vec<String> = (0..5).map(|number| client.say(&long(number))).collect();
    stage.pass(1_000);
    for turn in &turns {
        assert_eq!(client.outcome(turn).as_deref(), Some("completed"));
    }
    let asked = stage.platform().model().asked();
    let sizes: Vec<usize> = asked.iter().map(|request| request.messages.len()).collect();
    assert_eq!(sizes.iter().filter(|size| **size > 5).count(), 1, "refused once: {sizes:?}");
    let told: Vec<bool> = turns.iter().map(|turn| client.text(turn).contains("Older parts of this chat")).collect();
    assert_eq!(told, [false, false, false, true, false]);
    assert!(!format!("{asked:?}").contains("Older parts"), "the model does not read it");
    assert!(stage.texts().iter().any(|text| text.contains("Older parts of this chat")), "it stays");
    let last = sent(asked.last().unwrap()).to_string();
    assert!(last.contains("Read this 4") && !last.contains("Read this 0"));
}

/// T29: nothing empty is sent, whatever is in the history.
#[test]
fn t29_nothing_empty_is_sent() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let file =
        json!({"id": "f", "role": "user", "parts": [{"type": "file", "mediaType": "image/png", "url": "data:,"}]});
    client.request("file", &json!({"messages": [file]}));
    client.say("Thanks");
    stage.platform().model().asked().iter().for_each(|request| drop(sent(request)));
}
