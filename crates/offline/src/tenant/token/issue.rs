//! Access, ID and refresh tokens in Auth0's shape.

use serde_json::{Map, Value, json};

use super::grants;
use crate::{
    tenant::{OAuthError, jwt, second_factor::MULTI_FACTOR},
    world::{Api, Client, IdTokens, IssuedToken, OpaqueAccess, RefreshToken, TokenKind, User, World, random_id},
};

/// Scopes of OpenID Connect; every other belongs to an API.
const OIDC_SCOPES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];
/// Auth0's default lifetime of an ID token, in seconds.
const ID_TOKEN_LIFETIME: u64 = 36_000;
/// Lifetime of an access token without an API, in seconds.
const OPAQUE_LIFETIME: u64 = 86_400;
/// Lifetime of a refresh token, in milliseconds: Auth0's 30 days.
const REFRESH_LIFETIME_MS: u64 = 2_592_000_000;

/// What a user's tokens are made from.
#[derive(Debug)]
pub(crate) struct Issue<'a> {
    pub(crate) client: &'a Client,
    pub(crate) user: &'a User,
    /// Session id of the login.
    pub(crate) sid: String,
    /// All tokens of one login.
    pub(crate) family: String,
    /// Milliseconds since the epoch.
    pub(crate) auth_time: u64,
    pub(crate) auth_time_wanted: bool,
    /// Whether the login had a second factor.
    pub(crate) second_factor: bool,
    pub(crate) nonce: Option<String>,
    /// The API of this access token.
    pub(crate) audience: Option<String>,
    /// Scopes asked for now.
    pub(crate) requested: Vec<String>,
    /// The API of the login, which the refresh token keeps.
    pub(crate) login_audience: Option<String>,
    /// The scopes of the login, which the refresh token keeps.
    pub(crate) login_scopes: Vec<String>,
    /// Whether a refresh token is given out if `offline_access` is among the scopes.
    pub(crate) refresh_token: bool,
    /// What else the access token carries.
    pub(crate) binding: Binding,
}

/// What ties an access token to more than its user, client and API.
#[derive(Debug, Clone, Default)]
pub(crate) struct Binding {
    /// Thumbprint of the client's key (RFC 9449 6).
    pub(crate) jkt: Option<String>,
    /// What was approved (RFC 9396 9).
    pub(crate) authorization_details: Option<Value>,
    /// Who acts for the user (RFC 8693 4.1).
    pub(crate) act: Option<Value>,
}

impl Binding {
    /// Bound to the key of the request's DPoP proof, if it had one.
    pub(crate) fn to_key(jkt: Option<String>) -> Self {
        Self { jkt, ..Self::default() }
    }
}

/// Issues the tokens and records them.
///
/// # Errors
/// `access_denied` for an unknown API, `server_error` without a signing key.
pub(crate) fn for_user(world: &World, issue: &Issue<'_>) -> Result<Value, OAuthError> {
    let api = api(world, issue.audience.as_deref())?;
    let permissions = api.as_ref().map(|api| world.state().directory.permissions(issue.user, &api.identifier));
    let permissions = permissions.unwrap_or_default();
    let refreshable = issue.client.may_use(grants::GRANT_REFRESH_TOKEN);
    let granted: Vec<String> = issue
        .requested
        .iter()
        .filter(|scope| match scope.as_str() {
            "offline_access" => refreshable,
            scope if OIDC_SCOPES.contains(&scope) => true,
            scope => api.as_ref().is_some_and(|api| api_grants(api, &permissions, scope)),
        })
        .cloned()
        .collect();
    let scope = granted.join(" ");
    let openid = granted.iter().any(|scope| scope == "openid");
    let mut answer = Map::new();
    let (access_token, lifetime) = match &api {
        Some(api) => (jwt_access_token(world, issue, api, &granted, permissions)?, api.token_lifetime),
        None => (opaque_access_token(world, issue, &granted), OPAQUE_LIFETIME),
    };
    answer.insert("access_token".to_owned(), access_token.into());
    let wrong = if issue.nonce.is_none() { world.state().directory.policies.later_id_tokens } else { IdTokens::Good };
    if openid && wrong != IdTokens::Missing {
        answer.insert("id_token".to_owned(), id_token(world, issue, &granted, wrong)?.into());
    }
    if issue.refresh_token && granted.iter().any(|scope| scope == "offline_access") {
        answer.insert("refresh_token".to_owned(), refresh_token(world, issue).into());
    }
    answer.insert("scope".to_owned(), scope.into());
    answer.insert("expires_in".to_owned(), lifetime.into());
    answer.insert("token_type".to_owned(), if issue.binding.jkt.is_some() { "DPoP" } else { "Bearer" }.into());
    if let Some(details) = &issue.binding.authorization_details {
        answer.insert("authorization_details".to_owned(), details.clone());
    }
    Ok(Value::Object(answer))
}

