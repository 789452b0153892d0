use worker::Response;

use super::guard::wants_page;
use super::identity::{self, anonymous};
use super::query::raw;
use super::reply::redirect;
use super::route::Route;
use super::visit::Visit;
use crate::objects::Refusal;
use crate::platform::request;

/// The client's shell with a status: 200 for the routes it knows, 404 for those it does not.
pub async fn shell(visit: &Visit, status: u16) -> Result<Response, Refusal> {
    let response = asset(visit, "/index.html", None).await?;
    if response.status_code() != 200 {
        return Err(Refusal::new(503, "client_not_built", "The web client is not there. Build it with npm run build."));
    }
    Ok(if status == 200 { response } else { response.with_status(status) })
}

/// A page of the client that needs a session: a browser without one is sent to login, everybody else gets 401 (UA-05).
pub async fn page(visit: &mut Visit, route: Route<'_>) -> Result<Response, Refusal> {
    if identity::session(visit, None).await?.is_none() {
        if !wants_page(visit.header("accept").as_deref()) {
            return Err(anonymous());
        }
        let url = visit.request.inner().url();
        let query = raw(&url).map(|query| format!("?{query}")).unwrap_or_default();
        let target = format!("{}{query}", visit.request.path());
        return redirect(&deputy_http::append_query("/auth/login", [("returnTo", target.as_str())]));
    }
    shell(visit, if route == Route::Page { 200 } else { 404 }).await
}

/// A file of the client build, for everybody (UA-06).
pub async fn file(visit: &Visit) -> Result<Response, Refusal> {
    let known = visit.header("if-none-match");
    let response = asset(visit, &visit.request.path(), known.as_deref()).await?;
    if matches!(response.status_code(), 200 | 304) { Ok(response) } else { shell(visit, 404).await }
}

async fn asset(visit: &Visit, path: &str, if_none_match: Option<&str>) -> Result<Response, Refusal> {
    let unavailable = || Refusal::new(503, "assets_unavailable", "The web client cannot be loaded at the moment.");
    let headers: Vec<_> = if_none_match.map(|tag| ("if-none-match".to_owned(), tag.to_owned())).into_iter().collect();
    let request = request::build("GET", &format!("https://assets{path}"), &headers, None).map_err(|_| unavailable())?;
    let assets = visit.env.assets("ASSETS").map_err(|_| unavailable())?;
    assets.fetch_request(request).await.map_err(|_| unavailable())
}
