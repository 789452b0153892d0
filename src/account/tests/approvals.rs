//! A yes on the user's device, asked for and waited for.

use std::cell::{Cell, RefCell};

use super::*;
use crate::platform::ports::Sql;

/// A tenant that asks devices; the test says what the next poll is answered.
#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) asked: Rc<Cell<u32>>,
    pub(super) polled: Rc<Cell<u32>>,
    pub(super) poll: Rc<RefCell<(u16, Value)>>,
    pub(super) ask: Rc<RefCell<Option<(u16, Value)>>>,
    /// The tenant's keys cannot be had.
    pub(super) no_keys: Rc<Cell<bool>>,
}

impl Tenant {
    pub(super) fn on(host: &FakeHost) -> Self {
        let pending = json!({"error": "authorization_pending"});
        let tenant = Self {
            asked: Rc::default(),
            polled: Rc::default(),
            poll: Rc::new(RefCell::new((403, pending))),
            ask: Rc::default(),
            no_keys: Rc::default(),
        };
        let this = tenant.clone();
        host.world(move |request| {
            if request.uri().to_string().ends_with("/bc-authorize") {
                this.asked.set(this.asked.get() + 1);
                let number = this.asked.get();
                return match this.ask.borrow().clone() {
                    Some((0, _)) => Err(TransportError::Unreachable { host: "tenant".to_owned() }),
                    Some((status, body)) => json_answer(status, body),
                    None => json_answer(
                        200,
                        json!({"auth_req_id": format!("auth-req-{number}"), "expires_in": 300, "interval": 5}),
                    ),
                };
            }
            if body(request).contains("grant-type%3Aciba") {
                this.polled.set(this.polled.get() + 1);
                let (status, body) = this.poll.borrow().clone();
                return json_answer(status, body);
            }
            match keys_for(request) {
                Some(keys) if !this.no_keys.get() => keys,
                _ => json_answer(404, json!({})),
            }
        });
        tenant
    }

    pub(super) fn says(&self, status: u16, body: Value) {
        *self.poll.borrow_mut() = (status, body);
    }

    pub(super) fn yes(&self) {
        self.yes_with(Some(id_token(json!({}))));
    }

    /// Yes, and this ID token says who.
    pub(super) fn yes_with(&self, id_token: Option<String>) {
        self.says(
            200,
            json!({"access_token": "approved-token", "token_type": "Bearer", "expires_in": 600,
            "scope": "openid stock:trade", "id_token": id_token}),
        );
    }
}

const INPUT: &str = r#"{"ticker": "GOOGL", "qty": 3}"#;

pub(super) fn approval() -> Authority {
    Authority::Approval {
        audience: "sample-stock-api".to_owned(),
        scopes: vec!["openid".to_owned(), "stock:trade".to_owned()],
        binding_message: "Do you want to buy 3 shares of GOOGL".to_owned(),
        requested_expiry: None,
    }
}

pub(super) fn buy(chat: &str, call_id: &str, digest: &str, authority: Authority) -> ObtainAuthority {
    ObtainAuthority {
        tool: "buyStock".to_owned(),
        effect: Effect::Spends,
        digest: digest.to_owned(),
        ..call_for(chat, call_id, None, &[authority])
    }
}

pub(super) fn ask_device(core: &Core<FakeHost>, call: ObtainAuthority) -> ApprovalStatus {
    let input = serde_json::from_str(INPUT).unwrap();
    ask(core, AskApproval { call, input, again: None, offset_seconds: 0 }).unwrap()
}

pub(super) fn poll(core: &Core<FakeHost>, chat: &str, call_id: &str) -> ApprovalStatus {
    let call = PollApproval { chat: chat.to_owned(), call_id: call_id.to_owned() };
    ask(core, call).unwrap()
}

pub(super) fn settle(core: &Core<FakeHost>, chat: &str, call_id: &str, outcome: &str) {
    let settle = SettleToolCall {
        chat: chat.to_owned(),
        call_id: call_id.to_owned(),
        tool: "buyStock".to_owned(),
        effect: Effect::Spends,
        authority: String::new(),
        outcome: outcome.to_owned(),
        code: outcome.to_owned(),
    };
    ask(core, settle).unwrap();
}

