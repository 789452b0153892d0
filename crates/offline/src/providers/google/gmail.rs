//! Gmail API v1: messages, threads and drafts.

use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::GoogleError;
use super::paging::{page, with_next};
use crate::providers::bearer;
use crate::providers::registry::{self, ByAccount};
use crate::world::{ProviderGrant, World, random_hex};

const READ: [&str; 3] = [
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/gmail.modify",
    "https://mail.google.com/",
];
const COMPOSE: [&str; 3] = [
    "https://www.googleapis.com/auth/gmail.compose",
    "https://www.googleapis.com/auth/gmail.modify",
    "https://mail.google.com/",
];
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const SNIPPET: usize = 120;

static MAILBOXES: LazyLock<ByAccount<Vec<Mail>>> =
    LazyLock::new(|| registry::parse(include_str!("../../../data/gmail.json")));

/// One message of `data/gmail.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mail {
    id: String,
    thread: String,
    /// Days from today.
    day: i32,
    /// Hour and minute, in UTC.
    time: String,
    from: String,
    to: String,
    subject: String,
    body: String,
    #[serde(default)]
    unread: bool,
}

/// The parameters of a list; others are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListQuery {
    q: Option<String>,
    max_results: Option<String>,
    page_token: Option<String>,
}

impl ListQuery {
    fn most(&self) -> Result<usize, GoogleError> {
        match self.max_results.as_deref() {
            None => Ok(100),
            Some(text) => match text.parse::<usize>() {
                Ok(most @ 1..=500) => Ok(most),
                _ => Err(GoogleError::invalid("maxResults", text)),
            },
        }
    }
}

/// `GET …/messages`.
pub async fn messages(
    State(world): State<Arc<World>>,
    Path(user): Path<String>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let mailbox = open(&world, &headers, &user, &READ)?.1;
    let (found, next) = page(search(&mailbox, &query)?, query.page_token.as_deref(), query.most()?)?;
    let messages = found.iter().map(|mail| json!({"id": mail.id, "threadId": mail.thread})).collect::<Vec<_>>();
    // Google leaves the list out when it is empty.
    let answer = if messages.is_empty() {
        json!({"resultSizeEstimate": 0})
    } else {
        json!({"messages": messages, "resultSizeEstimate": messages.len()})
    };
    Ok(Json(with_next(answer, next)))
}

