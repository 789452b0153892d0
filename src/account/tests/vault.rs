use deputy_http::ReadResponse;
use std::future::Future as _;

use super::*;
use crate::platform::ports::Sql as _;

const CALENDAR: &[&str] = &["openid", "calendar"];

fn provider_token(obtained: Obtained, connection: &str) -> String {
    match obtained {
        Obtained::Granted { vault, .. } => vault[connection].access_token.expose().to_owned(),
        other => panic!("not granted: {other:?}"),
    }
}

fn exchanges(host: &FakeHost) -> usize {
    host.sent("federated-connection-access-token").len()
}

#[test]
fn tv_03_tv_04_concurrent_calls_make_one_exchange_with_the_sessions_refresh_token() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let calls: Vec<_> =
        (0..4).map(|n| call_for(&chat, &format!("c{n}"), Some(&session), &[vault("google", CALENDAR)])).collect();
    let all = block_on(futures::future::join_all(calls.iter().map(|call| core.obtain(call))));
    for obtained in all {
        assert_eq!(provider_token(obtained.unwrap(), "google"), "provider-token-1");
    }
    assert_eq!(exchanges(&host), 1);
    assert!(body(&host.sent("federated-connection-access-token")[0]).contains("subject_token=refresh-token-1"));
}

/// CF-05 too: the store is whatever has `get`, `put` and `delete`, here a map in memory.
#[test]
fn s_06_s_07_the_cache_is_sealed_per_user_and_survives_the_object() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat_ = chat(&core);
    let token =
        provider_token(obtain(&core, call_for(&chat_, "a", Some(&session), &[vault("google", CALENDAR)])), "google");
    let restarted = account(&host, &[]);
    let again = obtain(&restarted, call_for(&chat_, "b", Some(&session), &[vault("google", CALENDAR)]));
    assert_eq!(provider_token(again, "google"), token, "from KV");
    assert_eq!(exchanges(&host), 1);
    let dump = format!("{:?}{}", host.kept(), host.dump());
    assert!(!dump.contains(&token) && !dump.contains("google-oauth2"));
    // Another user's object over the same KV finds nothing, even with an entry moved to its key.
    let other_host = FakeHost::new();
    other_host.world(tenant("openid calendar"));
    let other = account_named(&other_host, "another-account", &[]);
    let other_session = login(&other, &other_host);
    let other_chat = chat(&other);
    obtain(&other, call_for(&other_chat, "a", Some(&other_session), &[vault("google", CALENDAR)]));
    let (mine, theirs) = (host.kept(), other_host.kept());
    let key = |kept: &std::collections::HashMap<String, String>| {
        kept.keys().find(|key| key.starts_with("vault:")).unwrap().clone()
    };
    assert_ne!(key(&mine), key(&theirs));
    other_host.keep(&key(&theirs), &mine[&key(&mine)]);
    let moved = account_named(&other_host, "another-account", &[]);
    obtain(&moved, call_for(&other_chat, "b", Some(&other_session), &[vault("google", CALENDAR)]));
    assert_eq!(exchanges(&other_host), 2, "the moved entry did not open");
}

#[test]
fn tv_08_a_missing_connection_interrupts_and_waits() {
    let host = FakeHost::new();
    host.world(|_| json_answer(401, json!({ "error": "federated_connection_refresh_token_not_found" })));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let obtained = obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", CALENDAR)]));
    let Obtained::NeedsConnection { connection, missing, required } = obtained else { panic!("{obtained:?}") };
    assert_eq!(
        (connection.as_str(), missing, required),
        (
            "google",
            CALENDAR.iter().map(|s| s.to_string()).collect(),
            CALENDAR.iter().map(|s| s.to_string()).collect::<Vec<_>>()
        )
    );
    assert!(host.dump().contains(r#""outcome":"waiting""#));
}

#[test]
fn tv_09_only_missing_scopes_are_named() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar.read"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let obtained = obtain(
        &core,
        call_for(&chat, "a", Some(&session), &[vault("google", &["openid", "calendar.read", "calendar.events"])]),
    );
    let Obtained::NeedsConnection { missing, required, .. } = obtained else { panic!("{obtained:?}") };
    assert_eq!(missing, ["calendar.events"]);
    assert_eq!(required, ["openid", "calendar.read", "calendar.events"]);
}

