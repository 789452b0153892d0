//! The same purchase twice: the question says so, and no two questions show the same code (issue 11).

use super::approvals::{Tenant, approval, buy, code, poll, ready, settle, token};
use super::*;

const INPUT: &str = r#"{"ticker": "GOOGL", "qty": 3}"#;

fn ask_again(core: &Core<FakeHost>, call: ObtainAuthority, again: Option<u64>) -> (String, String) {
    let ask_it = AskApproval { call, input: serde_json::from_str(INPUT).unwrap(), again, offset_seconds: 7_200 };
    match ask(core, ask_it).unwrap() {
        ApprovalStatus::Pending { code, binding_message, .. } => (code, binding_message),
        other => panic!("{other:?}"),
    }
}

/// Yes on the device, and the order is placed.
fn buy_it(core: &Core<FakeHost>, host: &FakeHost, tenant: &Tenant, chat: &str, call: &str) {
    tenant.yes();
    host.pass(5_000);
    assert_eq!(code(&poll(core, chat, call)), "approved");
    assert_eq!(token(obtain(core, buy(chat, call, "digest", approval()))), "approved-token");
    settle(core, chat, call, "completed");
    tenant.says(403, json!({"error": "authorization_pending"}));
}

#[test]
fn a_second_purchase_in_another_chat_is_asked_for_as_one_under_a_code_of_its_own() {
    let (host, tenant, core, first) = ready();
    let second = chat(&core);
    let (code_of_first, plain) = ask_again(&core, buy(&first, "c1", "digest", approval()), None);
    assert!(plain.starts_with("Do you want to buy 3 shares of GOOGL"), "{plain}");
    buy_it(&core, &host, &tenant, &first, "c1");
    let (code_of_second, message) = ask_again(&core, buy(&second, "c1", "digest", approval()), None);
    assert!(message.starts_with("Again, done at "), "{message}");
    assert!(
        message.ends_with("Do you want to buy 3 shares of GOOGL"),
        "the notice leaves the question whole: {message}"
    );
    assert_ne!(code_of_first, code_of_second, "the call is the same, the question another");
    assert_eq!(tenant.asked.get(), 2);
    let question = host.sent("/bc-authorize").pop().map(|request| deputy_http::parse_query(&body(&request))).unwrap();
    let details = question.iter().find(|(name, _)| name == "authorization_details").map(|(_, value)| value.clone());
    assert!(details.unwrap().contains("\"instruction\":\"A second time, done at "), "the phone says it whole");
    // Another amount was never bought.
    let (_, other) = ask_again(&core, buy(&second, "c2", "another", approval()), None);
    assert!(other.starts_with("Do you want to buy"), "{other}");
}

#[test]
fn what_the_chat_knows_counts_for_ever_and_what_other_chats_did_for_a_day() {
    let (host, tenant, core, first) = ready();
    let second = chat(&core);
    ask_again(&core, buy(&first, "c1", "digest", approval()), None);
    buy_it(&core, &host, &tenant, &first, "c1");
    let done = now(&host);
    host.pass(25 * 3_600_000);
    login(&core, &host);
    let (_, yesterday) = ask_again(&core, buy(&second, "c1", "digest", approval()), None);
    assert!(yesterday.starts_with("Do you want to buy"), "{yesterday}");
    host.pass(600_000);
    let (_, told) = ask_again(&core, buy(&first, "c2", "digest", approval()), Some(done));
    assert_eq!(told, "A second time: Do you want to buy 3 shares of GOOGL", "the day stands in the details");
}

#[test]
fn one_question_asked_again_after_it_was_used_shows_another_code() {
    let (host, tenant, core, chat) = ready();
    let (first, _) = ask_again(&core, buy(&chat, "c1", "digest", approval()), None);
    let (still, _) = ask_again(&core, buy(&chat, "c1", "digest", approval()), None);
    assert_eq!(first, still, "one question, one code");
    tenant.yes();
    host.pass(5_000);
    poll(&core, &chat, "c1");
    assert_eq!(token(obtain(&core, buy(&chat, "c1", "digest", approval()))), "approved-token");
    tenant.says(403, json!({"error": "authorization_pending"}));
    let (second, _) = ask_again(&core, buy(&chat, "c1", "digest", approval()), None);
    assert_ne!(first, second);
}

/// Asking when a session ends is no use of it.
#[test]
fn s_16_when_a_session_ends_is_told_and_keeps_it_not_alive() {
    const HOUR: u64 = 3_600_000;
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let end = |id: &str| ask(&core, SessionEnd { session: id.to_owned() }).unwrap();
    let begun = now(&host);
    assert_eq!(end(&session), Some(begun + 24 * HOUR), "the idle end comes first");
    host.pass(12 * HOUR);
    assert_eq!(end(&session), Some(begun + 24 * HOUR));
    let used = ask(&core, CheckSession { session: session.clone(), socket: None }).unwrap();
    assert_eq!((used.ends_at, end(&session)), (begun + 36 * HOUR, Some(begun + 36 * HOUR)));
    host.pass(24 * HOUR);
    assert_eq!(end(&session), None);
    assert!(!host.dump().contains("auth0|ana"), "it is ended like any other");
    assert_eq!(end("made-up"), None);
}
