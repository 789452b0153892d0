//! Token Vault for a privileged worker: a request that the client signed itself takes the place of the user's token.

use std::net::IpAddr;

use serde_json::Value;

use crate::{
    tenant::{OAuthError, jose::Jwt, parameters::Parameters},
    world::{Client, PrivilegedAccess, World},
};

/// How old a request may be, in milliseconds.
const LIFETIME_MS: u64 = 60_000;
const SKEW_MS: u64 = 5_000;
const LONGEST_CONTEXT: usize = 256;

/// The user that the worker's request names.
///
/// # Errors
/// 403 `unauthorized_client` without privileged access, 403 `access_denied` outside of its addresses or grants, 403
/// `invalid_grant` for a request that is not good.
pub(crate) fn subject(
    world: &World,
    client: &Client,
    parameters: &Parameters,
    token: &str,
    caller: Option<IpAddr>,
) -> Result<String, OAuthError> {
    let access = client.token_vault_privileged_access.as_ref();
    let access = access.ok_or_else(|| OAuthError::unauthorized_client("The client has no privileged access."))?;
    let caller = caller.unwrap_or(IpAddr::from([127, 0, 0, 1]));
    if !access.ip_allowlist.is_empty() && !access.ip_allowlist.iter().any(|range| contains(range, caller)) {
        return Err(OAuthError::access_denied("The address of the caller is not in the allowlist."));
    }
    let user_id = verified(world, client, access, token)?;
    let connection = parameters.required("connection")?;
    let grant = access.grants.iter().find(|grant| grant.connection == connection);
    let grant = grant.ok_or_else(|| OAuthError::access_denied("The client has no grant for the connection."))?;
    if parameters.scopes().iter().any(|scope| !grant.scopes.contains(scope)) {
        return Err(OAuthError::access_denied("A scope is not in the client's grant for the connection."));
    }
    Ok(user_id)
}

fn verified(world: &World, client: &Client, access: &PrivilegedAccess, token: &str) -> Result<String, OAuthError> {
    let invalid = |sentence: &str| OAuthError::invalid_grant(sentence);
    let jwt = Jwt::parse(token).ok_or_else(|| invalid("The subject token is not a JWT."))?;
    if jwt.header_text("typ") != Some("token-vault-req+jwt") || !jwt.signed_by(&access.credentials) {
        return Err(invalid("The subject token's type or signature is wrong."));
    }
    let issuer = &world.options().issuer;
    if jwt.text("iss") != Some(client.client_id.as_str()) || !jwt.is_for(&[issuer, issuer.trim_end_matches('/')]) {
        return Err(invalid("The subject token's issuer or audience is wrong."));
    }
    let now = world.now_ms();
    let issued = jwt.seconds("iat").ok_or_else(|| invalid("The subject token has no iat."))?.saturating_mul(1000);
    let expired = jwt.seconds("exp").is_some_and(|exp| exp.saturating_mul(1000) <= now);
    if expired || issued > now.saturating_add(SKEW_MS) || now.saturating_sub(issued) > LIFETIME_MS {
        return Err(invalid("The subject token is older than 60 seconds, or expired."));
    }
    let context = jwt.claims.get("audit_context").and_then(Value::as_str).unwrap_or_default();
    if context.is_empty() || context.chars().count() > LONGEST_CONTEXT {
        return Err(invalid("audit_context must have 1 to 256 characters."));
    }
    let jti = jwt.text("jti").filter(|jti| !jti.is_empty()).ok_or_else(|| invalid("The subject token has no jti."))?;
    if !world.first_use(format!("worker {} {jti}", client.client_id), now.saturating_add(LIFETIME_MS.saturating_mul(2)))
    {
        return Err(invalid("The subject token was used before."));
    }
    let user = jwt.text("sub").and_then(|id| world.user(id));
    user.map(|user| user.user_id).ok_or_else(|| invalid("The subject is unknown."))
}

/// An address, or a range of IPv4 addresses in CIDR notation.
fn contains(range: &str, address: IpAddr) -> bool {
    let (IpAddr::V4(address), Some((network, bits))) = (address, range.split_once('/')) else {
        return range.parse() == Ok(address);
    };
    let (Ok(network), Ok(bits)) = (network.parse::<std::net::Ipv4Addr>(), bits.parse::<u32>()) else { return false };
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
    bits <= 32 && (network.to_bits() & mask) == (address.to_bits() & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses() {
        let address = |text: &str| text.parse().unwrap();
        assert!(contains("127.0.0.0/8", address("127.3.2.1")));
        assert!(contains("0.0.0.0/0", address("127.3.2.1")));
        assert!(contains("::1", address("::1")));
        assert!(contains("127.0.0.1", address("127.0.0.1")));
        assert!(!contains("203.0.113.0/24", address("127.0.0.1")));
        assert!(!contains("nonsense", address("127.0.0.1")));
    }
}
