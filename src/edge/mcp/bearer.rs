//! Who calls `/mcp`: the bearer of an access token for exactly this API, and nobody else. No cookie, no other header.

use deputy_auth0::{JwtError, ResourceServer, VerifiedAccessToken};
use deputy_http::Secret;

use super::super::identity;
use super::super::visit::Visit;
use crate::account::sessions::OpenBearer;
use crate::account::{self, account_name};
use crate::mcp::McpCaller;
use crate::objects::Refusal;

/// Why nobody is let in with status 401.
pub enum NoCaller {
    /// No credentials were sent.
    Missing,
    /// Those that were are not accepted.
    Rejected(JwtError),
    /// Something else: the tenant's keys cannot be had (503), the account does not answer.
    Refused(Refusal),
}

impl From<Refusal> for NoCaller {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The caller of this request (MC-01, MC-05).
pub async fn caller(visit: &Visit) -> Result<McpCaller, NoCaller> {
    let header = visit.header("authorization").ok_or(NoCaller::Missing)?;
    let token = bearer_token(&header).ok_or(NoCaller::Rejected(JwtError::Malformed))?;
    let mcp = &visit.settings.mcp;
    let resource_server = ResourceServer {
        issuer: visit.settings.tenant.issuer.clone(),
        audience: mcp.audience.clone(),
        allowed_clients: mcp.allowed_clients.clone(),
    };
    let verified = identity::verify(visit, &token, &resource_server).await?.map_err(NoCaller::Rejected)?;
    let client_id = verified.client_id().ok_or(NoCaller::Rejected(JwtError::MissingClaim { name: "azp" }))?.to_owned();
    let account = account_name(visit.settings.tenant.issuer.as_str(), verified.subject());
    let kept = OpenBearer::of(&verified, token, None).for_audience(&mcp.audience);
    let session = account::ask(&visit.env, &account, &kept).await?.session;
    Ok(McpCaller {
        account,
        subject: verified.subject().to_owned(),
        session,
        expires_at: verified.expires_at(),
        client_id,
        scopes: verified.scopes().iter().map(str::to_owned).collect(),
        permissions: permissions(&verified),
        identity: verified.identity(),
    })
}

/// RFC 6750, 2.1. Unlike elsewhere nothing but this scheme is taken: a client that sends something else is to log in.
fn bearer_token(header: &str) -> Option<Secret> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// None where the token does not say what the user's roles allow. An empty list says that they allow nothing.
fn permissions(token: &VerifiedAccessToken) -> Option<Vec<String>> {
    token.claims().get("permissions").filter(|claim| claim.is_array())?;
    Some(token.permissions().iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bearer_scheme_is_taken() {
        let token = |header: &str| bearer_token(header).map(|token| token.expose().to_owned());
        assert_eq!(token("Bearer a.b.c"), Some("a.b.c".to_owned()));
        assert_eq!(token("bearer  a.b.c "), Some("a.b.c".to_owned()));
        for bad in ["", "Bearer", "Bearer ", "a.b.c", "Basic a.b.c", "DPoP a.b.c"] {
            assert_eq!(token(bad), None, "{bad}");
        }
    }
}
