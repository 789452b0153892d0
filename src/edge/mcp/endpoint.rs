//! `/mcp`: everything that is decided before the MCP server sees a request.

use deputy_mcp::authorization::{BearerChallenge, ChallengeError, metadata_url};
use worker::Response;

use super::super::reply;
use super::super::visit::Visit;
use super::bearer::{self, NoCaller};
use super::metadata::BASELINE_SCOPES;
use super::sender;
use crate::mcp::{self, McpAnswer, McpCall};
use crate::objects::Refusal;

/// Refuses with the status that says what to do (MC-02): 401 log in, 403 ask for more, 503 come again; or hands the request over.
pub async fn answer(visit: &mut Visit) -> Result<Response, Refusal> {
    let (origin, host) = (visit.header("origin"), visit.header("host"));
    sender::check(&visit.settings, origin.as_deref(), host.as_deref())?;
    let caller = match bearer::caller(visit).await {
        Ok(caller) => caller,
        Err(NoCaller::Refused(refusal)) if refusal.status == 401 => return unauthorized(visit, Some(&refusal.message)),
        Err(NoCaller::Refused(refusal)) => return Err(refusal),
        Err(NoCaller::Missing) => return unauthorized(visit, None),
        Err(NoCaller::Rejected(error)) => return unauthorized(visit, Some(&error.to_string())),
    };
    let call = McpCall {
        request: visit.take_request()?,
        env: visit.env.clone(),
        settings: visit.settings.clone(),
        id: visit.id.clone(),
        now: visit.now,
    };
    match mcp::answer(call, caller).await {
        Ok(McpAnswer::Response(response)) => Ok(response),
        Ok(McpAnswer::InsufficientScope(scopes)) => insufficient_scope(visit, &scopes),
        // The token ended, or was revoked, while it was used.
        Err(refusal) if refusal.status == 401 => unauthorized(visit, Some(&refusal.message)),
        Err(refusal) => Err(refusal),
    }
}

/// 401. Who sent no credentials is told where to get some, and of no error (RFC 6750, 3.1).
fn unauthorized(visit: &Visit, problem: Option<&str>) -> Result<Response, Refusal> {
    let (code, sentence) = match problem {
        None => ("bearer_missing", "Log in: the MCP server needs an access token."),
        Some(_) => ("bearer_rejected", "The access token is not accepted. Log in again."),
    };
    let baseline = BASELINE_SCOPES.map(str::to_owned);
    let error = problem.map(|_| ChallengeError::InvalidToken);
    refused(visit, &Refusal::new(401, code, sentence), error, problem, &baseline)
}

/// 403 with every scope that is needed, so that one more log-in is enough.
fn insufficient_scope(visit: &Visit, scopes: &[String]) -> Result<Response, Refusal> {
    let refusal = Refusal::new(403, "insufficient_scope", "More permission is needed for this.");
    refused(visit, &refusal, Some(ChallengeError::InsufficientScope), None, scopes)
}

fn refused(
    visit: &Visit,
    refusal: &Refusal,
    error: Option<ChallengeError>,
    description: Option<&str>,
    scopes: &[String],
) -> Result<Response, Refusal> {
    let response = reply::error(refusal, &visit.id, false).map_err(|_| Refusal::internal("reply_unwritable"))?;
    let resource_metadata = metadata_url(&visit.settings.mcp.server_url);
    let challenge = BearerChallenge { resource_metadata: &resource_metadata, error, description, scopes };
    reply::with_header(response, "www-authenticate", &challenge.header())
}
