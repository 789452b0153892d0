use serde::Deserialize;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::call::{AccountCall, Refusal};

/// `GET /api/connections`
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let call = AccountCall::ListConnections { session: caller.session.clone() };
    reply::json_text(caller.ask(visit, call).await?)
}

/// `PATCH /api/connections/:id {inUse: true}`: of several accounts of one connection, tools use this one.
pub async fn choose(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let wish: Wish = visit.json().await?;
    if !wish.in_use {
        return Err(Refusal::new(400, "connection_wish", "An account is put out of use by disconnecting it."));
    }
    caller.ask(visit, AccountCall::UseAccount { session: caller.session.clone(), id: id.to_owned() }).await?;
    reply::no_content()
}

/// `DELETE /api/connections/:id`: 204, or with `Prefer: return=representation` (RFC 7240, 4.2) what was done.
pub async fn disconnect(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let call = AccountCall::Disconnect { session: caller.session.clone(), id: id.to_owned() };
    let done = caller.ask(visit, call).await?;
    if visit.header("prefer").is_some_and(|wish| wish.contains("return=representation")) {
        return reply::json_text(done);
    }
    reply::no_content()
}

#[derive(Deserialize)]
struct Wish {
    #[serde(rename = "inUse")]
    in_use: bool,
}
