//! Every endpoint with a good token, and with every token that must not open it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::router;
use crate::options::Options;
use crate::world::{AttemptState, ConnectAttempt, IssuedToken, ProviderGrant, TokenKind, World};

pub(super) const FREE_BUSY: &str = "https://www.googleapis.com/auth/calendar.freebusy";
pub(super) const ANA: &str = "ana.ferreira@gmail.example";

pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub(super) fn world() -> Arc<World> {
    World::new(Options::default()).unwrap()
}

/// A token in the vault, good for an hour, named after its connection and account.
pub(super) fn issue(world: &World, connection: &str, account: &str, scopes: &[&str]) -> String {
    let token = format!("token-{connection}-{account}");
    let user_id = world.users()[0].user_id.clone();
    let issued_at = world.now_ms();
    let expires_at = issued_at + 3_600_000;
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
    world.state().tokens.add(IssuedToken {
        kind: TokenKind::ProviderAccessToken,
        token: token.clone(),
        client_id: "deputy-offline".into(),
        user_id: Some(user_id.clone()),
        audience: None,
        scope: scopes.join(" "),
        issued_at,
        expires_at,
        revoked: false,
        sid: None,
        jkt: None,
        refresh: None,
        opaque: None,
        vault_account: None,
        provider: Some(ProviderGrant {
            user_id,
            connection: connection.into(),
            account: account.into(),
            scopes,
            expires_at,
            revoked: false,
        }),
    });
    token
}

pub(super) async fn send(world: &Arc<World>, method: Method, path: &str, token: Option<&str>, body: String) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::USER_AGENT, "test");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = router(Arc::clone(world)).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

pub(super) async fn get(world: &Arc<World>, path: &str, token: Option<&str>) -> Answer {
    send(world, Method::GET, path, token, String::new()).await
}

async fn free_busy(world: &Arc<World>, token: Option<&str>, body: &Value) -> Answer {
    send(world, Method::POST, "/google/calendar/v3/freeBusy", token, body.to_string()).await
}

/// An hour of tomorrow in Berlin, as GC-03 asks for it.
fn tomorrow(world: &World, hour: i8) -> Value {
    let now = jiff::Timestamp::from_millisecond(i64::try_from(world.now_ms()).unwrap()).unwrap();
    let date = now.in_tz("Europe/Berlin").unwrap().date().tomorrow().unwrap();
    let start = date.at(hour, 0, 0, 0).in_tz("Europe/Berlin").unwrap();
    let end = start.checked_add(jiff::Span::new().hours(1)).unwrap();
    json!({
        "timeMin": start.timestamp().to_string(), "timeMax": end.timestamp().to_string(), "timeZone": "UTC",
        "items": [{"id": "primary"}],
    })
}

/// GC-03, GC-04: busy and free hours of two users, relative to today.
#[tokio::test]
async fn free_busy_is_computed_from_the_seeded_events() {
    let world = world();
    let ana = issue(&world, "google-oauth2", ANA, &["openid", FREE_BUSY]);
    let ben = issue(&world, "google-oauth2", "ben.okafor@gmail.example", &[FREE_BUSY]);
    for (token, hour, busy) in [(&ana, 9, 1), (&ana, 14, 0), (&ben, 9, 0), (&ben, 14, 1)] {
        let query = tomorrow(&world, hour);
        let answer = free_busy(&world, Some(token), &query).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let answer = answer.json();
        let found = answer["calendars"]["primary"]["busy"].as_array().unwrap();
        assert_eq!(found.len(), busy, "{token} at {hour}: {answer}");
        for period in found {
            assert_eq!(period["start"], query["timeMin"]);
            assert_eq!(period["end"], query["timeMax"]);
        }
    }
    let mut query = tomorrow(&world, 9);
    query["items"] = json!([{"id": "nobody@example.com"}]);
    let answer = free_busy(&world, Some(&ana), &query).await.json();
    assert_eq!(answer["calendars"]["nobody@example.com"]["errors"][0]["reason"], "notFound");
}

