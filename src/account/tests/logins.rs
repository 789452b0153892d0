//! Where the user is logged in, and ending it from elsewhere (issue 15, `GET /api/sessions`).

use super::*;

fn list(core: &Core<FakeHost>, session: Option<&str>) -> Vec<LoginSummary> {
    ask(core, ListLogins { session: session.map(str::to_owned) }).unwrap()
}

fn end(core: &Core<FakeHost>, id: &str) -> Result<(), Refusal> {
    ask(core, EndLogins::One(id.to_owned()))
}

fn is_alive(core: &Core<FakeHost>, session: &str) -> bool {
    ask(core, CheckSession { session: session.to_owned(), socket: None }).is_ok()
}

/// An access token that a client without a login brought.
fn bearer(core: &Core<FakeHost>, host: &FakeHost) -> String {
    let token = TokenEnvelope {
        access_token: Secret::new("bearer-token"),
        refresh_token: None,
        scope: None,
        expires_at: now(host) + 3_600_000,
    };
    let claims = json!({ "sub": "auth0|ana", "azp": "spa" }).as_object().unwrap().clone();
    ask(core, OpenBearer { claims, token, socket: None, audience: None }).unwrap().session
}

#[test]
fn s_16_logins_are_listed_the_last_used_first_and_without_their_ids() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let begun = now(&host);
    let first = login(&core, &host);
    host.pass(3_600_000);
    let second = login(&core, &host);
    bearer(&core, &host);
    host.pass(120_000);
    assert!(is_alive(&core, &first), "it is used");
    let logins = list(&core, Some(&second));
    let seen: Vec<_> = logins.iter().map(|login| (login.created_at, login.last_used, login.current)).collect();
    assert_eq!(seen, [(begun, begun + 3_720_000, false), (begun + 3_600_000, begun + 3_600_000, true)]);
    assert!(logins.iter().all(|login| login.browser.as_deref() == Some("Firefox on Windows")));
    assert!(logins.iter().all(|login| login.id != first && login.id != second), "an id is worth nothing in a cookie");
    host.pass(IDLE_MS - 120_000);
    assert_eq!(list(&core, None).len(), 1, "one has run out, the access token never was a login");
}

#[test]
fn s_16_a_login_is_ended_from_another_one_with_its_sockets_and_its_refresh_token() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let (mine, lost) =
        (login(&core, &host), login_with(&core, &host, 3_600_000, Some("refresh-token-of-the-lost-one")));
    let chat = chat(&core);
    ask(&core, CheckSession { session: lost.clone(), socket: Some(chat.clone()) }).unwrap();
    let other = list(&core, Some(&mine)).into_iter().find(|login| !login.current).unwrap();
    for wrong in ["made-up", "", lost.as_str(), "all"] {
        assert_eq!(end(&core, wrong).unwrap_err().code, "session_unknown", "{wrong}");
    }
    end(&core, &other.id).unwrap();
    assert!(is_alive(&core, &mine) && !is_alive(&core, &lost));
    let ended = ChatEvent::SessionEnded { session: lost };
    assert_eq!(host.take_told(), [(chat, serde_json::to_string(&ended).unwrap())]);
    assert_eq!(host.sent("refresh-token-of-the-lost-one").len(), 1);
    assert_eq!(host.sent("oauth/revoke").len(), 1);
    assert_eq!(end(&core, &other.id).unwrap_err().status, 404, "it is gone");
    let own = list(&core, Some(&mine)).remove(0);
    end(&core, &own.id).unwrap();
    assert!(!is_alive(&core, &mine), "the one that asks may end itself");
}

#[test]
fn s_16_all_ends_every_login_and_what_tokens_opened() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let sessions = [login(&core, &host), login(&core, &host), bearer(&core, &host)];
    ask(&core, EndLogins::All).unwrap();
    assert!(sessions.iter().all(|session| !is_alive(&core, session)));
    assert_eq!(host.sent("oauth/revoke").len(), 2);
    assert!(list(&core, None).is_empty());
}

/// UA-20: the log-out of this browser that follows names its session to the tenant, which then asks nothing.
#[test]
fn s_16_ua_20_others_leaves_the_login_that_asks() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let [mine, lost, token] = [login(&core, &host), login(&core, &host), bearer(&core, &host)];
    ask(&core, EndLogins::Others(Some(mine.clone()))).unwrap();
    assert_eq!([&mine, &lost, &token].map(|session| is_alive(&core, session)), [true, false, false]);
    assert_eq!(host.sent("oauth/revoke").len(), 1);
    ask(&core, EndLogins::Others(None)).unwrap();
    assert!(!is_alive(&core, &mine), "who has no session has none to leave");
}

#[test]
fn s_19_another_users_account_knows_no_id_of_mine() {
    let host = FakeHost::new();
    let core = account(&host, &[]);
    let mine = login(&core, &host);
    let id = list(&core, Some(&mine)).remove(0).id;
    let other = account_named(&FakeHost::new(), &account_name("http://localhost:4400/", "auth0|ben"), &[]);
    assert_eq!(end(&other, &id).unwrap_err().status, 404);
    assert!(is_alive(&core, &mine));
}
