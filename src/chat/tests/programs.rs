//! Calls of programs (MCP clients): how they stand, who may ask, what is found again.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_wire::{CallOutcomeKind, ToolState};
use serde_json::{Value, json};

use super::client::Generation;
use super::stage::{Stage, text_of};
use crate::account::ChatEvent;
use crate::chat::{Invoke, Invoked, ProgramAnswer};
use crate::objects::Refusal;

const GOOGLE: &str = "google-oauth2";
const FREE: &str = r#"{"calendars":{"primary":{"busy":[]}}}"#;

/// An answer to a program, once there is one.
struct Answer(Rc<RefCell<Option<Result<Invoked, Refusal>>>>);

impl Answer {
    fn came(&self) -> bool {
        self.0.borrow().is_some()
    }

    fn get(&self) -> Invoked {
        self.0.borrow().clone().expect("it is answered").unwrap()
    }

    fn refusal(&self) -> String {
        self.0.borrow().clone().expect("it is answered").unwrap_err().code.clone()
    }
}

fn request(stage: &Stage, tool: &str, input: Value) -> Invoke {
    Invoke {
        identity: stage.identity(),
        call: None,
        tool: tool.to_owned(),
        input,
        client: "Inspector".to_owned(),
        program: "inspector".to_owned(),
        answer: None,
        patience_ms: 20_000,
    }
}

fn ask(stage: &Stage, invoke: Invoke) -> Answer {
    let core = stage.core();
    let answer = Rc::new(RefCell::new(None));
    let told = Rc::clone(&answer);
    stage.run(async move {
        let came = core.invoke(invoke).await;
        *told.borrow_mut() = Some(came);
    });
    Answer(answer)
}

fn call(stage: &Stage, tool: &str, input: Value) -> Answer {
    ask(stage, request(stage, tool, input))
}

fn weather(stage: &Stage) -> Answer {
    call(stage, "getWeatherInformation", json!({"city": "Paris"}))
}

fn calendar(stage: &Stage) -> Answer {
    call(stage, "checkUsersCalendar", json!({"date": "2026-12-01T09:00:00Z"}))
}

fn kind(invoked: &Invoked) -> CallOutcomeKind {
    invoked.part.status.as_ref().unwrap().outcome
}

fn code(invoked: &Invoked) -> String {
    invoked.part.status.as_ref().unwrap().code.clone()
}

fn pending(invoked: &Invoked) -> String {
    invoked.part.status.as_ref().unwrap().wait.as_ref().unwrap().interrupt_id.clone()
}

fn consent(stage: &Stage) {
    stage.platform().host().world(|_| Ok(deputy_http::response(200, FREE)));
    stage.platform().account().now(|account| account.connected.push(GOOGLE.to_owned()));
    stage.call(ChatEvent::ConnectionChanged { connection: GOOGLE.to_owned(), connected: true });
}

/// Issue 13: a call is answered with its outcome; the chat shows who called what, to whoever watches it; no model is asked.
#[test]
fn a_call_is_answered_and_shown() {
    let stage = Stage::new();
    let page = stage.open(Generation::G2);
    let answer = call(&stage, "getLocalTime", json!({"timeZone": "Europe/Berlin"})).get();
    assert!(matches!(answer.part.state, ToolState::Output { .. }), "{answer:?}");
    assert_eq!(text_of(&stage.history()[0]), "Inspector called getLocalTime");
    assert_eq!(stage.tool_parts()[0]["state"], "output-available");
    assert!(!page.frames_of("cf_agent_use_chat_response").is_empty(), "whoever watches sees it");
    assert!(stage.platform().model().asked().is_empty());
    assert_eq!(stage.platform().account().told("settled"), ["settled getLocalTime: completed"]);
    assert_eq!(stage.platform().account().told("turn of"), ["turn of session"]);
    let nothing = call(&stage, "no_such_tool", json!({})).get();
    assert_eq!((kind(&nothing), code(&nothing).as_str()), (CallOutcomeKind::Failed, "tool_unknown"));
}

/// Issue 13: only the owner calls, and only while the token lives.
#[test]
fn only_the_owner_calls() {
    let stage = Stage::new();
    weather(&stage);
    let eve = Invoke {
        identity: stage.identity_of("auth0|eve", "session"),
        ..request(&stage, "getLocalTime", json!({"timeZone": "UTC"}))
    };
    assert_eq!(ask(&stage, eve).refusal(), "not_yours");
    let mut old = stage.identity();
    old.exp = 1;
    let late = Invoke { identity: old, ..request(&stage, "getLocalTime", json!({"timeZone": "UTC"})) };
    assert_eq!(ask(&stage, late).refusal(), "unauthenticated");
    assert_eq!(stage.tool_parts().len(), 1);
}

