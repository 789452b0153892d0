//! Signed tokens (RFC 7519, RFC 7515) and the keys that verify them (RFC 7517).

pub(crate) mod jwks;
pub(crate) mod signature;

pub use jwks::{Jwk, Jwks, JwksError, jwks_request, jwks_response};
pub use signature::{JwtError, SignatureVerified, SignatureVerifier, VerifierError, verify_signature};
