//! Turns: the order of frames, several pages, stopping, clearing, the queue, editing, failures.

use serde_json::{Value, json};

use super::client::{Client, Generation, chunk_of, user_message};
use super::stage::{OWNER, Stage, text_of};
use crate::account::ChatEvent;
use crate::chat::requests::Erase;

/// What a page is told, in short.
fn order(client: &Client<'_>) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    for frame in client.frames() {
        let kind = match frame["type"].as_str().unwrap() {
            "cf_agent_chat_messages" => format!("list of {}", frame["messages"].as_array().unwrap().len()),
            "cf_agent_use_chat_response" if frame["done"] == true => "done".to_owned(),
            "cf_agent_use_chat_response" if frame["error"] == true => "error".to_owned(),
            "cf_agent_use_chat_response" => chunk_of(&frame).unwrap()["type"].as_str().unwrap().to_owned(),
            _ => continue,
        };
        if order.last() != Some(&kind) {
            order.push(kind);
        }
    }
    order
}

#[test]
fn cf_09_cf_15_a_turn_is_start_steps_finish_done() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let client = stage.open(generation);
        let turn = client.say("Thanks");
        assert_eq!(
            order(&client),
            ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish", "done"]
        );
        assert_eq!(client.text(&turn), "You are welcome.");
        assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
        let history = stage.history();
        assert_eq!(client.chunks(&turn)[0]["messageId"], history[1]["id"], "the stream names the stored message");
        assert_eq!(text_of(&history[1]), "You are welcome.");
        assert_eq!(client.list(), None, "who asked has built the answer from the stream");
        assert_eq!(stage.platform().account().told("spent"), ["spent 15"]);
    }
}

#[test]
fn cf_15_the_model_is_asked_as_the_documents_say_for_the_user_in_the_users_zone() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let body = |zone: &str| json!({"messages": [user_message("u", "Thanks")], "timeZone": zone});
    client.request("r", &body("Europe/Berlin"));
    let asked = stage.platform().model().asked();
    assert!(asked[0].system.contains("The name of the user is Ana."), "{}", asked[0].system);
    let told = format!("{:?}", asked[0].messages);
    assert!(told.contains("time zone Europe/Berlin, UTC+01:00. Tomorrow is "), "{told}");
    assert!(!asked[0].system.contains("Europe/Berlin"), "{}", asked[0].system);
    assert!(asked[0].tools.iter().any(|tool| tool.name == "checkUsersCalendar"));
    for zone in ["Europe/Berlin", "Nowhere/At all", "Europe/Berlin\nObey"] {
        client.request(&client.next_id(), &body(zone));
    }
    assert_eq!(stage.platform().account().told("zone"), ["zone Europe/Berlin"], "told once, and only a zone there is");
}

#[test]
fn another_page_sees_the_question_the_stream_and_then_the_transcript_in_that_order() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let (client, other) = (stage.open(Generation::G2), stage.open(generation));
        let turn = client.say("Thanks");
        let chunks = ["start", "start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"];
        let expected = [&["list of 1"][..], &chunks[..], &["list of 2", "done"][..]].concat();
        assert_eq!(order(&other), expected);
        assert_eq!(other.text(&turn), client.text(&turn));
        other.say("Thanks");
        assert_eq!(client.list().unwrap().len(), 4);
    }
}

#[test]
fn a_stopped_turn_keeps_what_was_said_and_nothing_follows_its_end() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let (client, other) = (stage.open(generation), stage.open(Generation::G2));
        let turn = client.say("Tell me a story");
        stage.pass(250);
        other.cancel(&turn);
        assert_eq!(client.outcome(&turn).as_deref(), Some("aborted"));
        assert_eq!(client.hears(|| stage.pass(5_000)), [] as [Value; 0]);
        let kept = stage.history().pop().unwrap();
        assert_eq!(kept["metadata"], json!({"stopped": true}));
        assert_eq!(text_of(&kept), "Once upon a ");
        assert_eq!(client.text(&turn), "Once upon a ");
        let next = client.say("Thanks");
        assert_eq!(client.outcome(&next).as_deref(), Some("completed"));
    }
}

#[test]
fn stop_right_behind_the_request_and_while_it_waits_in_the_queue() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let first = client.say("Tell me a story");
    client.cancel(&first);
    assert_eq!(client.outcome(&first).as_deref(), Some("aborted"));
    let running = client.say("Tell me a story");
    let (queued, last) = (client.say("Be down"), client.say("Thanks"));
    client.cancel(&queued);
    assert_eq!(client.outcome(&queued).as_deref(), Some("aborted"), "it ends where it waits");
    stage.pass(5_000);
    assert_eq!(client.outcome(&running).as_deref(), Some("completed"));
    assert_eq!(client.outcome(&last).as_deref(), Some("completed"));
    assert!(stage.texts().contains(&"Be down".to_owned()), "the message stays");
}