/// Issue 13: a yes or no that the program has asked its user for counts for the question that was asked, once.
#[test]
fn a_question_is_answered_by_the_program() {
    for approved in [true, false] {
        let stage = Stage::new();
        let waits = weather(&stage).get();
        assert_eq!((kind(&waits), code(&waits).as_str()), (CallOutcomeKind::Waiting, "DEPUTY_CONFIRMATION"));
        let answered = |pending: String| Invoke {
            call: Some(waits.call.clone()),
            answer: Some(ProgramAnswer { pending, approved }),
            ..request(&stage, "getWeatherInformation", json!({"city": "Paris"}))
        };
        let other = ask(&stage, answered("pending_of_another".to_owned()));
        assert!(!other.came(), "that was the answer to something else: it still waits");
        stage.pass(20_000);
        assert_eq!(kind(&other.get()), CallOutcomeKind::Waiting);
        let done = ask(&stage, answered(pending(&waits))).get();
        assert_eq!(kind(&done), if approved { CallOutcomeKind::Completed } else { CallOutcomeKind::Denied });
        let again = ask(&stage, answered(pending(&waits))).get();
        assert_eq!(again, done, "asked again it is the same");
        assert_eq!(stage.tool_parts().len(), 1);
    }
}

/// Issue 13, MC-33: what waits is durable: the object dies, the account is connected, and the very same call is given the outcome.
#[test]
fn mc_33_a_call_that_waits_outlives_the_object_and_is_collected() {
    for named in [true, false] {
        let stage = Stage::new();
        let waits = calendar(&stage).get();
        assert_eq!((kind(&waits), code(&waits).as_str()), (CallOutcomeKind::Waiting, "TOKEN_VAULT_ERROR"));
        stage.crash();
        consent(&stage);
        assert_eq!(stage.platform().host().sent("freeBusy").len(), 1, "it went on by itself");
        let input = json!({"date": "2026-12-01T09:00:00Z"});
        let call = named.then(|| waits.call.clone());
        let done = ask(&stage, Invoke { call, ..request(&stage, "checkUsersCalendar", input) }).get();
        assert_eq!((kind(&done), &done.call), (CallOutcomeKind::Completed, &waits.call));
        assert_eq!(stage.platform().host().sent("freeBusy").len(), 1, "and is not asked for again");
        let anew = calendar(&stage).get();
        assert_ne!(anew.call, waits.call, "what was collected is over: the next one is a new call");
    }
}

/// Issue 13: two that ask for the very same at once are one call; another input is another.
#[test]
fn two_same_calls_are_one() {
    let stage = Stage::new();
    let first = weather(&stage).get();
    let second = weather(&stage);
    assert!(!second.came(), "it is the call that waits, and it is waited for");
    let other = call(&stage, "getWeatherInformation", json!({"city": "Rome"})).get();
    assert_ne!(first.call, other.call);
    let answer = Some(ProgramAnswer { pending: pending(&first), approved: true });
    let third = Invoke { answer, ..request(&stage, "getWeatherInformation", json!({"city": "Paris"})) };
    let third = ask(&stage, third).get();
    assert_eq!(second.get(), third);
    assert_eq!(third.call, first.call);
    assert_eq!(stage.tool_parts().len(), 2);
}

/// What was read for a call that had waited is not given out as new long after.
#[test]
fn what_was_read_long_ago_is_read_again() {
    let stage = Stage::new();
    let waits = calendar(&stage).get();
    consent(&stage);
    stage.pass(1_000_000);
    let anew = calendar(&stage).get();
    assert_ne!(anew.call, waits.call);
    assert_eq!(stage.platform().host().sent("freeBusy").len(), 2);
}

