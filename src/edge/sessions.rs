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

/// `DELETE /api/sessions/:id`: ends that login; with `others` every one but the caller's, with `all` the caller's too. 204. After
/// `others` comes the caller's own log-out, which names the session to the tenant; after `all` that is known no more.
pub async fn end(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let which = match id {
        "all" => EndLogins::All,
        "others" => EndLogins::Others(caller.session.clone()),
        id => EndLogins::One(id.to_owned()),
    };
    caller.ask(visit, &which).await?;
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