pub(super) fn code(status: &ApprovalStatus) -> &str {
    match status {
        ApprovalStatus::Pending { .. } => "pending",
        ApprovalStatus::Approved {} => "approved",
        ApprovalStatus::SessionEnded {} => "session ended",
        ApprovalStatus::Ended { code, .. } => code,
    }
}

pub(super) fn token(obtained: Obtained) -> String {
    match obtained {
        Obtained::Granted { approval: Some(token), .. } => token.access_token.expose().to_owned(),
        other => panic!("not granted: {other:?}"),
    }
}

/// A signed-in user with a chat.
pub(super) fn ready() -> (FakeHost, Tenant, Core<FakeHost>, String) {
    let host = FakeHost::new();
    let tenant = Tenant::on(&host);
    let core = account(&host, &[]);
    login(&core, &host);
    let chat = chat(&core);
    (host, tenant, core, chat)
}

/// AA-02, AA-06, AA-07, AA-11, AA-12, AA-13, CF-27: one request, to the session's own user, with message, scopes, audience
/// and details, and an expiry only where one is set.
#[test]
fn aa_02_the_question_names_user_message_scopes_audience_and_the_whole_call() {
    let (host, _tenant, core, chat) = ready();
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    let sent = host.sent("/bc-authorize");
    assert_eq!(sent.len(), 1);
    let pairs = deputy_http::parse_query(&body(&sent[0]));
    let field = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    assert_eq!(field("binding_message").unwrap(), "Do you want to buy 3 shares of GOOGL");
    assert_eq!(field("scope").unwrap(), "openid stock:trade");
    assert_eq!(field("audience").unwrap(), "sample-stock-api");
    assert_eq!(field("requested_expiry"), None);
    let hint: Value = serde_json::from_str(&field("login_hint").unwrap()).unwrap();
    assert_eq!(hint, json!({"format": "iss_sub", "iss": "http://localhost:4400/", "sub": "auth0|ana"}));
    let details: Value = serde_json::from_str(&field("authorization_details").unwrap()).unwrap();
    let properties = &details[0]["properties"];
    assert_eq!(properties["argument.ticker"]["value"], "GOOGL");
    assert_eq!((&properties["argument.qty"]["value"], &properties["digest"]["value"]), (&json!(3), &json!("digest")));

    let Authority::Approval { audience, scopes, binding_message, .. } = approval() else { panic!("an approval") };
    let longer = Authority::Approval { audience, scopes, binding_message, requested_expiry: Some(301) };
    ask_device(&core, buy(&chat, "c2", "another", longer));
    assert!(body(&host.sent("/bc-authorize")[1]).contains("requested_expiry=301"));
}

/// AA-03, AA-04, AA-27: polled at the tenant's interval, not sooner, not after the answer; the token reaches the call.
#[test]
fn aa_03_polls_keep_to_the_interval_and_stop_after_the_answer() {
    let (host, tenant, core, chat) = ready();
    let call = || buy(&chat, "c1", "digest", approval());
    assert_eq!(code(&ask_device(&core, call())), "pending");
    for _ in 0..3 {
        poll(&core, &chat, "c1");
    }
    assert_eq!(tenant.polled.get(), 0, "not before the interval");
    host.pass(5_000);
    poll(&core, &chat, "c1");
    poll(&core, &chat, "c1");
    assert_eq!(tenant.polled.get(), 1);
    tenant.says(400, json!({"error": "slow_down"}));
    host.pass(5_000);
    let slower = poll(&core, &chat, "c1");
    let ApprovalStatus::Pending { interval_seconds: 10, next_poll_at, .. } = slower else { panic!("{slower:?}") };
    assert_eq!(next_poll_at, now(&host) + 10_000);
    tenant.yes();
    host.pass(9_999);
    assert_eq!(code(&poll(&core, &chat, "c1")), "pending");
    assert_eq!(tenant.polled.get(), 2, "five seconds longer after slow_down");
    host.pass(1);
    assert_eq!(code(&poll(&core, &chat, "c1")), "approved");
    host.pass(60_000);
    assert_eq!(code(&poll(&core, &chat, "c1")), "approved");
    assert_eq!((tenant.asked.get(), tenant.polled.get()), (1, 3));
    assert_eq!(token(obtain(&core, call())), "approved-token");
}

