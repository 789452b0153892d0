//! The log-ins of a user (UA-25): which there are, one more, one less. The tenant keeps them; a second one is proved by a log-in
//! with it, which changes nobody's session.

mod json;
mod tenant;

use deputy_auth0::{CallbackError, LinkTransaction, LinkingError, LoginInput, ReturnTo, Transaction, callback};
use deputy_error::Explained;
use serde::Deserialize;
use worker::Response;

use super::code_exchange::exchange;
use super::identity;
use super::login;
use super::login_refusal;
use super::query::Query;
use super::reply::{self, redirect, with_header};
use super::visit::Visit;
use crate::account::sessions::EndLogins;
use crate::account::{self, account_name};
use crate::objects::Refusal;
use crate::platform::log::{Level, Line};
use crate::platform::outside::Outside;
use json::{BegunJson, IdentitiesJson, name_outside};
use tenant::Management;

/// Where a linking ends that names no other place.
const PAGE: &str = "/connections";

/// `GET /api/identities`: as the tenant knows them; without a client for its Management API what the session knows, which is one.
pub async fn list(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::caller(visit, None).await?;
    let settings = visit.settings.clone();
    let Ok(management) = Management::of(&Outside, &settings) else {
        return reply::json(&IdentitiesJson::of_session(&caller.sub, &caller.claims));
    };
    let identities = management.identities(&caller.sub).await.map_err(|error| refused(visit, &error))?;
    reply::json(&IdentitiesJson::of_tenant(&caller.sub, identities))
}

/// `POST /api/identities {connection?, returnTo?}`: `{url}`, where the browser logs in with the second identity. It wants the cookie of
/// a session: nobody links for somebody else.
pub async fn begin(visit: &mut Visit) -> Result<Response, Refusal> {
    let caller = identity::required_session(visit).await?;
    let session = caller.session.clone().ok_or_else(identity::anonymous)?;
    let settings = visit.settings.clone();
    Management::of(&Outside, &settings).map_err(|error| refused(visit, &error))?;
    let Wanted { connection, return_to } = visit.json().await?;
    let return_to = return_to.and_then(|target| ReturnTo::parse(&settings.base_url, &target));
    let return_to = return_to.or_else(|| ReturnTo::parse(&settings.base_url, PAGE)).unwrap_or_else(ReturnTo::root);
    let input = LoginInput {
        connection: connection.filter(|name| !name.is_empty() && name.len() <= 128),
        prompt: Some("login".to_owned()),
        identity_only: true,
        ..LoginInput::new(return_to)
    };
    let remembered = |login| Transaction::Link(LinkTransaction { login, session });
    let (url, cookie) = login::begin(visit, input, remembered).await?;
    with_header(reply::json(&BegunJson { url })?, "set-cookie", &cookie)
}

/// The log-in with the second identity came back. Only the session that began it finishes it (S-20); who is logged in stays.
pub async fn finish(visit: &mut Visit, query: &Query, link: LinkTransaction) -> Result<Response, Refusal> {
    let LinkTransaction { login, session } = link;
    let caller = identity::session(visit, None).await?;
    let Some(caller) = caller.filter(|caller| caller.session.as_deref() == Some(session.as_str())) else {
        return Err(refused(visit, &LinkingError::OtherSession));
    };
    let settings = visit.settings.clone();
    let return_to = login.return_to.as_str().to_owned();
    let code = match callback(&settings.tenant, query.pairs(), login, visit.now) {
        Ok(code) => code,
        // The user thought better of it.
        Err(CallbackError::AccessDenied { .. }) => return redirect(&return_to),
        Err(error) => return Err(login_refusal::refused(visit, 400, &error)),
    };
    // Its tokens are worth nothing but the proof, and are dropped.
    let (_, second) = exchange(visit, &code).await?;
    let management = Management::of(&Outside, &settings).map_err(|error| refused(visit, &error))?;
    let linked = management.link(&caller.sub, second.subject()).await.map_err(|error| refused(visit, &error))?;
    told(visit, "identity_linked", &linked.provider);
    // Whose log-in it was until now is no user any more.
    let former = account_name(second.issuer(), second.subject());
    if let Err(refusal) = account::ask(&visit.env, &former, &EndLogins::All).await {
        told(visit, "identity_sessions_not_ended", &refusal.code);
    }
    redirect(&deputy_http::append_query(&return_to, [("linked", linked.connection.as_str())]))
}

/// `DELETE /api/identities/:id`: 204. Every other session of the user ends: it may have been opened with that log-in.
pub async fn unlink(visit: &mut Visit, id: &str) -> Result<Response, Refusal> {
    let caller = identity::required_session(visit).await?;
    let settings = visit.settings.clone();
    let management = Management::of(&Outside, &settings).map_err(|error| refused(visit, &error))?;
    let unlinked = management.unlink(&caller.sub, |identity| name_outside(&caller.sub, identity) == id).await;
    let unlinked = unlinked.map_err(|error| refused(visit, &error))?;
    told(visit, "identity_unlinked", &unlinked.provider);
    caller.ask(visit, &EndLogins::Others(caller.session.clone())).await?;
    reply::no_content()
}

fn refused(visit: &Visit, error: &LinkingError) -> Refusal {
    let (code, fix) = (error.code(), error.developer_fix());
    Line { id: Some(&visit.id), code: Some(code), detail: Some(&fix), ..Line::new(Level::Warn, "linking_failed") }
        .write();
    Refusal::explained(error.status(), error)
}

/// For whoever audits: which log-ins came and went, without whose they are.
fn told(visit: &Visit, event: &str, detail: &str) {
    Line { id: Some(&visit.id), detail: Some(detail), ..Line::new(Level::Info, event) }.write();
}

#[derive(Deserialize)]
struct Wanted {
    connection: Option<String>,
    #[serde(rename = "returnTo")]
    return_to: Option<String>,
}
