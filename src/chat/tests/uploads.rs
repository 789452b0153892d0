//! What clients upload: lists that have grown long, ids that are used again, messages that say nothing (trials T27, T29, T31, T28).

use serde_json::{Value, json};

use super::client::{Generation, user_message};
use super::stage::{Stage, text_of};

/// The client's own list: its history, with a result of 60 kB in every answer, and something new.
fn long_list(newest: &Value) -> Value {
    let mut messages = Vec::new();
    for index in 0..25 {
        messages.push(user_message(&format!("old{index}"), "search"));
        let output = json!({"messages": ["x".repeat(60_000)]});
        messages.push(json!({"id": format!("a{index}"), "role": "assistant", "parts": [
            {"type": "tool-gmailSearchTool", "toolCallId": format!("c{index}"), "state": "output-available", "input": {}, "output": output}
        ]}));
    }
    messages.push(newest.clone());
    Value::from(messages)
}

/// T27: the newest message of a list above 1 MB is answered, by socket and over HTTP.
#[test]
fn t27_a_long_list_is_no_end_of_a_chat() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let client = stage.open(generation);
        client.request("r", &json!({"messages": long_list(&user_message("new", "Thanks"))}));
        assert_eq!(
            (client.outcome("r").as_deref(), client.text("r").as_str()),
            (Some("completed"), "You are welcome.")
        );
        assert_eq!(stage.texts(), ["Thanks", "You are welcome."]);
    }
    let stage = Stage::new();
    let posted = stage.post(&json!({"messages": long_list(&user_message("new", "Thanks"))})).unwrap();
    assert_eq!(posted.text(), "You are welcome.");
}

/// T29: a message with files alone, or of nothing that can be seen, is refused in words and not stored.
#[test]
fn t29_a_message_that_says_nothing_is_refused_in_words_and_not_stored() {
    let file = json!({"type": "file", "mediaType": "application/pdf", "url": "data:application/pdf;base64,AA=="});
    let text = |text: &str| json!({"type": "text", "text": text});
    let files = "Files cannot be read here yet. Please write in words what you want.";
    let empty = "This message is empty. Please write what you want.";
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    for (index, (parts, words)) in [
        (json!([file]), files),
        (json!([file, text("  ")]), files),
        (json!([text("")]), empty),
        (json!([text(" \u{200b}\u{feff}\n")]), empty),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"messages": [{"id": format!("m{index}"), "role": "user", "parts": parts}]});
        let id = format!("r{index}");
        client.request(&id, &body);
        assert_eq!((client.outcome(&id).as_deref(), client.error(&id).as_deref()), (Some("error"), Some(words)));
        let refusal = stage.post(&body).err().unwrap();
        assert_eq!((refusal.status, refusal.message.as_str()), (400, words));
    }
    assert!(stage.history().is_empty() && stage.platform().model().asked().is_empty());
    let old = json!({"id": "m0", "role": "user", "parts": [file]});
    client.request("next", &json!({"messages": [old, user_message("u", "Thanks")]}));
    assert_eq!(client.outcome("next").as_deref(), Some("completed"), "a list that still has the refused one goes on");
}

/// T31: a client that counts its messages from 0 with every page deletes nothing; over HTTP an edit names the message.
#[test]
fn t31_over_http_a_used_id_with_another_text_is_a_new_message() {
    let stage = Stage::new();
    for text in ["Thanks", "Think", "Hello", "Think"] {
        let posted = stage.post(&json!({"messages": [user_message("0", text)]})).unwrap();
        assert!(posted.is_over());
    }
    assert_eq!(stage.texts().iter().step_by(2).collect::<Vec<_>>(), ["Thanks", "Think", "Hello", "Think"]);
    let before = stage.history();
    stage.post(&json!({"messages": [user_message("0", "Think")]})).unwrap();
    assert_eq!(stage.history(), before, "sent again, because the answer was lost: it gets the same answer");
    // T31b: its whole list, and the new message under the id of the first.
    let mut list = before.clone();
    list.push(user_message("0", "Once more"));
    stage.post(&json!({"messages": list})).unwrap();
    assert_eq!(stage.history().len(), before.len() + 2);
    stage.post(&json!({"messages": [user_message("0", "Thank you")], "messageId": "0"})).unwrap();
    assert_eq!(stage.texts(), ["Thank you", "You are welcome."], "an edit that says so is one");
}

/// T31: over a socket a used id is an edit, and what is cut off stays as a branch.
#[test]
fn t31_over_a_socket_what_is_cut_off_stays_as_a_branch() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    for (request, text) in [("a", "Thanks"), ("b", "Think")] {
        client.request(request, &json!({"messages": [user_message(&format!("u{request}"), text)]}));
    }
    client.request("c", &json!({"messages": [user_message("ua", "Hello")]}));
    assert_eq!(stage.texts(), ["Hello", "You are welcome."]);
    let kept = stage.platform().host().dump();
    assert!(["Thanks", "Think", "I have thought."].iter().all(|text| kept.contains(text)), "{kept}");
}

/// T28: the AI SDK's `resume`: nothing while nothing runs, else the answer from its beginning.
#[test]
fn t28_who_comes_back_over_http_follows_the_answer_that_runs() {
    let stage = Stage::new();
    assert!(stage.core().running_answer().is_none());
    let client = stage.open(Generation::G2);
    client.say("Tell me a story");
    stage.pass(250);
    let body = stage.core().running_answer().unwrap();
    let posted = stage.follow(body);
    assert_eq!(posted.text(), "Once upon a ");
    stage.pass(5_000);
    assert_eq!((posted.text().as_str(), posted.is_over()), ("Once upon a time there was a deputy.", true));
    assert_eq!(posted.types().iter().filter(|kind| *kind == "start").count(), 1);
    assert!(stage.core().running_answer().is_none());
    client.say("Weather in Paris");
    assert!(stage.core().running_answer().is_none(), "what waits does not run");
    assert!(text_of(&stage.history()[1]).ends_with("deputy."));
}
