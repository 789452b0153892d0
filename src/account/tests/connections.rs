use super::*;

/// A tenant with a My Account API; exchanges answer with `granted`, or "not connected" when it is empty.
fn world(granted: &'static str) -> impl Fn(&Request) -> Result<Response, TransportError> {
    move |request| {
        let url = &request.uri().to_string();
        if url.ends_with("/connected-accounts/connect") {
            let connect = json!({ "connect_uri": "http://localhost:4400/connected-accounts/connect", "auth_session": "auth-session",
                "connect_params": { "ticket": "ticket" }, "expires_in": 300 });
            return json_answer(201, connect);
        }
        if url.ends_with("/connected-accounts/complete") {
            return json_answer(201, account_json());
        }
        if url.contains("/connected-accounts/accounts/cac_1") {
            return Ok(deputy_http::response(204, ""));
        }
        if url.contains("/connected-accounts/accounts") {
            return json_answer(200, json!({ "accounts": [account_json()] }));
        }
        let body = body(request);
        if body.contains("federated-connection-access-token") {
            if granted.is_empty() {
                return json_answer(401, json!({ "error": "federated_connection_refresh_token_not_found" }));
            }
            let token =
                json!({ "access_token": "provider", "token_type": "Bearer", "expires_in": 3600, "scope": granted });
            return json_answer(200, token);
        }
        json_answer(200, json!({ "access_token": "my-account", "token_type": "Bearer", "expires_in": 3600 }))
    }
}

fn account_json() -> Value {
    json!({ "id": "cac_1", "connection": "google", "access_type": "offline", "scopes": ["calendar"], "created_at": "2026-11-23T00:00:00Z" })
}

fn start(core: &Core<FakeHost>, host: &FakeHost, session: &str) -> Result<String, Refusal> {
    let call = StartConnect {
        session: session.to_owned(),
        connection: "google".to_owned(),
        scopes: vec!["calendar".to_owned()],
        return_to: "/close".to_owned(),
        parameters: [("prompt".to_owned(), "login".to_owned())].into(),
    };
    let started = ask(core, call)?;
    assert!(started.redirect.ends_with("?ticket=ticket"));
    let sent: Value = serde_json::from_str(&body(host.sent("/connected-accounts/connect").last().unwrap())).unwrap();
    assert_eq!(sent["authorization_params"], json!({ "prompt": "login" }), "TV-18");
    assert_eq!(sent["redirect_uri"], "http://localhost:3000/auth/callback");
    Ok(sent["state"].as_str().unwrap().to_owned())
}

fn complete(
    core: &Core<FakeHost>,
    session: &str,
    state: &str,
    code: Option<&str>,
) -> Result<ConnectCompleted, Refusal> {
    let call =
        CompleteConnect { session: session.to_owned(), state: state.to_owned(), connect_code: code.map(str::to_owned) };
    ask(core, call)
}

#[test]
fn tv_02_tv_14_consent_completes_and_the_waiting_call_goes_on() {
    let host = FakeHost::new();
    host.world(world(""));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let calendar = || call_for(&chat, "a", Some(&session), &[vault("google", &["calendar"])]);
    assert!(matches!(obtain(&core, calendar()), Obtained::NeedsConnection { .. }));
    let state = start(&core, &host, &session).unwrap();
    let completed = complete(&core, &session, &state, Some("connect-code")).unwrap();
    assert!(
        completed.outcome == ConnectOutcome::Connected
            && completed.return_to == "/close"
            && completed.connection == "google"
    );
    let changed = ChatEvent::ConnectionChanged { connection: "google".to_owned(), connected: true };
    assert_eq!(host.take_told(), [(chat.clone(), serde_json::to_string(&changed).unwrap())]);
    let sent: Value = serde_json::from_str(&body(&host.sent("/complete")[0])).unwrap();
    assert_eq!(
        (sent["auth_session"].as_str(), sent["connect_code"].as_str()),
        (Some("auth-session"), Some("connect-code"))
    );
    host.world(world("calendar"));
    assert!(matches!(obtain(&core, calendar()), Obtained::Granted { .. }));
    assert!(!host.dump().contains("auth-session"), "what the flow remembers is sealed and spent");
}

