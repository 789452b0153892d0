//! Token exchange (RFC 8693): custom profiles, and on-behalf-of with an `act` chain.

use serde_json::{Map, Value, json};

use super::issue::{self, Binding, Issue};
use crate::{
    tenant::{OAuthError, bearer, jwt, parameters::Parameters},
    world::{Client, ExchangeProfile, User, World, random_id},
};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// Namespaces that no profile may use.
const RESERVED: [&str; 6] = ["urn:auth0", "urn:okta", "urn:ietf", "https://auth0.com", "https://okta.com", "http:"];
/// Actors in a token at most.
const LONGEST_CHAIN: usize = 5;

/// The exchange: on behalf of a user between APIs, else by the profile of the subject token's type.
///
/// # Errors
/// 400 `invalid_request`, 403 `unauthorized_client`, `access_denied`.
pub(crate) fn exchange(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    binding: Binding,
) -> Result<Value, OAuthError> {
    let token = parameters.required("subject_token")?;
    let kind = parameters.required("subject_token_type")?;
    if kind == ACCESS_TOKEN {
        return on_behalf_of(world, client, parameters, token, binding);
    }
    if RESERVED.iter().any(|prefix| kind.starts_with(prefix))
        || !(kind.starts_with("https://") || kind.starts_with("urn:"))
    {
        return Err(OAuthError::invalid_request("The subject_token_type is in a reserved namespace or not a URI."));
    }
    if parameters.get("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN) {
        return Err(OAuthError::invalid_request("Unsupported requested_token_type"));
    }
    if !client.token_exchange {
        return Err(OAuthError::unauthorized_client("Custom token exchange is not enabled for the client."));
    }
    let profile =
        world.state().directory.token_exchange_profiles.iter().find(|p| p.subject_token_type == kind).cloned();
    let profile = profile.ok_or_else(|| OAuthError::invalid_request("No profile has this subject_token_type."))?;
    let user = profile_user(world, &profile, token)?;
    tokens(world, client, &user, parameters, binding, true)
}

/// What the profile's Action does at a real tenant: verify the subject token, set the user.
fn profile_user(world: &World, profile: &ExchangeProfile, token: &str) -> Result<User, OAuthError> {
    let access = bearer::verify(world, token).filter(|access| access.is_for(&profile.subject_audience));
    let user = access.and_then(|access| world.user(&access.subject));
    user.ok_or_else(|| OAuthError::invalid_request("The subject token is not valid."))
}

/// The API that received the token calls another one in the user's name.
fn on_behalf_of(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    token: &str,
    binding: Binding,
) -> Result<Value, OAuthError> {
    if parameters.get("requested_token_type") != Some(ACCESS_TOKEN) {
        return Err(OAuthError::invalid_request("requested_token_type must be the access token type."));
    }
    parameters.required("audience")?;
    let own = client.resource_server_identifier.as_deref().filter(|_| client.app_type == "resource_server");
    let own =
        own.ok_or_else(|| OAuthError::unauthorized_client("Only a Custom API Client may act on behalf of a user."))?;
    if !client.on_behalf_of_token_exchange {
        return Err(OAuthError::unauthorized_client("On-behalf-of token exchange is not enabled for the client."));
    }
    let invalid = || OAuthError::invalid_request("The subject token is not valid.");
    let access = bearer::verify(world, token).ok_or_else(invalid)?;
    if !access.is_for(own) {
        return Err(OAuthError::unauthorized_client("The subject token is for another API."));
    }
    let user = world.user(&access.subject).ok_or_else(invalid)?;
    let former = jwt::verify(world, token).and_then(|claims| claims.get("act").cloned());
    if depth(former.as_ref()) >= LONGEST_CHAIN.saturating_sub(1) {
        return Err(OAuthError::invalid_request("The act claim of the subject token is too deep."));
    }
    let mut act = Map::from_iter([("sub".to_owned(), Value::from(client.client_id.clone()))]);
    act.extend(former.map(|former| ("act".to_owned(), former)));
    tokens(world, client, &user, parameters, Binding { act: Some(Value::Object(act)), ..binding }, false)
}

fn depth(act: Option<&Value>) -> usize {
    act.map_or(0, |act| depth(act.get("act")).saturating_add(1))
}

fn tokens(
    world: &World,
    client: &Client,
    user: &User,
    parameters: &Parameters,
    binding: Binding,
    refresh_token: bool,
) -> Result<Value, OAuthError> {
    let audience = parameters.get("audience").map(str::to_owned);
    let scope = parameters.scopes();
    let mut answer = issue::for_user(
        world,
        &Issue {
            client,
            user,
            sid: random_id(24),
            family: random_id(16),
            auth_time: world.now_ms(),
            auth_time_wanted: false,
            second_factor: false,
            nonce: None,
            login_audience: audience.clone(),
            audience,
            login_scopes: scope.clone(),
            requested: scope,
            refresh_token,
            binding,
        },
    )?;
    if let Some(members) = answer.as_object_mut() {
        members.insert("issued_token_type".to_owned(), json!(ACCESS_TOKEN));
    }
    Ok(answer)
}
