use super::*;
use crate::platform::ports::Sql;

fn session_token(obtained: Obtained) -> String {
    match obtained {
        Obtained::Granted { session: Some(envelope), .. } => envelope.access_token.expose().to_owned(),
        other => panic!("not granted: {other:?}"),
    }
}

#[test]
fn ua_13_the_sessions_own_token_is_given_while_it_is_fresh() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    assert_eq!(
        session_token(obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]))),
        "access-token-1"
    );
    assert!(host.sent("").is_empty(), "nobody was asked");
}

#[test]
fn s_05_refreshes_are_one_at_a_time_and_stored_before_use() {
    let host = FakeHost::new();
    host.world(|request| {
        assert!(body(request).contains("refresh-token-1"));
        json_answer(
            200,
            json!({ "access_token": "rotated-access", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "refresh-token-2" }),
        )
    });
    let core = account(&host, &[]);
    let session = login_with(&core, &host, 30_000, Some("refresh-token-1"));
    let chat = chat(&core);
    let calls: Vec<_> =
        (0..50).map(|n| call_for(&chat, &format!("c{n}"), Some(&session), &[Authority::Session])).collect();
    let all = block_on(futures::future::join_all(calls.iter().map(|call| core.obtain(call))));
    for obtained in all {
        assert_eq!(session_token(obtained.unwrap()), "rotated-access");
    }
    assert_eq!(host.sent("oauth/token").len(), 1, "fifty calls, one refresh");
    // A restarted account reads what was stored; the next refresh uses the rotated token.
    let restarted = account(&host, &[]);
    assert_eq!(
        session_token(obtain(&restarted, call_for(&chat, "d", Some(&session), &[Authority::Session]))),
        "rotated-access"
    );
    host.pass(3_600_000);
    host.world(|request| {
        assert!(body(request).contains("refresh-token-2"));
        json_answer(200, json!({ "access_token": "third", "token_type": "Bearer", "expires_in": 3600 }))
    });
    assert_eq!(session_token(obtain(&restarted, call_for(&chat, "e", Some(&session), &[Authority::Session]))), "third");
}

#[test]
fn s_04_expiry_is_relative_to_the_refresh() {
    let host = FakeHost::new();
    host.world(tenant(""));
    let core = account(&host, &[]);
    let session = login_with(&core, &host, 0, Some("refresh-token-1"));
    let chat = chat(&core);
    let obtained = obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]));
    let Obtained::Granted { session: Some(envelope), .. } = obtained else { panic!("not granted") };
    assert_eq!(envelope.expires_at, now(&host) + 3_600_000);
}

#[test]
fn a_refused_refresh_token_ends_the_session_and_an_outage_does_not() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login_with(&core, &host, 0, Some("refresh-token-1"));
    let chat = chat(&core);
    host.world(|_| json_answer(503, json!({})));
    assert_eq!(code_of(&obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]))), "tenant_down");
    host.world(|_| json_answer(429, json!({ "error": "too_many_requests" })));
    assert_eq!(
        code_of(&obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]))),
        "tenant_rate_limited"
    );
    host.pass(10_000);
    host.world(|_| json_answer(403, json!({ "error": "invalid_grant" })));
    let ended = obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]));
    assert!(matches!(ended, Obtained::SessionEnded {}));
    assert!(ask(&core, CheckSession { session, socket: None }).is_err());
}

#[test]
fn ua_09_a_replaced_key_ends_sessions_instead_of_failing() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let rekeyed = account(&host, &[("AUTH0_SESSION_ENCRYPTION_KEY", "another passphrase, long enough to do")]);
    let obtained = obtain(&rekeyed, call_for(&chat, "a", Some(&session), &[Authority::Session]));
    assert!(matches!(obtained, Obtained::SessionEnded {}));
}

