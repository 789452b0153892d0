//! The browser's way through a log-in to an MCP server, there and back.

use worker::Response;

use super::connect::return_to;
use super::identity;
use super::reply::redirect;
use super::visit::Visit;
use crate::account::mcp_servers::{BeginMcpLogin, CompleteMcpLogin};
use crate::objects::Refusal;

/// `GET /auth/mcp/login?server=&returnTo=`: to the authorization server that the MCP server names.
pub async fn login(visit: &mut Visit) -> Result<Response, Refusal> {
    let query = visit.query();
    let server = query.get("server").unwrap_or_default().to_owned();
    let caller = identity::required_session(visit).await?;
    let session = caller.session.clone().ok_or_else(identity::anonymous)?;
    let begin = BeginMcpLogin { server, session, return_to: return_to(&query, &visit.settings.base_url) };
    redirect(&caller.ask(visit, &begin).await?.redirect)
}

/// `GET /auth/mcp/callback`: back to where it began. The code is exchanged by the account, which keeps what comes of it.
pub async fn callback(visit: &mut Visit) -> Result<Response, Refusal> {
    let query = visit.query().pairs().to_vec();
    let caller = identity::required_session(visit).await?;
    let session = caller.session.clone().ok_or_else(identity::anonymous)?;
    redirect(&caller.ask(visit, &CompleteMcpLogin { session, query }).await?.return_to)
}
