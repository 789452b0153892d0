//! `GET /stores/{store}/changes`.

use chrono::DateTime;
use deputy_http::Response;
use serde::Serialize;

use super::moment::{Moment, rfc3339};
use super::page::{Page, Query, encode, unbounded_size};
use super::refusal::{Refusal, TOKEN_OF_ANOTHER_TYPE, VALIDATION_ERROR};
use super::reply::ok;
use super::rules::{Broken, Pattern, refused, unless_empty};
use super::storage::{ChangesFrom, Operation, Stores};
use super::wire::WrittenKey;

const MESSAGE: &str = "ReadChangesRequest";
/// The most changes of one page, however many are asked for: the token leads to the others.
const MAX_PAGE_SIZE: usize = 1_000;

pub(super) fn read<S: Stores>(stores: &S, store: &str, query: &Query, moment: Moment) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Listed {
        changes: Vec<Changed>,
        continuation_token: String,
    }
    #[derive(Serialize)]
    struct Changed {
        tuple_key: WrittenKey,
        operation: &'static str,
        timestamp: String,
    }
    let of_type = query.text("type");
    unless_empty(MESSAGE, "Type", Pattern::ChangesType, of_type)?;
    let size = unbounded_size(MESSAGE, query.page_size()?)?.min(MAX_PAGE_SIZE);
    let token = query.text("continuation_token");
    let page = Page::new(MESSAGE, size, token)?;
    let start = start(query.text("start_time"), moment)?;
    let from = match &page.after {
        Some(after) => ChangesFrom::After(position(after, of_type)?),
        None => start,
    };
    let changes = stores.changes(store, (!of_type.is_empty()).then_some(of_type), from, page.size)?;
    // The last token leads to what has not happened yet.
    let continuation_token = match changes.last() {
        Some(last) => encode(&format!("{}|{of_type}", last.position)),
        None => token.to_owned(),
    };
    let changes = changes.iter().map(|change| Changed {
        tuple_key: WrittenKey::of(&change.tuple),
        operation: match change.operation {
            Operation::Write => "TUPLE_OPERATION_WRITE",
            Operation::Delete => "TUPLE_OPERATION_DELETE",
        },
        timestamp: rfc3339(change.at_ms),
    });
    Ok(ok(&Listed { changes: changes.collect(), continuation_token }))
}

fn start(text: &str, moment: Moment) -> Result<ChangesFrom, Refusal> {
    if text.is_empty() {
        return Ok(ChangesFrom::After(0));
    }
    let time = DateTime::parse_from_rfc3339(text)
        .map_err(|_| Refusal::new(VALIDATION_ERROR, "parsing field \"start_time\": it is no time of RFC 3339"))?;
    let ms = u64::try_from(time.timestamp_millis()).map_err(|_| refused(MESSAGE, "StartTime", Broken::NotATime))?;
    if ms >= moment.now_ms {
        return Err(refused(MESSAGE, "StartTime", Broken::NotBeforeNow));
    }
    Ok(ChangesFrom::Time(ms))
}

fn position(after: &str, of_type: &str) -> Result<u64, Refusal> {
    let (position, token_type) = after.split_once('|').ok_or_else(Refusal::invalid_continuation_token)?;
    let position = position.parse().map_err(|_| Refusal::invalid_continuation_token())?;
    if token_type == of_type {
        return Ok(position);
    }
    let message = "The type in the querystring and the continuation token don't match";
    Err(Refusal::new(TOKEN_OF_ANOTHER_TYPE, message))
}
