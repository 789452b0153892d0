//! HTTP before any agent: routes, guard, login, the chats API, static files. Sessions are checked here; what goes on to a chat
//! object carries an identity and no token.

mod assets;
mod backchannel;
mod browser_name;
mod callback;
mod chats;
mod code_exchange;
mod connect;
mod connections;
mod cookie;
mod cors;
pub mod documents;
mod environment;
mod fga;
mod guard;
mod headers;
mod identities;
mod identity;
mod kept_document;
mod login;
mod login_refusal;
mod logout;
pub mod mcp;
mod mcp_login;
mod mcp_servers;
mod pages;
mod post_chat;
mod query;
mod reply;
mod route;
mod schedules;
mod session_cookie;
mod sessions;
mod socket;
mod tenant_metadata;
mod ticket;
mod user;
mod visit;

use deputy_error::Explained;
use worker::{Context, Env, Request, Response};

use crate::config::{Settings, SettingsError};
use crate::objects::Refusal;
use crate::platform::log::{Level, Line};
use crate::platform::{clock, random};
use guard::{check_origin, is_unsafe, wants_page};
use mcp::facade::route::FacadeRoute;
use mcp::route::McpRoute;
use route::Route;
use visit::Visit;

/// Answers one request. Every failure becomes a response with a stable code and the correlation id.
pub async fn handle(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let begun = clock::now_ms();
    let id = random::identifier().unwrap_or_default();
    let path = request.path();
    let method = request.method().to_string();
    let route = Route::of(&path);
    // A browser on its way through login reads a page; the callback is never anything but a browser's.
    let page = matches!(route, Route::Callback | Route::McpCallback)
        || (matches!(
            route,
            Route::Login
                | Route::Connect
                | Route::Logout
                | Route::McpLogin
                | Route::Mcp(McpRoute::Facade(FacadeRoute::Authorize))
        ) && wants_page(request.headers().get("accept").ok().flatten().as_deref()));
    let crosses = matches!(route, Route::PostChat | Route::ChatStream(_) | Route::Mcp(_));
    let origin = if crosses { request.headers().get("origin").ok().flatten() } else { None };
    let settings = Settings::of(&env);
    let (result, cookies) = match &settings {
        _ if route == Route::Health => (pages::health(), None),
        Err(error) if route == Route::CheckModel && error.is_about_the_model() => {
            (environment::check_model(false), None)
        }
        Err(error) => (Err(not_set_up(error, &id)), None),
        Ok(settings) => {
            let mut visit = Visit::new(request, env, settings.clone(), id.clone(), begun);
            let result = answer(route, &method, &mut visit).await;
            (result, visit.cookies_to_set())
        }
    };
    let (mut response, code) = match result {
        Ok(response) => (response, None),
        Err(refusal) => (reply::error(&refusal, &id, page)?, Some(refusal.code.clone())),
    };
    let status = response.status_code();
    // The answer to an upgrade is the socket; it takes no headers of ours.
    if status != 101 {
        let (base_url, tenant) = settings.as_ref().map_or(("", ""), |s| (s.base_url.as_str(), s.tenant_origin()));
        let mut more = Vec::new();
        if matches!(route, Route::PostChat | Route::ChatStream(_)) {
            let allowed = settings.as_ref().map_or(&[][..], |settings| &settings.allowed_origins);
            more.extend(cors::cors_headers(
                origin.as_deref(),
                allowed,
                (method == "OPTIONS").then_some(route.methods()),
            ));
        }
        if let (Route::Mcp(route), Ok(settings)) = (route, &settings) {
            more.extend(mcp::cors_headers(route, settings, origin.as_deref(), method == "OPTIONS"));
        }
        response =
            reply::finish(response, &id, headers::common(base_url, tenant)?, &more, &cookies.unwrap_or_default())?;
    }
    let level = match status {
        500.. => Level::Error,
        400.. => Level::Warn,
        _ => Level::Info,
    };
    if level < settings.as_ref().map_or(Level::Info, |settings| settings.logged) {
        return Ok(response);
    }
    Line {
        id: Some(&id),
        route: Some(route.template()),
        method: Some(&method),
        status: Some(status),
        code: code.as_deref(),
        ms: Some(clock::now_ms().saturating_sub(begun)),
        ..Line::new(level, "request")
    }
    .write();
    Ok(response)
}

