//! The tenant's signing keys, kept for the isolate, and tokens checked with them.

use std::cell::RefCell;
use std::rc::Rc;

use deputy_auth0::{
    Endpoints, Issuer, Jwks, JwksError, JwtError, SignatureVerified, SignatureVerifier, jwks_request, jwks_response,
    verify_signature,
};
use deputy_http::Secret;

use super::ports::{Clock, Network};

/// Keys are fetched again after this time even if every key id is known, so that a withdrawn key does not stay.
const MAX_AGE_MS: u64 = 3_600_000;
/// An unknown key id causes a fetch at most this often, whatever comes of it: tokens with made-up ids must not become requests to the
/// tenant.
const MIN_AGE_MS: u64 = 10_000;

/// What the isolate keeps: a value, never a promise, because promises do not cross requests.
struct Kept {
    issuer: String,
    keys: Rc<Jwks>,
    fetched_at: u64,
    /// When a fetch was begun last.
    tried_at: u64,
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// Checks a token's signature against the keys of this issuer. Keys that do not fit (an unknown id, a signature that is not theirs)
/// are fetched once more.
///
/// Errors: outer, the keys cannot be had now; inner, the token is not accepted.
pub async fn verify<P: Network + Clock + SignatureVerifier>(
    ports: &P,
    issuer: &Issuer,
    endpoints: &Endpoints,
    token: &Secret,
) -> Result<Result<SignatureVerified, JwtError>, JwksError> {
    let keys = match kept(issuer, ports.now()) {
        Some(kept) => kept,
        None => fetch_keys(ports, issuer, endpoints).await?,
    };
    let verified = verify_signature(token, &keys, ports).await;
    let stale = matches!(verified, Err(JwtError::UnknownKey | JwtError::SignatureInvalid));
    if !stale || !try_again(ports.now()) {
        return Ok(verified);
    }
    let keys = fetch_keys(ports, issuer, endpoints).await?;
    Ok(verify_signature(token, &keys, ports).await)
}

/// Whether keys may be fetched once more now. It is noted before the fetch: others come while it lasts, and it may fail.
fn try_again(now: u64) -> bool {
    KEPT.with_borrow_mut(|kept| {
        let Some(kept) = kept.as_mut().filter(|kept| now.saturating_sub(kept.tried_at) >= MIN_AGE_MS) else {
            return false;
        };
        kept.tried_at = now;
        true
    })
}

fn kept(issuer: &Issuer, now: u64) -> Option<Rc<Jwks>> {
    KEPT.with(|kept| {
        let kept = kept.borrow();
        let kept = kept.as_ref()?;
        let usable = kept.issuer == issuer.as_str() && now.saturating_sub(kept.fetched_at) < MAX_AGE_MS;
        usable.then(|| kept.keys.clone())
    })
}

async fn fetch_keys(
    ports: &(impl Network + Clock),
    issuer: &Issuer,
    endpoints: &Endpoints,
) -> Result<Rc<Jwks>, JwksError> {
    let answer = ports.send(jwks_request(endpoints)).await;
    let keys = answer.map_err(JwksError::from).and_then(jwks_response)?;
    let (keys, now) = (Rc::new(keys), ports.now());
    let kept = Kept { issuer: issuer.as_str().to_owned(), keys: Rc::clone(&keys), fetched_at: now, tried_at: now };
    KEPT.set(Some(kept));
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use deputy_http::response;
    use futures::executor::block_on;
    use futures::future::join_all;

    use super::*;
    use crate::testing::FakeHost;

    /// Made-up key ids are no way to have the tenant asked, neither all at once nor while it does not answer.
    #[test]
    fn made_up_key_ids_become_few_requests() {
        let host = FakeHost::new();
        let issuer = Issuer::from_domain("tenant.example").unwrap();
        let endpoints = Endpoints::auth0(&issuer);
        let token = Secret::new("eyJhbGciOiJSUzI1NiIsImtpZCI6Im1hZGUtdXAifQ.e30.c2ln");
        let lookup = || verify(&host, &issuer, &endpoints, &token);
        let asked = || host.sent("jwks.json").len();
        let modulus = format!("{}w", "_".repeat(341));
        let keys = format!(r#"{{"keys":[{{"kty":"RSA","kid":"known","n":"{modulus}","e":"AQAB"}}]}}"#);
        host.world(move |_| Ok(response(200, keys.clone())));
        assert!(matches!(block_on(lookup()), Ok(Err(JwtError::UnknownKey))));
        assert_eq!(asked(), 1);
        host.world(|_| Ok(response(503, "")));
        host.pass(MIN_AGE_MS);
        let lookups = block_on(join_all((0..5).map(|_| lookup())));
        assert_eq!((asked(), lookups.iter().filter(|lookup| lookup.is_err()).count()), (2, 1));
        host.pass(MIN_AGE_MS - 1);
        assert!(block_on(lookup()).is_ok());
        assert_eq!(asked(), 2, "left alone after a failure, too");
        host.pass(1);
        assert!(block_on(lookup()).is_err());
        assert_eq!(asked(), 3);
    }
}