/// AA-05: a no, an end without answer, and a request the tenant has forgotten are three things.
#[test]
fn aa_05_every_end_has_its_own_words() {
    let ends = [
        (json!({"error": "access_denied"}), "approval_denied", "The user has denied the request"),
        (json!({"error": "expired_token"}), "approval_expired", "The request for your approval has expired."),
        (json!({"error": "invalid_grant"}), "approval_invalid", "The request for your approval is no longer valid."),
    ];
    for (answer, expected, words) in ends {
        let (host, tenant, core, chat) = ready();
        ask_device(&core, buy(&chat, "c1", "digest", approval()));
        tenant.says(400, answer);
        host.pass(5_000);
        let ended = poll(&core, &chat, "c1");
        assert_eq!(ended, ApprovalStatus::Ended { code: expected.to_owned(), message: words.to_owned() });
        host.pass(60_000);
        poll(&core, &chat, "c1");
        assert_eq!(tenant.polled.get(), 1, "no poll after the end");
        assert_eq!(code_of(&obtain(&core, buy(&chat, "c1", "digest", approval()))), "approval_missing");
    }
}

/// AA-27: the tenant is down while the user thinks: polled less and less often, and the request ends in time.
#[test]
fn aa_27_an_outage_slows_polling_down_and_the_end_comes_in_time() {
    let (host, tenant, core, chat) = ready();
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    tenant.says(503, json!({}));
    let begin = now(&host);
    while let ApprovalStatus::Pending { next_poll_at, .. } = poll(&core, &chat, "c1") {
        assert!(now(&host) < begin + 400_000, "it ends");
        host.pass(next_poll_at - now(&host));
    }
    assert_eq!(code(&poll(&core, &chat, "c1")), "approval_expired");
    assert!(tenant.polled.get() <= 10, "{} polls", tenant.polled.get());
    assert_eq!(tenant.asked.get(), 1);
}

/// S-24: a request whose answer was lost is never sent again by itself, nor for an identical call while it may be open.
#[test]
fn s_24_a_lost_answer_never_starts_a_second_question() {
    for lost in [(0, json!({})), (502, json!({})), (200, json!({"unexpected": true}))] {
        let (host, tenant, core, chat) = ready();
        *tenant.ask.borrow_mut() = Some(lost);
        assert_eq!(code(&ask_device(&core, buy(&chat, "c1", "digest", approval()))), "approval_outcome_unknown");
        assert_eq!(code(&ask_device(&core, buy(&chat, "c1", "digest", approval()))), "approval_outcome_unknown");
        *tenant.ask.borrow_mut() = None;
        assert_eq!(code(&ask_device(&core, buy(&chat, "c2", "digest", approval()))), "approval_outcome_unknown");
        assert_eq!(tenant.asked.get(), 1);
        host.pass(300_001);
        assert_eq!(code(&ask_device(&core, buy(&chat, "c3", "digest", approval()))), "pending");
    }
}

/// S-24: the account dies between asking and learning the answer: nobody knows, so it is not asked again.
#[test]
fn s_24_a_crash_while_asking_is_unknown() {
    let (host, tenant, core, chat) = ready();
    let call = buy(&chat, "c1", "digest", approval());
    let input = serde_json::from_str(INPUT).unwrap();
    let asked = rows::Asked {
        id: "a1",
        digest: "digest",
        authority: &DeclaredApproval::of(&call).unwrap().text,
        now: now(&host),
        until: now(&host) + 300_000,
    };
    core.insert_approval(&asked).unwrap();
    core.link_approval(&chat, "c1", "a1").unwrap();
    let restarted = account(&host, &[]);
    let call = AskApproval { call, input, again: None, offset_seconds: 0 };
    let status = ask(&restarted, call).unwrap();
    assert_eq!(code(&status), "approval_outcome_unknown");
    assert_eq!(tenant.asked.get(), 0);
}

