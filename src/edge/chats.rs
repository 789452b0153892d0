use serde::{Deserialize, Serialize};
use worker::Response;

use super::identity;
use super::reply;
use super::route::is_identifier;
use super::visit::Visit;
use crate::account::chats::{ChatSummary, CreateChat, DeleteChat, GetChat, ListChats, RenameChat};
use crate::chat::{self, Erase};
use crate::objects::Refusal;

/// `GET /api/chats`: newest first, with `?limit=&before=&q=`.
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let query = visit.query();
    let list = ListChats {
        limit: query.number("limit"),
        before: query.number("before"),
        query: query.get("q").filter(|q| !q.is_empty() && q.len() <= 200).map(str::to_owned),
    };
    let chats = holder.ask(visit, &list).await?;
    reply::json(&chats.into_iter().map(ChatJson::from).collect::<Vec<_>>())
}

/// `POST /api/chats`: the only place where chat ids come from.
pub async fn create(visit: &mut Visit) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let chat = holder.ask(visit, &CreateChat {}).await?;
    reply::json(&Created { id: &chat.id })
}

/// `GET /api/chats/:id`: foreign and unknown chats are not told apart.
pub async fn read(visit: &mut Visit, chat: &str) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let chat = known(chat)?;
    reply::json(&ChatJson::from(holder.ask(visit, &GetChat { chat }).await?))
}

/// `PATCH /api/chats/:id {title}`
pub async fn rename(visit: &mut Visit, chat: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let rename: Rename = visit.json().await?;
    let chat = known(chat)?;
    let rename = RenameChat { chat, title: rename.title, automatic: false };
    reply::json(&ChatJson::from(caller.ask(visit, &rename).await?))
}

/// `DELETE /api/chats/:id`: out of the index first, so that nobody gets in any more, then the chat erases itself.
pub async fn delete(visit: &mut Visit, chat: &str) -> Result<Response, Refusal> {
    let holder = identity::holder(visit).await?;
    let chat = known(chat)?;
    holder.ask(visit, &DeleteChat { chat: chat.clone() }).await?;
    if chat::ask(&visit.env, &chat, &Erase {}).await.is_err() {
        // Objects restart on deploys; erasing twice is erasing.
        chat::ask(&visit.env, &chat, &Erase {}).await?;
    }
    reply::no_content()
}

/// An id that we can have made; others are unknown without asking anybody (S-19).
fn known(chat: &str) -> Result<String, Refusal> {
    if is_identifier(chat) { Ok(chat.to_owned()) } else { Err(Refusal::unknown_chat()) }
}

/// A row of the chat list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChatJson {
    id: String,
    title: String,
    created_at: u64,
}

impl From<ChatSummary> for ChatJson {
    fn from(ChatSummary { id, title, created_at }: ChatSummary) -> Self {
        Self { id, title, created_at }
    }
}

#[derive(Serialize)]
struct Created<'a> {
    id: &'a str,
}

#[derive(Deserialize)]
struct Rename {
    title: String,
}
