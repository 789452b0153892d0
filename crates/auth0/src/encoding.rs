//! Base64url, SHA-256 and comparison without a timing difference.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// RFC 4648, 5, without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The reverse of [`base64url`]; `None` for anything else.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// RFC 4648, 4, with its padding: what stands in PEM.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text).ok()
}

/// Either alphabet of RFC 4648, padded or not: what people paste into a setting.
pub(crate) fn from_any_base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text)
        .or_else(|_| Base64Unpadded::decode_vec(text))
        .or_else(|_| Base64Url::decode_vec(text))
        .or_else(|_| Base64UrlUnpadded::decode_vec(text))
        .ok()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Equality whose duration tells nothing but the lengths.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// A remote party's text, fit for a log line or a developer's page: printable, at most `limit` characters.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_base64_is_read() {
        let bytes = [0xfb_u8, 0xff, 0x00, 0x10];
        for text in ["+/8AEA==", "+/8AEA", "-_8AEA", "-_8AEA=="] {
            assert_eq!(from_any_base64(text).as_deref(), Some(&bytes[..]), "{text}");
        }
        for text in ["not base64!", "+/8AEA=", "+/8AEA===", "-/8AEA", "+/8AEB", "+/8AE", "+/8=EA==", "+/8A===="] {
            assert_eq!(from_any_base64(text), None, "{text}");
        }
        assert_eq!(from_base64("+/8AEA==").as_deref(), Some(&bytes[..]));
        for text in ["+/8AEA", "-_8AEA==", "+/8AEA= ", "===="] {
            assert_eq!(from_base64(text), None, "{text}");
        }
        assert_eq!(from_base64url(&base64url(&bytes)).as_deref(), Some(&bytes[..]));
    }

    #[test]
    fn foreign_text_is_made_printable() {
        assert_eq!(printable("a\nb\u{1b}[31mc", 6), "a b [3");
    }
}
