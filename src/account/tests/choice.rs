//! Several accounts of one connection: which is in use, and that none replaces another unasked.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;

/// Connected accounts at the tenant: id and name at the provider.
type Accounts = Rc<RefCell<Vec<(&'static str, &'static str)>>>;

/// A tenant with these accounts of the connection `google`; the next consent is given with the last word of `consents`.
fn world(host: &FakeHost, accounts: &Accounts, consents: &[(&'static str, &'static str)]) {
    let (accounts, consents) = (accounts.clone(), RefCell::new(consents.to_vec()));
    let view = |id: &str| json!({ "id": id, "connection": "google", "scopes": ["calendar"], "created_at": "2026-11-23T00:00:00Z" });
    host.world(move |request| {
        let url = &request.uri().to_string();
        if url.ends_with("/connected-accounts/connect") {
            let connect = json!({ "connect_uri": "http://localhost:4400/connect", "auth_session": "s", "connect_params": { "ticket": "t" }, "expires_in": 300 });
            return json_answer(201, connect);
        }
        if url.ends_with("/connected-accounts/complete") {
            let (id, name) = consents.borrow_mut().remove(0);
            accounts.borrow_mut().retain(|(_, known)| *known != name);
            accounts.borrow_mut().push((id, name));
            return json_answer(201, view(id));
        }
        if let Some((_, id)) = url.split_once("/connected-accounts/accounts/") {
            accounts.borrow_mut().retain(|(known, _)| *known != id);
            return Ok(deputy_http::response(204, ""));
        }
        if url.contains("/connected-accounts/accounts") {
            let list: Vec<_> = accounts.borrow().iter().map(|(id, _)| view(id)).collect();
            return json_answer(200, json!({ "accounts": list }));
        }
        let body = body(request);
        if body.contains("federated-connection-access-token") {
            let hint = body.split('&').find_map(|pair| pair.strip_prefix("login_hint="));
            let found = accounts.borrow().iter().rev().find(|(_, name)| hint.is_none_or(|hint| hint == *name)).copied();
            return match found {
                Some((_, name)) => json_answer(200, json!({ "access_token": name, "expires_in": 3600, "scope": "calendar" })),
                None => json_answer(401, json!({ "error": "federated_connection_refresh_token_not_found" })),
            };
        }
        json_answer(200, json!({ "access_token": "my-account", "token_type": "Bearer", "expires_in": 3600 }))
    });
}

struct Scene {
    host: FakeHost,
    core: Core<FakeHost>,
    session: String,
    chat: String,
    accounts: Accounts,
}

impl Scene {
    fn new(consents: &[(&'static str, &'static str)]) -> Self {
        let host = FakeHost::new();
        let accounts = Accounts::default();
        world(&host, &accounts, consents);
        let core = account(&host, &[]);
        let session = login(&core, &host);
        let chat = chat(&core);
        Self { host, core, session, chat, accounts }
    }

    fn consent(&self, hint: Option<&str>) -> ConnectOutcome {
        let call = StartConnect {
            session: self.session.clone(),
            connection: "google".to_owned(),
            scopes: vec!["calendar".to_owned()],
            return_to: "/close".to_owned(),
            parameters: hint.map(|hint| ("login_hint".to_owned(), hint.to_owned())).into_iter().collect(),
        };
        ask(&self.core, call).unwrap();
        let sent: Value =
            serde_json::from_str(&body(self.host.sent("/connected-accounts/connect").last().unwrap())).unwrap();
        let call = CompleteConnect {
            session: self.session.clone(),
            state: sent["state"].as_str().unwrap().to_owned(),
            connect_code: Some("c".to_owned()),
        };
        ask(&self.core, call).unwrap().outcome
    }

    /// The token a tool gets, or the code of the refusal.
    fn token(&self, call: &str) -> String {
        match obtain(&self.core, call_for(&self.chat, call, Some(&self.session), &[vault("google", &["calendar"])])) {
            Obtained::Granted { vault, .. } => vault["google"].access_token.expose().to_owned(),
            Obtained::NeedsConnection { .. } => "needs_connection".to_owned(),
            other => code_of(&other),
        }
    }

    fn choose(&self, id: &str) -> Result<(), Refusal> {
        ask(&self.core, UseAccount { session: Some(self.session.clone()), id: id.to_owned() })
    }

