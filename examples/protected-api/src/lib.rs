//! An API of somebody's own, behind Auth0: `GET /api/private-scope` answers whoever brings an access token for it with the scope
//! `read:private`. Deputy's MCP server calls it in the name of its caller, with a token that it obtained for that (RFC 8693).

mod error;
mod guard;
mod settings;

use deputy_error::Explained as _;
use serde_json::json;
use worker::{Context, Env, Request, Response, event};

use error::ApiError;
use guard::Caller;
use settings::Settings;

/// Every HTTP request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    match (request.method().as_ref(), request.path().as_str()) {
        ("GET", "/health") => Response::from_json(&json!({ "ok": true })),
        ("GET", "/api/private-scope") => private_scope(&request, &env).await,
        _ => refused(&ApiError::NotFound),
    }
}

async fn private_scope(request: &Request, env: &Env) -> worker::Result<Response> {
    let settings = match Settings::read(|name| env.var(name).ok().map(|value| value.to_string())) {
        Ok(settings) => settings,
        Err(error) => return refused(&error),
    };
    let authorization = request.headers().get("authorization")?;
    match guard::caller(&settings, authorization.as_deref(), "read:private").await {
        Ok(Caller { subject, scopes, actor }) => Response::from_json(&json!({
            "msg": "Your access token was accepted, and it has the scope read:private.",
            "sub": subject, "scopes": scopes, "act": actor,
        })),
        Err(error) => refused(&error),
    }
}

/// RFC 6750, 3: what is wrong, and for 401 and 403 a challenge.
fn refused(error: &ApiError) -> worker::Result<Response> {
    let body = json!({ "error": error.user_message(), "code": error.code() });
    let mut response = Response::from_json(&body)?.with_status(error.status());
    if let Some(challenge) = error.challenge() {
        response.headers_mut().set("www-authenticate", &challenge)?;
    }
    Ok(response)
}
