//! Universal Login: the form, sign-up, and the choice of a Google account.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::{answer, consent, cookie, pages, second_factor};
use crate::world::{AuthorizeRequest, TenantSession, User, World, random_hex, random_id};

/// Auth0's default: a session ends after three days.
const SESSION_LIFETIME_MS: u64 = 3 * 24 * 3_600_000;
const DATABASE: &str = "Username-Password-Authentication";
const GOOGLE: &str = "google-oauth2";

/// The query of the login page.
#[derive(Debug, Deserialize)]
pub(crate) struct LoginQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    screen: String,
}

/// The posted form.
#[derive(Deserialize)]
pub(crate) struct LoginForm {
    #[serde(default)]
    state: String,
    /// `default` (password), `signup`, or `account` (an account of a social connection).
    #[serde(default)]
    action: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    name: String,
    /// The chosen user of a social connection.
    #[serde(default)]
    account: String,
}

/// Sends the browser to the login page.
pub(crate) fn redirect(id: &str) -> Response {
    answer::found(&format!("/u/login?state={id}"))
}

/// `GET /u/login`.
pub(crate) async fn show(State(world): State<Arc<World>>, Query(query): Query<LoginQuery>) -> Response {
    let Some(request) = pending(&world, &query.state) else { return gone() };
    let screen = match query.screen.as_str() {
        "signup" => Screen::Signup,
        "google" => Screen::Google,
        "login" => Screen::Login,
        _ if request.connection.as_deref() == Some(GOOGLE) => Screen::Google,
        _ if request.signup => Screen::Signup,
        _ => Screen::Login,
    };
    form_page(&world, &query.state, &request, screen, StatusCode::OK, None, None)
}

/// `POST /u/login`.
pub(crate) async fn submit(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Response {
    let Some(request) = pending(&world, &form.state) else { return gone() };
    let (screen, outcome) = match form.action.as_str() {
        "signup" => (Screen::Signup, sign_up(&world, &request, &form)),
        "account" => (Screen::Google, choose(&world, &request, &form)),
        _ => (Screen::Login, log_in(&world, &request, &form)),
    };
    match outcome {
        Ok(user) => finish(&world, &headers, &form.state, request, &user),
        Err(sentence) => form_page(
            &world,
            &form.state,
            &request,
            screen,
            StatusCode::BAD_REQUEST,
            Some(sentence),
            Some(&form.username),
        ),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    Login,
    Signup,
    Google,
}

fn pending(world: &World, id: &str) -> Option<AuthorizeRequest> {
    let now = world.now_ms();
    world.state().logins.requests.get(id).filter(|request| request.expires_at > now).cloned()
}

fn gone() -> Response {
    pages::problem(StatusCode::BAD_REQUEST, "invalid_state", "This login page has expired or was used already.")
}

fn log_in(world: &World, request: &AuthorizeRequest, form: &LoginForm) -> Result<User, &'static str> {
    let wrong = "Wrong email or password.";
    if request.connection.as_deref().is_some_and(|name| name != DATABASE) {
        return Err("This application asked for another way to log in.");
    }
    let email = form.username.trim().to_lowercase();
    let (identity, user) =
        world.identity(|identity| identity.connection == DATABASE && identity.email == email).ok_or(wrong)?;
    let password = identity.password.as_deref().unwrap_or_default();
    let same: bool = password.as_bytes().ct_eq(form.password.as_bytes()).into();
    if same && !password.is_empty() { Ok(user) } else { Err(wrong) }
}

fn sign_up(world: &World, request: &AuthorizeRequest, form: &LoginForm) -> Result<User, &'static str> {
    if request.connection.as_deref().is_some_and(|name| name != DATABASE) {
        return Err("This application asked for another way to log in.");
    }
    let email = form.username.trim().to_lowercase();
    let Some((local, domain)) = email.split_once('@') else { return Err("Email is not valid.") };
    if local.is_empty() || domain.is_empty() || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err("Email is not valid.");
    }
    if form.password.chars().count() < 8 {
        return Err("Password is too weak: it needs at least 8 characters.");
    }
    let name = if form.name.trim().is_empty() { email.clone() } else { form.name.trim().chars().take(150).collect() };
    let user = User {
        user_id: format!("auth0|{}", random_hex(12)),
        connection: DATABASE.to_owned(),
        email_verified: false,
        password: Some(form.password.clone()),
        name,
        nickname: local.to_owned(),
        picture: "data:,".to_owned(),
        zoneinfo: None,
        enrolled: true,
        permissions: Default::default(),
        roles: Vec::new(),
        linked: Vec::new(),
        email,
    };
    let mut state = world.state();
    if state.directory.identities().any(|(known, _)| known.connection == DATABASE && known.email == user.email) {
        return Err("Something went wrong, please try again later. (The address has an account already.)");
    }
    state.directory.users.push(user.clone());
    Ok(user)
}

fn choose(world: &World, request: &AuthorizeRequest, form: &LoginForm) -> Result<User, &'static str> {
    if request.connection.as_deref().is_some_and(|name| name != GOOGLE) {
        return Err("This application asked for another way to log in.");
    }
    let known = world.identity(|identity| identity.connection == GOOGLE && identity.user_id == form.account);
    known.map(|(_, user)| user).ok_or("Choose one of the accounts.")
}