/// S-24: identical questions merge while one is open; one yes is for one call.
#[test]
fn s_24_identical_questions_merge_and_one_yes_is_for_one_call() {
    let (host, tenant, core, first) = ready();
    let second = chat(&core);
    let calls = [buy(&first, "c1", "digest", approval()), buy(&second, "c1", "digest", approval())];
    let input = || serde_json::from_str(INPUT).unwrap();
    let asks = calls.map(|call| AskApproval { call, input: input(), again: None, offset_seconds: 0 });
    let both = block_on(futures::future::join(core.ask_approval(&asks[0]), core.ask_approval(&asks[1])));
    assert_eq!((code(&both.0.unwrap()), code(&both.1.unwrap())), ("pending", "pending"));
    assert_eq!(tenant.asked.get(), 1, "also when they come together");
    tenant.yes();
    host.pass(5_000);
    assert_eq!(code(&poll(&core, &second, "c1")), "approved");
    assert_eq!(code(&poll(&core, &first, "c1")), "approved");
    assert_eq!(tenant.polled.get(), 1);
    assert_eq!(token(obtain(&core, buy(&second, "c1", "digest", approval()))), "approved-token");
    assert_eq!(code_of(&obtain(&core, buy(&first, "c1", "digest", approval()))), "approval_used");
    // Another amount is another question.
    ask_device(&core, buy(&first, "c2", "another", approval()));
    assert_eq!(tenant.asked.get(), 2);
}

/// S-24: at most N questions an hour reach the user, whatever becomes of them; those the tenant refused do not count.
#[test]
fn s_24_at_most_n_questions_an_hour() {
    let (host, tenant, _, chat) = ready();
    let core = account(&host, &[("LIMIT_APPROVALS_PER_HOUR", "2")]);
    *tenant.ask.borrow_mut() =
        Some((400, json!({"error": "invalid_request", "error_description": "no push enrolment"})));
    assert_eq!(code(&ask_device(&core, buy(&chat, "c0", "d0", approval()))), "approval_no_device");
    *tenant.ask.borrow_mut() = None;
    for number in 1..=2 {
        assert_eq!(
            code(&ask_device(&core, buy(&chat, &format!("c{number}"), &format!("d{number}"), approval()))),
            "pending"
        );
    }
    assert_eq!(code(&ask_device(&core, buy(&chat, "c3", "d3", approval()))), "approval_limit");
    assert_eq!(tenant.asked.get(), 3);
    host.pass(3_600_001);
    assert_eq!(code(&ask_device(&core, buy(&chat, "c4", "d4", approval()))), "pending");
}

/// AA-12: a yes counts if the tenant vouches that the user who was asked said it. Else it is over, nothing runs, and the tokens
/// are not kept.
#[test]
fn aa_12_a_yes_of_anybody_else_or_of_nobody_counts_for_nothing() {
    let expected = |why: &str| match why {
        "another user" => "approval_of_other_user",
        _ => "approval_not_verified",
    };
    let mut yeses: Vec<_> = bad_id_tokens().into_iter().map(|(why, token)| (expected(why), Some(token))).collect();
    yeses.push(("approval_of_nobody", None));
    for (expected, id_token) in yeses {
        let (host, tenant, core, chat) = ready();
        ask_device(&core, buy(&chat, "c1", "digest", approval()));
        tenant.yes_with(id_token);
        host.pass(5_000);
        let ended = poll(&core, &chat, "c1");
        assert_eq!(code(&ended), expected);
        assert!(matches!(ended, ApprovalStatus::Ended { message, .. } if message.ends_with("so it was not run.")));
        assert_eq!(code_of(&obtain(&core, buy(&chat, "c1", "digest", approval()))), "approval_missing");
        host.pass(60_000);
        assert_eq!(code(&poll(&core, &chat, "c1")), expected, "it stays over");
        assert_eq!((tenant.asked.get(), tenant.polled.get()), (1, 1));
        let kept: Vec<Value> = host.rows("SELECT sealed FROM approvals WHERE sealed IS NOT NULL", &[]).unwrap();
        assert_eq!(kept, [] as [Value; 0], "tokens are gone");
    }
}