#[tokio::test]
async fn free_busy_refuses_bad_bodies_like_google() {
    let world = world();
    let token = issue(&world, "google-oauth2", ANA, &[FREE_BUSY]);
    let good = tomorrow(&world, 9);
    let with = |name: &str, value: Value| {
        let mut query = good.clone();
        query[name] = value;
        query
    };
    let cases = [
        (with("timeMin", Value::Null), "required"),
        (with("timeMax", json!("soon")), "invalid"),
        (with("timeMax", good["timeMin"].clone()), "timeRangeEmpty"),
        (with("timeMax", json!("2099-01-01T00:00:00Z")), "timeRangeTooLong"),
        (with("timeZone", json!("Mars/Olympus")), "invalid"),
        (json!("text"), "parseError"),
    ];
    for (query, reason) in cases {
        let answer = free_busy(&world, Some(&token), &query).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.json()["error"]["errors"][0]["reason"], reason, "{query}");
        assert_eq!(answer.json()["error"]["status"], "INVALID_ARGUMENT");
    }
}

/// GC-05, GC-06: what makes a tool ask for a connection, and what does not.
#[tokio::test]
async fn google_checks_token_connection_and_scope() {
    let world = world();
    let query = tomorrow(&world, 9);
    let wrong_scope =
        issue(&world, "google-oauth2", "scope", &["openid", "https://www.googleapis.com/auth/gmail.readonly"]);
    let other_provider = issue(&world, "github", "ana-ferreira", &[FREE_BUSY]);
    let revoked = issue(&world, "google-oauth2", "revoked", &[FREE_BUSY]);
    let expired = issue(&world, "google-oauth2", "expired", &[FREE_BUSY]);
    assert!(world.revoke_token(&revoked) && world.expire_token(&expired));
    for token in [None, Some("made-up"), Some(other_provider.as_str()), Some(&revoked), Some(&expired)] {
        let answer = free_busy(&world, token, &query).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token:?}");
        assert_eq!(answer.json()["error"]["status"], "UNAUTHENTICATED");
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    let answer = free_busy(&world, Some(&wrong_scope), &query).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.json()["error"]["status"], "PERMISSION_DENIED");
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
}