fn finish(world: &World, headers: &HeaderMap, id: &str, request: AuthorizeRequest, user: &User) -> Response {
    let now = world.now_ms();
    let session = TenantSession {
        sid: random_id(24),
        user_id: user.user_id.clone(),
        auth_time: now,
        expires_at: now.saturating_add(SESSION_LIFETIME_MS),
        second_factor: false,
    };
    let session_id = random_id(32);
    {
        let mut state = world.state();
        state.logins.requests.remove(id);
        if let Some(former) = cookie::value(headers) {
            state.logins.sessions.remove(&former);
        }
        state.logins.sessions.insert(session_id.clone(), session.clone());
    }
    let mut response = if let Some(path) = &request.local_path {
        answer::found(path)
    } else if second_factor::needed(world, &session, &request) {
        second_factor::ask(world, request, &session_id)
    } else {
        consent::go_on(world, request, &session_id, session)
    };
    cookie::set(response.headers_mut(), world, Some(&session_id));
    response
}

fn form_page(
    world: &World,
    id: &str,
    request: &AuthorizeRequest,
    screen: Screen,
    status: StatusCode,
    problem: Option<&str>,
    typed: Option<&str>,
) -> Response {
    let application = world
        .state()
        .directory
        .client(&request.client_id)
        .map_or_else(|| request.client_id.clone(), |client| client.name.clone());
    let problem = problem.map_or_else(String::new, |sentence| {
        format!("<p class=\"problem\" role=\"alert\">{}</p>", pages::escape(sentence))
    });
    let state = format!("<input type=\"hidden\" name=\"state\" value=\"{}\">", pages::escape(id));
    let name = pages::escape(typed.or(request.login_hint.as_deref()).unwrap_or_default());
    let link = |screen: &str, text: &str| {
        format!("<p><a href=\"/u/login?state={}&amp;screen={screen}\">{text}</a></p>", pages::escape(id))
    };
    let google = if request.connection.is_none() { link("google", "Continue with Google") } else { String::new() };
    let body = match screen {
        Screen::Login => format!(
            "<p>Log in to continue to {application}.</p>{problem}<form method=\"post\" action=\"/u/login\">{state}\
             <label for=\"username\">Email address</label>\
             <input id=\"username\" name=\"username\" type=\"text\" inputmode=\"email\" autocomplete=\"username\" required value=\"{name}\">\
             <label for=\"password\">Password</label>\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\
             <button type=\"submit\" name=\"action\" value=\"default\">Continue</button></form>{google}{}{}",
            link("signup", "Sign up"),
            seeded_users(world),
            application = pages::escape(&application),
        ),
        Screen::Signup => format!(
            "<p>Sign up to continue to {application}.</p>{problem}<form method=\"post\" action=\"/u/login\">{state}\
             <label for=\"name\">Name</label><input id=\"name\" name=\"name\" autocomplete=\"name\">\
             <label for=\"username\">Email address</label>\
             <input id=\"username\" name=\"username\" type=\"text\" inputmode=\"email\" autocomplete=\"username\" required value=\"{name}\">\
             <label for=\"password\">Password (at least 8 characters)</label>\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"new-password\" required>\
             <button type=\"submit\" name=\"action\" value=\"signup\">Continue</button></form>{google}{}",
            link("login", "Already have an account? Log in"),
            application = pages::escape(&application),
        ),
        Screen::Google => format!(
            "<p>Choose a Google account to continue to {}.</p>{problem}{}{}",
            pages::escape(&application),
            google_accounts(world, &state),
            if request.connection.is_none() { link("login", "Another way to log in") } else { String::new() },
        ),
    };
    let title = match screen {
        Screen::Login => "Welcome",
        Screen::Signup => "Sign up",
        Screen::Google => "Sign in with Google",
    };
    pages::page(status, title, &body)
}

fn seeded_users(world: &World) -> String {
    let rows: String = world
        .users()
        .iter()
        .flat_map(User::identities)
        .filter(|user| user.connection == DATABASE)
        .filter_map(|user| {
            user.password.as_deref().filter(|password| password.ends_with("-offline")).map(|password| (user, password))
        })
        .map(|(user, password)| {
            format!("<br><code>{}</code> password <code>{}</code>", pages::escape(&user.email), pages::escape(password))
        })
        .collect();
    format!("<p class=\"note\">Users of the offline world:{rows}</p>")
}

fn google_accounts(world: &World, state: &str) -> String {
    world
        .users()
        .iter()
        .flat_map(User::identities)
        .filter(|user| user.connection == GOOGLE)
        .map(|user| {
            format!(
                "<form method=\"post\" action=\"/u/login\">{state}<input type=\"hidden\" name=\"action\" value=\"account\">\
                 <button class=\"second\" type=\"submit\" name=\"account\" value=\"{}\">{} ({})</button></form>",
                pages::escape(&user.user_id),
                pages::escape(&user.name),
                pages::escape(&user.email)
            )
        })
        .collect()
}