/// The API with this identifier, if one is asked for.
pub(crate) fn api(world: &World, audience: Option<&str>) -> Result<Option<Api>, OAuthError> {
    let Some(audience) = audience else { return Ok(None) };
    let api = world.state().directory.api(audience).cloned();
    api.map(Some).ok_or_else(|| OAuthError::access_denied(format!("Service not found: {audience}")))
}

/// Signs the claims as an access token of `lifetime` seconds and records it.
pub(crate) fn record_jwt_access(
    world: &World,
    client: &Client,
    user: Option<(&User, &str)>,
    api: &Api,
    mut claims: Map<String, Value>,
    jkt: Option<String>,
) -> Result<String, OAuthError> {
    let now = world.now_ms();
    if let Some(jkt) = &jkt {
        claims.insert("cnf".to_owned(), json!({ "jkt": jkt }));
    }
    claims.insert("iss".to_owned(), world.options().issuer.clone().into());
    claims.insert("iat".to_owned(), (now / 1000).into());
    claims.insert("exp".to_owned(), (now / 1000).saturating_add(api.token_lifetime).into());
    claims.insert("azp".to_owned(), client.client_id.clone().into());
    // RS256 is deterministic: without it two tokens of one second would be the same token.
    claims.insert("jti".to_owned(), random_id(16).into());
    let token = jwt::sign(world, &claims)?;
    let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
    world.state().tokens.add(IssuedToken {
        kind: TokenKind::AccessToken,
        token: token.clone(),
        client_id: client.client_id.clone(),
        user_id: user.map(|(user, _)| user.user_id.clone()),
        audience: Some(api.identifier.clone()),
        scope,
        issued_at: now,
        expires_at: now.saturating_add(api.token_lifetime.saturating_mul(1000)),
        revoked: false,
        sid: user.map(|(_, sid)| sid.to_owned()),
        jkt,
        refresh: None,
        opaque: None,
        provider: None,
        vault_account: None,
    });
    Ok(token)
}

fn api_grants(api: &Api, permissions: &[String], scope: &str) -> bool {
    api.scopes.iter().any(|defined| defined == scope) && (!api.rbac || permissions.iter().any(|held| held == scope))
}

fn jwt_access_token(
    world: &World,
    issue: &Issue<'_>,
    api: &Api,
    granted: &[String],
    permissions: Vec<String>,
) -> Result<String, OAuthError> {
    let openid = granted.iter().any(|scope| scope == "openid");
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), issue.user.user_id.clone().into());
    let audience = if openid {
        json!([api.identifier, format!("{}userinfo", world.options().issuer)])
    } else {
        json!(api.identifier)
    };
    claims.insert("aud".to_owned(), audience);
    claims.insert("scope".to_owned(), granted.join(" ").into());
    if api.rbac {
        claims.insert("permissions".to_owned(), permissions.into());
    }
    if let Some(details) = &issue.binding.authorization_details {
        claims.insert("authorization_details".to_owned(), details.clone());
    }
    if let Some(act) = &issue.binding.act {
        claims.insert("act".to_owned(), act.clone());
    }
    record_jwt_access(world, issue.client, Some((issue.user, &issue.sid)), api, claims, issue.binding.jkt.clone())
}

