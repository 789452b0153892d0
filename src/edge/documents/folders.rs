use serde::Deserialize;
use worker::Response;

use super::json::{FolderJson, each, present};
use crate::edge::identity::Caller;
use crate::edge::reply;
use crate::edge::visit::Visit;
use crate::library::requests::{AddFolder, ChangeFolder, FolderView, ListFolders, RemoveFolder};
use crate::objects::Refusal;

/// `GET /api/folders`: all that the caller may see.
pub async fn list(visit: &Visit, caller: &Caller) -> Result<Response, Refusal> {
    let folders = caller.ask_library(visit, &ListFolders { who: caller.person() }).await?;
    reply::json(&each::<FolderView, FolderJson>(folders))
}

/// `POST /api/folders {title, parent?}`
pub async fn create(visit: &mut Visit, caller: &Caller) -> Result<Response, Refusal> {
    let New { title, parent } = visit.json().await?;
    let folder = caller.ask_library(visit, &AddFolder { who: caller.person(), title, parent }).await?;
    reply::json(&FolderJson::from(folder))
}

/// `PATCH /api/folders/:id {title?, parent?}`: `"parent": null` takes it out of the folder that it is in.
pub async fn change(visit: &mut Visit, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    let Change { title, parent } = visit.json().await?;
    let change = ChangeFolder { who: caller.person(), id: id.to_owned(), title, parent };
    reply::json(&FolderJson::from(caller.ask_library(visit, &change).await?))
}

/// `DELETE /api/folders/:id`: only one that is empty.
pub async fn remove(visit: &Visit, caller: &Caller, id: &str) -> Result<Response, Refusal> {
    caller.ask_library(visit, &RemoveFolder { who: caller.person(), id: id.to_owned() }).await?;
    reply::no_content()
}

#[derive(Deserialize)]
struct New {
    title: String,
    #[serde(default)]
    parent: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    parent: Option<Option<String>>,
}
