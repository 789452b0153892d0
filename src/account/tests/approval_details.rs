//! What the device shows of a question, and where the code stands.

use std::cell::Cell;

use super::approvals::{approval, ask_device, buy, code, poll, ready};
use super::*;

const DETAILS_TYPE: &str = "AUTH0_APPROVAL_DETAILS_TYPE";

/// The form that was sent last to `/bc-authorize`: message and details.
fn asked(host: &FakeHost) -> (String, Value) {
    let sent = host.sent("/bc-authorize");
    let pairs = deputy_http::parse_query(&body(sent.last().unwrap()));
    let field = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let details = field("authorization_details").map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    (field("binding_message").unwrap(), details)
}

fn shown(status: ApprovalStatus) -> (String, String) {
    match status {
        ApprovalStatus::Pending { code, binding_message, .. } => (code, binding_message),
        other => panic!("{other:?}"),
    }
}

/// AA-13, AA-14, S-09: Guardian shows details in Auth0's own schema, which is the default; of any other type, or of a question
/// that comes by e-mail, it may show nothing, so the message carries the code.
#[test]
fn aa_13_aa_14_the_code_stands_where_the_device_shows_it() {
    let longer = |seconds: Option<u32>| match approval() {
        Authority::Approval { audience, scopes, binding_message, .. } => {
            Authority::Approval { audience, scopes, binding_message, requested_expiry: seconds }
        }
        other => other,
    };
    let own = "urn:auth0:schemas:authorization-details:v1:order";
    let table = [
        ("", None, true),
        (own, None, true),
        (own, Some(300), true),
        (own, Some(301), false),
        ("tool_call", None, false),
        ("https://shop.example/order", Some(60), false),
    ];
    for (kind, seconds, by_details) in table {
        let (host, _, _, chat) = ready();
        let core = account(&host, &[(DETAILS_TYPE, kind)]);
        let status = ask_device(&core, buy(&chat, "c1", "digest", longer(seconds)));
        let (code, on_card) = shown(status);
        let (message, details) = asked(&host);
        assert_eq!(on_card, message, "{kind}: the card shows the message that was sent");
        let kind = if kind.is_empty() { "urn:auth0:schemas:authorization-details:v1:tool-call" } else { kind };
        assert_eq!(details[0]["type"], kind);
        assert_eq!(!message.contains(&code), by_details, "{kind} {seconds:?}: {message}");
        assert!(details.to_string().contains(&code), "{kind}: the details carry it too, for an app of one's own");
        assert!(message.starts_with("Do you want to buy 3 shares of GOOGL"), "{message}");
    }
}

/// S-09: what the details have no room for is not asked, with the words for that; nobody's phone rings.
#[test]
fn s_09_a_call_that_does_not_fit_says_so() {
    let (_, tenant, core, chat) = ready();
    let call = buy(&chat, "c1", "digest", approval());
    let input = json!({"ticker": "x".repeat(300), "qty": 1});
    let status = ask(&core, AskApproval { call, input, again: None, offset_seconds: 0 }).unwrap();
    assert_eq!(code(&status), "authorization_details_value_too_long");
    assert_eq!(tenant.asked.get(), 0);
}

/// T35d: a time that the tenant names with "not yet" is kept to, also where it is longer than the interval.
#[test]
fn t35d_a_pending_answer_says_when_to_come_again() {
    let (host, _, core, chat) = ready();
    let polls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&polls);
    host.world(move |request| {
        if request.uri().to_string().ends_with("/bc-authorize") {
            return json_answer(200, json!({"auth_req_id": "r", "expires_in": 300, "interval": 5}));
        }
        counted.set(counted.get() + 1);
        let pending = json_answer(400, json!({"error": "authorization_pending"}))?;
        Ok(deputy_http::ReadResponse::with_header(pending, "retry-after", "25"))
    });
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    host.pass(5_000);
    let told = poll(&core, &chat, "c1");
    let ApprovalStatus::Pending { next_poll_at, interval_seconds: 5, .. } = told else { panic!("{told:?}") };
    assert_eq!((next_poll_at, polls.get()), (now(&host) + 25_000, 1));
    host.pass(24_999);
    poll(&core, &chat, "c1");
    assert_eq!(polls.get(), 1, "not before");
    host.pass(1);
    poll(&core, &chat, "c1");
    assert_eq!(polls.get(), 2);
}