/// AA-12, S-05: tokens are given once. When the keys cannot be had at that moment they are kept, sealed, and looked at again, also
/// by a restarted account; without an end they are never believed.
#[test]
fn aa_12_a_yes_waits_for_the_keys_and_is_not_lost() {
    let (host, tenant, core, chat) = ready();
    let call = || buy(&chat, "c1", "digest", approval());
    ask_device(&core, call());
    tenant.yes();
    tenant.no_keys.set(true);
    host.pass(5_000);
    assert_eq!(code(&poll(&core, &chat, "c1")), "pending");
    assert_eq!(code_of(&obtain(&core, call())), "approval_missing", "not before it is verified");
    assert!(!host.dump().contains("approved-token"), "sealed");
    let core = account(&host, &[]);
    tenant.no_keys.set(false);
    host.pass(5_000);
    assert_eq!(code(&poll(&core, &chat, "c1")), "approved");
    assert_eq!(tenant.polled.get(), 1, "the tenant gave its tokens once");
    assert_eq!(token(obtain(&core, call())), "approved-token");
}

/// AA-12: keys that cannot be had until the request ends.
#[test]
fn aa_12_a_yes_that_cannot_be_verified_in_time_is_over() {
    let (host, tenant, core, chat) = ready();
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    tenant.yes();
    tenant.no_keys.set(true);
    let begin = now(&host);
    while let ApprovalStatus::Pending { next_poll_at, .. } = poll(&core, &chat, "c1") {
        assert!(now(&host) < begin + 400_000, "it ends");
        host.pass(next_poll_at - now(&host));
    }
    assert_eq!(code(&poll(&core, &chat, "c1")), "approval_not_verified");
    assert_eq!(tenant.polled.get(), 1);
}

/// UA-09: a question under an older key is sealed anew when it is polled.
#[test]
fn ua_09_an_approval_is_sealed_anew_under_the_first_key() {
    let (host, tenant, _, _) = ready();
    let core = account(&host, &[OLD_RING]);
    login(&core, &host);
    let chat = chat(&core);
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    let before = host.dump();
    assert!(before.contains("v1.k1."));
    let rekeyed = account(&host, &[NEW_RING]);
    host.pass(5_000);
    assert_eq!(code(&poll(&rekeyed, &chat, "c1")), "pending");
    let sealed: Vec<Value> = host.rows("SELECT sealed FROM approvals", &[]).unwrap();
    assert!(sealed[0]["sealed"].as_str().unwrap().starts_with("v1.k2."));
    tenant.yes();
    host.pass(5_000);
    assert_eq!(code(&poll(&account(&host, &[NEW_KEY_ALONE]), &chat, "c1")), "approved");
}

/// S-16: what was asked in a session ends with it, also where nobody has the chat open: a yes afterwards counts for nothing, now or
/// after the next login, and another question is another one on the device.
#[test]
fn s_16_a_session_takes_its_open_questions_along() {
    let (host, tenant, core, chat) = ready();
    let session = login(&core, &host);
    let call = |session| ObtainAuthority { session, ..buy(&chat, "c1", "digest", approval()) };
    ask_device(&core, call(Some(session.clone())));
    host.take_told();
    ask(&core, CloseSession { session }).unwrap();
    let told = host.take_told();
    assert_eq!(told.iter().map(|(chat, _)| chat).collect::<Vec<_>>(), [&chat], "no socket is open there");
    tenant.yes();
    host.pass(10_000);
    login(&core, &host);
    let poll = || ask(&core, PollApproval { chat: chat.clone(), call_id: "c1".to_owned() }).unwrap();
    assert_eq!(code(&poll()), "session_ended");
    assert_eq!(code(&ask_device(&core, call(None))), "session_ended");
    assert_eq!(tenant.asked.get(), 1);
    let another = buy(&chat, "c2", "digest", approval());
    assert_eq!(code(&ask_device(&core, another)), "pending");
    assert_eq!(tenant.asked.get(), 2, "the same purchase is asked for anew");
}
