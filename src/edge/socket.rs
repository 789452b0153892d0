use worker::{Response, WebSocketPair};

use super::headers::passes_to_object;
use super::identity::{self, Caller};
use super::query::raw;
use super::route::is_identifier;
use super::visit::Visit;
use crate::account::chats::OwnsChat;
use crate::chat::{Chat, IDENTITY_HEADER, Identity};
use crate::objects::{self, Refusal};
use crate::platform::request;

/// What a foreign chat's caller reads; unknown chats are not told apart (CF-08).
const NOT_YOURS: &str = "This chat is not yours.";

/// `GET /agents/chat/:id` with Upgrade: the chat socket. 401 before the upgrade without a session; a chat that is not the caller's
/// is accepted and closed at once with 1008, and its object is not touched.
pub async fn connect(visit: &mut Visit, chat: &str, upgrade: bool) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, Some(chat)).await?;
    if !upgrade {
        return Err(Refusal::new(426, "upgrade_required", "This address speaks WebSocket."));
    }
    if !caller.owns_chat {
        return refuse_socket();
    }
    forward(visit, &caller, chat, "socket", None).await
}

/// `GET /agents/chat/:id/get-messages`: 403 for foreign and unknown chats alike.
pub async fn messages(visit: &mut Visit, chat: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    if !owns(visit, &caller, chat).await? {
        return Err(Refusal::new(403, "chat_not_yours", NOT_YOURS));
    }
    forward(visit, &caller, chat, "messages", None).await
}

/// True for a chat of the caller's.
pub async fn owns(visit: &Visit, caller: &Caller, chat: &str) -> Result<bool, Refusal> {
    if !is_identifier(chat) {
        return Ok(false);
    }
    caller.ask(visit, &OwnsChat { chat: chat.to_owned() }).await
}

/// Passes the request on to the chat object, with who is asking and without anything that came as a secret (S-11). With a body it
/// is a POST.
pub async fn forward(
    visit: &Visit,
    caller: &Caller,
    chat: &str,
    door: &str,
    body: Option<&str>,
) -> Result<Response, Refusal> {
    let unwritable = || Refusal::internal("forward_unwritable");
    let identity = Identity {
        sub: caller.sub.clone(),
        session: caller.session.clone(),
        exp: caller.exp,
        chat: chat.to_owned(),
        servers_version: caller.servers_version,
    };
    let inbound = visit.request.headers().entries();
    let mut headers: Vec<_> = inbound.filter(|(name, _)| passes_to_object(name)).collect();
    headers.push((IDENTITY_HEADER.to_owned(), ascii_json(&identity)));
    let url = visit.request.inner().url();
    let query = raw(&url).map(|query| format!("?{query}")).unwrap_or_default();
    let url = format!("https://chat/{door}{query}");
    let request =
        request::build(if body.is_some() { "POST" } else { "GET" }, &url, &headers, body).map_err(|_| unwritable())?;
    objects::forward::<Chat>(&visit.env, chat, request).await.map_err(|_| {
        Refusal::new(503, "chat_unreachable", "This chat does not answer at the moment. Please try again.")
    })
}

/// JSON in ASCII, because header values are bytes: other characters of a subject are escaped.
fn ascii_json(identity: &Identity) -> String {
    let json = serde_json::to_string(identity).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    let mut units = [0_u16; 2];
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn refuse_socket() -> Result<Response, Refusal> {
    let failed = |_| Refusal::internal("socket_failed");
    let pair = WebSocketPair::new().map_err(failed)?;
    pair.server.accept().map_err(failed)?;
    pair.server.close(Some(1008), Some(NOT_YOURS)).map_err(failed)?;
    Response::from_websocket(pair.client).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_header_is_ascii_and_reads_back() {
        let session = Some("s".into());
        let identity =
            Identity { sub: "auth0|ünï😀".into(), session, exp: 1, chat: "c".into(), servers_version: Some(2) };
        let text = ascii_json(&identity);
        assert!(text.is_ascii());
        assert_eq!(serde_json::from_str::<Identity>(&text).unwrap(), identity);
    }
}
