use zeroize::Zeroize;

use crate::encoding::base64url;

/// Fresh random bytes for one transaction: enough for a `state`, a `nonce` and a `code_verifier`
/// of 256 bits each. Consumed by the function that uses it, so that nothing is used twice.
pub struct Randomness([[u8; 32]; 3]);

impl Randomness {
    /// Takes the bytes from a source such as `getrandom::fill`. The error is the source's own.
    pub fn from_source<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = [[0_u8; 32]; 3];
        fill(bytes.as_flattened_mut())?;
        Ok(Self(bytes))
    }

    /// Three texts of 43 unreserved characters, as RFC 7636, 4.1 wants a verifier.
    pub(crate) fn into_texts(self) -> [String; 3] {
        let [first, second, third] = &self.0;
        [base64url(first), base64url(second), base64url(third)]
    }
}

impl Drop for Randomness {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Randomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Randomness([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_distinct_verifiers_of_legal_length() {
        let mut next = 0_u8;
        let source = |bytes: &mut [u8]| {
            bytes.iter_mut().for_each(|byte| {
                *byte = next;
                next = next.wrapping_add(1);
            });
            Ok::<(), std::convert::Infallible>(())
        };
        let [state, nonce, verifier] = Randomness::from_source(source).expect("infallible").into_texts();
        assert!(state != nonce && nonce != verifier);
        for text in [state, nonce, verifier] {
            assert_eq!(text.len(), 43);
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        }
    }
}
