//! Token Vault: a provider's access token for a refresh token or an access token of the tenant (RFC 8693).

use std::net::IpAddr;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{privileged, refresh};
use crate::{
    tenant::{OAuthError, bearer, parameters::Parameters},
    world::{
        Client, ConnectedAccount, Connection, IssuedToken, PROVIDER_TOKEN_LIFETIME_MS, ProviderGrant, TokenKind, World,
        random_id,
    },
};

const REQUESTED_TYPE: &str = "http://auth0.com/oauth/token-type/federated-connection-access-token";
const WORKER_TYPE: &str = "http://auth0.com/oauth/token-type/token-vault-access-token";
const SUBJECT_JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const SUBJECT_REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const SUBJECT_ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Exchanges the subject token for the provider's token of the connection.
///
/// # Errors
/// Every row of the reference's §3.4 when its cause occurs.
pub(crate) fn exchange(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    caller: Option<IpAddr>,
) -> Result<Value, OAuthError> {
    let subject_token = parameters.required("subject_token")?;
    let subject_token_type = parameters.required("subject_token_type")?;
    let requested = parameters.required("requested_token_type")?;
    let connection = parameters.required("connection")?;
    let worker = subject_token_type == SUBJECT_JWT;
    if requested != if worker { WORKER_TYPE } else { REQUESTED_TYPE } {
        return Err(OAuthError::invalid_request("Unsupported requested_token_type"));
    }
    let user_id = match subject_token_type {
        SUBJECT_REFRESH_TOKEN => by_refresh_token(world, client, subject_token)?,
        SUBJECT_ACCESS_TOKEN => by_access_token(world, client, subject_token)?,
        SUBJECT_JWT => privileged::subject(world, client, parameters, subject_token, caller)?,
        _ => return Err(OAuthError::invalid_request("Unsupported subject_token_type")),
    };
    // A worker has nobody to ask for a second factor.
    if !worker && world.state().directory.policies.mfa_always {
        return Err(refresh::mfa_required());
    }
    let connection = enabled(world, client, connection)?;
    let token = provider_token(world, client, &user_id, &connection, parameters.get("login_hint"))?;
    let remaining_ms = token.expires_at.saturating_sub(world.now_ms());
    Ok(json!({
        "access_token": token.token,
        "scope": token.provider.map(|grant| grant.scopes.join(&connection.scope_separator)).unwrap_or_default(),
        "expires_in": remaining_ms / 1000,
        "issued_token_type": requested,
        "token_type": "Bearer",
    }))
}

fn by_refresh_token(world: &World, client: &Client, token: &str) -> Result<String, OAuthError> {
    if client.rotates() {
        let sentence = "Refresh token rotation must be disabled for the client to use Token Vault";
        return Err(OAuthError::unauthorized_client(sentence));
    }
    let (issued, _) = refresh::find(world, client, token)?;
    issued.user_id.ok_or_else(|| OAuthError::invalid_grant("Unknown user."))
}

/// Only the Custom API Client of the token's own API may exchange it.
fn by_access_token(world: &World, client: &Client, token: &str) -> Result<String, OAuthError> {
    let identifier = client.resource_server_identifier.as_deref().filter(|_| client.app_type == "resource_server");
    let Some(identifier) = identifier else {
        let sentence = "Only a Custom API Client linked to the audience may exchange an access token";
        return Err(OAuthError::unauthorized_client(sentence));
    };
    let invalid = || OAuthError::invalid_grant("Unknown or invalid access token.");
    let access = bearer::verify(world, token).ok_or_else(invalid)?;
    if !access.is_for(identifier) {
        return Err(OAuthError::unauthorized_client("The client is not linked to the audience of the access token"));
    }
    world.user(&access.subject).map(|user| user.user_id).ok_or_else(invalid)
}

fn enabled(world: &World, client: &Client, name: &str) -> Result<Connection, OAuthError> {
    let connection = world.state().directory.connection(name).cloned();
    let connection = connection
        .ok_or_else(|| OAuthError::invalid_request(&format!("The specified connection does not exist: {name}")))?;
    // A Custom API Client has no connections of its own.
    let offered = client.app_type == "resource_server" || client.offers(name);
    // Nor has a privileged worker: its grants name them.
    let offered = offered || client.token_vault_privileged_access.is_some();
    if !connection.connected_accounts || !offered {
        return Err(OAuthError::invalid_request("Token Vault is not enabled for the provided connection"));
    }
    Ok(connection)
}

/// The stored token while it is valid, else a new one from the provider. A token the provider has revoked is still
/// given out until it expires: the vault cannot know.
fn provider_token(
    world: &World,
    client: &Client,
    user_id: &str,
    connection: &Connection,
    login_hint: Option<&str>,
) -> Result<IssuedToken, OAuthError> {
    let missing = || {
        let sentence = "Federated connection Refresh Token not found.";
        OAuthError::new(StatusCode::UNAUTHORIZED, "federated_connection_refresh_token_not_found", sentence)
    };
    let now = world.now_ms();
    let mut state = world.state();
    let account: ConnectedAccount = state
        .accounts
        .iter()
        .rev()
        .find(|account| {
            account.user_id == user_id
                && account.connection == connection.name
                && login_hint.is_none_or(|hint| account.account == hint)
        })
        .cloned()
        .ok_or_else(missing)?;
    let stored = state.tokens.iter().rev().find(|token| token.vault_account.as_deref() == Some(account.id.as_str()));
    let stored = stored.filter(|token| token.issued_at >= account.updated_at && token.expires_at > now).cloned();
    if let Some(stored) = stored {
        return Ok(stored);
    }
    let first = !state.tokens.iter().any(|token| token.vault_account.as_deref() == Some(account.id.as_str()));
    if account.revoked || !(connection.offline_access || first) {
        return Err(missing());
    }
    let lifetime_ms =
        connection.token_lifetime.map_or(PROVIDER_TOKEN_LIFETIME_MS, |seconds| seconds.saturating_mul(1000));
    let expires_at = now.saturating_add(lifetime_ms);
    let token = IssuedToken {
        kind: TokenKind::ProviderAccessToken,
        token: format!("offline-{}-{}", connection.name, random_id(32)),
        client_id: client.client_id.clone(),
        user_id: Some(user_id.to_owned()),
        audience: None,
        scope: account.scopes.join(" "),
        issued_at: now,
        expires_at,
        revoked: false,
        sid: None,
        jkt: None,
        refresh: None,
        opaque: None,
        provider: Some(ProviderGrant {
            user_id: user_id.to_owned(),
            connection: connection.name.clone(),
            account: account.account,
            scopes: account.scopes,
            expires_at,
            revoked: false,
        }),
        vault_account: Some(account.id),
    };
    state.tokens.add(token.clone());
    Ok(token)
}
