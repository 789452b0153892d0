use base64ct::{Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Name of the account object of a subject at an issuer: HMAC-SHA-256 with a fixed key that only separates domains, over the
/// length-prefixed parts. It says nothing readable about the user and cannot be the name of anything else.
pub fn account_name(issuer: &str, subject: &str) -> String {
    keyed_hash(b"deputy account v1", &[issuer, subject])
}

/// HMAC-SHA-256 over length-prefixed parts, base64url. `domain` keeps the uses of this function apart.
pub fn keyed_hash(domain: &[u8], parts: &[&str]) -> String {
    // HMAC takes keys of every length; the fallback cannot be reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(domain) else { return String::new() };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Base64UrlUnpadded::encode_string(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_07_every_issuer_and_subject_has_its_own_account() {
        let name = account_name("https://tenant.example/", "auth0|ana");
        assert_eq!(name.len(), 43);
        assert_eq!(name, account_name("https://tenant.example/", "auth0|ana"));
        for (issuer, subject) in [
            ("https://tenant.example/", "auth0|ben"),
            ("https://other.example/", "auth0|ana"),
            ("https://tenant.example/auth0", "|ana"),
        ] {
            assert_ne!(name, account_name(issuer, subject));
        }
    }
}
