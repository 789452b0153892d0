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
/// An unknown key id causes a fetch at most this often: tokens with made-up ids must not become requests to the tenant.
const MIN_AGE_MS: u64 = 10_000;

/// What the isolate keeps: a value, never a promise, because promises do not cross requests.
struct Kept {
    issuer: String,
    keys: Rc<Jwks>,
    fetched_at: u64,
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
    let (keys, fetched_at) = match kept(issuer, ports.now()) {
        Some(kept) => kept,
        None => fetch_keys(ports, issuer, endpoints).await?,
    };
    let verified = verify_signature(token, &keys, ports).await;
    let stale = matches!(verified, Err(JwtError::UnknownKey | JwtError::SignatureInvalid));
    if !stale || ports.now().saturating_sub(fetched_at) < MIN_AGE_MS {
        return Ok(verified);
    }
    let (keys, _) = fetch_keys(ports, issuer, endpoints).await?;
    Ok(verify_signature(token, &keys, ports).await)
}

fn kept(issuer: &Issuer, now: u64) -> Option<(Rc<Jwks>, u64)> {
    KEPT.with(|kept| {
        let kept = kept.borrow();
        let kept = kept.as_ref()?;
        let usable = kept.issuer == issuer.as_str() && now.saturating_sub(kept.fetched_at) < MAX_AGE_MS;
        usable.then(|| (kept.keys.clone(), kept.fetched_at))
    })
}

async fn fetch_keys(
    ports: &(impl Network + Clock),
    issuer: &Issuer,
    endpoints: &Endpoints,
) -> Result<(Rc<Jwks>, u64), JwksError> {
    let answer = ports.send(jwks_request(endpoints)).await;
    let keys = answer.map_err(JwksError::from).and_then(jwks_response)?;
    let kept = Kept { issuer: issuer.as_str().to_owned(), keys: Rc::new(keys), fetched_at: ports.now() };
    let result = (kept.keys.clone(), kept.fetched_at);
    KEPT.with(|slot| *slot.borrow_mut() = Some(kept));
    Ok(result)
}
