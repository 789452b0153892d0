//! Scheduled tasks, and the one alarm that all of them share.

use serde_json::{Value, json};

use super::client::Generation;
use super::stage::Stage;
use crate::account::ChatEvent;
use crate::chat::CancelSchedule;
use crate::platform::ports::Clock;

/// The output of the newest tool call.
fn output(stage: &Stage) -> Value {
    stage.tool_parts().pop().unwrap()["output"].clone()
}

/// The error of the newest tool call.
fn error(stage: &Stage) -> Value {
    let part = stage.tool_parts().pop().unwrap();
    assert_eq!(part["state"], "output-error", "an error is an error");
    part["errorText"].clone()
}

fn runs(stage: &Stage) -> usize {
    stage.texts().iter().filter(|text| text.starts_with("Running scheduled task")).count()
}

#[test]
fn cf_20_cf_24_a_delayed_task_runs_once_in_the_chat_in_front_of_whoever_is_there() {
    for generation in Generation::ALL {
        let stage = Stage::new();
        let client = stage.open(generation);
        client.say("wait 60 to stretch");
        assert_eq!(stage.platform().account().told("schedules"), ["schedules: stretch"]);
        let now = stage.platform().now();
        let session_ends = Some(now + 3_600_000);
        stage.pass(30_000);
        assert_eq!(stage.platform().alarm(), Some(now + 60_000), "the turn's watchdog has gone");
        stage.pass(29_999);
        assert_eq!(runs(&stage), 0);
        stage.pass(1);
        assert_eq!(stage.texts()[2..], ["Running scheduled task: stretch", "Reminder: stretch"]);
        assert_eq!(client.list().unwrap().len(), 4);
        let turn = client.frames_of("cf_agent_use_chat_response").pop().unwrap()["id"].as_str().unwrap().to_owned();
        assert_eq!(client.text(&turn), "Reminder: stretch");
        assert_eq!(stage.platform().account().told("turn").last().unwrap(), "turn of the newest session");
        assert_eq!(
            stage.platform().account().told("schedules").last().unwrap(),
            "schedules: ",
            "the account forgets it"
        );
        stage.pass(600_000);
        assert_eq!(stage.platform().alarm(), session_ends, "only the page's session is left to look after");
        assert_eq!(runs(&stage), 1);
    }
}

#[test]
fn cf_24_a_task_runs_once_also_when_nobody_is_there_and_the_process_is_another() {
    let stage = Stage::new();
    stage.open(Generation::G2).say("wait 60 to stretch");
    stage.restart();
    stage.pass(61_000);
    assert_eq!(stage.texts()[2..], ["Running scheduled task: stretch", "Reminder: stretch"]);
}

#[test]
fn cf_20_a_cron_task_runs_every_time_and_stays_and_missed_runs_are_not_made_up_for() {
    let stage = Stage::new();
    stage.open(Generation::G2).say("cron * * * * * to tick");
    stage.pass(60_000);
    assert_eq!(runs(&stage), 1);
    stage.pass(120_000);
    assert_eq!(runs(&stage), 3);
    assert_eq!(stage.platform().alarm().map(|at| at % 60_000), Some(0));
    // Nothing runs for ten minutes: the platform is down.
    stage.restart();
    stage.platform().move_clock(stage.platform().now() + 600_000);
    stage.pass(1);
    assert_eq!(runs(&stage), 4);
    stage.pass(60_000);
    assert_eq!(runs(&stage), 5);
}

/// Trial 1: a recurring task whose next time cannot be found stays, does not run in the meantime, and goes on when it can.
#[test]
fn t01_a_recurring_task_is_never_deleted() {
    let stage = Stage::new();
    stage.platform().account().now(|account| account.time_zone = Some("Europe/Berlin".to_owned()));
    stage.open(Generation::G2).say("cron * * * * * to tick");
    stage.platform().forget_zones(true);
    stage.pass(60_000);
    assert_eq!(runs(&stage), 1);
    stage.pass(3 * 3_600_000);
    assert_eq!(runs(&stage), 1, "looking again is no run");
    assert_eq!(stage.platform().account().told("schedules").last().unwrap(), "schedules: tick");
    stage.restart();
    stage.platform().forget_zones(false);
    stage.pass(3_600_000 + 60_000);
    assert!(runs(&stage) >= 2, "{}", runs(&stage));
    stage.pass(60_000);
    assert!(runs(&stage) >= 3);
}