#[test]
fn a_flow_is_single_use_bound_to_its_session_and_expires() {
    let host = FakeHost::new();
    host.world(world(""));
    let core = account(&host, &[]);
    let (session, other) = (login(&core, &host), login(&core, &host));
    let state = start(&core, &host, &session).unwrap();
    assert!(!host.dump().contains(&state) && !host.dump().contains("auth-session"));
    assert_eq!(complete(&core, &other, &state, Some("c")).unwrap_err().code, "connect_other_session");
    assert_eq!(
        complete(&core, &session, &state, Some("c")).unwrap_err().code,
        "connect_unknown",
        "spent by the attempt"
    );
    let state = start(&core, &host, &session).unwrap();
    host.pass(301_000);
    assert_eq!(complete(&core, &session, &state, Some("c")).unwrap_err().code, "callback_expired");
    assert_eq!(complete(&core, &session, "made-up", Some("c")).unwrap_err().status, 400);
    let state = start(&core, &host, &session).unwrap();
    complete(&core, &session, &state, Some("c")).unwrap();
    assert_eq!(complete(&core, &session, &state, Some("c")).unwrap_err().code, "connect_unknown");
}

#[test]
fn a_cancelled_consent_keeps_the_call_waiting() {
    let host = FakeHost::new();
    host.world(world(""));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", &["calendar"])]));
    let state = start(&core, &host, &session).unwrap();
    assert_eq!(complete(&core, &session, &state, None).unwrap().outcome, ConnectOutcome::Cancelled);
    assert!(host.take_told()[0].1.contains(r#""connected":false"#));
    let again = obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", &["calendar"])]));
    assert!(matches!(again, Obtained::NeedsConnection { .. }), "asked again, because nothing was answered");
}

#[test]
fn scopes_that_a_consent_did_not_bring_are_explained_and_not_asked_for_again() {
    let host = FakeHost::new();
    host.world(world(""));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    let calendar = |call| call_for(&chat, call, Some(&session), &[vault("google", &["calendar"])]);
    obtain(&core, calendar("a"));
    let state = start(&core, &host, &session).unwrap();
    complete(&core, &session, &state, Some("c")).unwrap();
    host.world(world("something-else"));
    let refused = obtain(&core, calendar("a"));
    assert_eq!(code_of(&refused), "scopes_not_granted");
    assert_eq!(code_of(&obtain(&core, calendar("b"))), "scopes_not_granted", "another call right after");
    host.pass(11 * 60_000);
    assert!(matches!(obtain(&core, calendar("c")), Obtained::NeedsConnection { .. }), "later it may be asked again");
    host.world(world(""));
    assert_eq!(code_of(&obtain(&core, calendar("a"))), "connection_unusable");
}

#[test]
fn disconnecting_makes_tokens_unreachable_and_leaves_a_ledger_row() {
    let host = FakeHost::new();
    host.world(world("calendar"));
    let core = account(&host, &[]);
    let session = login(&core, &host);
    let chat = chat(&core);
    obtain(&core, call_for(&chat, "a", Some(&session), &[vault("google", &["calendar"])]));
    let list = ask(&core, ListConnections { session: Some(session.clone()) }).unwrap();
    assert_eq!((list[0].id.as_str(), list[0].last_used), ("cac_1", Some(now(&host))));
    let disconnect = |id: &str| ask(&core, Disconnect { session: Some(session.clone()), id: id.to_owned() });
    assert_eq!(disconnect("cac_other").unwrap_err().status, 404);
    disconnect("cac_1").unwrap();
    assert!(host.dump().contains(r#""tool":"disconnect""#));
    host.world(world(""));
    let after = obtain(&core, call_for(&chat, "b", Some(&session), &[vault("google", &["calendar"])]));
    assert!(matches!(after, Obtained::NeedsConnection { .. }), "neither memory nor KV gave the old token");
    assert!(ask(&core, ListConnections { session: Some("ended".into()) }).is_err());
}
