use deputy_auth0::{JwtError, SignatureVerified, SignatureVerifier};
use deputy_error::Explained;
use deputy_http::Secret;

use crate::config::Settings;
use crate::objects::Refusal;
use crate::platform::log::{Level, note_error};
use crate::platform::ports::{Clock, Network};
use crate::platform::tenant_keys;

/// Checks a token's signature against the tenant's keys.
///
/// Errors: outer, the keys cannot be had now (503); inner, the token is not accepted.
pub async fn verify<P: Network + Clock + SignatureVerifier>(
    ports: &P,
    settings: &Settings,
    token: &Secret,
) -> Result<Result<SignatureVerified, JwtError>, Refusal> {
    let tenant = &settings.tenant;
    tenant_keys::verify(ports, &tenant.issuer, &tenant.endpoints, token).await.map_err(|error| {
        note_error(Level::Error, "jwks_failed", &error);
        Refusal::new(503, error.code(), "Your login cannot be checked right now. Please try again in a moment.")
    })
}
