//! The tenant's session cookie.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

use crate::world::{TenantSession, World};

/// Not `auth0`: cookies of one host are shared by all of its ports.
const NAME: &str = "offline_tenant_session";

/// The session of the browser, if it is alive.
pub(crate) fn session(world: &World, headers: &HeaderMap) -> Option<(String, TenantSession)> {
    let id = value(headers)?;
    let now = world.now_ms();
    let session = world.state().logins.sessions.get(&id).filter(|session| session.expires_at > now).cloned()?;
    Some((id, session))
}

/// The identifier in the cookie, alive or not.
pub(crate) fn value(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value.to_owned())
}

/// Sets the cookie, or ends it when there is no value.
pub(crate) fn set(headers: &mut HeaderMap, world: &World, value: Option<&str>) {
    let secure = if world.options().issuer.starts_with("https:") { "; Secure" } else { "" };
    let text = match value {
        Some(value) => format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"),
        None => format!("{NAME}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}"),
    };
    if let Ok(text) = HeaderValue::try_from(text) {
        headers.append(SET_COOKIE, text);
    }
}
