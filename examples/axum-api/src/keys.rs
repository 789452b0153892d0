use std::sync::Arc;
use std::time::{Duration, Instant};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use deputy_auth0::{Endpoints, Jwk, Jwks, JwksError, SignatureVerifier, VerifierError, jwks_request, jwks_response};
use deputy_http::{Request, Response, TransportError, response};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier as _;
use rsa::{BigUint, RsaPublicKey, sha2::Sha256};
use tokio::sync::Mutex;

/// A withdrawn key stays no longer.
const MAX_AGE: Duration = Duration::from_secs(3_600);
/// Tokens with made-up key ids do not become requests to the tenant.
const MIN_AGE: Duration = Duration::from_secs(10);

/// The tenant's signing keys, fetched when they are needed.
#[derive(Default)]
pub struct TenantKeys(Mutex<Option<(Arc<Jwks>, Instant)>>);

impl TenantKeys {
    /// The keys; `stale` asks for newer ones. One fetch at a time: the others wait for it.
    pub async fn get(&self, endpoints: &Endpoints, stale: bool) -> Result<Arc<Jwks>, JwksError> {
        let mut kept = self.0.lock().await;
        if let Some((keys, since)) = kept.as_ref() {
            let limit = if stale { MIN_AGE } else { MAX_AGE };
            if since.elapsed() < limit {
                return Ok(Arc::clone(keys));
            }
        }
        let keys = Arc::new(jwks_response(send(jwks_request(endpoints)).await?)?);
        *kept = Some((Arc::clone(&keys), Instant::now()));
        Ok(keys)
    }
}

/// Any client that takes an `http::Request` will do.
async fn send(request: Request) -> Result<Response, TransportError> {
    let host = request.uri().to_string();
    let sent = tokio::task::spawn_blocking(move || {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(10)));
        let mut answer = ureq::Agent::from(config.build()).run(request.map(|body| body.to_vec())).ok()?;
        let body = answer.body_mut().read_to_vec().ok()?;
        Some(response(answer.status().as_u16(), body))
    });
    sent.await.ok().flatten().ok_or(TransportError::Unreachable { host })
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3) by the `rsa` crate.
pub struct RsaVerifier;

impl SignatureVerifier for RsaVerifier {
    async fn verify(&self, key: &Jwk, signing_input: &[u8], signature: &[u8]) -> Result<bool, VerifierError> {
        let number = |text: &str| Base64UrlUnpadded::decode_vec(text).map(|bytes| BigUint::from_bytes_be(&bytes));
        let (Ok(n), Ok(e)) = (number(&key.n), number(&key.e)) else { return Err(VerifierError) };
        let key = VerifyingKey::<Sha256>::new(RsaPublicKey::new(n, e).map_err(|_| VerifierError)?);
        Ok(Signature::try_from(signature).is_ok_and(|signature| key.verify(signing_input, &signature).is_ok()))
    }
}
