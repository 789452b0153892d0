//! The authorization server's endpoints on our own origin, for clients that look for them at the MCP server's host whatever the
//! metadata says (`MCP_AUTHORIZATION_FACADE`). It keeps nothing and decides nothing but what may pass: clients are registered at the
//! tenant, which also compares redirect URIs, asks the user, and issues code and tokens.

mod authorize;
mod checks;
pub mod error;
mod metadata;
mod register;
pub mod route;
mod tenants;
mod token;

use deputy_http::Request;
use worker::Response;

use self::error::FacadeError;
use self::route::FacadeRoute;
use super::super::reply;
use super::super::visit::Visit;
use crate::objects::Refusal;
use crate::platform::outside::Outside;
use crate::platform::ports::Network as _;

/// What a form or a registration may weigh, bytes.
const MAX_BODY: usize = 16 * 1024;

/// Answers one of the endpoints; 404 unless the setting is on.
pub async fn answer(visit: &mut Visit, route: FacadeRoute) -> Result<Response, Refusal> {
    if !visit.settings.mcp.facade {
        return Err(Refusal::new(404, "route_unknown", "There is nothing here."));
    }
    match route {
        FacadeRoute::Metadata => {
            let tenants = tenants::metadata(&Outside, &visit.settings.tenant.issuer).await;
            match tenants.map(|tenants| metadata::published(&visit.settings.mcp.server_url, tenants)) {
                Some(published) => reply::with_header(reply::json(&published)?, "cache-control", "public, max-age=300"),
                None => refused(FacadeError::TenantDown),
            }
        }
        FacadeRoute::Authorize => {
            let query = visit.query().into_pairs();
            match authorize::location(&visit.settings, query) {
                Ok(location) => reply::redirect(&location),
                // Whose redirect URI it is has not been checked here, so nothing is sent there.
                Err(error) => Err(Refusal::explained(400, &error)),
            }
        }
        FacadeRoute::Token => {
            let (kind, authorization) = (visit.header("content-type"), visit.header("authorization"));
            let body = visit.body_up_to(MAX_BODY).await?;
            passed_on(token::request(&visit.settings, kind.as_deref(), authorization.as_deref(), &body)).await
        }
        FacadeRoute::Register => {
            let body = visit.bytes_up_to(MAX_BODY).await?;
            passed_on(register::request(&visit.settings, &body, visit.now)).await
        }
    }
}

/// The tenant's answer as it is: status, JSON, when to come again.
async fn passed_on(request: Result<Request, FacadeError>) -> Result<Response, Refusal> {
    let answer = match request {
        Ok(request) => Outside.send(request).await,
        Err(error) => return refused(error),
    };
    let Ok(answer) = answer else { return refused(FacadeError::TenantDown) };
    let mut response = reply::text(&answer.body().text(), "application/json")?.with_status(answer.status().as_u16());
    for name in ["retry-after", "www-authenticate"] {
        if let Some(value) = answer.headers().get(name).and_then(|value| value.to_str().ok()) {
            response = reply::with_header(response, name, value)?;
        }
    }
    Ok(response)
}

/// RFC 6749, 5.2.
fn refused(error: FacadeError) -> Result<Response, Refusal> {
    Ok(reply::json(&error.body())?.with_status(error.status()))
}
