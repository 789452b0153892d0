//! `POST /chat`: the agent for clients with an access token of their own and no session here (TV-25): single-page applications,
//! command lines, other services. No cookie is looked at.

use deputy_wire::{ChatRequest, MAX_UPLOAD_BYTES, SSE_HEADER, Trigger};
use worker::Response;

use super::cors::THREAD_HEADER;
use super::identity;
use super::reply;
use super::socket::{forward, owns};
use super::visit::Visit;
use crate::account::chats::OpenConversation;
use crate::objects::{self, Refusal};

/// Takes a request of the AI SDK's `DefaultChatTransport`; streams the UI message stream over server-sent events. The conversation
/// is one the user began here before, if the body's `id` names it; else a new chat.
pub async fn post(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::bearer_caller(visit).await?;
    let body = visit.body_up_to(MAX_UPLOAD_BYTES).await?;
    let refused = |error: deputy_wire::FrameError| Refusal::explained(400, &error);
    // Read here as well, so that a request nobody can answer makes no chat.
    let request = ChatRequest::from_body("", &body).map_err(refused)?;
    let begin = request.trigger == Trigger::Submit && !request.extends_assistant();
    if begin && request.last_user_message().is_none() {
        return Err(Refusal::new(400, "message_missing", "There is no message to answer."));
    }
    let chat = caller
        .ask(visit, &OpenConversation { name: request.conversation, begin, title: None, instead_of: None })
        .await?;
    let response = forward(visit, &caller, &chat.id, "turn", Some(&body)).await?;
    streamed(response, &chat.id).await
}

/// `GET /chat/:id/stream` (the AI SDK's `resume`): the answer that runs in a chat of the caller's from its beginning, or 204. The chat
/// is named as `POST /chat` names it, or by its id. One that nobody has begun, or somebody else, has nothing running for the caller.
pub async fn stream(visit: &mut Visit, name: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let named = caller
        .ask(visit, &OpenConversation { name: Some(name.to_owned()), begin: false, title: None, instead_of: None })
        .await;
    let chat = match named {
        Ok(chat) => chat.id,
        Err(refusal) if refusal.status == 404 => name.to_owned(),
        Err(refusal) => return Err(refusal),
    };
    if !owns(visit, &caller, &chat).await? {
        return reply::no_content();
    }
    let response = forward(visit, &caller, &chat, "stream", None).await?;
    match response.status_code() {
        204 => reply::no_content(),
        _ => streamed(response, &chat).await,
    }
}

/// A chat's answer as server-sent events, or its refusal.
async fn streamed(mut response: Response, chat: &str) -> Result<Response, Refusal> {
    if response.status_code() != 200 {
        let text = response.text().await.unwrap_or_default();
        return Err(objects::refused(&text));
    }
    let mut response =
        Response::from_body(response.into_parts().1).map_err(|_| Refusal::internal("reply_unwritable"))?;
    let headers = [
        ("content-type", "text/event-stream"),
        SSE_HEADER,
        (THREAD_HEADER, chat),
        // Proxies that collect an answer before they pass it on would make one piece of it.
        ("x-accel-buffering", "no"),
    ];
    for (name, value) in headers {
        response = reply::with_header(response, name, value)?;
    }
    Ok(response)
}
