use serde::Serialize;
use worker::Response;

use super::identity;
use super::reply;
use super::visit::Visit;
use crate::account::sessions::{EndLogins, ListLogins, LoginSummary};
use crate::objects::Refusal;

/// `GET /api/sessions`: where the user is logged in, the login used last first.
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let logins = caller.ask(visit, &ListLogins { session: caller.session.clone() }).await?;
    reply::json(&logins.into_iter().map(SessionJson::from).collect::<Vec<_>>())
}

/// `DELETE /api/sessions/:id`: ends that login, or with `all` every one, the caller's included. 204. The cookie of an ended login
/// stays until it is shown again: a log-out that follows then still leaves the tenant.
pub async fn end(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    caller.ask(visit, &EndLogins { id: (id != "all").then(|| id.to_owned()) }).await?;
    reply::no_content()
}

/// A login (docs/api.md).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionJson {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<String>,
    created_at: u64,
    last_used: u64,
    current: bool,
}

impl From<LoginSummary> for SessionJson {
    fn from(login: LoginSummary) -> Self {
        let LoginSummary { id, browser, created_at, last_used, current } = login;
        Self { id, browser, created_at, last_used, current }
    }
}