/// Issue 13: what did not happen is asked for anew, however much it would have done; what may have happened is not done twice.
#[test]
fn what_nobody_answered_is_asked_for_again() {
    let stage = Stage::new();
    let task = || call(&stage, "createTasksTool", json!({"title": "Tea"}));
    let first = task().get();
    assert_eq!(kind(&first), CallOutcomeKind::Waiting);
    stage.pass(86_400_000);
    assert_eq!(stage.tool_parts()[0]["state"], "output-error", "nobody answered");
    let second = task().get();
    assert_ne!(second.call, first.call);
    assert_eq!(kind(&second), CallOutcomeKind::Waiting);
    stage.platform().host().world(|_| Ok(deputy_http::response(200, r#"{"id":"t1"}"#)));
    stage.platform().account().now(|account| account.connected.push(GOOGLE.to_owned()));
    stage.open(Generation::G2).approve(&stage.tool_parts()[1], true);
    assert_eq!(stage.tool_parts()[1]["state"], "output-available");
    stage.pass(1_000_000);
    let done = task().get();
    assert_eq!((kind(&done), done.call), (CallOutcomeKind::Completed, second.call));
    assert_eq!(stage.tool_parts().len(), 2);
}

/// Issue 13: a no, and that nobody answered, is told at once: to who waits for it, and to who asks next, once.
#[test]
fn what_did_not_run_is_told_at_once_and_then_it_is_asked_anew() {
    for denied in [true, false] {
        let stage = Stage::new();
        let page = stage.open(Generation::G2);
        let first = weather(&stage).get();
        let end = || match denied {
            true => page.approve(&stage.tool_parts().pop().unwrap(), false),
            false => stage.pass(86_400_000),
        };
        let expected = if denied { CallOutcomeKind::Denied } else { CallOutcomeKind::NotRun };
        let patient =
            Invoke { patience_ms: 90_000_000, ..request(&stage, "getWeatherInformation", json!({"city": "Paris"})) };
        let waiting = ask(&stage, patient);
        assert!(!waiting.came());
        end();
        assert_eq!((kind(&waiting.get()), waiting.get().call), (expected, first.call));
        let second = weather(&stage).get();
        assert_eq!(kind(&second), CallOutcomeKind::Waiting, "told, and over");
        if denied {
            end();
            assert_eq!((kind(&weather(&stage).get()), stage.tool_parts().len()), (expected, 2));
        }
    }
}

/// Issue 13: a program hears of its own calls, in its organisation, and of nobody else's: not of another program's, not of the page's.
#[test]
fn a_call_is_of_one_program() {
    let stage = Stage::new();
    let waits = weather(&stage).get();
    let other = |call: &str| Invoke {
        call: Some(call.to_owned()),
        program: "other".to_owned(),
        ..request(&stage, "getWeatherInformation", json!({"city": "Paris"}))
    };
    assert_eq!(ask(&stage, other(&waits.call)).refusal(), "call_gone");
    let client = stage.open(Generation::G2);
    client.say("Weather in Paris");
    let of_the_page = stage.tool_parts().pop().unwrap();
    let input = of_the_page["input"].clone();
    let call = of_the_page["toolCallId"].as_str().map(str::to_owned);
    assert_ne!(call.as_deref(), Some(waits.call.as_str()));
    let named = Invoke { call, ..request(&stage, "getWeatherInformation", input) };
    assert_eq!(ask(&stage, named).refusal(), "call_gone");
    assert_eq!(stage.tool_parts().len(), 2);
}

/// S-07: a program's call whose session has ended goes on in no other; whoever calls again in another session makes a call of its own.
#[test]
fn s_07_a_program_never_slips_into_a_login() {
    let stage = Stage::new();
    stage.platform().host().world(|_| Ok(deputy_http::response(200, r#"{"sub":"auth0|ana","name":"Ana"}"#)));
    stage.platform().account().now(|account| account.signed_out = true);
    let waits = call(&stage, "get_user_info", json!({})).get();
    assert_eq!((kind(&waits), code(&waits).as_str()), (CallOutcomeKind::Waiting, "DEPUTY_SIGN_IN"));
    assert_eq!(stage.platform().account().told("obtain"), ["obtain for get_user_info in session"]);
    stage.platform().account().now(|account| account.signed_out = false);
    let identity = stage.identity_of(super::stage::OWNER, "another");
    let again = Invoke { identity, ..request(&stage, "get_user_info", json!({})) };
    let done = ask(&stage, again).get();
    assert_eq!(kind(&done), CallOutcomeKind::Completed);
    assert_ne!(done.call, waits.call);
    assert_eq!(stage.platform().account().told("obtain")[1..], ["obtain for get_user_info in another"]);
    let parts = stage.tool_parts();
    assert_eq!((parts.len(), &parts[0]["state"]), (2, &json!("output-error")), "what waited is over");
}

/// Issue 13: an id counts for the call it names and no other; one that the conversation has left is gone.
#[test]
fn an_id_is_of_one_call() {
    let stage = Stage::new();
    let waits = weather(&stage).get();
    let named = |call: &str, city: &str| Invoke {
        call: Some(call.to_owned()),
        ..request(&stage, "getWeatherInformation", json!({"city": city}))
    };
    assert_eq!(ask(&stage, named(&waits.call, "Rome")).refusal(), "call_gone");
    assert_eq!(ask(&stage, named("call_of_nobody", "Paris")).refusal(), "call_gone");
    let followed = ask(&stage, named(&waits.call, "Paris"));
    stage.call(crate::chat::Erase {});
    stage.settle();
    assert_eq!(followed.refusal(), "call_gone", "cleared while it was waited for");
}

/// A call that cannot be stored is none, and nobody is told that it waits.
#[test]
fn a_call_that_cannot_be_stored_is_refused() {
    let stage = Stage::new();
    weather(&stage);
    stage.platform().fill_disk(true);
    assert_eq!(call(&stage, "getLocalTime", json!({"timeZone": "UTC"})).refusal(), "chat_store");
    stage.platform().fill_disk(false);
    assert_eq!(stage.tool_parts().len(), 1);
}

/// A chat does not grow for ever: a full one takes no more calls, and still tells what became of those it has.
#[test]
fn a_full_chat_takes_no_more_calls_and_tells_of_those_it_has() {
    let stage = Stage::new();
    let waits = weather(&stage).get();
    let full = (0..1_000).find_map(|_| {
        let answer = call(&stage, "getLocalTime", json!({"timeZone": "UTC"}));
        let refused = answer.0.borrow().clone().expect("it is answered").err();
        refused.map(|refusal| refusal.code.clone())
    });
    assert_eq!(full.as_deref(), Some("chat_full"));
    let again = weather(&stage);
    assert!(!again.came(), "the call that waits is found");
    stage.pass(20_000);
    assert_eq!(again.get().call, waits.call);
}
