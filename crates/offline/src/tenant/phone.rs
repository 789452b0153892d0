//! The phone: pending approvals as Guardian shows them. Whoever can reach this page holds every user's phone.

use std::{fmt::Write, sync::Arc};

use axum::{
    Form,
    extract::{Query, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{HOST, ORIGIN, REFERRER_POLICY},
    },
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;

use super::{answer, pages};
use crate::world::{ApprovalChannel, ApprovalDecision, ApprovalRequest, ApprovalState, World};

/// How often an open phone looks for new requests, in seconds.
const REFRESH: u64 = 5;
/// A countdown that runs without JavaScript: a number animated from the seconds left to nothing.
const COUNTDOWN: &str = "<style>@property --left{syntax:'<integer>';initial-value:0;inherits:false}\
@keyframes left{to{--left:0}}.left{animation:left linear forwards;counter-reset:left var(--left)}\
.left::after{content:counter(left) ' s'}.left span{position:absolute;clip-path:inset(50%)}\
article{margin-top:1rem;padding:1rem;border:1px solid #d5dbe1;border-radius:.5rem}article h2{font-size:1.05rem;margin:0}\
.binding{font-size:1.2rem;font-weight:600}table{width:100%;border-collapse:collapse}\
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem .25rem 0;border-bottom:1px solid #e4e8ec}\
th{overflow-wrap:break-word}td{overflow-wrap:anywhere}</style>";

/// Whose phone.
#[derive(Debug, Deserialize)]
pub(crate) struct PhoneQuery {
    #[serde(default)]
    user: String,
}

/// The answer to one request.
#[derive(Debug, Deserialize)]
pub(crate) struct PhoneForm {
    user: String,
    id: String,
    decision: ApprovalDecision,
}

/// `GET /phone`: the users; `GET /phone?user=`: what waits for one of them.
pub(crate) async fn show(State(world): State<Arc<World>>, Query(query): Query<PhoneQuery>) -> Response {
    let Some(user) = world.user(&query.user) else { return users(&world) };
    let now = world.now_ms();
    let pending = pending(&world, &user.user_id, now);
    let cards: String = pending.iter().map(|request| card(&world, request, now)).collect();
    let empty = if pending.is_empty() { "<p>Nothing waits for you.</p>" } else { "" };
    let body = format!(
        "<p>{} ({})</p>{COUNTDOWN}{empty}{cards}<p><a href=\"/phone\">Another phone</a></p>",
        pages::escape(&user.name),
        pages::escape(&user.email)
    );
    refreshing(pages::page(StatusCode::OK, "Guardian", &body))
}

/// `POST /phone`.
pub(crate) async fn submit(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(form): Form<PhoneForm>,
) -> Response {
    if !own_page(&headers) {
        let sentence = "Only this page can answer.";
        return pages::problem(StatusCode::FORBIDDEN, "forbidden", sentence);
    }
    let own = world.approvals().iter().any(|request| request.id == form.id && request.user_id == form.user);
    if !own || world.decide_approval(&form.id, form.decision).is_none() {
        let sentence = "This request is unknown, answered or expired.";
        return pages::problem(StatusCode::GONE, "request_over", sentence);
    }
    let user: String = url::form_urlencoded::byte_serialize(form.user.as_bytes()).collect();
    answer::found(&format!("/phone?user={user}"))
}

fn pending(world: &World, user_id: &str, now: u64) -> Vec<ApprovalRequest> {
    let open = |request: &ApprovalRequest| {
        request.user_id == user_id && request.state == ApprovalState::Pending && request.expires_at > now
    };
    world.approvals().into_iter().filter(open).collect()
}

fn users(world: &World) -> Response {
    let now = world.now_ms();
    let rows: String = world
        .users()
        .iter()
        .map(|user| {
            let count = pending(world, &user.user_id, now).len();
            let id: String = url::form_urlencoded::byte_serialize(user.user_id.as_bytes()).collect();
            let (name, email) = (pages::escape(&user.name), pages::escape(&user.email));
            format!("<li><a href=\"/phone?user={id}\">{name} ({email})</a>: {count} pending</li>")
        })
        .collect();
    refreshing(pages::page(StatusCode::OK, "Whose phone?", &format!("<ul>{rows}</ul>")))
}

fn card(world: &World, request: &ApprovalRequest, now: u64) -> String {
    let client = world.state().directory.client(&request.client_id).map(|client| client.name.clone());
    let left = request.expires_at.saturating_sub(now) / 1000;
    let details = match request.channel {
        ApprovalChannel::GuardianPush => guardian_details(&request.authorization_details),
        ApprovalChannel::Email => consent_details(&request.authorization_details),
    };
    let api = request.audience.as_deref().map(|api| format!("<p>For {}</p>", pages::escape(api))).unwrap_or_default();
    let scopes: Vec<&str> = request.scope.iter().map(String::as_str).filter(|scope| *scope != "openid").collect();
    let button = |decision: &str, class: &str, text: &str| {
        format!("<button{class} type=\"submit\" name=\"decision\" value=\"{decision}\">{text}</button>")
    };
    format!(
        "<article><h2>{client}</h2><p class=\"binding\">{message}</p>{details}{api}<p>Permissions: {scopes}</p>\
         <p>Expires in <span class=\"left\" style=\"--left:{left};animation-duration:{left}s\"><span>{left} seconds</span></span></p>\
         <form method=\"post\" action=\"/phone\"><input type=\"hidden\" name=\"user\" value=\"{user}\">\
         <input type=\"hidden\" name=\"id\" value=\"{id}\">{approve}{deny}{ignore}</form></article>",
        client = pages::escape(client.as_deref().unwrap_or(&request.client_id)),
        message = pages::escape(&request.binding_message),
        scopes = pages::escape(if scopes.is_empty() { "none".to_owned() } else { scopes.join(", ") }.as_str()),
        user = pages::escape(&request.user_id),
        id = pages::escape(&request.id),
        approve = button("approve", "", "Approve"),
        deny = button("deny", " class=\"second\"", "Deny"),
        ignore = button("ignore", " class=\"second\"", "Not now"),
    )
}

/// Types that begin like this follow Auth0's own schema.
const AUTH0_SCHEMA: &str = "urn:auth0:schemas:authorization-details:";

/// What the Guardian app shows of the details: of one object alone, in Auth0's schema, the instruction and the properties that
/// are to be displayed, in their order. Of anything else, nothing.
fn guardian_details(details: &[Value]) -> String {
    let [Value::Object(entry)] = details else { return String::new() };
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    if !text("type").is_some_and(|kind| kind.starts_with(AUTH0_SCHEMA)) {
        return String::new();
    }
    let instruction = text("instruction").map(|text| format!("<p>{}</p>", pages::escape(text))).unwrap_or_default();
    let mut properties: Vec<(u64, &str, &Value)> = entry
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, property)| property.get("display").and_then(Value::as_bool) == Some(true))
        .filter_map(|(name, property)| {
            let label = property.get("name").and_then(Value::as_str).unwrap_or(name);
            Some((display_order(property), label, property.get("value")?))
        })
        .collect();
    properties.sort_by_key(|(order, _, _)| *order);
    let mut html = String::new();
    for (_, label, value) in properties {
        rows(&mut html, label, value);
    }
    format!("{instruction}{}", table(&html))
}