async fn answer(route: Route<'_>, method: &str, visit: &mut Visit) -> Result<Response, Refusal> {
    if !route.answers(method) {
        return reply::method_not_allowed(route.methods(), &visit.id);
    }
    let upgrade = visit.is_upgrade();
    let preflight = method == "OPTIONS" && visit.header("origin").is_some();
    // Where no cookie is looked at, a page can do nothing in its visitor's name; `mcp` has a rule of its own.
    let by_cookie = !matches!(route, Route::Mcp(_));
    if by_cookie && (is_unsafe(method) || upgrade || preflight) {
        let (origin, site) = (visit.header("origin"), visit.header("sec-fetch-site"));
        check_origin(origin.as_deref(), site.as_deref(), &visit.settings.allowed_origins).map_err(|_| {
            Refusal::new(403, "origin_refused", "This request came from a page of another site and was refused.")
        })?;
    }
    let post = method == "POST";
    match route {
        Route::Health => pages::health(),
        Route::Home => assets::shell(visit, 200).await,
        Route::Page | Route::UnknownPage => assets::page(visit, route).await,
        Route::File => assets::file(visit).await,
        Route::Robots => pages::robots(),
        Route::PageStyle => pages::style(),
        Route::Close => pages::close(),
        Route::CloseScript => pages::close_script(),
        Route::Login => login::login(visit).await,
        Route::Callback => callback::callback(visit).await,
        Route::Logout if post => logout::logout(visit).await,
        Route::Logout => logout::form(),
        Route::BackchannelLogout => backchannel::logout(visit).await,
        Route::Connect => connect::connect(visit).await,
        Route::McpLogin => mcp_login::login(visit).await,
        Route::McpCallback => mcp_login::callback(visit).await,
        Route::User => user::user(visit).await,
        Route::Environment => environment::environment(visit),
        Route::Identity => user::verified(visit).await,
        Route::CheckModel => environment::check_model(true),
        Route::Chats if post => chats::create(visit).await,
        Route::Chats => chats::list(visit).await,
        Route::Chat(chat) if method == "DELETE" => chats::delete(visit, chat).await,
        Route::Chat(chat) if method == "PATCH" => chats::rename(visit, chat).await,
        Route::Chat(chat) => chats::read(visit, chat).await,
        Route::Connections => connections::list(visit).await,
        Route::Connection(id) if method == "PATCH" => connections::choose(visit, id).await,
        Route::Connection(id) => connections::disconnect(visit, id).await,
        Route::Identities if post => identities::begin(visit).await,
        Route::Identities => identities::list(visit).await,
        Route::LinkedIdentity(id) => identities::unlink(visit, id).await,
        Route::McpServers if post => mcp_servers::add(visit).await,
        Route::McpServers => mcp_servers::list(visit).await,
        Route::McpServer(id) if method == "DELETE" => mcp_servers::remove(visit, id).await,
        Route::McpServer(id) if method == "PATCH" => mcp_servers::change(visit, id).await,
        Route::McpServer(id) => mcp_servers::read(visit, id).await,
        Route::Schedules => schedules::list(visit).await,
        Route::Schedule(id) => schedules::cancel(visit, id).await,
        Route::Sessions => sessions::list(visit).await,
        Route::Session(id) => sessions::end(visit, id).await,
        Route::Documents(route) => documents::answer(visit, route, method).await,
        Route::ChatSocket(chat) => socket::connect(visit, chat, upgrade).await,
        Route::ChatMessages(chat) => socket::messages(visit, chat).await,
        Route::PostChat if post => post_chat::post(visit).await,
        Route::ChatStream(chat) if method != "OPTIONS" => post_chat::stream(visit, chat).await,
        Route::PostChat | Route::ChatStream(_) => reply::no_content(),
        Route::Mcp(route) => mcp::answer(visit, route, method).await,
        Route::Fga => fga::call(visit).await,
        Route::UnknownEndpoint => Err(Refusal::new(404, "route_unknown", "There is nothing here.")),
    }
}

fn not_set_up(error: &SettingsError, id: &str) -> Refusal {
    let line = Line {
        id: Some(id),
        code: Some(error.code()),
        detail: Some(error.setting),
        ..Line::new(Level::Error, "settings")
    };
    line.write();
    Refusal::new(503, error.code(), format!("{} {}", error.user_message(), error.developer_fix()))
}
