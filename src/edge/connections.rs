use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::call::{AccountCall, Refusal};

/// `GET /api/connections`
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let call = AccountCall::ListConnections { session: caller.session.clone() };
    reply::json_text(caller.ask(visit, &call).await?)
}

/// `DELETE /api/connections/:id`
pub async fn disconnect(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let call = AccountCall::Disconnect { session: caller.session.clone(), id: id.to_owned() };
    caller.ask(visit, &call).await?;
    reply::no_content()
}
