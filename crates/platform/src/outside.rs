//! What a Worker needs outside of any object.

use deputy_auth0::{Jwk, SignatureVerifier, VerifierError};
use deputy_http::{Request, Response, TransportError};

use super::clock;
use super::crypto::WebCrypto;
use super::fetch::{self, Limits};
use super::ports::{Clock, Network};

/// The world outside the Worker as the platform gives it: network, clock, signature checks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outside;

impl Network for Outside {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        fetch::send(request, Limits::default()).await
    }
}

impl Clock for Outside {
    fn now(&self) -> u64 {
        clock::now_ms()
    }

    async fn sleep(&self, ms: u64) {
        clock::sleep(ms).await;
    }
}

impl SignatureVerifier for Outside {
    async fn verify(&self, key: &Jwk, signing_input: &[u8], signature: &[u8]) -> Result<bool, VerifierError> {
        WebCrypto.verify(key, signing_input, signature).await
    }
}
