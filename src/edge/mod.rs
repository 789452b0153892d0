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

use std::future::ready;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
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

/// Not `async`: what waits is a future that is made already, whichever it is.
fn answer<'a>(route: Route<'a>, method: &'static str, visit: &'a mut Visit) -> Answering<'a> {
    let upgrade = visit.is_upgrade();
    match refused(route, method, upgrade, visit) {
        Some(refused) => boxed(ready(refused)),
        None => routed(route, method, upgrade, visit),
    }
}

type Answering<'a> = LocalBoxFuture<'a, Result<Answer, Refusal>>;

/// What no route has to look at: methods it does not answer, pages of other sites.
fn refused(route: Route<'_>, method: &str, upgrade: bool, visit: &Visit) -> Option<Result<Answer, Refusal>> {
    if !route.answers(method) {
        return Some(Ok(reply::method_not_allowed(route.methods())));
    }
    let origin = visit.header("origin");
    let preflight = method == "OPTIONS" && origin.is_some();
    if !(is_unsafe(method) || upgrade || preflight) {
        return None;
    }
    let site = visit.header("sec-fetch-site");
    let foreign = check_origin(origin.as_deref(), site.as_deref(), &visit.settings.allowed_origins).is_err();
    foreign.then(|| {
        Err(Refusal::new(403, "origin_refused", "This request came from a page of another site and was refused."))
    })
}

fn routed<'a>(route: Route<'a>, method: &str, upgrade: bool, visit: &'a mut Visit) -> Answering<'a> {
    let post = method == "POST";
    let done = match route {
        Route::Health => pages::health(),
        Route::Robots => pages::robots(),
        Route::PageStyle => pages::style(),
        Route::Close => pages::close(),
        Route::CloseScript => pages::close_script(),
        Route::Logout if !post => logout::form(),
        Route::Environment => environment::environment(visit),
        Route::PostChat if !post => reply::no_content(),
        Route::Home => return boxed(assets::shell(visit, 200)),
        Route::Page | Route::UnknownPage => return boxed(assets::page(visit, route)),
        Route::File => return boxed(assets::file(visit)),
        Route::Login => return boxed(login::login(visit)),
        Route::Callback => return boxed(callback::callback(visit)),
        Route::Logout => return boxed(logout::logout(visit)),
        Route::BackchannelLogout => return boxed(backchannel::logout(visit)),
        Route::Connect => return boxed(connect::connect(visit)),
        Route::User => return boxed(user::user(visit)),
        Route::Chats if post => return boxed(chats::create(visit)),
        Route::Chats => return boxed(chats::list(visit)),
        Route::Chat(chat) if method == "DELETE" => return boxed(chats::delete(visit, chat)),
        Route::Chat(chat) => return boxed(chats::rename(visit, chat)),
        Route::Connections => return boxed(connections::list(visit)),
        Route::Connection(id) if method == "PATCH" => return boxed(connections::choose(visit, id)),
        Route::Connection(id) => return boxed(connections::disconnect(visit, id)),
        Route::Schedules => return boxed(schedules::list(visit)),
        Route::Schedule(id) => return boxed(schedules::cancel(visit, id)),
        Route::ChatSocket(chat) => return boxed(socket::connect(visit, chat, upgrade)),
        Route::ChatMessages(chat) => return boxed(socket::messages(visit, chat)),
        Route::PostChat => return boxed(post_chat::post(visit)),
        Route::UnknownEndpoint => {
            return boxed(ready(Err(Refusal::new(404, "route_unknown", "There is nothing here."))));
        }
    };
    boxed(ready(Ok(done)))
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