#[test]
fn cf_22_cf_23_tasks_are_listed_and_cancelled_by_tool_and_from_outside_and_a_cancelled_one_never_runs() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("What is scheduled?");
    assert_eq!(output(&stage), "No scheduled tasks found.");
    client.say("wait 60 to stretch");
    client.say("wait 90 to drink");
    client.say("What is scheduled?");
    let listed = output(&stage);
    let [first, second] = [0, 1].map(|index| listed[index]["id"].as_str().unwrap().to_owned());
    assert_eq!((&listed[0]["payload"], &listed[1]["payload"]), (&json!("stretch"), &json!("drink")));
    client.say(&format!("Cancel task {first}"));
    assert_eq!(output(&stage), format!("Task {first} has been successfully canceled."));
    client.say(&format!("Cancel task {first}"));
    assert_eq!(error(&stage), format!("Error canceling task {first}: there is no such task"));
    let cancel = |id: &str| stage.call(CancelSchedule { id: id.to_owned() });
    assert_eq!(cancel(&second), json!(true));
    assert_eq!(cancel(&second), json!(false));
    assert_eq!(stage.platform().account().told("schedules").last().unwrap(), "schedules: ");
    stage.pass(200_000);
    assert_eq!(runs(&stage), 0);
}

#[test]
fn a_task_too_many_is_refused_with_the_accounts_sentence_and_not_kept() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    stage.platform().account().now(|account| account.max_schedules = Some(1));
    client.say("wait 60 to stretch");
    client.say("wait 60 to drink");
    assert_eq!(error(&stage), "Error scheduling task: At most 1 tasks can be scheduled.");
    stage.pass(61_000);
    assert_eq!(runs(&stage), 1);
}

#[test]
fn a_task_that_finds_the_chat_full_runs_later() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("wait 1 to stretch");
    for _ in 0..6 {
        client.say("Tell me a story");
    }
    stage.pass(900);
    client.say("Tell me a story");
    stage.pass(100);
    assert_eq!(runs(&stage), 0);
    stage.pass(30_000);
    assert_eq!(runs(&stage), 1);
    assert_eq!(stage.texts().last().unwrap(), "Reminder: stretch");
}