#[test]
fn an_exchange_that_died_with_the_object_lets_the_next_go_after_its_deadline() {
    let host = FakeHost::new();
    host.world(tenant(""));
    let core = account(&host, &[]);
    let session = login_with(&core, &host, 0, Some("refresh-token-1"));
    let chat = chat(&core);
    // A refresh departs and its object dies: the future is dropped on its way.
    {
        let call = call_for(&chat, "a", Some(&session), &[Authority::Session]);
        let mut dying = Box::pin(core.obtain(&call));
        let waker = futures::task::noop_waker();
        assert!(dying.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    }
    host.let_sleeps_pass();
    let restarted = account(&host, &[]);
    let begun = now(&host);
    assert_eq!(
        session_token(obtain(&restarted, call_for(&chat, "a", Some(&session), &[Authority::Session]))),
        "fresh-token-1"
    );
    assert!(now(&host) > begun, "it waited for the deadline");
}

/// A tenant whose refreshes come with this ID token, and rotate.
fn refreshing_with(host: &FakeHost, id_token: Option<String>) {
    host.world(move |request| match keys_for(request) {
        Some(keys) => keys,
        None => json_answer(
            200,
            json!({ "access_token": "refreshed", "token_type": "Bearer", "expires_in": 3600, "id_token": id_token,
                "refresh_token": "refresh-token-2" }),
        ),
    });
}

/// S-03, UA-12 (OpenID Connect Core 1.0, 12.2): an ID token that comes with refreshed tokens is of the session's user; else nothing
/// of the answer is used and the session ends.
#[test]
fn s_03_a_refresh_is_of_the_same_user_or_the_session_ends() {
    for (why, token) in bad_id_tokens() {
        let host = FakeHost::new();
        let core = account(&host, &[]);
        let session = login_with(&core, &host, 0, Some("refresh-token-1"));
        let chat = chat(&core);
        refreshing_with(&host, Some(token));
        let obtained = obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]));
        assert!(matches!(obtained, Obtained::SessionEnded {}), "{why}: {obtained:?}");
        assert!(ask(&core, CheckSession { session, socket: None }).is_err(), "{why}");
    }
    for good in [Some(id_token(json!({}))), None] {
        let host = FakeHost::new();
        let core = account(&host, &[]);
        let session = login_with(&core, &host, 0, Some("refresh-token-1"));
        let chat = chat(&core);
        refreshing_with(&host, good);
        let obtained = obtain(&core, call_for(&chat, "a", Some(&session), &[Authority::Session]));
        assert_eq!(session_token(obtained), "refreshed");
    }
}

/// S-05: while the keys cannot be had the answer is not used, the session stays, and a rotated refresh token is not lost.
#[test]
fn s_05_a_refresh_that_cannot_be_verified_now_loses_nothing() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login_with(&core, &host, 0, Some("refresh-token-1"));
    let chat = chat(&core);
    let token = id_token(json!({}));
    host.world(move |request| match keys_for(request) {
        Some(_) => json_answer(503, json!({})),
        None => json_answer(
            200,
            json!({ "access_token": "unverified", "token_type": "Bearer", "expires_in": 3600, "id_token": token,
                "refresh_token": "refresh-token-2" }),
        ),
    });
    let call = |id: &str| call_for(&chat, id, Some(&session), &[Authority::Session]);
    assert_eq!(code_of(&obtain(&core, call("a"))), "jwks_unavailable");
    refreshing_with(&host, Some(id_token(json!({}))));
    assert_eq!(session_token(obtain(&account(&host, &[]), call("b"))), "refreshed");
    assert_eq!(host.sent("refresh-token-1").len(), 1);
    assert_eq!(host.sent("refresh-token-2").len(), 1, "the rotated one was kept");
}

/// UA-09: a session's tokens under an older key are sealed anew when they are read, and that is no change of the tokens: a refresh
/// that is about to be stored is stored.
#[test]
fn ua_09_tokens_are_sealed_anew_under_the_first_key() {
    let host = FakeHost::new();
    let before = account(&host, &[OLD_RING]);
    let session = login_with(&before, &host, 30_000, Some("refresh-token-1"));
    let chat = chat(&before);
    let call = |id: &str| call_for(&chat, id, Some(&session), &[Authority::Session]);
    let key_of = || {
        let rows: Vec<Value> = host.rows("SELECT tokens FROM sessions", &[]).unwrap();
        rows[0]["tokens"].as_str().unwrap().split('.').nth(1).unwrap().to_owned()
    };
    assert_eq!(key_of(), "k1");
    refreshing_with(&host, None);
    assert_eq!(session_token(obtain(&account(&host, &[NEW_RING]), call("a"))), "refreshed");
    assert_eq!(key_of(), "k2");
    // The older key is gone, and the refreshed tokens are there.
    let after = account(&host, &[NEW_KEY_ALONE]);
    assert_eq!(session_token(obtain(&after, call("b"))), "refreshed");
    assert_eq!(host.sent("oauth/token").len(), 1);
}
