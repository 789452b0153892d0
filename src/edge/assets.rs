use super::guard::wants_page;
use super::identity::{self, anonymous};
use super::query::raw;
use super::reply::redirect;
use super::route::Route;
use super::visit::Visit;
use crate::account::call::Refusal;
use crate::platform::answer::Answer;
use crate::platform::{env, request};

/// The client's shell with a status: 200 for the routes it knows, 404 for those it does not.
pub async fn shell(visit: &Visit, status: u16) -> Result<Answer, Refusal> {
    let answer = asset(visit, "/index.html", None).await?;
    if answer.status != 200 {
        return Err(Refusal::new(503, "client_not_built", "The web client is not there. Build it with npm run build."));
    }
    Ok(answer.with_status(status))
}

/// A page of the client that needs a session: a browser without one is sent to login, everybody else gets 401 (UA-05).
pub async fn page(visit: &mut Visit, route: Route<'_>) -> Result<Answer, Refusal> {
    if identity::session(visit, None).await?.is_none() {
        if !wants_page(visit.header("accept").as_deref()) {
            return Err(anonymous());
        }
        let url = visit.request.url();
        let query = raw(&url).map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{query}", visit.request.path());
        return Ok(redirect(&deputy_http::append_query("/auth/login", [("returnTo", target.as_str())])));
    }
    shell(visit, if route == Route::Page { 200 } else { 404 }).await
}

/// A file of the client build, for everybody (UA-06).
pub async fn file(visit: &Visit) -> Result<Answer, Refusal> {
    let known = visit.header("if-none-match");
    let answer = asset(visit, &visit.request.path(), known.as_deref()).await?;
    if matches!(answer.status, 200 | 304) { Ok(answer) } else { shell(visit, 404).await }
}

async fn asset(visit: &Visit, path: &str, if_none_match: Option<&str>) -> Result<Answer, Refusal> {
    let unavailable = || Refusal::new(503, "assets_unavailable", "The web client cannot be loaded at the moment.");
    let headers: Vec<_> = if_none_match.map(|tag| ("if-none-match".to_owned(), tag.to_owned())).into_iter().collect();
    let assets = env::binding(&visit.env, "ASSETS").ok_or_else(unavailable)?;
    let found = request::ask(&assets, "GET", &format!("https://assets{path}"), &headers, None).await;
    found.map(|found| Answer::passed_on(&found)).map_err(|_| unavailable())
}
