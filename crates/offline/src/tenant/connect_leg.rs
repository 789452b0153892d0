//! The browser's leg of the Connected Accounts flow: ticket, provider, back to the application.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};

use super::{answer, pages, parameters::Parameters};
use crate::world::{AttemptState, Decision, World, random_id};

/// `GET /connected-accounts/connect?ticket=`: on to the provider.
pub(crate) async fn start(State(world): State<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let Ok(parameters) = Parameters::from_query(query.as_deref()) else { return gone() };
    let Some(ticket) = parameters.get("ticket") else { return gone() };
    let now = world.now_ms();
    let connection = {
        let mut state = world.state();
        let attempt = state.attempts.iter_mut().find(|attempt| {
            attempt.ticket == ticket
                && attempt.expires_at > now
                && matches!(attempt.state, AttemptState::Started | AttemptState::AtProvider)
        });
        let Some(attempt) = attempt else { return gone() };
        attempt.state = AttemptState::AtProvider;
        attempt.connection.clone()
    };
    let page = format!("{}/{connection}/consent", world.options().providers_base_url());
    answer::redirect_with(&page, &[("ticket", ticket.to_owned())])
}

/// `GET /login/callback`: the provider's answer, on to the application.
pub(crate) async fn callback(State(world): State<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let Ok(parameters) = Parameters::from_query(query.as_deref()) else { return gone() };
    let (Some(ticket), Some(code)) = (parameters.get("ticket"), parameters.get("code")) else { return gone() };
    let now = world.now_ms();
    let mut state = world.state();
    let attempt = state.attempts.iter_mut().find(|attempt| attempt.ticket == ticket && attempt.expires_at > now);
    let Some(attempt) = attempt else { return gone() };
    let decision = match &attempt.state {
        AttemptState::Decided { code: expected, decision } if expected == code => decision.clone(),
        _ => return gone(),
    };
    let redirect_uri = attempt.redirect_uri.clone();
    let application_state = attempt.state_parameter.clone();
    match decision {
        Decision::Deny => {
            attempt.state = AttemptState::Over;
            let sentence = "The user denied the request";
            answer::answer_error(&redirect_uri, application_state.as_deref(), "access_denied", sentence)
        }
        Decision::Allow { account, scopes } => {
            let connect_code = random_id(32);
            attempt.state = AttemptState::Connected { connect_code: connect_code.clone(), account, scopes };
            let mut answer = vec![("connect_code", connect_code)];
            answer.extend(application_state.map(|value| ("state", value)));
            answer::redirect_with(&redirect_uri, &answer)
        }
    }
}

fn gone() -> Response {
    pages::problem(StatusCode::BAD_REQUEST, "invalid_ticket", "This link has expired or was used already.")
}
