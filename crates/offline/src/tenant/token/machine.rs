//! Client credentials grant (RFC 6749 4.4).

use serde_json::{Map, Value, json};

use super::issue;
use crate::{
    tenant::{OAuthError, parameters::Parameters},
    world::{Client, World},
};

/// An access token in the application's own name.
///
/// # Errors
/// 403 `access_denied` without an API or without a client grant for it. The My Account API has none, ever.
pub(crate) fn issue(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    jkt: Option<String>,
) -> Result<Value, OAuthError> {
    let Some(audience) = parameters.get("audience") else {
        let sentence = "No audience parameter was provided, and no default audience has been configured";
        return Err(OAuthError::access_denied(sentence));
    };
    let Some(api) = issue::api(world, Some(audience))? else {
        return Err(OAuthError::access_denied(format!("Service not found: {audience}")));
    };
    let grant = client
        .client_grants
        .iter()
        .find(|grant| {
            grant.subject_type == "client"
                && grant.audience == audience
                && audience != world.options().my_account_audience()
        })
        .ok_or_else(|| {
            let id = &client.client_id;
            OAuthError::access_denied(format!("Client {id} is not authorized to access resource server {audience}"))
        })?;
    let asked = parameters.scopes();
    let granted: Vec<String> =
        grant.scope.iter().filter(|scope| asked.is_empty() || asked.contains(scope)).cloned().collect();
    let scope = granted.join(" ");
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), format!("{}@clients", client.client_id).into());
    claims.insert("aud".to_owned(), api.identifier.clone().into());
    claims.insert("gty".to_owned(), "client-credentials".into());
    claims.insert("scope".to_owned(), scope.clone().into());
    if api.rbac {
        claims.insert("permissions".to_owned(), granted.into());
    }
    let token = issue::record_jwt_access(world, client, None, &api, claims, jkt.clone())?;
    let token_type = if jkt.is_some() { "DPoP" } else { "Bearer" };
    Ok(json!({ "access_token": token, "scope": scope, "expires_in": api.token_lifetime, "token_type": token_type }))
}
