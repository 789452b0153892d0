//! Logout tokens for applications (OIDC Back-Channel Logout 1.0, 2.4 and 2.5).

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{OAuthError, jwt, outbound};
use crate::world::{LogoutDelivery, TenantSession, World, random_id};

/// How long a logout token is good, in seconds.
const LIFETIME: u64 = 120;

/// What is wrong with a logout token that a test asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutFault {
    /// Its signature.
    Signature,
    /// It has a nonce.
    Nonce,
    /// It has no events.
    Events,
    /// It names neither session nor user.
    Subject,
    /// Its `sid` is no text.
    Sid,
    /// It is for another application.
    Audience,
    /// It is old.
    Expired,
}

/// Sends a logout token to every application that got tokens in the session, in the background.
pub(crate) fn session_ended(world: &Arc<World>, session: &TenantSession) {
    let clients: BTreeSet<String> = {
        let state = world.state();
        let of_session = |sid: &Option<String>| sid.as_deref() == Some(session.sid.as_str());
        state.tokens.iter().filter(|token| of_session(&token.sid)).map(|token| token.client_id.clone()).collect()
    };
    for client_id in clients {
        let urls = world.state().directory.client(&client_id).map(|client| client.backchannel_logout_urls.clone());
        for url in urls.unwrap_or_default() {
            let token = token(world, &client_id, &session.sid, &session.user_id, None);
            let (world, session, client_id) = (Arc::clone(world), session.clone(), client_id.clone());
            tokio::spawn(async move { deliver(&world, &client_id, &session.sid, &session.user_id, &url, token).await });
        }
    }
}

/// A logout token (2.4), with one thing wrong if asked.
///
/// # Errors
/// `server_error` without a signing key.
pub(crate) fn token(
    world: &World,
    client_id: &str,
    sid: &str,
    user_id: &str,
    fault: Option<LogoutFault>,
) -> Result<String, OAuthError> {
    let now = world.now_ms() / 1000;
    let is = |wanted: LogoutFault| fault == Some(wanted);
    let mut claims = Map::new();
    let mut insert = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    insert("iss", world.options().issuer.clone().into());
    insert("aud", if is(LogoutFault::Audience) { "another-application".into() } else { client_id.into() });
    let issued = if is(LogoutFault::Expired) { now.saturating_sub(86_400) } else { now };
    insert("iat", issued.into());
    insert("exp", issued.saturating_add(LIFETIME).into());
    insert("jti", random_id(16).into());
    if !is(LogoutFault::Subject) {
        insert("sub", user_id.into());
        insert("sid", if is(LogoutFault::Sid) { 7.into() } else { sid.into() });
    }
    if !is(LogoutFault::Events) {
        insert("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    }
    if is(LogoutFault::Nonce) {
        insert("nonce", random_id(8).into());
    }
    let token = jwt::sign_typed(world, "logout+jwt", &claims)?;
    Ok(if is(LogoutFault::Signature) { spoilt(&token) } else { token })
}

/// Posts the token and records what came of it.
pub(crate) async fn deliver(
    world: &World,
    client_id: &str,
    sid: &str,
    user_id: &str,
    url: &str,
    token: Result<String, OAuthError>,
) -> LogoutDelivery {
    let outcome = match token {
        Ok(token) => {
            let body =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
            outbound::post_form(url, &body).await.map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    let delivery = LogoutDelivery {
        at_ms: world.now_ms(),
        client_id: client_id.to_owned(),
        url: url.to_owned(),
        sid: sid.to_owned(),
        user_id: user_id.to_owned(),
        status: outcome.as_ref().ok().copied(),
        error: outcome.err(),
    };
    world.state().effects.deliveries.push(delivery.clone());
    delivery
}

/// The same token with another first character of the signature.
fn spoilt(token: &str) -> String {
    let Some((input, signature)) = token.rsplit_once('.') else { return String::new() };
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{input}.{first}{}", signature.chars().skip(1).collect::<String>())
}