/// `GET …/messages/{id}`.
pub async fn message(
    State(world): State<Arc<World>>,
    Path((user, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let mailbox = open(&world, &headers, &user, &READ)?.1;
    let mail = mailbox.iter().find(|mail| mail.id == id).ok_or(GoogleError::NotFound)?;
    Ok(Json(resource(mail, world.now_ms())))
}

/// `GET …/threads`.
pub async fn threads(
    State(world): State<Arc<World>>,
    Path(user): Path<String>,
    Query(query): Query<ListQuery>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let mailbox = open(&world, &headers, &user, &READ)?.1;
    let mut threads: Vec<Value> = Vec::new();
    for mail in search(&mailbox, &query)? {
        if !threads.iter().any(|thread| thread.get("id").and_then(Value::as_str) == Some(mail.thread.as_str())) {
            threads.push(json!({"id": mail.thread, "snippet": snippet(mail), "historyId": "1"}));
        }
    }
    let (threads, next) = page(threads, query.page_token.as_deref(), query.most()?)?;
    let answer = json!({"threads": threads, "resultSizeEstimate": threads.len()});
    Ok(Json(with_next(answer, next)))
}

/// `GET …/threads/{id}`.
pub async fn thread(
    State(world): State<Arc<World>>,
    Path((user, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let mailbox = open(&world, &headers, &user, &READ)?.1;
    let now = world.now_ms();
    let messages: Vec<Value> =
        mailbox.iter().filter(|mail| mail.thread == id).map(|mail| resource(mail, now)).collect();
    if messages.is_empty() {
        return Err(GoogleError::NotFound);
    }
    Ok(Json(json!({"id": id, "historyId": "1", "messages": messages})))
}

/// `POST …/drafts` with `{"message":{"raw":…}}`, an RFC 822 message in base64url.
pub async fn create_draft(
    State(world): State<Arc<World>>,
    Path(user): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, GoogleError> {
    let grant = open(&world, &headers, &user, &COMPOSE)?.0;
    let body: Value = serde_json::from_slice(&body).map_err(|_| GoogleError::Payload)?;
    let raw =
        body.pointer("/message/raw").and_then(Value::as_str).ok_or_else(|| GoogleError::required("message.raw"))?;
    let bytes = LENIENT.decode(raw).map_err(|_| GoogleError::invalid("message.raw", "not base64url"))?;
    let text = String::from_utf8(bytes).map_err(|_| GoogleError::invalid("message.raw", "not text"))?;
    let (head, content) = text
        .split_once("\r\n\r\n")
        .or_else(|| text.split_once("\n\n"))
        .ok_or_else(|| GoogleError::invalid("message.raw", "no header"))?;
    let field = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let (id, message_id) = (format!("r{}", random_hex(8)), random_hex(8));
    let resource = json!({
        "id": id, "message_id": message_id, "to": field("to"), "cc": field("cc"), "bcc": field("bcc"),
        "subject": field("subject"), "body": content, "raw": text,
    });
    world.record_effect("gmail.draft", &grant.user_id, &grant.account, None, resource);
    let message = json!({"id": message_id, "threadId": message_id, "labelIds": ["DRAFT"]});
    Ok(Json(json!({"id": id, "message": message})))
}

/// `GET …/drafts`: those made since the last reset.
pub async fn drafts(
    State(world): State<Arc<World>>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, GoogleError> {
    let grant = open(&world, &headers, &user, &[READ, COMPOSE].concat())?.0;
    let own = world.effects().into_iter().filter(|made| made.kind == "gmail.draft" && made.account == grant.account);
    let drafts: Vec<Value> = own
        .map(|made| {
            let member = |name: &str| made.resource.get(name).cloned().unwrap_or_default();
            let message = member("message_id");
            json!({"id": member("id"), "message": {"id": message, "threadId": message}})
        })
        .collect();
    Ok(Json(json!({"drafts": drafts, "resultSizeEstimate": drafts.len()})))
}

fn open(
    world: &World,
    headers: &HeaderMap,
    user: &str,
    scopes: &[&str],
) -> Result<(ProviderGrant, Vec<Mail>), GoogleError> {
    let grant = bearer::grant(world, headers, "google")?;
    bearer::require(&grant, scopes)?;
    if user != "me" && user != grant.account {
        return Err(GoogleError::NotFound);
    }
    let mailbox = registry::of_account(&MAILBOXES, &grant.account).cloned().unwrap_or_default();
    Ok((grant, mailbox))
}

/// Newest first, all words of the query found; `from:`, `to:`, `subject:` and `is:unread` narrow it as Gmail's search does.
fn search<'a>(mailbox: &'a [Mail], query: &ListQuery) -> Result<Vec<&'a Mail>, GoogleError> {
    query.most()?;
    let words: Vec<String> = query
        .q
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(|word| word.replace('"', "").to_lowercase())
        .collect();
    let mut found: Vec<&Mail> = mailbox.iter().filter(|mail| words.iter().all(|word| has(mail, word))).collect();
    found.sort_by_key(|mail| std::cmp::Reverse((mail.day, mail.time.clone())));
    Ok(found)
}

fn has(mail: &Mail, word: &str) -> bool {
    let contains = |text: &str, part: &str| text.to_lowercase().contains(part);
    match word.split_once(':') {
        Some(("from", part)) => contains(&mail.from, part),
        Some(("to", part)) => contains(&mail.to, part),
        Some(("subject", part)) => contains(&mail.subject, part),
        Some(("is", "unread")) => mail.unread,
        Some(("in", "inbox" | "anywhere")) => true,
        _ => [&mail.from, &mail.to, &mail.subject, &mail.body].into_iter().any(|text| contains(text, word)),
    }
}

fn snippet(mail: &Mail) -> String {
    mail.body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SNIPPET).collect()
}

fn resource(mail: &Mail, now: u64) -> Value {
    let today = i64::try_from(now).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let day = today.to_zoned(TimeZone::UTC).date().saturating_add(Span::new().days(mail.day));
    let at = day
        .to_datetime(mail.time.parse().unwrap_or_default())
        .to_zoned(TimeZone::UTC)
        .map(|at| at.timestamp())
        .unwrap_or(today);
    let header = |name: &str, value: &str| json!({"name": name, "value": value});
    let labels = if mail.unread { json!(["UNREAD", "INBOX"]) } else { json!(["INBOX"]) };
    let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    json!({
        "id": mail.id, "threadId": mail.thread, "labelIds": labels, "snippet": snippet(mail), "historyId": "1",
        "internalDate": at.as_millisecond().to_string(), "sizeEstimate": mail.body.len(),
        "payload": {
            "partId": "", "mimeType": "text/plain", "filename": "",
            "headers": [
                header("From", &mail.from), header("To", &mail.to), header("Subject", &mail.subject), header("Date", &date),
                header("Content-Type", "text/plain; charset=UTF-8"),
            ],
            "body": {"size": mail.body.len(), "data": URL_SAFE.encode(mail.body.as_bytes())},
        },
    })
}
