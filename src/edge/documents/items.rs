use deputy_documents::read::read as read_text;
use serde::Deserialize;
use worker::Response;

use super::error::RequestError;
use super::json::{ContentJson, DocumentJson, FoundJson, ListingJson, PassageJson, present};
use super::upload::MAX_BODY;
use crate::edge::identity::Caller;
use crate::edge::reply;
use crate::edge::visit::Visit;
use crate::library::requests::{
    AddDocument, ChangeDocument, ListDocuments, ReadContent, ReadDocument, ReadPassage, RemoveDocument, SearchDocuments,
};
use crate::objects::Refusal;

/// `GET /api/documents?folder=`: all that the caller may see, or what of it is in that folder.
pub async fn list(visit: &Visit, caller: &Caller) -> Result<Response, Refusal> {
    let folder = visit.query().get("folder").map(str::to_owned);
    let listing = caller.ask_library(visit, &ListDocuments { who: caller.person(), folder }).await?;
    reply::json(&ListingJson::from(listing))
}

/// `POST /api/documents {title, text, mediaType?, folder?}`: a text that somebody has already, read like an upload of that type.
pub async fn create(visit: &mut Visit, caller: &Caller) -> Result<Response, Refusal> {
    let new: New = visit.json_up_to(MAX_BODY).await?;
    let media_type = new.media_type.as_deref().and_then(|kind| kind.split(';').next()).unwrap_or("text/plain");
    // Whatever the text says of its encoding, JSON is UTF-8; and a title is no file name.
    let read = read_text(new.text.as_bytes(), &format!("{media_type}; charset=utf-8"), "")
        .map_err(|error| Refusal::explained(400, &error))?;
    let add = AddDocument {
        who: caller.person(),
        title: new.title,
        text: read.text,
        media_type: read.media_type.to_string(),
        folder: new.folder,
        id: None,
    };
    reply::json(&DocumentJson::from(caller.ask_library(visit, &add).await?))
}

/// `GET /api/documents/:id`
pub async fn read(visit: &Visit, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    let read = ReadDocument { who: caller.person(), id: id.to_owned() };
    reply::json(&DocumentJson::from(caller.ask_library(visit, &read).await?))
}

/// `PATCH /api/documents/:id {title?, folder?}`: `"folder": null` takes it out of its folder.
pub async fn change(visit: &mut Visit, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    let Change { title, folder } = visit.json().await?;
    let change = ChangeDocument { who: caller.person(), id: id.to_owned(), title, folder };
    reply::json(&DocumentJson::from(caller.ask_library(visit, &change).await?))
}

/// `DELETE /api/documents/:id`
pub async fn remove(visit: &Visit, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    caller.ask_library(visit, &RemoveDocument { who: caller.person(), id: id.to_owned() }).await?;
    reply::no_content()
}

/// `GET /api/documents/:id/content`: as JSON, because somebody else's HTML must never be a page of this origin.
pub async fn content(visit: &Visit, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    let read = ReadContent { who: caller.person(), id: id.to_owned() };
    reply::json(&ContentJson::from(caller.ask_library(visit, &read).await?))
}

/// `GET /api/documents/:id/passages/:chunk`
pub async fn passage(visit: &Visit, caller: &Caller, id: &str, chunk: &str) -> Result<Response, Refusal> {
    // What is no number is the number of a passage that no document has.
    let chunk = chunk.parse().unwrap_or(u32::MAX);
    let read = ReadPassage { who: caller.person(), id: id.to_owned(), chunk };
    reply::json(&PassageJson::from(caller.ask_library(visit, &read).await?))
}

/// `POST /api/documents/search {query, limit?}`: passages of documents that the caller may see.
pub async fn search(visit: &mut Visit, caller: &Caller) -> Result<Response, Refusal> {
    let Search { query, limit } = visit.json().await?;
    if query.trim().is_empty() {
        return Err(RequestError::QueryMissing.into());
    }
    let wanted = limit.unwrap_or(DEFAULT_PASSAGES).clamp(1, MOST_PASSAGES);
    let found = caller.ask_library(visit, &SearchDocuments { who: caller.person(), query, wanted }).await?;
    reply::json(&FoundJson::from(found))
}

const DEFAULT_PASSAGES: usize = 10;
/// As many as the samples of the documentation look at (RG-08).
const MOST_PASSAGES: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    title: String,
    text: String,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    folder: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    folder: Option<Option<String>>,
}

#[derive(Deserialize)]
struct Search {
    query: String,
    #[serde(default)]
    limit: Option<usize>,
}