#[test]
fn messages_are_answered_one_after_the_other() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let (first, second) = (client.say("Tell me a story"), client.say("Thanks"));
    stage.pass(300);
    assert_eq!((client.outcome(&first), client.chunks(&second)), (None, Vec::new()));
    stage.pass(5_000);
    assert_eq!(client.text(&second), "You are welcome.");
    assert_eq!(
        stage.texts(),
        ["Tell me a story", "Once upon a time there was a deputy.", "Thanks", "You are welcome."],
        "an answer stands behind what it answers"
    );
}

#[test]
fn too_many_waiting_messages_are_refused_with_a_sentence_and_nothing_is_lost() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let first = client.say("Tell me a story");
    let more: Vec<String> = (0..7).map(|_| client.say("Thanks")).collect();
    let refused: Vec<String> = more.iter().filter_map(|id| client.error(id)).collect();
    assert_eq!(refused, ["Several messages are waiting already. Please wait for the answers."; 2]);
    client.cancel(&first);
    assert!(more.iter().all(|id| client.outcome(id).is_some()));
    assert_eq!(more.iter().filter(|id| client.text(id) == "You are welcome.").count(), 5);
}

#[test]
fn cf_30_clearing_while_streaming_ends_the_turn_and_nothing_comes_back() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let (client, other) = (stage.open(generation), stage.open(Generation::G2));
        let (turn, queued) = (client.say("Tell me a story"), client.say("Thanks"));
        stage.pass(250);
        client.send(&json!({"type": "cf_agent_chat_clear"}));
        assert!(client.outcome(&turn).is_some() && client.outcome(&queued).is_some());
        assert_eq!(client.frames_of("cf_agent_chat_clear"), [] as [Value; 0], "who cleared knows it");
        assert_eq!(other.frames_of("cf_agent_chat_clear").len(), 1);
        stage.pass(5_000);
        assert!(stage.history().is_empty());
        assert_eq!(other.list().unwrap_or_default(), [] as [Value; 0]);
        let next = client.say("Thanks");
        assert_eq!(client.outcome(&next).as_deref(), Some("completed"));
        assert_eq!(stage.history().len(), 2);
    }
}

#[test]
fn regenerate_replaces_the_answer_and_an_edit_what_stands_behind_the_edited_message() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let client = stage.open(generation);
        client.say("Thanks");
        client.say("Think");
        let before = stage.history();
        client.request("again", &json!({"messages": before[..3], "trigger": "regenerate-message"}));
        assert_eq!(client.text("again"), "I have thought.");
        let after = stage.history();
        assert_eq!(after[..3], before[..3]);
        assert_eq!(after.len(), 4);
        assert_ne!(after[3]["id"], before[3]["id"]);
        let edited = user_message(before[0]["id"].as_str().unwrap(), "Who are you?");
        client.request("edit", &json!({"messages": [edited], "messageId": before[0]["id"]}));
        assert_eq!(stage.texts(), ["Who are you?", "You are welcome."]);
    }
}

#[test]
fn the_same_message_twice_is_answered_once() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let body = json!({"messages": [user_message("u", "Tell me a story")]});
    client.request("one", &body);
    client.request("two", &body);
    stage.pass(5_000);
    client.request("three", &body);
    let outcomes = ["one", "two", "three"].map(|id| client.outcome(id).unwrap());
    assert_eq!(outcomes, ["completed", "skipped", "skipped"]);
    assert_eq!(stage.history().len(), 2);
}

#[test]
fn cf_14_a_model_that_never_stops_calling_tools_comes_to_an_answer() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turn = client.say("Loop forever");
    assert_eq!((client.outcome(&turn).as_deref(), client.error(&turn)), (Some("completed"), None));
    let asked = stage.platform().model().asked();
    assert_eq!(asked.len(), 3, "the call, the same call, and an answer without tools");
    assert!(asked[2].tools.is_empty());
    assert!(stage.texts()[1].contains("What came of it stands above"));
    let next = client.say("Thanks");
    assert_eq!(client.outcome(&next).as_deref(), Some("completed"));
}

#[test]
fn cf_17_a_model_that_is_down_or_breaks_off_ends_the_turn_with_a_message_and_the_users_message_stays() {
    for generation in Generation::ALL {
        for text in ["Be down", "Break off"] {
            let stage = Stage::new();
            let client = stage.open(generation);
            let turn = client.say(text);
            assert_eq!(client.outcome(&turn).as_deref(), Some("error"));
            let error = client.error(&turn).unwrap();
            let history = stage.history();
            assert_eq!(text_of(&history[0]), text);
            assert!(text_of(&history[1]).ends_with(&error), "{}", history[1]);
            assert_eq!(history[1]["metadata"]["error"]["message"], error.as_str());
            let next = client.say("Thanks");
            assert_eq!(client.outcome(&next).as_deref(), Some("completed"), "after {text}");
        }
    }
}

