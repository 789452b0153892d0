use super::*;

fn check(core: &Core<FakeHost>, session: &str, socket: Option<&str>) -> Result<SessionView, Refusal> {
    ask(core, CheckSession { session: session.to_owned(), socket: socket.map(str::to_owned) })
}

#[test]
fn s_16_sessions_end_idle_and_absolutely_and_use_keeps_them_alive() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    assert_eq!(check(&core, &session, None).unwrap().sub, "auth0|ana");
    for _ in 0..5 {
        host.pass(12 * 3_600_000);
        assert!(check(&core, &session, None).is_ok());
    }
    host.pass(12 * 3_600_000);
    assert_eq!(check(&core, &session, None).unwrap_err().status, 401, "three days are over");
    let idle = login(&core, &host);
    host.pass(24 * 3_600_000);
    assert_eq!(check(&core, &idle, None).unwrap_err().code, "session_ended");
    assert!(!host.dump().contains("auth0|ana"), "nothing of an ended session stays");
    assert_eq!(host.sent("oauth/revoke").len(), 2);
    assert_eq!(check(&core, "made-up", None).unwrap_err().status, 401);
}

/// S-16: what is asked by somebody who holds a session is not looked at once that has ended, or is another user's.
#[test]
fn s_16_a_request_in_a_session_is_answered_while_the_session_lives() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let in_session = |session: &str, name: &str| block_on(answer(&core, name, "{}", Some(session)));
    in_session(&session, CreateChat::NAME).unwrap();
    host.pass(12 * 3_600_000);
    let chats = in_session(&session, ListChats::NAME).unwrap();
    assert_eq!(serde_json::from_str::<Vec<ChatSummary>>(&chats).unwrap().len(), 1);
    host.pass(23 * 3_600_000);
    assert!(check(&core, &session, None).is_ok(), "asking was a use of it");
    assert_eq!(in_session("made-up", CreateChat::NAME).unwrap_err().code, "session_ended");
    host.pass(24 * 3_600_000);
    assert_eq!(in_session(&session, CreateChat::NAME).unwrap_err().code, "session_ended");
    let left = block_on(dispatch(&core, ListChats::NAME, "{}")).unwrap();
    assert_eq!(serde_json::from_str::<Vec<ChatSummary>>(&left).unwrap().len(), 1, "nothing was made");
}

#[test]
fn s_03_a_second_login_replaces_the_session_whole() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let first = login(&core, &host);
    let chat = chat(&core);
    check(&core, &first, Some(&chat)).unwrap();
    let login = OpenSession {
        claims: json!({ "sub": "auth0|ana", "name": "Ana B." }).as_object().unwrap().clone(),
        replaces: Some(first.clone()),
        browser: None,
        tokens: TokenEnvelope {
            access_token: Secret::new("second"),
            refresh_token: None,
            scope: None,
            expires_at: now(&host) + 1,
        },
    };
    let second = ask(&core, login).unwrap();
    assert!(check(&core, &first, None).is_err());
    let view = check(&core, &second.session, None).unwrap();
    assert_eq!(view.claims["name"], "Ana B.");
    let ended = ChatEvent::SessionEnded { session: first };
    assert_eq!(host.take_told(), [(chat, serde_json::to_string(&ended).unwrap())]);
    assert!(host.sent("oauth/revoke").is_empty(), "the tenant could end the new grant with the old token");
}

#[test]
fn s_16_logout_deletes_revokes_and_closes_sockets() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let (mine, other) = (chat(&core), chat(&core));
    check(&core, &session, Some(&mine)).unwrap();
    check(&core, &session, Some("not-mine")).unwrap();
    ask(&core, CloseSession { session: session.clone() }).unwrap();
    assert!(check(&core, &session, None).is_err());
    let revoked = host.sent("oauth/revoke");
    assert_eq!(revoked.len(), 1);
    assert!(body(&revoked[0]).contains("refresh-token-1"));
    let told = host.take_told();
    assert_eq!(told.len(), 1, "only chats with an open socket: {told:?}");
    assert_eq!(told[0].0, mine);
    assert_ne!(told[0].0, other);
    ask(&core, CloseSession { session }).unwrap();
    assert_eq!(host.sent("oauth/revoke").len(), 1, "ending twice is ending once");
}

#[test]
fn ua_19_the_same_account_has_its_chats_after_a_new_login() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    ask(&core, CloseSession { session }).unwrap();
    let restarted = account(&host, &[]);
    login(&restarted, &host);
    let list = ask(&restarted, ListChats { limit: None, before: None, query: None }).unwrap();
    assert_eq!(list[0].id, chat);
}

#[test]
fn s_16_a_tenant_logout_ends_its_sessions_once() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let logout = |sid: Option<&str>, jti: &str| {
        let call = TenantLogout { sid: sid.map(str::to_owned), jti: jti.to_owned(), expires_at: now(&host) + 60_000 };
        ask(&core, call).unwrap();
    };
    logout(Some("another-tenant-session"), "1");
    assert!(check(&core, &session, None).is_ok());
    logout(Some("tenant-session-1"), "2");
    assert!(check(&core, &session, None).is_err());
    let again = login(&core, &host);
    logout(None, "2");
    assert!(check(&core, &again, None).is_ok(), "a logout token works once");
    logout(None, "3");
    assert!(check(&core, &again, None).is_err());
    assert!(host.kept().values().any(|account| *account == ana()), "the hint leads from sid to account");
}

#[test]
fn ua_12_tokens_at_rest_are_sealed() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    login(&core, &host);
    let dump = host.dump();
    assert!(dump.contains("auth0|ana"));
    assert!(!dump.contains("refresh-token-1") && !dump.contains("access-token-1"));
}

#[test]
fn a_login_without_subject_opens_nothing() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let tokens =
        TokenEnvelope { access_token: Secret::new("t"), refresh_token: None, scope: None, expires_at: now(&host) };
    let login = OpenSession { claims: serde_json::Map::new(), replaces: None, browser: None, tokens };
    assert_eq!(ask(&core, login).unwrap_err().code, "login_without_subject");
}

#[test]
fn calls_that_waited_for_a_session_are_told_of_the_next_login() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let chat = chat(&core);
    // A relation is that of a user, and who that is the session says (SD-10).
    for needs in [Authority::Session, Authority::Relation(Relation::of("owner", "doc", "7"))] {
        let obtained = obtain(&core, call_for(&chat, "call-1", Some("ended"), &[needs]));
        assert!(matches!(obtained, Obtained::SessionEnded {}));
    }
    let session = login(&core, &host);
    let signed_in = ChatEvent::SignedIn { session };
    assert_eq!(host.take_told(), [(chat, serde_json::to_string(&signed_in).unwrap())]);
    login(&core, &host);
    assert!(host.take_told().is_empty());
}
