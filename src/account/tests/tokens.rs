use super::*;

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
        (0..5).map(|n| call_for(&chat, &format!("c{n}"), Some(&session), &[Authority::Session])).collect();
    let all = block_on(futures::future::join_all(calls.iter().map(|call| core.obtain(call))));
    for obtained in all {
        assert_eq!(session_token(obtained.unwrap()), "rotated-access");
    }
    assert_eq!(host.sent("oauth/token").len(), 1, "five calls, one refresh");
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