#[test]
fn s_23_outages_limits_and_mistakes_are_never_a_consent_prompt() {
    let cases = [
        (503, json!({}), "tenant_down"),
        (429, json!({ "error": "too_many_requests" }), "tenant_rate_limited"),
        (401, json!({ "error": "invalid_client" }), "tenant_client_credentials"),
        (403, json!({ "error": "unauthorized_client" }), "tenant_grant_not_enabled"),
        (400, json!({ "error": "something_new" }), "tenant_refused"),
        (401, json!({ "error": "mfa_required" }), "step_up_required"),
    ];
    for (status, answer, code) in cases {
        let host = FakeHost::new();
        let core = account(&host, &[]);
        let session = login(&core, &host);
        let chat = chat(&core);
        host.world(move |_| json_answer(status, answer.clone()));
        let obtained = obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", CALENDAR)]));
        assert_eq!(code_of(&obtained), code);
        assert!(ask(&core, CheckSession { session, socket: None }).is_ok(), "{code}: the session lives");
    }
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let obtained = obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", CALENDAR)]));
    assert_eq!(code_of(&obtained), "tenant_down", "nobody answers");
}

#[test]
fn a_dropped_token_is_not_given_again_not_even_by_a_late_copy() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let first =
        provider_token(obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", CALENDAR)])), "google");
    let late = host.kept();
    ask(&core, DropProviderToken { connection: "google".into() }).unwrap();
    for (key, value) in &late {
        host.keep(key, value);
    }
    let second =
        provider_token(obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", CALENDAR)])), "google");
    assert_ne!(first, second);
}

#[test]
fn s_16_after_logout_no_cached_token_can_be_reached() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", CALENDAR)]));
    ask(&core, CloseSession { session: session.clone() }).unwrap();
    let obtained = obtain(&core, call_for(&chat, "b", Some(&session), &[vault("google", CALENDAR)]));
    assert!(matches!(obtained, Obtained::SessionEnded {}));
    let again = login(&core, &host);
    obtain(&core, call_for(&chat, "b", Some(&again), &[vault("google", CALENDAR)]));
    assert_eq!(exchanges(&host), 2);
}

#[test]
fn a_token_that_ends_soon_is_kept_in_memory_only_and_not_to_its_end() {
    let host = FakeHost::new();
    host.world(|_| {
        json_answer(
            200,
            json!({ "access_token": "short", "token_type": "Bearer", "expires_in": 90, "scope": "calendar" }),
        )
    });
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let ask_for = |call: &str| obtain(&core, call_for(&chat, call, Some(&session), &[vault("google", CALENDAR)]));
    for call in ["a", "b"] {
        assert_eq!(provider_token(ask_for(call), "google"), "short");
    }
    assert_eq!(exchanges(&host), 1);
    assert!(!host.kept().keys().any(|key| key.starts_with("vault:")), "KV keeps nothing for less than a minute");
    host.pass(30_000);
    ask_for("c");
    assert_eq!(exchanges(&host), 2, "a minute before its end it is not handed out any more");
}

/// Auth0's free plan allows 300 token requests a minute for all users together.
#[test]
fn a_storm_of_calls_costs_one_exchange_a_connection() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[("LIMIT_TOOL_CALLS_PER_DAY", "1000")]);
    let session = login(&core, &host);
    let chat = chat(&core);
    for call in 0..600 {
        let connection = ["google", "github", "slack"][call % 3];
        let scopes: &[&str] = if connection == "github" { &[] } else { CALENDAR };
        obtain(&core, call_for(&chat, &format!("c{call}"), Some(&session), &[vault(connection, scopes)]));
        host.pass(100);
    }
    assert_eq!(exchanges(&host), 3);
    assert_eq!(host.sent("oauth/token").len(), 3, "and nothing else was asked of the token endpoint");
}

#[test]
fn callers_that_wait_share_a_failure_and_the_next_one_tries_again() {
    let host = FakeHost::new();
    host.world(|_| json_answer(401, json!({ "error": "federated_connection_refresh_token_not_found" })));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let calls: Vec<_> =
        (0..4).map(|n| call_for(&chat, &format!("c{n}"), Some(&session), &[vault("google", CALENDAR)])).collect();
    for obtained in block_on(futures::future::join_all(calls.iter().map(|call| core.obtain(call)))) {
        assert!(matches!(obtained.unwrap(), Obtained::NeedsConnection { .. }));
    }
    assert_eq!(exchanges(&host), 1);
    host.world(tenant("openid calendar"));
    obtain(&core, call_for(&chat, "c0", Some(&session), &[vault("google", CALENDAR)]));
    assert_eq!(exchanges(&host), 2);
}

