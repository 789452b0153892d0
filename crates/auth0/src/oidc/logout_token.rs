use serde_json::Value;

use crate::jwt::signature::{JwtError, SignatureVerified};
use crate::oauth::tenant::Tenant;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The tenant's word that a session has ended. Only [`validate_logout_token`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLogoutToken {
    subject: Option<String>,
    sid: Option<String>,
    jti: String,
    remember_until: u64,
}

impl VerifiedLogoutToken {
    /// `sub`: whose sessions.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// `sid`: which of the tenant's sessions; none means all of the subject's.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// `jti`: works once.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// Until when the `jti` has to be remembered, milliseconds since the epoch.
    pub fn remember_until(&self) -> u64 {
        self.remember_until
    }
}

/// OpenID Connect Back-Channel Logout 1.0, 2.6: signature (before), issuer, audience, times, `events`, `sub` or `sid`, no
/// `nonce`, a `jti`.
pub fn validate_logout_token(
    token: SignatureVerified,
    tenant: &Tenant,
    now_ms: u64,
) -> Result<VerifiedLogoutToken, JwtError> {
    // Auth0 says `logout+jwt`; an access token must not pass, and says so by having no event.
    if token.token_type.as_deref().is_some_and(|kind| !matches!(kind, "logout+jwt" | "jwt")) {
        return Err(JwtError::TypeRefused);
    }
    token.check_issuer(tenant.issuer.as_str())?;
    if !token.audiences().contains(&tenant.client.client_id.as_str()) {
        return Err(JwtError::AudienceMismatch);
    }
    let expires_at = token.check_times(now_ms)?;
    let event = token.claims.get("events").and_then(Value::as_object).and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(JwtError::MissingClaim { name: "events" });
    }
    if token.claims.contains_key("nonce") {
        return Err(JwtError::TypeRefused);
    }
    let subject = text_or_absent(&token, "sub")?;
    let sid = text_or_absent(&token, "sid")?;
    if subject.is_none() && sid.is_none() {
        return Err(JwtError::MissingClaim { name: "sub" });
    }
    let jti = token.text("jti").ok_or(JwtError::MissingClaim { name: "jti" })?.to_owned();
    // A little longer than the token itself lives, because clocks differ.
    let remember_until = expires_at.saturating_add(crate::jwt::signature::LEEWAY_SECONDS.saturating_mul(1000));
    Ok(VerifiedLogoutToken { subject, sid, jti, remember_until })
}

/// A claim that says whose session, or which one. One that is there and no text must not be taken for one that is not: a token
/// with `sub` alone ends all sessions of the user.
fn text_or_absent(token: &SignatureVerified, name: &str) -> Result<Option<String>, JwtError> {
    match token.claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(JwtError::Malformed),
    }
}
