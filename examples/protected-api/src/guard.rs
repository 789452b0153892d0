use deputy_auth0::{BearerError, SignatureVerified, VerifiedAccessToken, bearer_token, validate_access_token};
use deputy_platform::outside::Outside;
use deputy_platform::ports::Clock as _;
use deputy_platform::tenant_keys;
use serde_json::Value;

use crate::error::ApiError;
use crate::settings::Settings;

/// Who calls, and by whom.
#[derive(Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub subject: String,
    /// What the token allows.
    pub scopes: Vec<String>,
    /// Who acts for the user (RFC 8693, 4.1); null where it is the user's own client.
    pub actor: Value,
}

/// The bearer of an access token for this API with that scope (MC-23).
pub async fn caller(settings: &Settings, authorization: Option<&str>, scope: &'static str) -> Result<Caller, ApiError> {
    let token = bearer_token(None, authorization).map_err(|error| match error {
        BearerError::Missing => ApiError::Missing,
        _ => ApiError::Rejected(Default::default()),
    })?;
    let issuer = &settings.resource_server.issuer;
    let verified = tenant_keys::verify(&Outside, issuer, &settings.endpoints, &token).await??;
    allowed(settings, verified, scope, Outside.now())
}

fn allowed(settings: &Settings, token: SignatureVerified, scope: &'static str, now: u64) -> Result<Caller, ApiError> {
    let token: VerifiedAccessToken = validate_access_token(token, &settings.resource_server, now)?;
    // The scope, not the permission: what the client asked for and the user's roles allow.
    if !token.scopes().contains(scope) {
        return Err(ApiError::InsufficientScope(scope));
    }
    Ok(Caller {
        subject: token.subject().to_owned(),
        scopes: token.scopes().iter().map(str::to_owned).collect(),
        actor: token.claims().get("act").cloned().unwrap_or_default(),
    })
}