#[test]
fn a_first_caller_that_goes_away_does_not_hold_up_the_others_for_ever() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let calls: Vec<_> =
        (0..3).map(|n| call_for(&chat, &format!("c{n}"), Some(&session), &[vault("google", CALENDAR)])).collect();
    {
        let mut first = Box::pin(core.obtain(&calls[0]));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(first.as_mut().poll(&mut context).is_pending(), "the exchange is on its way, and its caller gives up");
    }
    assert_eq!(exchanges(&host), 1);
    host.pass(15_000);
    for obtained in block_on(futures::future::join_all(calls[1..].iter().map(|call| core.obtain(call)))) {
        assert_eq!(provider_token(obtained.unwrap(), "google"), "provider-token-1", "the lost one got no answer");
    }
    assert_eq!(exchanges(&host), 2, "one for the two that were left");
}

#[test]
fn s_23_after_a_429_nothing_is_asked_before_its_time_for_any_connection_or_refresh() {
    for (header, value, wait) in
        [("retry-after", "20", 20_000), ("x-ratelimit-reset", "1790000007", 7_000), ("retry-after", "86000", 300_000)]
    {
        let host = FakeHost::new();
        let core = account(&host, &[]);
        let session = login(&core, &host);
        let chat = chat(&core);
        host.world(move |_| {
            Ok(deputy_http::response(429, r#"{"error":"too_many_requests"}"#).with_header(header, value))
        });
        let refused = |call: &str, authority: Authority| {
            code_of(&obtain(&core, call_for(&chat, call, Some(&session), &[authority])))
        };
        assert_eq!(refused("a", vault("google", CALENDAR)), "tenant_rate_limited");
        host.world(tenant("openid calendar"));
        host.pass(wait - 1);
        for call in 0..100 {
            assert_eq!(refused(&format!("b{call}"), vault("google", CALENDAR)), "tenant_rate_limited");
        }
        assert_eq!(refused("c", vault("github", &[])), "tenant_rate_limited");
        let connections = ask(&core, ListConnections { session: Some(session.clone()) });
        assert_eq!(connections.unwrap_err().code, "tenant_rate_limited", "the token for the My Account API");
        assert_eq!(host.sent("oauth/token").len(), 1, "{header}");
        host.pass(1);
        let obtained = obtain(&core, call_for(&chat, "d", Some(&session), &[vault("google", CALENDAR)]));
        assert!(matches!(obtained, Obtained::Granted { .. }), "{header}");
    }
}

/// Two rows that change places open nowhere: in KV both are as if they were not there, in SQLite both sessions end.
#[test]
fn s_06_s_07_two_swapped_rows_do_not_open() {
    let host = FakeHost::new();
    host.world(tenant("openid calendar"));
    let core = account(&host, &[]);
    let (one, two) = (login(&core, &host), login_with(&core, &host, 3_600_000, Some("refresh-token-2")));
    let chat = chat(&core);
    for (call, connection) in [("a", "google"), ("b", "slack")] {
        obtain(&core, call_for(&chat, call, Some(&one), &[vault(connection, CALENDAR)]));
    }
    let kept: Vec<_> = host.kept().into_iter().filter(|(key, _)| key.starts_with("vault:")).collect();
    let [(first, value), (second, other)] = kept.as_slice() else { panic!("{kept:?}") };
    host.keep(first, other);
    host.keep(second, value);
    let restarted = account(&host, &[]);
    for (call, connection) in [("c", "google"), ("d", "slack")] {
        let obtained = obtain(&restarted, call_for(&chat, call, Some(&one), &[vault(connection, CALENDAR)]));
        assert!(matches!(obtained, Obtained::Granted { .. }));
    }
    assert_eq!(exchanges(&host), 4, "neither opened in the other's place");
    let tokens = |id: &str| -> String {
        let row: Option<Value> = host.row("SELECT tokens FROM sessions WHERE id = ?", &[id.into()]).unwrap();
        row.unwrap()["tokens"].as_str().unwrap().to_owned()
    };
    for (id, sealed) in [(&one, tokens(&two)), (&two, tokens(&one))] {
        host.exec("UPDATE sessions SET tokens = ? WHERE id = ?", &[(&sealed).into(), id.into()]).unwrap();
    }
    for session in [one, two] {
        let obtained = obtain(&restarted, call_for(&chat, &session, Some(&session), &[Authority::Session]));
        assert!(matches!(obtained, Obtained::SessionEnded {}), "{obtained:?}");
    }
}
