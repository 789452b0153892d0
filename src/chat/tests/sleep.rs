//! The object sleeps, or its process ends in the middle of something. Sockets, rows and the alarm are what is left.

use serde_json::json;

use super::client::Generation;
use super::stage::{Stage, text_of};
use crate::account::ChatEvent;

#[test]
fn a_socket_whose_object_has_slept_still_hears_and_is_heard_and_what_waited_still_waits() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let (client, other) = (stage.open(generation), stage.open(Generation::G2));
        client.say("Weather in Paris");
        stage.restart();
        let part = stage.tool_parts().pop().unwrap();
        assert_eq!(part["state"], "approval-requested");
        other.approve(&part, true);
        let [done] = <[_; 1]>::try_from(
            client
                .frames_of("cf_agent_use_chat_response")
                .into_iter()
                .filter(|frame| frame["continuation"] == true && frame["done"] == true)
                .collect::<Vec<_>>(),
        )
        .unwrap();
        assert!(client.text(done["id"].as_str().unwrap()).ends_with("sunny"), "in the words of its generation");
        let turn = client.say("Thanks");
        assert_eq!(client.text(&turn), "You are welcome.");
    }
}

#[test]
fn a_session_that_ends_while_the_object_sleeps_takes_its_sockets() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    stage.restart();
    stage.call(ChatEvent::SessionEnded { session: "session".to_owned() });
    assert_eq!(client.socket().closed().map(|(code, _)| code), Some(1008));
}

#[test]
fn a_process_that_dies_in_the_middle_of_an_answer_leaves_it_to_the_alarm() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turn = client.say("Tell me a story");
    stage.pass(550);
    stage.crash();
    let client = client.reconnect();
    stage.pass(40_000);
    assert_eq!(stage.history().len(), 2, "the message is there once, and one answer");
    assert!(text_of(&stage.history()[1]).ends_with("Once upon a time there was a deputy."));
    assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
    let next = client.say("Thanks again");
    assert_eq!(client.outcome(&next).as_deref(), Some("completed"));
}

#[test]
fn a_process_that_dies_with_a_queue_answers_every_message_in_order() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turns = [client.say("Tell me a story"), client.say("Thanks"), client.say("Think")];
    stage.crash();
    // Whoever comes first wakes it.
    let client = client.reconnect();
    stage.pass(5_000);
    assert_eq!(
        stage.texts(),
        [
            "Tell me a story",
            "Once upon a time there was a deputy.",
            "Thanks",
            "You are welcome.",
            "Think",
            "I have thought."
        ]
    );
    assert!(turns.iter().all(|turn| client.outcome(turn).as_deref() == Some("completed")));
}

#[test]
fn a_chat_that_dies_again_and_again_in_the_same_answer_is_never_stuck() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("Tell me a story");
    for _ in 0..8 {
        stage.pass(150);
        stage.crash();
        stage.core();
    }
    let client = client.reconnect();
    stage.pass(60_000);
    let history = stage.history();
    assert_eq!(history.len(), 2);
    let next = client.say("Thanks again");
    assert_eq!(client.outcome(&next).as_deref(), Some("completed"));
}

#[test]
fn a_follower_of_an_answer_is_gone_with_the_process_and_the_answer_is_not() {
    let stage = Stage::new();
    let body = json!({"messages": [super::client::user_message("u", "Tell me a story")]});
    let posted = stage.post(&body).unwrap();
    stage.pass(250);
    stage.crash();
    stage.pass(40_000);
    assert!(!posted.is_over());
    let again = stage.post(&body).unwrap();
    assert!(again.is_over());
    assert!(again.text().ends_with("Once upon a time there was a deputy."));
}
