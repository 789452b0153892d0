//! A yes on the user's device is for exactly one call.

use std::cell::Cell;

use super::approvals::{approval, ask_device, buy, code, poll, ready, settle, token};
use super::*;

/// S-09: the token is handed to the call that was approved, and to nothing that differs by one byte, nor after the call.
#[test]
fn s_09_a_changed_byte_gets_nothing_and_an_approval_is_used_once() {
    let (host, tenant, core, chat) = ready();
    let digest = "0123456789abcdef";
    ask_device(&core, buy(&chat, "c1", digest, approval()));
    tenant.yes();
    host.pass(5_000);
    poll(&core, &chat, "c1");
    for position in 0..digest.len() {
        let mut other = digest.as_bytes().to_vec();
        other[position] ^= 1;
        let other = String::from_utf8(other).unwrap();
        assert_eq!(code_of(&obtain(&core, buy(&chat, "c1", &other, approval()))), "approval_missing", "{other}");
    }
    let Authority::Approval { audience, scopes, binding_message, .. } = approval() else { panic!("an approval") };
    let changed = |audience: &str, scope: &str, message: &str| Authority::Approval {
        audience: audience.to_owned(),
        scopes: vec!["openid".to_owned(), scope.to_owned()],
        binding_message: message.to_owned(),
        requested_expiry: None,
    };
    for other in [
        changed("sample-shop-api", "stock:trade", &binding_message),
        changed(&audience, "stock:sell", &binding_message),
        changed(&audience, &scopes[1], "Do you want to buy 4 shares of GOOGL"),
    ] {
        assert_eq!(code_of(&obtain(&core, buy(&chat, "c1", digest, other))), "approval_missing");
    }
    assert_eq!(code_of(&obtain(&core, buy(&chat, "c2", digest, approval()))), "approval_missing", "another call");
    assert_eq!(token(obtain(&core, buy(&chat, "c1", digest, approval()))), "approved-token");
    settle(&core, &chat, "c1", "completed");
    assert_eq!(code_of(&obtain(&core, buy(&chat, "c1", digest, approval()))), "call_already_settled");
    assert!(!host.dump().contains("approved-token"));
}

/// S-09: the sealed token belongs to its row: put into another row, or the row changed, it does not open.
#[test]
fn s_09_two_swapped_rows_do_not_open() {
    let (host, tenant, core, chat) = ready();
    tenant.yes();
    for (call, digest) in [("c1", "digest-1"), ("c2", "digest-2")] {
        ask_device(&core, buy(&chat, call, digest, approval()));
        host.pass(5_000);
        assert_eq!(code(&poll(&core, &chat, call)), "approved");
    }
    use crate::platform::ports::Sql;
    host.exec("CREATE TABLE copies AS SELECT id, sealed FROM approvals", &[]).unwrap();
    let swap = "UPDATE approvals SET sealed = (SELECT sealed FROM copies WHERE copies.id <> approvals.id)";
    host.exec(swap, &[]).unwrap();
    for (call, digest) in [("c1", "digest-1"), ("c2", "digest-2")] {
        assert_eq!(code_of(&obtain(&core, buy(&chat, call, digest, approval()))), "approval_missing");
    }
}

/// S-25, S-06: neither the tenant's id of the request nor the token stands anywhere in the clear, and both survive the
/// object: the row is found by the call, not by anything of the process or the client's secret.
#[test]
fn s_25_an_approval_survives_the_object_and_is_sealed() {
    let (host, tenant, core, chat) = ready();
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    assert!(!host.dump().contains("auth-req-1"));
    let restarted = account(&host, &[("AUTH0_CLIENT_SECRET", "another-secret-value")]);
    tenant.yes();
    host.pass(5_000);
    assert_eq!(code(&poll(&restarted, &chat, "c1")), "approved");
    assert!(host.sent("auth-req-1").len() == 1 && !host.dump().contains("approved-token"));
    let again = account(&host, &[]);
    assert_eq!(token(obtain(&again, buy(&chat, "c1", "digest", approval()))), "approved-token");
}

/// AA-13: a tenant that does not know the details' type, or takes no blanks, has asked nobody yet: the question is put in a
/// form it takes, and the code stands in the message.
#[test]
fn aa_13_a_tenant_without_details_is_asked_with_the_code_in_the_message() {
    let (host, tenant, core, chat) = ready();
    let refused = Cell::new(0);
    let this = tenant.clone();
    host.world(move |request| {
        if body(request).contains("authorization_details") {
            refused.set(refused.get() + 1);
            return json_answer(400, json!({"error": "invalid_authorization_details"}));
        }
        this.asked.set(this.asked.get() + 1);
        json_answer(200, json!({"auth_req_id": "auth-req", "expires_in": 300, "interval": 5}))
    });
    let status = ask_device(&core, buy(&chat, "c1", "digest", approval()));
    let ApprovalStatus::Pending { code, binding_message, .. } = status else { panic!("{status:?}") };
    assert!(binding_message.ends_with(&code) && binding_message.starts_with("Do you want to buy"), "{binding_message}");
    assert_eq!(tenant.asked.get(), 1);
}

/// S-09: the device approved something else than it was asked.
#[test]
fn s_09_a_yes_to_something_else_does_not_count() {
    let (host, tenant, core, chat) = ready();
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    let other = json!([{"type": "tool_call", "arguments": {"ticker": "GOOGL", "qty": 9999}}]);
    tenant.says(200, json!({"access_token": "t", "expires_in": 600, "authorization_details": other}));
    host.pass(5_000);
    assert_eq!(code(&poll(&core, &chat, "c1")), "approval_other");
}

/// S-16: without a living session nobody is asked and nothing is handed out; what was approved in one ends with it.
#[test]
fn s_16_an_approval_needs_a_living_session() {
    let (host, tenant, core, chat) = ready();
    ask_device(&core, buy(&chat, "c1", "digest", approval()));
    tenant.yes();
    host.pass(5_000);
    poll(&core, &chat, "c1");
    core.close_sessions_of(None).unwrap();
    assert!(matches!(obtain(&core, buy(&chat, "c1", "digest", approval())), Obtained::SessionEnded {}));
    assert_eq!(code(&ask_device(&core, buy(&chat, "c2", "d2", approval()))), "session ended");
    host.take_told();
    login(&core, &host);
    let told = host.take_told();
    assert!(told.iter().any(|(to, what)| *to == chat && what.contains("signed_in")), "{told:?}");
    let after = obtain(&core, buy(&chat, "c1", "digest", approval()));
    assert!(matches!(after, Obtained::Refused { .. }), "a yes that was given before counts no more: {after:?}");
}