#[test]
fn after_a_failure_every_page_has_the_list_and_the_end_comes_last_for_old_ones() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let (client, other) = (stage.open(generation), stage.open(generation));
        client.say("Be down");
        let end = |client: &Client<'_>| order(client).split_off(order(client).len() - 3);
        let own = if generation.is_old() { ["list of 2", "error", "done"] } else { ["error", "list of 2", "done"] };
        assert_eq!(end(&client), own, "to an old client the error is the end");
        assert_eq!(end(&other), ["list of 2", "error", "done"]);
    }
}

#[test]
fn a_turn_that_may_not_begin_says_why_and_the_message_stays() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let sentence = "Today's limit of 1 model tokens is used up.";
    let problem = deputy_agent::Problem { code: "limit_tokens_per_day".to_owned(), message: sentence.to_owned() };
    stage.platform().account().now(|account| account.closed = Some(problem));
    let turn = client.say("Thanks");
    assert_eq!(client.error(&turn).as_deref(), Some(sentence));
    assert_eq!(stage.texts()[0], "Thanks");
    assert!(stage.platform().model().asked().is_empty());
}

#[test]
fn what_cannot_be_written_is_not_shown_as_done() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let turn = client.say("Tell me a story");
    stage.pass(250);
    stage.platform().fill_disk(true);
    stage.pass(5_000);
    let sentence = "This chat could not be saved, so the answer was stopped.";
    assert_eq!((client.outcome(&turn).as_deref(), client.error(&turn).as_deref()), (Some("error"), Some(sentence)));
    stage.platform().fill_disk(false);
    stage.pass(60_000);
    assert_eq!(
        stage.texts(),
        ["Tell me a story", "Once upon a time there was a deputy."],
        "the watchdog goes on with it"
    );
}

#[test]
fn the_watchdog_of_a_turn_is_set_once_serves_the_next_and_goes_when_nothing_is_left_to_do() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("Tell me a story");
    let now = crate::platform::ports::Clock::now(stage.platform());
    assert_eq!(stage.platform().alarm(), Some(now + 30_000));
    stage.pass(5_000);
    client.say("Tell me a story");
    stage.pass(5_000);
    assert_eq!(stage.platform().alarm(), Some(now + 30_000));
    assert_eq!(stage.platform().alarms_set(), 2, "for the page and for the turns: every setting is a row");
    stage.pass(30_000);
    assert_eq!(stage.platform().alarm(), Some(now + 3_600_000), "only the page's session is left to look after");
    assert_eq!(stage.platform().alarms_set(), 3);
}

/// What a plain turn costs beside its rows: the account is asked once a minute, and told what was used soon after.
#[test]
fn turns_that_follow_each_other_ask_no_other_object_and_set_no_alarm() {
    let stage = Stage::new();
    let account = || stage.platform().account();
    account().now(|books| books.tokens_left = 1_000_000);
    let client = stage.open(Generation::G2);
    for _ in 0..4 {
        client.say("Tell me a story");
        stage.pass(1_000);
    }
    assert_eq!((account().told("turn of").len(), account().told("spent").len()), (1, 0));
    assert!(stage.platform().alarms_set() <= 2);
    stage.pass(5_000);
    assert!(!account().told("spent").is_empty(), "before the object sleeps, and forgets");
    stage.pass(60_000);
    client.say("Tell me a story");
    stage.pass(1_000);
    assert_eq!(account().told("turn of").len(), 2);
}

#[test]
fn what_was_used_is_told_also_after_the_account_was_away_and_when_the_chat_is_deleted() {
    let stage = Stage::new();
    let account = || stage.platform().account();
    account().now(|books| books.tokens_left = 1_000_000);
    let client = stage.open(Generation::G2);
    client.say("Tell me a story");
    account().now(|books| books.unreachable = true);
    stage.pass(10_000);
    assert_eq!(account().told("spent"), [""; 0]);
    account().now(|books| books.unreachable = false);
    stage.call(Erase {});
    assert_eq!(account().told("spent").len(), 1);
}

#[test]
fn s_16_another_login_or_a_log_out_is_asked_about_at_once() {
    let stage = Stage::new();
    stage.platform().account().now(|books| books.tokens_left = 1_000_000);
    let client = stage.open(Generation::G2);
    let turns = || {
        client.say("Tell me a story");
        stage.pass(1_000);
        stage.platform().account().told("turn of").len()
    };
    assert_eq!((turns(), turns()), (1, 1));
    stage.core().signed_in();
    assert_eq!((turns(), turns()), (2, 2));
    stage.call(ChatEvent::SessionEnded { session: "another".to_owned() });
    assert_eq!(turns(), 3);
}

#[test]
fn s_16_who_is_on_the_way_in_with_a_session_that_ends_is_not_let_in() {
    let stage = Stage::new();
    stage.call(ChatEvent::SessionEnded { session: "session".to_owned() });
    assert_eq!(stage.core().admit(Some(stage.identity())).unwrap_err().status, 401);
    assert!(stage.core().admit(Some(stage.identity_of(OWNER, "again"))).is_ok());
}
