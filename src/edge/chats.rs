use serde::{Deserialize, Serialize};
use worker::Response;

use super::identity;
use super::reply;
use super::route::is_identifier;
use super::visit::Visit;
use crate::account::call::{AccountCall, ChatEntry, Refusal};
use crate::chat::call::ChatCall;
use crate::platform::object;

/// `GET /api/chats`: newest first, with `?limit=&before=&q=`.
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let query = visit.query();
    let call = AccountCall::ListChats {
        limit: query.number("limit"),
        before: query.number("before"),
        query: query.get("q").filter(|q| !q.is_empty() && q.len() <= 200).map(str::to_owned),
    };
    reply::json_text(caller.ask(visit, call).await?)
}

/// `POST /api/chats`: the only place where chat ids come from.
pub async fn create(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let chat: ChatEntry = object::read(&caller.ask(visit, AccountCall::CreateChat {}).await?)?;
    reply::json(&Created { id: &chat.id })
}

/// `PATCH /api/chats/:id {title}`
pub async fn rename(visit: &mut Visit, chat: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let wish: Rename = visit.json().await?;
    let chat = known(chat)?;
    let call = AccountCall::RenameChat { chat, title: wish.title, automatic: false };
    reply::json_text(caller.ask(visit, call).await?)
}

/// `DELETE /api/chats/:id`: out of the index first, so that nobody gets in any more, then the chat erases itself.
pub async fn delete(visit: &mut Visit, chat: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let chat = known(chat)?;
    caller.ask(visit, AccountCall::DeleteChat { chat: chat.clone() }).await?;
    let erase = deputy_http::json::write(&ChatCall::Erase {});
    if object::exchange(&object::stub(&visit.env, "CHAT", &chat)?, erase.clone()).await.is_err() {
        // Objects restart on deploys; erasing twice is erasing.
        object::exchange(&object::stub(&visit.env, "CHAT", &chat)?, erase).await?;
    }
    reply::no_content()
}

/// An id that we can have made; others are unknown without asking anybody (S-19).
fn known(chat: &str) -> Result<String, Refusal> {
    if is_identifier(chat) { Ok(chat.to_owned()) } else { Err(Refusal::unknown_chat()) }
}

#[derive(Serialize)]
struct Created<'a> {
    id: &'a str,
}

#[derive(Deserialize)]
struct Rename {
    title: String,
}