/// An integer; Auth0's documentation has it as a text in one of its examples.
fn display_order(property: &Value) -> u64 {
    match property.get("display_order") {
        Some(Value::String(text)) => text.parse().unwrap_or(u64::MAX),
        Some(other) => other.as_u64().unwrap_or(u64::MAX),
        None => u64::MAX,
    }
}

/// What a customised consent prompt shows to who came by e-mail: all of it.
fn consent_details(details: &[Value]) -> String {
    let mut html = String::new();
    for detail in details {
        rows(&mut html, "", detail);
    }
    table(&html)
}

fn table(rows: &str) -> String {
    if rows.is_empty() { String::new() } else { format!("<table><tbody>{rows}</tbody></table>") }
}

/// One row a value; members of members are named by their path.
fn rows(html: &mut String, path: &str, value: &Value) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| rows(html, &below(name), value)),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                rows(html, &below(&at.saturating_add(1).to_string()), item);
            }
        }
        Value::String(text) => row(html, path, text),
        other => row(html, path, &other.to_string()),
    }
}

fn row(html: &mut String, name: &str, value: &str) {
    // Writing to a text cannot fail.
    let _ = write!(
        html,
        "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
        pages::escape(name).replace('.', ".<wbr>"),
        pages::escape(value)
    );
}

fn refreshing(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("refresh", HeaderValue::from(REFRESH));
    // With no-referrer, which the other pages have, a browser would hide the origin of the answer too.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// A form of another site must not approve anything.
fn own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else { return true };
    let host = text(HOST).unwrap_or_default();
    origin == format!("http://{host}") || origin == format!("https://{host}")
}
