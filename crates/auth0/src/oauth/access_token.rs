use serde_json::{Map, Value};

use crate::issuer::Issuer;
use crate::jwt::signature::{JwtError, SignatureVerified};
use crate::scopes::Scopes;

/// The agent's API as a protected resource: which access tokens it accepts.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    /// Who issues them.
    pub issuer: Issuer,
    /// Identifier of the API (`AUTH0_AUDIENCE`).
    pub audience: String,
    /// Clients whose tokens are accepted; `None` accepts every client of the tenant (S-28).
    pub allowed_clients: Option<Vec<String>>,
}

/// The bearer of an access token for the agent's API. Only [`validate_access_token`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAccessToken {
    subject: String,
    scopes: Scopes,
    permissions: Scopes,
    client_id: Option<String>,
    expires_at: u64,
    claims: Map<String, Value>,
}

impl VerifiedAccessToken {
    /// `sub`, not empty.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `scope`
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// `permissions`, which Auth0 adds where role-based access control is on.
    pub fn permissions(&self) -> &Scopes {
        &self.permissions
    }

    /// `azp` or `client_id`: the client it was issued to.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// `exp`, milliseconds since the epoch.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// All claims.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// RFC 6750, 3.1 `insufficient_scope`: what of `required` neither `scope` nor `permissions` grant.
    pub fn missing_scopes(&self, required: &Scopes) -> Scopes {
        required.iter().filter(|scope| !self.scopes.contains(scope) && !self.permissions.contains(scope)).collect()
    }

    /// The fixed set of fields an agent is handed (UA-17): `identity`, `email`, `permissions`, `auth_type`, and all
    /// claims that do not carry one of these names.
    pub fn identity(&self) -> Map<String, Value> {
        let mut fields = self.claims.clone();
        fields.insert("identity".to_owned(), self.subject.as_str().into());
        fields.insert("email".to_owned(), self.claims.get("email").cloned().unwrap_or(Value::Null));
        fields.insert("permissions".to_owned(), self.scopes.iter().collect());
        fields.insert("auth_type".to_owned(), "auth0".into());
        fields
    }
}

/// RFC 9068, 4 as far as Auth0's tokens go (UA-14, CF-07, S-27, S-28): issuer, audience, times, subject, client.
pub fn validate_access_token(
    token: SignatureVerified,
    resource_server: &ResourceServer,
    now_ms: u64,
) -> Result<VerifiedAccessToken, JwtError> {
    // Auth0's own profile says `JWT`, RFC 9068 `at+jwt`; a logout token has another type.
    if token.token_type.as_deref().is_some_and(|kind| !matches!(kind, "at+jwt" | "jwt")) {
        return Err(JwtError::TypeRefused);
    }
    token.check_issuer(resource_server.issuer.as_str())?;
    if resource_server.audience.is_empty() || !token.audiences().contains(&resource_server.audience.as_str()) {
        return Err(JwtError::AudienceMismatch);
    }
    let expires_at = token.check_times(now_ms)?;
    let subject = token.subject()?.to_owned();
    let client_id = token.text("azp").or_else(|| token.text("client_id")).map(str::to_owned);
    if let Some(allowed) = &resource_server.allowed_clients
        && !client_id.as_ref().is_some_and(|client_id| allowed.contains(client_id))
    {
        return Err(JwtError::ClientMismatch);
    }
    let scopes = Scopes::parse(token.text("scope").unwrap_or_default());
    let permissions = match token.claims.get("permissions") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Scopes::default(),
    };
    Ok(VerifiedAccessToken { subject, scopes, permissions, client_id, expires_at, claims: token.claims })
}