fn opaque_access_token(world: &World, issue: &Issue<'_>, granted: &[String]) -> String {
    let now = world.now_ms();
    let token = format!("opaque-{}", random_id(32));
    let mut entry = entry(issue, TokenKind::AccessToken, token.clone(), granted.join(" "), now);
    entry.expires_at = now.saturating_add(OPAQUE_LIFETIME.saturating_mul(1000));
    entry.jkt.clone_from(&issue.binding.jkt);
    entry.opaque = Some(OpaqueAccess { scopes: granted.to_vec() });
    world.state().tokens.add(entry);
    token
}

fn id_token(world: &World, issue: &Issue<'_>, granted: &[String], wrong: IdTokens) -> Result<String, OAuthError> {
    let now = world.now_ms();
    let mut claims = issue.user.claims(granted);
    claims.insert("iss".to_owned(), world.options().issuer.clone().into());
    claims.insert("aud".to_owned(), issue.client.client_id.clone().into());
    claims.insert("iat".to_owned(), (now / 1000).into());
    claims.insert("exp".to_owned(), (now / 1000).saturating_add(ID_TOKEN_LIFETIME).into());
    claims.insert("sid".to_owned(), issue.sid.clone().into());
    if let Some(nonce) = &issue.nonce {
        claims.insert("nonce".to_owned(), nonce.clone().into());
    }
    if issue.auth_time_wanted {
        claims.insert("auth_time".to_owned(), (issue.auth_time / 1000).into());
    }
    if issue.second_factor {
        claims.insert("acr".to_owned(), MULTI_FACTOR.into());
        claims.insert("amr".to_owned(), json!(["mfa"]));
    }
    if wrong == IdTokens::OtherUser {
        claims.insert("sub".to_owned(), "auth0|somebody-else".into());
    }
    let mut token = jwt::sign(world, &claims)?;
    if wrong == IdTokens::OtherSignature {
        claims.insert("sub".to_owned(), "auth0|somebody-else".into());
        token = with_signature_of(&token, &jwt::sign(world, &claims)?);
    }
    let mut entry = entry(issue, TokenKind::IdToken, token.clone(), granted.join(" "), now);
    entry.expires_at = now.saturating_add(ID_TOKEN_LIFETIME.saturating_mul(1000));
    world.state().tokens.add(entry);
    Ok(token)
}

/// The header and claims of one token with the signature of another.
fn with_signature_of(token: &str, other: &str) -> String {
    let (input, _) = token.rsplit_once('.').unwrap_or((token, ""));
    let (_, signature) = other.rsplit_once('.').unwrap_or(("", other));
    format!("{input}.{signature}")
}

fn refresh_token(world: &World, issue: &Issue<'_>) -> String {
    let now = world.now_ms();
    let token = format!("v1.{}", random_id(32));
    let mut entry = entry(issue, TokenKind::RefreshToken, token.clone(), issue.login_scopes.join(" "), now);
    entry.expires_at = now.saturating_add(REFRESH_LIFETIME_MS);
    entry.audience.clone_from(&issue.login_audience);
    // Only a public client's refresh token is bound: the others authenticate anyway (RFC 9449 5).
    if issue.client.client_secret.is_none() && issue.client.public_keys.is_empty() {
        entry.jkt.clone_from(&issue.binding.jkt);
    }
    entry.refresh = Some(RefreshToken {
        sid: issue.sid.clone(),
        family: issue.family.clone(),
        audience: issue.login_audience.clone(),
        scopes: issue.login_scopes.clone(),
        auth_time: issue.auth_time,
        rotated: false,
    });
    world.state().tokens.add(entry);
    token
}

fn entry(issue: &Issue<'_>, kind: TokenKind, token: String, scope: String, now: u64) -> IssuedToken {
    IssuedToken {
        kind,
        token,
        client_id: issue.client.client_id.clone(),
        user_id: Some(issue.user.user_id.clone()),
        audience: issue.audience.clone(),
        scope,
        issued_at: now,
        expires_at: now,
        revoked: false,
        sid: Some(issue.sid.clone()),
        jkt: None,
        refresh: None,
        opaque: None,
        provider: None,
        vault_account: None,
    }
}