    fn disconnect(&self, id: &str) -> RevocationOutcome {
        let disconnect = Disconnect { session: Some(self.session.clone()), id: id.to_owned() };
        ask(&self.core, disconnect).unwrap().provider_revoked
    }

    fn listed(&self) -> Vec<(String, bool)> {
        let list = ask(&self.core, ListConnections { session: Some(self.session.clone()) }).unwrap();
        list.into_iter().map(|connection| (connection.id, connection.in_use)).collect()
    }

    fn at_tenant(&self) -> Vec<&'static str> {
        self.accounts.borrow().iter().map(|(id, _)| *id).collect()
    }
}

#[test]
fn the_same_account_again_is_no_question() {
    let scene = Scene::new(&[("cac_1", "ana"), ("cac_1", "ana"), ("cac_9", "ana")]);
    assert_eq!(scene.consent(None), ConnectOutcome::Connected);
    assert_eq!(scene.consent(None), ConnectOutcome::Connected);
    assert_eq!(scene.consent(None), ConnectOutcome::Connected, "also where the tenant gives it a new id");
    assert_eq!(scene.listed(), [("cac_9".to_owned(), true)]);
    assert_eq!(scene.token("a"), "ana");
}

#[test]
fn another_account_replaces_nothing_until_the_user_has_chosen_it() {
    let scene = Scene::new(&[("cac_1", "ana"), ("cac_2", "studio")]);
    assert_eq!(scene.consent(None), ConnectOutcome::Connected);
    assert_eq!(scene.token("a"), "ana");
    let waiting = call_for(&scene.chat, "w", Some(&scene.session), &[vault("google", &["mail"])]);
    assert!(matches!(obtain(&scene.core, waiting), Obtained::Refused { .. } | Obtained::NeedsConnection { .. }));
    scene.host.take_told();
    assert_eq!(scene.consent(None), ConnectOutcome::OtherAccount);
    assert_eq!(scene.listed(), [("cac_1".to_owned(), true), ("cac_2".to_owned(), false)]);
    assert_eq!(scene.token("b"), "ana", "the token at hand is still the old account's");
    assert!(scene.host.take_told().is_empty(), "no waiting call goes on with an account nobody chose");
    ask(&scene.core, DropProviderToken { connection: "google".into() }).unwrap();
    assert_eq!(scene.token("c"), "account_undecided", "and no exchange is made that might give either");
    assert_eq!(scene.choose("cac_0").unwrap_err().status, 404);
    scene.choose("cac_2").unwrap();
    assert_eq!((scene.at_tenant(), scene.listed()), (vec!["cac_2"], vec![("cac_2".to_owned(), true)]));
    assert_eq!(scene.token("d"), "studio");
    assert!(scene.host.dump().contains(r#""tool":"use_account""#));
}

#[test]
fn the_user_may_keep_the_account_from_before() {
    let scene = Scene::new(&[("cac_1", "ana"), ("cac_2", "studio"), ("cac_3", "studio")]);
    scene.consent(None);
    scene.consent(None);
    scene.choose("cac_1").unwrap();
    assert_eq!(scene.at_tenant(), ["cac_1"]);
    assert_eq!(scene.token("a"), "ana");
    assert_eq!(scene.consent(None), ConnectOutcome::OtherAccount);
    scene.disconnect("cac_3");
    assert_eq!(
        (scene.at_tenant(), scene.token("b")),
        (vec!["cac_1"], "ana".to_owned()),
        "or by disconnecting the new one"
    );
}

#[test]
fn an_account_that_is_gone_is_no_question_any_more() {
    let scene = Scene::new(&[("cac_1", "ana"), ("cac_2", "studio")]);
    scene.consent(None);
    assert_eq!(scene.consent(None), ConnectOutcome::OtherAccount);
    scene.accounts.borrow_mut().pop();
    assert_eq!(scene.token("a"), "account_undecided");
    assert_eq!(scene.listed(), [("cac_1".to_owned(), true)], "disconnected in the tenant's dashboard, say");
    assert_eq!(scene.token("b"), "ana");
}

#[test]
fn a_call_that_waits_goes_on_with_the_account_that_was_chosen() {
    let scene = Scene::new(&[("cac_2", "studio")]);
    scene.accounts.borrow_mut().push(("cac_1", "ana"));
    world(&scene.host, &Accounts::default(), &[]);
    assert_eq!(scene.token("a"), "needs_connection");
    world(&scene.host, &scene.accounts, &[("cac_2", "studio")]);
    assert_eq!(scene.consent(None), ConnectOutcome::OtherAccount, "another one was connected before, elsewhere");
    assert!(scene.host.take_told().is_empty());
    scene.choose("cac_2").unwrap();
    assert!(scene.host.take_told()[0].1.contains(r#""connected":true"#));
    assert_eq!(scene.token("a"), "studio");
}

#[test]
fn tv_18_the_account_asked_for_goes_into_every_exchange_and_another_one_is_noticed() {
    let scene = Scene::new(&[("cac_1", "studio")]);
    assert_eq!(scene.consent(Some("studio")), ConnectOutcome::Connected);
    scene.accounts.borrow_mut().push(("cac_5", "added-by-another-application"));
    assert_eq!(scene.token("a"), "studio");
    let exchanges = scene.host.sent("federated-connection-access-token");
    assert!(exchanges.iter().all(|request| body(request).contains("login_hint=studio")));

    let scene = Scene::new(&[("cac_1", "ana")]);
    assert_eq!(scene.consent(Some("studio")), ConnectOutcome::OtherAccount, "asked for one, got another");
    assert_eq!((scene.listed(), scene.token("a")), (vec![("cac_1".to_owned(), false)], "account_undecided".to_owned()));
    scene.choose("cac_1").unwrap();
    assert_eq!(scene.token("b"), "ana");
}

#[test]
fn disconnecting_tells_what_was_done_and_revokes_only_what_is_certain() {
    let scene = Scene::new(&[("cac_1", "ana")]);
    scene.consent(None);
    assert_eq!(scene.disconnect("cac_1"), RevocationOutcome::NotPossible);
    for (connection, accounts, status, revocation) in [
        ("google-oauth2", 1, 200, RevocationOutcome::Done),
        ("google-oauth2", 1, 400, RevocationOutcome::Failed),
        ("google-oauth2", 2, 200, RevocationOutcome::NotPossible),
        ("github", 1, 200, RevocationOutcome::NotPossible),
    ] {
        let host = FakeHost::new();
        let core = account(&host, &[]);
        let session = login(&core, &host);
        host.world(move |request| {
            let list: Vec<_> =
                (1..=accounts).map(|n| json!({ "id": format!("cac_{n}"), "connection": connection })).collect();
            match request.uri().to_string().as_str() {
                "https://oauth2.googleapis.com/revoke" => Ok(deputy_http::response(status, "{}")),
                url if url.ends_with("/connected-accounts/accounts") => json_answer(200, json!({ "accounts": list })),
                url if url.ends_with("/accounts/cac_1") => Ok(deputy_http::response(204, "")),
                _ => json_answer(200, json!({ "access_token": "x-token", "token_type": "Bearer", "expires_in": 3600 })),
            }
        });
        let call = Disconnect { session: Some(session), id: "cac_1".to_owned() };
        let done = ask(&core, call).unwrap();
        assert_eq!(done.provider_revoked, revocation, "{connection}");
        assert_eq!(host.sent("token=x-token").len(), usize::from(revocation != RevocationOutcome::NotPossible));
    }
}

#[test]
fn the_list_says_how_a_connection_fares_and_who_used_it() {
    let scene = Scene::new(&[("cac_1", "ana")]);
    scene.consent(None);
    let entry = || ask(&scene.core, ListConnections { session: Some(scene.session.clone()) }).unwrap()[0].clone();
    assert_eq!((entry().health.as_str(), entry().used_by.len()), ("unused", 0));
    scene.token("a");
    assert_eq!(entry().health, "good");
    let used_by = entry().used_by.remove(0);
    assert_eq!((used_by.id, used_by.title.as_str(), used_by.scheduled), (scene.chat.clone(), "New chat", false));
    assert_eq!(entry().last_used, Some(now(&scene.host)));
    ask(&scene.core, DropProviderToken { connection: "google".into() }).unwrap();
    assert_eq!(entry().health, "provider_refused");
    scene.accounts.borrow_mut().clear();
    assert_eq!(scene.token("b"), "needs_connection");
    scene.accounts.borrow_mut().push(("cac_1", "ana"));
    assert_eq!(entry().health, "needs_connection");
    scene.token("b");
    assert_eq!(entry().health, "good", "once it works again");
}
