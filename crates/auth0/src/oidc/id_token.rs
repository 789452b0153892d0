use serde_json::{Map, Value};

use crate::jwt::signature::{JwtError, LEEWAY_SECONDS, SignatureVerified};
use crate::oauth::authorization::AuthorizationCode;
use crate::oauth::tenant::Tenant;

/// A user, as the tenant vouches for in an ID token. Only [`validate_login`], [`validate_refreshed`] and
/// [`validate_approver`](crate::validate_approver) make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedIdToken {
    issuer: String,
    subject: String,
    sid: Option<String>,
    claims: Map<String, Value>,
}

impl VerifiedIdToken {
    /// `iss`
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: the user, not empty.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `sid`: the tenant's session (OpenID Connect Back-Channel Logout 1.0, 2.1).
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// All claims, as `/user` shows them.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// OpenID Connect Core 1.0, 3.1.3.7: the ID token of the login that `code` belongs to.
pub fn validate_login(
    token: SignatureVerified,
    tenant: &Tenant,
    code: &AuthorizationCode,
    now_ms: u64,
) -> Result<VerifiedIdToken, JwtError> {
    let verified = validate(token, tenant, now_ms)?;
    let claim = |name: &str| verified.claims.get(name).and_then(Value::as_str);
    if claim("nonce") != Some(code.nonce.as_str()) {
        return Err(JwtError::NonceMismatch);
    }
    if let Some(max_age) = code.max_age {
        check_max_age(verified.claims.get("auth_time").and_then(Value::as_u64), max_age, now_ms)?;
    }
    if !code.acr_values.is_empty() && !meets(&verified.claims, &code.acr_values) {
        return Err(JwtError::ContextNotMet);
    }
    // Auth0 Organizations: the id is compared exactly, a name without regard to case.
    if let Some(organization) = &code.organization {
        let matches = if organization.starts_with("org_") {
            claim("org_id") == Some(organization.as_str())
        } else {
            claim("org_name").is_some_and(|name| name.eq_ignore_ascii_case(organization))
        };
        if !matches {
            return Err(JwtError::OrganizationMismatch);
        }
    }
    Ok(verified)
}

/// OpenID Connect Core 1.0, 3.1.3.7, step 13: when `max_age` was asked for, the user was authenticated since.
fn check_max_age(auth_time: Option<u64>, max_age: u32, now_ms: u64) -> Result<(), JwtError> {
    let auth_time = auth_time.ok_or(JwtError::MissingClaim { name: "auth_time" })?;
    let latest = auth_time.saturating_add(u64::from(max_age)).saturating_add(LEEWAY_SECONDS);
    if now_ms / 1000 > latest { Err(JwtError::LoginTooOld) } else { Ok(()) }
}

/// OpenID Connect Core 1.0, 3.1.3.7, step 12: the user was authenticated in one of the ways that were asked for. Auth0 may tell of a
/// second factor by `amr` (RFC 8176, 2) alone.
fn meets(claims: &Map<String, Value>, acr_values: &[String]) -> bool {
    const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    let asked_for = |acr: &str| acr_values.iter().any(|value| value == acr);
    let methods = claims.get("amr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    claims.get("acr").and_then(Value::as_str).is_some_and(asked_for)
        || asked_for(MULTI_FACTOR) && methods.iter().any(|method| method == "mfa")
}

/// OpenID Connect Core 1.0, 12.2: the ID token of a refresh is of the same user as the session (S-03). It has no nonce
/// of ours to compare.
pub fn validate_refreshed(
    token: SignatureVerified,
    tenant: &Tenant,
    subject: &str,
    now_ms: u64,
) -> Result<VerifiedIdToken, JwtError> {
    validate_user(token, tenant, |sub| sub == subject, now_ms)
}

/// Everything but the nonce, and the user.
pub(crate) fn validate_user(
    token: SignatureVerified,
    tenant: &Tenant,
    is_the_user: impl FnOnce(&str) -> bool,
    now_ms: u64,
) -> Result<VerifiedIdToken, JwtError> {
    let verified = validate(token, tenant, now_ms)?;
    if is_the_user(&verified.subject) { Ok(verified) } else { Err(JwtError::SubjectMismatch) }
}

fn validate(token: SignatureVerified, tenant: &Tenant, now_ms: u64) -> Result<VerifiedIdToken, JwtError> {
    if token.token_type.as_deref().is_some_and(|kind| kind != "jwt") {
        return Err(JwtError::TypeRefused);
    }
    // Step 2
    token.check_issuer(tenant.issuer.as_str())?;
    // Steps 3 to 5
    let client_id = tenant.client.client_id.as_str();
    let audiences = token.audiences();
    if !audiences.contains(&client_id) {
        return Err(JwtError::AudienceMismatch);
    }
    let authorized_party = token.claims.get("azp").map(|azp| azp.as_str().unwrap_or_default());
    match authorized_party {
        Some(party) if party != client_id => return Err(JwtError::ClientMismatch),
        None if audiences.len() > 1 => return Err(JwtError::ClientMismatch),
        _ => {}
    }
    // Steps 9 and 10
    token.check_times(now_ms)?;
    let subject = token.subject()?.to_owned();
    let sid = token.text("sid").map(str::to_owned);
    Ok(VerifiedIdToken { issuer: tenant.issuer.as_str().to_owned(), subject, sid, claims: token.claims })
}
