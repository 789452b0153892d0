//! HTTP before any agent: routes, guard, login, the chats API, static files. Sessions are checked here; what goes on to a chat
//! object carries an identity and no token.

mod assets;
mod backchannel;
mod callback;
mod chats;
mod connect;
mod connections;
mod cookie;
mod cors;
mod environment;
mod guard;
mod headers;
mod identity;
mod jwks;
mod login;
mod logout;
mod pages;
mod post_chat;
mod query;
mod reply;
mod route;
mod schedules;
mod session_cookie;
mod socket;
mod user;
mod visit;

use std::rc::Rc;

use worker::{Context, Env, Request, Response};

use crate::account::call::Refusal;
use crate::config::{Settings, SettingsError};
use crate::platform::boxed::boxed;
use crate::platform::log::{Level, Line};
use crate::platform::{clock, random};
use guard::{check_origin, is_unsafe, wants_page};
use headers::security_headers;
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
    let accept = request.headers().get("accept").ok().flatten();
    let page = route == Route::Callback
        || (matches!(route, Route::Login | Route::Connect | Route::Logout) && wants_page(accept.as_deref()));
    let origin = request.headers().get("origin").ok().flatten();
    let settings = Settings::of(&env);
    let (result, cleared) = match &settings {
        _ if route == Route::Health => (pages::health(), None),
        Err(error) => (Err(not_set_up(error, &id)), None),
        Ok(settings) => {
            let mut visit = Visit::new(request, env, settings.clone(), id.clone(), begun);
            let result = answer(route, &method, &mut visit).await;
            (result, visit.cookies_to_clear())
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
        let mut headers = security_headers(base_url, tenant);
        if route == Route::PostChat {
            let allowed = settings.as_ref().map_or(&[][..], |settings| &settings.allowed_origins);
            headers.extend(cors::cors_headers(origin.as_deref(), allowed, method == "OPTIONS"));
        }
        response = reply::finish(response, &id, &headers, &cleared.unwrap_or_default())?;
    }
    let level = match status {
        500.. => Level::Error,
        400.. => Level::Warn,
        _ => Level::Info,
    };
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
        return reply::method_not_allowed(route.methods());
    }
    let upgrade = visit.is_upgrade();
    let preflight = method == "OPTIONS" && visit.header("origin").is_some();
    if is_unsafe(method) || upgrade || preflight {
        let (origin, site) = (visit.header("origin"), visit.header("sec-fetch-site"));
        check_origin(origin.as_deref(), site.as_deref(), &visit.settings.allowed_origins).map_err(|_| {
            Refusal::new(403, "origin_refused", "This request came from a page of another site and was refused.")
        })?;
    }
    let post = method == "POST";
    match route {
        Route::Health => pages::health(),
        Route::Home => boxed(assets::shell(visit, 200)).await,
        Route::Page | Route::UnknownPage => boxed(assets::page(visit, route)).await,
        Route::File => boxed(assets::file(visit)).await,
        Route::Robots => pages::robots(),
        Route::PageStyle => pages::style(),
        Route::Close => pages::close(),
        Route::CloseScript => pages::close_script(),
        Route::Login => boxed(login::login(visit)).await,
        Route::Callback => boxed(callback::callback(visit)).await,
        Route::Logout if post => boxed(logout::logout(visit)).await,
        Route::Logout => logout::form(),
        Route::BackchannelLogout => boxed(backchannel::logout(visit)).await,
        Route::Connect => boxed(connect::connect(visit)).await,
        Route::User => boxed(user::user(visit)).await,
        Route::Environment => environment::environment(visit),
        Route::Chats if post => boxed(chats::create(visit)).await,
        Route::Chats => boxed(chats::list(visit)).await,
        Route::Chat(chat) if method == "DELETE" => boxed(chats::delete(visit, chat)).await,
        Route::Chat(chat) => boxed(chats::rename(visit, chat)).await,
        Route::Connections => boxed(connections::list(visit)).await,
        Route::Connection(id) if method == "PATCH" => boxed(connections::choose(visit, id)).await,
        Route::Connection(id) => boxed(connections::disconnect(visit, id)).await,
        Route::Schedules => boxed(schedules::list(visit)).await,
        Route::Schedule(id) => boxed(schedules::cancel(visit, id)).await,
        Route::ChatSocket(chat) => boxed(socket::connect(visit, chat, upgrade)).await,
        Route::ChatMessages(chat) => boxed(socket::messages(visit, chat)).await,
        Route::PostChat if post => boxed(post_chat::post(visit)).await,
        Route::PostChat => reply::no_content(),
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

/// Settings as every handler holds them.
type SharedSettings = Rc<Settings>;
