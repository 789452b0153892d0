//! A socket ends with its session, also when nobody says anything on it (S-16, issue 11 "Found from outside").

use deputy_agent::Approval;
use serde_json::Value;

use super::client::Generation;
use super::stage::{OWNER, Stage};
use crate::account::ChatEvent;
use crate::chat::identity::Identity;
use crate::platform::ports::Clock;

const HOUR: u64 = 3_600_000;

#[test]
fn s_16_a_silent_socket_is_closed_when_its_session_has_ended_also_when_others_are_active() {
    for sleeps in [false, true] {
        let stage = Stage::new();
        let silent = stage.open(Generation::G2);
        stage.pass(HOUR / 2);
        let active = stage.platform().accept();
        stage.core().open_socket(active.clone(), &stage.identity_of(OWNER, "other"), None).unwrap();
        stage.settle();
        if sleeps {
            stage.restart();
        }
        stage.platform().account().now(|account| account.signed_out = true);
        stage.pass(HOUR / 2 - 1);
        assert_eq!(silent.socket().closed(), None);
        stage.pass(1);
        assert_eq!(silent.socket().closed(), Some((1008, "Unauthorized".to_owned())));
        assert_eq!(active.closed(), None, "its own session lasts longer");
        let before = silent.frames().len();
        stage.platform().account().now(|account| account.signed_out = false);
        let core = stage.core();
        let text = r#"{"type":"cf_agent_stream_resume_request","probeId":"p"}"#;
        stage.run(async move { core.message(&active, text).await });
        assert_eq!(silent.frames().len(), before, "it hears nothing more");
    }
}

#[test]
fn s_16_a_socket_whose_session_ends_before_anything_else_is_due_is_closed_in_time() {
    let stage = Stage::new();
    stage.open(Generation::G2).say("Weather in Paris");
    stage.pass(60_000);
    let short = stage.platform().accept();
    let identity = Identity { exp: stage.platform().now() + HOUR / 6, ..stage.identity_of(OWNER, "short") };
    stage.core().open_socket(short.clone(), &identity, None).unwrap();
    stage.settle();
    stage.platform().account().now(|account| account.signed_out = true);
    stage.pass(HOUR / 6 - 1);
    assert_eq!(short.closed(), None);
    stage.pass(1);
    assert_eq!(
        short.closed(),
        Some((1008, "Unauthorized".to_owned())),
        "a question that waits for a day does not keep it open"
    );
}

#[test]
fn s_16_a_session_that_was_used_meanwhile_keeps_its_socket() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let now = stage.platform().now();
    stage.platform().account().now(|account| account.session_end = Some(now + 2 * HOUR));
    stage.pass(HOUR + 1);
    assert_eq!(client.socket().closed(), None);
    assert_eq!(stage.platform().account().told("end of"), ["end of session"]);
    let turn = client.say("Thanks");
    assert_eq!(client.outcome(&turn).as_deref(), Some("completed"));
    stage.pass(HOUR);
    assert_eq!(client.socket().closed().map(|(code, _)| code), Some(1008), "the idle end, and nobody has used it");
    assert_eq!(stage.platform().alarm(), None, "nothing is left to look after");
}

#[test]
fn an_account_that_cannot_be_reached_says_nothing_about_a_session() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    stage.platform().account().now(|account| account.unreachable = true);
    stage.pass(HOUR);
    assert_eq!(client.socket().closed(), None);
    stage.platform().account().now(|account| {
        account.unreachable = false;
        account.signed_out = true;
    });
    stage.pass(30_000);
    assert_eq!(client.socket().closed().map(|(code, _)| code), Some(1008));
}

/// Issue 11: an approval of a session that has ended is none, whatever the phone says afterwards: the next login runs nothing.
#[test]
fn a_yes_on_the_phone_after_the_log_out_runs_nothing_at_the_next_login() {
    let stage = Stage::new();
    let client = stage.open(Generation::G2);
    let pending = Approval::Pending {
        code: "WDJB-MJHT".to_owned(),
        binding_message: "Buy shoes".to_owned(),
        requested_at: stage.platform().now(),
        expires_at: stage.platform().now() + 300_000,
        interval_seconds: 5,
        next_poll_at: stage.platform().now() + 5_000,
    };
    stage.platform().account().now(|account| account.approval = Some(pending));
    client.say("Buy shoes");
    assert_eq!(stage.tool_parts().pop().unwrap()["state"], "input-available");
    stage.call(ChatEvent::SessionEnded { session: "session".to_owned() });
    stage.platform().account().now(|account| account.approval = Some(Approval::Approved));
    stage.pass(10_000);
    stage.call(ChatEvent::SignedIn { session: "new".to_owned() });
    stage.pass(10_000);
    let part: Value = stage.tool_parts().pop().unwrap();
    assert_eq!(
        (&part["state"], &part["callProviderMetadata"]["deputy"]["code"]),
        (&"output-error".into(), &"session_ended".into())
    );
    assert!(stage.platform().account().told("obtain").is_empty(), "nothing was handed out");
}
