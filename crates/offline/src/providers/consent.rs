//! The browser leg at a provider: `GET /{connection}/consent?ticket=` asks, `POST` takes the answer back to the tenant.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::consent_page::{self, Question, Scope};
use super::registry::{self, Provider};
use crate::world::{ConsentRequest, Decision, World};

/// Scopes that say who the user is or keep the connection alive; no provider lets the user leave them out.
const ALWAYS: [&str; 6] = ["openid", "email", "profile", "offline_access", "offline.access", "refresh_token"];

/// The consent page of every connection.
pub fn router() -> Router<Arc<World>> {
    Router::new().route("/{connection}/consent", get(ask).post(answer))
}

#[derive(Debug, Deserialize)]
struct Ticket {
    ticket: Option<String>,
}

async fn ask(
    State(world): State<Arc<World>>,
    Path(connection): Path<String>,
    Query(Ticket { ticket }): Query<Ticket>,
) -> Response {
    let ticket = ticket.unwrap_or_default();
    match question(&world, &connection, &ticket, None) {
        Some(question) => page(StatusCode::OK, consent_page::question(&question)),
        None => over(),
    }
}

async fn answer(State(world): State<Arc<World>>, Path(connection): Path<String>, body: Bytes) -> Response {
    let pairs = url::form_urlencoded::parse(&body).into_owned().collect::<Vec<_>>();
    let field =
        |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let ticket = field("ticket");
    let account = field("account");
    let Some(question) = question(&world, &connection, &ticket, Some(&account)) else { return over() };
    let decision = match field("decision").as_str() {
        "deny" => Decision::Deny,
        "allow" => {
            if !question.accounts.contains(&account) {
                return page(
                    StatusCode::BAD_REQUEST,
                    consent_page::problem("Please choose one of the accounts shown."),
                );
            }
            // Of another account than the one the page was made for, the user has not seen what is asked.
            let seen = pairs.iter().find(|(name, _)| name == "asked");
            if field("shown") != account && seen.is_some_and(|(_, seen)| *seen != question.asked()) {
                return page(StatusCode::OK, consent_page::question(&question));
            }
            let ticked = |scope: &Scope| {
                !scope.optional || pairs.iter().any(|(name, value)| name == "scope" && *value == scope.name)
            };
            let ticked = question.scopes.iter().filter(|scope| ticked(scope));
            let scopes = question.granted.iter().chain(ticked).map(|scope| scope.name.clone()).collect();
            Decision::Allow { account, scopes }
        }
        _ => return page(StatusCode::BAD_REQUEST, consent_page::problem("Please answer with Allow or Cancel.")),
    };
    world.decide_consent(&ticket, decision).map_or_else(over, |url| Redirect::to(&url).into_response())
}

/// What is asked of the account that the user chose, else of the suggested one, else of the last that was connected. What the account has
/// granted already is not asked again.
fn question(world: &World, connection: &str, ticket: &str, account: Option<&str>) -> Option<Question> {
    let request = world.consent_ticket(ticket).filter(|request| request.connection == connection)?;
    let provider = registry::of_connection(connection);
    let user = world.user(&request.user_id)?;
    let mut accounts = provider.map_or_else(|| vec![user.email.clone()], |provider| provider.accounts(&user.email));
    let connected = world.connected_accounts(Some(&request.user_id));
    let connected: Vec<_> = connected.into_iter().filter(|one| one.connection == connection && !one.revoked).collect();
    let last = connected.last().map(|one| one.account.clone());
    let mut wanted = [account, request.login_hint.as_deref(), last.as_deref()].into_iter().flatten();
    if let Some(at) = wanted.find_map(|wanted| accounts.iter().position(|account| account == wanted)) {
        accounts.swap(0, at);
    }
    let known = connected.into_iter().find(|one| accounts.first() == Some(&one.account));
    let known = known.map(|known| known.scopes).unwrap_or_default();
    let (granted, scopes) = scopes(&request, provider).into_iter().partition(|scope| known.contains(&scope.name));
    Some(Question {
        ticket: ticket.to_owned(),
        connection: connection.to_owned(),
        provider: provider.map_or_else(|| generic_name(connection), |provider| provider.name.clone()),
        application: request.client_name.clone(),
        user: user.name,
        accounts,
        granted,
        scopes,
    })
}

fn scopes(request: &ConsentRequest, provider: Option<&Provider>) -> Vec<Scope> {
    let scope = |name: &String| {
        let words = provider.and_then(|provider| provider.scope_in_words(name)).map(str::to_owned);
        let optional = provider.is_some_and(|provider| provider.choose_scopes) && !ALWAYS.contains(&name.as_str());
        Scope {
            words: words.unwrap_or_else(|| format!("Use the permission “{name}”")), name: name.clone(), optional
        }
    };
    request.scopes.iter().map(scope).collect()
}

/// A made-up connection is called by its own id: `my-oauth2` becomes "My oauth2".
fn generic_name(connection: &str) -> String {
    let spaced = connection.replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn over() -> Response {
    let text = "This request is unknown, answered or too old. Close this window, go back to the application and connect again.";
    page(StatusCode::GONE, consent_page::problem(text))
}

/// No `form-action` in the policy: it would also forbid the redirects that follow the form.
fn page(status: StatusCode, html: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, html).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::super::tests::{ANA, FREE_BUSY, attempt, form, get, send, world};
    use super::*;
    use crate::world::{AttemptState, ConnectedAccount};

    /// TV-09
    #[tokio::test]
    async fn an_account_is_asked_only_for_what_it_has_not_granted() {
        let world = world();
        let user_id = world.users()[0].user_id.clone();
        world.state().accounts.push(ConnectedAccount {
            id: "cac_1".into(),
            user_id,
            connection: "google-oauth2".into(),
            account: ANA.into(),
            scopes: vec!["openid".into(), FREE_BUSY.into()],
            created_at: 0,
            updated_at: 0,
            revoked: false,
        });
        let ticket = attempt(&world, "google-oauth2", &["openid", FREE_BUSY, "email"]);
        let stranger = get(&world, &format!("/google-oauth2/consent?ticket={ticket}"), None).await.text;
        assert!(stranger.contains(FREE_BUSY) && !stranger.contains("already has"), "the hinted account is another one");
        let path = "/google-oauth2/consent";
        let first =
            [("ticket", ticket.as_str()), ("decision", "allow"), ("account", ANA), ("shown", "ana@studio.example")];
        let asked = send(&world, Method::POST, path, None, form(&[&first[..], &[("asked", "openid")]].concat())).await;
        let (new, old) = asked.text.split_once("already has some access").unwrap();
        assert!(
            new.contains(r#"value="email""#) && !new.contains(FREE_BUSY) && old.contains(FREE_BUSY),
            "{}",
            asked.text
        );
        let answer = send(&world, Method::POST, path, None, form(&[&first[..], &[("asked", "email")]].concat())).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let AttemptState::Decided { decision, .. } = world.state().attempts[0].state.clone() else { panic!() };
        let scopes = vec!["openid".into(), FREE_BUSY.into(), "email".into()];
        assert_eq!(decision, Decision::Allow { account: ANA.into(), scopes });
    }
}
