//! Sockets that come in the middle of an answer, and pages that say nothing.

use serde_json::{Value, json};

use super::client::{Client, Generation};
use super::stage::{Stage, text_of, tool_parts};

/// A story that has begun, and who asked for it.
fn begun(stage: &Stage) -> (Client<'_>, String) {
    let client = stage.open(Generation::G2);
    let turn = client.say("Tell me a story");
    stage.pass(350);
    (client, turn)
}

#[test]
fn every_probe_is_answered_and_a_stream_is_replayed_whole_and_goes_on_live_without_a_gap() {
    for restarted in [false, true] {
        let stage = Stage::new();
        let (client, turn) = begun(&stage);
        if restarted {
            stage.crash();
            stage.core();
            stage.pass(350);
        }
        let late = Client::open_silently(&stage, Generation::G2);
        stage.pass(100);
        assert_eq!(late.frames().len(), 2, "before it asks it hears nothing of the stream");
        for _ in 0..2 {
            let answer = late.probe();
            assert_eq!((&answer["type"], &answer["id"]), (&json!("cf_agent_stream_resuming"), &json!(turn)));
        }
        assert_eq!(late.hears(|| stage.pass(100)), [] as [Value; 0], "until it acknowledges it hears nothing");
        late.acknowledge(&turn);
        stage.pass(5_000);
        assert_eq!(late.outcome(&turn).as_deref(), Some("completed"));
        assert_eq!(late.text(&turn), text_of(&stage.history()[1]));
        if !restarted {
            assert_eq!(late.text(&turn), client.text(&turn));
        }
        let frames = late.responses(&turn);
        let boundary = frames.iter().position(|frame| frame["replayComplete"] == true).unwrap();
        let expected = json!({"type": "cf_agent_use_chat_response", "id": turn, "body": "", "done": false, "replay": true, "replayComplete": true});
        assert_eq!(frames[boundary], expected);
        assert!(frames[..boundary].iter().all(|frame| frame["replay"] == true));
        assert!(frames[boundary + 1..].iter().all(|frame| frame.get("replay").is_none()));
        assert!(frames.len() > boundary + 3, "some of it came live");
        assert_eq!(late.chunks(&turn)[0]["messageId"], stage.history()[1]["id"]);
    }
}

#[test]
fn idle_unknown_and_finished_streams() {
    let stage = Stage::new();
    let client = Client::open_silently(&stage, Generation::G2);
    let heard = client.hears(|| client.send(&json!({"type": "cf_agent_stream_resume_request"})));
    assert_eq!(heard, [json!({"type": "cf_agent_stream_resume_none", "reason": "idle"})]);
    let turn = client.say("Thanks");
    for id in ["unknown", &turn] {
        let [over] = <[_; 1]>::try_from(client.hears(|| client.acknowledge(id))).unwrap();
        assert_eq!(
            (&over["id"], &over["done"], &over["replay"], &over["body"]),
            (&json!(id), &json!(true), &json!(true), &json!(""))
        );
    }
    assert_eq!(stage.history().len(), 2);
}

#[test]
fn a_socket_that_never_asks_gets_the_list_at_the_end() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let (_client, turn) = begun(&stage);
        let silent = Client::open_silently(&stage, generation);
        stage.pass(5_000);
        assert!(silent.chunks(&turn).is_empty());
        assert_eq!(silent.outcome(&turn).as_deref(), Some("completed"));
        assert!(text_of(&silent.list().unwrap()[1]).ends_with("deputy."));
        let next = silent.say("Thanks");
        assert_eq!(silent.outcome(&next).as_deref(), Some("completed"));
    }
}

#[test]
fn who_comes_back_on_a_new_socket_in_the_middle_of_its_own_answer_gets_the_list() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let client = stage.open(generation);
        let turn = client.say("Tell me a story");
        stage.pass(250);
        let again = client.reconnect();
        stage.pass(5_000);
        assert_eq!(again.outcome(&turn).as_deref(), Some("completed"));
        assert!(again.chunks(&turn).is_empty(), "it has not asked");
        assert_eq!(again.list().unwrap().len(), 2, "it has not heard all of it");
    }
}

#[test]
fn an_old_page_that_asks_in_the_middle_of_a_stream_is_ended_with_it() {
    for generation in Generation::OLD {
        let stage = Stage::new();
        let (client, turn) = begun(&stage);
        let old = stage.open(generation);
        let get = |id: &str| json!({"type": "cf_agent_use_chat_request", "id": id, "url": "http://x", "init": {"method": "GET"}});
        old.send(&get("one"));
        assert_eq!(old.outcome("one"), None);
        old.send(&get("two"));
        assert_eq!(old.outcome("one").as_deref(), Some("skipped"), "one question at a time");
        stage.pass(5_000);
        assert_eq!(old.outcome("two").as_deref(), Some("skipped"));
        assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
    }
}

#[test]
fn cf_18_who_comes_and_keeps_silent_is_told_the_transcript_in_the_words_of_every_generation_and_a_new_one_in_its_own() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("Weather in Paris");
    let late = Client::open_silently(&stage, Generation::G2);
    let states = || -> Vec<Value> {
        let lists = late.frames_of("cf_agent_chat_messages");
        lists.iter().map(|list| tool_parts(list["messages"].as_array().unwrap())[0]["state"].clone()).collect()
    };
    stage.pass(900);
    assert!(states().is_empty());
    stage.pass(200);
    assert_eq!(states(), ["input-available"]);
    late.probe();
    assert_eq!(states(), ["input-available", "approval-requested"]);
    let heard = client.hears(|| {
        let next = stage.open(Generation::G2);
        stage.pass(2_000);
        assert!(next.frames_of("cf_agent_chat_messages").is_empty());
    });
    assert_eq!(heard, [] as [Value; 0], "who has spoken is not told again");
}

#[test]
fn who_loads_a_history_with_new_words_and_keeps_silent_is_told_it_in_old_ones() {
    let stage = Stage::new();
    let silent = Client::open_silently(&stage, Generation::G0);
    let client = stage.open(Generation::G2);
    client.say("Thanks");
    stage.pass(5_000);
    assert_eq!(
        silent.hears(|| {
            stage.history();
            stage.pass(2_000);
        }),
        [] as [Value; 0],
        "it reads the same in every generation"
    );
    client.say("Weather in Paris");
    let heard = silent.hears(|| {
        stage.history();
        stage.pass(2_000);
    });
    let [list] = <[_; 1]>::try_from(heard).unwrap();
    assert_eq!(tool_parts(list["messages"].as_array().unwrap())[0]["state"], "input-available");
}
