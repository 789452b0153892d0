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

use wasm_bindgen::JsValue;
use worker::Env;

use crate::account::call::Refusal;
use crate::config::{Settings, SettingsError};
use crate::platform::answer::Answer;
use crate::platform::boxed::boxed;
use crate::platform::inbound::Inbound;
use crate::platform::log::{Level, Line};
use crate::platform::{clock, random};
use guard::{check_origin, is_unsafe, wants_page};
use headers::security_headers;
use route::Route;
use visit::Visit;

/// Answers one request. Every failure becomes a response with a stable code and the correlation id.
///
/// Errors: no answer can be written, because a setting's value is none for a header.
pub async fn handle(request: web_sys::Request, env: Env) -> Result<JsValue, JsValue> {
    let begun = clock::now_ms();
    let id = random::identifier().unwrap_or_default();
    let request = Inbound::new(request);
    let path = request.path();
    let (route, method) = (Route::of(&path), request.method());
    // A browser on its way through login reads a page; the callback is never anything but a browser's.
    let page = route == Route::Callback
        || (matches!(route, Route::Login | Route::Connect | Route::Logout)
            && wants_page(request.header("accept").as_deref()));
    let origin = request.header("origin");
    let settings = Settings::of(&env);
    let (result, cleared) = match &settings {
        _ if route == Route::Health => (Ok(pages::health()), Vec::new()),
        Err(error) => (Err(not_set_up(error, &id)), Vec::new()),
        Ok(settings) => {
            let mut visit = Visit::new(request, env, settings.clone(), id.clone(), begun);
            let result = answer(route, method, &mut visit).await;
            (result, visit.cookies_to_clear())
        }
    };
    Asked { begun, id, route, method, page, origin, settings: settings.ok() }.write(result, &cleared)
}

/// What an answer and its log line say of the request.
struct Asked<'a> {
    begun: u64,
    id: String,
    route: Route<'a>,
    method: &'static str,
    page: bool,
    origin: Option<String>,
    settings: Option<SharedSettings>,
}

impl Asked<'_> {
    fn write(&self, result: Result<Answer, Refusal>, cleared: &[String]) -> Result<JsValue, JsValue> {
        let (mut answer, refusal) = match result {
            Ok(answer) => (answer, None),
            Err(refusal) => (reply::error(&refusal, &self.id, self.page), Some(refusal)),
        };
        // The answer to an upgrade is the socket; it takes no headers of ours.
        if answer.status != 101 {
            reply::finish(&mut answer, &self.id, &self.headers(), cleared);
        }
        match answer.response() {
            Err(_) if refusal.is_none() => self.write(Err(Refusal::internal("header_unwritable")), cleared),
            written => {
                self.log(answer.status, refusal.as_ref().map(|refusal| refusal.code.as_str()));
                written
            }
        }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let settings = self.settings.as_deref();
        let (base_url, tenant) = settings.map_or(("", ""), |s| (s.base_url.as_str(), s.tenant_origin()));
        let mut headers = security_headers(base_url, tenant);
        if self.route == Route::PostChat {
            let allowed = settings.map_or(&[][..], |settings| &settings.allowed_origins);
            headers.extend(cors::cors_headers(self.origin.as_deref(), allowed, self.method == "OPTIONS"));
        }
        headers
    }

    fn log(&self, status: u16, code: Option<&str>) {
        let level = match status {
            500.. => Level::Error,
            400.. => Level::Warn,
            _ => Level::Info,
        };
        Line {
            id: Some(&self.id),
            route: Some(self.route.template()),
            method: Some(self.method),
            status: Some(status),
            code,
            ms: Some(clock::now_ms().saturating_sub(self.begun)),
            ..Line::new(level, "request")
        }
        .write();
    }
}

async fn answer(route: Route<'_>, method: &str, visit: &mut Visit) -> Result<Answer, Refusal> {
    if !route.answers(method) {
        return Ok(reply::method_not_allowed(route.methods()));
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
        Route::Health => Ok(pages::health()),
        Route::Home => boxed(assets::shell(visit, 200)).await,
        Route::Page | Route::UnknownPage => boxed(assets::page(visit, route)).await,
        Route::File => boxed(assets::file(visit)).await,
        Route::Robots => Ok(pages::robots()),
        Route::PageStyle => Ok(pages::style()),
        Route::Close => Ok(pages::close()),
        Route::CloseScript => Ok(pages::close_script()),
        Route::Login => boxed(login::login(visit)).await,
        Route::Callback => boxed(callback::callback(visit)).await,
        Route::Logout if post => boxed(logout::logout(visit)).await,
        Route::Logout => Ok(logout::form()),
        Route::BackchannelLogout => boxed(backchannel::logout(visit)).await,
        Route::Connect => boxed(connect::connect(visit)).await,
        Route::User => boxed(user::user(visit)).await,
        Route::Environment => Ok(environment::environment(visit)),
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
        Route::PostChat => Ok(reply::no_content()),
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
