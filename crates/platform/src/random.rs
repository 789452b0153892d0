//! Randomness.

use base64ct::{Base64UrlUnpadded, Encoding as _};

/// The system has no randomness to give. Nothing may go on without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no randomness available")]
pub struct NoRandomness;

/// Random bytes of the system's generator.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

/// Fills a slice with them.
pub fn fill(out: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(out).map_err(|_| NoRandomness)
}

/// A new identifier: 128 random bits in base64url (22 characters).
pub fn identifier() -> Result<String, NoRandomness> {
    Ok(encode(&bytes::<16>()?))
}

/// Bytes as base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_fit_a_path_and_differ() {
        let (one, two) = (identifier().unwrap(), identifier().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 22);
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    }
}