/// TV-21, TV-24: events and calendars with the scopes of those tools.
#[tokio::test]
async fn events_and_calendars_are_listed() {
    let world = world();
    let scopes = [
        "https://www.googleapis.com/auth/calendar.events",
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
    ];
    let token = issue(&world, "google-oauth2", ANA, &scopes);
    let hour = tomorrow(&world, 9);
    let text = |name: &str| hour[name].as_str().unwrap().to_owned();
    let path = format!(
        "/google/calendar/v3/calendars/primary/events?timeMin={}&timeMax={}&singleEvents=true&orderBy=startTime&maxResults=50",
        text("timeMin"),
        text("timeMax")
    );
    let answer = get(&world, &path, Some(&token)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let events = answer.json();
    assert_eq!(events["items"][0]["summary"], "Planning with the design team");
    assert_eq!(events["items"][0]["attendees"].as_array().unwrap().len(), 2);
    assert_eq!(events["timeZone"], "Europe/Berlin");
    let all = get(&world, "/google/calendar/v3/calendars/primary/events", Some(&token)).await.json();
    assert!(all["items"].as_array().unwrap().iter().any(|event| event["start"]["date"].is_string()));
    let unordered = get(&world, "/google/calendar/v3/calendars/primary/events?orderBy=startTime", Some(&token)).await;
    assert_eq!(unordered.status, StatusCode::BAD_REQUEST);
    let missing = get(&world, "/google/calendar/v3/calendars/nothing/events", Some(&token)).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let list = get(&world, "/google/calendar/v3/users/me/calendarList", Some(&token)).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert_eq!(list["items"][0]["id"], ANA);
    assert_eq!(list["items"][0]["primary"], true);
}

/// GH-03, GH-04.
#[tokio::test]
async fn github_lists_repositories_and_insists_on_a_user_agent() {
    let world = world();
    let token = issue(&world, "github", "ana-ferreira", &[]);
    assert_eq!(get(&world, "/github/user", Some(&token)).await.json()["login"], "ana-ferreira");
    let all = get(&world, "/github/user/repos", Some(&token)).await.json();
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert_eq!(all[0]["full_name"], "ana-ferreira/tile-server");
    let public = get(&world, "/github/user/repos?visibility=public&per_page=2", Some(&token)).await;
    assert_eq!(public.json().as_array().unwrap().len(), 2);
    let next = "<http://localhost/github/user/repos?visibility=public&per_page=";
    assert!(public.headers[header::LINK].to_str().unwrap().starts_with(next));
    let events = get(&world, "/github/users/ana-ferreira/events?per_page=30&page=1", Some(&token)).await.json();
    assert_eq!(events[0]["repo"]["name"], "ana-ferreira/tile-server");
    let other = get(&world, "/github/users/benokafor/events", Some(&token)).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let bad = get(&world, "/github/user/repos", Some("made-up")).await;
    assert_eq!((bad.status, bad.json()["message"].clone()), (StatusCode::UNAUTHORIZED, json!("Bad credentials")));
    let request = Request::get("/github/user").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let response = router(world).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

/// SL-03, SL-04: errors are in bodies of status 200.
#[tokio::test]
async fn slack_lists_channels_and_hides_errors_in_good_answers() {
    let world = world();
    let path = "/slack/api/conversations.list?exclude_archived=true&types=public_channel,private_channel&limit=10";
    let token = issue(&world, "sign-in-with-slack", "ana@studio.example", &["channels:read", "groups:read"]);
    let answer = get(&world, path, Some(&token)).await.json();
    let names = answer["channels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| channel["name"].as_str().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(names, ["general", "design", "random", "founders"]);
    let first = get(&world, "/slack/api/conversations.list?limit=2", Some(&token)).await.json();
    let next = format!(
        "/slack/api/conversations.list?limit=2&cursor={}",
        first["response_metadata"]["next_cursor"].as_str().unwrap()
    );
    assert_eq!(get(&world, &next, Some(&token)).await.json()["channels"][0]["name"], "random");
    let public_only = issue(&world, "sign-in-with-slack", "public", &["channels:read"]);
    let revoked = issue(&world, "sign-in-with-slack", "revoked", &["channels:read"]);
    let expired = issue(&world, "sign-in-with-slack", "expired", &["channels:read"]);
    assert!(world.revoke_token(&revoked) && world.expire_token(&expired));
    let cases = [
        (path, None, "not_authed"),
        (path, Some("made-up"), "invalid_auth"),
        (path, Some(revoked.as_str()), "token_revoked"),
        (path, Some(&expired), "token_expired"),
        (path, Some(&public_only), "missing_scope"),
        ("/slack/api/conversations.list?types=rooms", Some(&token), "invalid_types"),
        ("/slack/api/conversations.list?limit=0", Some(&token), "invalid_limit"),
        ("/slack/api/conversations.list?cursor=x", Some(&token), "invalid_cursor"),
    ];
    for (path, token, error) in cases {
        let answer = get(&world, path, token).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!((&answer.json()["ok"], &answer.json()["error"]), (&json!(false), &json!(error)));
    }
}

/// SF-02, SF-04.
#[tokio::test]
async fn salesforce_answers_queries() {
    let world = world();
    let token = issue(&world, "salesforce", "ana@studio.example", &["openid", "api"]);
    let path = "/salesforce/services/data/v57.0/query/?q=SELECT%20Id%2C%20Name%2C%20StageName%2C%20CloseDate%20FROM%20Opportunity%20LIMIT%202";
    let answer = get(&world, path, Some(&token)).await.json();
    assert_eq!((&answer["totalSize"], &answer["done"]), (&json!(2), &json!(true)));
    let malformed = get(&world, "/salesforce/services/data/v57.0/query?q=SELECT", Some(&token)).await;
    assert_eq!(
        (malformed.status, &malformed.json()[0]["errorCode"]),
        (StatusCode::BAD_REQUEST, &json!("MALFORMED_QUERY"))
    );
    let stranger = get(&world, path, Some("made-up")).await;
    assert_eq!(
        (stranger.status, &stranger.json()[0]["errorCode"]),
        (StatusCode::UNAUTHORIZED, &json!("INVALID_SESSION_ID"))
    );
    let narrow = issue(&world, "salesforce", "narrow", &["openid"]);
    assert_eq!(get(&world, path, Some(&narrow)).await.status, StatusCode::FORBIDDEN);
}

/// A connection without a provider of its own has an API all the same: for its own tokens only.
#[tokio::test]
async fn every_connection_has_an_api_for_its_own_tokens() {
    let world = world();
    let figma = issue(&world, "figma", "ana@example.com", &["current_user:read"]);
    let path = "/api/figma/v1/me?deep=1";
    let answer = get(&world, path, Some(&figma)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let expected = json!({
        "connection": "figma", "account": "ana@example.com", "scopes": ["current_user:read"], "method": "GET", "path": "v1/me",
        "query": {"deep": "1"}, "body": null, "idempotency_key": null,
    });
    assert_eq!(answer.json(), expected);
    let posted = send(&world, Method::POST, path, Some(&figma), r#"{"a":1}"#.into()).await;
    assert_eq!(posted.json()["body"], json!({"a": 1}));
    assert_eq!(send(&world, Method::POST, path, Some(&figma), "{".into()).await.status, StatusCode::BAD_REQUEST);
    let other = issue(&world, "box", "ana@example.com", &[]);
    for token in [None, Some("made-up"), Some(other.as_str())] {
        let answer = get(&world, path, token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token:?}");
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
    }
}

/// A browser that has just been sent to the provider.
pub(super) fn attempt(world: &World, connection: &str, scopes: &[&str]) -> String {
    let ticket = format!("ticket-{connection}");
    let (user_id, expires_at) = (world.users()[0].user_id.clone(), world.now_ms() + 60_000);
    world.state().attempts.push(ConnectAttempt {
        auth_session: "session".into(),
        ticket: ticket.clone(),
        client_id: "deputy-offline".into(),
        user_id,
        connection: connection.into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        redirect_uri: "http://localhost:3000/auth/callback".into(),
        state_parameter: None,
        code_challenge: None,
        authorization_params: Map::from_iter([("login_hint".to_owned(), json!("ana@studio.example"))]),
        expires_at,
        state: AttemptState::AtProvider,
    });
    ticket
}

pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// TV-04, TV-13: the page names application, account and permissions; the answer goes back once.
#[tokio::test]
async fn the_consent_page_asks_and_returns_the_answer() {
    let world = world();
    let ticket = attempt(&world, "google-oauth2", &["openid", FREE_BUSY]);
    let page = get(&world, &format!("/google-oauth2/consent?ticket={ticket}"), None).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in ["Deputy", "Google", ANA, "See when you are busy", FREE_BUSY, "Allow", "Cancel"] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
    let hinted = page.text.find("value=\"ana@studio.example\"").unwrap();
    assert!(hinted < page.text.find(&format!("value=\"{ANA}\"")).unwrap(), "the hinted account comes first");
    assert!(!page.text.contains("<script"));
    let path = "/google-oauth2/consent";
    let foreign = form(&[("ticket", &ticket), ("decision", "allow"), ("account", "ben.okafor@gmail.example")]);
    assert_eq!(send(&world, Method::POST, path, None, foreign).await.status, StatusCode::BAD_REQUEST);
    let allow = form(&[("ticket", &ticket), ("decision", "allow"), ("account", ANA), ("scope", FREE_BUSY)]);
    let answer = send(&world, Method::POST, path, None, allow.clone()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.headers[header::LOCATION].to_str().unwrap().contains("/login/callback?ticket="));
    match &world.state().attempts[0].state {
        AttemptState::Decided { decision, .. } => assert_eq!(
            decision,
            &crate::world::Decision::Allow { account: ANA.into(), scopes: vec!["openid".into(), FREE_BUSY.into()] }
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(send(&world, Method::POST, path, None, allow).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_scope_can_be_left_out_and_all_of_it_be_refused() {
    let world = world();
    let ticket = attempt(&world, "google-oauth2", &["openid", FREE_BUSY]);
    let without = form(&[("ticket", &ticket), ("decision", "allow"), ("account", ANA)]);
    send(&world, Method::POST, "/google-oauth2/consent", None, without).await;
    let ticket = attempt(&world, "made-up", &["one"]);
    let page = get(&world, &format!("/made-up/consent?ticket={ticket}"), None).await;
    assert!(page.text.contains("Made up") && page.text.contains("ana@example.com"), "{}", page.text);
    let wrong_path = get(&world, &format!("/google-oauth2/consent?ticket={ticket}"), None).await;
    assert_eq!(wrong_path.status, StatusCode::GONE);
    let deny =
        send(&world, Method::POST, "/made-up/consent", None, form(&[("ticket", &ticket), ("decision", "deny")])).await;
    assert!(deny.headers[header::LOCATION].to_str().unwrap().contains("decision=deny"));
    let decided = |at: usize| match world.state().attempts[at].state.clone() {
        AttemptState::Decided { decision, .. } => decision,
        other => panic!("{other:?}"),
    };
    assert_eq!(decided(0), crate::world::Decision::Allow { account: ANA.into(), scopes: vec!["openid".into()] });
    assert_eq!(decided(1), crate::world::Decision::Deny);
}

#[tokio::test]
async fn unknown_tickets_and_paths_are_refused() {
    let world = world();
    assert_eq!(get(&world, "/google-oauth2/consent?ticket=nothing", None).await.status, StatusCode::GONE);
    assert_eq!(get(&world, "/google-oauth2/consent", None).await.status, StatusCode::GONE);
    assert_eq!(get(&world, "/google/calendar/v4/freeBusy", None).await.status, StatusCode::NOT_FOUND);
}