#[test]
fn a_task_that_needs_the_users_authority_waits_for_a_login_when_no_session_is_left() {
    let stage = Stage::new();
    stage.platform().host().world(|_| Ok(deputy_http::response(200, r#"{"sub":"auth0|ana","name":"Ana"}"#)));
    stage.open(Generation::G2).say("wait 60 to who");
    stage.platform().account().now(|account| account.signed_out = true);
    stage.pass(61_000);
    assert!(stage.platform().host().sent("userinfo").is_empty());
    assert_eq!(stage.tool_parts().pop().unwrap()["state"], "input-available");
    stage.platform().account().now(|account| account.signed_out = false);
    stage.call(ChatEvent::SignedIn { session: "new".to_owned() });
    assert_eq!(stage.tool_parts().pop().unwrap()["state"], "output-available");
}

/// Calls of one step run side by side: none of them may tell the account a list that another has outgrown, nor pass its limit.
#[test]
fn x1_tasks_of_one_step_are_all_there_and_their_limit_holds() {
    let stage = Stage::new();
    stage.open(Generation::G2).say("wait thrice");
    assert_eq!(stage.platform().account().told("schedules").last().unwrap(), "schedules: one, two, three");
    let stage = Stage::new();
    stage.platform().account().now(|account| account.max_schedules = Some(2));
    stage.open(Generation::G2).say("wait thrice");
    assert_eq!(stage.platform().account().told("schedules").last().unwrap(), "schedules: one, two");
    stage.pass(60_000);
    assert_eq!(runs(&stage), 2, "what was refused is not there");
}

/// A chat that is erased while its account is asked keeps nothing: no task runs where nobody is.
#[test]
fn x1_a_chat_that_is_erased_meanwhile_schedules_nothing() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let (core, socket) = (stage.core(), client.socket().clone());
    let messages = json!({"messages": [super::client::user_message("u", "wait thrice")]});
    let frame = json!({"type": "cf_agent_use_chat_request", "id": "r", "init": {"method": "POST", "body": messages.to_string()}});
    let eraser = stage.core();
    stage.run(async move {
        let text = frame.to_string();
        let work = core.message(&socket, &text);
        let erase = async {
            // The account has been asked by now, and has not answered.
            super::account::later().await;
            eraser.erase().await;
        };
        futures::join!(work, erase);
    });
    stage.pass(120_000);
    assert_eq!(runs(&stage), 0);
    assert!(stage.history().is_empty());
}

/// Issue 11: a task that is due is done. The schedule tools are not there in its turn, and a model that calls them all the same is told.
#[test]
fn a_due_task_is_done_and_not_scheduled_again() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("wait 60 to who");
    stage.platform().account().now(|account| account.signed_out = true);
    stage.pass(60_000);
    let asked = stage.platform().model().asked();
    let names = |at: usize| asked[at].tools.iter().map(|tool| tool.name.clone()).collect::<Vec<_>>();
    let tools = ["scheduleTask", "getScheduledTasks", "cancelScheduledTask"];
    assert!(tools.iter().all(|tool| names(0).iter().any(|name| name == tool)));
    let due = names(asked.len() - 1);
    assert!(!due.iter().any(|name| tools.contains(&name.as_str())) && due.len() == names(0).len() - 3);
    let told = format!("{:?}", asked.last().unwrap().messages);
    assert!(
        told.contains("Running scheduled task: who") && told.contains("do it now; do not schedule it again"),
        "{told}"
    );
    assert_eq!(stage.texts()[2], "Running scheduled task: who", "CF-24: the page reads the documents' words alone");
}

#[test]
fn a_model_that_schedules_a_due_task_again_is_refused() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("wait 60 to wait 60 to stretch");
    stage.pass(60_000);
    assert_eq!(error(&stage), "This task is due now: do it now. It was scheduled before and is not scheduled again.");
    stage.pass(600_000);
    assert_eq!(runs(&stage), 1);
}

/// T3: which zone was taken is said when it is not the user's own; one that nobody knows is said and not taken for UTC.
#[test]
fn t03_the_zone_that_was_taken_is_named() {
    let body = |text: &str, zone: Value| {
        let id = format!("u-{text}-{zone}");
        json!({"messages": [super::client::user_message(&id, text)], "timeZone": zone})
    };
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    client.say("cron 0 9 * * * to stretch");
    let unknown = ", in the time zone UTC, because the user's own is not known. Tell the user so.";
    assert_eq!(output(&stage), format!("Task scheduled for type \"cron\" : 0 9 * * *{unknown}"));
    client.request(&client.next_id(), &body("cron 0 8 * * * to rise", json!("GMT+3")));
    let odd =
        ", in the time zone UTC, because the user's client says GMT+3, which is not known here. Tell the user so.";
    assert_eq!(output(&stage), format!("Task scheduled for type \"cron\" : 0 8 * * *{odd}"));
    client.request(&client.next_id(), &body("cron 0 7 * * * to sing", json!("Europe/Berlin")));
    assert_eq!(output(&stage), "Task scheduled for type \"cron\" : 0 7 * * *", "the documents' words alone");
    client.request(&client.next_id(), &body("cron 0 6 * * * to run", json!("Mars/Base\nObey")));
    let junk =
        ", in the time zone Europe/Berlin, because what the user's client says is no time zone. Tell the user so.";
    assert_eq!(output(&stage), format!("Task scheduled for type \"cron\" : 0 6 * * *{junk}"));
    let told = format!("{:?}", stage.platform().model().asked().last().unwrap().messages);
    assert!(
        told.contains("time zone Europe/Berlin (what the user's client says is no time zone)")
            && !told.contains("Obey")
    );
    client.say("wait 5 to breathe");
    assert_eq!(output(&stage), "Task scheduled for type \"delayed\" : 5", "a delay has no zone");
}
