//! Consent to a third-party application; the tenant's own applications need none.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{answer, cookie, pages};
use crate::world::{AuthorizeRequest, Client, TenantSession, UserGrant, World, random_id};

/// The query of the consent page.
#[derive(Debug, Deserialize)]
pub(crate) struct ConsentQuery {
    #[serde(default)]
    state: String,
}

/// The posted answer.
#[derive(Debug, Deserialize)]
pub(crate) struct ConsentForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    action: String,
}

/// Whether the user must be asked first.
pub(crate) fn needed(world: &World, client: &Client, user_id: &str, request: &AuthorizeRequest) -> bool {
    if client.is_first_party {
        return false;
    }
    let given = world.state().logins.grants.iter().any(|grant| {
        grant.user_id == user_id
            && grant.client_id == client.client_id
            && grant.audience == request.audience
            && request.scopes.iter().all(|scope| grant.scope.contains(scope))
    });
    request.ask_consent || !given
}

/// The user is logged in: on to the consent, if it is needed, or back to the application.
pub(crate) fn go_on(
    world: &World,
    mut request: AuthorizeRequest,
    session_id: &str,
    session: TenantSession,
) -> Response {
    let Some(client) = world.state().directory.client(&request.client_id).cloned() else { return gone() };
    if !needed(world, &client, &session.user_id, &request) {
        return answer::answer_code(world, request, session);
    }
    request.session = Some(session_id.to_owned());
    let id = random_id(24);
    world.state().logins.requests.insert(id.clone(), request);
    answer::found(&format!("/u/consent?state={id}"))
}

/// `GET /u/consent`.
pub(crate) async fn show(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Query(query): Query<ConsentQuery>,
) -> Response {
    let Some((request, session)) = waiting(&world, &headers, &query.state) else { return gone() };
    let (client, user) = {
        let state = world.state();
        (state.directory.client(&request.client_id).cloned(), state.directory.user(&session.user_id).cloned())
    };
    let (Some(client), Some(user)) = (client, user) else { return gone() };
    let scopes: String = request.scopes.iter().map(|scope| format!("<li>{}</li>", pages::escape(scope))).collect();
    let body = format!(
        "<p>Hi {}, {} is requesting access to your account.</p><ul>{scopes}</ul><form method=\"post\" action=\"/u/consent\">\
         <input type=\"hidden\" name=\"state\" value=\"{}\">\
         <button type=\"submit\" name=\"action\" value=\"accept\">Accept</button>\
         <button class=\"second\" type=\"submit\" name=\"action\" value=\"decline\">Decline</button></form>",
        pages::escape(&user.name),
        pages::escape(&client.name),
        pages::escape(&query.state),
    );
    pages::page(StatusCode::OK, "Authorize App", &body)
}

/// `POST /u/consent`.
pub(crate) async fn submit(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(form): Form<ConsentForm>,
) -> Response {
    let Some((request, session)) = waiting(&world, &headers, &form.state) else { return gone() };
    world.state().logins.requests.remove(&form.state);
    if form.action != "accept" {
        let sentence = "User did not authorize the request";
        return answer::answer_error(
            &request.redirect_uri,
            request.state_parameter.as_deref(),
            "access_denied",
            sentence,
        );
    }
    world.state().logins.grants.push(UserGrant {
        user_id: session.user_id.clone(),
        client_id: request.client_id.clone(),
        audience: request.audience.clone(),
        scope: request.scopes.clone(),
    });
    answer::answer_code(&world, request, session)
}

/// The request, if it waits for the user whose session this browser holds.
pub(crate) fn waiting(world: &World, headers: &HeaderMap, id: &str) -> Option<(AuthorizeRequest, TenantSession)> {
    let (session_id, session) = cookie::session(world, headers)?;
    let now = world.now_ms();
    let request = world.state().logins.requests.get(id).cloned()?;
    (request.expires_at > now && request.session.as_deref() == Some(session_id.as_str())).then_some((request, session))
}

fn gone() -> Response {
    pages::problem(StatusCode::BAD_REQUEST, "invalid_state", "This consent page has expired or was used already.")
}
