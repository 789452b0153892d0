//! Where a user types the code that a device shows (RFC 8628 3.3).

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{cookie, login, pages};
use crate::world::{
    ApprovalDecision, ApprovalState, AuthorizeRequest, DeviceRequest, TenantSession, World, random_id, same_code,
};

const REQUEST_LIFETIME_MS: u64 = 900_000;

/// The query of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct ActivateQuery {
    #[serde(default)]
    user_code: String,
}

/// The posted answer.
#[derive(Debug, Deserialize)]
pub(crate) struct ActivateForm {
    #[serde(default)]
    user_code: String,
    /// Names the page that was shown, so that no other site can answer in the user's name.
    #[serde(default)]
    state: String,
    #[serde(default)]
    action: String,
}

/// `GET /activate`: asks for the code, then for a login, then for the confirmation.
pub(crate) async fn show(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Query(query): Query<ActivateQuery>,
) -> Response {
    if query.user_code.is_empty() {
        return ask(StatusCode::OK, None);
    }
    let Some(request) = waiting(&world, &query.user_code) else { return unknown() };
    match cookie::session(&world, &headers) {
        None => log_in(&world, &request),
        Some((_, session)) => confirm(&world, &request, &session),
    }
}

/// `POST /activate`.
pub(crate) async fn submit(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(form): Form<ActivateForm>,
) -> Response {
    let Some((_, session)) = cookie::session(&world, &headers) else { return unknown() };
    if form.state != page_state(&session, &form.user_code) {
        return unknown();
    }
    let approved = form.action == "confirm";
    let decision = if approved { ApprovalDecision::Approve } else { ApprovalDecision::Deny };
    if world.decide_device(&form.user_code, &session.user_id, &session.sid, decision).is_none() {
        return unknown();
    }
    let (title, text) = if approved {
        ("Congratulations, you're all set!", "Your device is now connected.")
    } else {
        ("Device not connected", "The request was cancelled.")
    };
    pages::page(StatusCode::OK, title, &format!("<p>{text} You can close this window.</p>"))
}

fn waiting(world: &World, user_code: &str) -> Option<DeviceRequest> {
    let now = world.now_ms();
    let open = |request: &DeviceRequest| request.state == ApprovalState::Pending && request.expires_at > now;
    world.device_requests().into_iter().find(|request| same_code(&request.user_code, user_code) && open(request))
}

fn ask(status: StatusCode, problem: Option<&str>) -> Response {
    let problem = problem.map_or_else(String::new, |text| format!("<p class=\"problem\" role=\"alert\">{text}</p>"));
    let body = format!(
        "<p>Enter the code displayed on your device.</p>{problem}<form method=\"get\" action=\"/activate\">\
         <label for=\"user_code\">Code</label><input id=\"user_code\" name=\"user_code\" autocomplete=\"off\" required>\
         <button type=\"submit\">Continue</button></form>"
    );
    pages::page(status, "Device Activation", &body)
}

fn unknown() -> Response {
    ask(StatusCode::BAD_REQUEST, Some("This code is unknown, used or expired."))
}

/// Logs the user in and comes back here: no application gets an answer.
fn log_in(world: &World, request: &DeviceRequest) -> Response {
    let id = random_id(24);
    let login = AuthorizeRequest {
        client_id: request.client_id.clone(),
        redirect_uri: String::new(),
        scopes: request.scope.clone(),
        audience: request.audience.clone(),
        state_parameter: None,
        nonce: None,
        code_challenge: String::new(),
        connection: None,
        login_hint: None,
        signup: false,
        ask_consent: false,
        second_factor: false,
        auth_time_wanted: false,
        expires_at: world.now_ms().saturating_add(REQUEST_LIFETIME_MS),
        session: None,
        dpop_jkt: None,
        local_path: Some(format!("/activate?user_code={}", request.user_code)),
    };
    world.state().logins.requests.insert(id.clone(), login);
    login::redirect(&id)
}

fn confirm(world: &World, request: &DeviceRequest, session: &TenantSession) -> Response {
    let application = world.state().directory.client(&request.client_id).map(|client| client.name.clone());
    let user = world.user(&session.user_id).map(|user| user.name).unwrap_or_default();
    let scopes: String = request.scope.iter().map(|scope| format!("<li>{}</li>", pages::escape(scope))).collect();
    let body = format!(
        "<p>Hi {}, please confirm that this is the code displayed on your device: <strong>{}</strong></p>\
         <p>{} asks for:</p><ul>{scopes}</ul><form method=\"post\" action=\"/activate\">\
         <input type=\"hidden\" name=\"user_code\" value=\"{1}\"><input type=\"hidden\" name=\"state\" value=\"{}\">\
         <button type=\"submit\" name=\"action\" value=\"confirm\">Confirm</button>\
         <button class=\"second\" type=\"submit\" name=\"action\" value=\"cancel\">Cancel</button></form>",
        pages::escape(&user),
        pages::escape(&request.user_code),
        pages::escape(application.as_deref().unwrap_or(&request.client_id)),
        page_state(session, &request.user_code),
    );
    pages::page(StatusCode::OK, "Device Confirmation", &body)
}

fn page_state(session: &TenantSession, user_code: &str) -> String {
    let code: String = user_code.chars().filter(char::is_ascii_alphanumeric).collect();
    super::jose::sha256_base64url(format!("{} {}", session.sid, code.to_ascii_uppercase()).as_bytes())
}
