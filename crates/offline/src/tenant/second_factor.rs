//! Multi-factor authentication in the middle of a login: asked for by the application (`acr_values`) or by the tenant's policy.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{answer, consent, cookie, pages};
use crate::world::{AuthorizeRequest, TenantSession, World, random_id};

/// What `acr_values` calls it, and what the ID token then has as `acr`.
pub(crate) const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
/// The one-time code of every user's authenticator.
const CODE: &str = "246810";

/// The query of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct FactorQuery {
    #[serde(default)]
    state: String,
}

/// The posted code.
#[derive(Deserialize)]
pub(crate) struct FactorForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
}

/// Whether the session is not enough for the request.
pub(crate) fn needed(world: &World, session: &TenantSession, request: &AuthorizeRequest) -> bool {
    !session.second_factor && (request.second_factor || world.state().directory.policies.mfa_always)
}

/// Sends the browser of that session to the page; the request waits for it.
pub(crate) fn ask(world: &World, mut request: AuthorizeRequest, session_id: &str) -> Response {
    request.session = Some(session_id.to_owned());
    let id = random_id(24);
    world.state().logins.requests.insert(id.clone(), request);
    answer::found(&format!("/u/mfa-otp-challenge?state={id}"))
}

/// `GET /u/mfa-otp-challenge`.
pub(crate) async fn show(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Query(query): Query<FactorQuery>,
) -> Response {
    match consent::waiting(&world, &headers, &query.state) {
        Some(_) => page(&query.state, StatusCode::OK, ""),
        None => gone(),
    }
}

/// `POST /u/mfa-otp-challenge`.
pub(crate) async fn submit(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(form): Form<FactorForm>,
) -> Response {
    let Some((request, mut session)) = consent::waiting(&world, &headers, &form.state) else { return gone() };
    if form.code.trim() != CODE {
        let problem = "<p class=\"problem\" role=\"alert\">The code you entered is invalid.</p>";
        return page(&form.state, StatusCode::BAD_REQUEST, problem);
    }
    session.second_factor = true;
    let session_id = cookie::value(&headers).unwrap_or_default();
    {
        let mut state = world.state();
        state.logins.requests.remove(&form.state);
        state.logins.sessions.insert(session_id.clone(), session.clone());
    }
    consent::go_on(&world, request, &session_id, session)
}

fn page(state: &str, status: StatusCode, problem: &str) -> Response {
    let body = format!(
        "<p>Enter the one-time code of your authenticator application.</p>{problem}\
         <form method=\"post\" action=\"/u/mfa-otp-challenge\"><input type=\"hidden\" name=\"state\" value=\"{}\">\
         <label for=\"code\">One-time code</label>\
         <input id=\"code\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" required>\
         <button type=\"submit\">Continue</button></form><p class=\"note\">Everybody's code: <code>{CODE}</code></p>",
        pages::escape(state),
    );
    pages::page(status, "Verify Your Identity", &body)
}

fn gone() -> Response {
    pages::problem(StatusCode::BAD_REQUEST, "invalid_state", "This page has expired or was used already.")
}
